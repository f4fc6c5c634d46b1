import { missingAlarms, unreadAlarms } from './blockers';
import { revalidate } from './drift';
import { evidenceOf } from './evidence';
import { mostInstances } from './instances';
import { BASELINE_WINDOWS } from './needs';
import { endDryRun, refuse } from './rollback';
import { allowanceInputs, judgesLatency, thresholdsOf } from './settings';
import { countText, durationText, percentText, plural, rateText } from './text';
import type { Tick } from './tick';
import type { Baseline, StartInput, VariantConfig } from './types';
import { KILL_SWITCH_OFF } from '../../contract';
import { floorOf, instancesFor } from '../capacity';
import { autoAllowance } from '../judge/allowance';
import { above, sameShare, stepAbove } from '../shares';

/** A baseline of fewer requests says too little about errors that are rare. */
const BASELINE_REQUESTS = 1000;
/** A newcomer with more than this share is in use already, in percent. */
const UNUSED = 0.1;

/** Phase `preflight`: measures, checks everything at once, and starts or refuses. Nothing is written. */
export function preflight(t: Tick, input: StartInput): void {
  const { state, config, now } = t;
  if (!t.inService) {
    if (now - state.phaseSince >= config.policies.changeTimeoutSeconds) return refuse(t, [`the endpoint has been ${t.seen.endpoint.status} for ${durationText(now - state.phaseSince)}`]);
    return t.hold({ key: 'busy', message: `the endpoint is ${t.seen.endpoint.status}; the migration starts when it is InService` });
  }
  if (unreadAlarms(t)) {
    if (now - state.phaseSince >= config.policies.changeTimeoutSeconds) return refuse(t, [`the states of the alarms could not be read for ${durationText(now - state.phaseSince)}`]);
    return t.hold({ key: 'unreadAlarms', message: 'the states of the alarms cannot be read; the migration starts when they can' });
  }
  const structure = structuralProblems(t, input);
  if (structure.length > 0) return refuse(t, structure);
  const baseline = state.baseline ?? measured(t);
  if (baseline === undefined) return;
  t.set({ baseline });
  const reasons = baselineProblems(t, baseline);
  const plan = evidence(t, baseline);
  if (!plan.fits && config.plan.unprovable === 'refuse' && input.force !== true && state.resumed !== true) reasons.push(plan.text);
  if (reasons.length > 0) return refuse(t, reasons);
  start(t, baseline, plan, input);
}

function structuralProblems(t: Tick, input: StartInput): string[] {
  const { config, state, seen } = t;
  const ringing = seen.alarms.filter((alarm) => alarm.state === 'ALARM').map(({ name }) => name);
  const missing = missingAlarms(t);
  return [
    ...[config.from.name, config.to.name].filter((name) => !seen.endpoint.variants.some((variant) => variant.name === name)).map((name) => `the endpoint has no variant ${name}`),
    ...seen.endpoint.pendingDeployment ? ['a deployment of the endpoint is pending'] : [],
    ...state.resumed !== true && t.realShare > UNUSED
      ? [`${config.to.name} has ${percentText(t.realShare)} of the traffic already: set its weight to 0, or start with "resume" to go on with an interrupted run`] : [],
    ...t.from?.currentCount === 0 ? [`${config.from.name} has no instance, so there is no way back`] : [],
    ...ringing.length > 0 && input.force !== true ? [`${ringing.join(', ')} ${ringing.length === 1 ? 'is' : 'are'} in ALARM: start with "force" to disregard them until they were OK once`] : [],
    ...missing.length > 0 ? [`CloudWatch knows no alarm ${missing.join(', ')} in this account and region: make it, or take it off the gates`] : [],
    ...seen.killSwitch !== undefined && seen.killSwitch !== KILL_SWITCH_OFF ? [`the kill switch sends everything to ${seen.killSwitch}: set it to "${KILL_SWITCH_OFF}"`] : [],
  ];
}

/** The baseline, or undefined while there is none: then it looks further back, and in the end waits for traffic. */
function measured(t: Tick): Baseline | undefined {
  const { state, config, now, seen: { baseline } } = t;
  const waited = now - state.started;
  const late = waited >= config.plan.maxStepSeconds;
  if (baseline === undefined) {
    if (late) refuse(t, [`CloudWatch gave no baseline for ${durationText(waited)}`]);
    else t.hold({ key: 'noBaseline', message: 'CloudWatch gives no baseline; asked again at every tick' });
    return undefined;
  }
  if (baseline.requests >= BASELINE_REQUESTS) return baseline;
  const longer = BASELINE_WINDOWS.find((seconds) => seconds > (state.baselineSeconds ?? BASELINE_WINDOWS[0]));
  if (longer !== undefined) {
    t.set({ baselineSeconds: longer, holding: undefined });
    return undefined;
  }
  const few = `${config.from.name} had ${plural(baseline.requests, 'request')} in ${durationText(BASELINE_WINDOWS[BASELINE_WINDOWS.length - 1])}, and ${countText(BASELINE_REQUESTS)} are needed to know how it does`;
  if (late) refuse(t, [few]);
  else t.hold({ key: 'fewRequests', message: `${few}; waiting for traffic until ${durationText(config.plan.maxStepSeconds)} have passed` });
  return undefined;
}

function baselineProblems(t: Tick, baseline: Baseline): string[] {
  const { config: { limits, from, to, fallback } } = t;
  const peak = `${countText(baseline.peakRequestsPerMinute)} requests a minute`;
  const tooFew = (variant: VariantConfig, needed: number, what: string) => {
    const most = mostInstances(t, variant);
    return most === undefined || needed <= most ? [] : [`${variant.name} ${what} and may have ${most}: raise its maximum`];
  };
  const [back, needed] = [from, to].map((variant) => instancesFor(variant, baseline.peakRequestsPerMinute, 100));
  const noPercentiles = judgesLatency(limits) && baseline.requests > 0 && (baseline.p95 === undefined || baseline.p99 === undefined);
  return [
    // What is kept for the way back is not pinned beyond what its owner is ready to pay.
    ...fallback.floor === 'full' ? tooFew(from, back, `needs ${plural(back, 'instance')} for ${peak}`) : tooFew(from, fallback.floor, `has to keep ${plural(fallback.floor, 'instance')} for the way back`),
    ...tooFew(to, needed, `needs ${plural(needed, 'instance')} for ${peak}`),
    ...noPercentiles ? ['CloudWatch gives no percentiles of the latency: leave limits.latencyIncrease and limits.latencyIncreaseP99 out to judge errors alone'] : [],
  ];
}

interface PlanResult {
  readonly fits: boolean;
  readonly minutes: number;
  readonly text: string;
  readonly detail: object;
}

/** Resolves what the limits leave open, and asks how long a proof takes at this traffic. */
function evidence(t: Tick, baseline: Baseline): PlanResult {
  const { config, state } = t;
  const { plan, limits } = config;
  const errorAllowance = state.errorAllowance ?? limits.errorAllowance ?? autoAllowance(allowanceInputs(config, baseline));
  t.set({ errorAllowance, thresholds: state.thresholds ?? thresholdsOf(limits, baseline) });
  const result = evidenceOf(config, { ...t.state, baseline });
  const needs = Number.isFinite(result.minutes) && result.minutes < 1e6 ? `it needs about ${durationText(result.minutes * 60)}` : 'no time is long enough';
  return {
    fits: result.feasible,
    minutes: result.minutes,
    text: `at ${countText(baseline.requestsPerMinute)} requests a minute the plan cannot prove ${config.to.name} within ${durationText(plan.maxSeconds)}: ${needs}`
      + (result.suggestion === undefined ? '' : `; ${result.suggestion}`),
    detail: result,
  };
}

function start(t: Tick, baseline: Baseline, plan: PlanResult, input: StartInput): void {
  const { config, state, now, seen } = t;
  const counts = { from: t.from!.currentCount, to: t.to!.currentCount };
  const share = t.realShare;
  const renewed = state.resumed === true && state.expected !== undefined && state.expected.configName !== seen.endpoint.configName;
  t.set({
    // A dry run begins nothing: what an interrupted run knew is there after it too.
    interrupted: config.policies.dryRun ? state.interrupted : undefined,
    started: state.resumed === true ? state.started : now,
    startCounts: state.startCounts ?? counts,
    floor: state.floor ?? floorOf(config.fallback, config.from, baseline, counts.from),
    expected: renewed ? state.expected : { configName: seen.endpoint.configName, fromCount: counts.from, toCount: counts.to },
    ignoredAlarms: input.force === true ? seen.alarms.filter((alarm) => alarm.state === 'ALARM').map(({ name }) => name) : [],
  });
  if (!plan.fits) t.event('PlanWarning', plan.text, { plan: plan.detail }, true);
  t.event('MigrationStarted', `${state.resumed === true ? 'resumed' : 'started'}: ${config.from.name} to ${config.to.name} in steps of ${config.plan.steps.join(', ')} and 100 %, `
    + `${plan.fits ? `about ${durationText(plan.minutes * 60)} until 100 %` : 'with no end in sight'}; ${config.from.name} had ${rateText(baseline.errors, baseline.requests)} errors in `
    + `${plural(baseline.requests, 'request')}, accepted are ${percentText(100 * (t.state.errorAllowance ?? 0))} or ${config.limits.errorRatio} times the errors of ${config.from.name}`,
  { baseline, errorAllowance: t.state.errorAllowance, thresholds: t.state.thresholds, plan: plan.detail, floor: t.state.floor });
  if (config.policies.dryRun) t.go('judge', { share, safeShare: share, stepSince: now, lastPeriod: lastClosed(t) });
  else if (state.resumed === true) resumeAt(t, share);
  else t.go('gate', { share, safeShare: share });
  if (renewed && !config.policies.dryRun) revalidate(t);
}

/** On from the share that the endpoint really has: a step that was not proven is made again. */
function resumeAt(t: Tick, share: number): void {
  const { state, config, now } = t;
  const stale = state.lastPeriod !== undefined && now - state.lastPeriod > 900;
  const safeShare = Math.min(state.safeShare, share);
  t.set({ share, safeShare, unproven: above(share, safeShare), lastPeriod: share > 0 && (stale || state.lastPeriod === undefined) ? lastClosed(t) : state.lastPeriod });
  const fresh = { judgedInStep: 0, stepCounts: undefined };
  // Nobody looked for as long as no run was there: the window begins anew, and so does its proof.
  if (sameShare(share, 100)) t.go('window', { share: 100, step: config.plan.steps.length, windowSince: now, stepSince: now, unproven: true, ...fresh });
  else t.go('gate', { step: stepAbove(config.plan.steps, safeShare), stepSince: undefined, ...fresh });
}

/** Start of the period before the one that runs: what is judged begins after it. */
export function lastClosed({ now, config: { plan: { periodSeconds } } }: Tick): number {
  return Math.floor(now / periodSeconds) * periodSeconds - periodSeconds;
}

/** A dry run judges the split there is for one dwell, and tells. */
export function dryRunStep(t: Tick): void {
  const { state, config, now } = t;
  if (now - (state.stepSince ?? state.phaseSince) < config.plan.dwellSeconds) return;
  const steps = [...config.plan.steps, 100].map((share) => `${share} % on ${plural(instancesFor(config.to, state.baseline?.peakRequestsPerMinute ?? 0, share), 'instance')}`).join(', ');
  const keep = `${config.from.name} keeps ${plural(state.floor ?? 1, 'instance')}`;
  endDryRun(t, `it would shift ${config.to.name} to ${steps}; ${keep}; the judge says: ${state.verdict?.reason ?? 'no period was judged'}`);
}
