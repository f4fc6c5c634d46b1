import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as kms from 'aws-cdk-lib/aws-kms';
import { bucketOf, CUDA, ENV, newStack, P4D, refused, script, staged, thrownBy, train, trained, TRN1, TRN2, vpcOf, warned, warningsOf, XLA } from './support';
import { AcceleratorInstance, AcceleratorKind, NeuronSdk, TrainingCode, TrainingImage, TrainingLauncher, TrainingTask, TrainiumStack, type TrainingJobProps, type TrainingRung } from '../../src';

/** What SageMaker refuses, or takes and fails over: every row of the table of checks, through the public constructs. */

const { TRN1_2XLARGE, TRN1_32XLARGE, TRN1N_32XLARGE, TRN2_3XLARGE, TRN2_48XLARGE, INF1_XLARGE, INF2_XLARGE, INF2_48XLARGE, P3_2XLARGE, P4D_24XLARGE, P4DE_24XLARGE, P5_48XLARGE, P5E_48XLARGE, P5EN_48XLARGE, P6_B200_48XLARGE, G5_XLARGE, G5_48XLARGE, G6_XLARGE } = AcceleratorInstance;
const HOUR = Duration.hours(1);
const XLA_NAME = 'pytorch-training-neuronx:2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04';
const CUDA_NAME = 'pytorch:2.13.0-cu133-amzn2023-sagemaker';
type Props = Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>);
type Row = [string, Props, string];

const many = (count: number, value: unknown = 'x') => Object.fromEntries(Array.from({ length: count }, (_, i) => [`A${i}`, value])) as Record<string, any>;
const p3: TrainingRung = { instanceType: P3_2XLARGE, image: CUDA, volumeSize: Size.gibibytes(100) };
const rung = (one: Partial<TrainingRung>, of: TrainingRung = TRN1): Partial<TrainingJobProps> => ({ rungs: [{ ...of, ...one }] });
const own = (stack: Stack, more: object) => TrainingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own'), { kind: AcceleratorKind.NEURON, tag: '1', ...more });
const key = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/k');

function errors(rows: Row[]): void {
  test.each(rows)('%s', (_, props, message) => {
    expect(refused(props)).toBe(message);
  });
}

function warnings(rows: Row[]): void {
  test.each(rows)('%s', (_, props, message) => {
    expect(warned(props)).toEqual([message]);
  });
}

/** Right at its limits: no error, and no warning. */
function fine(rows: [string, Props][]): void {
  test.each(rows)('%s is right', (_, props) => {
    expect(warned(props)).toEqual([]);
  });
}

describe('the beginning of the names of jobs', () => {
  const allowed = '1 to 48 letters and digits, hyphens between them: run and number come behind it; fix: shorten it, or leave it out';
  errors([
    ['too long', { jobNamePrefix: 'a'.repeat(49) }, `\`jobNamePrefix\`: got "${'a'.repeat(49)}"; allowed: ${allowed}`],
    ['empty', { jobNamePrefix: '' }, `\`jobNamePrefix\`: got ""; allowed: ${allowed}`],
    ['with an underscore', { jobNamePrefix: 'a_b' }, `\`jobNamePrefix\`: got "a_b"; allowed: ${allowed}`],
    ['with a hyphen at its beginning', { jobNamePrefix: '-a' }, `\`jobNamePrefix\`: got "-a"; allowed: ${allowed}`],
    ['with a hyphen at its end', { jobNamePrefix: 'a-' }, `\`jobNamePrefix\`: got "a-"; allowed: ${allowed}`],
  ]);
  fine([['48 characters', { jobNamePrefix: 'a'.repeat(48) }], ['hyphens', { jobNamePrefix: 'a--b-c' }]]);
});

describe('hyperparameters', () => {
  errors([
    ['101', { hyperParameters: many(101, 1) }, '`rungs[0].hyperParameters`: got 101, those of the launcher included; allowed: at most 100; fix: put the rest into a file of the script'],
    ['a name of 257 characters', { hyperParameters: { ['n'.repeat(257)]: 1 } }, `\`rungs[0].hyperParameters\`: got 257 characters; allowed: at most 256; fix: shorten the name ${'n'.repeat(20)}...`],
    ['a text of 2,499 characters, which are 2,501 when it is encoded', { hyperParameters: { a: 'x'.repeat(2499) } },
      '`rungs[0].hyperParameters.a`: got 2501 characters; allowed: at most 2500; fix: put it into a file of the script, or into a channel'],
    ['of the second rung', { rungs: [TRN1, { ...P4D, hyperParameters: { b: 'x'.repeat(2500) } }] }, '`rungs[1].hyperParameters.b`: got 2502 characters; allowed: at most 2500; fix: put it into a file of the script, or into a channel'],
  ]);
  fine([['100 of the longest', { hyperParameters: { ...many(99, 1), ['n'.repeat(256)]: 'x'.repeat(2498) } }]]);

  test('101 with those of the toolkit', () => {
    const message = thrownBy(() => train(newStack(), { code: script({ launcher: TrainingLauncher.SAGEMAKER_TOOLKIT }), hyperParameters: many(95, 1) }));
    expect(message).toBe('Stack/Train: `rungs[0].hyperParameters`: got 101, those of the launcher included; allowed: at most 100; fix: put the rest into a file of the script');
    expect(warned({ code: script({ launcher: TrainingLauncher.SAGEMAKER_TOOLKIT }), hyperParameters: many(94, 1) })).toEqual([]);
  });
});

describe('the environment', () => {
  const names = 'names of letters, digits and _ that begin with no digit, at most 512 characters; fix: rename it';
  errors([
    ['99 and two of the hardware', { environment: many(99) }, '`rungs[0].environment`: got 101, those of the hardware included; allowed: at most 100; fix: put the rest into a file of the script'],
    ['a name with a hyphen', { environment: { 'A-B': 'x' } }, `\`rungs[0].environment\`: got "A-B"; allowed: ${names}`],
    ['a name that begins with a digit', { environment: { '1A': 'x' } }, `\`rungs[0].environment\`: got "1A"; allowed: ${names}`],
    ['a name that is empty', { environment: { '': 'x' } }, `\`rungs[0].environment\`: got ""; allowed: ${names}`],
    ['a name of 513 characters', { environment: { ['A'.repeat(513)]: 'x' } }, `\`rungs[0].environment\`: got "${'A'.repeat(513)}"; allowed: ${names}`],
    ['a value of 513 characters', { environment: { A: 'x'.repeat(513) } }, '`rungs[0].environment.A`: got 513 characters; allowed: at most 512; fix: set it in the script: SageMaker takes no longer ones'],
  ]);
  fine([['the longest of both', { environment: { ['A'.repeat(512)]: 'x'.repeat(512) } }]]);

  test('101 with those of the launcher, the cache and the owner of a job', () => {
    const message = (count: number, more: object = {}) => thrownBy(() => train(newStack(), { environment: many(count), ...more }));
    // Hardware 2, compile cache 1, launcher 3, owner 1.
    expect(message(94)).toBe('Stack/Train: `rungs[0].environment`: got 101, those of the hardware and the launcher included; allowed: at most 100; fix: put the rest into a file of the script');
    expect(message(93)).toBe('nothing thrown');
    expect(message(93, rung({ precompile: {} }))).toBe('Stack/Train: `rungs[0].environment`: got 101, those of the hardware and the launcher included; allowed: at most 100; fix: put the rest into a file of the script');
  });
});

describe('an argument of the container', () => {
  test.each(['entrypoint', 'arguments'])('of 257 characters (%s)', (prop) => {
    expect(thrownBy(() => TrainingCode.inImage({ [prop]: ['x', 'y'.repeat(257)] }))).toBe(
      `TrainingCode.inImage: \`${prop}[1]\`: got 257 characters; allowed: at most 256; fix: put it into a file of the image, or into a hyperparameter`);
    expect(thrownBy(() => TrainingCode.inImage({ [prop]: ['x', 'y'.repeat(256)] }))).toBe('nothing thrown');
  });
});

describe('times', () => {
  errors([
    ['no run', { maxRuntime: Duration.seconds(0) }, '`maxRuntime`: got 0 s; allowed: 1 s to 28 d; fix: give 1 s to 28 d'],
    ['a run of 28 days and a second', { maxRuntime: Duration.seconds(28 * 86_400 + 1) }, '`maxRuntime`: got 2419201 s; allowed: 1 s to 28 d; fix: give 1 s to 28 d'],
    ['a wait without spot', { maxWait: Duration.hours(30) }, '`maxWait`: got 30 h, without spot; allowed: with spot only; fix: leave it out, or set spot: true; for instances that are not to be had there is maxPending'],
    ['a wait shorter than the run', { spot: true, checkpoints: {}, maxRuntime: Duration.hours(2), maxWait: HOUR }, '`maxWait`: got 1 h; allowed: at least maxRuntime (2 h): it counts the run too; fix: raise it'],
    ['a wait shorter than the run of a day', { spot: true, checkpoints: {}, maxWait: Duration.hours(23) }, '`maxWait`: got 23 h; allowed: at least maxRuntime (1 d): it counts the run too; fix: raise it'],
    ['a pending job for 29 days', { maxPending: Duration.days(29) }, '`maxPending`: got 29 d; allowed: 2 h to 28 d; fix: give 2 h to 28 d'],
    ['a pending job for less than half an hour', { maxPending: Duration.minutes(29) }, '`maxPending`: got 29 min; allowed: 2 h to 28 d; fix: give 2 h to 28 d'],
    ['no pending job', { maxPending: Duration.seconds(0) }, '`maxPending`: got 0 s; allowed: 2 h to 28 d; fix: give 2 h to 28 d'],
    ['a pool of seven hours', { warmPool: Duration.hours(7) }, '`warmPool`: got 7 h; allowed: 0 s to 1 h; fix: give 0 s to 1 h'],
  ]);
  warnings([
    ['a pending job for an hour', { maxPending: HOUR }, 'shortPending: `maxPending`: got 1 h; allowed: 2 h to 28 d in the API; one page of AWS shows half an hour; fix: give Duration.hours(2)'],
    ['a pending job for half an hour', { maxPending: Duration.minutes(30) }, 'shortPending: `maxPending`: got 30 min; allowed: 2 h to 28 d in the API; one page of AWS shows half an hour; fix: give Duration.hours(2)'],
    ['a pool of more than an hour', { warmPool: Duration.seconds(3601) }, 'longWarmPool: `warmPool`: got 3601 s; allowed: 1 h in the documentation, 6 h in the API; fix: give Duration.hours(1)'],
    ['a pool of six hours', { warmPool: Duration.hours(6) }, 'longWarmPool: `warmPool`: got 6 h; allowed: 1 h in the documentation, 6 h in the API; fix: give Duration.hours(1)'],
    ['spot without checkpoints for a day', { spot: true }, 'spotWithoutCheckpoints: `checkpoints`: got nothing, with spot and 1 d; allowed: a folder in S3; fix: give checkpoints: an interruption begins the training anew otherwise'],
    ['spot without checkpoints for more than an hour', { spot: true, maxRuntime: Duration.seconds(3601) },
      'spotWithoutCheckpoints: `checkpoints`: got nothing, with spot and 3601 s; allowed: a folder in S3; fix: give checkpoints: an interruption begins the training anew otherwise'],
  ]);
  fine([
    ['the shortest', { maxRuntime: Duration.seconds(1), maxPending: Duration.hours(2), warmPool: Duration.seconds(0) }],
    ['the longest', { maxRuntime: Duration.days(28), maxPending: Duration.days(28), warmPool: HOUR }],
    ['a wait as long as the run', { spot: true, checkpoints: {}, maxRuntime: HOUR, maxWait: HOUR }],
    ['spot without checkpoints for an hour', { spot: true, maxRuntime: HOUR }],
    ['spot with checkpoints', { spot: true, checkpoints: {} }],
  ]);
});

describe('types that a job may get instead', () => {
  const prop = '`rungs[0].alternatives`';
  const six = [P4DE_24XLARGE, P5_48XLARGE, P5E_48XLARGE, P5EN_48XLARGE, P6_B200_48XLARGE].map((instanceType) => ({ instanceType }));
  errors([
    ['six', rung({ alternatives: six }, P4D), `${prop}: got 6 types; allowed: 1 to 5; fix: make another rung of the rest`],
    ['one twice', rung({ alternatives: [{ instanceType: P5_48XLARGE }, { instanceType: P5_48XLARGE }] }, P4D), `${prop}: got ml.p5.48xlarge twice; allowed: each type once; fix: name it once`],
    ['the type of the rung', rung({ alternatives: [{ instanceType: P4D_24XLARGE }] }, P4D), `${prop}: got ml.p4d.24xlarge twice; allowed: each type once; fix: name it once`],
    ['counts for some', rung({ instanceCount: 2, alternatives: [{ instanceType: P5_48XLARGE, instanceCount: 2 }, { instanceType: P5E_48XLARGE }] }, P4D), `${prop}: got 2 of 3 with a count; allowed: a count for all, or for none; fix: give each a count`],
    ['counts for all but the rung', rung({ alternatives: [{ instanceType: P5_48XLARGE, instanceCount: 2 }] }, P4D), `${prop}: got 1 of 2 with a count; allowed: a count for all, or for none; fix: give each a count`],
    ['with spot', { ...rung({ alternatives: [{ instanceType: P5_48XLARGE }] }, P4D), spot: true, checkpoints: {} }, `${prop}: got ml.p4d.24xlarge, ml.p5.48xlarge with spot; allowed: on demand only; fix: leave spot out, or make rungs of the types`],
    ['beside groups', rung({ alternatives: [{ instanceType: P5_48XLARGE }], instanceGroups: [{ name: 'x', instanceType: P4D_24XLARGE, instanceCount: 1 }] }, P4D),
      `${prop}: got ml.p4d.24xlarge, ml.p5.48xlarge beside instance groups; allowed: one of both; fix: leave one of both out`],
    ['GPUs for Trainium', rung({ alternatives: [{ instanceType: P5_48XLARGE }] }), [
      '2 problems',
      `  - \`rungs[0].image\`: got ${XLA_NAME} on ml.p5.48xlarge; allowed: an image for GPUs; fix: give this rung an image of its own`,
      `  - ${prop}: got ml.trn1.32xlarge, ml.p5.48xlarge; allowed: types of one family: a job has one image; fix: make a rung of each family`,
    ].join('\n')],
    ['Inferentia for Trainium', rung({ alternatives: [{ instanceType: INF2_48XLARGE }], volumeSize: Size.gibibytes(100) }),
      '`rungs[0].instanceType`: got ml.inf2.48xlarge; allowed: a type that SageMaker has for training jobs; fix: train on ml.trn1 or a GPU: Inferentia serves only, and what it serves is compiled for it after the training'],
    ['two small ones for two large ones', rung({ instanceCount: 2, alternatives: [{ instanceType: TRN1_2XLARGE }] }),
      '2 problems\n  - `rungs[0].instanceCount`: got 2 of ml.trn1.2xlarge, which has no EFA; allowed: 1; fix: use ml.trn1.32xlarge: several instances of Trainium need EFA\n  - `rungs[0].alternatives[0].instanceType`: got ml.trn1.2xlarge, which takes 2 processes where ml.trn1.32xlarge takes 32; allowed: a type that is launched alike; fix: make a rung of it, or give processesPerInstance'],
    ['one that has no EFA, where there are several', rung({ instanceCount: 2, processesPerInstance: 1, alternatives: [{ instanceType: AcceleratorInstance.G5_2XLARGE }] }, { ...P4D, instanceType: AcceleratorInstance.G5_8XLARGE }),
      '`rungs[0].alternatives[0].instanceType`: got ml.g5.2xlarge without EFA; allowed: several instances that all are as ml.g5.8xlarge; fix: make a rung of it'],
    ['one that is launched in another way', rung({ alternatives: [{ instanceType: AcceleratorInstance.P5_4XLARGE }] }, { ...P4D, instanceType: AcceleratorInstance.P5_48XLARGE }),
      '`rungs[0].alternatives[0].instanceType`: got ml.p5.4xlarge, which takes 1 processes where ml.p5.48xlarge takes 8; allowed: a type that is launched alike; fix: make a rung of it, or give processesPerInstance'],
    ['one without disks and without a volume', rung({ alternatives: [{ instanceType: P3_2XLARGE }] }, { ...P4D, instanceType: G5_XLARGE }),
      '`rungs[0].volumeSize`: got nothing; allowed: a size: ml.p3.2xlarge has no disks of its own; fix: give e.g. Size.gibibytes(100)'],
    ['one with disks, and a key', (stack) => rung({ alternatives: [{ instanceType: G5_XLARGE }], volumeEncryptionKey: key(stack) }, p3),
      '`rungs[0].volumeEncryptionKey`: got a key on ml.g5.xlarge; allowed: nothing: local disks are encrypted by the hardware, and SageMaker refuses a key; fix: leave it out for this rung'],
  ]);
  fine([
    ['five', rung({ alternatives: six.slice(1) }, P4D)],
    ['counts for all', rung({ instanceCount: 4, alternatives: [{ instanceType: P5_48XLARGE, instanceCount: 2 }] }, P4D)],
    ['trn1n', rung({ instanceCount: 4, alternatives: [{ instanceType: TRN1N_32XLARGE }] })],
  ]);
});

describe('several instances without EFA', () => {
  errors([
    ['of Trainium', rung({ instanceType: TRN1_2XLARGE, instanceCount: 2 }), '`rungs[0].instanceCount`: got 2 of ml.trn1.2xlarge, which has no EFA; allowed: 1; fix: use ml.trn1.32xlarge: several instances of Trainium need EFA'],
  ]);
  warnings([
    ['of small GPUs', rung({ instanceType: G5_XLARGE, instanceCount: 2 }, P4D),
      'trainingWithoutEfa: `rungs[0].instanceCount`: got 2 of ml.g5.xlarge, which has no EFA; allowed: several of a type with EFA; fix: use a type with EFA, or acknowledge that gradients go over TCP'],
    ['of the second rung', { rungs: [TRN1, { ...P4D, instanceType: G6_XLARGE, instanceGroups: [{ name: 'x', instanceType: G6_XLARGE, instanceCount: 1 }] }] },
      'trainingWithoutEfa: `rungs[1].instanceCount`: got 2 of ml.g6.xlarge, which has no EFA; allowed: several of a type with EFA; fix: use a type with EFA, or acknowledge that gradients go over TCP'],
  ]);
  fine([['with EFA', rung({ instanceCount: 2 })], ['one', rung({ instanceType: TRN1_2XLARGE })], ['one small GPU', rung({ instanceType: G5_XLARGE }, P4D)], ['large GPUs', rung({ instanceType: G5_48XLARGE, instanceCount: 2 }, P4D)]]);
});

describe('several instances with EFA in a VPC', () => {
  const NO_RULES = '`securityGroups`: got no group that allows all traffic to and from itself; allowed: one that does: EFA takes nothing else; fix: leave securityGroups out, or add a CfnSecurityGroupIngress and a CfnSecurityGroupEgress of protocol -1 from the group to itself';
  const several = (stack: Stack, groups: ec2.ISecurityGroup[]) => train(stack, { ...rung({ instanceCount: 2 }), vpc: vpcOf(stack), securityGroups: groups });
  const group = (stack: Stack, props: Partial<ec2.SecurityGroupProps> = {}) => new ec2.SecurityGroup(stack, 'Group', { vpc: vpcOf(stack), ...props });
  const synthesized = (make: (stack: Stack) => void) => thrownBy(() => {
    const stack = newStack();
    make(stack);
    (stack.node.root as App).synth();
  });
  const REFUSED = `Validation failed with the following errors:\n  [Stack/Train] ${NO_RULES}`;

  test('a group without rules', () => {
    expect(synthesized((stack) => several(stack, [group(stack)]))).toBe(REFUSED);
    expect(synthesized((stack) => several(stack, [group(stack, { allowAllOutbound: false })]))).toBe(REFUSED);
  });

  test('a group that lets itself in, and not out by name', () => {
    expect(synthesized((stack) => {
      const one = group(stack);
      one.connections.allowInternally(ec2.Port.allTraffic());
      several(stack, [one]);
    })).toBe(REFUSED);
  });

  test('rules that are made after the training count', () => {
    expect(synthesized((stack) => {
      const one = group(stack);
      several(stack, [one]);
      new ec2.CfnSecurityGroupIngress(stack, 'In', { groupId: one.securityGroupId, sourceSecurityGroupId: one.securityGroupId, ipProtocol: '-1' });
      new ec2.CfnSecurityGroupEgress(stack, 'Out', { groupId: one.securityGroupId, destinationSecurityGroupId: one.securityGroupId, ipProtocol: '-1' });
    })).toBe('nothing thrown');
  });

  test('rules of a port do not', () => {
    expect(synthesized((stack) => {
      const one = group(stack);
      several(stack, [one]);
      new ec2.CfnSecurityGroupIngress(stack, 'In', { groupId: one.securityGroupId, sourceSecurityGroupId: one.securityGroupId, ipProtocol: 'tcp', fromPort: 0, toPort: 65_535 });
      new ec2.CfnSecurityGroupEgress(stack, 'Out', { groupId: one.securityGroupId, destinationSecurityGroupId: one.securityGroupId, ipProtocol: '-1' });
    })).toBe(REFUSED);
  });

  test('rules inside the group do', () => {
    expect(synthesized((stack) => {
      const one = group(stack, { allowAllOutbound: false });
      one.connections.allowInternally(ec2.Port.allTraffic());
      several(stack, [one]);
    })).toBe('nothing thrown');
  });

  test('one group of several is enough; one instance, or GPUs without EFA, need none', () => {
    expect(synthesized((stack) => {
      const one = group(stack, { allowAllOutbound: false });
      one.connections.allowInternally(ec2.Port.allTraffic());
      several(stack, [new ec2.SecurityGroup(stack, 'Other', { vpc: vpcOf(stack) }), one]);
    })).toBe('nothing thrown');
    expect(synthesized((stack) => train(stack, { vpc: vpcOf(stack), securityGroups: [group(stack)] }))).toBe('nothing thrown');
    expect(synthesized((stack) => train(stack, { ...rung({ instanceType: G5_XLARGE, instanceCount: 2 }, P4D), vpc: vpcOf(stack), securityGroups: [group(stack)] }))).toBe('nothing thrown');
  });

  test('a group from elsewhere is not ours to know: a warning', () => {
    const stack = newStack();
    several(stack, [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-mine')]);
    expect(warningsOf(stack).filter((one) => !one.startsWith('trainingImageSupport'))).toEqual([
      'unknownSelfRules: securityGroups were made elsewhere: one of them has to allow all traffic to and from itself, in and out, or instances cannot reach each other over EFA',
    ]);
  });

  test('a group of its own has the rules', () => {
    expect(synthesized((stack) => train(stack, { ...rung({ instanceCount: 2 }), vpc: vpcOf(stack) }))).toBe('nothing thrown');
  });
});

describe('subnets in few zones', () => {
  const FEW = '; allowed: any number; capacity is found in 3 and more; fix: give subnets of at least 3 Availability Zones';
  warnings([
    ['one', (stack) => ({ vpc: vpcOf(stack, 1) }), `fewAvailabilityZones: \`vpcSubnets\`: got 1 Availability Zone${FEW}`],
    ['two', (stack) => ({ vpc: vpcOf(stack, 2) }), `fewAvailabilityZones: \`vpcSubnets\`: got 2 Availability Zones${FEW}`],
    ['two of three', (stack) => ({ vpc: vpcOf(stack), vpcSubnets: { availabilityZones: ['us-east-1a', 'us-east-1b'] } }), `fewAvailabilityZones: \`vpcSubnets\`: got 2 Availability Zones${FEW}`],
    ['four subnets of two zones, once for two rungs', (stack) => ({
      rungs: [TRN1, P4D],
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Twice', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a', 'us-east-1b'], privateSubnetIds: ['s-1', 's-2', 's-3', 's-4'] }),
    }), `fewAvailabilityZones: \`vpcSubnets\`: got 2 Availability Zones${FEW}`],
  ]);
  fine([['three', (stack) => ({ vpc: vpcOf(stack) })]]);

  test('zones that are known when it is deployed are not counted', () => {
    const stack = newStack({});
    train(stack, { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 }) });
    expect(warningsOf(stack).filter((one) => one.startsWith('fewAvailabilityZones'))).toEqual([]);
  });
});

describe('volumes', () => {
  errors([
    ['none on a type without disks', rung({ volumeSize: undefined }, p3), '`rungs[0].volumeSize`: got nothing; allowed: a size: ml.p3.2xlarge has no disks of its own; fix: give e.g. Size.gibibytes(100)'],
    ['a key on a type with disks', (stack) => rung({ volumeEncryptionKey: key(stack) }), '`rungs[0].volumeEncryptionKey`: got a key on ml.trn1.32xlarge; allowed: nothing: local disks are encrypted by the hardware, and SageMaker refuses a key; fix: leave it out for this rung'],
    ['a key on the second rung', (stack) => {
      const one = key(stack);
      return { rungs: [{ ...p3, volumeEncryptionKey: one }, { ...P4D, volumeEncryptionKey: one }] };
    },
    '`rungs[1].volumeEncryptionKey`: got a key on ml.p4d.24xlarge; allowed: nothing: local disks are encrypted by the hardware, and SageMaker refuses a key; fix: leave it out for this rung'],
  ]);
  warnings([
    ['one on a type with disks', rung({ volumeSize: Size.gibibytes(100) }), 'volumeOfLocalStorage: `rungs[0].volumeSize`: got 100 GiB on ml.trn1.32xlarge; allowed: nothing: its local disks are used, whatever their size; fix: leave volumeSize out'],
  ]);
  fine([['one on a type without', { rungs: [p3] }], ['a key on a type without', (stack) => rung({ volumeEncryptionKey: key(stack) }, p3)]]);
});

describe('network isolation', () => {
  const of = (what: string) => `\`networkIsolation\`: got true, with ${what}; allowed: a container without a network reads its channels only; fix: leave networkIsolation out, or give the files as a channel`;
  errors([
    ['with a compile cache', { networkIsolation: true, compileCache: {} }, of('a compile cache in S3')],
    ['with a compilation before the training', { networkIsolation: true, ...rung({ precompile: {} }) }, of('a compile cache in S3, which precompile fills')],
    ['with a compile cache in a variable', { networkIsolation: true, environment: { NEURON_COMPILE_CACHE_URL: 's3://cache/' } }, of('an address in S3 in NEURON_COMPILE_CACHE_URL')],
    ['with a compile cache in a flag', { networkIsolation: true, ...rung({ environment: { NEURON_CC_FLAGS: '--optlevel=1 --cache_dir=s3://cache/' } }) }, of('an address in S3 in NEURON_CC_FLAGS')],
    ['with a script that the toolkit fetches from S3', { networkIsolation: true, code: TrainingCode.inImage(), environment: { SAGEMAKER_SUBMIT_DIRECTORY: 's3://code/a.tar.gz' } }, of('an address in S3 in SAGEMAKER_SUBMIT_DIRECTORY')],
  ]);
  fine([
    ['by itself', { networkIsolation: true }],
    ['with a cache in the container', { networkIsolation: true, environment: { NEURON_COMPILE_CACHE_URL: '/tmp/cache' } }],
    ['with the toolkit, whose archive comes in a channel', { networkIsolation: true, code: script({ launcher: TrainingLauncher.SAGEMAKER_TOOLKIT }) }],
  ]);
});

describe('images', () => {
  errors([
    ['of Neuron on GPUs', rung({ image: XLA }, P4D), `\`rungs[0].image\`: got ${XLA_NAME} on ml.p4d.24xlarge; allowed: an image for GPUs; fix: give this rung an image of its own`],
    ['of GPUs on Trainium', rung({ image: CUDA }), `\`rungs[0].image\`: got ${CUDA_NAME} on ml.trn1.32xlarge; allowed: an image with the Neuron SDK; fix: give this rung an image of its own`],
    ['of somebody, for GPUs, on Trainium', (stack) => rung({ image: own(stack, { kind: AcceleratorKind.GPU }) }), '`rungs[0].image`: got own:1 on ml.trn1.32xlarge; allowed: an image with the Neuron SDK; fix: give this rung an image of its own'],
    ['TorchNeuron on Trainium1', (stack) => rung({ image: own(stack, { trainiumStack: TrainiumStack.TORCH_NEURON }) }),
      '`rungs[0].image`: got own:1 (TorchNeuron) on ml.trn1.32xlarge; allowed: PyTorch/XLA: TorchNeuron knows Trainium2 and newer alone; fix: use an image of Neuron SDK 2.28 on Trainium1'],
    ['TorchNeuron on trn1n', (stack) => rung({ instanceType: TRN1N_32XLARGE, image: own(stack, { trainiumStack: TrainiumStack.TORCH_NEURON }) }),
      '`rungs[0].image`: got own:1 (TorchNeuron) on ml.trn1n.32xlarge; allowed: PyTorch/XLA: TorchNeuron knows Trainium2 and newer alone; fix: use an image of Neuron SDK 2.28 on Trainium1'],
    ['PyTorch/XLA on Trainium2 beyond 2.30', (stack) => rung({ image: own(stack, { trainiumStack: TrainiumStack.PYTORCH_XLA, neuronSdk: NeuronSdk.V2_31_0 }) }, TRN2),
      '`rungs[0].image`: got own:1 (PyTorch/XLA) on ml.trn2.48xlarge; allowed: PyTorch/XLA up to Neuron SDK 2.30, or TorchNeuron; fix: use an image of Neuron SDK 2.28, or a TorchNeuron image'],
    ['of the other kind, in a group', rung({ instanceGroups: [{ name: 'x', instanceType: TRN1_32XLARGE, instanceCount: 1 }] }, P4D),
      `\`rungs[0].image\`: got ${CUDA_NAME} on ml.trn1.32xlarge; allowed: an image with the Neuron SDK; fix: give this rung an image of its own`],
  ]);
  fine([
    ['TorchNeuron on Trainium2', (stack) => rung({ image: own(stack, { trainiumStack: TrainiumStack.TORCH_NEURON }) }, TRN2)],
    ['PyTorch/XLA on Trainium2 up to 2.30', rung({ image: TrainingImage.PYTORCH_2_9_SDK_2_30_NEURONX }, TRN2)],
    ['PyTorch/XLA on Trainium1 beyond it', (stack) => rung({ image: own(stack, { trainiumStack: TrainiumStack.PYTORCH_XLA, neuronSdk: NeuronSdk.V2_31_0 }) })],
    ['an image of which nothing is said', (stack) => rung({ image: own(stack, {}) })],
  ]);

  test('in a region that is not known to hold it: a warning', () => {
    const stack = newStack({ env: { ...ENV, region: 'eu-south-1' } });
    train(stack, {});
    expect(warningsOf(stack).filter((one) => one.startsWith('trainingImageRegion'))).toEqual([
      `trainingImageRegion: \`rungs[0].image\`: got ${XLA_NAME} in eu-south-1; allowed: the regions known to hold it: ${XLA._regions()!.join(', ')}; fix: copy the image to a repository of your own and pass it with TrainingImage.fromEcrRepository, or acknowledge it when you know that this region has it`,
    ]);
    const unknown = newStack({});
    train(unknown, {});
    expect(warningsOf(unknown).filter((one) => one.startsWith('trainingImageRegion'))).toEqual([]);
  });

  test('beyond its support: a warning', () => {
    expect(warningsOf(trained().stack)).toEqual([
      `trainingImageSupport: \`rungs[0].image\`: got ${XLA_NAME}, whose support ended on 2026-05-21; allowed: any version: it goes on to run, without patches; fix: acknowledge it: for PyTorch on this hardware there is no image with support (Trainium2 has TorchNeuron in beta, in an image of your own)`,
    ]);
    expect(warningsOf(trained({ rungs: [{ ...P4D, image: TrainingImage.PYTORCH_2_9_GPU }] }).stack)).toEqual([
      `trainingImageSupport: \`rungs[0].image\`: got ${TrainingImage.PYTORCH_2_9_GPU}, whose support ended on 2026-10-15; allowed: any version: it goes on to run, without patches; fix: use a newer one`,
    ]);
    expect(warningsOf(trained({ rungs: [P4D] }).stack)).toEqual([]);
  });
});

describe('the profiler', () => {
  errors([
    ['on Trainium', rung({ profilerInterval: Duration.seconds(1) }), '`rungs[0].profilerInterval`: got the profiler on ml.trn1.32xlarge; allowed: GPUs: SageMaker Debugger and its profiler do not know Trainium; fix: leave it out for this rung'],
    ['every 300 ms', rung({ profilerInterval: Duration.millis(300) }, P4D), '`rungs[0].profilerInterval`: got 300 ms; allowed: 100, 200, 500, 1000, 5000, 60000 ms; fix: give one of them, e.g. Duration.seconds(1)'],
  ]);
  fine([['every minute', rung({ profilerInterval: Duration.minutes(1) }, P4D)], ['every 100 ms', rung({ profilerInterval: Duration.millis(100) }, P4D)]]);
});

describe('types that serve only', () => {
  const INFERENTIA = 'train on ml.trn1 or a GPU: Inferentia serves only, and what it serves is compiled for it after the training';
  errors([
    ['Inferentia2', rung({ instanceType: INF2_XLARGE, volumeSize: Size.gibibytes(100) }), `\`rungs[0].instanceType\`: got ml.inf2.xlarge; allowed: a type that SageMaker has for training jobs; fix: ${INFERENTIA}`],
    ['Inferentia1', rung({ instanceType: INF1_XLARGE, volumeSize: Size.gibibytes(100) }), `\`rungs[0].instanceType\`: got ml.inf1.xlarge; allowed: a type that SageMaker has for training jobs; fix: ${INFERENTIA}`],
    ['trn2.3xlarge', rung({ instanceType: TRN2_3XLARGE }), '`rungs[0].instanceType`: got ml.trn2.3xlarge; allowed: a type that SageMaker has for training jobs; fix: use another type, e.g. ml.trn1.32xlarge or ml.p4d.24xlarge'],
    ['gr6', rung({ instanceType: AcceleratorInstance.GR6_4XLARGE }, P4D), '`rungs[0].instanceType`: got ml.gr6.4xlarge; allowed: a type that SageMaker has for training jobs; fix: use another type, e.g. ml.trn1.32xlarge or ml.p4d.24xlarge'],
    ['in a group', rung({ instanceGroups: [{ name: 'x', instanceType: INF2_XLARGE, instanceCount: 1 }], volumeSize: Size.gibibytes(1) }), [
      '2 problems',
      `  - \`rungs[0].instanceType\`: got ml.inf2.xlarge; allowed: a type that SageMaker has for training jobs; fix: ${INFERENTIA}`,
      '  - `rungs[0].instanceCount`: got 2 of ml.inf2.xlarge, which has no EFA; allowed: 1; fix: use ml.trn1.32xlarge: several instances of Trainium need EFA',
    ].join('\n')],
  ]);

  test.each(AcceleratorInstance.all().filter(({ name }) => /^ml\.(p|g\d|trn)/.test(name)).map(({ name }) => name))('%s is for training in SageMaker, or not', (name) => {
    // CreateTrainingJob, InstanceType (SDK 3.1142.0): neither trn2.3xlarge nor gr6.
    const instanceType = AcceleratorInstance.of(name);
    const message = refused({ rungs: [{ instanceType, image: instanceType.isNeuron ? XLA : CUDA, volumeSize: Size.gibibytes(10) }] });
    expect(message.includes('a type that SageMaker has for training jobs')).toBe(/^ml\.(trn2\.3xlarge|gr6\.)/.test(name));
  });
});

test('what is wrong with several props is said at once, and nothing is made', () => {
  expect(refused((stack) => ({
    rungs: [{ ...TRN1, instanceType: TRN1_2XLARGE, instanceCount: 2, image: CUDA, profilerInterval: Duration.seconds(1) }, { ...p3, volumeSize: undefined }],
    environment: { 1: 'x' },
    jobNamePrefix: '_',
    maxRuntime: Duration.days(29),
    maxWait: Duration.days(30),
    networkIsolation: true,
    compileCache: {},
    output: { bucket: bucketOf(stack) },
  }))).toBe([
    '10 problems',
    '  - `rungs[0].instanceCount`: got 2 of ml.trn1.2xlarge, which has no EFA; allowed: 1; fix: use ml.trn1.32xlarge: several instances of Trainium need EFA',
    `  - \`rungs[0].image\`: got ${CUDA_NAME} on ml.trn1.2xlarge; allowed: an image with the Neuron SDK; fix: give this rung an image of its own`,
    '  - `rungs[0].environment`: got "1"; allowed: names of letters, digits and _ that begin with no digit, at most 512 characters; fix: rename it',
    '  - `rungs[0].profilerInterval`: got the profiler on ml.trn1.2xlarge; allowed: GPUs: SageMaker Debugger and its profiler do not know Trainium; fix: leave it out for this rung',
    '  - `rungs[1].volumeSize`: got nothing; allowed: a size: ml.p3.2xlarge has no disks of its own; fix: give e.g. Size.gibibytes(100)',
    '  - `rungs[1].environment`: got "1"; allowed: names of letters, digits and _ that begin with no digit, at most 512 characters; fix: rename it',
    '  - `jobNamePrefix`: got "_"; allowed: 1 to 48 letters and digits, hyphens between them: run and number come behind it; fix: shorten it, or leave it out',
    '  - `maxRuntime`: got 29 d; allowed: 1 s to 28 d; fix: give 1 s to 28 d',
    '  - `maxWait`: got 30 d, without spot; allowed: with spot only; fix: leave it out, or set spot: true; for instances that are not to be had there is maxPending',
    '  - `networkIsolation`: got true, with a compile cache in S3; allowed: a container without a network reads its channels only; fix: leave networkIsolation out, or give the files as a channel',
  ].join('\n'));
});

test('a task says the same, under its own path', () => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  expect(thrownBy(() => new TrainingTask(stack, 'Task', { code: script(), rungs: [{ ...TRN1, instanceType: TRN2_48XLARGE, image: CUDA }], maxRuntime: Duration.seconds(0) }))).toBe([
    'Stack/Task: 2 problems',
    `  - \`rungs[0].image\`: got ${CUDA_NAME} on ml.trn2.48xlarge; allowed: an image with the Neuron SDK; fix: give this rung an image of its own`,
    '  - `maxRuntime`: got 0 s; allowed: 1 s to 28 d; fix: give 1 s to 28 d',
  ].join('\n'));
  expect(staged(stack)).toEqual([]);
});
