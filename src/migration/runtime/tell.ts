import { publish, putEvents } from './notify.client';
import { audit } from './store.client';
import { ENV, EVENT_SOURCE, RECORD } from '../contract';
import { pageOf } from '../core/command-text';
import type { MigrationConfig, MigrationEvent, MigrationState, Observation, TickEvent } from '../core/controller/types';
import { emfOf } from '../core/emf';
import type { PeriodsRead } from '../core/metric-queries';

const AUDIT_SECONDS = 90 * 86400;
/** A tick that catches up with hours keeps the newest of its periods one by one, and the sums of all. */
const MOST_PERIODS = 30;

/** What a tick has to tell. */
export interface Story {
  readonly event: TickEvent;
  readonly state: MigrationState;
  readonly events: readonly MigrationEvent[];
  readonly observation?: Observation;
  readonly refused?: PeriodsRead['refused'];
  readonly now: number;
}

/** Does what the run does not depend on: a failure is logged, and gives undefined. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { name, message } = error as Error;
    console.error(JSON.stringify({ level: 'error', what, error: name, message }));
    return undefined;
  }
}

/** Logs a line per transition and the metrics, then tells bus and people, and keeps a record of each verdict. Never fails. */
export async function tell(story: Story): Promise<void> {
  const { event: { config, run }, state, events, observation, now } = story;
  const periods = observation?.periods ?? [];
  for (const { name, message, detail } of events) {
    console.log(JSON.stringify({ level: 'info', event: name, message, migration: config.migration, run: run.name, phase: state.phase, step: state.step, share: state.share, detail }));
  }
  if (observation !== undefined) console.log(JSON.stringify(emfOf({ config, state, now, periods, events })));
  await Promise.all([
    observation !== undefined && (periods.length > 0 || events.length > 0) ? attempt('audit', () => keep(story, observation)) : undefined,
    events.length > 0 ? attempt('events', () => putEvents(events.map((one) => entry(story, one)))) : undefined,
    ...events.filter((one) => one.page).map((one) => attempt('page', () => tellPeople(story, one))),
  ]);
}

function entry({ event: { config, run, now }, state }: Story, { name, message, detail }: MigrationEvent) {
  return {
    EventBusName: process.env[ENV.bus],
    Source: EVENT_SOURCE,
    DetailType: name,
    Time: new Date(now),
    Resources: [run.arn],
    Detail: JSON.stringify({ ...detail, ...facts(config, state), message }),
  };
}

function facts(config: MigrationConfig, state: MigrationState) {
  return { migration: config.migration, endpoint: config.endpointName, from: config.from.name, to: config.to.name, run: state.run, phase: state.phase, step: state.step, share: state.share };
}

async function tellPeople({ event: { config, run }, state, now }: Story, event: MigrationEvent): Promise<void> {
  const topic = process.env[ENV.topic];
  if (topic === undefined) return;
  const { subject, text } = pageOf({ region: process.env.AWS_REGION ?? '', table: process.env[ENV.table] ?? '' }, config, state, event, run.arn, now);
  await publish(topic, subject, text);
}

async function keep({ event: { config, run, now: time }, state, events, refused, now }: Story, { periods, command, endpoint }: Observation): Promise<void> {
  const total = (side: 'control' | 'newcomer', what: 'requests' | 'errors') => periods.reduce((sum, period) => sum + period[side][what], 0);
  await audit(config.endpointName, RECORD.audit(config.migration, run.name, time), now + AUDIT_SECONDS, {
    migration: config.migration,
    run: run.arn,
    epoch: state.epoch,
    phase: state.phase,
    step: state.step,
    share: state.share,
    safeShare: state.safeShare,
    unproven: String(state.unproven),
    endpointStatus: endpoint.status,
    weights: JSON.stringify(Object.fromEntries(endpoint.variants.map(({ name, currentWeight }) => [name, currentWeight]))),
    counts: JSON.stringify(Object.fromEntries(endpoint.variants.map(({ name, currentCount }) => [name, currentCount]))),
    verdict: periods.length > 0 ? state.verdict?.kind : undefined,
    reason: periods.length > 0 ? state.verdict?.reason : state.reason,
    evidence: periods.length > 0 && state.verdict !== undefined ? JSON.stringify(state.verdict.evidence) : undefined,
    judgedPeriods: periods.length,
    judged: periods.length > 0 ? JSON.stringify({
      from: { requests: total('control', 'requests'), errors: total('control', 'errors'), refused: refused?.from },
      to: { requests: total('newcomer', 'requests'), errors: total('newcomer', 'errors'), refused: refused?.to },
    }) : undefined,
    periods: periods.length > 0 ? JSON.stringify(periods.slice(-MOST_PERIODS)) : undefined,
    events: events.length > 0 ? JSON.stringify(events.map(({ name, message }) => ({ name, message }))) : undefined,
    command: command === undefined || command.id !== state.lastCommand ? undefined : JSON.stringify(command),
  });
}
