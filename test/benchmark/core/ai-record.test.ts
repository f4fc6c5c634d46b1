import { dirname } from 'node:path';
import * as fc from 'fast-check';
import { summaryOf } from './ai-archive';
import { aiJobName, workloadName } from '../../../src/benchmark/core/ai-names';
import { aiRecordOf, aiReportOf, compareAi, failedAiRecord, type AiRecordFacts } from '../../../src/benchmark/core/ai-record';
import type { AiBenchmarkConfig, AiBenchmarkRecord } from '../../../src/benchmark/core/ai-types';
import { measurementOf } from '../../../src/benchmark/core/aiperf';
import schema from '../../../src/benchmark/schema/ai-benchmark-record-1.json';

// The copy that knows draft 2020-12: another one, of an older draft, is on top.
const besideFormats = { paths: [dirname(require.resolve('ajv-formats'))] };
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { default: Ajv } = require(require.resolve('ajv/dist/2020', besideFormats));
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { default: addFormats } = require('ajv-formats');
const validate = addFormats(new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false })).compile(schema);

/** What is wrong with a record, by the published schema. */
function wrong(record: unknown): string[] {
  validate(JSON.parse(JSON.stringify(record)));
  return (validate.errors ?? []).map(({ instancePath, keyword }: any) => `${instancePath} ${keyword}`);
}

const NOW = '2026-11-24T12:00:00.000Z';
const config: AiBenchmarkConfig = {
  benchmark: 'chat', targets: [{ endpoint: 'gpu', usdPerHour: 1.8, label: 'A10G' }, { endpoint: 'inf2' }], spec: '{}', jobPrefix: 'job', workloadPrefix: 'load', jobRole: 'role', timeoutMinutes: 60, maximumErrorRate: 0.05, results: { bucket: 'b', prefix: 'p/' },
};
const factsOf = (over: Partial<AiRecordFacts> = {}): AiRecordFacts => ({ config, run: 'run', target: 0, version: { modelName: 'm', instanceType: 'ml.g5.xlarge', instances: 2 }, workload: 'w', job: 'j', now: NOW, ...over });
const record = (more: Record<string, unknown> = {}, over: Partial<AiRecordFacts> = {}): AiBenchmarkRecord => aiRecordOf(factsOf(over), measurementOf(JSON.stringify(summaryOf(more)), 'here'));

describe('a record', () => {
  test('of two instances', () => {
    expect(record().throughput).toEqual({ outputTokensPerSecond: 300, requestsPerSecond: 2, outputTokensPerSecondPerInstance: 150 });
    // 3.60 USD of an hour, in which 1,080,000 tokens are written.
    expect(record().cost).toEqual({ usdPerInstanceHour: 1.8, usdPerThousandOutputTokens: 3.6 / 3600 / 300 * 1000 });
    expect(record({}, { target: 1 })).not.toHaveProperty('cost');
    expect(record({}, { target: 1 })).not.toHaveProperty('label');
  });

  test('of no instance: who answers has one', () => {
    expect(record({}, { version: { modelName: 'm', instanceType: 't', instances: 0 } }).throughput!.outputTokensPerSecondPerInstance).toBe(300);
  });

  test.each([[5, 'measured'], [6, 'failed']])('with %s of 100 requests that failed it is %s', (failed, outcome) => {
    const found = record({ request_count: { avg: 100 - failed }, error_request_count: { avg: failed } });
    expect(found).toMatchObject({ outcome, requests: 100, errors: { count: failed, rate: failed / 100 } });
    if (outcome === 'failed') expect(found).not.toHaveProperty('throughput');
  });

  test('keeps to its schema', () => {
    expect(wrong(record())).toEqual([]);
    expect(wrong(record({ time_to_first_token: undefined, input_sequence_length: undefined }, { target: 1 }))).toEqual([]);
    expect(wrong(record({ error_request_count: { avg: 90 } }))).toEqual([]);
    expect(wrong(failedAiRecord(factsOf(), 'why'))).toEqual([]);
    expect(wrong(failedAiRecord(factsOf({ version: undefined }), 'why'))).toEqual([]);
    fc.assert(fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), fc.nat(1e6), fc.nat(1e6), fc.integer({ min: 1, max: 99 }), (tokens, answered, failed, instances) => {
      const found = record({ output_token_throughput: { avg: tokens }, request_count: { avg: answered }, error_request_count: { avg: failed } }, { version: { modelName: 'm', instanceType: 't', instances } });
      expect(wrong(found)).toEqual([]);
    }));
  });

  test.each<[string, (one: any) => void, string[]]>([
    ['another schema', (one) => { one.schema = 'cdk-accelerators/ai-benchmark-record/2'; }, ['/schema const']],
    ['a member that nobody knows', (one) => { one.more = 1; }, [' additionalProperties']],
    ['a measurement without throughput', (one) => { delete one.throughput; }, [' required', ' if']],
    ['a measurement with a reason', (one) => { one.reason = 'x'; }, ['/reason false schema', ' if']],
    ['a failure without a reason', (one) => { one.outcome = 'failed'; delete one.throughput; delete one.cost; }, [' required', ' if']],
    ['a date of no form', (one) => { one.measuredOn = 'today'; }, ['/measuredOn format']],
    ['a negative latency', (one) => { one.requestLatency.p50Ms = -1; }, ['/requestLatency/p50Ms minimum']],
  ])('%s is none', (_, change, found) => {
    const one = JSON.parse(JSON.stringify(record()));
    change(one);
    expect(wrong(one)).toEqual(found);
  });
});

describe('a comparison', () => {
  test('has ratios of what both have', () => {
    const faster = record({ output_token_throughput: { avg: 600 }, inter_token_latency: { unit: 'ms', p50: 10 } }, { target: 1 });
    expect(compareAi(faster, record())).toEqual({ endpoint: 'inf2', reference: 'gpu', throughputRatio: 2, timeToFirstTokenP50Ratio: 1, timeToFirstTokenP99Ratio: 1, interTokenLatencyP50Ratio: 0.5, requestLatencyP50Ratio: 1, requestLatencyP99Ratio: 1 });
    expect(compareAi(record(), faster)).toMatchObject({ endpoint: 'gpu', label: 'A10G', reference: 'inf2', throughputRatio: 0.5 });
  });

  test.each<[string, AiBenchmarkRecord, AiBenchmarkRecord, string]>([
    ['of a failure', failedAiRecord(factsOf(), 'why'), record({}, { target: 1 }), 'the measurement of gpu failed: why'],
    ['with one', record({}, { target: 1 }), failedAiRecord(factsOf(), 'why'), 'the measurement of gpu failed: why'],
    ['of answers of another length', record({ output_sequence_length: { avg: 134.96 } }), record(), 'output tokens of a request: 135 and 150 on average, more than 10 % apart'],
    ['of prompts of another length', record({ input_sequence_length: { avg: 700 } }), record(), 'input tokens of a request: 700 and 550 on average, more than 10 % apart'],
  ])('%s is refused', (_, one, other, refused) => expect(compareAi(one, other).refused).toBe(refused));

  test('a tenth is alike', () => expect(compareAi(record({ output_sequence_length: { avg: 135 } }), record())).not.toHaveProperty('refused'));
});

test('a report: what was measured, and each beside the first', () => {
  const [one, other] = [record(), record({}, { target: 1 })];
  expect(aiReportOf(config, 'run', NOW, [one, other])).toEqual({ schema: 'cdk-accelerators/ai-benchmark-report/1', benchmark: 'chat', run: 'run', endedOn: NOW, outcome: 'measured', measurements: [one, other], comparisons: [compareAi(other, one)] });
  const failed = failedAiRecord(factsOf(), 'why');
  expect(aiReportOf(config, 'run', NOW, [failed, other]).outcome).toBe('partlyMeasured');
  expect(aiReportOf(config, 'run', NOW, [failed])).toMatchObject({ outcome: 'failed', comparisons: [] });
});

test('names', () => {
  expect(workloadName('chat', 'spec')).toMatch(/^chat[0-9a-f]{16}$/);
  expect(workloadName('chat', 'spec')).not.toBe(workloadName('chat', 'spec '));
  expect(aiJobName('chat', 'arn:one', 7)).toMatch(/^chat-[0-9a-f]{12}-7$/);
  expect(aiJobName('chat', 'arn:one', 0)).not.toBe(aiJobName('chat', 'arn:two', 0));
});
