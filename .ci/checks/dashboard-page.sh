#!/usr/bin/env bash
# The dashboards of an app, drawn with generated data in headless Chromium: none of their widgets is empty, titles and units are there, nothing is cut off.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! browser >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
fi
if ! chromium=$(browser); then
  echo 'skipped: there is no Chromium here, and none could be installed (Debian: apt-get install chromium)'
  exit 0
fi
"$chromium" --version

out=$WORK/dashboard-page
rm -rf "$out"
mkdir -p "$out"
$TSX .ci/checks/dashboard-page.ts "$out"
look() { node .ci/checks/dashboard-page.cjs "$chromium" "$out/scratch" "$@"; }

echo '== planted mistakes: each of these has to be found'
page=$out/good.html
look "$page"
sed 's/class="line" d="M[0-9.]*/class="line" d="MNaN/g' "$page" >"$out/planted/nan.html"
sed 's#</main>#<script>missing()</script></main>#' "$page" >"$out/planted/console.html"
sed 's#</main>#<img src="https://example.com/pixel.png" alt=""></main>#' "$page" >"$out/planted/request.html"
planted=0
while IFS='|' read -r name text; do
  if found=$(look "$out/planted/$name.html"); then fail "the page with a planted mistake passed: $name"; fi
  grep -qF "$text" <<<"$found" || fail "not found: $text in: $found"
  echo "$name: found"
  planted=$((planted + 1))
done < <(cat "$out/planted/expected.txt"; printf '%s\n' 'nan|path MNaN' 'console|console: ' 'request|asks for https:')
[ "$planted" -eq "$(find "$out/planted" -name '*.html' | wc -l)" ] || fail 'a planted page was not looked at'

echo '== dashboards'
look "$out"/pages/*.html

echo '== pictures'
$TSX scripts/render-dashboard.ts "$out/cdk.out" "$out/pictures"
for picture in endpoint migration training fleet; do
  [ "$(head -c 8 "$out/pictures/$picture.png" | tail -c 7 | head -c 3)" = PNG ] || fail "no picture of $picture"
done
