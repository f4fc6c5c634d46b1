#!/usr/bin/env bash
# Packs the library for Python, Java and Go, writes examples/embeddings in each, and demands the template that
# TypeScript makes. For .NET the code is generated only: its SDK is not needed to run this.
#
# Needs `npm ci`, python3 with venv, a JDK 17 with Maven, and Go. Everything installed lies in .ci/work/consumers.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
work=$WORK/consumers
stacks=(EmbeddingsModel EmbeddingsExample)

export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION=1 JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1 JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION=1
# Packages of version 0.0.0 change without a new version: nothing may come out of a cache.
export JSII_RUNTIME_PACKAGE_CACHE=disabled
export GOPATH=$work/gopath GOCACHE=$work/gocache GOFLAGS='-mod=mod -modcacherw' GONOSUMDB='*'
unset CDK_DEFAULT_ACCOUNT CDK_DEFAULT_REGION

mkdir -p "$work"
rm -rf "$work/dist" "$work/out" "$work/go" "$work/java" "$work/m2/io/github/cdkaccelerators"

say() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

say compile
if [[ ! -f .jsii || -n $(find src README.md package.json -newer .jsii -print -quit) ]]; then npx projen compile; fi

say pack js, python, java, go
npx jsii-pacmak --targets js python java go --outdir "$work/dist" --maven-local-repository="$work/m2"

say generate .NET code
npx jsii-pacmak --code-only --targets dotnet --outdir "$work/dist"
test -n "$(find "$work/dist/dotnet" -name InferenceEndpoint.cs -print -quit)"

say TypeScript
(cd examples/embeddings && CDK_OUTDIR=$work/out/typescript npx tsx --tsconfig ../tsconfig.json app.ts)
for stack in "${stacks[@]}"; do test -s "$work/out/typescript/$stack.template.json"; done

failed=()
compare() {
  local stack
  for stack in "${stacks[@]}"; do
    if python3 .ci/consumers/compare.py "$work/out/typescript/$stack.template.json" "$work/out/$1/$stack.template.json"; then
      echo "$1: the same template of $stack as TypeScript"
    else
      echo "$1: not the template $stack of examples/embeddings/stack.ts; bring .ci/consumers/$1 up to date" >&2
      failed+=("$1")
    fi
  done
}

say Python
[[ -x $work/venv/bin/python ]] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r .ci/consumers/python/requirements.txt
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall "$work"/dist/python/*.whl
"$work/venv/bin/pip" check
CDK_OUTDIR=$work/out/python "$work/venv/bin/python" .ci/consumers/python/app.py
compare python

say Java
cp -r .ci/consumers/java "$work/java"
(cd "$work/java" && CDK_OUTDIR=$work/out/java mvn -q -B -Dmaven.repo.local="$work/m2" -Dpacked.repository="$work/dist/java" compile exec:java)
compare java

say Go
cp -r .ci/consumers/go "$work/go"
cp -r "$work/dist/go/cdkaccelerators" "$work/go/packed"
(cd "$work/go" && go mod tidy && go build -o consumer . && CDK_OUTDIR=$work/out/go ./consumer)
compare go

say done
if (( ${#failed[@]} > 0 )); then echo "templates differ: ${failed[*]}" >&2; exit 1; fi
