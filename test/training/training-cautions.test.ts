import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Environment, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ACCOUNT, newStack, P4D, refused, script, train, TRN1, TRN2, vpcOf, warned, warningsOf } from './support';
import { AcceleratorInstance, InstanceUse, PriceBook, TrainingCode, TrainingLauncher, type TrainingJobProps, type TrainingRung } from '../../src';
import { resolveRung } from '../../src/training/resolved-rung';
import { marketWarnings } from '../../src/training/training-cautions';

describe('overrides of a request', () => {
  const DESCRIBED = 'got a value; allowed: other members: roles, grants and outputs of this training are made for its own; fix: use the prop for it';
  const SPELLED = 'allowed: members as the API spells them, with a capital letter first; fix: see CreateTrainingJob in the API reference';

  test.each(['TrainingJobName', 'RoleArn', 'OutputDataConfig', 'Tags', 'CheckpointConfig'])('of %s are refused', (name) => {
    expect(refused({ requestOverrides: { [name]: 'x' } })).toBe(`\`requestOverrides.${name}\`: ${DESCRIBED}`);
    // It is there or not, whatever it is.
    expect(refused({ requestOverrides: { [name]: undefined } })).toBe(`\`requestOverrides.${name}\`: ${DESCRIBED}`);
  });

  test.each(['stoppingCondition', 'roleArn', 'Stopping-Condition', '', 'Resource Config', '__proto', 'Größe'])('named %j are refused', (name) => {
    expect(refused({ requestOverrides: { [name]: {} } })).toBe(`\`requestOverrides.${name}\`: got the name ${JSON.stringify(name)}; ${SPELLED}`);
  });

  test('several at once', () => {
    expect(refused({ requestOverrides: { Tags: [], vpcConfig: {}, ResourceConfig: {} } })).toBe(['2 problems', `  - \`requestOverrides.Tags\`: ${DESCRIBED}`, `  - \`requestOverrides.vpcConfig\`: got the name "vpcConfig"; ${SPELLED}`].join('\n'));
  });

  test('of all other members are taken', () => {
    expect(refused({ requestOverrides: { AlgorithmSpecification: {}, HyperParameters: {}, Environment: {}, InputDataConfig: [], ResourceConfig: {}, StoppingCondition: {}, ProfilerConfig: {}, ExperimentConfig: {}, X: 1 } })).toBe('nothing thrown');
    expect(refused({ requestOverrides: {} })).toBe('nothing thrown');
  });
});

describe('variables that the launcher sets', () => {
  const RESERVED = 'got a value; allowed: other names: the launcher sets this one; fix: leave it out, and see code, processesPerInstance and precompile';
  const NAMES = ['TRAINING_ENTRY_POINT', 'TRAINING_LAUNCHER', 'TRAINING_PROCESSES_PER_NODE', 'RUN_NEURON_PARALLEL_COMPILE', 'CDK_ACCELERATORS_TRAINING_RUN'];

  test.each(NAMES)('%s is refused, of the training and of a rung', (name) => {
    expect(refused({ environment: { [name]: '' } })).toBe(`\`environment.${name}\`: ${RESERVED}`);
    expect(refused({ rungs: [TRN1, { ...P4D, environment: { [name]: 'x' } }] })).toBe(`\`rungs[1].environment.${name}\`: ${RESERVED}`);
    expect(refused({ code: TrainingCode.inImage(), environment: { [name]: 'x' } })).toBe(`\`environment.${name}\`: ${RESERVED}`);
  });

  test('all of them', () => {
    const all = Object.fromEntries(NAMES.map((name) => [name, 'x']));
    expect(refused({ environment: all, rungs: [{ ...TRN1, environment: all }] })).toBe([
      '10 problems', ...NAMES.map((name) => `  - \`environment.${name}\`: ${RESERVED}`), ...NAMES.map((name) => `  - \`rungs[0].environment.${name}\`: ${RESERVED}`),
    ].join('\n'));
  });

  test('others that begin alike are taken', () => expect(refused({ environment: { TRAINING: 'x', TRAINING_LAUNCHER_2: 'x', training_launcher: 'x' } })).toBe('nothing thrown'));
});

describe('a requirements.txt and a container without a network', () => {
  let root: string;
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'training-requirements-'));
    fs.mkdirSync(path.join(root, 'sub'));
    for (const name of ['train.py', 'requirements.txt', 'sub/train.py', 'sub/requirements.txt']) fs.writeFileSync(path.join(root, name), '');
  });
  afterAll(() => fs.rmSync(root, { recursive: true }));
  const code = (options: Partial<Parameters<typeof TrainingCode.fromDirectory>[1]> = {}) => TrainingCode.fromDirectory(root, { entryPoint: 'train.py', ...options });
  const REFUSED = '`networkIsolation`: got true, with a requirements.txt beside the script; allowed: a container without a network installs nothing; fix: put the packages into the image, and name requirements.txt in exclude';

  test.each([TrainingLauncher.TORCHRUN, TrainingLauncher.PYTHON, TrainingLauncher.SAGEMAKER_TOOLKIT])('are refused together (%s)', (launcher) => {
    expect(refused({ code: code({ launcher }), networkIsolation: true })).toBe(REFUSED);
  });

  test('each alone is right', () => {
    for (const isolated of [false, undefined]) expect(refused({ code: code(), networkIsolation: isolated })).toBe('nothing thrown');
    expect(refused({ networkIsolation: true })).toBe('nothing thrown');
    expect(refused({ code: TrainingCode.inImage(), networkIsolation: true })).toBe('nothing thrown');
  });

  test('one that is excluded, or in another folder, is installed by nobody', () => {
    expect(refused({ code: code({ exclude: ['requirements.txt'] }), networkIsolation: true })).toBe('nothing thrown');
    fs.renameSync(path.join(root, 'requirements.txt'), path.join(root, 'sub', 'more.txt'));
    expect(refused({ code: code(), networkIsolation: true })).toBe('nothing thrown');
    fs.renameSync(path.join(root, 'sub', 'more.txt'), path.join(root, 'requirements.txt'));
  });
});

const inRegion = (env: Environment, rungs: TrainingRung[]) => {
  const stack = newStack({ env });
  train(stack, { rungs });
  return warningsOf(stack).filter((one) => !/^trainingImage(Support|Region): /.test(one));
};

describe('hardware that a region does not sell', () => {
  const sold = (instance: AcceleratorInstance) => PriceBook.bundled().regionsWith(instance, InstanceUse.TRAINING).join(', ');
  const message = (rung: number, { instanceType: type }: TrainingRung, region: string) =>
    `trainingRegion: \`rungs[${rung}].instanceType\`: got ${type.name} in ${region}; allowed: ${type.name} in ${sold(type)}, by the price lists; fix: train in one of these regions, or acknowledge it when you know that this one has it`;

  test('is warned of, for each rung', () => {
    expect(sold(TRN1.instanceType).split(', ')).toContain('us-west-2');
    expect(inRegion({ account: ACCOUNT, region: 'eu-west-1' }, [TRN1, P4D])).toEqual([message(0, TRN1, 'eu-west-1')]);
    expect(inRegion({ account: ACCOUNT, region: 'eu-south-2' }, [TRN1, P4D])).toEqual([message(0, TRN1, 'eu-south-2'), message(1, P4D, 'eu-south-2')]);
  });

  test('is not known of a region that is not known, or that no list was read of', () => {
    expect(inRegion({}, [TRN1])).toEqual([]);
    const nowhere = newStack({ env: { account: ACCOUNT, region: 'xx-nowhere-1' } });
    expect(marketWarnings(nowhere, resolveRung({ code: script(), rungs: [TRN1] }, TRN1, 0)).filter(({ id }) => id === 'trainingRegion')).toEqual([]);
  });

  test('is not what the region sells, nor what no list shows', () => {
    expect(inRegion({ account: ACCOUNT, region: 'us-west-2' }, [TRN1, P4D])).toEqual([]);
    expect(PriceBook.bundled().isListed('us-east-1', AcceleratorInstance.G7_2XLARGE, InstanceUse.TRAINING)).toBeUndefined();
    expect(inRegion({ account: ACCOUNT, region: 'us-east-1' }, [{ ...P4D, instanceType: AcceleratorInstance.G7_2XLARGE }])).toEqual([]);
  });
});

describe('hardware that is sold through plans alone', () => {
  const PLAN = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-plan/p`;
  const of = (rung: number, name: string) => `trainingPlanMissing: \`rungs[${rung}].trainingPlanArn\`: got nothing, for ${name}; allowed: a training plan: the type is sold through plans and Capacity Blocks; fix: give the ARN of a plan, or let this rung come after one that is to be had`;
  const east = { account: ACCOUNT, region: 'us-east-1' };

  test('is warned of, for each rung without a plan', () => {
    expect(inRegion(east, [TRN2])).toEqual([of(0, 'ml.trn2.48xlarge')]);
    expect(inRegion(east, [P4D, TRN2, { ...P4D, name: 'p5e', instanceType: AcceleratorInstance.P5E_48XLARGE }])).toEqual([of(1, 'ml.trn2.48xlarge'), of(2, 'ml.p5e.48xlarge')]);
    expect(inRegion({}, [TRN2])).toEqual([of(0, 'ml.trn2.48xlarge')]);
  });

  test('is right with a plan; and other hardware needs none', () => {
    expect(inRegion(east, [{ ...TRN2, trainingPlanArn: PLAN }])).toEqual([]);
    expect(inRegion(east, [TRN1, P4D])).toEqual([]);
  });
});

describe('subnets of a training', () => {
  const PUBLIC = 'trainingInPublicSubnets: `vpcSubnets`: got public subnets; allowed: subnets with a NAT or with endpoints for S3, ECR and CloudWatch Logs: jobs get no public addresses; fix: select private subnets';
  const vpc = (stack: Stack) => new ec2.Vpc(stack, 'Made', { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] });
  const imported = (stack: Stack) => ec2.Vpc.fromVpcAttributes(stack, 'Given', {
    vpcId: 'vpc-1', availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'], publicSubnetIds: ['p-1', 'p-2', 'p-3'], privateSubnetIds: ['s-1', 's-2', 's-3'],
  });

  test.each<[string, (stack: Stack) => Partial<TrainingJobProps>]>([
    ['public ones', (stack) => ({ vpc: vpc(stack), vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })],
    ['public ones from elsewhere', (stack) => ({ vpc: imported(stack), vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })],
    ['one public one among others', (stack) => {
      const one = imported(stack);
      return { vpc: one, vpcSubnets: { subnets: [...one.privateSubnets, one.publicSubnets[1]] } };
    }],
  ])('are warned of: %s', (_, props) => expect(warned(props)).toEqual([PUBLIC]));

  test.each<[string, (stack: Stack) => Partial<TrainingJobProps>]>([
    ['private ones', (stack) => ({ vpc: vpc(stack) })],
    ['private ones from elsewhere', (stack) => ({ vpc: imported(stack), vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } })],
    ['of a VPC that has no others', (stack) => ({ vpc: vpcOf(stack) })],
    ['none', () => ({})],
  ])('are right: %s', (_, props) => expect(warned(props)).toEqual([]));
});

describe('tries after a timeout', () => {
  const of = (tries: number) => `timeoutsWithoutCheckpoints: \`policies.timeoutAttempts\`: got ${tries}, without checkpoints; allowed: 1: each try begins anew, and runs out of time again; fix: give checkpoints`;

  test('without checkpoints are warned of', () => {
    for (const timeoutAttempts of [2, 20]) expect(warned({ policies: { timeoutAttempts } })).toEqual([of(timeoutAttempts)]);
  });

  test('with checkpoints, or one, are right', () => {
    expect(warned({ policies: { timeoutAttempts: 20 }, checkpoints: {} })).toEqual([]);
    for (const policies of [{ timeoutAttempts: 1 }, {}, undefined]) expect(warned({ policies })).toEqual([]);
  });
});
