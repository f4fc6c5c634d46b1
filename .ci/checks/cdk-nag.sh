#!/usr/bin/env bash
# cdk-nag's AwsSolutions rules over the apps of the examples, which are not changed for it (see preload/cdk-nag.cjs).
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

nag() { synth "$1" "$WORK/nag" --require "$ROOT/.ci/preload/cdk-nag.cjs"; }

echo '== the planted app: a finding and both kinds of bad acknowledgement have to be reported'
if found=$(nag .ci/planted 2>&1); then fail "cdk-nag passed the planted app: $found"; fi
echo "$found"
for text in 'AwsSolutions-IAM5\[Action::s3:\*\]' 'AwsSolutions-S1 matches no finding any more' 'AwsSolutions-IAM5\[Resource::\*\] gives no reason'; do
  grep -q "^- .*$text" <<<"$found" || fail "not reported: $text"
done

bad=
for name in $(examples); do
  echo "== examples/$name"
  nag "examples/$name" || bad+=" $name"
done
[ -z "$bad" ] || fail "see the findings above:$bad"
