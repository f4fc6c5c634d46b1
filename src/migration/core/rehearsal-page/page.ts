import { numbered, runCharts, shownSeconds, type NumberedEvent } from './charts';
import { outcomeChart } from './outcomes';
import { STYLE } from './style';
import { escaped } from './svg';
import { certifies } from '../controller/settings';
import type { RehearsalReport } from '../rehearsal/report';
import { allowanceText, count, duration, gateTexts, longTime, OUTCOME_WORDS, percent, planText, proofText, waitingText, windowText } from '../rehearsal/words';

/** The report as one HTML file: no script, no font, no picture from anywhere; to be mailed, printed, kept. */
export function rehearsalPage(report: RehearsalReport): string {
  const { config } = report;
  const [from, to] = [escaped(config.from.name), escaped(config.to.name)];
  const title = `Rehearsal of ${config.migration}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="cdk-accelerators">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
<header>
<h1>${escaped(title)}</h1>
<p class="sub">Endpoint ${escaped(config.endpointName)}: <span class="from-name">${from}</span><span class="arrow">to</span><span class="to-name">${to}</span>, ${escaped(planText(config))}</p>
</header>
${lead(report)}
${tiles(report)}
${outcomeChart(report)}
<section>
<h2>One of them in detail</h2>
<p class="note">${escaped(detailNote(report))}</p>
${runCharts(report)}
</section>
<section>
<h2>What happened in it</h2>
<div class="card">${eventTable(report)}</div>
</section>
${planSection(report)}
<section>
<h2>The world it was rehearsed in</h2>
<div class="card">${world(report)}</div>
</section>
<footer class="note">
<p>Decided by the same controller and judge that run in the account, against a simulated endpoint: no AWS call was made, and the same inputs give the same page. A rehearsal shows what the plan does with what it is told; whether the
newcomer behaves as assumed here, only its own traffic shows.</p>
</footer>
</main>
</body>
</html>
`;
}

function lead(report: RehearsalReport): string {
  const [first] = report.outcomes;
  const tone = first.outcome === 'promoted' ? 'good' : first.outcome === 'rolledBack' || first.outcome === 'refused' ? 'bad' : '';
  const [seeds, all] = [count(first.seeds), count(report.seeds)];
  const sentence = report.seeds === 1 ? `The rehearsal ended: ${OUTCOME_WORDS[first.outcome]}.` : first.seeds === report.seeds ? `All ${all} rehearsals ended the same way: ${OUTCOME_WORDS[first.outcome]}.` : `${seeds} of ${all} rehearsals ended the same way: ${OUTCOME_WORDS[first.outcome]}.`;
  return `<p class="lead ${tone}"><strong>${escaped(sentence)}</strong><span>${escaped(first.reason)}</span></p>`;
}

function tiles(report: RehearsalReport): string {
  const { decidedSeconds, extraBad, plan, rollbackSeconds, outcomes } = report;
  const tile = (value: string, label: string) => `<div class="tile"><b>${escaped(value)}</b><span>${escaped(label)}</span></div>`;
  return `<div class="tiles">${[
    tile(percent(outcomes[0].share), `${OUTCOME_WORDS[outcomes[0].outcome]} (95 % interval ${percent(outcomes[0].low)} to ${percent(outcomes[0].high)})`),
    tile(duration(decidedSeconds.median), `until the traffic was where it stays; 9 of 10 within ${duration(decidedSeconds.p90)}`),
    tile(count(extraBad.median), `bad requests on top of what ${report.config.from.name} would have had; 9 of 10 at most ${count(extraBad.p90)}`),
    rollbackSeconds !== undefined && outcomes[0].outcome === 'rolledBack'
      ? tile(duration(rollbackSeconds.median), `from the first request to the rollback; 9 of 10 within ${duration(rollbackSeconds.p90)}`)
      : plan === undefined ? tile('none', 'no baseline could be measured, so nothing is known about the proof')
        : plan.certifyRequests >= 1e12 ? tile('no proof', 'no number of requests proves the newcomer within these limits')
          : tile(count(plan.certifyRequests), 'requests at the newcomer that the proof needs'),
  ].join('')}</div>`;
}

function detailNote(report: RehearsalReport): string {
  const { result, timeline } = report.shown;
  const all = timeline.points[timeline.points.length - 1]?.seconds ?? 0;
  const shown = shownSeconds(report);
  const cut = all > shown + 60 ? ` The charts show the first ${duration(shown)} of ${duration(all)}: after that the run only watched.` : '';
  return `Seed ${result.seed}, the first that ended as most did: ${OUTCOME_WORDS[result.outcome]}. Numbers in the first chart are those of the table below.${cut}`;
}

/** The fallback window and long holds say the same again and again: what is in no chart and told nobody is left out behind so many rows. */
const MAX_ROWS = 80;

function eventTable(report: RehearsalReport): string {
  const events = numbered(report.shown.timeline.events);
  const row = ({ seconds, name, message, share, number, tone }: NumberedEvent) => '<tr>'
    + `<td class="n">${escaped(clock(seconds))}</td><td><span class="${number === undefined ? '' : `dot ${tone}`}">${number ?? ''}</span></td>`
    + `<td><strong>${escaped(name.replace(/(?<=[a-z])(?=[A-Z])/g, ' '))}</strong></td><td class="n wideonly">${Number(share.toFixed(2))} %</td><td class="own">${escaped(message)}</td></tr>`;
  const rest = events.length > MAX_ROWS ? `<p class="note">${count(events.length - MAX_ROWS)} further events are left out.</p>` : '';
  return `<table class="stack"><thead><tr><th class="n">after (h:mm)</th><th></th><th>event</th><th class="n">share</th><th>what it said</th></tr></thead><tbody>\n${events.slice(0, MAX_ROWS).map(row).join('\n')}\n</tbody></table>${rest}`;
}

const clock = (seconds: number) => `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}`;

function planSection(report: RehearsalReport): string {
  const { plan, config } = report;
  if (plan === undefined) return '';
  const rows = plan.perStep.map(({ share, minutes, newcomerRequests }) => `<tr><td class="n">${share} %</td><td class="n">${escaped(longTime(minutes))}</td><td class="n">${count(newcomerRequests)}</td></tr>`);
  const verdict = plan.feasible ? 'The proof fits the time that the migration has' : 'The proof does not fit the time that the migration has';
  const text = `${verdict}: it takes ${longTime(plan.minutes)}${waitingText(config)}, at most ${duration(config.plan.maxSeconds)} are allowed, and it ${proofText(plan.certifyRequests)}.`;
  const first = config.plan.steps.find((share) => certifies(config, share)) ?? 0;
  const counted = plan.perStep.filter(({ share }) => share >= first).reduce((sum, step) => sum + step.newcomerRequests, 0);
  const counts = `Requests at ${first} % and more count for it.${counted > 1.1 * plan.certifyRequests ? ' A step lasts its least time also when fewer requests would do, so the newcomer gets more of them than the proof needs.' : ''}`;
  return `<section>
<h2>What the proof needs</h2>
<div class="card"><p>${escaped(text)}${plan.suggestion === undefined ? '' : ` ${escaped(plan.suggestion)}`}</p>
<p class="note">${escaped(counts)}</p>
<table><thead><tr><th class="n">step</th><th class="n">takes at least</th><th class="n">requests it gets in that time</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>
</section>`;
}

function world(report: RehearsalReport): string {
  const { words, config, scenario } = report;
  const gates = gateTexts(config, scenario.approvalSeconds);
  const row = (term: string, text: string) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`;
  return `<dl>${[
    row('Start', new Date(scenario.start * 1000).toISOString().replace(':00.000Z', ' UTC').replace('T', ', ')),
    row('Traffic', words.traffic),
    row(config.from.name, words.from),
    row(config.to.name, words.to),
    row('Faults', words.faults.length === 0 ? 'none' : words.faults.join('; ')),
    row('Advances', config.advanceWindow === undefined ? 'at any time' : windowText(config.advanceWindow)),
    row('Gates', gates.length === 0 ? 'none' : gates.join('; ')),
    row('Limits', limits(report)),
    row('Afterwards', `${config.from.name} is kept for ${duration(config.fallback.windowSeconds)}, ${config.fallback.floor === 'full' ? 'with what carries all of the traffic' : `with ${config.fallback.floor} instances`}`),
  ].join('')}</dl>`;
}

function limits(report: RehearsalReport): string {
  const { limits: { latencyIncreaseP95, latencyIncreaseP99, errorRatio, falseRollback, falsePromotion } } = report.config;
  const allowance = allowanceText(report.config, report.shown.timeline.state);
  return [
    `errors up to ${allowance ?? `${errorRatio} times those of ${report.config.from.name}`}`,
    latencyIncreaseP95 === undefined ? 'latency is not judged' : `p95 up to ${percent(latencyIncreaseP95)} higher${latencyIncreaseP99 === undefined ? '' : `, p99 up to ${percent(latencyIncreaseP99)} higher`}`,
    `a good newcomer is rolled back with a chance of at most ${percent(falseRollback)}, a bad one promoted with at most ${percent(falsePromotion)}`,
  ].join('; ');
}
