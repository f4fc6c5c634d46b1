import type { OutcomeShare } from './statistics';
import { allowanceInputs } from '../controller/settings';
import { percentText } from '../controller/text';
import type { GateConfig, GatePoint, MigrationConfig, MigrationState, WindowConfig } from '../controller/types';
import { autoAllowance } from '../judge/allowance';

/** What people call the outcomes. */
export const OUTCOME_WORDS: Readonly<Record<OutcomeShare['outcome'], string>> = {
  promoted: 'promoted',
  rolledBack: 'rolled back',
  refused: 'refused to start',
  superseded: 'taken over',
  dryRun: 'dry run',
  released: 'released',
  running: 'still undecided',
};

/** 0.123 as `12.3 %`, exact at both ends: 99.96 % is not 100 %. */
export function percent(share: number): string {
  const value = share * 100;
  if (value <= 0) return '0 %';
  if (value >= 100) return '100 %';
  if (value < 0.1) return '< 0.1 %';
  if (value > 99.9) return '> 99.9 %';
  return `${Number(value.toFixed(1))} %`;
}

/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 5400 as `1 h 30 min`, 112 as `1 min 52 s`: near the beginning seconds count. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 300 && whole % 60 > 0) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  return [days > 0 ? `${days} d` : '', hours > 0 ? `${hours} h` : '', rest > 0 ? `${rest} min` : ''].filter((part) => part !== '').join(' ');
}

/** What a proof needs, which may be more than there can be: `needs 12,350 requests at the newcomer`. */
export function proofText(requests: number): string {
  return requests < 1e12 ? `needs ${count(requests)} requests at the newcomer` : 'is out of reach of any number of requests';
}

/** Minutes of a reckoning, which may never end. */
export function longTime(minutes: number): string {
  return Number.isFinite(minutes) && minutes < 1e6 ? duration(minutes * 60) : 'longer than any migration';
}

/** What the reckoning of a proof knows nothing of, and a rehearsal waits for. */
export function waitingText({ advanceWindow, gates }: MigrationConfig): string {
  const waits = [...advanceWindow === undefined ? [] : ['windows'], ...gates.every(({ point }) => point === 'release') ? [] : ['gates']];
  return waits.length === 0 ? '' : ` before waiting for ${waits.join(' and ')}`;
}

/** Errors that are accepted, and why so many when nobody said so; none while nothing was measured. */
export function allowanceText(config: MigrationConfig, { errorAllowance, baseline }: MigrationState): string | undefined {
  if (errorAllowance === undefined) return undefined;
  const { limits, from, to } = config;
  const words = `${percentText(100 * errorAllowance)} of the requests to ${to.name}, or ${limits.errorRatio} times the errors of ${from.name}`;
  if (limits.errorAllowance !== undefined || baseline === undefined) return words;
  const wanted = autoAllowance({ ...allowanceInputs(config, baseline), certifyingRequests: Infinity });
  return errorAllowance > wanted ? `${words} (raised from ${percentText(100 * wanted)}, which this traffic cannot prove in the time of the plan; limits.errorAllowance sets it)` : words;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Mon, Tue, 09:00 to 17:00 Europe/Berlin, not from 2027-12-24 to 2027-12-26`. */
export function windowText({ days, fromMinute, toMinute, timeZone, freezes }: WindowConfig): string {
  const time = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  return [
    days.length === DAYS.length ? 'every day' : days.map((day) => DAYS[day]).join(', '),
    `${time(fromMinute)} to ${time(toMinute)} ${timeZone}`,
    ...freezes.map(({ from, to }) => `not from ${from} to ${to}`),
  ].join(', ');
}

const POINTS: Readonly<Record<GatePoint, string>> = {
  start: 'before the first step',
  step: 'before each step',
  full: 'before 100 %',
  release: 'before the capacity for the way back is released',
};

/** The gates, and what is made of them here. */
export function gateTexts({ gates, alarms, from, to }: MigrationConfig, approvalSeconds: number): string[] {
  const own = (gate: GateConfig): string => {
    if (gate.kind === 'approval') return `approved ${duration(approvalSeconds)} after it asks`;
    if (gate.kind === 'lambda') return 'it passes';
    return `1,000 requests have to cost ${gate.minimumSaving > 0 ? `at least ${percent(gate.minimumSaving)} ` : ''}less at the prices given, ${gate.fromHourlyPrice} (${from.name}) and ${gate.toHourlyPrice} (${to.name}) for an instance-hour`;
  };
  // The first alarm is the watchdog's.
  const others = alarms.slice(1).map(({ name }) => name);
  return [...gates.map((gate) => `${gate.id} ${POINTS[gate.point]}: ${own(gate)}`), ...others.length === 0 ? [] : [`${others.join(', ')}: never in ALARM`]];
}

/** 12345 microseconds as `12.3 ms`. */
export function milliseconds(microseconds: number): string {
  return `${Number((microseconds / 1000).toPrecision(3))} ms`;
}

/** `5, 10, 25 and 100 %`. */
export function planText(config: MigrationConfig): string {
  return `${config.plan.steps.join(', ')} and 100 %, ${duration(config.plan.dwellSeconds)} each, ${duration(config.plan.bakeSeconds)} at ${config.plan.steps[config.plan.steps.length - 1]} %`;
}
