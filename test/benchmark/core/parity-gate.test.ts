import type { GateEvent } from '../../../src/benchmark/contract';
import { decideParity, strange, type ParityGateConfig } from '../../../src/benchmark/core/parity-gate';
import type { ParityRecord } from '../../../src/benchmark/core/parity-verdict';

const CONFIG: ParityGateConfig = { benchmark: 'same', endpoint: 'web', reference: 'gpu', candidate: 'inf2', fingerprint: 'f1', start: 'aws stepfunctions start-execution --state-machine-arn arn' };
const LIVE = { reference: { modelName: 'gpu-1', instanceType: 'ml.g5.xlarge', instances: 2 }, candidate: { modelName: 'inf2-7', instanceType: 'ml.inf2.xlarge', instances: 1 } };
const RECORD: ParityRecord = {
  schema: 'cdk-accelerators/parity-record/1',
  benchmark: 'same',
  run: 'r',
  endpoint: 'web',
  reference: { variant: 'gpu', ...LIVE.reference },
  candidate: { variant: 'inf2', ...LIVE.candidate },
  check: { metric: { kind: 'exactMatch' }, tolerance: 0.01, goldenSet: { bucket: 'b', key: 'k' }, payload: { template: '{input}', contentType: 'application/json' } },
  fingerprint: 'f1',
  checkedOn: '2026-11-23T10:00:00.000Z',
  lines: 100,
  failed: 0,
  failedByKind: {},
  examples: [],
  outcome: 'passed',
  score: 0,
  reason: '0 of 100 answers differ, a share of 0; the tolerance is 0.01',
};
const NAMES = 'the answers of inf2 (inf2-7) and gpu (gpu-1)';
const decide = (record?: Partial<ParityRecord>) => decideParity(CONFIG, LIVE, record && { ...RECORD, ...record });

test('open for versions that passed', () => {
  expect(decide({})).toEqual({ pass: true, reason: `${NAMES} are the same, as of 2026-11-23T10:00:00.000Z: 0 of 100 answers differ, a share of 0; the tolerance is 0.01` });
});

test('however many instances there are', () => {
  expect(decide({ candidate: { ...RECORD.candidate, instances: 9 } }).pass).toBe(true);
});

test.each<[string, Partial<ParityRecord> | undefined, string]>([
  ['nobody checked', undefined, `${NAMES} were not compared yet: ${CONFIG.start}`],
  ['they differ', { outcome: 'differs', reason: '2 of 100 answers differ, a share of 0.02; the tolerance is 0.01' }, `${NAMES} differ, as of 2026-11-23T10:00:00.000Z: 2 of 100 answers differ, a share of 0.02; the tolerance is 0.01; once that is mended: ${CONFIG.start}`],
  ['they could not be compared', { outcome: 'failed', reason: 'no' }, `${NAMES} could not be compared, as of 2026-11-23T10:00:00.000Z: no; once that is mended: ${CONFIG.start}`],
  ['other settings', { fingerprint: 'f0' }, `${NAMES} were compared with another metric, tolerance, payload or golden set: ${CONFIG.start}`],
  ['other instances of the newcomer', { candidate: { ...RECORD.candidate, instanceType: 'ml.trn1.2xlarge' } }, `${NAMES} were compared with inf2 on ml.trn1.2xlarge, and it is on ml.inf2.xlarge now: ${CONFIG.start}`],
  ['other instances of the reference', { reference: { ...RECORD.reference, instanceType: 'ml.g6.xlarge' } }, `${NAMES} were compared with gpu on ml.g6.xlarge, and it is on ml.g5.xlarge now: ${CONFIG.start}`],
])('closed: %s', (_, record, reason) => expect(decide(record)).toEqual({ pass: false, reason }));

test.each<[GateEvent, string | undefined]>([
  [{ endpoint: 'web', from: 'gpu', to: 'inf2' }, undefined],
  [{ endpoint: 'Web', from: 'gpu', to: 'inf2' }, undefined],
  [{ endpoint: 'web', from: 'inf2', to: 'gpu' }, 'the parity check same compares inf2 with gpu of web, and was asked for gpu and inf2 of web: make an AccuracyParity for these'],
  [{ endpoint: 'shop', from: 'gpu', to: 'inf2' }, 'the parity check same compares inf2 with gpu of web, and was asked for inf2 and gpu of shop: make an AccuracyParity for these'],
  [{ endpoint: 'web', from: 'gpu', to: 'trn1' }, 'the parity check same compares inf2 with gpu of web, and was asked for trn1 and gpu of web: make an AccuracyParity for these'],
])('asked of %j', (event, reason) => expect(strange(CONFIG, event)).toBe(reason));
