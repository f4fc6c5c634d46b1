#!/usr/bin/env bash
# An emulated AWS on this machine: MiniStack, with SageMaker, Application Auto Scaling and CloudWatch's alarms served by the stand-in.
#
#   eval "$(test/support/ministack/up.sh)"     starts both, waits until they answer, prints the environment to use
#   test/support/ministack/up.sh env           prints the environment again
#   test/support/ministack/up.sh down          stops both
#
# Needs node, npm packages installed (npm ci) and python3 with venv. Everything it writes is in <repository>/.ci/work/ministack
# (or $MINISTACK_WORK). Ports are free ones, unless STAND_IN_PORT and GATEWAY_PORT are set. STAND_IN_ARGS goes to the stand-in.
# STAND_IN_PACE=20 lets time pass 20 times faster: in the stand-in, in state machines, in their waits.
set -Eeuo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
repo="$(cd "$here/../../.." && pwd)"
work="${MINISTACK_WORK:-$repo/.ci/work/ministack}"
venv="$repo/.ci/work/ministack-venv"

say() { echo "$@" >&2; }

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ours PID: whether the process is one that this script started; a number that was written down may have gone to another since.
ours() {
  kill -0 "$1" 2>/dev/null || return 1
  [ -r "/proc/$1/cmdline" ] || return 0
  tr '\0' ' ' <"/proc/$1/cmdline" | grep -qE 'standin/main\.ts|launch\.py'
}

stop() {
  local file pid
  for file in "$work"/*.pid; do
    [ -e "$file" ] || continue
    pid="$(cat "$file")"
    if ours "$pid"; then kill "$pid" 2>/dev/null || true; fi
    rm -f "$file"
  done
  rm -f "$work/env"
}

running() {
  [ -e "$work/env" ] && ours "$(cat "$work/stand-in.pid")" && ours "$(cat "$work/ministack.pid")"
}

# wait_for NAME URL PIDFILE LOG: until the URL answers; fails as soon as the process is gone.
wait_for() {
  local tries
  for tries in $(seq 1 300); do
    if python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)' "$2" 2>/dev/null; then return 0; fi
    kill -0 "$(cat "$3")" 2>/dev/null || break
    sleep 0.2
  done
  say "$1 did not come up; its log:"
  tail -n 40 "$4" >&2
  return 1
}

install() {
  # The marker keeps a half-made or outdated venv from being used.
  if cmp -s "$here/requirements.txt" "$venv/installed.txt"; then return; fi
  say "installing MiniStack into $venv"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$venv/installed.txt"
}

start() {
  if running; then
    say "already up (stop with: $0 down)"
    cat "$work/env"
    return
  fi
  mkdir -p "$work"
  stop
  install
  local stand_in_port="${STAND_IN_PORT:-$(free_port)}" gateway_port="${GATEWAY_PORT:-$(free_port)}"
  local stand_in="http://127.0.0.1:$stand_in_port" gateway="http://localhost:$gateway_port"
  trap 'stop' ERR

  # One origin for both: what a state machine takes for now is what the stand-in takes for now.
  local origin
  origin="$(date +%s)000"
  if [ -n "${STAND_IN_PACE:-}" ]; then
    STAND_IN_ARGS="${STAND_IN_ARGS:-} --pace $STAND_IN_PACE --origin $origin"
    export SFN_WAIT_SCALE="${SFN_WAIT_SCALE:-$(python3 -c 'import sys; print(1 / float(sys.argv[1]))' "$STAND_IN_PACE")}"
  fi

  # shellcheck disable=SC2086 # several arguments are meant
  node "$repo/node_modules/tsx/dist/cli.mjs" "$repo/test/support/standin/main.ts" --port "$stand_in_port" \
    --stores "$gateway" ${STAND_IN_ARGS:-} \
    >"$work/stand-in.log" 2>&1 </dev/null &
  echo $! >"$work/stand-in.pid"
  wait_for "the stand-in" "$stand_in/_control/health" "$work/stand-in.pid" "$work/stand-in.log"

  # Lambda functions run by MiniStack find the stand-in through the same variables, and the SDK that AWS's runtime has in ours.
  (
    cd "$here"
    exec env NODE_PATH="$repo/node_modules" GATEWAY_PORT="$gateway_port" BIND_HOST=127.0.0.1 STAND_IN_URL="$stand_in" PYTHONDONTWRITEBYTECODE=1 \
      STAND_IN_PACE="${STAND_IN_PACE:-1}" STAND_IN_ORIGIN="$origin" \
      AWS_ENDPOINT_URL_CLOUDWATCH="$stand_in" AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME="$stand_in" \
      AWS_ENDPOINT_URL_SAGEMAKER="$stand_in" AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING="$stand_in" \
      "$venv/bin/python" launch.py
  ) >"$work/ministack.log" 2>&1 </dev/null &
  echo $! >"$work/ministack.pid"
  wait_for "MiniStack" "$gateway/_ministack/health" "$work/ministack.pid" "$work/ministack.log"

  # A 12-digit access key is the account, for both.
  cat >"$work/env" <<ENV
export AWS_ENDPOINT_URL=$gateway
export AWS_ENDPOINT_URL_S3=$gateway
export AWS_ENDPOINT_URL_SAGEMAKER=$stand_in
export AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING=$stand_in
export AWS_ENDPOINT_URL_CLOUDWATCH=$stand_in
export AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME=$stand_in
export STAND_IN_URL=$stand_in
export AWS_ACCESS_KEY_ID=${STAND_IN_ACCOUNT:-123456789012}
export AWS_SECRET_ACCESS_KEY=test
export AWS_REGION=${AWS_REGION:-us-east-1}
export AWS_DEFAULT_REGION=${AWS_REGION:-us-east-1}
export CDK_DEFAULT_ACCOUNT=${STAND_IN_ACCOUNT:-123456789012}
export CDK_DEFAULT_REGION=${AWS_REGION:-us-east-1}
export CDK_DISABLE_CLI_TELEMETRY=true
unset AWS_PROFILE AWS_SESSION_TOKEN
ENV
  cat "$work/env"
}

case "${1:-up}" in
  up) start ;;
  env) cat "$work/env" ;;
  down) stop ;;
  *)
    sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
