#!/usr/bin/env bash
# The dashboards of an app, drawn with generated data in headless Chromium: none of their widgets is empty, titles and units are there, nothing is cut off.
# --update draws the pictures of the documentation anew.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

browser

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
documented=(endpoint migration training fleet)
for picture in "${documented[@]}"; do
  [ "$(head -c 8 "$out/pictures/$picture.png" | tail -c 7 | head -c 3)" = PNG ] || fail "no picture of $picture"
done

echo '== the pictures of the documentation'
# Another browser or font makes another picture of the same page: pages are compared.
sums=$(cd "$out/pictures" && sha256sum "${documented[@]/%/.html}")
if [ "${1:-}" = --update ]; then
  for picture in "${documented[@]}"; do cp "$out/pictures/$picture.png" "docs/images/$picture-dashboard.png"; done
  echo "$sums" >docs/images/pages.sha256
fi
diff docs/images/pages.sha256 <(echo "$sums") || fail 'docs/images shows other dashboards than these: run this with --update, and look at the pictures'
