import { CfnParameter, Duration, Lazy, Size, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as fsx from 'aws-cdk-lib/aws-fsx';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { ACCOUNT, bucketOf, configOf, CUDA, newStack, P4D, request, script, sent, templateOf, train, trained, TRN1, TRN2, valuesOf, vpcOf, XLA } from './support';
import {
  AcceleratorInstance, AcceleratorKind, InstanceUse, ServingImage, TrainingCode, TrainingDataDistribution, TrainingImage, TrainingInput, TrainingInputMode, TrainingLauncher, TrainiumStack,
  type TrainingAlternative, type TrainingJob, type TrainingJobProps, type TrainingRung,
} from '../../src';
import { parseRunInput } from '../../src/training/core/run-input';
import type { RunInput } from '../../src/training/core/types';
import { SAGEMAKER_SHAPES } from '../support/standin/shapes';
import { findings } from '../support/standin/validate';
import { definitionOf } from '../support/state-machine';

const {
  TRN1_2XLARGE, TRN1_32XLARGE, TRN1N_32XLARGE, TRN2_48XLARGE, P4D_24XLARGE, P4DE_24XLARGE, P5_48XLARGE, P5E_48XLARGE, P5EN_48XLARGE, P6_B200_48XLARGE, P3_2XLARGE, P3_8XLARGE, P3_16XLARGE, G5_48XLARGE, G6_48XLARGE, G6E_48XLARGE,
} = AcceleratorInstance;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/`;
const DAY = 24 * 3600;

/** What the toolkits make of the hyperparameters of a job: JSON where it is JSON, the text itself where it is not (sagemaker-training-toolkit, `environment.read_hyperparameters`). */
function decoded(written: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(written).map(([name, value]) => {
    try {
      return [name, JSON.parse(value)];
    } catch {
      return [name, value];
    }
  }));
}

/** What of them the script gets (`mapping.split_by_criteria`). */
const forTheScript = (written: Record<string, string>) => decoded(Object.fromEntries(Object.entries(written).filter(([name]) => !name.startsWith('sagemaker_'))));

// What is generated.

const name = fc.oneof(fc.stringMatching(/^[a-zA-Z_][\w.-]{0,30}$/), fc.constantFrom('größe', 'learning rate', '学習率', 'lr/α', '$x', 'a.$b'))
  .filter((one) => !one.startsWith('sagemaker_') && !one.endsWith('.$') && one !== '__proto__');
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }), fc.constantFrom<unknown>('', 'true', 'False', '1.10', '1e5', 'None', 'null', '"quoted"', '{}', '$.path', 'States.Format(1)', 'a\nb', 'a\u2028b\u2029\u0085', '\u0000', 'ü😀', 0, 1e-5, 1e300, [], {}, null),
).filter((one) => JSON.stringify(one).length < 2000 && !(/__proto__/).test(JSON.stringify(one)));
const hyperParameters = fc.dictionary(name, json, { maxKeys: 8 });
const environment = fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/).map((one) => `X${one}`), fc.string({ maxLength: 100 }), { maxKeys: 5 });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 1 });
/** Of another beginning each: none may be in another. */
const folder = (first: string) => fc.stringMatching(/^[a-z][\w.-]{0,10}(\/[\w-]{1,10}){0,2}\/?$/).map((one) => `${first}${one}`);
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((one) => Duration.seconds(one));

/** Types that one image and one launch fit, largest choice first. */
const FAMILIES: AcceleratorInstance[][] = [
  [TRN1_32XLARGE, TRN1N_32XLARGE], [P4D_24XLARGE, P4DE_24XLARGE, P5_48XLARGE, P5E_48XLARGE, P5EN_48XLARGE, P6_B200_48XLARGE, G5_48XLARGE, G6_48XLARGE, G6E_48XLARGE],
];
const GPUS = AcceleratorInstance.all().filter((one) => one.isGpu && one.supports(InstanceUse.TRAINING));

interface RungSpec {
  readonly instance: AcceleratorInstance;
  readonly torchNeuron: boolean;
  readonly own: boolean;
  readonly count: number | undefined;
  readonly shape: 'plain' | 'alternatives' | 'groups';
  readonly counted: boolean;
  readonly many: number;
  readonly volume: number | undefined;
  readonly volumeKey: boolean;
  readonly plan: boolean;
  readonly interval: number | undefined;
  readonly precompile: { readonly hyperParameters?: Record<string, unknown>; readonly instanceCount?: number; readonly maxRuntime?: Duration } | undefined;
  readonly processes: number | undefined;
  readonly environment: Record<string, string> | undefined;
  readonly hyperParameters: Record<string, unknown> | undefined;
  readonly price: number | undefined;
}

const rungSpec: fc.Arbitrary<RungSpec> = fc.record({
  instance: fc.oneof(fc.constantFrom(TRN1_2XLARGE, TRN1_32XLARGE, TRN1N_32XLARGE, TRN2_48XLARGE), fc.constantFrom(...GPUS), fc.constantFrom(P3_2XLARGE, P3_8XLARGE, P3_16XLARGE, P4D_24XLARGE, P5_48XLARGE)),
  torchNeuron: fc.boolean(),
  own: fc.boolean(),
  count: maybe(fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 64 }))),
  shape: fc.constantFrom('plain', 'plain', 'alternatives', 'groups'),
  counted: fc.boolean(),
  many: fc.integer({ min: 1, max: 4 }),
  volume: maybe(fc.integer({ min: 1, max: 16_384 })),
  volumeKey: fc.boolean(),
  plan: fc.boolean(),
  interval: maybe(fc.constantFrom(100, 200, 500, 1000, 5000, 60_000)),
  precompile: maybe(fc.record({ hyperParameters: hyperParameters, instanceCount: fc.integer({ min: 1, max: 8 }), maxRuntime: seconds(1, 28 * DAY) }, { requiredKeys: [] })),
  processes: maybe(fc.integer({ min: 1, max: 64 })),
  environment: maybe(environment),
  hyperParameters: maybe(hyperParameters),
  price: maybe(fc.double({ min: 0, max: 100, noNaN: true })),
});

const INPUTS = ['s3', 'sharded', 'fastFile', 'pipe', 'manifest', 'augmented', 'efs', 'fsx'] as const;

const jobSpec = fc.record({
  rungs: fc.array(rungSpec, { minLength: 1, maxLength: 3 }),
  code: fc.constantFrom('torchrun', 'python', 'toolkit', 'image', 'entrypoint'),
  hyperParameters: maybe(hyperParameters),
  environment: maybe(environment),
  metrics: fc.array(fc.record({ name: fc.stringMatching(/^[a-z_:]{1,20}$/), regex: fc.constantFrom('loss=([0-9.]+)', 'tokens/s: (.*?);', '(.*)') }), { maxLength: 40 }),
  inputs: fc.uniqueArray(fc.constantFrom(...INPUTS)),
  bucket: fc.constantFrom('own', 'own with key', 'imported', 'imported with key'),
  compressed: maybe(fc.boolean()),
  outputPrefix: maybe(folder('o_')),
  checkpoints: maybe(fc.record({ prefix: folder('c_'), localPath: fc.constantFrom('/opt/ml/checkpoints', '/tmp/c') }, { requiredKeys: [] })),
  cache: maybe(fc.record({ prefix: folder('g_') }, { requiredKeys: [] })),
  maxRuntime: maybe(seconds(1, 28 * DAY)),
  spot: fc.boolean(),
  waitMore: maybe(fc.integer({ min: 0, max: 28 * DAY })),
  maxPending: maybe(seconds(7200, 28 * DAY)),
  warmPool: maybe(seconds(0, 21_600)),
  retryAttempts: maybe(fc.integer({ min: 1, max: 30 })),
  subnets: maybe(fc.integer({ min: 1, max: 16 })),
  groups: maybe(fc.integer({ min: 1, max: 5 })),
  isolated: fc.boolean(),
  encrypted: fc.boolean(),
  remoteDebug: fc.boolean(),
  check: maybe(fc.boolean()),
  run: fc.record({ hyperParameters, environment, train: fc.boolean() }),
});
type JobSpec = typeof jobSpec extends fc.Arbitrary<infer T> ? T : never;

// What is made of it.

function once<T>(stack: Stack, id: string, make: () => T): T {
  return stack.node.tryFindChild(id) as T | undefined ?? make();
}

function rungOfSpec(stack: Stack, spec: RungSpec, index: number, { spot, isolated }: JobSpec): TrainingRung {
  const { instance } = spec;
  const family = FAMILIES.find((one) => one.includes(instance)) ?? [];
  const others = family.filter((one) => one !== instance).slice(0, spec.many);
  const shape = spec.shape === 'alternatives' && (others.length === 0 || spot) ? 'plain' : spec.shape === 'groups' && instance === TRN1_2XLARGE ? 'plain' : spec.shape;
  const instanceCount = instance === TRN1_2XLARGE ? undefined : spec.count ?? (shape === 'alternatives' && spec.counted ? 2 : undefined);
  const repository = () => once(stack, 'Repository', () => ecr.Repository.fromRepositoryName(stack, 'Repository', 'own/training'));
  const torchNeuron = instance === TRN2_48XLARGE && spec.torchNeuron;
  const image = torchNeuron ? TrainingImage.fromEcrRepository(repository(), { kind: AcceleratorKind.NEURON, tag: '2.33', trainiumStack: TrainiumStack.TORCH_NEURON })
    : spec.own ? TrainingImage.fromEcrRepository(repository(), { kind: instance.isNeuron ? AcceleratorKind.NEURON : AcceleratorKind.GPU, digest: `sha256:${'a'.repeat(64)}` })
      : instance.isNeuron ? XLA : CUDA;
  const ebs = instance.localNvmeGB === 0;
  return {
    instanceType: instance,
    image,
    name: `rung-${index}`,
    instanceCount,
    ...shape === 'alternatives' ? { alternatives: others.map((one, i): TrainingAlternative => ({ instanceType: one, ...spec.counted ? { instanceCount: i + 1 } : {} })) } : {},
    ...shape === 'groups' ? { instanceGroups: Array.from({ length: spec.many }, (_, i) => ({ name: `group-${i}`, instanceType: instance, instanceCount: i + 1 })) } : {},
    volumeSize: ebs ? Size.gibibytes(spec.volume ?? 100) : spec.volume === undefined ? undefined : Size.gibibytes(spec.volume),
    volumeEncryptionKey: ebs && spec.volumeKey ? once(stack, 'VolumeKey', () => kms.Key.fromKeyArn(stack, 'VolumeKey', `${KEY}volume`)) : undefined,
    trainingPlanArn: spec.plan && !spot ? `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-plan/plan` : undefined,
    profilerInterval: instance.isNeuron || spec.interval === undefined ? undefined : Duration.millis(spec.interval),
    precompile: !instance.isNeuron || torchNeuron || isolated || spec.precompile === undefined ? undefined
      : { ...spec.precompile, instanceCount: spec.precompile.instanceCount === undefined ? undefined : Math.min(spec.precompile.instanceCount, instanceCount ?? 1) },
    processesPerInstance: spec.processes,
    environment: spec.environment,
    hyperParameters: spec.hyperParameters,
    usdPerHour: spec.price,
  };
}

function inputOf(stack: Stack, kind: typeof INPUTS[number]): TrainingInput {
  const bucket = bucketOf(stack, 'data');
  const groups = () => once(stack, 'Files', () => ec2.SecurityGroup.fromSecurityGroupId(stack, 'Files', 'sg-files'));
  switch (kind) {
    case 's3': return TrainingInput.s3(bucket, 'train/', { contentType: 'application/x-parquet' });
    case 'sharded': return TrainingInput.s3(new s3.Bucket(stack, `Data${stack.node.children.length}`), '', { distribution: TrainingDataDistribution.SHARDED_BY_S3_KEY, shuffleSeed: 7 });
    case 'fastFile': return TrainingInput.fastFile(bucket, 'fast');
    case 'pipe': return TrainingInput.pipe(bucket, 'pipe/', { gzip: true, recordIo: true });
    case 'manifest': return TrainingInput.manifest(bucket, 'a.manifest', { dataPrefix: 'train/', mode: TrainingInputMode.FAST_FILE });
    case 'augmented': return TrainingInput.augmentedManifest(bucket, 'b.manifest', { attributeNames: ['source-ref', 'label'], recordIo: true });
    case 'efs': return TrainingInput.efs(once(stack, 'Efs', () => efs.FileSystem.fromFileSystemAttributes(stack, 'Efs', { fileSystemId: 'fs-0123456789abcdef0', securityGroup: groups() })), '/data', { readOnly: false });
    case 'fsx': return TrainingInput.fsxLustre(once(stack, 'Fsx', () => fsx.LustreFileSystem.fromLustreFileSystemAttributes(stack, 'Fsx', { dnsName: 'fs-0123456789abcdef1.fsx', fileSystemId: 'fs-0123456789abcdef1', securityGroup: groups() })), '/mount/data');
  }
}

function codeOf(kind: JobSpec['code']): TrainingCode {
  switch (kind) {
    case 'torchrun': return script();
    case 'python': return script({ launcher: TrainingLauncher.PYTHON });
    case 'toolkit': return script({ launcher: TrainingLauncher.SAGEMAKER_TOOLKIT });
    case 'image': return TrainingCode.inImage();
    case 'entrypoint': return TrainingCode.inImage({ entrypoint: ['python3', 'a.py'], arguments: ['--x', 'y'.repeat(256)] });
  }
}

function propsOf(stack: Stack, spec: JobSpec): TrainingJobProps {
  const key = () => once(stack, 'Key', () => kms.Key.fromKeyArn(stack, 'Key', `${KEY}models`));
  const vpc = spec.subnets === undefined ? undefined : vpcOf(stack, spec.subnets, `Vpc-${spec.subnets}`);
  const inputs = Object.fromEntries(spec.inputs.filter((kind) => !['efs', 'fsx'].includes(kind) || (vpc !== undefined && !spec.isolated)).map((kind) => [kind, inputOf(stack, kind)]));
  const bucket = spec.bucket === 'imported' ? bucketOf(stack)
    : spec.bucket === 'imported with key' ? once(stack, 'Encrypted', () => s3.Bucket.fromBucketAttributes(stack, 'Encrypted', { bucketName: 'encrypted', encryptionKey: key() }))
      : undefined;
  const maxRuntime = spec.maxRuntime?.toSeconds() ?? DAY;
  return {
    code: codeOf(spec.code),
    rungs: spec.rungs.map((one, i) => rungOfSpec(stack, one, i, spec)),
    hyperParameters: spec.hyperParameters,
    environment: spec.environment,
    metricDefinitions: spec.metrics,
    inputs: Object.keys(inputs).length === 0 ? undefined : inputs,
    output: { bucket, encryptionKey: spec.bucket === 'own with key' ? key() : undefined, compressed: spec.compressed, prefix: spec.outputPrefix },
    checkpoints: spec.checkpoints,
    compileCache: spec.isolated ? undefined : spec.cache,
    maxRuntime: spec.maxRuntime,
    spot: spec.spot,
    maxWait: spec.spot && spec.waitMore !== undefined ? Duration.seconds(maxRuntime + spec.waitMore) : undefined,
    maxPending: spec.maxPending,
    warmPool: spec.warmPool,
    retryAttempts: spec.retryAttempts,
    vpc,
    securityGroups: vpc === undefined || spec.groups === undefined ? undefined : Array.from({ length: spec.groups }, (_, i) => once(stack, `Group-${i}`, () => ec2.SecurityGroup.fromSecurityGroupId(stack, `Group-${i}`, `sg-0a1b2c3${i}`))),
    networkIsolation: spec.isolated,
    encryptInterContainerTraffic: spec.encrypted,
    diagnostics: { remoteDebug: spec.remoteDebug, infrastructureCheck: spec.check },
    registration: spec.remoteDebug ? { groupName: 'group', image: ServingImage.HF_INFERENCE_2_6_GPU, existingGroup: true } : undefined,
  };
}

// What has to hold.

/** What no shape can say. */
function broken(sentRequest: Record<string, any>, rung: TrainingRung, props: TrainingJobProps): string[] {
  const { ResourceConfig: resources, StoppingCondition: limits, Environment: variables = {}, HyperParameters = {}, InputDataConfig: channels = [], ProfilerConfig: profiler, AlgorithmSpecification: algorithm } = sentRequest;
  const { instanceType: instance, instanceGroups = [], instanceCount = 1 } = rung;
  const spot = sentRequest.EnableManagedSpotTraining === true;
  const total = instanceCount + instanceGroups.reduce((sum, one) => sum + one.instanceCount, 0);
  const problems: string[] = [];
  const rule = (holds: boolean, text: string) => { if (!holds) problems.push(text); };

  const ways = [resources.InstanceType, resources.InstanceGroups, resources.InstancePreferences].filter((one) => one !== undefined);
  rule(ways.length === 1, `one of type, groups, preferences: ${JSON.stringify(resources)}`);
  if (resources.InstanceType !== undefined) rule(resources.InstanceCount >= 1, 'a count beside a type');
  if (resources.InstanceGroups !== undefined) {
    rule(resources.InstanceCount === undefined, `no count beside groups: ${JSON.stringify(resources)}`);
    rule(new Set(resources.InstanceGroups.map((one: any) => one.InstanceGroupName)).size === resources.InstanceGroups.length, 'names of groups');
  }
  if (resources.InstancePreferences !== undefined) {
    const counted = resources.InstancePreferences.filter((one: any) => one.InstanceCount !== undefined).length;
    rule(resources.InstanceCount === undefined ? counted === resources.InstancePreferences.length : counted === 0, `one count or one of each: ${JSON.stringify(resources)}`);
    rule(new Set(resources.InstancePreferences.map((one: any) => one.InstanceType)).size === resources.InstancePreferences.length, 'each type once');
    rule(!spot, 'no preferences with spot');
  }
  rule(spot === (limits.MaxWaitTimeInSeconds !== undefined), `MaxWait with spot alone: ${JSON.stringify([spot, limits])}`);
  rule(!spot || limits.MaxWaitTimeInSeconds >= limits.MaxRuntimeInSeconds, `MaxWait holds the run: ${JSON.stringify(limits)}`);
  rule(limits.MaxRuntimeInSeconds >= 1 && limits.MaxRuntimeInSeconds <= 28 * DAY, `28 days: ${JSON.stringify(limits)}`);
  rule(instance.isNeuron ? JSON.stringify(profiler) === '{"DisableProfiler":true}' : profiler?.DisableProfiler !== true, `profiler: ${JSON.stringify(profiler)}`);
  rule(resources.VolumeKmsKeyId === undefined || instance.localNvmeGB === 0, 'no key on local disks');
  rule(instance.localNvmeGB !== 0 || resources.VolumeSizeInGB >= 1, 'a volume where there are no disks');

  rule([variables, HyperParameters].every((values) => Object.values(values).every((one) => typeof one === 'string')), 'strings');
  const efa = instance.efaSupported && total > 1;
  rule((variables.FI_PROVIDER === 'efa') === efa, `EFA ${efa}: ${variables.FI_PROVIDER}`);
  rule(['FI_EFA_USE_DEVICE_RDMA', 'FI_EFA_FORK_SAFE', 'CCOM_SOCKET_IFNAME'].every((one) => (variables[one] !== undefined) === (efa && instance.isNeuron)), 'EFA on Neuron');
  rule((variables.FI_EFA_USE_HUGE_PAGE !== undefined) === (efa && instance.isGpu), 'EFA on GPUs');
  const launcher = props.code.launcher?.name;
  const processes = rung.processesPerInstance ?? processesOf(instance);
  rule(variables.TRAINING_PROCESSES_PER_NODE === (launcher === 'torchrun' || launcher === 'python' ? String(processes) : undefined), `processes: ${variables.TRAINING_PROCESSES_PER_NODE}`);
  rule(launcher !== 'sagemaker-toolkit' || JSON.parse(HyperParameters.sagemaker_instance_type) === instance.name, 'the type, for the toolkit');
  rule(launcher === 'torchrun' || launcher === 'python' ? algorithm.ContainerEntrypoint.length === 3 : true, 'the launcher');
  rule(instance.isNeuron || variables.NEURON_COMPILE_CACHE_URL === undefined, 'no compile cache on GPUs');
  rule(sentRequest.EnableNetworkIsolation !== true || variables.NEURON_COMPILE_CACHE_URL === undefined, 'no compile cache without a network');

  rule(new Set(channels.map((one: any) => one.ChannelName)).size === channels.length, 'each channel once');
  for (const { ChannelName, InputMode, CompressionType, RecordWrapperType, DataSource } of channels) {
    rule(InputMode === 'Pipe' || (CompressionType ?? 'None') === 'None', `${ChannelName}: gzip`);
    rule(InputMode === 'Pipe' || (RecordWrapperType ?? 'None') === 'None', `${ChannelName}: RecordIO`);
    rule((DataSource.S3DataSource === undefined) !== (DataSource.FileSystemDataSource === undefined), `${ChannelName}: one source`);
    rule(DataSource.FileSystemDataSource === undefined || sentRequest.VpcConfig !== undefined, `${ChannelName}: a VPC`);
    rule(DataSource.FileSystemDataSource === undefined || InputMode === undefined, `${ChannelName}: the mode of a file system`);
  }
  rule(algorithm.AlgorithmName === undefined && algorithm.TrainingInputMode === 'File', 'an image');
  return problems;
}

function processesOf({ name: type, acceleratorCount, neuronCores }: AcceleratorInstance): number {
  if (type === 'ml.trn1.32xlarge' || type === 'ml.trn1n.32xlarge') return 32;
  if (type === 'ml.trn2.48xlarge') return 64;
  return neuronCores ?? acceleratorCount;
}

/** Everything that a run of a training may ask for: of every rung, on spot and on demand, and before it what fills the cache. */
function check(job: TrainingJob, template: ReturnType<typeof templateOf>, props: TrainingJobProps, spec: JobSpec): void {
  const id = Stack.of(job).getLogicalId(job.stateMachine.node.defaultChild as any);
  const one = configOf(definitionOf(template, valuesOf(template), id));
  const given = { hyperParameters: spec.run.hyperParameters, environment: spec.run.environment, ...spec.run.train && one.inputs.s3 !== undefined ? { inputs: { s3: `${one.inputs.s3}2026/` } } : {}, runId: 'r' };
  const parsed = parseRunInput(one, JSON.parse(JSON.stringify(given)));
  expect(parsed).toHaveProperty('input');
  const { input } = parsed as { input: RunInput };
  expect(one.rungs).toHaveLength(props.rungs.length);
  props.rungs.forEach((rung, i) => {
    const written = { ...props.hyperParameters, ...rung.hyperParameters, ...spec.run.hyperParameters };
    for (const onDemand of [false, true]) {
      const training = sent(one, { rung: i, purpose: 'train', onDemand }, input);
      expect(findings(SAGEMAKER_SHAPES, 'CreateTrainingJobRequest', training)).toEqual([]);
      expect(broken(training, rung, props)).toEqual([]);
      expect(training.EnableManagedSpotTraining === true).toBe(props.spot === true && !onDemand);
      expect(forTheScript(training.HyperParameters)).toEqual(JSON.parse(JSON.stringify(written)));
      expect(training.Environment.RUN_NEURON_PARALLEL_COMPILE).toBeUndefined();
      expect(training.CheckpointConfig !== undefined).toBe(props.checkpoints !== undefined);
    }
    expect(one.rungs[i].precompile !== undefined).toBe(rung.precompile !== undefined);
    if (rung.precompile === undefined) return;
    const compiling = sent(one, { rung: i, purpose: 'compile', onDemand: true }, input);
    expect(findings(SAGEMAKER_SHAPES, 'CreateTrainingJobRequest', compiling)).toEqual([]);
    expect(broken(compiling, rung, props)).toEqual([]);
    expect(forTheScript(compiling.HyperParameters)).toEqual(JSON.parse(JSON.stringify({ ...written, ...rung.precompile.hyperParameters })));
    expect(compiling.Environment.RUN_NEURON_PARALLEL_COMPILE).toBe('1');
    expect(compiling.CheckpointConfig).toBeUndefined();
    expect(compiling.OutputDataConfig.S3OutputPath.endsWith('/precompile/')).toBe(true);
    // Groups, and types with counts of their own, are as many as they are.
    if (compiling.ResourceConfig.InstanceType !== undefined) expect(compiling.ResourceConfig.InstanceCount).toBe(rung.precompile.instanceCount ?? rung.instanceCount ?? 1);
    expect(compiling.StoppingCondition.MaxRuntimeInSeconds).toBe(rung.precompile.maxRuntime?.toSeconds() ?? 10_800);
  });
}

const TOGETHER = 8;

test('whatever is configured, SageMaker takes every request of a run, and the script gets what was written', () => {
  fc.assert(fc.property(fc.array(jobSpec, { minLength: TOGETHER, maxLength: TOGETHER }), (specs) => {
    const stack = newStack();
    const jobs = specs.map((spec, i) => {
      const props = propsOf(stack, spec);
      return { props, spec, job: train(stack, props, `Train${i}`) };
    });
    const template = templateOf(stack);
    for (const { job, props, spec } of jobs) check(job, template, props, spec);
  }), { numRuns: 26 });
}, 300_000);

describe('a mistake in a request would be noticed', () => {
  const props = (rung: TrainingRung, more: Partial<TrainingJobProps> = {}): TrainingJobProps => ({ code: script(), rungs: [rung], ...more });
  const right = (given: TrainingJobProps) => sent(configIn(given));
  const configIn = (given: TrainingJobProps) => {
    const { stack } = trained(given);
    const template = templateOf(stack);
    return configOf(definitionOf(template, valuesOf(template)));
  };

  test.each<[string, TrainingJobProps, (one: any) => void, string]>([
    ['two kinds of instances', props(TRN1), (one) => { one.ResourceConfig.InstancePreferences = [{ InstanceType: 'ml.trn1.32xlarge' }]; }, 'one of type, groups, preferences'],
    ['a wait without spot', props(P4D), (one) => { one.StoppingCondition.MaxWaitTimeInSeconds = 90_000; }, 'MaxWait with spot alone'],
    ['a wait shorter than the run', props(P4D, { spot: true }), (one) => { one.StoppingCondition.MaxWaitTimeInSeconds = 10; }, 'MaxWait holds the run'],
    ['a profiler', props(TRN1), (one) => { delete one.ProfilerConfig; }, 'profiler'],
    ['a key on local disks', props(P4D), (one) => { one.ResourceConfig.VolumeKmsKeyId = 'k'; }, 'no key on local disks'],
    ['EFA alone', props(P4D), (one) => { one.Environment.FI_PROVIDER = 'efa'; }, 'EFA false'],
    ['no EFA', props({ ...P4D, instanceCount: 2 }), (one) => { delete one.Environment.FI_PROVIDER; }, 'EFA true'],
    ['processes', props(TRN2), (one) => { one.Environment.TRAINING_PROCESSES_PER_NODE = '128'; }, 'processes'],
    ['a number', props(P4D, { hyperParameters: { a: 1 } }), (one) => { one.HyperParameters.a = 1; }, 'strings'],
  ])('%s', (_, given, change, found) => {
    const one = JSON.parse(JSON.stringify(right(given)));
    expect(broken(one, given.rungs[0], given)).toEqual([]);
    change(one);
    expect(broken(one, given.rungs[0], given).map((text) => text.split(':')[0])).toContain(found);
  });

  test('by its shape', () => {
    const one = { ...right(props(TRN1)), RetryStrategy: { MaximumRetryAttempts: 31 } };
    expect(findings(SAGEMAKER_SHAPES, 'CreateTrainingJobRequest', one).map(({ text }) => text)).toEqual([
      "Value '31' at 'retryStrategy.maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 30",
    ]);
  });
});

const IMAGES = '763104351884.dkr.ecr.us-east-1.amazonaws.com';

describe('a request', () => {
  const codeUri = (stack: Stack) => request(stack).InputDataConfig.at(-1).DataSource.S3DataSource.S3Uri as string;

  test('on Trainium, with every default', () => {
    const { stack, training } = trained();
    const { RoleArn, ...rest } = request(stack);
    expect(RoleArn.startsWith(`arn:aws:iam::${ACCOUNT}:role/TrainRole`)).toBe(true);
    expect(codeUri(stack)).toMatch(/^s3:\/\/models\/models-code\/[0-9a-f]{64}\.gz$/);
    expect(rest).toEqual({
      AlgorithmSpecification: {
        TrainingImage: `${IMAGES}/pytorch-training-neuronx:2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04`,
        TrainingInputMode: 'File',
        ContainerEntrypoint: ['sh', '-c', expect.stringContaining('exec python3')],
      },
      Environment: {
        NEURON_COMPILE_CACHE_URL: 's3://models/neuron-cache/', MALLOC_ARENA_MAX: '64', NEURON_RT_STOCHASTIC_ROUNDING_EN: '1', TRAINING_ENTRY_POINT: 'train.py', TRAINING_LAUNCHER: 'torchrun', TRAINING_PROCESSES_PER_NODE: '32',
      },
      InputDataConfig: [{ ChannelName: 'code', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: codeUri(stack), S3DataDistributionType: 'FullyReplicated' } } }],
      OutputDataConfig: { S3OutputPath: 's3://models/models/', CompressionType: 'GZIP' },
      ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      ProfilerConfig: { DisableProfiler: true },
      Tags: [{ Key: 'cdk-accelerators:training', Value: training.trainingName }],
    });
  });

  test('on GPUs, with everything there is', () => {
    const key = `${KEY}k`;
    const { stack } = trained((scope) => ({
      code: script({ launcher: TrainingLauncher.SAGEMAKER_TOOLKIT }),
      rungs: [{ ...P4D, instanceType: P3_16XLARGE, volumeSize: Size.gibibytes(500), volumeEncryptionKey: kms.Key.fromKeyArn(scope, 'Key', key), profilerInterval: Duration.seconds(1), environment: { A: 'rung' }, hyperParameters: { a: 'rung' } }],
      hyperParameters: { a: 'job', b: [1] },
      environment: { A: 'job', B: 'job' },
      metricDefinitions: [{ name: 'loss', regex: 'loss=(.*)' }],
      inputs: { train: TrainingInput.s3(bucketOf(scope, 'data'), 'train/') },
      output: { bucket: bucketOf(scope), prefix: 'a/b', encryptionKey: kms.Key.fromKeyArn(scope, 'Output', `${key}2`), compressed: false },
      checkpoints: { bucket: bucketOf(scope, 'checkpoints'), prefix: 'c/', localPath: '/tmp/c' },
      maxRuntime: Duration.hours(5),
      maxPending: Duration.days(1),
      spot: true,
      maxWait: Duration.hours(6),
      retryAttempts: 3,
      vpc: vpcOf(scope),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(scope, 'Group', 'sg-mine')],
      networkIsolation: true,
      encryptInterContainerTraffic: true,
      diagnostics: { remoteDebug: true, infrastructureCheck: false },
      requestOverrides: { ExperimentConfig: { ExperimentName: 'e' } },
    }));
    const { RoleArn: _, Tags: __, ...rest } = request(stack);
    const archive = codeUri(stack).split('/').at(-1);
    expect(rest).toEqual({
      AlgorithmSpecification: { TrainingImage: `${IMAGES}/pytorch:2.13.0-cu133-amzn2023-sagemaker`, TrainingInputMode: 'File', MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(.*)' }] },
      HyperParameters: {
        a: '"rung"',
        b: '[1]',
        sagemaker_program: '"train.py"',
        sagemaker_submit_directory: `"/opt/ml/input/data/code/${archive}"`,
        sagemaker_container_log_level: '20',
        sagemaker_torch_distributed_enabled: 'true',
        sagemaker_instance_type: '"ml.p3.16xlarge"',
        sagemaker_region: '"us-east-1"',
      },
      Environment: { A: 'rung', B: 'job' },
      InputDataConfig: [
        { ChannelName: 'train', InputMode: 'File', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/train/', S3DataDistributionType: 'FullyReplicated' } } },
        { ChannelName: 'code', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: codeUri(stack), S3DataDistributionType: 'FullyReplicated' } } },
      ],
      OutputDataConfig: { S3OutputPath: 's3://models/a/b/', KmsKeyId: `${key}2`, CompressionType: 'NONE' },
      ResourceConfig: { InstanceType: 'ml.p3.16xlarge', InstanceCount: 1, VolumeSizeInGB: 500, VolumeKmsKeyId: key },
      StoppingCondition: { MaxRuntimeInSeconds: 18_000, MaxPendingTimeInSeconds: 86_400, MaxWaitTimeInSeconds: 21_600 },
      EnableManagedSpotTraining: true,
      CheckpointConfig: { S3Uri: 's3://checkpoints/c/', LocalPath: '/tmp/c' },
      VpcConfig: { SecurityGroupIds: ['sg-mine'], Subnets: ['subnet-0', 'subnet-1', 'subnet-2'] },
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
      RetryStrategy: { MaximumRetryAttempts: 3 },
      ProfilerConfig: { S3OutputPath: 's3://models/a/b/profiler/', ProfilingIntervalInMilliseconds: 1000 },
      RemoteDebugConfig: { EnableRemoteDebug: true },
      InfraCheckConfig: { EnableInfraCheck: false },
      ExperimentConfig: { ExperimentName: 'e' },
    });
  });

  test('is what the overrides say, in every rung', () => {
    const { stack } = trained({ rungs: [TRN1, P4D], requestOverrides: { ProfilerConfig: { DisableProfiler: false }, StoppingCondition: { MaxRuntimeInSeconds: 1 } } });
    for (const rung of [0, 1]) expect(request(stack, rung)).toMatchObject({ ProfilerConfig: { DisableProfiler: false }, StoppingCondition: { MaxRuntimeInSeconds: 1 } });
  });

  test('is what the overrides say, member by member: lists and plain values are replaced, and the rest stays', () => {
    const before = request(trained({ metricDefinitions: [{ name: 'loss', regex: '(.*)' }], maxPending: Duration.hours(3) }).stack);
    const { stack } = trained((scope) => ({
      metricDefinitions: [{ name: 'loss', regex: '(.*)' }],
      maxPending: Duration.hours(3),
      requestOverrides: {
        AlgorithmSpecification: { ContainerEntrypoint: ['mine'], TrainingImageConfig: { TrainingRepositoryAccessMode: 'Vpc', TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: Token.asString({ Ref: 'AWS::StackId' }) } } },
        ResourceConfig: { InstanceCount: 3, VolumeKmsKeyId: Token.asString({ Ref: 'AWS::StackName' }) },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
        Environment: { MORE: new CfnParameter(scope, 'More', { default: 'later' }).valueAsString },
        HyperParameters: { a: '1' },
        ProfilerConfig: null,
      },
    }));
    const after = request(stack);
    expect(after).toMatchObject({
      AlgorithmSpecification: { ...before.AlgorithmSpecification, ContainerEntrypoint: ['mine'], TrainingImageConfig: { TrainingRepositoryAccessMode: 'Vpc', TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: expect.stringContaining('arn:aws:cloudformation:') } } },
      ResourceConfig: { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 3, VolumeKmsKeyId: expect.any(String) },
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 10_800 },
      Environment: { ...before.Environment, MORE: 'later' },
      HyperParameters: { a: '1' },
      InputDataConfig: before.InputDataConfig,
    });
    expect([after.AlgorithmSpecification.ContainerEntrypoint, after.ProfilerConfig]).toEqual([['mine'], null]);
  });

  test('keeps tokens of both sides whole: neither is merged into the other', () => {
    const stack = newStack();
    const over = (members: Record<string, unknown>) => request(trained((scope) => ({ output: { bucket: bucketOf(scope) }, requestOverrides: members }), stack).stack);
    const given = over({ StoppingCondition: Lazy.any({ produce: () => ({ MaxRuntimeInSeconds: 7 }) }), ExperimentConfig: Lazy.any({ produce: () => ({ ExperimentName: 'e' }) }) });
    expect([given.StoppingCondition, given.ExperimentConfig]).toEqual([{ MaxRuntimeInSeconds: 7 }, { ExperimentName: 'e' }]);
    expect(given.Tags).toEqual([{ Key: 'cdk-accelerators:training', Value: 'Stack-Train-3B520A86' }]);
  });

  test('is not changed by names that objects have by themselves', () => {
    const { stack } = trained({ requestOverrides: { Environment: { constructor: 'x', toString: 'y' } } });
    expect(Object.entries(request(stack).Environment).filter(([one]) => ['constructor', 'toString'].includes(one))).toEqual([['constructor', 'x'], ['toString', 'y']]);
  });

  test.each<[string, Partial<TrainingRung>, object]>([
    ['alternatives, each with a count', { instanceCount: 4, alternatives: [{ instanceType: P5_48XLARGE, instanceCount: 2 }] },
      { InstancePreferences: [{ InstanceType: 'ml.p4d.24xlarge', InstanceCount: 4 }, { InstanceType: 'ml.p5.48xlarge', InstanceCount: 2 }] }],
    ['alternatives with one count', { instanceCount: 4, alternatives: [{ instanceType: P5_48XLARGE }] }, { InstancePreferences: [{ InstanceType: 'ml.p4d.24xlarge' }, { InstanceType: 'ml.p5.48xlarge' }], InstanceCount: 4 }],
    ['groups', { instanceGroups: [{ name: 'more', instanceType: P5_48XLARGE, instanceCount: 2 }] },
      { InstanceGroups: [{ InstanceGroupName: 'main', InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1 }, { InstanceGroupName: 'more', InstanceType: 'ml.p5.48xlarge', InstanceCount: 2 }] }],
    ['a training plan', { trainingPlanArn: `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-plan/p` }, { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1, TrainingPlanArn: `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-plan/p` }],
    ['empty lists', { alternatives: [], instanceGroups: [] }, { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1 }],
  ])('with %s', (_, rung, expected) => {
    expect(request(trained({ rungs: [{ ...P4D, ...rung }] }).stack).ResourceConfig).toEqual(expected);
  });

  test('spot waits an hour longer than it runs by default; a pool of 0 seconds is one', () => {
    expect(request(trained({ spot: true, maxRuntime: Duration.minutes(1), warmPool: Duration.seconds(0) }).stack)).toMatchObject({
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 3660 }, ResourceConfig: { KeepAlivePeriodInSeconds: 0 },
    });
  });

  test.each<[string, TrainingRung, Partial<TrainingJobProps>, string | undefined]>([
    ['on Trainium', TRN1, {}, 's3://models/neuron-cache/'],
    ['elsewhere', TRN1, { compileCache: { prefix: 'graphs' } }, 's3://models/graphs/'],
    ['without a network', TRN1, { networkIsolation: true }, undefined],
    ['on GPUs', P4D, { compileCache: { prefix: 'graphs' } }, undefined],
    ['in a bucket of its own', TRN1, { compileCache: { bucket: bucketOf(newStack(), 'cache'), prefix: 'models/' } }, 's3://cache/models/'],
    ['as somebody wants it', TRN1, { environment: { NEURON_COMPILE_CACHE_URL: 's3://mine/' } }, 's3://mine/'],
  ])('the compile cache %s', (_, rung, props, expected) => {
    expect(request(trained((stack) => ({ rungs: [rung], output: { bucket: bucketOf(stack) }, ...props })).stack).Environment.NEURON_COMPILE_CACHE_URL).toBe(expected);
  });

  test('TorchNeuron keeps its cache in a file system', () => {
    const { stack } = trained((scope) => ({
      rungs: [{ ...TRN2, image: TrainingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(scope, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1', trainiumStack: TrainiumStack.TORCH_NEURON }) }],
    }));
    expect(request(stack).Environment.NEURON_COMPILE_CACHE_URL).toBeUndefined();
  });

  test('code in the image: no channel, its own entry point', () => {
    const { stack } = trained({ code: TrainingCode.inImage({ entrypoint: ['python3'], arguments: ['-m', 'x'] }) });
    expect(request(stack).InputDataConfig).toBeUndefined();
    expect(request(stack).HyperParameters).toBeUndefined();
    expect(request(stack).AlgorithmSpecification).toMatchObject({ ContainerEntrypoint: ['python3'], ContainerArguments: ['-m', 'x'] });
  });
});

describe('a script is started', () => {
  test.each<[string, number]>([
    ['ml.trn1.2xlarge', 2], ['ml.trn1.32xlarge', 32], ['ml.trn1n.32xlarge', 32], ['ml.trn2.48xlarge', 64], ['ml.p4d.24xlarge', 8], ['ml.p5.48xlarge', 8], ['ml.p5.4xlarge', 1], ['ml.p6e-gb200.36xlarge', 4], ['ml.g5.12xlarge', 4], ['ml.g6.xlarge', 1],
  ])('on %s %p times', (type, processes) => {
    const instanceType = AcceleratorInstance.of(type);
    const { stack } = trained({ rungs: [{ instanceType, image: instanceType.isNeuron ? XLA : CUDA }] });
    expect(request(stack).Environment.TRAINING_PROCESSES_PER_NODE).toBe(String(processes));
  });

  test('as often as somebody wants', () => {
    expect(request(trained({ rungs: [{ ...TRN1, processesPerInstance: 8 }] }).stack).Environment.TRAINING_PROCESSES_PER_NODE).toBe('8');
  });
});

describe('variables of EFA', () => {
  const EFA = ['FI_PROVIDER', 'FI_EFA_USE_DEVICE_RDMA', 'FI_EFA_FORK_SAFE', 'CCOM_SOCKET_IFNAME', 'FI_EFA_USE_HUGE_PAGE'];
  const efaOf = (rung: TrainingRung, variables?: Record<string, string>) => {
    const found = request(trained({ rungs: [rung], environment: variables }).stack).Environment;
    return Object.fromEntries(EFA.flatMap((one) => found[one] === undefined ? [] : [[one, found[one]]]));
  };
  const NEURON = { FI_PROVIDER: 'efa', FI_EFA_USE_DEVICE_RDMA: '1', FI_EFA_FORK_SAFE: '1', CCOM_SOCKET_IFNAME: 'eth0' };
  const GPU = { FI_PROVIDER: 'efa', FI_EFA_USE_HUGE_PAGE: '0' };

  test.each<[string, TrainingRung, object]>([
    ['one instance of Trainium', TRN1, {}],
    ['two of Trainium1', { ...TRN1, instanceCount: 2 }, NEURON],
    ['two of trn1n', { ...TRN1, instanceType: TRN1N_32XLARGE, instanceCount: 2 }, NEURON],
    ['two of Trainium2', { ...TRN2, instanceCount: 2 }, NEURON],
    ['one of GPUs', P4D, {}],
    ['two of GPUs', { ...P4D, instanceCount: 2 }, GPU],
    ['one and a group', { ...P4D, instanceGroups: [{ name: 'x', instanceType: P4D_24XLARGE, instanceCount: 1 }] }, GPU],
    ['two without EFA', { ...P4D, instanceType: AcceleratorInstance.G5_XLARGE, instanceCount: 2 }, {}],
  ])('%s', (_, rung, expected) => {
    expect(efaOf(rung)).toEqual(expected);
  });

  test('somebody knows better', () => {
    expect(efaOf({ ...P4D, instanceCount: 2 }, { FI_EFA_USE_HUGE_PAGE: '1' })).toEqual({ ...GPU, FI_EFA_USE_HUGE_PAGE: '1' });
  });
});
