import { ERROR, EVENTS, METRICS, OWNER } from '../contract';
import { execution } from './executions.client';
import { describeJob, runningJobs, stopJob } from './sagemaker.client';
import { publish, tell } from './tell.client';
import { ownerOf, runPrefix } from '../core/job-name';

/** What EventBridge tells of an execution that did not end well. */
export interface ExecutionEvent {
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly status: string;
    readonly input?: string;
    readonly error?: string | null;
  };
}

/** Stops what a run left running: somebody called it off, its time was over, or it could not go on. */
export async function handler({ detail }: ExecutionEvent): Promise<void> {
  const { TRAINING: training = '', PREFIX: prefix = '', EVENT_BUS: eventBus } = process.env;
  // Events come late, and twice: whoever redrove the execution meanwhile wants its job to go on.
  if ((await execution(detail.executionArn)).running) return;
  const identity = { arn: detail.executionArn, machine: detail.stateMachineArn, runId: runIdOf(detail.input) };
  for (const job of await runningJobs(runPrefix(prefix, identity))) {
    // Of two executions with one run id, the one that gave way has no job of this name.
    const { Environment } = await describeJob(job);
    if (Environment?.[OWNER] !== ownerOf(identity) || !await stopJob(job)) continue;
    await tell(eventBus, { type: EVENTS.stopped, detail: { training, execution: identity.arn, job, reason: `stopped, for its run ended as ${detail.status}` } });
  }
  // A run that could still speak has counted itself.
  if (detail.error?.startsWith(`${ERROR}.`) !== true) {
    publish(training, { [METRICS.failed]: 1 });
    await tell(eventBus, { type: EVENTS.ended, detail: { training, execution: identity.arn, outcome: detail.status.toLowerCase(), reason: detail.error ?? '' } });
  }
}

function runIdOf(input: string | undefined): string | undefined {
  try {
    const { runId } = JSON.parse(input ?? '{}') as { runId?: unknown };
    return typeof runId === 'string' ? runId : undefined;
  } catch {
    return undefined;
  }
}
