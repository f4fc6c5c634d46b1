import type { ParityRecord } from './parity-verdict';
import type { ModelVersion } from './types';
import type { GateAnswer, GateEvent } from '../contract';

/** What a gate knows of its check. */
export interface ParityGateConfig {
  readonly benchmark: string;
  readonly endpoint: string;
  readonly reference: string;
  readonly candidate: string;
  /** Of the check as it is now. */
  readonly fingerprint: string;
  /** The command that starts a run. */
  readonly start: string;
}

/** Why the gate has nothing to say of a migration, or undefined when it has: the check compares two variants of one endpoint. */
export function strange({ benchmark, endpoint, reference, candidate }: ParityGateConfig, event: GateEvent): string | undefined {
  // Names of endpoints ignore case.
  if (event.endpoint?.toLowerCase() === endpoint.toLowerCase() && event.from === reference && event.to === candidate) return undefined;
  return `the parity check ${benchmark} compares ${candidate} with ${reference} of ${endpoint}, and was asked for ${event.to} and ${event.from} of ${event.endpoint}: make an AccuracyParity for these`;
}

/** Whether the answers of the versions that are live now were found to be the same. */
export function decideParity(config: ParityGateConfig, live: { readonly reference: ModelVersion; readonly candidate: ModelVersion }, record: ParityRecord | undefined): GateAnswer {
  const { reference, candidate, start } = config;
  const names = `${candidate} (${live.candidate.modelName}) and ${reference} (${live.reference.modelName})`;
  const closed = (reason: string): GateAnswer => ({ pass: false, reason });
  if (record === undefined) return closed(`the answers of ${names} were not compared yet: ${start}`);
  const moved = (['reference', 'candidate'] as const).find((side) => record[side].instanceType !== live[side].instanceType);
  if (moved !== undefined) return closed(`the answers of ${names} were compared with ${config[moved]} on ${record[moved].instanceType}, and it is on ${live[moved].instanceType} now: ${start}`);
  if (record.fingerprint !== config.fingerprint) return closed(`the answers of ${names} were compared with another metric, tolerance, payload or golden set: ${start}`);
  if (record.outcome === 'passed') return { pass: true, reason: `the answers of ${names} are the same, as of ${record.checkedOn}: ${record.reason}` };
  return closed(`the answers of ${names} ${record.outcome === 'differs' ? 'differ' : 'could not be compared'}, as of ${record.checkedOn}: ${record.reason}; once that is mended: ${start}`);
}
