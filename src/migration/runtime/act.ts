import { callGate, warmUp } from './invoke.client';
import { writeKillSwitch } from './kill-switch.client';
import { setCapacity, setWeights, type WriteResult } from './sagemaker.client';
import { setScaling } from './scaling.client';
import { isHolder, readLock, release, type Holder } from './store.client';
import { attempt } from './tell';
import { ENV } from '../contract';
import type { Action, ActionResults, MigrationConfig, Observation } from '../core/controller/types';
import { sameWeight, weightsOf } from '../core/weights';

/** What came of the actions; `lost` when somebody else took the lock in between, and the rest was left undone. */
export interface Acted {
  readonly results: ActionResults;
  readonly lost: boolean;
}

/** What actions need to know. */
export interface ActContext {
  readonly config: MigrationConfig;
  readonly holder: Holder;
  readonly seen: Observation;
  /** Milliseconds since 1970 after which nothing slow is begun or waited for. */
  readonly deadline: number;
}

/**
 * Does what was decided, in order. What others write too is written only after another look at the lock: SageMaker has no conditional write,
 * so this keeps the moment in which two could write as short as it can be. A write that fails is reported to the next decision.
 */
export async function act(context: ActContext, actions: readonly Action[]): Promise<Acted> {
  const { config: { endpointName: endpoint }, holder, deadline } = context;
  let results: ActionResults = {};
  for (const action of actions) {
    switch (action.kind) {
      case 'warmUp':
        results = { ...results, warmUp: await warmUp(endpoint, action, deadline) };
        continue;
      case 'callGate':
        results = { ...results, gate: await callGate(action.id, action.functionArn, action.payload, deadline) };
        continue;
      case 'releaseLock':
        await attempt('release of the lock', () => release(holder, context.seen.now));
        continue;
    }
    if (!isHolder(holder, await readLock(endpoint))) return { results, lost: true };
    const result = await write(context, action);
    if (result !== undefined) results = { ...results, write: worse(results.write, result) };
  }
  return { results, lost: false };
}

/** Nothing is written that is so already. */
async function write({ config, seen }: ActContext, action: Exclude<Action, { kind: 'warmUp' | 'callGate' | 'releaseLock' }>): Promise<WriteResult | undefined> {
  const { endpointName: endpoint } = config;
  const variant = (name: string) => seen.endpoint.variants.find((one) => one.name === name);
  switch (action.kind) {
    case 'setWeights': {
      const weights = weightsOf(config, action.share);
      const same = Object.entries(weights).every(([name, weight]) => sameWeight(config, variant(name)?.desiredWeight, weight));
      return same ? { status: 'done' } : setWeights(endpoint, weights);
    }
    case 'setCapacity':
      return variant(action.variant)?.desiredCount === action.count ? { status: 'done' } : setCapacity(endpoint, action.variant, action.count);
    case 'setScaling': {
      const now = action.variant === config.from.name ? seen.scaling?.from : seen.scaling?.to;
      const { min, max, scaleInSuspended, scaleOutSuspended } = action.scaling;
      const same = now?.min === min && now.max === max && now.scaleInSuspended === scaleInSuspended && now.scaleOutSuspended === scaleOutSuspended;
      return same ? { status: 'done' } : setScaling(endpoint, action.variant, action.scaling);
    }
    case 'setKillSwitch': {
      const parameter = process.env[ENV.killSwitch];
      if (parameter !== undefined) await attempt('kill switch', () => writeKillSwitch(parameter, action.value));
      return undefined;
    }
  }
}

/** Of several writes in a tick the one that went worst is told. */
function worse(a: ActionResults['write'], b: WriteResult): WriteResult {
  const order = ['done', 'busy', 'failed'];
  return a === undefined || order.indexOf(b.status) > order.indexOf(a.status) ? b : a;
}
