#!/usr/bin/env bash
# The template validator that newer aws-cdk-lib versions run at synth, over the apps of the examples. It lets a synth pass with
# findings that it calls warnings (every bad enumeration is one): here none of any severity is allowed.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
node_modules lib-new
export NEWEST_LIB=$WORK/lib-new/node_modules CDK_VALIDATION=true
version=$(node -p "require('$NEWEST_LIB/aws-cdk-lib/package.json').version")

# validate DIRECTORY: prints the violations; fails if there are any, or if nothing was validated.
validate() {
  local outdir=$WORK/validator/$(basename "$1") log
  log=$(synth "$1" "$outdir" --require "$ROOT/.ci/preload/newest-lib.cjs" 2>&1) || { echo "$log"; return 1; }
  [ "$(grep '^aws-cdk-lib ' <<<"$log")" = "aws-cdk-lib $version" ] || { echo "$log"; echo "expected to load aws-cdk-lib $version alone"; return 1; }
  node "$ROOT/.ci/checks/validator.cjs" "$outdir"
}

# aws-cdk-lib acknowledges findings of its own constructs; this library and its examples have none to acknowledge.
if grep -rn 'CloudFormation-Validate' src examples --include='*.ts'; then fail 'a finding of the validator is acknowledged away'; fi

echo '== the planted app: each of these has to be found'
if found=$(validate .ci/planted 2>&1); then fail "the validator passed the planted app: $found"; fi
echo "$found"
for text in ProductionVariants.*InstanceType ProductionVariants.*RoutingStrategy ProductionVariants.*InferenceAmiVersion Imagee MaxCapacity ScalableDimension; do
  grep -q "$text" <<<"$found" || fail "not reported: $text"
done

bad=
for name in $(examples); do
  echo "== examples/$name"
  validate "examples/$name" || bad+=" $name"
done
[ -z "$bad" ] || fail "see the findings above:$bad"
