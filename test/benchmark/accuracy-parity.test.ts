import * as fs from 'node:fs';
import * as os from 'node:os';
import { join } from 'node:path';
import { CfnResource, Lazy, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ParityWorld } from './runtime/parity-world';
import { templateOf, thrownBy, type Variants } from './support';
import { BenchmarkDataset, BenchmarkPayload, InferenceEndpoint, MigrationGate } from '../../src';
import { AccuracyParity, type AccuracyParityProps } from '../../src/benchmark/accuracy-parity';
import { ParityMetric } from '../../src/benchmark/parity-metric';
import { newStack, twoVariants } from '../endpoint/support';
import { callsOf, Judge, Policies, resolve, stockValues, type Template } from '../support/iam';
import { VirtualClock } from '../support/standin/clock';
import { definitionOf, lambda as functions, Scheduler, TestStateMachine } from '../support/state-machine';

type Given = Partial<AccuracyParityProps> | ((all: Variants) => Partial<AccuracyParityProps>);

const ACCOUNT = '123456789012';
const WEB = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:endpoint/web`;
const as = <T>(value: unknown): T => value as T;
const TOKEN = Token.asNumber({ Ref: 'Number' });
const A_TOKEN = 'a token (a value known only at deploy time)';

function propsOf(all: Variants, given: Given = {}): AccuracyParityProps {
  const bucket = (name: string) => s3.Bucket.fromBucketName(all.stack, `Bucket-${name}-${all.stack.node.children.length}`, name);
  return {
    reference: all.gpu,
    candidate: all.inf2,
    goldenSet: BenchmarkDataset.fromBucket(bucket('data'), 'golden.jsonl'),
    metric: ParityMetric.exactMatch(),
    parityName: 'same',
    results: { bucket: bucket('results') },
    ...typeof given === 'function' ? given(all) : given,
  };
}

/** In the account of the stand-in. */
const variants = () => twoVariants({}, {}, newStack({ env: { account: ACCOUNT, region: 'us-east-1' } }));

function checked(given: Given = {}, all: Variants = variants()): Variants & { parity: AccuracyParity; template: () => Template } {
  const parity = new AccuracyParity(all.stack, 'Parity', propsOf(all, given));
  return { ...all, parity, template: () => templateOf(all.stack) };
}

function refused(given: Given, all: Variants = twoVariants()): string {
  const props = propsOf(all, given);
  const resources = () => all.stack.node.findAll().filter((one) => CfnResource.isCfnResource(one)).length;
  const before = resources();
  const message = thrownBy(() => new AccuracyParity(all.stack, 'Parity', props));
  if (message !== 'nothing thrown') expect(resources()).toBe(before);
  return message.replace('Stack/Parity: ', '');
}

const idOf = (template: Template, type: string, part: string): string => {
  const found = Object.entries(template.Resources).filter(([id, one]) => one.Type === type && id.startsWith(part)).map(([id]) => id);
  expect(found).toHaveLength(1);
  return found[0];
};
/** Ids stand for names, but of the endpoint. */
const valuesOf = (template: Template): Record<string, unknown> => {
  const endpoint = idOf(template, 'AWS::SageMaker::Endpoint', 'Endpoint');
  return { ...stockValues(template), [endpoint]: WEB, [`${endpoint}.EndpointName`]: 'web' };
};
const definition = (template: Template): any => definitionOf(template, valuesOf(template));
const statements = (template: Template, role: string): any[] =>
  (resolve(template.Resources[idOf(template, 'AWS::IAM::Role', role)].Properties, valuesOf(template)) as any).Policies.flatMap(({ PolicyDocument }: any) => PolicyDocument.Statement);

describe('what is refused', () => {
  const variant = 'a variant made by InferenceEndpoint.addVariant; fix: pass what addVariant returned';
  const share = '`minimumShare`: got %; allowed: a number above 0 and at most 1; fix: give e.g. 0.99';
  const tolerance = '`tolerance`: got %; allowed: a number from 0 to 1; fix: give e.g. 0.01';
  test.each<[string, Given, string]>([
    ['no reference', { reference: as(undefined) }, `\`reference\`: got undefined; allowed: ${variant}`],
    ['a name', { candidate: as('inf2') }, `\`candidate\`: got "inf2"; allowed: ${variant}`],
    ['one variant twice', ({ gpu }) => ({ candidate: gpu }), "`candidate`: got variant 'gpu' of Stack/Endpoint, which is the reference; allowed: another variant than the reference; fix: pass the variant that takes over"],
    ['two endpoints', ({ stack, gpu }) => ({ candidate: new InferenceEndpoint(stack, 'Other').addVariant('inf2', { model: gpu.model, instanceType: gpu.instanceType }) }),
      "`candidate`: got variant 'inf2' of Stack/Other; allowed: a variant of Stack/Endpoint, the endpoint of the reference; fix: add both variants to one endpoint"],
    ['no golden set', { goldenSet: as(undefined) }, '`goldenSet`: got undefined; allowed: a golden set; fix: use BenchmarkDataset.fromBucket or fromFile'],
    ['a golden set by its address', { goldenSet: as('s3://b/k') }, '`goldenSet`: got "s3://b/k"; allowed: a golden set; fix: use BenchmarkDataset.fromBucket or fromFile'],
    ['no metric', { metric: as(undefined), tolerance: -1 }, '`metric`: got undefined; allowed: a metric; fix: use ParityMetric.exactMatch, topLabel, relativeError, cosineSimilarity or lambdaFunction'],
    ['a payload that is a text', { payload: as('{input}') }, '`payload`: got "{input}"; allowed: a payload; fix: use BenchmarkPayload.json, line or template'],
    ['a negative tolerance', { tolerance: -0.01 }, tolerance.replace('%', '-0.01')],
    ['a percentage', { tolerance: 5 }, tolerance.replace('%', '5')],
    ['no number', { tolerance: NaN }, tolerance.replace('%', 'NaN')],
    ['a tolerance that is a token', { tolerance: TOKEN }, `\`tolerance\`: got ${A_TOKEN}; allowed: a number that is known at synth; fix: give a plain number`],
    ['a share of labels', { minimumShare: 0.9 }, '`minimumShare`: got 0.9, with ParityMetric.exactMatch; allowed: metrics of numbers and of your own: of this one the tolerance is a share of lines; fix: remove it, and set the tolerance'],
    ['no share', { metric: ParityMetric.cosineSimilarity(), minimumShare: 0 }, share.replace('%', '0')],
    ['more than all', { metric: ParityMetric.cosineSimilarity(), minimumShare: 1.01 }, share.replace('%', '1.01')],
    ['a share that is a token', { metric: ParityMetric.cosineSimilarity(), minimumShare: TOKEN }, `\`minimumShare\`: got ${A_TOKEN}; allowed: a number that is known at synth; fix: give a plain number`],
    ['a folder with a slash', { results: { prefix: '/a' } }, '`results.prefix`: got "/a"; allowed: a folder without a slash at its beginning; fix: give e.g. "benchmark/"'],
    ['a bucket by its name', { results: { bucket: as('b') } }, '`results.bucket`: got "b"; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketAttributes({ bucketName, encryptionKey })'],
    ['an empty name', { parityName: '' }, '`parityName`: got ""; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "embeddings"'],
    ['a name of 61 characters', { parityName: 'a'.repeat(61) }, `\`parityName\`: got "${'a'.repeat(61)}"; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "embeddings"`],
    ['a name that is a token', { parityName: Lazy.string({ produce: () => 'a' }) }, `\`parityName\`: got ${A_TOKEN}; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give a plain text`],
    ['a bus by its name', { eventBus: as('bus') }, '`eventBus`: got "bus"; allowed: a bus of EventBridge; fix: pass an EventBus, or EventBus.fromEventBusArn'],
  ])('%s', (_, given, message) => expect(refused(given)).toBe(message));

  describe('a golden set in a file', () => {
    let folder: string;
    beforeEach(() => (folder = fs.mkdtempSync(join(os.tmpdir(), 'golden-'))));
    afterEach(() => fs.rmSync(folder, { recursive: true }));
    const of = (text: string) => {
      const file = join(folder, 'golden.jsonl');
      fs.writeFileSync(file, text);
      return refused({ goldenSet: BenchmarkDataset.fromFile(file) }).replace(file, 'FILE');
    };
    const rest = 'allowed: at most 10000 lines, each {"input": ...} or {"input": ..., "expected": ...}; fix: write each input as {"input": ...} on a line of its own';

    test('with lines that are inputs alone', () => {
      expect(of('{"input": 1}\n\n"a text"\n')).toBe(`\`goldenSet\`: got line 3 of FILE has no "input"; write {"input": ...} or {"input": ..., "expected": ...}: "a text"; ${rest}`);
    });

    test('with more lines than a check can take', () => {
      expect(of('{"input": 1}\n'.repeat(10_001))).toBe(`\`goldenSet\`: got FILE has 10001 lines, at most 10000 are allowed; take a part of it; ${rest}`);
    });

    test('that is right', () => expect(of('{"input": 1}\n'.repeat(9_999) + '{"input": 1, "expected": 2}')).toBe('nothing thrown'));
  });

  test('variants of an asynchronous endpoint', () => {
    const stack = newStack();
    const all = twoVariants({}, { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Out', 'out') } as any }, stack);
    expect(refused({}, all)).toBe('`reference`: got a variant of Stack/Endpoint, an asynchronous endpoint; allowed: variants of a real-time endpoint; fix: check the model on a real-time endpoint');
  });

  test('no props', () => {
    expect(thrownBy(() => new AccuracyParity(newStack(), 'Parity', as(null)))).toBe('Stack/Parity: `props`: got null; allowed: the props of a parity check; fix: give at least { reference, candidate, goldenSet, metric }');
  });

  test('several together', () => {
    expect(refused({ tolerance: 2, parityName: '?', candidate: as(1) }).split('\n')).toEqual(['3 problems', expect.stringMatching(/^ {2}- `candidate`: got 1;/), expect.stringMatching(/^ {2}- `tolerance`: got 2;/), expect.stringMatching(/^ {2}- `parityName`: got "\?";/)]);
  });

  test.each<[string, Given]>([
    ['a tolerance of 0', { tolerance: 0 }], ['of 1', { tolerance: 1 }], ['all lines', { metric: ParityMetric.relativeError(), minimumShare: 1 }],
    ['a large tolerance of a function', ({ stack }) => ({ metric: ParityMetric.lambdaFunction(lambda.Function.fromFunctionName(stack, 'Score', 'Score')), tolerance: 40 })],
  ])('not: %s', (_, given) => expect(refused(given)).toBe('nothing thrown'));
});

describe('a metric', () => {
  const path = 'allowed: a JSON Pointer of at most 256 characters; fix: ';
  test.each<[string, () => unknown, string]>([
    ['without a slash', () => ParityMetric.exactMatch({ path: 'a' }), `ParityMetric.exactMatch: \`path\`: got "a"; ${path}begin with a slash, e.g. '/predictions/0'`],
    ['of nothing', () => ParityMetric.topLabel({ path: '' }), `ParityMetric.topLabel: \`path\`: got ""; ${path}leave it out for the whole answer`],
    ['with a tilde', () => ParityMetric.cosineSimilarity({ path: '/a~b' }), `ParityMetric.cosineSimilarity: \`path\`: got "/a~b"; ${path}begin with a slash, e.g. '/predictions/0'`],
    ['that is long', () => ParityMetric.exactMatch({ path: `/${'a'.repeat(256)}` }), `ParityMetric.exactMatch: \`path\`: got 257 characters; ${path}begin with a slash, e.g. '/predictions/0'`],
    ['that is a token', () => ParityMetric.exactMatch({ path: Token.asString({ Ref: 'P' }) }), `ParityMetric.exactMatch: \`path\`: got ${A_TOKEN}; ${path}give a plain text`],
    ['that is a number', () => ParityMetric.exactMatch({ path: as(0) }), `ParityMetric.exactMatch: \`path\`: got 0; ${path}begin with a slash, e.g. '/predictions/0'`],
    ['by a text', () => ParityMetric.exactMatch(as('/a')), 'ParityMetric.exactMatch: `options`: got "/a"; allowed: options; fix: give e.g. { path: \'/0/label\' }'],
    ['with less than nothing', () => ParityMetric.relativeError({ smallest: -1 }), 'ParityMetric.relativeError: `smallest`: got -1; allowed: a number of at least 0; fix: give e.g. 0.001'],
    ['with a token', () => ParityMetric.relativeError({ smallest: TOKEN }), `ParityMetric.relativeError: \`smallest\`: got ${A_TOKEN}; allowed: a number of at least 0; fix: give a plain number`],
    ['by the name of a function', () => ParityMetric.lambdaFunction(as('Score')), 'ParityMetric.lambdaFunction: `handler`: got "Score"; allowed: a function of AWS Lambda; fix: pass a Function, an Alias or a Version'],
  ])('%s is refused', (_, make, message) => expect(thrownBy(make)).toBe(message));

  test('is plain data', () => {
    expect([ParityMetric.exactMatch(), ParityMetric.topLabel({ path: '/0' }), ParityMetric.relativeError(), ParityMetric.relativeError({ path: '/a~1b/0', smallest: 0 }), ParityMetric.cosineSimilarity()].map(({ _config }) => _config)).toEqual([
      { kind: 'exactMatch' }, { kind: 'topLabel', path: '/0' }, { kind: 'relativeError', smallest: 0.001 }, { kind: 'relativeError', path: '/a~1b/0', smallest: 0 }, { kind: 'cosineSimilarity' },
    ]);
  });
});

describe('what is made', () => {
  test('the settings, with their defaults', () => {
    const { template } = checked({ metric: ParityMetric.cosineSimilarity({ path: '/0' }) });
    const made = template();
    expect(definition(made).States.Begin.Parameters).toEqual({
      'config': {
        benchmark: 'same',
        endpoint: 'web',
        reference: 'gpu',
        candidate: 'inf2',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        check: {
          metric: { kind: 'cosineSimilarity', path: '/0' }, tolerance: 0.01, minimumShare: 0.99, goldenSet: { bucket: 'data', key: 'golden.jsonl' }, payload: { template: '{"inputs": {inputs}}', contentType: 'application/json' },
        },
        results: { bucket: 'results', prefix: 'benchmark/' },
      },
      'run.$': '$$.Execution.Name',
    });
  });

  test('outputs lead to the checks, and start one', () => {
    const { Outputs: outputs = {} } = checked().template() as unknown as { Outputs: Record<string, { Description: string }> };
    expect(Object.entries(outputs).filter(([id]) => id.startsWith('Parity')).map(([, { Description }]) => Description)).toEqual(['Runs of the parity check', 'Starts a parity check']);
  });

  test('a bucket of its own, kept, with the key that was given', () => {
    const { stack, template, parity } = checked(({ stack: scope }) => ({ results: { encryptionKey: kms.Key.fromKeyArn(scope, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`), prefix: 'a/b' }, parityName: undefined }));
    const bucket = template().Resources[idOf(template(), 'AWS::S3::Bucket', 'ParityResults')] as any;
    expect(bucket.Properties.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault).toEqual({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k` });
    expect(bucket.DeletionPolicy).toBe('Retain');
    expect([parity.prefix, parity.parityName, stack.resolve(parity.bucket.bucketName)]).toEqual(['a/b/', expect.stringMatching(/^Stack-Parity-[0-9A-F]{8}$/), { Ref: idOf(template(), 'AWS::S3::Bucket', 'ParityResults') }]);
  });

  test('another metric, tolerance, payload or golden set is another check; another name is not', () => {
    const fingerprint = (given: Given = {}): string => {
      const made = checked(given).template();
      return definition(made).States.Begin.Parameters.config.fingerprint;
    };
    const other = (key: string): Given => ({ stack }) => ({ goldenSet: BenchmarkDataset.fromBucket(s3.Bucket.fromBucketName(stack, 'Other', 'data'), key) });
    const prints = [{}, { tolerance: 0.02 }, { metric: ParityMetric.topLabel() }, { metric: ParityMetric.exactMatch({ path: '/0' }) }, { payload: BenchmarkPayload.line() }, other('golden-2.jsonl')].map((one) => fingerprint(one));
    expect(new Set(prints).size).toBe(6);
    expect([fingerprint(), fingerprint({ parityName: 'b' }), fingerprint({ tolerance: 0.01 }), fingerprint(other('golden.jsonl'))]).toEqual([prints[0], prints[0], prints[0], prints[0]]);
  });

  test('an environment that Lambda takes, whatever the payload is', () => {
    const made = checked({ payload: BenchmarkPayload.template(`[{input}, "${'x'.repeat(4000)}"]`) }).template();
    const { Environment: { Variables: variables } } = resolve(made.Resources[idOf(made, 'AWS::Lambda::Function', 'ParityGate')].Properties, valuesOf(made)) as any;
    expect(JSON.stringify(variables).length).toBeLessThan(2000);
    expect(JSON.parse(variables.PARITY)).toEqual({
      benchmark: 'same', endpoint: 'web', reference: 'gpu', candidate: 'inf2', fingerprint: expect.any(String), start: expect.stringMatching(/^aws stepfunctions start-execution --region us-east-1 --state-machine-arn /),
    });
    expect(variables).toMatchObject({ BUCKET: 'results', PREFIX: 'benchmark/' });
  });

  test('an alarm that says what to do, and lasts until the next check', () => {
    const made = checked().template();
    expect((made.Resources[idOf(made, 'AWS::CloudWatch::Alarm', 'ParityParityFailedAlarm')] as any).Properties).toEqual({
      AlarmDescription: 'Variant inf2 does not answer as gpu does, or parity check same could not find out. Read the reason in its record. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#parity-failed',
      Namespace: 'CdkAccelerators/Benchmark',
      MetricName: 'ParityFailed',
      Dimensions: [{ Name: 'Benchmark', Value: 'same' }, { Name: 'Variant', Value: 'inf2' }],
      Statistic: 'Maximum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'ignore',
    });
  });

  test('a run that died rings, whatever it said itself', () => {
    const { parity, template } = checked();
    parity.runsFailedAlarm.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:us-east-1:123456789012:people' }) });
    const made = template();
    const { Metrics: metrics, ...alarm } = (made.Resources[idOf(made, 'AWS::CloudWatch::Alarm', 'ParityRunsFailedAlarm')] as any).Properties;
    expect(alarm).toEqual({
      AlarmActions: ['arn:aws:sns:us-east-1:123456789012:people'],
      AlarmDescription: 'A run of the parity check Stack/Parity failed, took too long or was stopped. Read the cause of the execution, and run it again. See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#parity-run-failed',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(metrics.flatMap(({ MetricStat }: any) => MetricStat === undefined ? [] : [[MetricStat.Metric.Namespace, MetricStat.Metric.MetricName, MetricStat.Stat, MetricStat.Period]])).toEqual(
      ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((name) => ['AWS/States', name, 'Sum', 300]));
  });

  test('metrics, a rule, rights, a gate of a migration', () => {
    const { stack, parity, template } = checked(({ stack: scope }) => ({ eventBus: events.EventBus.fromEventBusArn(scope, 'Bus', `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/own`) }));
    expect(stack.resolve(parity.metricParityScore({ statistic: 'Minimum' }).toMetricConfig().metricStat)).toMatchObject({ namespace: 'CdkAccelerators/Benchmark', metricName: 'ParityScore', statistic: 'Minimum' });
    parity.onEvent('Differs', { target: new targets.EventBus(events.EventBus.fromEventBusName(stack, 'Target', 'target')), eventPattern: { detail: { outcome: ['differs'] } } });
    expect(thrownBy(() => parity.onEvent('Wrong', { eventPattern: { detail: { benchmark: ['x'] } } }))).toBe('Stack/Parity: `eventPattern.detail.benchmark`: got ["x"]; allowed: other keys: this one says whose events they are; fix: leave it out');
    expect(thrownBy(() => parity.onEvent('Foreign', { eventPattern: { detailType: ['Variant Measured'] } }))).toBe('Stack/Parity: `eventPattern.detailType`: got "Variant Measured"; allowed: \'Parity Checked\'; fix: name one of them, or leave it out for all');
    const user = new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() });
    parity.grantStart(user);
    parity.grantReadResults(user);
    expect(MigrationGate.sameAnswers(parity)._functionArn).toBe(parity.gateFunction.functionArn);
    const made = template();
    expect((made.Resources[idOf(made, 'AWS::Events::Rule', 'ParityDiffers')] as any).Properties).toMatchObject({ EventBusName: 'own', EventPattern: { 'source': ['cdk-accelerators.benchmark'], 'detail-type': ['Parity Checked'], 'detail': { outcome: ['differs'], benchmark: ['same'] } } });
    const granted = (made.Resources[idOf(made, 'AWS::IAM::Policy', 'UserDefaultPolicy')] as any).Properties.PolicyDocument.Statement;
    expect(granted.map(({ Action }: any) => Action)).toEqual(['states:StartExecution', 's3:GetObject', 's3:ListBucket']);
    expect(Object.keys((made as { Outputs?: object }).Outputs ?? {}).filter((id) => id.startsWith('Parity')).map((id) => id.replace(/[0-9A-F]{8}$/, '')).sort()).toEqual(['ParityRuns', 'ParityStart']);
  });
});

describe('rights', () => {
  const CONFIGS = { Effect: 'Allow', Action: 'sagemaker:DescribeEndpointConfig', Resource: `arn:aws:sagemaker:us-east-1:${ACCOUNT}:endpoint-config/*` };

  test('of the function that compares', () => {
    const { template } = checked(({ stack }) => ({ metric: ParityMetric.lambdaFunction(lambda.Function.fromFunctionArn(stack, 'Score', `arn:aws:lambda:us-east-1:${ACCOUNT}:function:Score`)) }));
    expect(statements(template(), 'ParityCompareRole').slice(1)).toEqual([
      { Effect: 'Allow', Action: 'sagemaker:InvokeEndpoint', Resource: WEB },
      { Effect: 'Allow', Action: 'sagemaker:DescribeEndpoint', Resource: WEB },
      CONFIGS,
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/golden.jsonl' },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::results/benchmark/parity/*' },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:Score` },
      { Effect: 'Allow', Action: 'events:PutEvents', Resource: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`, Condition: expect.anything() },
    ]);
  });

  test('of the gate: to read', () => {
    expect(statements(checked().template(), 'ParityGateRole').slice(1)).toEqual([
      { Effect: 'Allow', Action: 'sagemaker:DescribeEndpoint', Resource: WEB },
      CONFIGS,
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::results/benchmark/parity/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::results', Condition: { StringLike: { 's3:prefix': 'benchmark/parity/*' } } },
    ]);
  });

  test('of keys: what each needs', () => {
    const made = checked(({ stack }) => {
      const keyed = (name: string) => s3.Bucket.fromBucketAttributes(stack, name, { bucketName: name, encryptionKey: kms.Key.fromKeyArn(stack, `${name}-key`, `arn:aws:kms:us-east-1:${ACCOUNT}:key/${name}`) });
      return { goldenSet: BenchmarkDataset.fromBucket(keyed('golden'), 'k'), results: { bucket: keyed('kept') } };
    }).template();
    const keys = (role: string) => statements(made, role).filter(({ Action }) => JSON.stringify(Action).includes('kms:')).map(({ Action, Resource }) => [Action, Resource.split('/')[1]]);
    expect(keys('ParityCompareRole')).toEqual([['kms:Decrypt', 'golden'], [['kms:Decrypt', 'kms:GenerateDataKey'], 'kept']]);
    expect(keys('ParityGateRole')).toEqual([['kms:Decrypt', 'kept']]);
  });

  test('of the state machine: the function, and nothing else', () => {
    expect(statements(checked().template(), 'ParityStateMachineRole')).toEqual([{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: expect.stringContaining('ParityCompare') }]);
  });
});

describe('a run', () => {
  let world: ParityWorld;
  beforeEach(async () => { world = await ParityWorld.start(); });
  afterEach(async () => world.stop());

  /** The machine as it was synthesized, with the real handler. */
  async function run(given: Given = {}) {
    const template = checked(given).template();
    const compare = idOf(template, 'AWS::Lambda::Function', 'ParityCompare');
    world.fixture.standIn.control.calls.length = 0;
    const machine = new TestStateMachine({
      definition: definitionOf(template, valuesOf(template)), integrations: { lambda: functions({ [compare]: async (event) => world.handler(event) }) }, role: idOf(template, 'AWS::IAM::Role', 'ParityStateMachineRole'), scheduler: new Scheduler(new VirtualClock()),
    });
    return { template, machine, result: await machine.run({}) };
  }

  test('ends well with the same answers', async () => {
    world.lines([{ input: 'a' }, { input: 'b', expected: { inputs: ['b'] } }]);
    const { result } = await run();
    expect([result.status, result.output]).toEqual(['SUCCEEDED', {
      outcome: 'passed', score: 0, reason: expect.any(String), record: 's3://results/benchmark/parity/web/gpu/gpu-model/inf2/inf2-model.json',
    }]);
    expect(result.history.map(({ state }) => state)).toEqual(['Begin', 'Nothing yet', 'Check', 'Check over?', 'Same answers']);
  });

  test('fails with others, and says why', async () => {
    world.lines([{ input: 'a' }]);
    world.answers = ({ variant }) => `"${variant}"`;
    const { result } = await run();
    expect([result.status, result.error, result.cause]).toEqual(['FAILED', 'Parity.Differs', '1 of 1 answers differ, a share of 1; the tolerance is 0.01 See https://github.com/cdk-accelerators/cdk-accelerators/blob/main/docs/runbook.md#parity-failed']);
  });

  test('fails without a golden set', async () => {
    const { result } = await run();
    expect([result.status, result.error, result.cause?.slice(0, 60)]).toEqual(['FAILED', 'Parity.Failed', 's3://data/golden.jsonl cannot be read: NoSuchKey: The specif']);
  });

  test('goes on after a slice, and outlives a function that fails', async () => {
    world.lines(Array.from({ length: 90 }, (_, i) => ({ input: i })));
    const start = Date.now();
    jest.spyOn(Date, 'now').mockImplementation(() => start + world.asked.length * 3000);
    const real = world.handler;
    let calls = 0;
    world.handler = async (event) => {
      calls++;
      if (calls === 2) throw new Error('gone');
      return real(event);
    };
    const { result } = await run();
    expect(result.status).toBe('SUCCEEDED');
    expect(result.history.filter(({ state }) => state === 'Check').length).toBeGreaterThanOrEqual(2);
    expect(world.record).toMatchObject({ lines: 90, outcome: 'passed' });
  });

  test('needs the rights that its roles have, and has those that it needs', async () => {
    world.lines([{ input: 'a' }]);
    const { template, machine } = await run();
    const judge = new Judge(new Policies(template, { values: valuesOf(template) }));
    const [machineRole, compare, gate] = ['ParityStateMachineRole', 'ParityCompareRole', 'ParityGateRole'].map((part) => idOf(template, 'AWS::IAM::Role', part));
    await judge.expectAllowed(machineRole, machine.calls);
    await judge.expectNeeded(machineRole, machine.calls);
    const own = [{ what: 'logs:CreateLogStream', reason: 'the function writes its log' }, { what: 'logs:PutLogEvents', reason: 'the function writes its log' }];
    const call = (principal: string, action: string, resource: string, context = {}) => ({ principal, action, resource: [resource], context });
    const record = 'arn:aws:s3:::results/benchmark/parity/web/gpu/gpu-model/inf2/inf2-model.json';
    const compared = [...callsOf(compare, world.fixture.standIn.control.calls), call(compare, 'sagemaker:InvokeEndpoint', WEB), call(compare, 's3:GetObject', 'arn:aws:s3:::data/golden.jsonl'), call(compare, 's3:PutObject', record)];
    expect([...new Set(compared.map(({ action }) => action))].sort()).toEqual(['events:PutEvents', 's3:GetObject', 's3:PutObject', 'sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig', 'sagemaker:InvokeEndpoint']);
    await judge.expectAllowed(compare, compared);
    await judge.expectNeeded(compare, compared, own);
    world.fixture.standIn.control.calls.length = 0;
    await world.gate({ endpoint: 'web', from: 'gpu', to: 'inf2' });
    const asked = [...callsOf(gate, world.fixture.standIn.control.calls), call(gate, 's3:GetObject', record), call(gate, 's3:ListBucket', 'arn:aws:s3:::results', { 's3:prefix': 'benchmark/parity/web/gpu/gpu-model/inf2/inf2-model.json' })];
    await judge.expectAllowed(gate, asked);
    await judge.expectNeeded(gate, asked, own);
    await judge.expectDenied(gate, [call(gate, 'sagemaker:InvokeEndpoint', WEB), call(gate, 's3:PutObject', record), call(gate, 's3:GetObject', 'arn:aws:s3:::results/benchmark/baselines/x')]);
  });
});
