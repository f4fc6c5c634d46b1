import { App, CfnParameter, Duration, Lazy, Size, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { bucketOf, CUDA, ENV, newStack, P4D, refused, script, staged, thrownBy, train, TRN1, vpcOf, XLA } from './support';
import {
  AcceleratorInstance, AcceleratorKind, CompilationShapes, QuotaPolicy, ServingImage, TrainingCode, TrainingImage, TrainingInput, TrainingJob, TrainingPipeline, TrainingSchedule, TrainingTask, TrainingTrigger, TrainiumStack,
  type TrainingJobProps, type TrainingRung,
} from '../../src';

const as = <T>(value: unknown): T => value as T;
type Props = Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>);
type Row = [string, Props, string];
const rung = (one: unknown, of: TrainingRung = TRN1): Partial<TrainingJobProps> => ({ rungs: [{ ...of, ...as<Partial<TrainingRung>>(one) }] });
const number = () => Lazy.number({ produce: () => 3 });
const text = () => Lazy.string({ produce: () => 'x' });
const TOKEN = 'got a token (a value known only at deploy time); allowed: a value known at synth';
const MAY = 'may be given; allowed: what the training takes; fix: correct it';
const JSON_CAN = 'what JSON can say: texts, finite numbers, booleans, null, lists, objects; fix: give it as a text';
const NOT_ONE_OF_TOKENS = 'got a token that stands for a number or a list; allowed: what is known at synth, and tokens that stand for texts; fix: give a plain value, or Tokenization.stringifyNumber(value)';

function errors(rows: Row[]): void {
  test.each(rows)('%s', (_, props, message) => {
    expect(refused(props)).toBe(message);
  });
}

describe('code', () => {
  const SCRIPT = 'allowed: a script; fix: use TrainingCode.fromDirectory, or TrainingCode.inImage';
  errors([
    ['none', { code: as(undefined) }, `\`code\`: got undefined; ${SCRIPT}`],
    ['null', { code: as(null) }, `\`code\`: got null; ${SCRIPT}`],
    ['a folder', { code: as('/src') }, `\`code\`: got "/src"; ${SCRIPT}`],
    ['something else', { code: as({}) }, `\`code\`: got another object; ${SCRIPT}`],
  ]);
});

describe('rungs', () => {
  const RUNGS = 'allowed: 1 to 10 kinds of hardware; fix: give e.g. [{ instanceType: AcceleratorInstance.P4D_24XLARGE, image: ... }]';
  const TYPE = 'allowed: an instance type with accelerators; fix: use a static of AcceleratorInstance such as AcceleratorInstance.TRN1_32XLARGE';
  const IMAGE = 'allowed: a training image; fix: use a static of TrainingImage, TrainingImage.of, or TrainingImage.fromEcrRepository';
  const COUNT = 'allowed: a whole number from 1 to 1000; fix: give a whole number from 1 to 1000';
  errors([
    ['none', { rungs: as(undefined) }, `\`rungs\`: got undefined; ${RUNGS}`],
    ['an empty list', { rungs: [] }, `\`rungs\`: got 0 rungs; ${RUNGS}`],
    ['eleven', { rungs: Array.from({ length: 11 }, (_, i) => ({ ...TRN1, name: `r${i}` })) }, `\`rungs\`: got 11 rungs; ${RUNGS}`],
    ['no list', { rungs: as(5) }, `\`rungs\`: got 5; ${RUNGS}`],
    ['null in it', { rungs: [as(null)] }, '`rungs[0]`: got null; allowed: a kind of hardware; fix: give e.g. { instanceType: AcceleratorInstance.P4D_24XLARGE, image: ... }'],
    ['a text in it', { rungs: [TRN1, as('ml.p4d.24xlarge')] }, '`rungs[1]`: got ml.p4d.24xlarge; allowed: a kind of hardware; fix: give e.g. { instanceType: AcceleratorInstance.P4D_24XLARGE, image: ... }'],
    ['a type as text', rung({ instanceType: 'ml.trn1.32xlarge' }), `\`rungs[0].instanceType\`: got "ml.trn1.32xlarge"; ${TYPE}`],
    ['an instance type of EC2', rung({ instanceType: new ec2.InstanceType('p4d.24xlarge') }), `\`rungs[0].instanceType\`: got another object; ${TYPE}`],
    ['an alternative as text', rung({ alternatives: [{ instanceType: 'ml.trn1n.32xlarge' }] }), `\`rungs[0].instanceType\`: got "ml.trn1n.32xlarge"; ${TYPE}`],
    ['a group without a type', rung({ instanceGroups: [{ name: 'x', instanceCount: 1 }] }), `\`rungs[0].instanceType\`: got undefined; ${TYPE}`],
    ['an image as text', rung({ image: 'pytorch' }), `\`rungs[0].image\`: got "pytorch"; ${IMAGE}`],
    ['no image', rung({ image: undefined }), `\`rungs[0].image\`: got undefined; ${IMAGE}`],
    ['an image that serves', rung({ image: ServingImage.HF_INFERENCE_2_6_GPU }), '`rungs[0].image`: got another object; allowed: a training image; fix: use a static of TrainingImage, TrainingImage.of, or TrainingImage.fromEcrRepository'],
    ['no instance', rung({ instanceCount: 0 }), `\`rungs[0].instanceCount\`: got 0; ${COUNT}`],
    ['instances below 0', rung({ instanceCount: -1 }), `\`rungs[0].instanceCount\`: got -1; ${COUNT}`],
    ['half an instance', rung({ instanceCount: 0.5 }), `\`rungs[0].instanceCount\`: got 0.5; ${COUNT}`],
    ['NaN instances', rung({ instanceCount: NaN }), `\`rungs[0].instanceCount\`: got NaN; ${COUNT}`],
    ['1001 instances', rung({ instanceCount: 1001 }), `\`rungs[0].instanceCount\`: got 1001; ${COUNT}`],
    ['instances as text', rung({ instanceCount: '2' }), `\`rungs[0].instanceCount\`: got "2"; ${COUNT}`],
    ['instances as a token', rung({ instanceCount: number() }), `\`rungs[0].instanceCount\`: ${TOKEN}; fix: give a plain value`],
    ['no alternative', rung({ instanceCount: 2, alternatives: [{ instanceType: AcceleratorInstance.TRN1N_32XLARGE, instanceCount: 0 }] }), `\`rungs[0].alternatives[0].instanceCount\`: got 0; ${COUNT}`],
    ['a group of none', rung({ instanceGroups: [{ name: 'x', instanceType: TRN1.instanceType, instanceCount: 0 }] }), `\`rungs[0].instanceGroups[0].instanceCount\`: got 0; ${COUNT}`],
    ['no process', rung({ processesPerInstance: 0 }), `\`rungs[0].processesPerInstance\`: got 0; ${COUNT}`],
    ['processes as a token', rung({ processesPerInstance: number() }), `\`rungs[0].processesPerInstance\`: ${TOKEN}; fix: give a plain value`],
    ['a price below 0', rung({ usdPerHour: -1 }), '`rungs[0].usdPerHour`: got -1; allowed: a number of at least 0; fix: give a number of at least 0'],
    ['a price of infinity', rung({ usdPerHour: Infinity }), '`rungs[0].usdPerHour`: got Infinity; allowed: a number of at least 0; fix: give a number of at least 0'],
    ['a price as a token', rung({ usdPerHour: number() }), `\`rungs[0].usdPerHour\`: ${TOKEN}; fix: give a plain value`],
    ['a name twice', { rungs: [TRN1, { ...TRN1, instanceCount: 2 }] }, '`rungs[1].name`: got "trn1-32xlarge"; allowed: a name that rungs[0] does not have: events, metrics and checkpoints are told apart by it; fix: give it a name of its own'],
    ['a name with a slash', rung({ name: 'a/b' }), '`rungs[0].name`: got "a/b"; allowed: letters and digits, hyphens between them; fix: give letters and digits, hyphens between them'],
    ['an empty name', rung({ name: '' }), '`rungs[0].name`: got ""; allowed: letters and digits, hyphens between them; fix: give letters and digits, hyphens between them'],
    ['a name of 41 characters', rung({ name: 'a'.repeat(41) }), '`rungs[0].name`: got 41 characters; allowed: at most 40; fix: shorten it'],
    ['five groups', rung({ instanceGroups: 'abcde'.split('').map((name) => ({ name, instanceType: TRN1.instanceType, instanceCount: 1 })) }), '`rungs[0].instanceGroups`: got 5 groups; allowed: at most 4 beside the instances of the rung; fix: merge some'],
    ['a group main', rung({ instanceGroups: [{ name: 'main', instanceType: TRN1.instanceType, instanceCount: 1 }] }), '`rungs[0].instanceGroups[0].name`: got "main"; allowed: another name: the instances of the rung are the group main; fix: rename it'],
    ['a group without a name', rung({ instanceGroups: [{ name: '', instanceType: TRN1.instanceType, instanceCount: 1 }] }), '`rungs[0].instanceGroups[0].name`: got ""; allowed: 1 to 64 characters; fix: give 1 to 64 characters'],
    ['two groups of one name', rung({ instanceGroups: ['x', 'x'].map((name) => ({ name, instanceType: TRN1.instanceType, instanceCount: 1 })) }), '`rungs[0].instanceGroups[1].name`: got "x"; allowed: a name that no other group has; fix: rename it'],
    ['what is no plan', rung({ trainingPlanArn: 'plan' }), '`rungs[0].trainingPlanArn`: got "plan"; allowed: the ARN of a training plan; fix: give the ARN of a training plan'],
    ['a volume as a number', rung({ volumeSize: 100 }), '`rungs[0].volumeSize`: got 100; allowed: a size; fix: give e.g. Size.gibibytes(100)'],
    ['a volume of 0', rung({ volumeSize: Size.gibibytes(0) }), '`rungs[0].volumeSize`: got 0; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB'],
    ['a volume of half a GiB', rung({ volumeSize: Size.mebibytes(512) }), '`rungs[0].volumeSize`: got 0.5; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB'],
    ['a volume of 17 TiB', rung({ volumeSize: Size.tebibytes(17) }), '`rungs[0].volumeSize`: got 17408; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB'],
    ['a volume as a token', rung({ volumeSize: Size.gibibytes(number()) }), `\`rungs[0].volumeSize\`: ${TOKEN}; fix: give a plain size such as Size.gibibytes(100)`],
    ['a key as text', rung({ volumeEncryptionKey: 'alias/x' }), '`rungs[0].volumeEncryptionKey`: got "alias/x"; allowed: a key of KMS; fix: pass a Key, or Key.fromKeyArn'],
    ['an interval as a number', rung({ profilerInterval: 500 }, P4D), '`rungs[0].profilerInterval`: got 500; allowed: a duration; fix: give e.g. Duration.hours(2)'],
  ]);
});

describe('a compilation before the training', () => {
  errors([
    ['on GPUs', rung({ precompile: {} }, P4D), '`rungs[0].precompile`: got a compilation on ml.p4d.24xlarge; allowed: Trainium: GPUs compile nothing beforehand; fix: leave it out for this rung'],
    ['with TorchNeuron', (stack) => rung({ precompile: {}, instanceType: AcceleratorInstance.TRN2_48XLARGE, image: TrainingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1', trainiumStack: TrainiumStack.TORCH_NEURON }) }),
      '`rungs[0].precompile`: got a compilation with TorchNeuron; allowed: PyTorch/XLA: TorchNeuron keeps its cache in a file system; fix: leave it out for this rung'],
    ['of no instance', rung({ precompile: { instanceCount: 0 } }), '`rungs[0].precompile.instanceCount`: got 0; allowed: a whole number from 1 to 1000; fix: give a whole number from 1 to 1000'],
    ['of more instances than train', rung({ precompile: { instanceCount: 2 } }), '`rungs[0].precompile.instanceCount`: got 2; allowed: at most the 1 of the training; fix: leave it out: graphs are those of as many processes as the training has'],
    ['for no time', rung({ precompile: { maxRuntime: Duration.seconds(0) } }), '`rungs[0].precompile.maxRuntime`: got 0 seconds; allowed: 1 s to 28 d; fix: give 1 s to 28 d'],
    ['for 29 days', rung({ precompile: { maxRuntime: Duration.days(29) } }), '`rungs[0].precompile.maxRuntime`: got 29 days; allowed: 1 s to 28 d; fix: give 1 s to 28 d'],
    ['for a number', rung({ precompile: { maxRuntime: 5 } }), '`rungs[0].precompile.maxRuntime`: got 5; allowed: a duration; fix: give e.g. Duration.hours(2)'],
    ['with what JSON cannot say', rung({ precompile: { hyperParameters: { steps: NaN } } }), `\`rungs[0].precompile.hyperParameters.steps\`: got NaN; allowed: ${JSON_CAN}`],
  ]);
});

describe('hyperparameters', () => {
  const circle: Record<string, unknown> = {};
  circle.me = circle;
  class Own {}
  errors([
    ['undefined', { hyperParameters: { a: undefined } }, `\`hyperParameters.a\`: got undefined; allowed: ${JSON_CAN}`],
    ['NaN', { hyperParameters: { a: NaN } }, `\`hyperParameters.a\`: got NaN; allowed: ${JSON_CAN}`],
    ['infinity, inside', { hyperParameters: { a: { b: [1, -Infinity] } } }, `\`hyperParameters.a\`: got -Infinity; allowed: ${JSON_CAN}`],
    ['a function', { hyperParameters: { a: () => 1 } }, `\`hyperParameters.a\`: got a function; allowed: ${JSON_CAN}`],
    ['a big number', { hyperParameters: { a: BigInt(1) } }, `\`hyperParameters.a\`: got a bigint; allowed: ${JSON_CAN}`],
    ['a symbol', { hyperParameters: { a: Symbol('s') } }, `\`hyperParameters.a\`: got a symbol; allowed: ${JSON_CAN}`],
    ['a circle', { hyperParameters: { a: circle } }, `\`hyperParameters.a\`: got an object that holds itself; allowed: ${JSON_CAN}`],
    ['a date', { hyperParameters: { a: new Date(0) } }, `\`hyperParameters.a\`: got an object of class Date; allowed: ${JSON_CAN}`],
    ['an object of a class', { hyperParameters: { a: new Own() } }, `\`hyperParameters.a\`: got an object of class Own; allowed: ${JSON_CAN}`],
    ['an empty name', { hyperParameters: { '': 1 } }, '`hyperParameters.`: got the name ""; allowed: a name in one line that is not empty and does not end in .$; fix: rename it'],
    ['a path', { hyperParameters: { 'a.$': '$.x' } }, '`hyperParameters.a.$`: got the name "a.$"; allowed: a name in one line that is not empty and does not end in .$; fix: rename it'],
    ['a name in two lines', { hyperParameters: { 'a\nb': 1 } }, '`hyperParameters.a\nb`: got the name "a\\nb"; allowed: a name in one line that is not empty and does not end in .$; fix: rename it'],
    ['one of the launcher', { hyperParameters: { sagemaker_program: 'x.py' } },
      '`hyperParameters.sagemaker_program`: got the name "sagemaker_program"; allowed: names that do not begin with sagemaker_: those are the launcher\'s, and kept from the script; fix: rename it'],
    ['of a rung', { rungs: [TRN1, { ...P4D, hyperParameters: { a: undefined } }] }, `\`rungs[1].hyperParameters.a\`: got undefined; allowed: ${JSON_CAN}`],
    ['a number that is a token', { hyperParameters: { a: number() } }, `\`hyperParameters.a\`: ${NOT_ONE_OF_TOKENS}`],
    ['a number that is a token, inside', { hyperParameters: { a: { b: [number()] } } }, `\`hyperParameters.a\`: ${NOT_ONE_OF_TOKENS}`],
    ['a list that is a token', { hyperParameters: { a: Lazy.list({ produce: () => ['x'] }) } }, `\`hyperParameters.a\`: ${NOT_ONE_OF_TOKENS}`],
    ['the number of a parameter', (stack) => ({ hyperParameters: { a: new CfnParameter(stack, 'Epochs', { type: 'Number' }).valueAsNumber } }), `\`hyperParameters.a\`: ${NOT_ONE_OF_TOKENS}`],
  ]);
});

describe('the environment', () => {
  errors([
    ['a number', { environment: { A: as(5) } }, '`environment.A`: got 5; allowed: a text; fix: give it as a text'],
    ['zero', { environment: { A: as(0) } }, '`environment.A`: got 0; allowed: a text; fix: give it as a text'],
    ['nothing', { environment: { A: as(undefined) } }, '`environment.A`: got undefined; allowed: a text; fix: give it as a text'],
    ['null', { environment: { A: as(null) } }, '`environment.A`: got null; allowed: a text; fix: give it as a text'],
    ['true, of a rung', rung({ environment: { A: true } }), '`rungs[0].environment.A`: got true; allowed: a text; fix: give it as a text'],
  ]);

  test('a token has no length', () => {
    expect(refused({ environment: { A: text() }, hyperParameters: { a: text() } })).toBe('nothing thrown');
  });
});

describe('times', () => {
  const DURATION = 'allowed: a duration; fix: give e.g. Duration.hours(2)';
  errors([
    ['a number', { maxRuntime: as(3600) }, `\`maxRuntime\`: got 3600; ${DURATION}`],
    ['a text', { maxPending: as('2h') }, `\`maxPending\`: got "2h"; ${DURATION}`],
    ['null', { warmPool: as(null) }, `\`warmPool\`: got null; ${DURATION}`],
    ['a token', { maxRuntime: Duration.seconds(number()) }, `\`maxRuntime\`: ${TOKEN}; fix: give a plain duration such as Duration.hours(2)`],
    ['half a second', { maxRuntime: Duration.millis(1500) }, '`maxRuntime`: got 1.5 seconds; allowed: whole seconds; fix: round it'],
    ['half a second of a wait', { spot: true, checkpoints: {}, maxWait: Duration.millis(500) }, '`maxWait`: got 0.5 seconds; allowed: whole seconds; fix: round it'],
    ['no try', { retryAttempts: 0 }, '`retryAttempts`: got 0; allowed: a whole number from 1 to 30; fix: give a whole number from 1 to 30'],
    ['31 tries', { retryAttempts: 31 }, '`retryAttempts`: got 31; allowed: a whole number from 1 to 30; fix: give a whole number from 1 to 30'],
    ['half a try', { retryAttempts: 1.5 }, '`retryAttempts`: got 1.5; allowed: a whole number from 1 to 30; fix: give a whole number from 1 to 30'],
  ]);
});

describe('policies', () => {
  errors([
    ['a policy as text', { policies: { onQuota: as('never') } }, '`policies.onQuota`: got "never"; allowed: QuotaPolicy.NEXT, QuotaPolicy.WAIT; fix: use one of them'],
    ['a wait of 4 minutes', { policies: { onQuota: QuotaPolicy.WAIT, maxQuotaWait: Duration.minutes(4) } }, '`policies.maxQuotaWait`: got 4 minutes; allowed: 5 minutes to 28 days; fix: give 5 minutes to 28 days'],
    ['a wait of 29 days', { policies: { maxQuotaWait: Duration.days(29) } }, '`policies.maxQuotaWait`: got 29 days; allowed: 5 minutes to 28 days; fix: give 5 minutes to 28 days'],
    ['a wait as a number', { policies: { capacityWait: as(5) } }, '`policies.capacityWait`: got 5; allowed: a duration; fix: give e.g. Duration.hours(2)'],
    ['a wait of 25 hours', { policies: { capacityWait: Duration.hours(25) } }, '`policies.capacityWait`: got 1 day 1 hour; allowed: 0 to 24 hours; fix: give 0 to 24 hours'],
    ['no try at capacity', { policies: { capacityAttempts: 0 } }, '`policies.capacityAttempts`: got 0; allowed: a whole number from 1 to 20; fix: give a whole number from 1 to 20'],
    ['21 tries', { policies: { timeoutAttempts: 21 } }, '`policies.timeoutAttempts`: got 21; allowed: a whole number from 1 to 20; fix: give a whole number from 1 to 20'],
    ['11 tries after errors', { policies: { internalErrorAttempts: 11 } }, '`policies.internalErrorAttempts`: got 11; allowed: a whole number from 1 to 10; fix: give a whole number from 1 to 10'],
    ['tries as a token', { policies: { internalErrorAttempts: number() } }, `\`policies.internalErrorAttempts\`: ${TOKEN}; fix: give a plain value`],
  ]);

  test('0 seconds between tries are a wait', () => {
    expect(refused({ policies: { capacityWait: Duration.seconds(0), maxQuotaWait: Duration.minutes(5) } })).toBe('nothing thrown');
  });
});

describe('places', () => {
  const BUCKET = 'allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketName';
  const FOLDER = 'allowed: a folder of letters, digits, `.`, `_`, `-` and `/`, not with a slash at its beginning, at most 400 characters; fix: give e.g. "models"';
  errors([
    ['a bucket as text', { output: { bucket: as('models') } }, `\`output.bucket\`: got "models"; ${BUCKET}`],
    ['a bucket for checkpoints as text', { checkpoints: { bucket: as('c') } }, `\`checkpoints.bucket\`: got "c"; ${BUCKET}`],
    ['a bucket for graphs as text', { compileCache: { bucket: as(5) } }, `\`compileCache.bucket\`: got 5; ${BUCKET}`],
    ['a slash at its beginning', { output: { prefix: '/models' } }, `\`output.prefix\`: got "/models"; ${FOLDER}`],
    ['nothing', { output: { prefix: '' } }, `\`output.prefix\`: got ""; ${FOLDER}`],
    ['two slashes', { checkpoints: { prefix: 'a//b' } }, `\`checkpoints.prefix\`: got "a//b"; ${FOLDER}`],
    ['what stands for more than itself', { compileCache: { prefix: 'a*' } }, `\`compileCache.prefix\`: got "a*"; ${FOLDER}`],
    ['401 characters', { output: { prefix: 'a'.repeat(401) } }, `\`output.prefix\`: got "${'a'.repeat(401)}"; ${FOLDER}`],
    ['a token', { output: { prefix: text() } }, '`output.prefix`: got a token (a value known only at deploy time); allowed: a folder known at synth; fix: give a plain text such as "models"'],
    ['a key as text', { output: { encryptionKey: as('alias/x') } }, '`output.encryptionKey`: got "alias/x"; allowed: a key of KMS; fix: pass a Key, or Key.fromKeyArn'],
    ['a path without a slash', { checkpoints: { localPath: 'checkpoints' } }, '`checkpoints.localPath`: got "checkpoints"; allowed: a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone; fix: give a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone'],
    ['the folder of the script', { checkpoints: { localPath: '/opt/ml/code' } }, '`checkpoints.localPath`: got "/opt/ml/code"; allowed: a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone; fix: give a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone'],
    ['the root', { checkpoints: { localPath: '/' } }, '`checkpoints.localPath`: got "/"; allowed: a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone; fix: give a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone'],
  ]);
});

describe('inputs', () => {
  const channels = (stack: Stack, names: string[]) => Object.fromEntries(names.map((name) => [name, TrainingInput.s3(bucketOf(stack, 'data'), 'x/')]));
  const nfs = (stack: Stack) => TrainingInput.efs(efs.FileSystem.fromFileSystemAttributes(stack, 'Efs', { fileSystemId: 'fs-0123456789abcdef0', securityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'Files', 'sg-files') }), '/data');
  const NAME = 'allowed: names of channels with 1 to 64 letters, digits, `.`, `-` and `_`; fix: rename the channel';
  errors([
    ['20 beside the script', (stack) => ({ inputs: channels(stack, Array.from({ length: 20 }, (_, i) => `c${i}`)) }), '`inputs`: got 20 channels; allowed: at most 19 channels, as the script comes in one more; fix: put several data sets below one prefix'],
    ['21 without one', (stack) => ({ code: TrainingCode.inImage(), inputs: channels(stack, Array.from({ length: 21 }, (_, i) => `c${i}`)) }), '`inputs`: got 21 channels; allowed: at most 20 channels; fix: put several data sets below one prefix'],
    ['the channel of the script', (stack) => ({ inputs: channels(stack, ['code']) }), '`inputs.code`: got a channel of data; allowed: another name: `code` is kept for the script; fix: rename the channel'],
    ['a name with a space', (stack) => ({ inputs: channels(stack, ['a b']) }), `\`inputs\`: got "a b"; ${NAME}`],
    ['a name of 65 characters', (stack) => ({ inputs: channels(stack, ['c'.repeat(65)]) }), `\`inputs\`: got "${'c'.repeat(65)}"; ${NAME}`],
    ['an address', { inputs: { train: as('s3://data/') } }, '`inputs.train`: got "s3://data/"; allowed: a TrainingInput; fix: use a static of TrainingInput such as TrainingInput.s3'],
    ['undefined', { inputs: { train: as(undefined) } }, '`inputs.train`: got undefined; allowed: a TrainingInput; fix: use a static of TrainingInput such as TrainingInput.s3'],
    ['a file system without a VPC', (stack) => ({ inputs: { train: nfs(stack) } }), '`inputs.train`: got a file system without a vpc; allowed: a file system in the VPC of the job; fix: give vpc and vpcSubnets, in which it can be reached'],
    ['a file system without a network', (stack) => ({ inputs: { train: nfs(stack) }, vpc: vpcOf(stack), networkIsolation: true }), '`inputs.train`: got a file system with network isolation; allowed: a file system in the VPC of the job; fix: leave networkIsolation out, or use an input in S3'],
  ]);
});

describe('metrics', () => {
  const one = { name: 'loss', regex: 'loss=(.*)' };
  const WHAT = 'a regular expression of 1 to 500 characters with a group in parentheses, the number';
  const REGEX = `allowed: ${WHAT}; fix: give ${WHAT}`;
  errors([
    ['41', { metricDefinitions: Array.from({ length: 41 }, () => one) }, '`metricDefinitions`: got 41; allowed: at most 40; fix: leave some out'],
    ['without a name', { metricDefinitions: [{ ...one, name: '' }] }, '`metricDefinitions[0].name`: got ""; allowed: 1 to 255 characters; fix: give 1 to 255 characters'],
    ['without an expression', { metricDefinitions: [one, { ...one, regex: '' }] }, `\`metricDefinitions[1].regex\`: got ""; ${REGEX}`],
    ['with one of 501 characters', { metricDefinitions: [{ ...one, regex: `(${'x'.repeat(499)})` }] }, `\`metricDefinitions[0].regex\`: got "(${'x'.repeat(499)})"; ${REGEX}`],
    ['without a group', { metricDefinitions: [{ ...one, regex: 'loss=.*' }] }, `\`metricDefinitions[0].regex\`: got "loss=.*"; ${REGEX}`],
    ['with one that is an expression of JavaScript', { metricDefinitions: [{ ...one, regex: as(/x/) }] }, `\`metricDefinitions[0].regex\`: got {}; ${REGEX}`],
  ]);
});

describe('the rest', () => {
  const VPC = 'allowed: nothing without `vpc`; fix: pass vpc, or remove';
  errors([
    ['a VPC as text', { vpc: as('vpc-1') }, '`vpc`: got "vpc-1"; allowed: a VPC; fix: pass a Vpc, or Vpc.fromLookup'],
    ['what is no VPC', { vpc: as({}) }, '`vpc`: got another object; allowed: a VPC; fix: pass a Vpc, or Vpc.fromLookup'],
    ['groups without a VPC', (stack) => ({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] }), `\`securityGroups\`: got a value; ${VPC} securityGroups`],
    ['subnets without a VPC', { vpcSubnets: {} }, `\`vpcSubnets\`: got a value; ${VPC} vpcSubnets`],
    ['no group', (stack) => ({ vpc: vpcOf(stack), securityGroups: [] }), '`securityGroups`: got 0 security groups; allowed: 1 to 5; fix: leave it out to get one'],
    ['six groups', (stack) => ({ vpc: vpcOf(stack), securityGroups: Array.from({ length: 6 }, (_, i) => ec2.SecurityGroup.fromSecurityGroupId(stack, `Group${i}`, `sg-${i}`)) }), '`securityGroups`: got 6 security groups; allowed: 1 to 5; fix: merge their rules'],
    ['17 subnets', (stack) => ({ vpc: vpcOf(stack, 17) }), '`vpcSubnets`: got 17 subnets; allowed: 1 to 16; fix: select other subnets'],
    ['a role as text', { role: as('arn:aws:iam::1:role/x') }, '`role`: got "arn:aws:iam::1:role/x"; allowed: a role of IAM; fix: pass a Role, or Role.fromRoleArn'],
    ['a bus as text', { eventBus: as('default') }, '`eventBus`: got "default"; allowed: an event bus; fix: pass an EventBus, or EventBus.fromEventBusArn'],
    ['a name with a space', { trainingName: 'a b' }, '`trainingName`: got "a b"; allowed: 1 to 128 letters, digits, `.`, `_` and `-`; fix: give 1 to 128 letters, digits, `.`, `_` and `-`'],
    ['a name of 129 characters', { trainingName: 'a'.repeat(129) }, `\`trainingName\`: got "${'a'.repeat(129)}"; allowed: 1 to 128 letters, digits, \`.\`, \`_\` and \`-\`; fix: give 1 to 128 letters, digits, \`.\`, \`_\` and \`-\``],
    ['an empty name', { trainingName: '' }, '`trainingName`: got ""; allowed: 1 to 128 letters, digits, `.`, `_` and `-`; fix: give 1 to 128 letters, digits, `.`, `_` and `-`'],
    ['names of jobs that are a token', { jobNamePrefix: text() }, `\`jobNamePrefix\`: ${TOKEN}; fix: give a plain value`],
  ]);

  test('requests that are too large to be passed on', () => {
    const hyperParameters = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`p${i}`, 'x'.repeat(2400)]));
    const message = thrownBy(() => train(newStack(), { hyperParameters })).replace(/\d{6}/, 'N');
    expect(message).toBe('Stack/Train: `rungs`: got requests of N bytes together; allowed: at most 110000: a state machine passes them on; fix: put long hyperparameters into files of the script, or use fewer rungs');
  });

  test('connections without a VPC', () => {
    const stack = newStack();
    expect(thrownBy(() => train(stack).connections)).toBe('Stack/Train: `vpc`: got nothing; allowed: a VPC: without one the jobs have no security groups; fix: give vpc');
    expect(thrownBy(() => new TrainingTask(stack, 'Task', { code: script(), rungs: [TRN1] }).connections)).toBe('Stack/Task: `vpc`: got nothing; allowed: a VPC: without one the jobs have no security groups; fix: give vpc');
  });

  test('a key of an event that says whose events they are', () => {
    const training = train(newStack());
    expect(thrownBy(() => training.onEvent('Rule', { eventPattern: { detail: { training: ['other'] } } }))).toBe(
      'Stack/Train: `eventPattern.detail.training`: got ["other"]; allowed: other keys: this one says whose events they are; fix: leave it out');
  });
});

describe('a registration', () => {
  const given = (more: object): Partial<TrainingJobProps> => ({ registration: { groupName: 'models', image: ServingImage.HF_INFERENCE_2_6_GPU, ...more } });
  const GROUP = 'allowed: 1 to 63 letters and digits, hyphens between them; fix: give 1 to 63 letters and digits, hyphens between them';
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`A${i}`, 'x']));
  errors([
    ['without a name', given({ groupName: '' }), `\`registration.groupName\`: got ""; ${GROUP}`],
    ['with a name of 64 characters', given({ groupName: 'g'.repeat(64) }), `\`registration.groupName\`: got "${'g'.repeat(64)}"; ${GROUP}`],
    ['with a name with an underscore', given({ groupName: 'a_b' }), `\`registration.groupName\`: got "a_b"; ${GROUP}`],
    ['with an image as text', given({ image: 'x' }), '`registration.image`: got "x"; allowed: a serving image; fix: use a static of ServingImage, or ServingImage.fromEcrRepository'],
    ['with the image of the training', given({ image: null }), '`registration.image`: got null; allowed: a serving image; fix: use a static of ServingImage, or ServingImage.fromEcrRepository'],
    ['with an approval as text', given({ approval: 'yes' }), '`registration.approval`: got "yes"; allowed: PendingManualApproval, Approved; fix: use ModelApproval.PENDING or ModelApproval.APPROVED'],
    ['with a variable that is too long', given({ environment: { A: 'x'.repeat(1025) } }), '`registration.environment.A`: got 1025 characters; allowed: at most 1024; fix: shorten it'],
    ['with a variable that is a number', given({ environment: { A: 1 } }), '`registration.environment.A`: got 1; allowed: a text; fix: give it as a text'],
    ['with a variable that is nothing', given({ environment: { A: undefined } }), '`registration.environment.A`: got undefined; allowed: a text; fix: give it as a text'],
    ['with a path', given({ environment: { 'A.$': '$.x' } }), '`registration.environment`: got "A.$"; allowed: names of letters, digits and _ that begin with no digit, at most 1024 characters; fix: rename it'],
    ['with 101 variables', given({ environment: many }), '`registration.environment`: got 101; allowed: at most 100; fix: put the rest into the image'],
  ]);
});

describe('a schedule', () => {
  const RATE = scheduler.ScheduleExpression.rate(Duration.days(7));
  const message = (options: object) => thrownBy(() => train(newStack()).addSchedule('Weekly', { schedule: RATE, ...options })).replace(/^Stack\/Train\/Weekly: /, '').replace(/^Stack\/Train: /, 'Train: ');
  test.each<[string, object, string]>([
    ['as text', { schedule: 'rate(7 days)' }, '`schedule`: got "rate(7 days)"; allowed: a schedule expression; fix: use ScheduleExpression.cron or ScheduleExpression.rate of aws-cdk-lib/aws-scheduler'],
    ['none', { schedule: undefined }, '`schedule`: got undefined; allowed: a schedule expression; fix: use ScheduleExpression.cron or ScheduleExpression.rate of aws-cdk-lib/aws-scheduler'],
    ['no window', { flexibleWindow: Duration.minutes(0) }, '`flexibleWindow`: got 0 minutes; allowed: whole minutes, 1 to 1440; fix: give e.g. Duration.minutes(30)'],
    ['a window of more than a day', { flexibleWindow: Duration.minutes(1441) }, '`flexibleWindow`: got 1441 minutes; allowed: whole minutes, 1 to 1440; fix: give e.g. Duration.minutes(30)'],
    ['half a minute', { flexibleWindow: Duration.seconds(30) }, '`flexibleWindow`: got 0.5 minutes; allowed: whole minutes, 1 to 1440; fix: give e.g. Duration.minutes(30)'],
    ['an input elsewhere', { parameters: { inputs: { train: '/data' } } }, `Train: \`parameters\`: got input.inputs.train is no channel of this training with an address in S3: none ${MAY}`],
    ['what JSON cannot say', { parameters: { hyperParameters: { a: NaN } } }, `Train: \`parameters.hyperParameters.a\`: got NaN; allowed: ${JSON_CAN}`],
    ['a hyperparameter of the launcher', { parameters: { hyperParameters: { sagemaker_region: 'x' } } },
      'Train: `parameters.hyperParameters.sagemaker_region`: got the name "sagemaker_region"; allowed: names that do not begin with sagemaker_: those are the launcher\'s, and kept from the script; fix: rename it'],
    ['what JSON cannot write at all', { parameters: { hyperParameters: { a: undefined, b: BigInt(1), c: () => 1 } } }, [
      'Train: 3 problems',
      `  - \`parameters.hyperParameters.a\`: got undefined; allowed: ${JSON_CAN}`,
      `  - \`parameters.hyperParameters.b\`: got a bigint; allowed: ${JSON_CAN}`,
      `  - \`parameters.hyperParameters.c\`: got a function; allowed: ${JSON_CAN}`,
    ].join('\n')],
    ['a hyperparameter that is too long', { parameters: { hyperParameters: { a: 'x'.repeat(2499) } } }, 'Train: `parameters`: got input.hyperParameters.a has 2501 characters: at most 2500 are allowed; allowed: what the training takes; fix: correct it'],
    ['a variable that is a number', { parameters: { environment: { A: 5 } } }, 'Train: `parameters`: got input.environment.A is no text of at most 512 characters; allowed: what the training takes; fix: correct it'],
    ['what is no parameter', { parameters: { epochs: 3 } }, 'Train: `parameters.epochs`: got a value; allowed: hyperParameters, environment, inputs; fix: correct the name'],
    ['an address that is none', { parameters: { inputs: { train: 5 } } }, 'Train: `parameters.inputs.train`: got 5; allowed: an address in S3; fix: give s3://<bucket>/<prefix>/'],
    ['two variables', { parameters: { environment: { '1': 'x', 'a-b': 'x' } } }, [
      'Train: 2 problems',
      '  - `parameters`: got input.environment has "1": names of letters, digits and _ are allowed that begin with no digit; allowed: what the training takes; fix: correct it',
      '  - `parameters`: got input.environment has "a-b": names of letters, digits and _ are allowed that begin with no digit; allowed: what the training takes; fix: correct it',
    ].join('\n')],
  ])('%s', (_, options, expected) => {
    expect(message(options)).toBe(expected);
  });

  test('an address beside that of the training; one below it is right', () => {
    const training = () => train(newStack(), { inputs: { train: TrainingInput.s3(bucketOf(newStack(), 'data'), 'train/') } });
    const given = (address: string) => thrownBy(() => training().addSchedule('Weekly', { schedule: RATE, parameters: { inputs: { train: address } } }));
    expect(given('s3://data/other/')).toBe('Stack/Train: `parameters`: got input.inputs.train is "s3://data/other/": an address below s3://data/train/ is allowed; allowed: what the training takes; fix: correct it');
    expect(given('s3://data/train/2026/')).toBe('nothing thrown');
    expect(given(text())).toBe('nothing thrown');
  });

  test('an input elsewhere, of a state machine that is not known here', () => {
    const stack = newStack();
    const stateMachine = sfn.StateMachine.fromStateMachineName(stack, 'Machine', 'mine');
    expect(thrownBy(() => new TrainingSchedule(stack, 'Weekly', { stateMachine, schedule: RATE, parameters: { inputs: { train: '/data' } } }))).toBe('Stack/Weekly: `parameters.inputs.train`: got "/data"; allowed: an address in S3; fix: give s3://<bucket>/<prefix>/');
    expect(thrownBy(() => new TrainingTrigger(stack, 'Data', { stateMachine, eventPattern: { source: ['aws.s3'] }, parameters: { inputs: { train: 'data' } } }))).toBe('Stack/Data: `parameters.inputs.train`: got "data"; allowed: an address in S3; fix: give s3://<bucket>/<prefix>/');
  });

  test('two at once', () => {
    expect(message({ schedule: 5, flexibleWindow: Duration.minutes(0) })).toBe([
      '2 problems',
      '  - `schedule`: got 5; allowed: a schedule expression; fix: use ScheduleExpression.cron or ScheduleExpression.rate of aws-cdk-lib/aws-scheduler',
      '  - `flexibleWindow`: got 0 minutes; allowed: whole minutes, 1 to 1440; fix: give e.g. Duration.minutes(30)',
    ].join('\n'));
  });
});

describe('a trigger', () => {
  const message = (options: object) => thrownBy(() => train(newStack()).addTrigger('Data', as({ eventPattern: { source: ['aws.s3'] }, ...options })));
  const PATTERN = "allowed: a pattern with a source; fix: give e.g. { source: ['aws.s3'], detailType: ['Object Created'] }";
  test.each<[string, object, string]>([
    ['none', { eventPattern: undefined }, `\`eventPattern\`: got undefined; ${PATTERN}`],
    ['every event', { eventPattern: {} }, `\`eventPattern\`: got another object; ${PATTERN}`],
    ['no source', { eventPattern: { detailType: ['x'] } }, `\`eventPattern\`: got another object; ${PATTERN}`],
    ['an input elsewhere', { parameters: { inputs: { train: 'data' } } }, `@\`parameters\`: got input.inputs.train is no channel of this training with an address in S3: none ${MAY}`],
  ])('%s', (_, options, expected) => {
    expect(message(options)).toBe(expected.startsWith('@') ? `Stack/Train: ${expected.slice(1)}` : `Stack/Train/Data: ${expected}`);
  });
});

describe('a pipeline', () => {
  test('without a training', () => {
    expect(thrownBy(() => new TrainingPipeline(newStack(), 'Pipeline', { training: as('x') }))).toBe('Stack/Pipeline: `training`: got "x"; allowed: a TrainingJob of this app; fix: pass a TrainingJob');
    expect(thrownBy(() => new TrainingPipeline(newStack(), 'Pipeline', { training: as(undefined) }))).toBe('Stack/Pipeline: `training`: got undefined; allowed: a TrainingJob of this app; fix: pass a TrainingJob');
  });

  test('that compiles a folder', () => {
    const stack = newStack();
    const training = train(stack, { output: { compressed: false } });
    const shapes = CompilationShapes.textEncoder({ batchSize: 1, sequenceLength: 128 });
    expect(thrownBy(() => new TrainingPipeline(stack, 'Pipeline', { training, compilation: { shapes } }))).toBe(
      'Stack/Pipeline: `training`: got a training whose output is a folder of files; allowed: one whose output is compressed: what is compiled is a model.tar.gz; fix: leave `output.compressed` out, or leave `compilation` out');
    expect(thrownBy(() => new TrainingPipeline(stack, 'Served', { training }))).toBe('nothing thrown');
  });
});

describe('props of JavaScript', () => {
  test('types are said before anything else, all of them', () => {
    expect(refused(as({ code: 5, rungs: [{ instanceType: 'x', image: CUDA }], maxRuntime: 5, output: { bucket: 'x' }, environment: { A: 5 }, hyperParameters: { a: undefined }, jobNamePrefix: '_' }))).toBe([
      '6 problems',
      '  - `code`: got 5; allowed: a script; fix: use TrainingCode.fromDirectory, or TrainingCode.inImage',
      '  - `rungs[0].instanceType`: got "x"; allowed: an instance type with accelerators; fix: use a static of AcceleratorInstance such as AcceleratorInstance.TRN1_32XLARGE',
      '  - `maxRuntime`: got 5; allowed: a duration; fix: give e.g. Duration.hours(2)',
      '  - `output.bucket`: got "x"; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketName',
      '  - `environment.A`: got 5; allowed: a text; fix: give it as a text',
      `  - \`hyperParameters.a\`: got undefined; allowed: ${JSON_CAN}`,
    ].join('\n'));
  });

  test('a machine that is no machine of the training takes a schedule and a trigger', () => {
    const stack = newStack();
    const stateMachine = sfn.StateMachine.fromStateMachineName(stack, 'Machine', 'mine');
    expect(thrownBy(() => new TrainingSchedule(stack, 'Weekly', { stateMachine, schedule: scheduler.ScheduleExpression.rate(Duration.days(1)) }))).toBe('nothing thrown');
    expect(thrownBy(() => new TrainingTrigger(stack, 'Data', { stateMachine, eventPattern: { source: ['aws.s3'] } }))).toBe('nothing thrown');
  });

  test('nothing is left of a training that is refused late', () => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    expect(thrownBy(() => new TrainingJob(stack, 'Train', { code: script(), rungs: [{ ...TRN1, image: CUDA }, { ...P4D, image: XLA }] })).split('\n')).toHaveLength(3);
    expect(staged(stack)).toEqual([]);
    expect(Token.isUnresolved(stack.region)).toBe(false);
  });
});
