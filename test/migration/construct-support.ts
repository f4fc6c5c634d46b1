import { App, CfnResource, Stack, type StackProps } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AccuracyParity, BenchmarkDataset, EndpointBenchmark, ParityMetric, type EndpointVariantProps, type InferenceEndpointProps } from '../../src';
import { MigrationGate, TrafficMigration, type TrafficMigrationProps } from '../../src/migration';
import { twoVariants } from '../endpoint/support';
import { ACCOUNT, REGION, resolve, stockValues, type Template } from '../support/iam';
import { definitionOf, type Definition } from '../support/state-machine';

/** A plain stack where the simulators are; `{}` makes it agnostic. */
export function newStack(props: StackProps = { env: { account: ACCOUNT, region: REGION } }, id = 'Stack', app = new App()): Stack {
  return new Stack(app, id, props);
}

export type Variants = ReturnType<typeof variants>;
type Props = Partial<TrafficMigrationProps>;

/** An endpoint with `gpu`, which has the traffic, and `inf2`, which has none; both scale. */
export function variants(more: { gpu?: Partial<EndpointVariantProps>; inf2?: Partial<EndpointVariantProps>; endpoint?: InferenceEndpointProps } = {}, stack = newStack()) {
  return twoVariants({
    gpu: { weight: 1, scaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 }, ...more.gpu },
    inf2: { weight: 0, scaling: { maxInstances: 6, invocationsPerInstance: 1800 }, ...more.inf2 },
  }, more.endpoint, stack);
}

/** These migrations are not about measured versions. */
export const UNMEASURED = () => MigrationGate.unmeasuredVersion('measured by hand for these tests');

/** A benchmark of variants of an endpoint; of both when it is not said. */
export function benchmarkOf({ stack, gpu, inf2 }: Variants, measured = [gpu, inf2], id = 'Benchmark'): EndpointBenchmark {
  return new EndpointBenchmark(stack, id, {
    targets: measured.map((variant) => ({ variant, usdPerHour: 1 })),
    dataset: BenchmarkDataset.fromBucket(s3.Bucket.fromBucketName(stack, `${id}Data`, 'data'), 'questions.jsonl'),
    load: { concurrency: 16 },
    results: { bucket: s3.Bucket.fromBucketName(stack, `${id}Records`, 'results') },
  });
}

/** A check whether one variant answers as another does; `inf2` as `gpu` when it is not said. */
export function parityOf({ stack, gpu, inf2 }: Pick<Variants, 'stack' | 'gpu' | 'inf2'>, reference = gpu, candidate = inf2): AccuracyParity {
  return new AccuracyParity(stack, 'Parity', {
    parityName: 'same',
    reference,
    candidate,
    goldenSet: BenchmarkDataset.fromBucket(s3.Bucket.fromBucketName(stack, 'Golden', 'data'), 'golden.jsonl'),
    metric: ParityMetric.exactMatch(),
    results: { bucket: s3.Bucket.fromBucketName(stack, 'ParityRecords', 'results') },
  });
}

/** The gates that a test is about, beside it. */
export function withoutMeasure({ gates, ...props }: Props): Props {
  if (gates !== undefined && !Array.isArray(gates)) return { ...props, gates };
  const about = gates?.some((gate) => gate?._aboutVersions) === true;
  return { ...props, gates: about ? gates : [...gates ?? [], UNMEASURED()] };
}

/** A migration from `gpu` to `inf2`. */
export function migrate(props: Props | ((all: Variants) => Props) = {}, all = variants()): Variants & { migration: TrafficMigration } {
  const given = typeof props === 'function' ? props(all) : props;
  return { ...all, migration: new TrafficMigration(all.stack, 'Migration', { from: all.gpu, to: all.inf2, ...withoutMeasure(given) }) };
}

export const templateOf = (stack: Stack): Template => Assertions.fromStack(stack).toJSON() as Template;

/** Logical ids and resources of a type, whose id has this part. */
export function ofType(stack: Stack, type: string, part = ''): [string, any][] {
  return Object.entries(templateOf(stack).Resources).filter(([id, { Type }]) => Type === type && id.includes(part));
}

/** The only one of a type. */
export function only(stack: Stack, type: string, part = ''): [id: string, properties: any, resource: any] {
  const found = ofType(stack, type, part);
  expect(found.map(([id]) => id)).toHaveLength(1);
  return [found[0][0], found[0][1].Properties, found[0][1]];
}

/** A part of a template without intrinsics. */
export function filled<T = any>(stack: Stack, value: unknown): T {
  const template = templateOf(stack);
  return resolve(value, valuesOf(template), template) as T;
}

/** Names as CloudFormation would make them: those that are given, and ids for the rest. */
function valuesOf(template: Template): Record<string, unknown> {
  const arn = (name: string) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
  const named: Record<string, (id: string, properties: any) => [string, unknown][]> = {
    'AWS::SageMaker::Endpoint': (id) => [[`${id}.EndpointName`, 'Endpoint'], [id, `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/endpoint`]],
    'AWS::CloudWatch::Alarm': (id) => [[id, id]],
    'AWS::StepFunctions::StateMachine': (id, { StateMachineName: name = id }) => [
      [id, arn(name)], [`${id}.Name`, name], [`${id}.Arn`, arn(name)],
    ],
    'AWS::DynamoDB::Table': (id) => [[id, id], [`${id}.Arn`, `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}`]],
    'AWS::SSM::Parameter': (id) => [[id, id]],
    'AWS::EC2::SecurityGroup': (id) => [[`${id}.GroupId`, 'sg-1']],
  };
  const values = Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => named[Type]?.(id, Properties) ?? []);
  return { ...stockValues(template), ...Object.fromEntries(values) };
}

/** The definition of the state machine whose id has this part. */
export function definition(stack: Stack, part: string): Definition {
  const template = templateOf(stack);
  const [id] = only(stack, 'AWS::StepFunctions::StateMachine', part);
  return definitionOf(template, valuesOf(template), id);
}

/** What the role with this part in its id may do. */
export function allowed(stack: Stack, part: string): { Action: string | string[]; Resource: string | string[]; Condition?: unknown; Effect: string }[] {
  const [, { Policies }] = only(stack, 'AWS::IAM::Role', part);
  return filled<any[]>(stack, Policies).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
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

/** What a migration refuses; it leaves nothing behind. */
export function refused(props: Props | ((all: Variants) => Props), all = variants()): string {
  const resources = () => all.stack.node.findAll().filter((one) => CfnResource.isCfnResource(one)).map(({ node }) => node.path);
  const given = { from: all.gpu, to: all.inf2, ...withoutMeasure(typeof props === 'function' ? props(all) : props) };
  const before = resources();
  const message = thrownBy(() => new TrafficMigration(all.stack, 'Migration', given));
  if (message !== 'nothing thrown') expect(resources()).toEqual(before);
  return message;
}
