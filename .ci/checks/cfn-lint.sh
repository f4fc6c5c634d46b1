#!/usr/bin/env bash
# cfn-lint over every template, warnings and informational findings included. No finding may be configured away, but the one that is named below.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
venv lint

# W3005 is about dependencies that a reference implies already: aws-cdk-lib writes them for every function and state machine.
lint() { "$WORK/venv-lint/bin/cfn-lint" --ignore-checks W3005 --format parseable "$@" | cut -c1-400; }

for config in .cfnlintrc .cfnlintrc.yaml .cfnlintrc.yml "$HOME/.cfnlintrc"; do
  [ ! -e "$config" ] || fail "$config would change what cfn-lint reports"
done

echo '== the planted template: each of these has to be found'
synth .ci/planted "$WORK/planted"
found=$(lint "$WORK"/planted/*.template.json || true)
echo "$found"
for rule in E3002 E3003 E3030 E3031 E3034; do
  grep -q ":$rule:" <<<"$found" || fail "cfn-lint did not report the planted $rule"
done

echo '== the examples: no error and no warning'
bad=
for name in $(examples); do
  collect "$name"
  printf '%s\n' "${files[@]}"
  if grep -l '"cfn-lint"' "${files[@]}"; then fail 'these templates carry cfn-lint metadata, which may hide findings'; fi
  lint "${files[@]}" || bad+=" $name"
  # Of the informational rules, I1022 prefers Fn::Sub to the Fn::Join that the CDK writes for every token in a string.
  informational=$(lint --include-checks I -- "${files[@]}" | grep ':I[0-9]*:' | grep -v ':I1022:' || true)
  [ -z "$informational" ] || { echo "$informational"; bad+=" $name"; }
done
[ -z "$bad" ] || fail "see the findings above:$bad"
