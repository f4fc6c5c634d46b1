#!/usr/bin/env bash
# Rehearsal pages in headless Chromium: no error on the console, every chart drawn, nothing cut off, no sideways scrolling on a phone.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

browser

out=$WORK/rehearsal-page
rm -rf "$out"
mkdir -p "$out/planted"
$TSX .ci/checks/rehearsal-page.ts "$out/pages"
look() { node .ci/checks/rehearsal-page.cjs "$chromium" "$out/scratch" "$@"; }

echo '== planted mistakes: each of these has to be found'
page=$out/pages/good.html
sed 's/class="line to" d="M[0-9.]*/class="line to" d="MNaN/g' "$page" >"$out/planted/nan.html"
sed 's/class="line to" d="[^"]*"/class="line to" d=""/g; s/class="line thin" d="[^"]*"/class="line thin" d=""/g' "$page" >"$out/planted/empty.html"
sed 's#<footer#<div style="width:500px">wide</div><footer#' "$page" >"$out/planted/wide.html"
sed 's#</main>#<script>missing()</script></main>#' "$page" >"$out/planted/console.html"
sed 's#</main>#<img src="https://example.com/pixel.png" alt=""></main>#' "$page" >"$out/planted/request.html"
for planted in nan:'path MNaN' empty:'nothing is drawn' wide:'360 px: scrolls sideways' console:'console: .*missing' request:'asks for https:'; do
  if found=$(look "$out/planted/${planted%%:*}.html"); then fail "the page with a planted mistake passed: ${planted%%:*}"; fi
  grep -q "${planted#*:}" <<<"$found" || fail "not found: ${planted#*:} in: $found"
  echo "${planted%%:*}: found"
done

echo '== pages'
look "$out"/pages/*.html
