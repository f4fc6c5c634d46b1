import { Duration, Lazy, Size, Token, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DECODER, ENCODER, INSTEAD_OF_A_TOKEN, newStack, refused, REVISION, thrownBy, vpcOf } from './support';
import {
  AcceleratorInstance, CompilationEstimate, CompilationJob, CompilationShapes, ModelCheck, ModelSource, NeuronCompilation, NeuronCompilationTask, NeuronTarget, ProcessingInstance,
  type NeuronCompilationProps,
} from '../../src';

const as = <T>(value: unknown): T => value as T;
const AT = 'Stack/Compile/Task: ';
const FOLDER = 'a folder of letters, digits, `.`, `_`, `-` and `/`, not with a slash at its beginning, at most 512 characters; fix: give e.g. "neuron"';
const LLAMA = (parametersBillion: number) => ModelSource.huggingFace('org/m', { revision: REVISION, profile: { parametersBillion } });

describe('CompilationJob.onCpu refuses', () => {
  const message = (options: unknown) => thrownBy(() => CompilationJob.onCpu(as(options)));
  test.each<[string, unknown, string]>([
    ['a type as text', { instanceType: 'ml.m5.4xlarge' }, '`instanceType`: got "ml.m5.4xlarge"; allowed: a processing instance type; fix: use a static of ProcessingInstance such as ProcessingInstance.M5_4XLARGE, or ProcessingInstance.custom'],
    ['a type of null', { instanceType: null }, '`instanceType`: got null; allowed: a processing instance type; fix: use a static of ProcessingInstance such as ProcessingInstance.M5_4XLARGE, or ProcessingInstance.custom'],
    ['a type without memory', { instanceType: { name: 'ml.m5.4xlarge', vCpus: 16 } }, '`instanceType`: got another object; allowed: a processing instance type; fix: use a static of ProcessingInstance such as ProcessingInstance.M5_4XLARGE, or ProcessingInstance.custom'],
    ['Inferentia', { instanceType: AcceleratorInstance.INF2_XLARGE }, '`instanceType`: got ml.inf2.xlarge; allowed: a processing instance type without accelerators; fix: use CompilationJob.onTrainium: SageMaker runs no processing jobs on Neuron devices'],
    ['a GPU', { instanceType: AcceleratorInstance.G5_XLARGE }, '`instanceType`: got ml.g5.xlarge; allowed: a processing instance type without accelerators; fix: use a static of ProcessingInstance: the compiler has no use for a GPU'],
    ['91 tries', { capacityRetries: 91 }, '`capacityRetries`: got 91; allowed: a whole number from 0 to 90; fix: give a whole number from 0 to 90'],
    ['tries below 0', { capacityRetries: -1 }, '`capacityRetries`: got -1; allowed: a whole number from 0 to 90; fix: give a whole number from 0 to 90'],
    ['tries that are a token', { capacityRetries: Lazy.number({ produce: () => 1 }) }, `\`capacityRetries\`: ${INSTEAD_OF_A_TOKEN}; allowed: a whole number from 0 to 90; fix: give a plain number`],
    ['no volume', { volumeSize: Size.gibibytes(0) }, '`volumeSize`: got 0; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB'],
    ['half a GiB', { volumeSize: Size.mebibytes(512) }, '`volumeSize`: got 0.5; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB'],
    ['too large a volume', { volumeSize: Size.tebibytes(17) }, '`volumeSize`: got 17408; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB'],
    ['a volume as a number', { volumeSize: 100 }, '`volumeSize`: got 100; allowed: a size; fix: give e.g. Size.gibibytes(100)'],
  ])('%s', (_, options, text) => {
    expect(message(options)).toBe(`CompilationJob.onCpu: ${text}`);
  });

  test('several at once', () => {
    expect(message({ capacityRetries: 0.5, volumeSize: Size.gibibytes(0), instanceType: 'm5' })).toBe([
      'CompilationJob.onCpu: 3 problems',
      '  - `capacityRetries`: got 0.5; allowed: a whole number from 0 to 90; fix: give a whole number from 0 to 90',
      '  - `volumeSize`: got 0; allowed: a whole number from 1 to 16384 GiB; fix: give a whole number from 1 to 16384 GiB',
      '  - `instanceType`: got "m5"; allowed: a processing instance type; fix: use a static of ProcessingInstance such as ProcessingInstance.M5_4XLARGE, or ProcessingInstance.custom',
    ].join('\n'));
  });

  test('nothing that is right, at its limits', () => {
    expect(CompilationJob.onCpu({ capacityRetries: 0, volumeSize: Size.gibibytes(1) })).toMatchObject({ kind: 'processing', capacityRetries: 0 });
    expect(CompilationJob.onTrainium({ capacityRetries: 90, volumeSize: Size.tebibytes(16) }).volumeSize.toGibibytes()).toBe(16_384);
    expect(CompilationJob.onCpu()).toMatchObject({ capacityRetries: 12, volumeSize: Size.gibibytes(100), processingInstance: undefined });
  });
});

describe('CompilationJob.onTrainium refuses', () => {
  const TRAINIUM = 'ml.trn1.2xlarge, ml.trn1.32xlarge, ml.trn1n.32xlarge, ml.trn2.48xlarge';
  test.each<[string, unknown, string]>([
    ['Inferentia2', { instanceType: AcceleratorInstance.INF2_XLARGE }, `\`instanceType\`: got ml.inf2.xlarge; allowed: ${TRAINIUM}; fix: SageMaker runs no training jobs on Inferentia: use AcceleratorInstance.TRN1_2XLARGE, whose programs run on Inferentia2 too, or CompilationJob.onCpu`],
    ['a GPU', { instanceType: AcceleratorInstance.G5_XLARGE }, `\`instanceType\`: got ml.g5.xlarge; allowed: ${TRAINIUM}; fix: use AcceleratorInstance.TRN1_2XLARGE, or CompilationJob.onCpu`],
    ['a CPU', { instanceType: ProcessingInstance.M5_4XLARGE }, '`instanceType`: got another object; allowed: an instance type with Trainium; fix: use AcceleratorInstance.TRN1_2XLARGE, TRN1_32XLARGE or TRN2_48XLARGE'],
    ['a type as text', { instanceType: 'ml.trn1.2xlarge' }, '`instanceType`: got "ml.trn1.2xlarge"; allowed: an instance type with Trainium; fix: use AcceleratorInstance.TRN1_2XLARGE, TRN1_32XLARGE or TRN2_48XLARGE'],
  ])('%s', (_, options, text) => {
    expect(thrownBy(() => CompilationJob.onTrainium(as(options)))).toBe(`CompilationJob.onTrainium: ${text}`);
  });

  test('a wrong type even where something else is wrong too', () => {
    expect(thrownBy(() => CompilationJob.onTrainium({ instanceType: AcceleratorInstance.INF2_XLARGE, capacityRetries: 91 }))).toBe([
      'CompilationJob.onTrainium: 2 problems',
      '  - `capacityRetries`: got 91; allowed: a whole number from 0 to 90; fix: give a whole number from 0 to 90',
      `  - \`instanceType\`: got ml.inf2.xlarge; allowed: ${TRAINIUM}; fix: SageMaker runs no training jobs on Inferentia: use AcceleratorInstance.TRN1_2XLARGE, whose programs run on Inferentia2 too, or CompilationJob.onCpu`,
    ].join('\n'));
  });
});

describe('a host that is too small', () => {
  test.each<[string, Partial<NeuronCompilationProps>, string]>([
    ['of the user, CPU', { source: LLAMA(1), job: CompilationJob.onCpu({ instanceType: ProcessingInstance.M5_2XLARGE }) },
      "`job.instanceType`: got ml.m5.2xlarge with 32 GiB of memory; allowed: a host with at least 37.8 GiB, as estimated from the model's profile; fix: use CompilationJob.onCpu with up to ml.r5.24xlarge (768 GiB) or CompilationJob.onTrainium with ml.trn1.32xlarge (512 GiB), or skip ModelCheck.HOST_MEMORY when you have seen it compile there"],
    ['of the user, Trainium', { ...DECODER, source: LLAMA(8), tensorParallelDegree: 2, job: CompilationJob.onTrainium({ instanceType: AcceleratorInstance.TRN1_2XLARGE }) },
      "`job.instanceType`: got ml.trn1.2xlarge with 32 GiB of memory; allowed: a host with at least 52.7 GiB, as estimated from the model's profile; fix: use CompilationJob.onCpu with up to ml.r5.24xlarge (768 GiB) or CompilationJob.onTrainium with ml.trn1.32xlarge (512 GiB), or skip ModelCheck.HOST_MEMORY when you have seen it compile there"],
    ['the largest CPU host', { source: LLAMA(30), job: CompilationJob.onCpu() },
      "`job.instanceType`: got ml.r5.24xlarge with 768 GiB of memory; allowed: a host with at least 902.1 GiB, as estimated from the model's profile; fix: there is no larger host, or skip ModelCheck.HOST_MEMORY when you have seen it compile there"],
    ['the largest Trainium1 host', { ...DECODER, source: LLAMA(100) },
      "`job.instanceType`: got ml.trn1.32xlarge with 512 GiB of memory; allowed: a host with at least 566.8 GiB, as estimated from the model's profile; fix: use CompilationJob.onCpu with up to ml.r5.24xlarge (768 GiB), or skip ModelCheck.HOST_MEMORY when you have seen it compile there"],
    ['every host', { ...DECODER, source: LLAMA(400) },
      "`job.instanceType`: got ml.trn1.32xlarge with 512 GiB of memory; allowed: a host with at least 2243.2 GiB, as estimated from the model's profile; fix: there is no larger host, or skip ModelCheck.HOST_MEMORY when you have seen it compile there"],
    ['every host, also of the user', { source: LLAMA(70), job: CompilationJob.onCpu({ instanceType: ProcessingInstance.R5_24XLARGE }) },
      "`job.instanceType`: got ml.r5.24xlarge with 768 GiB of memory; allowed: a host with at least 2094.2 GiB, as estimated from the model's profile; fix: there is no larger host, or skip ModelCheck.HOST_MEMORY when you have seen it compile there"],
  ])('%s', (_, props, message) => {
    expect(refused(() => props)).toBe(`${AT}${message}`);
    expect(new NeuronCompilation(newStack(), 'Compile', { ...ENCODER, ...props, skipChecks: [ModelCheck.HOST_MEMORY] }).key).toHaveLength(32);
  });

  test('is not that of a language model of 70 billion parameters', () => {
    expect(new NeuronCompilation(newStack(), 'Compile', { ...ENCODER, ...DECODER, source: LLAMA(70) }).instanceType).toBe('ml.trn1.32xlarge');
  });

  test('there is a larger host up to the memory of the largest that compiles for the target', () => {
    // 8 GiB and 6 bytes a parameter.
    const parameters = (gib: number) => (gib - 8) * 1024 ** 3 / 6 / 1e9;
    const fix = (gib: number) => refused(() => ({ ...DECODER, source: LLAMA(parameters(gib)) })).split('; fix: ')[1];
    const seen = 'or skip ModelCheck.HOST_MEMORY when you have seen it compile there';
    expect(fix(767.9)).toBe(`use CompilationJob.onCpu with up to ml.r5.24xlarge (768 GiB), ${seen}`);
    expect(fix(768.1)).toBe(`there is no larger host, ${seen}`);
    expect(new NeuronCompilation(newStack(), 'Compile', { ...ENCODER, ...DECODER, target: NeuronTarget.TRN2, source: LLAMA(parameters(2047.9)) }).instanceType).toBe('ml.trn2.48xlarge');
  });

  test('is one mistake among others', () => {
    expect(refused(() => ({ source: LLAMA(1), tensorParallelDegree: 2, job: CompilationJob.onCpu({ instanceType: ProcessingInstance.M5_2XLARGE }) }))).toBe([
      `${AT}2 problems`,
      '  - `tensorParallelDegree`: got 2; allowed: 1: models of kind text-encoder are not cut over cores; fix: leave it out; each core serves a copy of its own',
      "  - `job.instanceType`: got ml.m5.2xlarge with 32 GiB of memory; allowed: a host with at least 37.8 GiB, as estimated from the model's profile; fix: use CompilationJob.onCpu with up to ml.r5.24xlarge (768 GiB) or CompilationJob.onTrainium with ml.trn1.32xlarge (512 GiB), or skip ModelCheck.HOST_MEMORY when you have seen it compile there",
    ].join('\n'));
  });
});

describe('a training host of other chips than the target', () => {
  test.each<[string, keyof typeof NeuronTarget, AcceleratorInstance, string]>([
    ['Trainium2 for Inferentia2', 'INF2', AcceleratorInstance.TRN2_48XLARGE, 'got ml.trn2.48xlarge for target inf2; allowed: a host of trn1, trn1n'],
    ['Trainium2 for Trainium1', 'TRN1', AcceleratorInstance.TRN2_48XLARGE, 'got ml.trn2.48xlarge for target trn1; allowed: a host of trn1, trn1n'],
    ['Trainium1 for Trainium2', 'TRN2', AcceleratorInstance.TRN1_32XLARGE, 'got ml.trn1.32xlarge for target trn2; allowed: a host of trn2'],
  ])('is refused: %s', (_, target, instanceType, got) => {
    expect(refused(() => ({ target: NeuronTarget[target] as NeuronTarget, job: CompilationJob.onTrainium({ instanceType }) }))).toBe(
      `${AT}\`job.instanceType\`: ${got}; fix: choose another host, or CompilationJob.onCpu, which compiles for every target`);
  });

  test('and it is told together with its memory', () => {
    expect(refused(() => ({ ...DECODER, source: LLAMA(8), tensorParallelDegree: 2, target: NeuronTarget.TRN2, job: CompilationJob.onTrainium({ instanceType: AcceleratorInstance.TRN1_2XLARGE }) }))).toBe([
      `${AT}2 problems`,
      '  - `job.instanceType`: got ml.trn1.2xlarge for target trn2; allowed: a host of trn2; fix: choose another host, or CompilationJob.onCpu, which compiles for every target',
      "  - `job.instanceType`: got ml.trn1.2xlarge with 32 GiB of memory; allowed: a host with at least 52.7 GiB, as estimated from the model's profile; fix: use CompilationJob.onCpu with up to ml.r5.24xlarge (768 GiB) or CompilationJob.onTrainium with ml.trn2.48xlarge (2048 GiB), or skip ModelCheck.HOST_MEMORY when you have seen it compile there",
    ].join('\n'));
  });

  test.each<[keyof typeof NeuronTarget, AcceleratorInstance]>([['INF2', AcceleratorInstance.TRN1_2XLARGE], ['TRN1', AcceleratorInstance.TRN1_32XLARGE], ['TRN2', AcceleratorInstance.TRN2_48XLARGE]])('for %s its own will do', (target, instanceType) => {
    expect(new NeuronCompilation(newStack(), 'Compile', { ...ENCODER, target: NeuronTarget[target] as NeuronTarget, job: CompilationJob.onTrainium({ instanceType }) }).instanceType).toBe(instanceType.name);
  });
});

describe('a compilation refuses', () => {
  test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>, string]>([
    ['a job as text', () => ({ job: as('processing') }), '`job`: got "processing"; allowed: a compile job; fix: use CompilationJob.onCpu or CompilationJob.onTrainium'],
    ['a job of null', () => ({ job: as(null) }), '`job`: got null; allowed: a compile job; fix: use CompilationJob.onCpu or CompilationJob.onTrainium'],
    ['a role as text', () => ({ role: as('arn:aws:iam::123456789012:role/r') }), '`role`: got "arn:aws:iam::123456789012:role/r"; allowed: a role of IAM; fix: pass a Role, or Role.fromRoleArn'],
    ['a run below a minute', () => ({ maxRuntime: Duration.seconds(59) }), '`maxRuntime`: got 59; allowed: a whole number from 60 to 777600 seconds; fix: give a whole number from 60 to 777600 seconds'],
    ['a run as a number', () => ({ maxRuntime: as(60) }), '`maxRuntime`: got 60; allowed: a duration; fix: give e.g. Duration.hours(2)'],
    ['a run of half a second more', () => ({ maxRuntime: Duration.millis(60_500) }), '`maxRuntime`: got 60.5; allowed: a whole number from 60 to 777600 seconds; fix: give a whole number from 60 to 777600 seconds'],
    ['a run that is a token', () => ({ maxRuntime: Duration.minutes(Lazy.number({ produce: () => 5 })) }), `\`maxRuntime\`: ${INSTEAD_OF_A_TOKEN}; allowed: a duration known at synth; fix: give a plain duration such as Duration.hours(2)`],
    ['a bucket as text', () => ({ artifacts: { bucket: as('bucket') } }), '`artifacts.bucket`: got "bucket"; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketName'],
    ['a key as text', () => ({ artifacts: { encryptionKey: as('arn:aws:kms:us-east-1:123456789012:key/k') } }), '`artifacts.encryptionKey`: got "arn:aws:kms:us-east-1:123456789012:key/k"; allowed: a key of KMS; fix: pass a Key, or Key.fromKeyArn'],
    ['another key than that of the bucket', (stack) => {
      const key = (name: string) => kms.Key.fromKeyArn(stack, name, `arn:aws:kms:us-east-1:123456789012:key/${name}`);
      return { artifacts: { bucket: s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'artifacts', encryptionKey: key('one') }), encryptionKey: key('two') } };
    }, '`artifacts.encryptionKey`: got another key than that of the bucket; allowed: the key that the bucket encrypts with: what is written without naming a key gets that one; fix: leave it out'],
    ['a prefix of everything', () => ({ artifacts: { prefix: '*' } }), `\`artifacts.prefix\`: got "*"; allowed: ${FOLDER}`],
    ['a prefix with a wildcard', () => ({ artifacts: { prefix: 'neuron/?' } }), `\`artifacts.prefix\`: got "neuron/?"; allowed: ${FOLDER}`],
    ['a prefix with a policy variable', () => ({ artifacts: { prefix: '${aws:username}' } }), `\`artifacts.prefix\`: got "\${aws:username}"; allowed: ${FOLDER}`],
    ['no prefix', () => ({ artifacts: { prefix: '' } }), `\`artifacts.prefix\`: got ""; allowed: ${FOLDER}`],
    ['a prefix with two slashes', () => ({ artifacts: { prefix: 'a//b' } }), `\`artifacts.prefix\`: got "a//b"; allowed: ${FOLDER}`],
    ['a prefix with a line', () => ({ artifacts: { prefix: 'a\n' } }), `\`artifacts.prefix\`: got "a\\n"; allowed: ${FOLDER}`],
    ['a prefix with a quote', () => ({ artifacts: { prefix: "a'b" } }), `\`artifacts.prefix\`: got "a'b"; allowed: ${FOLDER}`],
    ['a long prefix', () => ({ artifacts: { prefix: 'a'.repeat(513) } }), `\`artifacts.prefix\`: got "${'a'.repeat(513)}"; allowed: ${FOLDER}`],
    ['a prefix that is a number', () => ({ artifacts: { prefix: as(5) } }), `\`artifacts.prefix\`: got 5; allowed: ${FOLDER}`],
    ['a prefix that is a token', () => ({ artifacts: { prefix: Token.asString({ Ref: 'Prefix' }) } }), `\`artifacts.prefix\`: ${INSTEAD_OF_A_TOKEN}; allowed: a folder known at synth; fix: give a plain text such as "neuron"`],
    ['subnets without a VPC', () => ({ network: { vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } } }), '`network.vpcSubnets`: got a value; allowed: nothing without `vpc`; fix: pass vpc, or remove vpcSubnets'],
    ['security groups without a VPC', () => ({ network: { securityGroups: [] } }), '`network.securityGroups`: got a value; allowed: nothing without `vpc`; fix: pass vpc, or remove securityGroups'],
    ['a VPC as text', () => ({ network: { vpc: as('vpc-1') } }), '`network.vpc`: got "vpc-1"; allowed: a VPC; fix: pass a Vpc, or Vpc.fromLookup'],
    ['no security groups', (stack) => ({ network: { vpc: vpcOf(stack), securityGroups: [] } }), '`network.securityGroups`: got 0 security groups; allowed: 1 to 5; fix: leave it out to get one'],
    ['six security groups', (stack) => ({ network: { vpc: vpcOf(stack), securityGroups: Array.from({ length: 6 }, (_, i) => ec2.SecurityGroup.fromSecurityGroupId(stack, `G${i}`, `sg-${i}`)) } }), '`network.securityGroups`: got 6 security groups; allowed: 1 to 5; fix: merge their rules'],
    ['17 subnets', (stack) => ({ network: { vpc: vpcOf(stack, 17) } }), '`network.vpcSubnets`: got 17 subnets; allowed: 1 to 16; fix: select other subnets'],
    ['no subnets', (stack) => ({ network: { vpc: vpcOf(stack), vpcSubnets: { subnets: [] } } }), '`network.vpcSubnets`: got 0 subnets; allowed: 1 to 16; fix: select other subnets'],
  ])('%s', (_, props, message) => {
    expect(refused(props)).toBe(`${AT}${message}`);
  });

  test.each<[string, () => Partial<NeuronCompilationProps>, string]>([
    ['a wait below a quarter of an hour', () => ({ timeout: Duration.minutes(14) }), '`timeout`: got 14; allowed: a whole number from 15 to 720 minutes; fix: give a whole number from 15 to 720 minutes'],
    ['a wait above half a day', () => ({ timeout: Duration.minutes(721) }), '`timeout`: got 721; allowed: a whole number from 15 to 720 minutes; fix: give a whole number from 15 to 720 minutes'],
    ['half a minute more', () => ({ timeout: Duration.seconds(930) }), '`timeout`: got 15.5; allowed: a whole number from 15 to 720 minutes; fix: give a whole number from 15 to 720 minutes'],
    ['a wait that is a token', () => ({ timeout: Duration.minutes(Lazy.number({ produce: () => 60 })) }), `\`timeout\`: ${INSTEAD_OF_A_TOKEN}; allowed: a duration known at synth; fix: give a plain duration such as Duration.hours(2)`],
    ['a wait as a number', () => ({ timeout: as(60) }), '`timeout`: got 60; allowed: a duration; fix: give e.g. Duration.hours(2)'],
    ['a run longer than the wait', () => ({ timeout: Duration.minutes(60), maxRuntime: Duration.minutes(61) }), '`maxRuntime`: got 61 minutes; allowed: at most the 60 minutes that the deploy waits; fix: lower maxRuntime, or raise timeout'],
    ['a run longer than the default wait', () => ({ maxRuntime: Duration.hours(13) }), '`maxRuntime`: got 780 minutes; allowed: at most the 720 minutes that the deploy waits; fix: lower maxRuntime, or raise timeout'],
  ])('%s', (_, props, message) => {
    expect(refused(props)).toBe(`Stack/Compile: ${message}`);
  });

  test('a fragment may run longer, up to nine days', () => {
    expect(thrownBy(() => new NeuronCompilationTask(newStack(), 'Compile', { ...ENCODER, maxRuntime: Duration.days(9) }))).toBe('nothing thrown');
    expect(refused(() => ({ maxRuntime: Duration.days(9).plus(Duration.seconds(1)) }), NeuronCompilationTask)).toBe(
      'Stack/Compile: `maxRuntime`: got 777601; allowed: a whole number from 60 to 777600 seconds; fix: give a whole number from 60 to 777600 seconds');
    expect(refused(() => ({ maxRuntime: as(60) }), NeuronCompilationTask)).toBe('Stack/Compile: `maxRuntime`: got 60; allowed: a duration; fix: give e.g. Duration.hours(2)');
  });

  test('several mistakes, all at once', () => {
    expect(refused((stack) => ({ job: as(5), artifacts: { prefix: '*', bucket: as({}) }, network: { vpc: vpcOf(stack, 17), securityGroups: [] } }))).toBe([
      `${AT}5 problems`,
      '  - `job`: got 5; allowed: a compile job; fix: use CompilationJob.onCpu or CompilationJob.onTrainium',
      '  - `artifacts.bucket`: got another object; allowed: a bucket of S3; fix: pass a Bucket, or Bucket.fromBucketName',
      `  - \`artifacts.prefix\`: got "*"; allowed: ${FOLDER}`,
      '  - `network.securityGroups`: got 0 security groups; allowed: 1 to 5; fix: leave it out to get one',
      '  - `network.vpcSubnets`: got 17 subnets; allowed: 1 to 16; fix: select other subnets',
    ].join('\n'));
  });
});

describe('limits that are kept', () => {
  test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>]>([
    ['a quarter of an hour', () => ({ timeout: Duration.minutes(15) })],
    ['half a day', () => ({ timeout: Duration.hours(12) })],
    ['a run as long as the wait', () => ({ timeout: Duration.minutes(60), maxRuntime: Duration.minutes(60) })],
    ['a prefix with folders and a slash', () => ({ artifacts: { prefix: 'a.b/c_d/e-f/' } })],
    ['16 subnets and 5 groups', (stack) => ({ network: { vpc: vpcOf(stack, 16), securityGroups: Array.from({ length: 5 }, (_, i) => ec2.SecurityGroup.fromSecurityGroupId(stack, `G${i}`, `sg-${i}`)) } })],
    ['a language model as large as its cores', () => ({ ...DECODER, target: NeuronTarget.TRN2, tensorParallelDegree: 64 })],
    ['a small T5 over two cores', () => ({ shapes: CompilationShapes.seq2seq({ batchSize: 1, sequenceLength: 128 }), tensorParallelDegree: 2 })],
  ])('%s', (_, props) => {
    const stack = newStack();
    expect(thrownBy(() => new NeuronCompilation(stack, 'Compile', { ...ENCODER, ...props(stack) }))).toBe('nothing thrown');
  });
});

describe('CompilationEstimate.of refuses', () => {
  test.each<[string, unknown, object, string]>([
    ['text', 'compile', {}, '`compilation`: got "compile"; allowed: a `NeuronCompilation` of this app; fix: give a `NeuronCompilation` of this app'],
    ['prices as text', undefined, { priceBook: 'prices.json' }, '`priceBook`: got "prices.json"; allowed: a `PriceBook`, e.g. PriceBook.fromFile(...); fix: give a `PriceBook`, e.g. PriceBook.fromFile(...)'],
    ['a stack without a region', undefined, {}, '`region`: got a stack without a region; allowed: a region that is known at synth; fix: give `region`, or give the stack an `env` with a region'],
  ])('%s', (_, given, options, message) => {
    const compilation = given ?? new NeuronCompilation(newStack({}), 'Compile', ENCODER);
    expect(thrownBy(() => CompilationEstimate.of(as(compilation), options))).toBe(`CompilationEstimate.of: ${message}`);
  });
});
