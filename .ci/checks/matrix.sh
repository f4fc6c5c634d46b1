#!/usr/bin/env bash
# Runs the tests on newer Node versions, and with a newer aws-cdk-lib than the one the library is compiled against: all of them with both at their newest, and
# on the Node version in between, whose neighbours run everything, what depends on it: constructs, handlers and their clients.
#
# Needs `npm ci`. Everything installed lies in .ci/work/matrix.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
work=$WORK/matrix
newest=24.21.0 between=22.23.3
lib=2.276.0

mkdir -p "$work"
say() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }
install() { npm install --prefix "$1" --no-audit --no-fund --no-save "${@:2}"; }

say compile
if [[ ! -f .jsii || -n $(find src README.md package.json -newer .jsii -print -quit) ]]; then npx projen compile; fi

failed=()
platform=$(node -p '`${process.platform}-${process.arch}`')
# Puts a Node version before all others.
use() {
  # The platform's package holds the program itself; the package `node` would fetch it by an install script.
  local bin=$work/node-$1/node_modules/node-$platform/bin
  [[ -x $bin/node ]] || install "$work/node-$1" "node-$platform@$1"
  [[ $("$bin/node" --version) == "v$1" ]]
  PATH=$bin:$before
}
before=$PATH

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

use "$newest"
say "Node $newest, aws-cdk-lib $lib"
(cd "$copy" && node node_modules/typescript/bin/tsc --noEmit -p tsconfig.json) || failed+=("the types of aws-cdk-lib $lib")
(cd "$copy" && node node_modules/jest/bin/jest.js --ci) || failed+=("Node $newest and aws-cdk-lib $lib")

use "$between"
say "Node $between, the aws-cdk-lib of package.json"
# Handlers run on Node 24, so their scenarios are for that one.
node node_modules/jest/bin/jest.js --ci --testPathIgnorePatterns /node_modules/ /test/.tmp/ '/scenarios/' '/core/' || failed+=("Node $between")

rm -rf "$copy"

say done
if (( ${#failed[@]} > 0 )); then printf 'fails with %s\n' "${failed[@]}" >&2; exit 1; fi
