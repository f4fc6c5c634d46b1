import type { Rule } from './metric';
import { UNREACHABLE } from './types';
import type { JudgedMetric, JudgeMode, JudgeState, MetricEvidence, Tally, Verdict } from './types';

const NAMES: Readonly<Record<JudgedMetric, string>> = { errors: 'errors', latencyP95: 'latency p95', latencyP99: 'latency p99' };

/** 1234567.4 as `1,234,567`; small fractional counts keep one digit. */
export function countText(value: number): string {
  const rounded = value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return rounded < 1000 ? String(rounded) : String(rounded).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 0.00123 as `0.12 %`: two significant digits, more for large shares. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${Number(percent.toPrecision(percent >= 10 ? 3 : 2))} %`;
}

const tallyText = ({ bad, total }: Tally) => total > 0 ? `${countText(bad)} of ${countText(total)} (${percentText(bad / total)})` : 'no requests';

/** The newcomer's rate as a multiple of the control's. */
function timesText(newcomer: Tally, control: Tally): string {
  if (newcomer.total <= 0 || control.total <= 0 || control.bad <= 0) return '';
  return `, ${Number((newcomer.bad / newcomer.total / (control.bad / control.total)).toPrecision(2))} times the control's`;
}

const limitText = (rule: Rule, mode: JudgeMode) => {
  if (mode === 'guard') return `allowed: ${percentText(rule.limit)}`;
  return `allowed: ${rule.ratio === 1 ? 'the control\'s share' : `${rule.ratio} times the control's`} or ${percentText(rule.limit)}`;
};

/** One sentence for a person at 2 a.m.: counts, ratio, what is allowed, requests still needed. */
export function reasonOf(kind: Verdict['kind'], rule: Rule | undefined, state: JudgeState, evidence: readonly MetricEvidence[], mode: JudgeMode): string {
  if (kind === 'promote' || rule === undefined) {
    return `proven within the limits: ${evidence.map((one) => `${NAMES[one.metric]} newcomer ${tallyText(one.newcomer)}, control ${tallyText(one.control)}`).join('; ')}`;
  }
  const one = evidence.find(({ metric }) => metric === rule.metric)!;
  if (kind === 'rollback') {
    const [controlBad, controlTotal, bad, total, periods] = state[rule.metric].run;
    const [control, newcomer] = [{ bad: controlBad, total: controlTotal }, { bad, total }];
    const against = mode === 'guard' ? '' : `, control ${tallyText(control)}${timesText(newcomer, control)}`;
    return `${NAMES[rule.metric]}: newcomer ${tallyText(newcomer)} in ${periods} period${periods === 1 ? '' : 's'}${against}; ${limitText(rule, mode)}`;
  }
  const seen = one.newcomer.total > 0 ? `newcomer ${tallyText(one.newcomer)}, control ${tallyText(one.control)}` : `no ${rule.metric === 'errors' ? 'requests' : 'latency'} of the newcomer judged yet`;
  return `${NAMES[rule.metric]}: ${seen}; ${limitText(rule, mode)}; ${neededText(one, mode)}`;
}

function neededText(one: MetricEvidence, mode: JudgeMode): string {
  if (mode === 'guard') return 'nothing speaks for a rollback';
  if (one.requestsNeeded >= UNREACHABLE) return 'no number of requests at this rate proves it';
  return `about ${countText(one.requestsNeeded)} more requests of the newcomer needed`;
}
