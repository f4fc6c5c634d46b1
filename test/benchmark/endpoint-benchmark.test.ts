import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Duration, Lazy, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AlarmWorld } from './alarm-world';
import { benchmarked, templateOf, thrownBy, type Props, type Variants } from './support';
import { BenchmarkDataset, type VariantScaling } from '../../src';
import type { BenchmarkConfig } from '../../src/benchmark/core/types';
import { newStack, twoVariants } from '../endpoint/support';
import { resolve, stockValues, type Template } from '../support/iam';
import { definitionOf } from '../support/state-machine';

const find = (template: Template, type: string, part: string): any => {
  const found = Object.entries(template.Resources).filter(([id, one]) => one.Type === type && id.includes(part));
  expect(found).toHaveLength(1);
  return found[0][1].Properties;
};
const machineOf = (template: Template): any => {
  const endpoint = Object.keys(template.Resources).find((id) => template.Resources[id].Type === 'AWS::SageMaker::Endpoint')!;
  return definitionOf(template, { ...stockValues(template), [`${endpoint}.EndpointName`]: 'web' });
};
const configOf = (template: Template): BenchmarkConfig => machineOf(template).States.Begin.Parameters.config;
const made = (props: Props | ((all: Variants) => Props) = {}) => templateOf(benchmarked(props).stack);

describe('what a run is told', () => {
  test('the defaults', () => {
    expect(configOf(made({ benchmarkName: 'mine' }))).toEqual({
      benchmark: 'mine',
      endpoint: 'web',
      settings: {
        batchSize: 1,
        concurrency: 16,
        warmUpSeconds: 60,
        durationSeconds: 300,
        pace: { share: 0.7 },
        dataset: { bucket: 'data', key: 'questions.jsonl' },
        payload: { template: '{"inputs": {inputs}}', contentType: 'application/json' },
      },
      targets: [{ variant: 'gpu', batchSizes: [], usdPerHour: 1.408 }, { variant: 'inf2', batchSizes: [], usdPerHour: 0.99 }],
      limits: { throughputDrop: 0.2, costRise: 0.25, latencyRise: 0.25, errorRateIncrease: 0.01 },
      maximumErrorRate: 0.05,
      allowOtherTraffic: false,
      results: { bucket: expect.any(String), prefix: 'benchmark/' },
    });
  });

  test('zero is a value', () => {
    const { settings, maximumErrorRate } = configOf(made({ load: { concurrency: 1, warmUp: Duration.seconds(0), maximumErrorRate: 0, lengths: { outputTokens: 0 } } }));
    expect([settings.warmUpSeconds, maximumErrorRate, settings.lengths]).toEqual([0, 0, { outputTokens: 0 }]);
  });

  test('that others may send', () => {
    expect(configOf(made({ allowOtherTraffic: true })).allowOtherTraffic).toBe(true);
  });

  test.each([['a/b', 'a/b/'], ['a/b/', 'a/b/']])('the folder %s is %s', (prefix, folder) => {
    expect(configOf(made({ results: { prefix } })).results.prefix).toBe(folder);
  });
});

describe('the machinery', () => {
  test('a worker has the time of a slice, of its last answers and of a slow S3', () => {
    const template = made();
    expect(['Worker', 'Director'].map((part) => find(template, 'AWS::Lambda::Function', part).Timeout)).toEqual([480, 300]);
  });

  test('a run has a week', () => {
    expect(machineOf(made()).TimeoutSeconds).toBe(7 * 24 * 3600);
  });

  test('a bucket of its own forgets what each function saw, and nothing else', () => {
    const { LifecycleConfiguration: { Rules: rules } } = find(made({ results: { prefix: 'a' } }), 'AWS::S3::Bucket', 'BenchmarkResults');
    expect(rules).toEqual([expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }), { Prefix: 'a/slices/', ExpirationInDays: 30, Status: 'Enabled' }]);
    expect(Object.keys(rules[0]).sort()).toEqual(['AbortIncompleteMultipartUpload', 'Status']);
  });

  test('the gate knows how old a record may be, where somebody said it', () => {
    const environment = (props?: Props) => find(made(props), 'AWS::Lambda::Function', 'Gate').Environment.Variables;
    expect(environment({ maxAge: Duration.days(90) }).BENCHMARK_MAX_AGE_DAYS).toBe('90');
    expect('BENCHMARK_MAX_AGE_DAYS' in environment()).toBe(false);
  });

  test('outputs lead to the runs, and start one', () => {
    const { Outputs: outputs = {} } = made() as unknown as { Outputs: Record<string, { Description: string }> };
    expect(Object.entries(outputs).filter(([id]) => id.startsWith('Benchmark')).map(([, { Description }]) => Description)).toEqual(['Runs of the benchmark', 'Starts a run of the benchmark']);
  });
});

describe('warnings', () => {
  const warnings = ({ stack }: Variants) => Annotations.fromStack(stack).findWarning('/Stack/Benchmark', Match.anyValue()).map(({ entry }) => entry.data as string);
  const warned = (scaling: VariantScaling | undefined, usdPerHour: number | undefined = 1) => {
    return warnings(benchmarked(({ inf2 }) => ({ targets: [{ variant: inf2, usdPerHour }] }), twoVariants({ inf2: { scaling, weight: 0 } })));
  };

  test('of a variant that scales', () => {
    expect(warned({ minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 })).toEqual([
      "`targets[0].variant`: got variant 'inf2', which scales from 2 to 8 instances; allowed: a number of instances that stays: a run loads the variant fully, and a measurement during which instances come or go has failed; "
      + 'fix: set scaling.minInstances and maxInstances to one number, or suspend its scaling, for the time of a run, and acknowledge this warning [ack: cdk-accelerators:benchmarkOfScalingVariant]',
    ]);
    expect(warned({ maxInstances: 2, invocationsPerInstance: 900 })[0]).toContain('scales from 1 to 2 instances');
  });

  test.each<[string, VariantScaling | undefined]>([
    ['that does not scale', undefined],
    ['of one number', { minInstances: 3, maxInstances: 3, invocationsPerInstance: 900 }],
    ['of one instance', { maxInstances: 1, invocationsPerInstance: 900 }],
    ['whose numbers are known at deploy time', { minInstances: 1, maxInstances: Token.asNumber({ Ref: 'Most' }), invocationsPerInstance: 900 }],
  ])('none of a variant %s', (_, scaling) => expect(warned(scaling)).toEqual([]));

  test('of a variant without a price', () => {
    const [text, ...more] = warnings(benchmarked(({ gpu, inf2 }) => ({ allowOtherTraffic: true, targets: [{ variant: gpu, usdPerHour: 1 }, { variant: inf2 }] })));
    expect(text).toMatch(/^`targets\[1\]\.usdPerHour`: got nothing, for variant 'inf2' on ml\.inf2\.\w+; allowed: a benchmark without a price: it says nothing of cost, and no alarm watches it; fix: give what an instance-hour costs you, e\.g\. [\d.]+ \(list price in us-east-1.*\), or acknowledge this warning \[ack: cdk-accelerators:benchmarkWithoutPrice\]$/);
    expect(more).toEqual([]);
  });

  test('of a variant that others may send to', () => {
    expect(warnings(benchmarked({}, twoVariants({ inf2: { weight: 0 } })))).toEqual([
      "`targets[0].variant`: got variant 'gpu' with a weight of 1, without allowOtherTraffic; allowed: a variant that others do not send to: its measurement fails while they do; "
      + 'fix: set allowOtherTraffic: true and run it at a quiet hour, measure it on an endpoint of its own, or acknowledge this warning when nobody calls it yet [ack: cdk-accelerators:benchmarkOfServingVariant]',
    ]);
    expect(warnings(benchmarked({ allowOtherTraffic: false }))).toHaveLength(2);
  });

  test.each<[string, Props, number]>([
    ['where others may send', { allowOtherTraffic: true }, 1],
    ['of a weight that is known at deploy time', {}, Token.asNumber({ Ref: 'Weight' })],
  ])('none %s', (_, props, weight) => expect(warnings(benchmarked(props, twoVariants({ gpu: { weight }, inf2: { weight: 0 } })))).toEqual([]));

  describe('of a file that is a golden set', () => {
    let folder: string;
    beforeEach(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'golden-'))));
    afterEach(() => fs.rmSync(folder, { recursive: true }));
    const of = (text: string) => {
      const file = path.join(folder, 'data.jsonl');
      fs.writeFileSync(file, text);
      return warnings(benchmarked({ allowOtherTraffic: true, dataset: BenchmarkDataset.fromFile(file) })).map((one) => one.replace(file, 'FILE'));
    };

    test('each line of which says no more', () => {
      expect(of('{"input": "a"}\n\n{"input": [1], "expected": "b"}\n')).toEqual([
        '`dataset`: got FILE, whose lines are all {"input": ...}, as those of a golden set; allowed: lines that are inputs themselves: each is sent as it is; '
        + 'fix: write each input alone on its line, or acknowledge this warning when the model takes such objects [ack: cdk-accelerators:benchmarkOfGoldenSet]',
      ]);
    });

    test.each(['{"input": "a"}\n"b"', '{"input": "a", "model": "b"}', '{"text": "a"}', '[1]', 'null', '{"expected": 1}', '"input"'])('not %s', (text) => expect(of(text)).toEqual([]));
  });
});

describe('a run that died', () => {
  const world = () => {
    const { stack, benchmark } = benchmarked();
    const { Ref } = stack.resolve(benchmark.stateMachine.stateMachineArn);
    const all = new AlarmWorld(stack);
    return { all, count: (name: string, value: number) => all.publish('AWS/States', name, { StateMachineArn: { Ref } as unknown as string }, value) };
  };

  test.each(['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'])('%s: one is enough', (name) => {
    const { all, count } = world();
    count(name, 1);
    all.advance(5);
    expect(all.state('RunsFailedAlarm')).toBe('ALARM');
  });

  test('runs that end well say nothing, and it ends by itself', () => {
    const { all, count } = world();
    count('ExecutionsSucceeded', 1);
    count('ExecutionsFailed', 0);
    all.advance(10);
    expect(all.state('RunsFailedAlarm')).toBe('OK');
    count('ExecutionsFailed', 1);
    all.advance(5);
    expect(all.state('RunsFailedAlarm')).toBe('ALARM');
    all.advance(15);
    expect(all.state('RunsFailedAlarm')).toBe('OK');
  });

  test('is told with what to do', () => {
    expect(find(made(), 'AWS::CloudWatch::Alarm', 'RunsFailedAlarm').AlarmDescription).toBe(
      'A run of the benchmark Stack/Benchmark failed, took too long or was stopped. Read the cause of the execution, and run it again. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#benchmark-run-failed');
  });

  test('the alarm is there for an action', () => {
    const { stack, benchmark } = benchmarked();
    benchmark.runsFailedAlarm.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:111122223333:people' }) });
    expect(find(templateOf(stack), 'AWS::CloudWatch::Alarm', 'RunsFailedAlarm').AlarmActions).toEqual(['arn:aws:sns:us-east-1:111122223333:people']);
  });
});

describe('a rule for events', () => {
  const TYPES = ['Variant Measured', 'Measurement Failed', 'Version Regressed', 'Benchmark Ended'];
  const rule = (options: events.OnEventOptions = {}) => {
    const { stack, benchmark } = benchmarked(({ stack: scope }) => ({ benchmarkName: 'mine', eventBus: events.EventBus.fromEventBusArn(scope, 'Bus', 'arn:aws:events:us-east-1:111122223333:event-bus/own') }));
    benchmark.onEvent('Told', { target: new targets.EventBus(events.EventBus.fromEventBusName(stack, 'Target', 'target')), ...options });
    return find(templateOf(stack), 'AWS::Events::Rule', 'Told');
  };

  test('of this benchmark, and of no parity check with its name', () => {
    expect(rule()).toMatchObject({ EventBusName: 'own', EventPattern: { 'source': ['cdk-accelerators.benchmark'], 'detail-type': TYPES, 'detail': { benchmark: ['mine'] } } });
  });

  test('narrowed', () => {
    expect(rule({ eventPattern: { detailType: ['Version Regressed'], detail: { variant: ['inf2'] } } }).EventPattern).toEqual({ 'source': ['cdk-accelerators.benchmark'], 'detail-type': ['Version Regressed'], 'detail': { variant: ['inf2'], benchmark: ['mine'] } });
    expect(rule({ eventPattern: { detailType: events.Match.prefix('Version') } }).EventPattern['detail-type']).toEqual([{ prefix: 'Version' }]);
  });

  test('not of somebody else', () => {
    const { benchmark } = benchmarked();
    expect(thrownBy(() => benchmark.onEvent('Wrong', { eventPattern: { detail: { benchmark: ['other'] }, detailType: ['Parity Checked'] } })).split('\n')).toEqual([
      'Stack/Benchmark: 2 problems',
      '  - `eventPattern.detail.benchmark`: got ["other"]; allowed: other keys: this one says whose events they are; fix: leave it out',
      `  - \`eventPattern.detailType\`: got "Parity Checked"; allowed: ${TYPES.map((one) => `'${one}'`).join(', ')}; fix: name one of them, or leave it out for all`,
    ]);
  });
});

describe('rights for others', () => {
  const granted = (props: (all: Variants) => Props) => {
    const { stack, benchmark } = benchmarked(props);
    const user = new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() });
    benchmark.grantStart(user);
    benchmark.grantReadResults(user);
    const template = templateOf(stack);
    return resolve(find(template, 'AWS::IAM::Policy', 'User').PolicyDocument.Statement, { ...stockValues(template) }, template) as any[];
  };

  test('to start, and to read the folder of the results', () => {
    const statements = granted(({ stack }) => ({ results: { bucket: s3.Bucket.fromBucketName(stack, 'Results', 'results') } }));
    expect(statements).toEqual([
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: expect.anything() },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::results/benchmark/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::results', Condition: { StringLike: { 's3:prefix': 'benchmark/*' } } },
    ]);
  });

  test('to decrypt them', () => {
    const statements = granted(({ stack }) => ({ results: { bucket: s3.Bucket.fromBucketAttributes(stack, 'Results', { bucketName: 'results', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/k') }) } }));
    expect(statements.at(-1)).toEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:us-east-1:111122223333:key/k' });
  });
});

test('alarms are those of a variant that is measured', () => {
  const { benchmark, inf2 } = benchmarked();
  expect(benchmark.alarms(inf2).throughput.node.path).toBe('Stack/Benchmark/Alarms-inf2/ThroughputAlarm');
  const { gpu } = twoVariants({}, {}, newStack());
  expect(thrownBy(() => benchmark.alarms(gpu))).toBe("Stack/Benchmark: `variant`: got 'gpu' of Stack/Endpoint; allowed: 'gpu', 'inf2'; fix: name one of them");
  expect(thrownBy(() => benchmark.alarms(Lazy.any({ produce: () => 1 }) as never))).toMatch(/^Stack\/Benchmark: `variant`: got /);
});
