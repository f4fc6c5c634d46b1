import { dirname } from 'node:path';
import * as fc from 'fast-check';
import { configOf, failedSlice, histogramOf, NOW, settingsOf, sliceOf, target, versionOf } from './builders';
import { perSecond } from '../../../src/benchmark/core/plan';
import { failedRecord, recordOf, type PhaseResults, type RecordFacts } from '../../../src/benchmark/core/record';
import type { BaselineRecord } from '../../../src/benchmark/core/types';
import schema from '../../../src/benchmark/schema/baseline-record-1.json';

interface Validator {
  (data: unknown): boolean;
  errors?: { readonly instancePath: string; readonly keyword: string }[] | null;
}

// The copy that knows draft 2020-12: another one, of an older draft, is on top.
const besideFormats = { paths: [dirname(require.resolve('ajv-formats'))] };
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { default: Ajv } = require(require.resolve('ajv/dist/2020', besideFormats));
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { default: addFormats } = require('ajv-formats');
const validate: Validator = addFormats(new Ajv({ allErrors: true, strict: true, strictRequired: false })).compile(schema);

/** What is wrong with a record, by the published schema. */
function wrong(record: unknown): string[] {
  validate(JSON.parse(JSON.stringify(record)));
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

const factsOf = (over: Partial<RecordFacts> = {}): RecordFacts => ({ config: configOf(), run: 'run', measurement: { round: 1, target: 1, batchSize: 16 }, version: versionOf(), now: NOW, ...over });

const results: PhaseResults = {
  first: [[sliceOf('first', 1, { latency: histogramOf(412.5) })]],
  warmUp: [[failedSlice('warmUp', { 'ModelError 500': 1000 })]],
  // 300 requests in 2 s, then 100 in 2 s.
  saturate: [
    [sliceOf('saturate', 160, { elapsedMs: 2000 }), sliceOf('saturate', 140, { elapsedMs: 1900 })],
    [sliceOf('saturate', 60, { elapsedMs: 1900 }), sliceOf('saturate', 40, { elapsedMs: 2000, requests: 50, errors: { 'ModelError 500': 7, 'TimeoutError': 3 } })],
  ],
  pace: [
    [sliceOf('pace', 99, { latency: histogramOf(...Array<number>(99).fill(20)), serviceTime: histogramOf(...Array<number>(99).fill(15)) })],
    [sliceOf('pace', 1, { requests: 2, errors: { 'ModelError 500': 1 }, latency: histogramOf(500), serviceTime: histogramOf(16) })],
  ],
};

describe('the record of a measurement', () => {
  const found = recordOf(factsOf({ config: configOf({ targets: [target('gpu'), target('neuron', { usdPerHour: 1.8, precision: 'bf16', label: 'v7' })] }) }), results);

  it('says what was measured, when, and how', () => {
    expect(found).toMatchObject({ schema: 'cdk-accelerators/baseline-record/1', benchmark: 'bench', run: 'run', endpoint: 'endpoint', variant: 'neuron', round: 1, measuredOn: NOW, outcome: 'measured' });
    expect(found.version).toEqual({ modelName: 'model-1', instanceType: 'ml.inf2.xlarge', instances: 2, precision: 'bf16', label: 'v7' });
    expect(found.settings).toEqual(settingsOf());
    expect(found).not.toHaveProperty('reason');
  });

  it('takes throughput from full concurrency: answers in the longest time of each slice', () => {
    expect(found.throughput).toEqual({ requestsPerSecond: 100, inputsPerSecond: 1600, inputsPerSecondPerInstance: 800 });
  });

  it('takes latency from the pace', () => {
    expect(found.latency).toMatchObject({ meanMs: 24.8, maxMs: 500 });
    expect(Math.abs(found.latency!.p99Ms - 20)).toBeLessThanOrEqual(0.1);
    expect(found.serviceTime).toMatchObject({ meanMs: 15.01, maxMs: 16 });
    expect(found.paceRequestsPerSecond).toBe(70);
  });

  it('counts the requests and errors of both, and not of the warm-up', () => {
    expect(found.requests).toBe(160 + 140 + 60 + 50 + 99 + 2);
    expect(found.errors).toEqual({ count: 11, rate: 11 / 511, byKind: { 'ModelError 500': 8, 'TimeoutError': 3 } });
  });

  it('knows the first request', () => {
    expect(found.firstRequestMs).toBe(412.5);
  });

  it('says how many were sent at the pace, and how many were due and were not', () => {
    expect([found.sentRequestsPerSecond, found.notSent]).toEqual([101 / 2, 0]);
    const late = recordOf(factsOf(), { ...results, pace: [[sliceOf('pace', 10, { notSent: 3 }), sliceOf('pace', 10, { notSent: 4 })]] });
    expect([late.sentRequestsPerSecond, late.notSent]).toEqual([20, 7]);
    expect(wrong(late)).toEqual([]);
  });

  it('says why the first request was not answered, which is none of its errors', () => {
    const lost = recordOf(factsOf(), { ...results, first: [[failedSlice('first', { TimeoutError: 1 }, { TimeoutError: 'no answer within 65 s' })]] });
    expect(lost).toMatchObject({ outcome: 'measured', errors: found.errors, firstRequestError: '1 x TimeoutError ("no answer within 65 s")' });
    expect(lost).not.toHaveProperty('firstRequestMs');
    expect(found).not.toHaveProperty('firstRequestError');
    expect(wrong(lost)).toEqual([]);
  });

  it('says what others sent, when they did', () => {
    const beside = recordOf(factsOf({ otherRequestsPerMinute: 12.4 }), results);
    expect([beside.otherRequestsPerMinute, wrong(beside)]).toEqual([12.4, []]);
    expect(recordOf(factsOf({ otherRequestsPerMinute: 0 }), results)).not.toHaveProperty('otherRequestsPerMinute');
  });

  it('knows which contents of the dataset were sent', () => {
    const of = (one: string, two: string) => recordOf(factsOf({ version: versionOf({ inferenceAmiVersion: 'al2023-ami-sagemaker-inference-neuron-1' }) }), { saturate: [[sliceOf('saturate', 9, { dataset: one })]], pace: [[sliceOf('pace', 9, { dataset: two })]] });
    expect([of('"a"', '"a"').settings.dataset, wrong(of('"a"', '"a"'))]).toEqual([{ ...settingsOf().dataset, etag: 'a' }, []]);
    expect(found.settings.dataset).toEqual(settingsOf().dataset);
    expect(of('"a"', '"b"')).toMatchObject({ outcome: 'failed', reason: 's3://data/lines.jsonl was changed while it was measured: run it again', settings: { dataset: settingsOf().dataset } });
  });

  it('has failed when too many requests did, and keeps its numbers', () => {
    const failing = (failed: number) => ({ saturate: [[sliceOf('saturate', 100)]], pace: [[sliceOf('pace', 100 - failed, { requests: 100, errors: { 'ModelError 500': failed }, messages: { 'ModelError 500': 'no memory' } })]] });
    expect(recordOf(factsOf(), failing(10))).toMatchObject({ outcome: 'measured', errors: { rate: 0.05 } });
    const record = recordOf(factsOf(), failing(11));
    expect(record).toMatchObject({ outcome: 'failed', reason: '5.5 % of 200 requests failed, more than 5 %: 11 x ModelError 500 ("no memory")', throughput: { requestsPerSecond: 100 }, errors: { count: 11 } });
    expect(wrong(record)).toEqual([]);
    expect(recordOf(factsOf({ config: configOf({ maximumErrorRate: 0.055 }) }), failing(11)).outcome).toBe('measured');
    expect(recordOf(factsOf({ config: configOf({ maximumErrorRate: 0 }) }), failing(1)).outcome).toBe('failed');
  });

  it('reckons the cost: 2 instances of 1.80 USD are 0.001 USD a second, for 100 requests', () => {
    expect(found.cost!.usdPerInstanceHour).toBe(1.8);
    expect(found.cost!.usdPerThousandRequests).toBeCloseTo(0.01, 12);
    expect(found.cost!.usdPerThousandInputs).toBeCloseTo(0.01 / 16, 12);
  });

  it('keeps to its schema', () => {
    expect(wrong(found)).toEqual([]);
  });

  it('says nothing of cost without a price', () => {
    const bare = recordOf(factsOf(), results);
    expect(bare).not.toHaveProperty('cost');
    expect(wrong(bare)).toEqual([]);
  });

  it('has the batch that was measured, and the rate of the settings', () => {
    const second = recordOf(factsOf({ config: configOf({ settings: settingsOf({ pace: { requestsPerSecond: 12 } }) }), measurement: { round: 2, target: 0, batchSize: 4 } }), results);
    expect([second.round, second.variant, second.settings.batchSize, second.paceRequestsPerSecond]).toEqual([2, 'gpu', 4, 12]);
  });

  it('counts one instance at least: somebody answered', () => {
    expect(recordOf(factsOf({ version: versionOf({ instances: 0 }) }), results).throughput!.inputsPerSecondPerInstance).toBe(1600);
  });

  it('leaves out what nobody measured', () => {
    const nothing = recordOf(factsOf({ config: configOf({ targets: [target('a'), target('b', { usdPerHour: 1 })] }) }), {});
    expect(Object.keys(nothing).filter((name) => ['throughput', 'latency', 'serviceTime', 'firstRequestMs', 'cost', 'paceRequestsPerSecond'].includes(name))).toEqual([]);
    expect(nothing.errors).toEqual({ count: 0, rate: 0, byKind: {} });
  });
});

describe('the record of a failure', () => {
  it('says why, and keeps what was seen', () => {
    const failed = failedRecord(factsOf(), 'no request was answered', { first: [[sliceOf('first', 1)]], warmUp: [[failedSlice('warmUp', { 'ModelError 500': 3 })]] });
    expect(failed).toMatchObject({ outcome: 'failed', reason: 'no request was answered', requests: 4, errors: { count: 3, rate: 0.75, byKind: { 'ModelError 500': 3 } } });
    expect(failed).not.toHaveProperty('throughput');
    expect(wrong(failed)).toEqual([]);
  });

  it('needs no results', () => {
    const failed = failedRecord(factsOf({ version: versionOf({ modelName: 'unknown', instances: 0 }) }), 'no such variant');
    expect(failed).toMatchObject({ requests: 0, errors: { count: 0, rate: 0, byKind: {} } });
    expect(wrong(failed)).toEqual([]);
  });
});

describe('the schema', () => {
  const good = () => JSON.parse(JSON.stringify(recordOf(factsOf({ config: configOf({ targets: [target('gpu'), target('neuron', { usdPerHour: 1 })] }) }), results))) as Record<string, any>;

  it.each<[string, (record: Record<string, any>) => void, string[]]>([
    ['no latency', (record) => delete record.latency, [' required', ' if']],
    ['a reason beside a measurement', (record) => { record.reason = 'x'; }, ['/reason false schema', ' if']],
    ['a failure without a reason', (record) => { for (const name of ['throughput', 'latency', 'serviceTime', 'paceRequestsPerSecond', 'firstRequestMs', 'cost']) delete record[name]; record.outcome = 'failed'; }, [' required', ' if']],
    ['an unknown member', (record) => { record.extra = 1; }, [' additionalProperties']],
    ['an unknown setting', (record) => { record.settings.extra = 1; }, ['/settings additionalProperties']],
    ['an error rate above 1', (record) => { record.errors.rate = 1.01; }, ['/errors/rate maximum']],
    ['no throughput at all', (record) => { record.throughput.requestsPerSecond = 0; }, ['/throughput/requestsPerSecond exclusiveMinimum']],
    ['a latency that is no number', (record) => { record.latency.p99Ms = null; }, ['/latency/p99Ms type']],
    ['another schema', (record) => { record.schema = 'cdk-accelerators/baseline-record/2'; }, ['/schema const']],
    ['a time that is none', (record) => { record.measuredOn = 'yesterday'; }, ['/measuredOn format']],
    ['a batch of 0', (record) => { record.settings.batchSize = 0; }, ['/settings/batchSize minimum']],
    ['two paces', (record) => { record.settings.pace = { share: 0.5, requestsPerSecond: 1 }; }, ['/settings/pace maxProperties']],
    ['no pace', (record) => { record.settings.pace = {}; }, ['/settings/pace minProperties']],
    ['a round 3', (record) => { record.round = 3; }, ['/round enum']],
  ])('refuses %s', (_, spoil, problems) => {
    const record = good();
    expect(wrong(record)).toEqual([]);
    spoil(record);
    expect(wrong(record)).toEqual(problems);
  });

  it('takes every record that can come about', () => {
    const histogram = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 }).map((samples) => histogramOf(...samples));
    const slice = (phase: 'saturate' | 'pace') => fc.record({ answered: fc.integer({ min: 1, max: 1e6 }), failed: fc.integer({ min: 0, max: 1e6 }), elapsedMs: fc.double({ min: 0.1, max: 3e5, noNaN: true }), latency: histogram })
      .map(({ answered, failed, elapsedMs, latency }) => sliceOf(phase, 0, { answered, inputs: answered, requests: answered + failed, errors: failed === 0 ? {} : { x: failed }, elapsedMs, latency, serviceTime: latency }));
    const grid = (phase: 'saturate' | 'pace') => fc.array(fc.array(slice(phase), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
    fc.assert(fc.property(grid('saturate'), grid('pace'), fc.option(fc.double({ min: 1e-6, max: 1000, noNaN: true }), { nil: undefined }), (saturate, pace, usdPerHour) => {
      const config = configOf({ targets: [target('a'), target('b', usdPerHour === undefined ? {} : { usdPerHour })] });
      const record: BaselineRecord = recordOf(factsOf({ config }), { saturate, pace });
      expect(wrong(record)).toEqual([]);
      // As the plan reckons the pace.
      expect(record.throughput!.requestsPerSecond).toBe(perSecond(saturate.flat().reduce((sum, each) => sum + each.answered, 0), saturate.reduce((sum, workers) => sum + Math.max(...workers.map(({ elapsedMs }) => elapsedMs)), 0)));
    }), { numRuns: 50 });
  });

  it('describes every member, with a unit for every number', () => {
    const bare: string[] = [];
    const look = (node: any, path: string) => {
      for (const [name, member] of Object.entries<any>({ ...node.properties, ...node.$defs })) {
        if (typeof member.description !== 'string') bare.push(`${path}${name}: no description`);
        else if (['number', 'integer'].includes(member.type) && !/seconds|second|USD|count|rate|share|part|instance/i.test(member.description)) bare.push(`${path}${name}: no unit`);
        if (member.properties !== undefined && member.additionalProperties !== false) bare.push(`${path}${name}: takes anything`);
        look(member, `${path}${name}.`);
      }
    };
    look(schema, '');
    expect(bare).toEqual([]);
    expect(schema.additionalProperties).toBe(false);
  });
});
