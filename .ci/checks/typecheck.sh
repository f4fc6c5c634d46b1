#!/usr/bin/env bash
# jest and tsx drop types without checking them.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
npx projen typecheck
npx tsc --noEmit -p .ci/tsconfig.json
