import { App, CfnResource, Stack, type StackProps } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { CompilationShapes, ModelSource, NeuronCompilation, NeuronCompilationTask, NeuronPrecision, NeuronTarget, ServingImage, type NeuronCompilationProps, type NeuronCompilationSpec } from '../../src';
import { jobName } from '../../src/compilation/core/job-name';
import { ACCOUNT, REGION, resolve, stockValues, type Template } from '../support/iam';
import { definitionOf, nested, statesOf, type Definition, type State } from '../support/state-machine';

export { ACCOUNT, REGION };

/** What every test of the compilation room starts from. */
export const ENV = { account: ACCOUNT, region: REGION };
export const REVISION = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
export const HUB = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: REVISION });

/** An encoder of the Hub with every default. */
export const ENCODER: NeuronCompilationSpec = { source: HUB, shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }) };
/** A language model over eight cores. */
export const DECODER: NeuronCompilationSpec = {
  source: ModelSource.huggingFace('meta-llama/Llama-3.1-8B-Instruct', { revision: REVISION }),
  shapes: CompilationShapes.decoder({ batchSize: 8, sequenceLength: 4096 }),
  tensorParallelDegree: 8,
};

/** An encoder in S3, with every input of its key spelled out; needs no network. */
export const SPELLED_OUT: NeuronCompilationSpec = {
  source: ModelSource.s3Uri('s3://sources/bert/model.tar.gz', { revision: 'v1' }),
  shapes: CompilationShapes.textEncoder({ batchSize: 4, sequenceLength: 128 }),
  task: 'feature-extraction',
  precision: NeuronPrecision.BF16_MATMUL,
  target: NeuronTarget.INF2,
  tensorParallelDegree: 1,
  servingImage: ServingImage.HF_INFERENCE_2_8_NEURONX,
  compiler: { optimizationLevel: 2, flags: [], maxCpuOperators: 0, trustRemoteCode: false },
};

export const INSTEAD_OF_A_TOKEN = 'got a token (a value known only at deploy time)';
export const KNOWN_AT_SYNTH = 'a value known at synth: the key of the artefact is made of it';

/** A plain stack in us-east-1; `{}` makes it agnostic. */
export function newStack(props: StackProps = { env: ENV }, id = 'Stack', context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context }), id, props);
}

/** A compilation of the encoder, or of what is given. */
export function compile(stack: Stack, props: Partial<NeuronCompilationProps> = {}, id = 'Compile'): NeuronCompilation {
  return new NeuronCompilation(stack, id, { ...ENCODER, ...props });
}

/** A stack with one compilation. */
export function compiled(props: Partial<NeuronCompilationProps> | ((stack: Stack) => Partial<NeuronCompilationProps>) = {}, stack = newStack()): { stack: Stack; compilation: NeuronCompilation } {
  return { stack, compilation: compile(stack, typeof props === 'function' ? props(stack) : props) };
}

/** A bucket whose name is known at synth. */
export function bucketOf(stack: Stack, name = 'artifacts'): s3.IBucket {
  const id = `Bucket-${name}`;
  return stack.node.tryFindChild(id) as s3.IBucket | undefined ?? s3.Bucket.fromBucketName(stack, id, name);
}

/** A VPC whose ids are known at synth, with so many private subnets. */
export function vpcOf(stack: Stack, subnets = 2): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0a1b2c3d',
    availabilityZones: Array.from({ length: subnets }, (_, i) => `us-east-1${'abcdef'[i % 6]}`),
    privateSubnetIds: Array.from({ length: subnets }, (_, i) => `subnet-${i}`),
  });
}

export const templateOf = (stack: Stack): Template => Assertions.fromStack(stack).toJSON() as Template;

/** Logical ids and resources of a type. */
export function ofType(stack: Stack, type: string): [string, any][] {
  return Object.entries(templateOf(stack).Resources).filter(([, { Type }]) => Type === type);
}

/** The logical id of the only resource of a type whose id has this part. */
export function idOf(stack: Stack, type: string, part = ''): string {
  const found = ofType(stack, type).filter(([id]) => id.includes(part));
  expect(found).toHaveLength(1);
  return found[0][0];
}

/** Values for what CloudFormation would fill in. */
function valuesOf(template: Template): Record<string, unknown> {
  const groups = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::EC2::SecurityGroup');
  return { ...stockValues(template), ...Object.fromEntries(groups.map(([id], i) => [`${id}.GroupId`, `sg-${i}`])) };
}

/** A part of a template without intrinsics. */
export function filled<T = any>(stack: Stack, value: unknown): T {
  const template = templateOf(stack);
  return resolve(value, valuesOf(template), template) as T;
}

/** What the role with this part in its id may do: what is inside it first, then the policies beside it. */
export function allowed(stack: Stack, part: string): { Action: string | string[]; Resource: string | string[]; Condition?: unknown; Effect: string }[] {
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

/** All that CloudFormation makes before a resource: what it waits for by name, and what it refers to. */
export function madeBefore(stack: Stack, id: string): Set<string> {
  const { Resources } = templateOf(stack);
  const before = new Set<string>();
  const visit = (one: string) => {
    const text = JSON.stringify([(Resources[one] as any).DependsOn, Resources[one].Properties]);
    for (const other of Object.keys(Resources)) {
      if (other === one || before.has(other) || !text.includes(`"${other}"`)) continue;
      before.add(other);
      visit(other);
    }
  };
  visit(id);
  return before;
}

/** The definition of the only state machine of a stack. */
export function definition(stack: Stack): Definition {
  const template = templateOf(stack);
  return definitionOf(template, valuesOf(template));
}

/** The state whose name ends like this. */
export function state(stack: Stack, name: string): State & Record<string, any> {
  const found = statesOf(definition(stack)).filter(([one]) => one === name || one.endsWith(`: ${name}`));
  expect(found).toHaveLength(1);
  return found[0][1];
}

/** States that no other state leads to, branches by themselves. */
export function unreached(one: Definition): string[] {
  const reached = new Set<string>();
  const visit = (name: string | undefined) => {
    if (name === undefined || reached.has(name)) return;
    reached.add(name);
    const found: any = one.States[name];
    for (const next of [found.Next, found.Default, ...(found.Choices ?? []).map(({ Next }: any) => Next), ...(found.Catch ?? []).map(({ Next }: any) => Next)]) visit(next);
  };
  visit(one.StartAt);
  return [...Object.keys(one.States).filter((name) => !reached.has(name)), ...Object.values(one.States).flatMap(nested).flatMap(unreached)];
}

/** States that lead nowhere and are no end. */
export function dead(one: Definition): string[] {
  return statesOf(one).filter(([, found]: [string, any]) => found.Next === undefined && found.End !== true && !['Choice', 'Fail', 'Succeed'].includes(found.Type)).map(([name]) => name);
}

/** The request for a job, as it is in the definition. */
export const request = (stack: Stack): Record<string, any> => state(stack, 'Create the job').Parameters as Record<string, any>;

/** What the compile script is told. */
export function argumentsOf(stack: Stack): string[] {
  const { AppSpecification: processing, AlgorithmSpecification: training } = request(stack);
  return (processing ?? training).ContainerArguments;
}

/** The value behind an argument, or all of them. */
export function argument(stack: Stack, name: string): string[] {
  const all = argumentsOf(stack);
  return all.flatMap((one, i) => one === `--${name}` ? [all[i + 1]] : []);
}

/** The request as the service gets it: the longest values that an execution can fill in. */
export function sent(stack: Stack, key: string): Record<string, any> {
  const owner = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${'m'.repeat(80)}:${'e'.repeat(80)}`;
  const samples: Record<string, string> = { '$.job.name': jobName(`neuron-${key.slice(0, 16)}`, 's3://artifacts/', 99), '$.owner': owner };
  const fill = (value: any): any => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => {
      if (!name.endsWith('.$')) return [name, fill(member)];
      expect(Object.keys(samples)).toContain(member);
      return [name.slice(0, -2), samples[member as string]];
    }));
  };
  return fill(request(stack));
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

/** What a compilation refuses, or a fragment; it leaves no half-made resources behind. */
export function refused(props: (stack: Stack) => Partial<NeuronCompilationProps>, construct: typeof NeuronCompilation | typeof NeuronCompilationTask = NeuronCompilation): string {
  const stack = newStack();
  const given = { ...ENCODER, ...props(stack) };
  const message = thrownBy(() => new construct(stack, 'Compile', given));
  if (message !== 'nothing thrown') expect(stack.node.findAll().filter((one) => CfnResource.isCfnResource(one)).map(({ node }) => node.path)).toEqual([]);
  return message;
}
