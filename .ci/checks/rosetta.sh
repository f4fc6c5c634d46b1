#!/usr/bin/env bash
# Compiles every example of the README and of docstrings, as jsii does before it translates them.
#
# Needs `npm ci`. Examples run inside rosetta/default.ts-fixture; ```ts nofixture marks one that brings its own imports.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION=1 JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1 JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION=1

# The README is read out of .jsii.
if [[ ! -f .jsii || -n $(find src README.md package.json -newer .jsii -print -quit) ]]; then npx projen compile; fi
rm -f .jsii.tabl.json
trap 'rm -f .jsii.tabl.json' EXIT
npx jsii-rosetta extract --strict --fail .
