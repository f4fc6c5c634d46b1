#!/usr/bin/env bash
# The three examples synthesize into examples/NAME/cdk.out, which the next steps read.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
rm -rf examples/*/cdk.out
npm run examples
for name in embeddings llm bring-your-own; do
  collect "$name"
  echo "${files[@]}"
done
