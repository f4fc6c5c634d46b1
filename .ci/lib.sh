# Sourced by the scripts in checks/. Leaves the caller in the root of the repository.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WORK=$ROOT/.ci/work
mkdir -p "$WORK"
cd "$ROOT"

export CI=true
export CDK_DISABLE_CLI_TELEMETRY=true
export PIP_DISABLE_PIP_VERSION_CHECK=1
export CDK_VALIDATION=${CDK_VALIDATION:-false}
TSX="$ROOT/node_modules/.bin/tsx --tsconfig $ROOT/examples/tsconfig.json"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# venv NAME: installs .ci/requirements-NAME.txt into $WORK/venv-NAME, unless it is there.
venv() {
  local want=$ROOT/.ci/requirements-$1.txt target=$WORK/venv-$1
  if cmp -s "$want" "$target/installed.txt"; then return; fi
  rm -rf "$target"
  python3 -m venv "$target"
  "$target/bin/pip" install --quiet -r "$want"
  cp "$want" "$target/installed.txt"
}

# browser: sets $chromium to the browser of this machine; Debian's is installed where root may. Without one a check fails, unless WITHOUT_CHROMIUM=skip.
browser() {
  find_chromium() { type -P chromium || type -P chromium-browser || type -P google-chrome; }
  if ! find_chromium >/dev/null && [ "$(id -u)" = 0 ] && type -P apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
  fi
  if ! chromium=$(find_chromium); then
    [ "${WITHOUT_CHROMIUM:-}" = skip ] || fail 'there is no Chromium here, and none could be installed (Debian: apt-get install chromium); WITHOUT_CHROMIUM=skip leaves this check out'
    echo 'skipped: there is no Chromium here'
    exit 0
  fi
  "$chromium" --version
}

# node_modules NAME: installs .ci/NAME/package-lock.json into $WORK/NAME/node_modules, unless it is there.
node_modules() {
  local want=$ROOT/.ci/$1/package-lock.json target=$WORK/$1
  if cmp -s "$want" "$target/installed.json"; then return; fi
  rm -rf "$target"
  mkdir -p "$target"
  cp "$ROOT/.ci/$1/package.json" "$want" "$target/"
  (cd "$target" && npm ci --no-audit --no-fund --loglevel=error)
  cp "$want" "$target/installed.json"
}

# emulated NAME: starts the emulated AWS, with its files in $WORK/NAME, and stops it when the script ends. What it is told by the environment
# (see up.sh) is exported before.
emulated() {
  node_modules tools
  export MINISTACK_WORK=$WORK/$1
  # Not local: the trap runs after the function.
  up=$ROOT/test/support/ministack/up.sh
  "$up" down
  trap '"$up" down' EXIT
  local env
  env=$("$up")
  eval "$env"
  export NODE_NO_WARNINGS=1 # the SDK's note on Node 20
}

examples() {
  local app
  for app in examples/*/app.ts; do basename "$(dirname "$app")"; done
}

# The handlers and the compile script are assets of the apps; `npm test` makes them anew.
[ -d assets/compilation/script ] || [ ! -d node_modules ] || npx projen pre-compile

# synth DIRECTORY OUTDIR [FLAGS]: runs DIRECTORY/app.ts into OUTDIR; FLAGS go to tsx.
synth() {
  local directory=$1 outdir=$2
  shift 2
  rm -rf "$outdir"
  (cd "$directory" && CDK_OUTDIR=$outdir $TSX "$@" app.ts)
}

# collect NAME...: the templates of these examples, of nested assemblies too, into the array `files`. None at all is an error.
collect() {
  local name
  files=()
  for name in "$@"; do
    mapfile -t -O "${#files[@]}" files < <(find "examples/$name/cdk.out" -name '*.template.json' -not -path '*/asset.*' | sort)
  done
  [ "${#files[@]}" -gt 0 ] || fail "no templates: $*"
}
