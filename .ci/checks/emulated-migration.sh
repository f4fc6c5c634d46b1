#!/usr/bin/env bash
# The migration of the embeddings example on the emulated AWS, deployed by the real CDK CLI: a bad newcomer is rolled back, the watchdog saves
# one whose controller is dead, a good one is promoted. Time passes 20 times faster there.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

mkdir -p "$WORK/emulated"
export STAND_IN_PACE=20
emulated emulated-migration

$TSX test/support/ministack/smoke-control.ts
$TSX .ci/emulated/migration.ts
