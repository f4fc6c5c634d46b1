import { liveVersions, NoLiveVersion } from './live-version.client';
import { readRecord } from './records.client';
import { baselineKey, type GateAnswer, type GateEvent } from '../contract';
import { decide, type GateSide } from '../core/version-gate';

/** What a migration says beside it: percent of the traffic that the newcomer has. */
type Question = GateEvent & { readonly share?: number };

/** Whether a migration may go on: both versions, as they are now, have been measured. Called at every look, about once a minute. */
export async function handler({ endpoint, from, to, share }: Question): Promise<GateAnswer> {
  const { BENCHMARK: benchmark = '', BENCHMARK_BUCKET: bucket = '', BENCHMARK_PREFIX: prefix = '', BENCHMARK_START: start = '', BENCHMARK_MAX_AGE_DAYS: days } = process.env;
  try {
    const versions = await liveVersions(endpoint, [to, from]);
    const [newcomer, reference] = await Promise.all([to, from].map(async (variant, i): Promise<GateSide> => ({
      variant, version: versions[i], record: await readRecord(bucket, baselineKey(prefix, endpoint, variant, versions[i], 1)),
    })));
    return decide({ newcomer, reference, benchmark, start, share, now: Date.now(), maxAgeDays: days === undefined ? undefined : Number(days) });
  } catch (error) {
    // What an endpoint does at the moment is no fault: the gate is asked again.
    if (error instanceof NoLiveVersion) return { pass: false, reason: error.message };
    throw error;
  }
}
