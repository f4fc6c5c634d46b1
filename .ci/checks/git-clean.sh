#!/usr/bin/env bash
# Writes every generated file again: nothing may change, and nothing that belongs to git may lie around uncommitted.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
npx projen default
npx tsx scripts/generate-hardware.ts
npx projen docgen # API.md, from the assembly that `cit` compiled
git diff --exit-code
untracked=$(git status --porcelain)
[ -z "$untracked" ] || fail "not committed and not ignored:
$untracked"
