#!/usr/bin/env bash
# npm run examples, as README.md has it; every example leaves its templates, and a second run leaves the same ones.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
rm -rf examples/*/cdk.out
npm run examples
for name in embeddings llm bring-your-own; do collect "$name"; done # each of them has some
collect $(examples)
printf '%s\n' "${files[@]}"
first=$(sha256sum "${files[@]}")
npm run examples
[ "$first" = "$(sha256sum "${files[@]}")" ] || fail 'the second run made other templates than the first'
echo "${#files[@]} templates, the same in both runs"
