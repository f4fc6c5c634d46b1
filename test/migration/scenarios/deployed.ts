import { createHash } from 'node:crypto';
import { App, Stack } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import type { EndpointVariantProps, InferenceEndpointProps } from '../../../src';
import { TrafficMigration, type TrafficMigrationProps } from '../../../src/migration';
import { twoVariants } from '../../endpoint/support';
import { ACCOUNT, REGION, resolve, stockValues, type Template } from '../../support/iam';
import { AUTOSCALING } from '../../support/standin/autoscaling';
import { CLOUDWATCH } from '../../support/standin/cloudwatch';
import { tableOf } from '../../support/standin/dynamodb';
import { SAGEMAKER } from '../../support/standin/sagemaker';
import type { Service } from '../../support/standin/service';
import { SSM } from '../../support/standin/ssm';
import type { StandIn } from '../../support/standin/stand-in';
import { withoutMeasure } from '../construct-support';

export const ENDPOINT = 'web';

type Variants = ReturnType<typeof twoVariants>;

export interface StackOptions {
  readonly migration?: Partial<TrafficMigrationProps> | ((all: Variants) => Partial<TrafficMigrationProps>);
  readonly gpu?: Partial<EndpointVariantProps>;
  readonly inf2?: Partial<EndpointVariantProps>;
  readonly endpoint?: InferenceEndpointProps;
  readonly id?: string;
}

/** An endpoint with two instances of `gpu`, which has the traffic, one of `inf2`, which has none, and a migration between them. */
export function migrationStack(options: StackOptions = {}): Variants & { migration: TrafficMigration } {
  const stack = new Stack(new App(), options.id ?? 'Stack', { env: { account: ACCOUNT, region: REGION } });
  const all = twoVariants({
    gpu: { weight: 1, scaling: { minInstances: 2, maxInstances: 8, invocationsPerInstance: 900 }, ...options.gpu },
    inf2: { weight: 0, scaling: { maxInstances: 6, invocationsPerInstance: 1800 }, ...options.inf2 },
  }, options.endpoint, stack);
  const given = typeof options.migration === 'function' ? options.migration(all) : options.migration;
  return { ...all, migration: new TrafficMigration(stack, 'Migration', { from: all.gpu, to: all.inf2, migrationName: 'to-inf2', ...withoutMeasure(given ?? {}) }) };
}

/** What CloudFormation knows of a deployed stack. */
export interface Deployed {
  readonly template: Template;
  /** References by logical id and attribute. */
  readonly values: Record<string, unknown>;
}

const ARNS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::CloudWatch::Alarm': (name) => `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`,
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
  'AWS::StepFunctions::StateMachine': (name) => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`,
};

/** Resources that a change replaces: the new one has a name of its own. */
const REPLACED: Readonly<Record<string, string>> = { 'AWS::SageMaker::Model': 'ModelName', 'AWS::SageMaker::EndpointConfig': 'EndpointConfigName' };

/** Names and ARNs as CloudFormation would make them. */
function valuesOf(template: Template): Record<string, unknown> {
  const values: Record<string, unknown> = stockValues(template);
  const resources = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
  for (const [type, attribute] of Object.entries(REPLACED)) {
    for (const [id, { Properties }] of resources(type)) {
      values[`${id}.${attribute}`] = `${id}-${createHash('sha1').update(JSON.stringify(resolve(Properties, values, template))).digest('hex').slice(0, 8)}`;
    }
  }
  for (const [id] of resources('AWS::SageMaker::Endpoint')) Object.assign(values, { [`${id}.EndpointName`]: ENDPOINT, [id]: `arn:aws:sagemaker:${REGION}:${ACCOUNT}:endpoint/${ENDPOINT}` });
  for (const [id] of resources('AWS::SSM::Parameter')) values[id] = id;
  for (const [type, arn] of Object.entries(ARNS)) {
    for (const [id, { Properties = {} }] of resources(type)) {
      const given = Properties.AlarmName ?? Properties.StateMachineName;
      const name = given === undefined ? id : String(resolve(given, values, template));
      Object.assign(values, { [id]: type === 'AWS::StepFunctions::StateMachine' ? arn(name) : name, [`${id}.Arn`]: arn(name), [`${id}.Name`]: name });
    }
  }
  return values;
}

export function deployedOf(stack: Stack): Deployed {
  const template = Assertions.fromStack(stack).toJSON() as Template;
  return { template, values: valuesOf(template) };
}

/** Resources of a type with their properties, intrinsics resolved. */
export function resourcesOf({ template, values }: Deployed, type: string): { readonly id: string; readonly properties: any }[] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type)
    .map(([id, { Properties = {} }]) => ({ id, properties: resolve(Properties, values, template) }));
}

/** The logical id of the only resource of a type whose id has this part. */
export function idOf({ template }: Deployed, type: string, part: string): string {
  const found = Object.keys(template.Resources).filter((id) => template.Resources[id].Type === type && id.includes(part));
  if (found.length !== 1) throw new Error(`${type} ${part}: got ${found.join(', ') || 'none'}`);
  return found[0];
}

/**
 * What CloudFormation does with the resources that the stand-in has: creates what is not there, and updates the endpoint when its configuration
 * has another name. It leaves alone what did not change in the template, whatever became of it meanwhile.
 */
export function deploy(standIn: StandIn, deployed: Deployed, before?: Deployed): void {
  const call = (service: Service, operation: string, input: object) => standIn.call(service, operation, input);
  const each = (type: string, make: (properties: any, id: string) => void) => {
    const old = before === undefined ? [] : resourcesOf(before, type);
    for (const { id, properties } of resourcesOf(deployed, type)) {
      if (JSON.stringify(old.find((one) => one.id === id)?.properties) !== JSON.stringify(properties)) make(properties, id);
    }
  };
  const named = (id: string, attribute: string) => ({ [attribute]: deployed.values[`${id}.${attribute}`] });
  each('AWS::SageMaker::Model', (properties, id) => call(SAGEMAKER, 'CreateModel', { ...properties, ...named(id, 'ModelName') }));
  each('AWS::SageMaker::EndpointConfig', (properties, id) => call(SAGEMAKER, 'CreateEndpointConfig', { ...properties, ...named(id, 'EndpointConfigName') }));
  each('AWS::SageMaker::Endpoint', ({ Tags: _, ...properties }) => {
    if (before !== undefined) return void call(SAGEMAKER, 'UpdateEndpoint', { ...properties, EndpointName: ENDPOINT });
    const { RetainAllVariantProperties: _retain, ExcludeRetainedVariantProperties: _exclude, RetainDeploymentConfig: _config, ...created } = properties;
    call(SAGEMAKER, 'CreateEndpoint', { ...created, EndpointName: ENDPOINT });
    standIn.advance(standIn.control.durations.creating);
  });
  each('AWS::ApplicationAutoScaling::ScalableTarget', ({ RoleARN: _, ...properties }) => call(AUTOSCALING, 'RegisterScalableTarget', properties));
  each('AWS::SSM::Parameter', ({ AllowedPattern: _, ...properties }, id) => call(SSM, 'PutParameter', { ...properties, Name: id, Overwrite: true }));
  each('AWS::DynamoDB::Table', ({ KeySchema: keys }, id) => {
    const key = (type: string): string => keys.find(({ KeyType }: any) => KeyType === type).AttributeName;
    standIn.state().tables.set(id, tableOf(id, key('HASH'), key('RANGE')));
  });
  each('AWS::CloudWatch::Alarm', (properties, id) => call(CLOUDWATCH, 'PutMetricAlarm', { AlarmName: id, ...properties }));
}
