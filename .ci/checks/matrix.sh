#!/usr/bin/env bash
# Runs the test suite on newer Node versions, and with a newer aws-cdk-lib than the one the library is compiled against.
#
# Needs `npm ci`. Everything installed lies in .ci/work/matrix.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
work=$WORK/matrix
nodes=(22.23.3 24.21.0)
lib=2.276.0

mkdir -p "$work"
say() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }
install() { npm install --prefix "$1" --no-audit --no-fund --no-save "${@:2}"; }

say compile
if [[ ! -f .jsii || -n $(find src README.md package.json -newer .jsii -print -quit) ]]; then npx projen compile; fi

failed=()
platform=$(node -p '`${process.platform}-${process.arch}`')
for version in "${nodes[@]}"; do
  say "Node $version, the aws-cdk-lib of package.json"
  # The platform's package holds the program itself; the package `node` would fetch it by an install script.
  bin=$work/node-$version/node_modules/node-$platform/bin
  [[ -x $bin/node ]] || install "$work/node-$version" "node-$platform@$version"
  [[ $("$bin/node" --version) == "v$version" ]]
  # Handlers run on Node 24, so their scenarios are for that one.
  skip=(/node_modules/ /test/.tmp/)
  [[ $version == 24.* ]] || skip+=(/test/migration/scenarios/ /test/training/scenarios/ /test/benchmark/scenarios/)
  PATH=$bin:$PATH node node_modules/jest/bin/jest.js --ci --testPathIgnorePatterns "${skip[@]}" || failed+=("node $version")
done

say "aws-cdk-lib $lib, Node $(node --version)"
[[ -d $work/lib-$lib/node_modules/aws-cdk-lib ]] || install "$work/lib-$lib" "aws-cdk-lib@$lib" constructs@10.5.1
# A copy of the project, because whatever requires aws-cdk-lib (cdk-nag, the alpha module) must find the newer one too.
copy=$work/project
rm -rf "$copy"
mkdir -p "$copy/node_modules"
tar cf - --exclude=./node_modules --exclude=./.git --exclude=./.ci --exclude=./dist --exclude=./test-reports --exclude=cdk.out . | tar xf - -C "$copy"
# Hard links where the file system allows them.
cp -al node_modules/. "$copy/node_modules" 2>/dev/null || { rm -rf "$copy/node_modules"; mkdir "$copy/node_modules"; cp -a node_modules/. "$copy/node_modules"; }
rm -rf "$copy/node_modules/aws-cdk-lib" "$copy/node_modules/.cache"
cp -a "$work/lib-$lib/node_modules/aws-cdk-lib" "$copy/node_modules/"
# Its own dependencies go below it: the project holds others of the same names for the older version.
for dependency in "$work/lib-$lib"/node_modules/@aws-cdk/*; do
  nested=$copy/node_modules/aws-cdk-lib/node_modules/@aws-cdk/$(basename "$dependency")
  mkdir -p "$(dirname "$nested")"
  [[ -e $nested ]] || cp -a "$dependency" "$nested"
done
[[ $(cd "$copy" && node -p 'require("aws-cdk-lib/package.json").version') == "$lib" ]]
(cd "$copy" && node node_modules/typescript/bin/tsc --noEmit -p tsconfig.json) || failed+=("the types of aws-cdk-lib $lib")
(cd "$copy" && node node_modules/jest/bin/jest.js --ci) || failed+=("aws-cdk-lib $lib")
rm -rf "$copy"

say done
if (( ${#failed[@]} > 0 )); then printf 'fails with %s\n' "${failed[@]}" >&2; exit 1; fi
