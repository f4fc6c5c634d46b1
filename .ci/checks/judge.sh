#!/usr/bin/env bash
# Runs the benchmark of the judge and demands its goals: rates of false rollbacks and false promotions, minutes to see a broken model.
#
# Needs `npm ci`.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

npx tsx bench/judge.ts --seeds "${JUDGE_SEEDS:-1000}" | tee "$WORK/judge.txt"
tail -n 1 "$WORK/judge.txt" | node -e '
  const { falseRollback, falsePromotion, decideMinutes, certifyRequests } = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const missed = [
    ["falseRollback", falseRollback <= 0.002], ["falsePromotion", falsePromotion <= 0.002], ["decideMinutes", decideMinutes <= 2], ["certifyRequests", certifyRequests > 0],
  ].filter(([, met]) => !met);
  if (missed.length > 0) { console.error(`goal missed: ${missed.map(([name]) => name).join(", ")}`); process.exit(1); }
'
