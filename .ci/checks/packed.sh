#!/usr/bin/env bash
# Packs the library as npm would publish it, reads the tarball's list, installs it in an empty project, and synthesizes
# examples/embeddings there as plain JavaScript, with nothing but Node on the PATH.
#
# Needs `npm ci`. The tarball lies in .ci/work/packed; the empty project lies outside the tree, where no module of ours is found.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
work=$WORK/packed
floor=$(node -p 'require("./package.json").devDependencies["aws-cdk-lib"]')
constructs=$(node -p 'require("./package.json").devDependencies.constructs')
max_bytes=1200000

unset CDK_DEFAULT_ACCOUNT CDK_DEFAULT_REGION
rm -rf "$work"
mkdir -p "$work"
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT
say() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

say compile
if [[ ! -f .jsii || -n $(find src README.md package.json -newer .jsii -print -quit) ]]; then npx projen compile; fi

say pack
npm pack --ignore-scripts --loglevel=error --pack-destination "$work" > /dev/null
tarball=$(echo "$work"/*.tgz)
bytes=$(wc -c < "$tarball")
tar tzf "$tarball" | sed 's|^package/||' | sort > "$work/files.txt"
echo "$bytes bytes, $(wc -l < "$work/files.txt") files"
(( bytes <= max_bytes )) || { echo "larger than $max_bytes bytes" >&2; exit 1; }
# Fixtures are published, as aws-cdk-lib does: whoever translates the README later compiles it with them.
stray=$(grep -vE '^(lib/.*\.(js|d\.ts|json)|assets/.*|README\.md|LICENSE|package\.json|\.jsii)$' "$work/files.txt" || true)
[[ -z $stray ]] || { printf 'does not belong in the package (see .npmignore, .projenrc.ts):\n%s\n' "$stray" >&2; exit 1; }
for wanted in lib/index.js lib/index.d.ts .jsii README.md LICENSE package.json; do
  grep -qxF "$wanted" "$work/files.txt" || { echo "$wanted is missing from the package" >&2; exit 1; }
done

say expected template
(cd examples/embeddings && CDK_OUTDIR=$work/expected npx tsx --tsconfig ../tsconfig.json app.ts)

say install in an empty project
echo '{ "name": "empty", "private": true }' > "$project/package.json"
(cd "$project" && npm install --no-audit --no-fund "$tarball" "aws-cdk-lib@$floor" "constructs@$constructs")
for name in app stack; do
  node -e '
    const { readFileSync, writeFileSync } = require("fs");
    const ts = require("typescript");
    const [from, to] = process.argv.slice(1);
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    writeFileSync(to, ts.transpileModule(readFileSync(from, "utf8"), { compilerOptions }).outputText);
  ' "examples/embeddings/$name.ts" "$project/$name.js"
done
echo 'import { InferenceEndpoint, ServedModel } from "cdk-accelerators"; if (!InferenceEndpoint || !ServedModel.onGpu) process.exit(1);' > "$project/named.mjs"

say synthesize
mkdir "$project/bin"
ln -s "$(node -p process.execPath)" "$project/bin/node"
alone() { (cd "$project" && env -i PATH="$project/bin" HOME="$project" CDK_VALIDATION=false CDK_OUTDIR="$project/out" "$@"); }
for tool in esbuild python python3 docker npm npx; do
  if alone node -e "process.exit(require('child_process').spawnSync('$tool', ['--version']).error ? 1 : 0)"; then echo "$tool is on the PATH: this proves nothing" >&2; exit 1; fi
done
alone node app.js
alone node named.mjs
for stack in EmbeddingsModel EmbeddingsExample; do cmp "$work/expected/$stack.template.json" "$project/out/$stack.template.json"; done
echo "the same template as examples/embeddings"
