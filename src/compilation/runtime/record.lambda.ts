import { lastLines } from './record.client';
import { LOG_GROUPS, METRICS, type RecordEvent, type RecordResult } from '../contract';
import { lastErrorLines } from '../core/failure-text';
import { failureReason, factsOf } from '../core/outcome';

/**
 * Records how a compilation ended: metrics for CloudWatch in the log (embedded metric format), and for a failure the reason as a person
 * needs it, with the compiler's own last lines.
 */
export async function handler({ outcome, kind, compilation, state }: RecordEvent): Promise<RecordResult> {
  const job = factsOf(kind, state.job?.described ?? {});
  console.log(JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{
        Namespace: METRICS.namespace,
        Dimensions: [[METRICS.dimension]],
        Metrics: [
          ...outcome === 'compiled' && job.seconds !== undefined ? [{ Name: METRICS.duration, Unit: 'Seconds' }] : [],
          ...[METRICS.compiled, METRICS.cacheHits, METRICS.failures].map((Name) => ({ Name, Unit: 'Count' })),
        ],
      }],
    },
    [METRICS.dimension]: compilation,
    [METRICS.duration]: outcome === 'compiled' ? job.seconds : undefined,
    [METRICS.compiled]: outcome === 'compiled' ? 1 : 0,
    [METRICS.cacheHits]: outcome === 'cached' ? 1 : 0,
    [METRICS.failures]: outcome === 'failed' ? 1 : 0,
    job: state.job?.name,
  }));
  if (outcome !== 'failed') return { reason: '' };
  const name = state.job?.name;
  // What the script wrote for this purpose is better than the log, and there when a role may not read logs.
  const lines = job.message !== undefined || name === undefined || job.status === undefined ? [] : await tail(LOG_GROUPS[kind], name);
  const reason = failureReason({ kind, name, job, lines, state });
  console.error(reason);
  return { reason };
}

async function tail(group: string, job: string): Promise<string[]> {
  try {
    return lastErrorLines(await lastLines(group, job));
  } catch (error) {
    // A reason without the log is better than none.
    return [`(the log could not be read: ${(error as Error).name})`];
  }
}
