import { liveVersions, NoLiveVersion } from './live-version.client';
import { readParityRecord } from './parity-records.client';
import { parityKey, type GateAnswer, type GateEvent } from '../contract';
import { decideParity, strange, type ParityGateConfig } from '../core/parity-gate';

/** Answers a migration's gate: whether the answers of the two versions that are live now are the same. What it cannot find out keeps the gate closed. */
export async function handler(event: GateEvent): Promise<GateAnswer> {
  const { PARITY: text = '', BUCKET: bucket = '', PREFIX: prefix = '' } = process.env;
  const config = JSON.parse(text) as ParityGateConfig;
  const { endpoint, reference, candidate } = config;
  const reason = strange(config, event);
  if (reason !== undefined) return { pass: false, reason };
  try {
    const [from, to] = await liveVersions(endpoint, [reference, candidate]);
    const record = await readParityRecord(bucket, parityKey(prefix, endpoint, { variant: reference, ...from }, { variant: candidate, ...to }));
    return decideParity(config, { reference: from, candidate: to }, record);
  } catch (error) {
    if (error instanceof NoLiveVersion) return { pass: false, reason: error.message };
    throw error;
  }
}
