import type { OutcomeShare } from './statistics';
import type { MigrationConfig } from '../controller/types';

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

/** 12345 microseconds as `12.3 ms`. */
export function milliseconds(microseconds: number): string {
  return `${Number((microseconds / 1000).toPrecision(3))} ms`;
}

/** `5, 10, 25 and 100 %`. */
export function planText(config: MigrationConfig): string {
  return `${config.plan.steps.join(', ')} and 100 %, ${duration(config.plan.dwellSeconds)} each, ${duration(config.plan.bakeSeconds)} at ${config.plan.steps[config.plan.steps.length - 1]} %`;
}
