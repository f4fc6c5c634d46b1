import fc from 'fast-check';
import { decide, type GateQuestion } from '../../../src/benchmark/core/version-gate';
import { failed, GPU_VERSION, INF2_VERSION, measured } from '../records';

const NOW = Date.parse('2026-11-23T08:00:00.000Z');
const START = 'aws stepfunctions start-execution --state-machine-arn arn:aws:states:us-east-1:123456789012:stateMachine:Benchmark';
const DO = `Run benchmark embeddings: ${START} - the gate opens by itself when it has ended. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#unmeasured-version`;

const reference = { variant: 'gpu', version: GPU_VERSION, record: measured('gpu', GPU_VERSION) };
const newcomer = {
  variant: 'inf2',
  version: INF2_VERSION,
  record: measured('inf2', INF2_VERSION, {
    throughput: { requestsPerSecond: 140, inputsPerSecond: 140, inputsPerSecondPerInstance: 140 },
    latency: { p50Ms: 20, p95Ms: 40, p99Ms: 45, meanMs: 22, maxMs: 80 },
    cost: { usdPerInstanceHour: 1, usdPerThousandRequests: 0.006, usdPerThousandInputs: 0.006 },
  }),
};
const ask = (given: Partial<GateQuestion> = {}) => decide({ newcomer, reference, benchmark: 'embeddings', start: START, now: NOW, ...given });
const { cost: _cost, ...unpriced } = newcomer.record;
const { latency: _latency, ...unpaced } = unpriced;

describe('opens', () => {
  test('when both were measured, and says the ratios', () => {
    expect(ask()).toEqual({
      pass: true,
      reason: 'inf2 (inf2-model on ml.inf2.xlarge) has 1.4 times the throughput of an instance, 0.6 times the cost and 0.9 times the p99 of gpu (gpu-model on ml.g5.xlarge), measured on 2026-11-20',
    });
  });

  test('with the ratios that there are', () => {
    expect(ask({ newcomer: { ...newcomer, record: unpriced } }).reason).toContain(' has 1.4 times the throughput of an instance and 0.9 times the p99 of ');
    expect(ask({ newcomer: { ...newcomer, record: unpaced } })).toEqual({ pass: true, reason: expect.stringContaining(' has 1.4 times the throughput of an instance of ') });
  });

  test('with a bad ratio: it was measured', () => {
    const record = { ...newcomer.record, throughput: { requestsPerSecond: 1, inputsPerSecond: 1, inputsPerSecondPerInstance: 1 } };
    expect(ask({ newcomer: { ...newcomer, record } })).toMatchObject({ pass: true, reason: expect.stringContaining('0.01 times the throughput') });
  });

  test('with records of different days, and names both', () => {
    expect(ask({ reference: { ...reference, record: { ...reference.record, measuredOn: '2026-10-01T00:00:00.000Z' } } }).reason).toMatch(/, measured on 2026-10-01 and 2026-11-20$/);
  });

  test('when an image is not known on one side', () => {
    expect(ask({ newcomer: { ...newcomer, version: { ...INF2_VERSION, image: undefined } } }).pass).toBe(true);
    expect(ask({ newcomer: { ...newcomer, record: { ...newcomer.record, version: { ...INF2_VERSION, image: undefined } } } }).pass).toBe(true);
  });

  test('on the host image of the measurement', () => {
    const version = { ...INF2_VERSION, inferenceAmiVersion: 'al2023-1' };
    expect(ask({ newcomer: { ...newcomer, version, record: { ...newcomer.record, version } } }).pass).toBe(true);
  });

  test('whatever the number of instances is now', () => {
    expect(ask({ newcomer: { ...newcomer, version: { ...INF2_VERSION, instances: 7 } } }).pass).toBe(true);
  });
});

describe('stays closed, and says what to do,', () => {
  test.each<[string, Partial<GateQuestion>, string]>([
    ['without a record of the newcomer', { newcomer: { ...newcomer, record: undefined } }, 'inf2 (inf2-model on ml.inf2.xlarge) has not been measured'],
    ['without one of the other', { reference: { ...reference, record: undefined } }, 'gpu (gpu-model on ml.g5.xlarge) has not been measured'],
    ['without both', { newcomer: { ...newcomer, record: undefined }, reference: { ...reference, record: undefined } }, 'inf2 (inf2-model on ml.inf2.xlarge) has not been measured; gpu (gpu-model on ml.g5.xlarge) has not been measured'],
    ['after a failure', { newcomer: { ...newcomer, record: failed('inf2', INF2_VERSION, 'ModelError 500: oom') } }, 'the measurement of inf2 (inf2-model on ml.inf2.xlarge) on 2026-11-20 failed: ModelError 500: oom'],
    ['after a failure without a reason', { reference: { ...reference, record: failed('gpu', GPU_VERSION) } }, 'the measurement of gpu (gpu-model on ml.g5.xlarge) on 2026-11-20 failed: no reason was recorded'],
    ['after a failure with a long one', { reference: { ...reference, record: failed('gpu', GPU_VERSION, 'x'.repeat(1000)) } }, `the measurement of gpu (gpu-model on ml.g5.xlarge) on 2026-11-20 failed: ${'x'.repeat(117)}...`],
    ['with another image behind the same tag', { newcomer: { ...newcomer, version: { ...INF2_VERSION, image: 'neuron@sha256:2' } } }, 'inf2 (inf2-model on ml.inf2.xlarge) was measured with another image'],
    ['with another host image, which has another driver', { newcomer: { ...newcomer, version: { ...INF2_VERSION, inferenceAmiVersion: 'al2023-2' }, record: { ...newcomer.record, version: { ...INF2_VERSION, inferenceAmiVersion: 'al2023-1' } } } }, 'inf2 (inf2-model on ml.inf2.xlarge) was measured on host image al2023-1, and is on host image al2023-2 now'],
    ['with a host image that was not named before', { newcomer: { ...newcomer, version: { ...INF2_VERSION, inferenceAmiVersion: 'al2023-1' } } }, 'inf2 (inf2-model on ml.inf2.xlarge) was measured on the default host image, and is on host image al2023-1 now'],
    ['with a host image that is not named any more', { reference: { ...reference, record: { ...reference.record, version: { ...GPU_VERSION, inferenceAmiVersion: 'al2023-1' } } } }, 'gpu (gpu-model on ml.g5.xlarge) was measured on host image al2023-1, and is on the default host image now'],
    ['with an old record', { maxAgeDays: 2 }, 'inf2 (inf2-model on ml.inf2.xlarge) was measured on 2026-11-20, more than 2 days ago; gpu (gpu-model on ml.g5.xlarge) was measured on 2026-11-20, more than 2 days ago'],
    ['with a record of no day', { maxAgeDays: 2, newcomer: { ...newcomer, record: { ...newcomer.record, measuredOn: 'once' } }, reference: { ...reference, record: { ...reference.record, measuredOn: '2026-11-23T00:00:00.000Z' } } }, 'inf2 (inf2-model on ml.inf2.xlarge) was measured on once, more than 2 days ago'],
    ['with unequal batches', { newcomer: { ...newcomer, record: { ...newcomer.record, settings: { ...newcomer.record.settings, batchSize: 16 } } } }, 'inf2 and gpu were not measured alike (batch size: 16 and 1)'],
    ['with a reference without throughput', { reference: { ...reference, record: { ...reference.record, throughput: undefined } } }, 'there is no ratio of the throughput of inf2 to that of gpu'],
    ['with a reference of no throughput', { reference: { ...reference, record: { ...reference.record, throughput: { requestsPerSecond: 0, inputsPerSecond: 0, inputsPerSecondPerInstance: 0 } } } }, 'there is no ratio of the throughput of inf2 to that of gpu'],
  ])('%s', (_, given, reason) => {
    expect(ask(given)).toEqual({ pass: false, reason: `${reason}. ${DO}` });
  });
});

describe('the age of a record', () => {
  test.each<[number, boolean]>([[3, true], [2.999, false], [4, true], [0, false]])('at most %d days: %s', (maxAgeDays, pass) => {
    expect(ask({ maxAgeDays }).pass).toBe(pass);
  });

  test('does not matter without a limit', () => {
    expect(ask({ now: Date.parse('2099-01-01') }).pass).toBe(true);
  });
});

test('it never opens without two measured records of what is live', () => {
  const side = (of: typeof newcomer | typeof reference) => fc.constantFrom(
    { ...of, good: true }, { ...of, record: undefined, good: false }, { ...of, record: failed(of.variant, of.version, 'x'), good: false }, { ...of, version: { ...of.version, image: 'other' }, good: false },
    { ...of, version: { ...of.version, inferenceAmiVersion: 'other' }, good: false },
  );
  fc.assert(fc.property(side(newcomer), side(reference), ({ good, ...a }, { good: other, ...b }) => {
    const answer = ask({ newcomer: a, reference: b });
    expect(answer.pass).toBe(good && other);
    expect(answer.reason!.includes(START)).toBe(!answer.pass);
  }));
});

test.each<[number | undefined, string]>([
  [undefined, ''], [0, ''], [25, '; inf2 has 25 % of the traffic: "abort" the migration first, or its callers wait and are measured too'], [33.3333333, '; inf2 has 33.3 % of the traffic: "abort" the migration first, or its callers wait and are measured too'],
])('says that the newcomer is not to be loaded while it has traffic: %s %%', (share, text) => {
  expect(ask({ share, newcomer: { ...newcomer, record: undefined } }).reason).toBe(`inf2 (inf2-model on ml.inf2.xlarge) has not been measured. ${DO.replace('. See', `${text}. See`)}`);
});

test('with the longest names of SageMaker, the command is in what a migration keeps of a reason', () => {
  const long = { ...newcomer, variant: 'v'.repeat(63), version: { ...INF2_VERSION, modelName: 'm'.repeat(63) }, record: undefined };
  expect(ask({ newcomer: long }).reason!.slice(0, 500)).toContain(START);
});
