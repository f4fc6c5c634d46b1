#!/usr/bin/env bash
# Property names, types, required and enumerations of the examples' SageMaker and Application Auto Scaling resources, against the
# CloudFormation registry's schemas (@aws-cdk/aws-service-spec) and the API's request shapes (botocore).
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
node_modules tools
collect $(examples)
$TSX .ci/checks/schema-check.ts "${files[@]}"
