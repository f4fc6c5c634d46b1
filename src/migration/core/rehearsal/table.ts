import type { RehearsalReport } from './report';
import { allowanceText, count, duration, gateTexts, longTime, OUTCOME_WORDS, percent, planText, proofText, waitingText, windowText } from './words';

/** The report for a terminal. */
export function rehearsalTable(report: RehearsalReport): string {
  const { config, scenario, words, plan, rollbackSeconds } = report;
  const gates = gateTexts(config, scenario.approvalSeconds);
  const allowance = allowanceText(config, report.shown.timeline.state);
  const header = ['outcome', 'share', '95 % interval', 'decided after', 'p90', 'extra bad requests', 'p90'];
  const rows = report.outcomes.map((each) => [
    OUTCOME_WORDS[each.outcome],
    percent(each.share),
    `${percent(each.low)} to ${percent(each.high)}`,
    duration(each.decidedSeconds.median),
    duration(each.decidedSeconds.p90),
    count(each.extraBad.median),
    count(each.extraBad.p90),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: string[]) => cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join('  ').trimEnd();
  return [
    `${config.migration}: ${config.from.name} to ${config.to.name}, ${planText(config)}`,
    `${words.traffic}; ${config.from.name}: ${words.from}; ${config.to.name}: ${words.to}${words.faults.length === 0 ? '' : `; ${words.faults.join('; ')}`}`,
    ...config.advanceWindow === undefined ? [] : [`advances: ${windowText(config.advanceWindow)}`],
    ...gates.length === 0 ? [] : [`gates: ${gates.join('; ')}`],
    ...allowance === undefined ? [] : [`accepted errors: ${allowance}`],
    '',
    line(header),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
    '',
    ...report.outcomes.filter(({ outcome, reason }) => outcome !== 'promoted' && reason !== '').map(({ outcome, reason }) => `${OUTCOME_WORDS[outcome]}: ${reason}`),
    ...plan === undefined ? [] : [`The proof ${proofText(plan.certifyRequests)}; at this traffic the way to 100 % takes ${longTime(plan.minutes)}${waitingText(config)}${plan.feasible ? '' : `, longer than the ${duration(config.plan.maxSeconds)} it has`}.${plan.suggestion === undefined ? '' : ` ${plan.suggestion}`}`],
    ...rollbackSeconds === undefined ? [] : [`Rolled back ${duration(rollbackSeconds.median)} after the first request (p90 ${duration(rollbackSeconds.p90)}).`],
    `${count(report.seeds)} seeds against a simulated endpoint, no AWS call; extra bad requests failed or were slower than accepted, beyond what ${config.from.name} would have done.`,
  ].join('\n');
}
