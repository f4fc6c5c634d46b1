#!/usr/bin/env bash
# Reports of benchmarks in headless Chromium: charts with units and bars, no text over another, no sideways scrolling on a phone, nothing asked for.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

browser

out=$WORK/report-page
rm -rf "$out"
mkdir -p "$out/planted"
$TSX .ci/checks/report-page.ts "$out/pages"
look() { node .ci/checks/report-page.cjs "$chromium" "$out/scratch" "$@"; }

echo '== planted mistakes: each of these has to be found'
page=$out/pages/good.html
sed 's/class="bar other" d="M0 0H[0-9]*/class="bar other" d="M0 0HNaN/g' "$page" >"$out/planted/nan.html"
sed 's/class="bar \([a-z]*\)" d="[^"]*"/class="bar \1" d="M0 0"/g' "$page" >"$out/planted/empty.html"
sed 's#<small>inputs per second[^<]*</small>##' "$page" >"$out/planted/unit.html"
sed 's#<span class="value">[^<]*</span>#<span class="value"></span>#' "$page" >"$out/planted/value.html"
sed 's#</style>#.row{height:8px}</style>#' "$page" >"$out/planted/over.html"
sed 's#</style>#td{white-space:nowrap}</style>#' "$page" >"$out/planted/nowrap.html"
sed 's#</style>#.row dd{grid-template-columns:20px 1fr}</style>#' "$page" >"$out/planted/narrow.html"
sed 's#<p class="note">Batch #<p class="note">Batch undefined #' "$page" >"$out/planted/undefined.html"
sed 's#<footer#<div style="width:500px">wide</div><footer#' "$page" >"$out/planted/wide.html"
sed 's#</main>#<script>missing()</script></main>#' "$page" >"$out/planted/console.html"
sed 's#</main>#<img src="https://example.com/pixel.png" alt=""></main>#' "$page" >"$out/planted/request.html"
for planted in nan:'path M0 0HNaN' empty:'#throughput: nothing is drawn' unit:'#throughput: no unit' value:'#throughput: a row without a value' over:'lies over' nowrap:'wider than its place\|scrolls sideways' \
  narrow:'a bar has 20 x 16 px' undefined:'says "Batch undefined' wide:'360 px: scrolls sideways' console:'console: .*missing' request:'asks for https:'; do
  if found=$(look "$out/planted/${planted%%:*}.html"); then fail "the page with a planted mistake passed: ${planted%%:*}"; fi
  grep -q "${planted#*:}" <<<"$found" || fail "not found: ${planted#*:} in: $found"
  echo "${planted%%:*}: found"
done

echo '== pages'
look "$out"/pages/*.html
