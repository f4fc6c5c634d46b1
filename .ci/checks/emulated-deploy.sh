#!/usr/bin/env bash
# The real CDK CLI deploys, changes and destroys the examples on an emulated AWS: MiniStack, with this project's stand-in of
# SageMaker and Application Auto Scaling. What AWS alone can show is listed in docs/verify-on-aws.md.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# State machines ask every 30 s how a job is; jobs here take seconds.
export SFN_WAIT_SCALE=0.03
emulated emulated

$TSX test/support/ministack/smoke.ts
$TSX test/support/ministack/smoke-training.ts
$TSX .ci/emulated/main.ts
