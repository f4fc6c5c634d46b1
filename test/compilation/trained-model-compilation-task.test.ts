import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { CfnParameter, CfnResource, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as fc from 'fast-check';
import { makeFolders, recipes, written } from './recipes';
import { ACCOUNT, allowed, bucketOf, dead, definition, filled, newStack, ofType, state, thrownBy, unreached, vpcOf } from './support';
import {
  CompilationJob, CompilationShapes, InstanceUse, ModelSource, NeuronCompilationTask, TrainedModelCompilationTask, type NeuronCompilationSpec, type TrainedModelCompilationTaskProps,
} from '../../src';
import { trainedModelKey, type TrainedModelKey } from '../../src/compilation/core/trained-model';
import { statesOf, unsupported, validateDefinition } from '../support/state-machine';

const SHAPES = CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 });
const MODEL = { uri: 's3://models/bert/run-1/model.tar.gz', revision: 'v1' };

function pipeline(props: Partial<TrainedModelCompilationTaskProps> = {}, stack = newStack()): { stack: Stack; task: TrainedModelCompilationTask } {
  const task = new TrainedModelCompilationTask(stack, 'Compile', {
    shapes: SHAPES, models: { bucket: bucketOf(stack, 'models'), prefix: 'bert' }, artifacts: { bucket: bucketOf(stack) }, ...props,
  });
  new sfn.StateMachine(stack, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(task.toSingleState({ resultPath: '$.compiled' })), timeout: Duration.hours(13) });
  return { stack, task };
}

/** What the function of the deployed stack answers. */
function answered(stack: Stack, model: unknown): TrainedModelKey {
  const { 'model.$': at, ...event } = (state(stack, 'Make the key').Parameters as any).Payload;
  expect(at).toBe('$.model');
  return trainedModelKey({ ...event, model }) as TrainedModelKey;
}

describe('the key is the one of the same source at synth', () => {
  let root: string;
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'trained-'));
    makeFolders(root);
  });
  afterAll(() => fs.rmSync(root, { recursive: true }));

  const part = fc.stringMatching(/^[A-Za-z0-9 ._\-=@+,()'"&é日ü]{1,12}$/);
  const places = fc.record({
    prefix: fc.array(fc.stringMatching(/^[a-z0-9.-]{1,8}$/), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('/')),
    slash: fc.boolean(),
    below: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join('/')}.tar.gz`),
    revision: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
  });

  test('200 random specs and addresses', () => {
    fc.assert(fc.property(recipes, places, (recipe, { prefix, slash, below, revision }) => {
      // The template of the one, and what the other says of itself.
      const stack = newStack();
      const { source, ...spec } = written(root, recipe, stack);
      expect(source).toBeDefined();
      pipeline({ ...spec, models: { bucket: bucketOf(stack, 'models'), prefix: `${prefix}${slash ? '/' : ''}` } }, stack);
      const other = newStack();
      const { source: _, ...same } = written(root, recipe, other);
      const atSynth = new NeuronCompilationTask(other, 'Deploy', {
        ...same, source: ModelSource.s3Archive(bucketOf(other, 'models'), `${prefix}/${below}`, { revision }), artifacts: { bucket: bucketOf(other) },
      });
      const { key, uri, modelUri, arguments: given, sourceUri } = answered(stack, { uri: `s3://models/${prefix}/${below}`, revision });
      expect({ key, uri, modelUri, sourceUri }).toEqual({ key: atSynth.key, uri: atSynth.artifactUri, modelUri: atSynth.modelUri, sourceUri: `s3://models/${prefix}/${below}` });
      new sfn.StateMachine(other, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(atSynth) });
      const { AppSpecification: processing, AlgorithmSpecification: training } = state(other, 'Create the job').Parameters as any;
      expect(given).toEqual((processing ?? training).ContainerArguments);
    }), { numRuns: 200 });
  }, 120_000);

  test('and not that of another spec', () => {
    const keys = [SHAPES, CompilationShapes.textEncoder({ batchSize: 5, sequenceLength: 128 })].map((shapes) => answered(pipeline({ shapes }).stack, MODEL).key);
    expect(new Set(keys).size).toBe(2);
  });

  test('with buckets of the same app', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Mine');
    const { task } = pipeline({ models: { bucket, prefix: 'bert' }, artifacts: undefined }, stack);
    const event = (state(stack, 'Make the key').Parameters as any).Payload;
    const [mine, artifacts] = [bucket, task.bucket].map((one) => filled<string>(stack, stack.resolve(one.bucketName)));
    expect([event.models, event.artifacts]).toEqual([{ bucket: mine, prefix: 'bert' }, { bucket: artifacts, prefix: 'neuron' }]);
    expect(answered(stack, { uri: `s3://${mine}/bert/model.tar.gz`, revision: '1' }).uri).toMatch(new RegExp(`^s3://${artifacts}/neuron/[0-9a-f]{32}/$`));
    expect(state(stack, 'Find the source').Parameters).toEqual({ 'Bucket': mine, 'Prefix.$': '$.sourceKey', 'MaxKeys': 1 });
    expect(filled(stack, stack.resolve(task.artifactsUri))).toBe(`s3://${artifacts}/neuron/`);
  });
});

describe.each<[string, Partial<TrainedModelCompilationTaskProps>]>([['processing', {}], ['training', { job: CompilationJob.onTrainium() }]])('the states of a %s job', (_, props) => {
  test('are valid, and nothing that only AWS runs', () => {
    const one = definition(pipeline(props).stack);
    expect(validateDefinition(one)).toEqual([]);
    expect(unsupported(one)).toEqual([]);
  });

  test('are reached and lead on; every task is retried and caught', () => {
    const one = definition(pipeline(props).stack);
    expect([unreached(one), dead(one)]).toEqual([[], []]);
    const tasks = statesOf(one).filter(([, { Type }]) => Type === 'Task') as [string, any][];
    expect(tasks.filter(([, { Retry, Catch }]) => Retry === undefined || Catch === undefined)).toEqual([]);
  });

  test('are those of a source that is known at synth, and those of its key', () => {
    const names = (stack: Stack) => statesOf(definition(stack)).map(([name]) => name);
    const other = newStack();
    const task = new NeuronCompilationTask(other, 'Compile', { shapes: SHAPES, source: ModelSource.s3Uri(MODEL.uri, { revision: 'v1' }), artifacts: { bucket: bucketOf(other) }, ...props });
    new sfn.StateMachine(other, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(task.toSingleState()), timeout: Duration.hours(13) });
    const more = ['Is a model named?', 'Take the model', 'Make the key', 'Can it be compiled?', 'No model is named', 'Find the source', 'Is the source there?', 'No source'];
    expect(names(pipeline(props).stack).sort()).toEqual([...names(other), ...more.map((name) => `Compile: ${name}`)].sort());
  });
});

test('the data of an execution', () => {
  const { stack } = pipeline();
  const kept = ['key', 'modelUri', 'sourceUri', 'sourceKey', 'arguments', 'folder', 'uri'];
  expect(state(stack, 'Begin').Parameters).toEqual({
    'bucket': 'artifacts', ...Object.fromEntries(kept.map((name) => [`${name}.$`, `$.${name}`])), 'owner.$': '$$.Execution.Id', 'attempt': { number: 0 }, 'capacity': { number: 0 },
  });
  expect(state(stack, 'Done').Parameters).toEqual({ 'key.$': '$.key', 'artifactUri.$': '$.uri', 'modelUri.$': '$.modelUri', 'cached.$': '$.cached' });
});

describe('names of jobs begin alike for one spec', () => {
  const prefix = (props: Partial<TrainedModelCompilationTaskProps>, stack = newStack()) => pipeline(props, stack).task._task.jobPrefix;

  test('wherever its models lie', () => {
    const stack = newStack();
    const names = [prefix({}), prefix({ models: { bucket: bucketOf(stack, 'other'), prefix: 'else' } }, stack), prefix({ job: CompilationJob.onTrainium() })];
    expect(names[0]).toMatch(/^neuron-[0-9a-f]{16}$/);
    expect(new Set(names).size).toBe(1);
    expect(prefix({ task: 'fill-mask' })).not.toBe(names[0]);
  });

  test('and the policies say so', () => {
    const { stack, task } = pipeline();
    const jobs = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:processing-job/${task._task.jobPrefix}-*`;
    expect(allowed(stack, 'PipelineRole').filter(({ Action }) => JSON.stringify(Action).includes('sagemaker:')).map(({ Resource }) => Resource)).toEqual([jobs, jobs]);
    expect((state(stack, 'Name the job').Parameters as any)['name.$']).toBe(`States.Format('${task._task.jobPrefix}-{}-{}', States.Hash($.uri, 'MD5'), $.attempt.number)`);
  });
});

describe('rights', () => {
  test('of the job: the folder of the models, the folder of the artefacts', () => {
    const { stack } = pipeline();
    const s3Statements = allowed(stack, 'CompileRole').filter(({ Action, Resource }) => JSON.stringify(Action).includes('s3:') && !JSON.stringify(Resource).includes('cdk-'));
    expect(s3Statements).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::models/bert/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::models', Condition: { StringLike: { 's3:prefix': ['bert/', 'bert/*'] } } },
      { Effect: 'Allow', Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Resource: 'arn:aws:s3:::artifacts/neuron/*/*' },
    ]);
  });

  test('of the state machine', () => {
    const { stack } = pipeline();
    expect(allowed(stack, 'PipelineRole').filter(({ Action }) => JSON.stringify(Action).includes('s3:'))).toEqual(expect.arrayContaining([
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::models', Condition: { StringLike: { 's3:prefix': 'bert/*' } } },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': 'neuron/*/*' } } },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::artifacts/neuron/*/complete.json' },
    ]));
  });

  test('to read the artefacts of all keys', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    const { task } = pipeline({ artifacts: { bucket: bucketOf(stack), prefix: 'a/b/', encryptionKey } }, stack);
    expect(task.grantRead(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() })).success).toBe(true);
    expect(allowed(stack, 'Reader')).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: `arn:aws:kms:us-east-1:${ACCOUNT}:key/k` },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/a/b/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': 'a/b/*' } } },
    ]);
  });

  test('of a key that the models are encrypted with', () => {
    const stack = newStack();
    const decryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    pipeline({ models: { bucket: bucketOf(stack, 'models'), prefix: 'bert', decryptionKey } }, stack);
    expect(allowed(stack, 'CompileRole')).toEqual(expect.arrayContaining([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: decryptionKey.keyArn }]));
  });
});

test('says what it is', () => {
  const { task } = pipeline();
  expect([task.description, task.artifactsUri, task.bucket.bucketName, task.jobKind, task.instanceType]).toEqual([
    'models below bert compiled for inf2', 's3://artifacts/neuron/', 'artifacts', InstanceUse.PROCESSING, 'ml.m5.2xlarge',
  ]);
});

test('the profile of the models chooses the host', () => {
  const stack = newStack();
  expect(pipeline({ models: { bucket: bucketOf(stack, 'models'), prefix: 'bert', profile: { parametersBillion: 3 } } }, stack).task.instanceType).toBe('ml.r5.4xlarge');
});

test('has the metrics of its name', () => {
  const { task } = pipeline();
  const metrics = [task.metricDuration(), task.metricCompiled(), task.metricCacheHits(), task.metricFailures({ statistic: 'max' })];
  const dimensions = { Compilation: task._task.name };
  expect(metrics.map((metric) => [metric.namespace, metric.metricName, metric.statistic, metric.dimensions, metric.unit])).toEqual([
    ['CdkAccelerators/NeuronCompilation', 'Duration', 'Average', dimensions, 'Seconds'],
    ['CdkAccelerators/NeuronCompilation', 'Compiled', 'Sum', dimensions, undefined],
    ['CdkAccelerators/NeuronCompilation', 'CacheHits', 'Sum', dimensions, undefined],
    ['CdkAccelerators/NeuronCompilation', 'Failures', 'Maximum', dimensions, undefined],
  ]);
});

test('tags of the app are tags of its jobs, beside ours', () => {
  const { stack, task } = pipeline();
  Tags.of(stack).add('cost-center', 'x');
  expect((state(stack, 'Create the job').Parameters as any).Tags).toEqual([
    { Key: 'cost-center', Value: 'x' }, { Key: 'cdk-accelerators:compilation', Value: task._task.name }, { 'Key': 'cdk-accelerators:key', 'Value.$': '$.key' },
  ]);
});

test('two in one state machine, and beside a source that is known at synth', () => {
  const stack = newStack();
  const shared = { shapes: SHAPES, artifacts: { bucket: bucketOf(stack) } };
  const tasks = [
    ...['One', 'Two'].map((id) => new TrainedModelCompilationTask(stack, id, { ...shared, models: { bucket: bucketOf(stack, 'models'), prefix: 'bert' } })),
    new NeuronCompilationTask(stack, 'Three', { ...shared, source: ModelSource.s3Uri(MODEL.uri, { revision: '1' }) }),
  ].map((task, i) => task.toSingleState({ resultPath: `$.r${i}` }));
  new sfn.StateMachine(stack, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(tasks[0].next(tasks[1]).next(tasks[2])), timeout: Duration.hours(40) });
  expect(validateDefinition(definition(stack))).toEqual([]);
});

test('a bucket in another region is warned of', () => {
  const stack = newStack();
  const bucket = s3.Bucket.fromBucketAttributes(stack, 'Far', { bucketName: 'models', region: 'eu-west-1' });
  pipeline({ models: { bucket, prefix: 'bert' } }, stack);
  Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('the bucket of s3://models/bert/ is in eu-west-1 as far as is known here'));
});

describe('refuses, and makes nothing', () => {
  const where = 'Stack/Compile: ';
  const models = (given: object) => (stack: Stack) => ({ models: { bucket: bucketOf(stack, 'models'), prefix: 'bert', ...given } as any });
  const prefix = (got: string, fix = 'put the files of the model under a prefix of their own') => `${where}\`models.prefix\`: got ${got}; allowed: a prefix below the bucket, without a leading slash; fix: ${fix}`;
  const folder = (got: string, allowedText: string) => `${where}\`models.prefix\`: got ${got}; allowed: ${allowedText}; fix: give a plain text such as "trained/"`;
  const modelPath = (got: string) => `${where}\`modelPath\`: got ${got}; allowed: a path of Step Functions to the model, e.g. $.model or $.training[0].model; fix: give the path as plain text, e.g. "$.model"`;

  test.each<[string, (stack: Stack) => any, string]>([
    ['no models', () => ({ models: undefined }), `${where}\`models\`: got undefined; allowed: a bucket and a prefix; fix: give e.g. { bucket, prefix: 'trained/' }`],
    ['no bucket', models({ bucket: 'models' }), `${where}\`models.bucket\`: got "models"; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketName`],
    ['no prefix', models({ prefix: undefined }), folder('nothing', 'a folder in the bucket')],
    ['the whole bucket', models({ prefix: '' }), prefix('""')],
    ['a leading slash', models({ prefix: '/bert' }), prefix('"/bert"')],
    ['an archive', models({ prefix: 'bert/model.tar.gz' }), prefix('"bert/model.tar.gz"', 'use ModelSource.s3Archive for an archive')],
    ['a wildcard', models({ prefix: 'b*' }),
      `${where}\`models.prefix\`: got "b*"; allowed: a key without \`*\`, \`?\` and \`\${\`: in the policy of the role they would open other objects; fix: store the model under another key`],
    ['a prefix of deploy time', (stack) => models({ prefix: new CfnParameter(stack, 'Prefix').valueAsString })(stack),
      folder('a token (a value known only at deploy time)', 'a folder known at synth')],
    ['no key', models({ decryptionKey: 'k' }), `${where}\`models.decryptionKey\`: got "k"; allowed: a key of KMS; fix: pass a Key, or Key.fromKeyArn`],
    ['a path that is none', () => ({ modelPath: 'model' }), modelPath('"model"')],
    ['a path to many', () => ({ modelPath: '$..model' }), modelPath('"$..model"')],
    ['a path with quotes', () => ({ modelPath: "$['model']" }), modelPath('"$[\'model\']"')],
    ['a path as a token', () => ({ modelPath: sfn.JsonPath.stringAt('$.model') }), modelPath('a token').replace(' or $.training[0].model', '')],
    ['what any task refuses', () => ({ modelPath: 'm', maxRuntime: Duration.seconds(1) }),
      `${where}2 problems\n  - \`maxRuntime\`: got 1; allowed: a whole number from 60 to 777600 seconds; fix: give a whole number from 60 to 777600 seconds\n  - ${modelPath('"m"').slice(where.length)}`],
  ])('%s', (_, props, message) => {
    const stack = newStack();
    const given = { shapes: SHAPES, models: { bucket: bucketOf(stack, 'models'), prefix: 'bert' }, ...props(stack) };
    expect(thrownBy(() => new TrainedModelCompilationTask(stack, 'Compile', given))).toBe(message);
    expect(stack.node.findAll().filter((one) => CfnResource.isCfnResource(one))).toEqual([]);
  });

  test('a profile that does not fit', () => {
    const stack = newStack();
    const spec: Omit<NeuronCompilationSpec, 'source'> = { shapes: CompilationShapes.decoder({ batchSize: 1, sequenceLength: 128 }), tensorParallelDegree: 5 };
    expect(thrownBy(() => new TrainedModelCompilationTask(stack, 'Compile', { ...spec, models: { bucket: bucketOf(stack, 'models'), prefix: 'm', profile: { attentionHeads: 12 } } })))
      .toMatch(/`tensorParallelDegree`: got 5; allowed: a divisor of the model's 12 attention heads/);
  });
});

test('network isolation is allowed: the model is in S3', () => {
  const stack = newStack();
  pipeline({ network: { vpc: vpcOf(stack), networkIsolation: true } }, stack);
  expect((state(stack, 'Create the job').Parameters as any).NetworkConfig.EnableNetworkIsolation).toBe(true);
  expect(ofType(stack, 'AWS::Lambda::Function').length).toBe(2);
});
