import { readKillSwitch } from './kill-switch.client';
import { alarmStates, getSeries } from './metrics.client';
import { describeEndpoint } from './sagemaker.client';
import { describeScaling } from './scaling.client';
import { attempt } from './tell';
import { ENV } from '../contract';
import { ALARM_MISSING, ALARM_UNREAD } from '../core/controller/types';
import type { Baseline, Command, EndpointSeen, MigrationConfig, MigrationState, Needs, Observation } from '../core/controller/types';
import { baselineOf, baselineQueries, baselineWindow, percentileQueries, periodQueries, periodsOf, periodWindow, type PeriodsRead } from '../core/metric-queries';

/** An observation, and what is only reported. */
export interface Seen {
  readonly observation: Observation;
  readonly refused: PeriodsRead['refused'];
}

const NOTHING: PeriodsRead = { periods: [], refused: { from: 0, to: 0 } };

/**
 * Looks up what the next decision needs. Without the endpoint there is none, so that failing to see it fails the tick, which is tried again.
 * Without CloudWatch or scaling the tick goes on and holds: rolling back must be possible while they are out of order.
 */
export async function observe(config: MigrationConfig, state: MigrationState, needs: Needs, command: Command | undefined, now: number): Promise<Seen> {
  const endpoint = await describeEndpoint(config.endpointName);
  const [read, baseline, scaling, alarms, killSwitch] = await Promise.all([
    needs.periodsAfter === undefined ? NOTHING : attempt('periods', () => readPeriods(config, state, needs.periodsAfter!, endpoint, now)),
    needs.baseline === undefined ? undefined : attempt('baseline', () => readBaseline(config, needs.baseline!.seconds, now)),
    needs.scaling ? attempt('scaling', () => readScaling(config)) : undefined,
    attempt('alarms', () => alarmStates(needs.alarms)),
    needs.killSwitch && process.env[ENV.killSwitch] !== undefined ? readKillSwitch(process.env[ENV.killSwitch]!) : undefined,
  ]);
  return {
    observation: {
      now,
      endpoint,
      periods: read?.periods ?? [],
      ...baseline === undefined ? {} : { baseline },
      ...scaling === undefined ? {} : { scaling },
      alarms: needs.alarms.map((name) => ({ name, state: alarms === undefined ? ALARM_UNREAD : alarms.get(name) ?? ALARM_MISSING })),
      ...command === undefined ? {} : { command },
      ...killSwitch === undefined ? {} : { killSwitch },
    },
    refused: (read ?? NOTHING).refused,
  };
}

async function readPeriods(config: MigrationConfig, state: MigrationState, after: number, endpoint: EndpointSeen, now: number): Promise<PeriodsRead> {
  const window = periodWindow(config, after, now);
  if (window === undefined) return NOTHING;
  const weighted = (name: string) => endpoint.variants.some((variant) => variant.name === name && variant.currentWeight > 0);
  const series = await getSeries(config.endpointName, periodQueries(config, state.thresholds), window);
  return periodsOf({ config, state, after, now, exposed: { from: weighted(config.from.name), to: weighted(config.to.name) } }, series);
}

async function readBaseline(config: MigrationConfig, seconds: number, now: number): Promise<Baseline> {
  const window = baselineWindow(config, seconds, now);
  const counts = await getSeries(config.endpointName, baselineQueries(config, seconds), window);
  const known = baselineOf(window, counts, {});
  if (known.requests === 0) return known;
  const percentiles = percentileQueries(config, window);
  return baselineOf(window, counts, await getSeries(config.endpointName, percentiles.queries, percentiles.window));
}

async function readScaling(config: MigrationConfig): Promise<NonNullable<Observation['scaling']>> {
  const scaled = [config.from, config.to].filter((variant) => variant.scaled);
  if (scaled.length === 0) return {};
  const found = await describeScaling(config.endpointName, scaled.map(({ name }) => name));
  const [from, to] = [found.get(config.from.name), found.get(config.to.name)];
  return { ...from === undefined ? {} : { from }, ...to === undefined ? {} : { to } };
}
