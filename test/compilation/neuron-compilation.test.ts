import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Annotations as Acknowledge, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { ACCOUNT, allowed, bucketOf, compile, compiled, DECODER, ENV, filled, HUB, idOf, newStack, REVISION, templateOf } from './support';
import {
  AcceleratorInstance, CompilationEstimate, CompilationJob, CompilationShapes, InstanceUse, ModelSource, NeuronTarget, PriceBook, ProcessingInstance, type IModelSource,
} from '../../src';
import { METRICS } from '../../src/compilation/contract';

describe('metrics', () => {
  test('are those that the function records, under the name of the compilation', () => {
    const { compilation } = compiled();
    const shown = (metric: cloudwatch.Metric) => [metric.namespace, metric.metricName, metric.statistic, metric.dimensions, metric.period.toMinutes(), metric.unit];
    const dimensions = { Compilation: 'Stack-Compile-Task-F08B45AA' };
    expect(shown(compilation.metricDuration())).toEqual([METRICS.namespace, METRICS.duration, 'Average', dimensions, 5, 'Seconds']);
    expect(shown(compilation.metricCompiled())).toEqual([METRICS.namespace, METRICS.compiled, 'Sum', dimensions, 5, undefined]);
    expect(shown(compilation.metricCacheHits())).toEqual([METRICS.namespace, METRICS.cacheHits, 'Sum', dimensions, 5, undefined]);
    expect(shown(compilation.metricFailures())).toEqual([METRICS.namespace, METRICS.failures, 'Sum', dimensions, 5, undefined]);
    expect([METRICS.namespace, METRICS.duration, METRICS.compiled, METRICS.cacheHits, METRICS.failures, METRICS.dimension]).toEqual(
      ['CdkAccelerators/NeuronCompilation', 'Duration', 'Compiled', 'CacheHits', 'Failures', 'Compilation']);
  });

  test('take options', () => {
    const metric = compiled().compilation.metricDuration({ statistic: 'p90', period: Duration.hours(1), label: 'compile' });
    expect([metric.statistic, metric.period.toHours(), metric.label]).toEqual(['p90', 1, 'compile']);
  });

  test('of two compilations are two', () => {
    const stack = newStack();
    const [one, two] = ['One', 'Two'].map((id) => compile(stack, {}, id).metricFailures().dimensions);
    expect(one).not.toEqual(two);
  });
});

describe('onStatusChange', () => {
  test('is a rule for the executions of this state machine', () => {
    const { stack, compilation } = compiled();
    const rule = compilation.onStatusChange('Changed', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')), description: 'compiled' });
    expect(rule.node.path).toBe('Stack/Compile/Changed');
    const { Properties } = templateOf(stack).Resources[idOf(stack, 'AWS::Events::Rule', 'Changed')] as any;
    expect(filled(stack, { ...Properties, Targets: [] })).toEqual({
      Description: 'compiled',
      EventPattern: {
        'source': ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        'detail': { stateMachineArn: [`arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${idOf(stack, 'AWS::StepFunctions::StateMachine')}`] },
      },
      State: 'ENABLED',
      Targets: [],
    });
    expect(Properties.Targets).toEqual([{ Arn: { Ref: idOf(stack, 'AWS::SNS::Topic') }, Id: 'Target0' }]);
  });

  test('takes a narrower pattern, and a target later', () => {
    const { stack, compilation } = compiled();
    compilation.onStatusChange('Changed', { eventPattern: { detail: { status: ['FAILED'] } } }).addTarget(new targets.SnsTopic(new sns.Topic(stack, 'Topic')));
    const { Properties } = templateOf(stack).Resources[idOf(stack, 'AWS::Events::Rule', 'Changed')] as any;
    expect(Object.keys(Properties.EventPattern.detail).sort()).toEqual(['stateMachineArn', 'status']);
  });
});

describe('grantRead', () => {
  const reader = (stack: Stack) => new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });

  const FOLDER = (key: string) => [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::artifacts/neuron/${key}/*` },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': `neuron/${key}/*` } } },
  ];

  test('opens the folder of the artefact', () => {
    const { stack, compilation } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) } }));
    expect(compilation.grantRead(reader(stack)).success).toBe(true);
    expect(allowed(stack, 'Reader')).toEqual(FOLDER(compilation.key));
  });

  test('and the key it is encrypted with, also in a bucket that does not know it', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const compilation = compile(stack, { artifacts: { bucket: bucketOf(stack), encryptionKey } });
    expect(compilation.grantRead(reader(stack)).success).toBe(true);
    const [decrypt, ...folder] = [...allowed(stack, 'Reader')].sort((a, b) => Number(b.Action === 'kms:Decrypt') - Number(a.Action === 'kms:Decrypt'));
    expect(decrypt).toEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${idOf(stack, 'AWS::KMS::Key')}` });
    expect(folder).toEqual(FOLDER(compilation.key));
  });
});

describe('bind', () => {
  test('says where an archive is, and who may read it', () => {
    const { stack, compilation } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) } }));
    const { archiveUrl, prefixUrl, policyStatements, decryptionKeys, contentId, dependables } = compilation.bind(stack, {});
    expect([archiveUrl, prefixUrl, decryptionKeys, contentId]).toEqual([compilation.modelUri, undefined, [], compilation.key]);
    expect(filled(stack, stack.resolve(policyStatements!.map((one) => one.toStatementJson())))).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::artifacts/neuron/${compilation.key}/model.tar.gz` },
    ]);
    expect(dependables).toHaveLength(1);
  });

  test('says where the files of a language model are, and who may list them', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    const compilation = compile(stack, { ...DECODER, artifacts: { bucket: bucketOf(stack), encryptionKey } });
    const { archiveUrl, prefixUrl, policyStatements, decryptionKeys } = compilation.bind(stack, {});
    expect([archiveUrl, prefixUrl, decryptionKeys]).toEqual([undefined, compilation.modelUri, [encryptionKey]]);
    const statements = filled<any[]>(stack, stack.resolve(policyStatements!.map((one) => one.toStatementJson())));
    expect(statements[0]).toEqual({ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::artifacts/neuron/${compilation.key}/model/*` });
    expect(statements[1]).toMatchObject({ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts' });
    expect([statements[1].Condition.StringLike['s3:prefix']].flat()).toContain(`neuron/${compilation.key}/model/*`);
  });
});

describe('an estimate', () => {
  // Prices of known values, so that the arithmetic shows.
  const prices = (priced: Record<string, number>) => ({ price: (region: string, { name }: { name: string }, use: InstanceUse) => priced[`${region} ${name} ${use}`] === undefined ? undefined : { usdPerHour: priced[`${region} ${name} ${use}`], asOf: '2026-11-01', estimated: false } }) as unknown as PriceBook;

  test('is time and cost of one run', () => {
    const { compilation } = compiled();
    const estimate = CompilationEstimate.of(compilation, { priceBook: prices({ 'us-east-1 ml.m5.2xlarge processing': 6 }) });
    expect(estimate).toMatchObject({ key: compilation.key, jobKind: 'processing', instanceType: 'ml.m5.2xlarge', region: 'us-east-1', usdPerHour: 6, priceDate: '2026-11-01', estimated: false });
    expect(estimate.lowUsd).toBeCloseTo(estimate.lowMinutes! / 10, 10);
    expect(estimate.highUsd).toBeCloseTo(estimate.highMinutes! / 10, 10);
    expect(estimate.lowMinutes!).toBeLessThan(estimate.highMinutes!);
  });

  test('of a training job, elsewhere', () => {
    const estimate = CompilationEstimate.of(compiled(() => DECODER).compilation, { region: 'eu-west-1', priceBook: prices({ 'eu-west-1 ml.trn1.32xlarge training': 20 }) });
    expect(estimate).toMatchObject({ jobKind: 'training', instanceType: 'ml.trn1.32xlarge', region: 'eu-west-1', usdPerHour: 20 });
  });

  test('without a price, and without a basis', () => {
    const { compilation } = compiled({ shapes: CompilationShapes.audio({ batchSize: 1, audioSequenceLength: 16_000 }) });
    const estimate = CompilationEstimate.of(compilation, { priceBook: prices({}) });
    expect([estimate.usdPerHour, estimate.lowUsd, estimate.lowMinutes, estimate.priceDate, estimate.basis]).toEqual([undefined, undefined, undefined, undefined, 'no basis: nothing is published for models of kind audio']);
    expect(estimate.toTable().split('\n')).toEqual([
      'compile job  instance       USD/hour  minutes  USD  key',
      '-----------  -------------  --------  -------  ---  --------------------------------',
      `processing   ml.m5.2xlarge  n/a       n/a      n/a  ${compilation.key}`,
      '',
      'us-east-1, no public price of this host here; one run of the job, nothing when the artefact is there. Time from no basis: nothing is published for models of kind audio.',
    ]);
  });

  test('as a table', () => {
    const { compilation } = compiled();
    const estimate = CompilationEstimate.of(compilation, { priceBook: prices({ 'us-east-1 ml.m5.2xlarge processing': 6 }) });
    const [, , row, , last] = estimate.toTable().split('\n');
    expect(row.split('  ').filter((cell) => cell !== '').map((cell) => cell.trim())).toEqual([
      'processing', 'ml.m5.2xlarge', '6.000', `${estimate.lowMinutes} to ${estimate.highMinutes}`, `${estimate.lowUsd!.toFixed(2)} to ${estimate.highUsd!.toFixed(2)}`, compilation.key,
    ]);
    expect(last).toBe(`us-east-1, on demand, prices of 2026-11-01; one run of the job, nothing when the artefact is there. Time from ${estimate.basis}.`);
  });

  test('leaves the template as it was', () => {
    const { stack, compilation } = compiled();
    CompilationEstimate.of(compilation);
    expect(Template.fromStack(stack).toJSON()).toEqual(Template.fromStack(compiled().stack).toJSON());
  });
});

describe('the host', () => {
  const hub = (profile: object) => ({ source: ModelSource.huggingFace('org/m', { revision: REVISION, profile }) });

  test.each<[string, Parameters<typeof compile>[1], string, string]>([
    ['an encoder of unknown size', {}, 'processing', 'ml.m5.2xlarge'],
    ['a T5 of unknown size', { shapes: CompilationShapes.seq2seq({ batchSize: 1, sequenceLength: 128 }) }, 'processing', 'ml.m5.2xlarge'],
    ['a diffusion model of unknown size', { shapes: CompilationShapes.diffusion({ batchSize: 1, width: 512, height: 512 }) }, 'processing', 'ml.r5.4xlarge'],
    ['0.8 billion parameters', hub({ parametersBillion: 0.8 }), 'processing', 'ml.m5.2xlarge'],
    ['0.9 billion parameters', hub({ parametersBillion: 0.9 }), 'processing', 'ml.m5.4xlarge'],
    ['2 billion parameters', hub({ parametersBillion: 2 }), 'processing', 'ml.r5.4xlarge'],
    ['5 billion parameters', hub({ parametersBillion: 5 }), 'processing', 'ml.m5.12xlarge'],
    ['8 billion parameters', hub({ parametersBillion: 8 }), 'processing', 'ml.r5.12xlarge'],
    ['20 billion parameters', hub({ parametersBillion: 20 }), 'processing', 'ml.r5.24xlarge'],
    ['4 GiB of weights, of two bytes each', hub({ weightsGiB: 4 }), 'processing', 'ml.r5.4xlarge'],
    ['4 GiB of weights, of four bytes each', hub({ weightsGiB: 4, bytesPerParameter: 4 }), 'processing', 'ml.m5.4xlarge'],
    ['a host of the user', { job: CompilationJob.onCpu({ instanceType: ProcessingInstance.R5_24XLARGE }) }, 'processing', 'ml.r5.24xlarge'],
    ['a language model of unknown size', DECODER, 'training', 'ml.trn1.32xlarge'],
    ['a small language model', { ...DECODER, ...hub({ parametersBillion: 0.5 }), tensorParallelDegree: 2 }, 'training', 'ml.trn1.2xlarge'],
    ['a small language model over more cores', { ...DECODER, ...hub({ parametersBillion: 0.5 }), tensorParallelDegree: 4 }, 'training', 'ml.trn1.32xlarge'],
    ['an encoder on Trainium', { job: CompilationJob.onTrainium() }, 'training', 'ml.trn1.32xlarge'],
  ])('of %s', (_, props, kind, host) => {
    const { jobKind, instanceType } = compile(newStack(), props);
    expect([jobKind, instanceType]).toEqual([kind, host]);
  });

  test('of a model too large for CPUs is Trainium, where that is larger', () => {
    const props = { ...hub({ parametersBillion: 30 }), skipChecks: ['host-memory'] as never };
    expect(compile(newStack(), { ...props, target: NeuronTarget.TRN2 }).instanceType).toBe('ml.trn2.48xlarge');
    expect(compile(newStack(), props).instanceType).toBe('ml.r5.24xlarge');
  });

  test('needs a device where operators may stay on the CPU', () => {
    const script = fs.mkdtempSync(path.join(os.tmpdir(), 'script-'));
    fs.writeFileSync(path.join(script, 'compile.py'), '');
    const kinds = [0, 1].map((maxCpuOperators) => compile(newStack(), { compiler: { script, maxCpuOperators } }).jobKind);
    fs.rmSync(script, { recursive: true });
    expect(kinds).toEqual(['processing', 'training']);
  });
});

describe('a host that rests on little is a warning', () => {
  const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ id, entry }) => [id, entry.data]);
  const of = (props: Parameters<typeof compile>[1], region = 'us-east-1') => {
    const stack = newStack({ env: { account: ACCOUNT, region } });
    compile(stack, props);
    return warnings(stack);
  };
  const AT = '/Stack/Compile/Task';
  const [SEQ2SEQ, DIFFUSION] = [CompilationShapes.seq2seq({ batchSize: 1, sequenceLength: 128 }), CompilationShapes.diffusion({ batchSize: 1, width: 512, height: 512 })];
  const sized = { source: ModelSource.huggingFace('org/m', { revision: REVISION, profile: { parametersBillion: 0.5 } }) };
  const GIVE = 'Give the source a profile with parametersBillion, or choose the job [ack: cdk-accelerators:compileHostAssumed]';

  test.each<[string, Parameters<typeof compile>[1], string]>([
    ['a language model', DECODER, 'ml.trn1.32xlarge'],
    ['a T5', { shapes: SEQ2SEQ }, 'ml.m5.2xlarge, enough for about 0.8 billion parameters'],
    ['a diffusion model', { shapes: DIFFUSION }, 'ml.r5.4xlarge, enough for about 3.5 billion parameters'],
  ])('%s of unknown size', (_, props, host) => {
    expect(of(props)).toEqual([[AT, `the model's size is not known: it is compiled on ${host}. ${GIVE}`]]);
  });

  test.each<[string, Parameters<typeof compile>[1]]>([
    ['an encoder of unknown size', {}],
    ['a vision model of unknown size', { shapes: CompilationShapes.vision({ batchSize: 1, width: 224, height: 224 }) }],
    ['a language model of known size', { ...DECODER, ...sized }],
    ['a language model of known weights', { ...DECODER, source: ModelSource.huggingFace('org/m', { revision: REVISION, profile: { weightsGiB: 16 } }) }],
    ['a T5 of known size', { ...sized, shapes: SEQ2SEQ }],
    ['a diffusion model of known size', { ...sized, shapes: DIFFUSION }],
    ['a language model with a job of the user', { ...DECODER, job: CompilationJob.onTrainium() }],
    ['a diffusion model with a job of the user', { shapes: DIFFUSION, job: CompilationJob.onCpu() }],
  ])('and not %s', (_, props) => {
    expect(of(props)).toEqual([]);
  });

  const NOWHERE = (host: string, region: string) => `no price list has ${host} for training jobs in ${region}: compile in a stack in another region and copy the artefact, or use CompilationJob.onCpu; acknowledge this warning when you know that ${region} offers it [ack: cdk-accelerators:compileHostNotInRegion]`;

  test.each<[string, Parameters<typeof compile>[1], string, string]>([
    ['of Trainium1', { job: CompilationJob.onTrainium() }, 'eu-central-1', 'ml.trn1.32xlarge'],
    ['of Trainium1, small', { job: CompilationJob.onTrainium({ instanceType: AcceleratorInstance.TRN1_2XLARGE }) }, 'eu-central-1', 'ml.trn1.2xlarge'],
    ['of a language model by default', { ...DECODER, ...sized, tensorParallelDegree: 2 }, 'us-gov-west-1', 'ml.trn1.2xlarge'],
  ])('a training host %s where no price list has it', (_, props, region, host) => {
    expect(of(props, region)).toEqual([[AT, NOWHERE(host, region)]]);
  });

  test('both at once', () => {
    expect(of(DECODER, 'eu-central-1')).toEqual([
      [AT, `the model's size is not known: it is compiled on ml.trn1.32xlarge. ${GIVE}`], [AT, NOWHERE('ml.trn1.32xlarge', 'eu-central-1')],
    ]);
  });

  test.each<[string, Parameters<typeof compile>[1], string]>([
    ['where it is listed', { job: CompilationJob.onTrainium() }, 'us-east-1'],
    ['of a region whose list was not read', { job: CompilationJob.onTrainium() }, 'cn-north-1'],
    ['that no list has anywhere', { target: NeuronTarget.TRN2, job: CompilationJob.onTrainium() }, 'eu-central-1'],
    ['without accelerators', {}, 'eu-central-1'],
  ])('and not a host %s', (_, props, region) => {
    expect(of(props, region)).toEqual([]);
  });

  test('and nothing is said of a region that is not known', () => {
    const stack = newStack({});
    compile(stack, { job: CompilationJob.onTrainium() });
    expect(warnings(stack)).toEqual([]);
  });

  test('which can be acknowledged', () => {
    const stack = newStack({ env: { account: ACCOUNT, region: 'eu-central-1' } });
    compile(stack, DECODER);
    for (const id of ['compileHostAssumed', 'compileHostNotInRegion']) Acknowledge.of(stack).acknowledgeWarning(`cdk-accelerators:${id}`);
    expect(warnings(stack)).toEqual([]);
  });
});

test('what a source makes for itself is in a scope of its own', () => {
  const bound: string[] = [];
  const source: IModelSource = { description: 'a model of mine', bind: (scope) => { bound.push(scope.node.path); return HUB.bind(scope, {}); } };
  compile(newStack(), { source });
  expect(bound).toEqual(['Stack/Compile/Task/Source']);
});

test('the key of a bucket may be said again', () => {
  const stack = newStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  const bucket = new s3.Bucket(stack, 'Mine', { encryption: s3.BucketEncryption.KMS, encryptionKey });
  const one = compile(stack, { artifacts: { bucket, encryptionKey } });
  expect(one.bind(stack, {}).decryptionKeys).toEqual([encryptionKey]);
});

test('a region without an environment is fine where nothing has to be known', () => {
  const stack = new Stack(undefined, 'Agnostic');
  expect(compile(stack).key).toBe(compile(newStack({ env: ENV })).key);
});
