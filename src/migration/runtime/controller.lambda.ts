import type { Context } from 'aws-lambda';
import { act } from './act';
import { isOver } from './executions.client';
import { observe } from './observe';
import { acquire, fence, isHolder, readCommand, readLock, type Holder } from './store.client';
import { tell } from './tell';
import { advance, begin, needs } from '../core/controller';
import type { Lock, MigrationEvent, MigrationState, Outcome, TickEvent, TickResult } from '../core/controller/types';
import { endedAlready, withoutLoss } from '../core/lost-answer';
import { boundedWeights } from '../core/weights';

/** How often a lock that changed while it was being taken is looked at again. */
const ATTEMPTS = 3;
/** Kept back from the function's time for what has to be written after slow actions. */
const RESERVE_MS = 20_000;
const DEFAULT_MS = 100_000;

/**
 * One tick of a migration: look, decide, write the decision down under the lock, do it, tell. The state machine calls it until it says that
 * it is done, and again when it fails; a tick that is called twice decides on what is, and its writes are absolute.
 */
export async function handler(event: TickEvent, context?: Pick<Context, 'getRemainingTimeInMillis'>): Promise<TickResult> {
  const now = Math.floor(Date.parse(event.now) / 1000);
  const deadline = Date.now() + (context?.getRemainingTimeInMillis() ?? DEFAULT_MS) - RESERVE_MS;
  const { config, run } = event;
  const { endpointName: endpoint, migration } = config;

  const entered = event.state === undefined || event.state === null ? await enter(event, now) : await resume(event, event.state);
  if ('ended' in entered) return leave(event, now, entered);
  const { state } = entered;
  const holder: Holder = { endpoint, owner: run.arn, epoch: state.epoch };

  const command = await readCommand(endpoint, migration);
  const { observation, refused } = await observe(config, state, needs(config, state, now), command, now);
  const decision = advance(config, state, observation, event.input);

  const safeWeights = boundedWeights(config, decision.state.safeShare);
  if (!await fence(holder, { state: decision.state, migration, floorVariant: config.from.name, safeWeights, now })) return leave(event, now, await superseded(event, decision.state));

  const { results, lost } = await act({ config, holder, seen: observation, deadline }, decision.actions);
  if (lost) return leave(event, now, await superseded(event, decision.state));

  const { results: _, ...decided } = decision.state;
  const next: MigrationState = Object.keys(results).length > 0 ? { ...decided, results } : decided;
  await tell({ event, state: next, events: decision.events, observation, refused, now });
  return {
    state: next,
    wait: decision.wait,
    done: decision.outcome !== undefined,
    outcome: decision.outcome ?? 'running',
    reason: next.reason ?? decision.events[decision.events.length - 1]?.message ?? '',
  };
}

/** A run that goes on, or why it does not. */
type Entered = { readonly state: MigrationState } | { readonly ended: Outcome; readonly state: MigrationState; readonly said: MigrationEvent };

/** The first tick of a run: takes the lock, unless somebody has it who may still be running. */
async function enter(event: TickEvent, now: number): Promise<Entered> {
  const { config, run, input } = event;
  const beginning = (lock: Lock | undefined, epoch: number) => begin({ config, run: run.name, input, lock, epoch, now });
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const lock = await readLock(config.endpointName);
    if (lock?.owner === run.arn && lock.fallback) return superseded(event, beginning(undefined, lock.epoch), lock);
    if (lock?.owner !== undefined && lock.owner !== run.arn && !await isOver(lock.owner)) return heldByOther(event, beginning(undefined, lock.epoch), lock.owner, lock.migration);
    const epoch = await acquire(config.endpointName, run.arn, config.migration, lock, now);
    if (epoch !== undefined) return { state: beginning(lock, epoch) };
  }
  // Step Functions tries the tick again.
  throw new Error(`the lock of endpoint ${config.endpointName} changed ${ATTEMPTS} times while it was being taken`);
}

async function resume(event: TickEvent, state: MigrationState): Promise<Entered> {
  const lock = await readLock(event.config.endpointName);
  if (isHolder({ endpoint: event.config.endpointName, owner: event.run.arn, epoch: state.epoch }, lock)) return { state: withoutLoss(state, lock?.state) };
  const last = lock?.owner === undefined ? endedAlready(state, lock?.state) : undefined;
  if (last === undefined) return superseded(event, state, lock);
  const message = last.reason ?? `the run ended: ${last.outcome}`;
  return { ended: last.outcome!, state: last, said: { name: 'MigrationEnded', message, page: false, detail: { outcome: last.outcome } } };
}

function heldByOther({ config }: TickEvent, state: MigrationState, owner: string, migration?: string): Entered {
  const message = `endpoint ${config.endpointName} is held by ${owner}${migration === undefined ? '' : ` (migration ${migration})`}, which may still run: `
    + 'wait until it ends, or stop it with `aws stepfunctions stop-execution`; nothing was changed';
  return { ended: 'refused', state, said: { name: 'MigrationRefused', message, page: true, detail: { owner, reasons: [message] } } };
}

/** Who lost the lock says so and writes nothing more. */
async function superseded({ config, run }: TickEvent, state: MigrationState, seen?: Lock): Promise<Extract<Entered, { ended: Outcome }>> {
  const lock = seen ?? await readLock(config.endpointName);
  const who = lock === undefined ? 'the lock is gone'
    : lock.fallback ? `the watchdog took over and sends everything to ${config.from.name}`
      : lock.owner !== undefined && lock.owner !== run.arn ? `${lock.owner} has the lock now` : 'the lock was given back or renewed by somebody else';
  const message = `endpoint ${config.endpointName} is not this run's any more: ${who}; this run wrote nothing more`;
  // The watchdog pages for itself.
  return { ended: 'superseded', state, said: { name: 'Superseded', message, page: lock?.fallback !== true, detail: { ...lock?.owner === undefined ? {} : { owner: lock.owner }, fallback: lock?.fallback ?? false } } };
}

async function leave(event: TickEvent, now: number, { ended, state, said }: Extract<Entered, { ended: Outcome }>): Promise<TickResult> {
  const last: MigrationState = { ...state, phase: 'ended', phaseSince: now, reason: said.message };
  await tell({ event, state: last, events: [said], now });
  return { state: last, wait: 0, done: true, outcome: ended, reason: said.message };
}
