#!/usr/bin/env bash
# Runs the benchmark once and demands its last line: JSON with finite numbers. Times are not judged here, machines differ; counts of resources are.
#
# Needs `npm ci`.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
if [[ ! -f .jsii || -n $(find src README.md package.json -newer .jsii -print -quit) ]]; then npx projen compile; fi

npx tsx bench/synth.ts --rounds "${BENCH_ROUNDS:-1}" | tee "$WORK/bench.txt"
tail -n 1 "$WORK/bench.txt" | node -e '
  const summary = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const wanted = ["ratio1", "ratio10", "ratio100", "marginalRatio", "growth", "importMs", "libImportMs", "libBareImportMs", "packedBytes", "firstResources", "furtherResources"];
  const bad = wanted.filter((name) => !Number.isFinite(summary[name]) || summary[name] <= 0);
  if (bad.length > 0) { console.error(`not a number above 0: ${bad.join(", ")}`); process.exit(1); }
  // Counts do not depend on the machine.
  if (summary.firstResources > 45 || summary.furtherResources > 25) { console.error("an endpoint with a migration takes more resources than 45 for the first and 25 for each further one"); process.exit(1); }
'
