import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnResource, Stack, type StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template as Assertions } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AcceleratorInstance, TrainingCode, TrainingImage, TrainingJob, type DirectoryTrainingCodeOptions, type TrainingJobProps, type TrainingRung } from '../../src';
import { requestOf } from '../../src/training/core/request';
import type { Attempt, RunInput, RungConfig, TrainingConfig } from '../../src/training/core/types';
import { ACCOUNT, REGION, resolve, stockValues, type Template } from '../support/iam';
import { definitionOf, statesOf, type Definition, type State } from '../support/state-machine';

export { ACCOUNT, REGION };

/** What every test of the constructs of the training room starts from. */
export const ENV = { account: ACCOUNT, region: REGION };

/** A folder with a script, for as long as a test file runs. */
export const FOLDER = fs.mkdtempSync(path.join(os.tmpdir(), 'training-code-'));
fs.writeFileSync(path.join(FOLDER, 'train.py'), 'print(1)\n');
afterAll(() => fs.rmSync(FOLDER, { recursive: true, force: true }));

export const script = (options: Partial<DirectoryTrainingCodeOptions> = {}) => TrainingCode.fromDirectory(FOLDER, { entryPoint: 'train.py', ...options });

export const XLA = TrainingImage.PYTORCH_2_9_SDK_2_28_NEURONX;
export const CUDA = TrainingImage.PYTORCH_2_13_GPU;
export const TRN1: TrainingRung = { instanceType: AcceleratorInstance.TRN1_32XLARGE, image: XLA };
export const TRN2: TrainingRung = { instanceType: AcceleratorInstance.TRN2_48XLARGE, image: XLA };
export const P4D: TrainingRung = { instanceType: AcceleratorInstance.P4D_24XLARGE, image: CUDA };

/** A plain stack in us-east-1; `{}` makes it agnostic. */
export function newStack(props: StackProps = { env: ENV }, id = 'Stack'): Stack {
  return new Stack(new App(), id, props);
}

/** A training on Trainium1, or of what is given. */
export function train(stack: Stack, props: Partial<TrainingJobProps> = {}, id = 'Train'): TrainingJob {
  return new TrainingJob(stack, id, { code: script(), rungs: [TRN1], ...props });
}

type Props = Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>);

/** A stack with one training whose output is in the bucket `models`. */
export function trained(props: Props = {}, stack = newStack()): { stack: Stack; training: TrainingJob } {
  return { stack, training: train(stack, { output: { bucket: bucketOf(stack) }, ...typeof props === 'function' ? props(stack) : props }) };
}

/** A bucket whose name is known at synth. */
export function bucketOf(stack: Stack, name = 'models'): s3.IBucket {
  const id = `Bucket-${name}`;
  return stack.node.tryFindChild(id) as s3.IBucket | undefined ?? s3.Bucket.fromBucketName(stack, id, name);
}

/** A VPC whose ids are known at synth, with so many private subnets, each in a zone of its own. */
export function vpcOf(stack: Stack, subnets = 3, id = 'Vpc'): ec2.IVpc {
  return stack.node.tryFindChild(id) as ec2.IVpc | undefined ?? ec2.Vpc.fromVpcAttributes(stack, id, {
    vpcId: 'vpc-0a1b2c3d',
    availabilityZones: Array.from({ length: subnets }, (_, i) => `us-east-1${'abcdef'[i % 6]}`),
    privateSubnetIds: Array.from({ length: subnets }, (_, i) => `subnet-${i}`),
  });
}

export const templateOf = (stack: Stack): Template => Assertions.fromStack(stack).toJSON() as Template;

/** Logical ids and resources of a type. */
export function ofType(stack: Stack, type: string, template = templateOf(stack)): [string, any][] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
}

/** The logical id of the only resource of a type whose id has this part. */
export function idOf(stack: Stack, type: string, part = ''): string {
  const found = ofType(stack, type).filter(([id]) => id.includes(part));
  expect(found.map(([id]) => id)).toHaveLength(1);
  return found[0][0];
}

/** Values for what CloudFormation would fill in. */
export function valuesOf(template: Template): Record<string, unknown> {
  const named = (type: string, value: (id: string, i: number) => Record<string, unknown>) =>
    Object.assign({}, ...Object.entries(template.Resources).filter(([, { Type }]) => Type === type).map(([id], i) => value(id, i)));
  return {
    ...stockValues(template),
    ...named('AWS::EC2::SecurityGroup', (id, i) => ({ [`${id}.GroupId`]: `sg-${i}` })),
    ...named('AWS::EC2::Subnet', (id, i) => ({ [id]: `subnet-${i}` })),
    ...named('AWS::EFS::FileSystem', (id, i) => ({ [id]: `fs-0123456${i}`, [`${id}.Arn`]: `arn:aws:elasticfilesystem:${REGION}:${ACCOUNT}:file-system/fs-0123456${i}` })),
    ...named('AWS::FSx::FileSystem', (id, i) => ({ [id]: `fs-abcdef0${i}`, [`${id}.LustreMountName`]: 'mount' })),
    ...named('AWS::SQS::Queue', (id) => ({ [id]: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`, [`${id}.Arn`]: `arn:aws:sqs:${REGION}:${ACCOUNT}:${id}`, [`${id}.QueueName`]: id })),
    ...named('AWS::Events::EventBus', (id) => ({ [id]: id, [`${id}.Arn`]: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${id}` })),
    ...named('AWS::Events::Rule', (id) => ({ [id]: id, [`${id}.Arn`]: `arn:aws:events:${REGION}:${ACCOUNT}:rule/${id}` })),
    ...named('AWS::SSM::Parameter', (id) => ({ [id]: id })),
    ...named('AWS::StepFunctions::StateMachine', (id) => ({ [`${id}.Name`]: template.Resources[id].Properties?.StateMachineName ?? id })),
  };
}

/** A part of a template without intrinsics. */
export function filled<T = any>(stack: Stack, value: unknown): T {
  const template = templateOf(stack);
  return resolve(value, valuesOf(template), template) as T;
}

export interface Allowed {
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
  readonly Effect: string;
}

/** What the role with this part in its id may do: what is inside it first, then the policies beside it. */
export function allowed(stack: Stack, part: string): Allowed[] {
  const id = idOf(stack, 'AWS::IAM::Role', part);
  const role = templateOf(stack).Resources[id];
  const beside = ofType(stack, 'AWS::IAM::Policy').filter(([, { Properties }]) => JSON.stringify(Properties.Roles).includes(`"${id}"`));
  return filled<any[]>(stack, [...role.Properties?.Policies ?? [], ...beside.map(([, { Properties }]) => Properties)]).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** Every statement of every identity policy of a stack. */
export function everythingAllowed(stack: Stack): any[] {
  return [
    ...ofType(stack, 'AWS::IAM::Role').flatMap(([, { Properties }]) => Properties.Policies ?? []),
    ...ofType(stack, 'AWS::IAM::Policy').map(([, { Properties }]) => Properties),
  ].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** The definition of a state machine of a stack: the only one's, or that with this part in its id. */
export function definition(stack: Stack, part?: string): Definition {
  const template = templateOf(stack);
  const id = part === undefined ? undefined : idOf(stack, 'AWS::StepFunctions::StateMachine', part);
  return definitionOf(template, valuesOf(template), id);
}

/** The state whose name ends like this. */
export function stateOf(one: Definition, name: string): State & Record<string, any> {
  const found = statesOf(one).filter(([other]) => other === name || other.endsWith(`: ${name}`));
  expect(found.map(([other]) => other)).toHaveLength(1);
  return found[0][1];
}

/** What a run is told: the configuration inside a definition. */
export function configOf(one: Definition): TrainingConfig {
  return stateOf(one, 'Tick').Parameters.Payload.config;
}

/** What the runs of the only training of a stack are told. */
export const config = (stack: Stack): TrainingConfig => configOf(definition(stack));

/** A rung of the only training of a stack. */
export const rungOf = (stack: Stack, rung = 0): RungConfig => config(stack).rungs[rung];

/** The request that is in the state machine. */
export const request = (stack: Stack, rung = 0): Record<string, any> => rungOf(stack, rung).request;

export const OWNER_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${'m'.repeat(80)}:${'e'.repeat(80)}`;

/** The request as the service gets it: the longest values that an execution can fill in. */
export function sent(one: TrainingConfig, attempt: Partial<Attempt> = {}, input: RunInput = {}): Record<string, any> {
  const run = `${one.prefix}-${'0'.repeat(10)}`;
  const full: Attempt = { rung: 0, attempt: 999, job: `${run}-999`, purpose: 'train', onDemand: false, ...attempt };
  return requestOf(one, full, { owner: `${OWNER_ARN}#${'r'.repeat(256)}`, run, input });
}

/** The message of what an action throws. */
export function thrownBy(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}

/** The message of what a training refuses, without its path; it leaves no half-made resources and no assets behind. */
export function refused(props: Props): string {
  const stack = newStack();
  const given = typeof props === 'function' ? props(stack) : props;
  const own = stack.node.findAll().length;
  const message = thrownBy(() => train(stack, given));
  if (message !== 'nothing thrown') {
    const made = stack.node.findAll().slice(own).filter((one) => CfnResource.isCfnResource(one) || one.node.id === 'Code');
    expect(made.map(({ node }) => node.path)).toEqual([]);
    expect(staged(stack)).toEqual([]);
  }
  return message.replace(/^Stack\/Train: /, '');
}

/** Files of assets that were written for a stack. */
export function staged(stack: Stack): string[] {
  const { outdir } = stack.node.root as App;
  return fs.existsSync(outdir) ? fs.readdirSync(outdir).filter((name) => name.startsWith('asset.')) : [];
}

const PREFIX = 'cdk-accelerators:';

/** Our warnings of a stack with their ids: `id: text`. The CDK has some of its own, about subnets from elsewhere. */
export function warningsOf(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).flatMap(({ entry }) => {
    const [, text, id = ''] = /^(.*) \[ack: (.*)\]$/s.exec(String(entry.data)) ?? [];
    return id.startsWith(PREFIX) ? [`${id.slice(PREFIX.length)}: ${text}`] : [];
  });
}

/** Warnings of a training, without those of its image and of plans that its hardware is sold through. */
export function warned(props: Props): string[] {
  return warningsOf(trained(props).stack).filter((one) => !/^(trainingImageSupport|trainingPlanMissing): /.test(one));
}
