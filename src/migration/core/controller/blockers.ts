import { durationText, percentText, plural, rateText, timeText } from './text';
import type { Hold, Tick } from './tick';
import { ALARM_MISSING, ALARM_UNREAD } from './types';
import { opensAt, windowOpen } from '../advance-window';
import { UNREACHABLE } from '../judge/types';

/** Evidence against the newcomer that is half of what a rollback takes: the next step waits until it is more or less. */
const SUSPICIOUS = 0.5;
/** Requests that should have come: so many missing ones are no chance. */
const MISSED = 10;
/** Seconds that a period is waited for before it counts as one without requests, and a little more. */
const LATE = 420;
/** Errors of `from` by which chance is no explanation, in standard deviations, and beside them as many as one bad request of a client makes. */
const SIGMAS = 4;
const FEW = 5;

/** What keeps any share from being raised: the endpoint, alarms, the calendar, and trouble that nobody understands yet. */
export function mayRaise(t: Tick): Hold | undefined {
  return busy(t) ?? alarm(t) ?? trouble(t) ?? proof(t) ?? closed(t);
}

/** The same for leaving a step; what a newcomer has not shown yet comes first. */
export function mayLeave(t: Tick): Hold | undefined {
  const { state } = t;
  return (state.skip === true ? undefined : fewRequests(t) ?? silent(t)) ?? trouble(t) ?? certificate(t);
}

/**
 * The same for letting go of the way back. Who wants no fallback window, or no more of it, does without requests; what speaks against the
 * newcomer counts all the same, for nothing is behind it then.
 */
export function mayRelease(t: Tick): Hold | undefined {
  const { state, config: { fallback, plan } } = t;
  const hold = busy(t) ?? alarm(t) ?? against(t);
  if (hold !== undefined || state.skip === true || fallback.windowSeconds <= 0) return hold;
  // One request at least: without any, CloudWatch that sees nothing would look like a newcomer that does well.
  const missing = (state.unproven ? fewRequests(t, Math.max(1, plan.minRequestsPerStep)) : undefined) ?? silent(t);
  if (missing === undefined) return undefined;
  // Minutes that are late are usual; a window that does not end for them is not.
  const late = missing.usual === true && t.now - (state.windowSince ?? t.now) < fallback.windowSeconds + LATE;
  return late ? missing : { ...missing, key: missing.usual === true ? 'silent' : missing.key, usual: false, page: true };
}

/** Alarms in ALARM that count. Those that rang before a start by force count when they were OK once. */
export function ringing(t: Tick): readonly { readonly name: string; readonly rollBack: boolean }[] {
  const states = new Map(t.seen.alarms.map(({ name, state }) => [name, state]));
  const ignored = (t.state.ignoredAlarms ?? []).filter((name) => states.get(name) !== 'OK');
  t.set({ ignoredAlarms: ignored });
  return t.config.alarms.filter(({ name }) => states.get(name) === 'ALARM' && !ignored.includes(name));
}

export function alarm(t: Tick): Hold | undefined {
  const names = ringing(t).map(({ name }) => name);
  if (names.length > 0) return { key: `alarm:${names.join()}`, page: true, message: `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} in ALARM; nothing advances before it is over` };
  const missing = missingAlarms(t);
  if (missing.length > 0) return { key: `noAlarm:${missing.join()}`, page: true, message: `there is no alarm ${missing.join(', ')} any more; nothing advances without it` };
  return unreadAlarms(t) ? { key: 'unreadAlarms', message: 'the states of the alarms cannot be read; nothing advances before they can' } : undefined;
}

/** Alarms that CloudWatch does not know. */
export function missingAlarms({ seen }: Tick): readonly string[] {
  return seen.alarms.filter(({ state }) => state === ALARM_MISSING).map(({ name }) => name);
}

/** CloudWatch could not be asked. */
export function unreadAlarms({ seen }: Tick): boolean {
  return seen.alarms.some(({ state }) => state === ALARM_UNREAD);
}

export function busy(t: Tick): Hold | undefined {
  const { status, pendingDeployment } = t.seen.endpoint;
  if (t.inService && !pendingDeployment) return undefined;
  return { key: 'busy', message: t.inService ? 'a deployment of the endpoint is pending' : `the endpoint is ${status}, and not by this migration; errors are judged meanwhile` };
}

export function closed(t: Tick): Hold | undefined {
  const window = t.config.advanceWindow;
  if (window === undefined || windowOpen(window, t.now)) return undefined;
  const opens = t.state.holding === 'window' ? undefined : opensAt(window, t.now);
  return { key: 'window', message: `the advance window is closed${opens === undefined ? ' for the next weeks' : ` until ${timeText(opens)}`} (${window.timeZone})` };
}

function fewRequests({ state, config }: Tick, needed = config.plan.minRequestsPerStep): Hold | undefined {
  if (state.judgedInStep >= needed) return undefined;
  const counts = state.stepCounts;
  const rate = counts === undefined || counts.seconds <= 0 ? 0 : counts.to / counts.seconds;
  const eta = rate > 0 ? `about ${durationText((needed - state.judgedInStep) / rate)} at this traffic` : 'no end in sight without traffic';
  return { key: 'requests', message: `${config.to.name} had ${plural(state.judgedInStep, 'judged request')} at ${percentText(state.share)} and needs ${needed}: ${eta}` };
}

/** Requests came and stopped, or are not seen any more: what was judged before says nothing about now. */
function silent({ state, config: { plan, to }, now }: Tick): Hold | undefined {
  const counts = state.stepCounts;
  if (counts === undefined || counts.seconds <= 0 || state.lastRequests === undefined || state.lastPeriod === undefined) return undefined;
  // A period is seen one period and the delay after its start, and the next one a period later: until then nothing is late.
  const unseen = now - state.lastRequests - 2 * plan.periodSeconds - plan.publicationDelaySeconds;
  const missed = (seconds: number) => seconds >= plan.periodSeconds && counts.to / counts.seconds * seconds > MISSED;
  if (!missed(unseen)) return undefined;
  const message = `no requests of ${to.name} were seen for ${durationText(unseen)}: nothing is decided without data`;
  // With little traffic CloudWatch cannot tell none from late for some minutes, every now and then: waited for, and not worth an event.
  const late = unseen < LATE && !missed(state.lastPeriod - state.lastRequests);
  return { key: late ? 'late' : 'silent', message, usual: late };
}

/** What a person who wants 100 % unproven disregards. */
function trouble(t: Tick): Hold | undefined {
  return t.state.unprovenPromotion?.by === 'person' ? undefined : against(t);
}

/** Something is wrong, with one or with both; it shows in a while which. */
function against(t: Tick): Hold | undefined {
  const { state, config } = t;
  const suspicion = state.verdict?.evidence.find(({ worse }) => worse >= SUSPICIOUS);
  if (suspicion !== undefined) {
    return { key: 'suspicious', message: `${Math.round(100 * suspicion.worse)} % of the evidence that rolls ${config.to.name} back is there (${state.verdict!.reason})` };
  }
  if (state.judgeFailures > 0) return { key: 'judge', message: 'the judge failed at the last period', page: true };
  const recent = state.recent;
  const baseline = state.baseline;
  if (recent === undefined || baseline === undefined || recent.from <= 0 || state.share >= 100) return undefined;
  const expected = 2 * recent.from * Math.max(baseline.requests > 0 ? baseline.errors / baseline.requests : 0, (state.errorAllowance ?? 0) / 2);
  if (recent.fromErrors <= expected + SIGMAS * Math.sqrt(expected) + FEW) return undefined;
  return {
    key: 'shared',
    page: true,
    message: `${config.from.name} has ${rateText(recent.fromErrors, recent.from)} errors itself (${rateText(baseline.errors, baseline.requests)} before the migration), so nothing is compared: `
      + `frozen at ${percentText(state.share)} until they are gone`,
  };
}

/** At the last step only a certificate opens the way to 100 %. */
function certificate(t: Tick): Hold | undefined {
  const { state, config } = t;
  if (state.step !== config.plan.steps.length - 1 || state.unprovenPromotion !== undefined || state.verdict?.kind === 'promote') return undefined;
  const needed = state.verdict?.requestsNeeded ?? UNREACHABLE;
  const counts = state.stepCounts;
  const rate = counts === undefined || counts.seconds <= 0 ? 0 : counts.to / counts.seconds;
  const eta = needed < UNREACHABLE && rate > 0 ? `, about ${durationText(needed / rate)}` : '';
  return { key: 'proof', message: `not proven at ${percentText(state.share)}${eta}: ${state.verdict?.reason ?? 'no period was judged'}` };
}

/** Before 100 % the certificate has to be there still. */
function proof(t: Tick): Hold | undefined {
  if (!t.atFull || t.state.unprovenPromotion !== undefined || t.state.verdict?.kind === 'promote') return undefined;
  return { key: 'proof', message: 'the proof that was there is not there any more' };
}
