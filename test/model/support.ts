import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { AcceleratorInstance } from '../../src/hardware';
import type { BoundModel, ServedModel, ServedModelBindOptions } from '../../src/model';

export const ACCOUNT = '111111111111';

/** A stack in a region that has everything, or without one for `undefined`. */
export function stackIn(region: string | undefined = 'us-east-1'): Stack {
  return new Stack(new App(), 'Stack', region === 'none' ? undefined : { env: { account: ACCOUNT, region } });
}

/** Binds a model in a scope of its own, as a variant does. */
export function bindIn(stack: Stack, model: ServedModel, options: Partial<ServedModelBindOptions> = {}, id = 'Variant'): BoundModel {
  const instance = model.kind === 'neuron' ? AcceleratorInstance.of('ml.inf2.xlarge') : AcceleratorInstance.of('ml.g5.xlarge');
  return model.bind(new Construct(stack, id), { instance, ...options });
}

/** The properties of the only SageMaker model of a stack. */
export function modelOf(stack: Stack): Record<string, any> {
  const models = Object.values(Template.fromStack(stack).findResources('AWS::SageMaker::Model'));
  expect(models).toHaveLength(1);
  return models[0];
}

export function containerOf(stack: Stack): Record<string, any> {
  return modelOf(stack).Properties.PrimaryContainer;
}

/** All statements of a stack: those inside its roles, then those of the policies beside them. */
export function statementsOf(stack: Stack): Record<string, any>[] {
  return [...inlinePoliciesOf(stack).map((policy) => policy.PolicyDocument), ...policiesOf(stack).map((policy) => policy.Properties.PolicyDocument)]
    .flatMap((document) => document.Statement);
}

/** The policies inside the roles of a stack. */
export function inlinePoliciesOf(stack: Stack): Record<string, any>[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).flatMap((role) => role.Properties.Policies ?? []);
}

/** The policies beside the roles of a stack. */
export function policiesOf(stack: Stack): Record<string, any>[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
}

export function statementWith(stack: Stack, action: string): Record<string, any> | undefined {
  return statementsOf(stack).find((statement) => [statement.Action].flat().includes(action));
}

/** Text of a value that CloudFormation joins. */
export function joined(value: any): string {
  if (typeof value === 'string') return value;
  if (value.Ref !== undefined) return `\${${value.Ref}}`;
  if (value['Fn::GetAtt'] !== undefined) return `\${${value['Fn::GetAtt'].join('.')}}`;
  if (value['Fn::FindInMap'] !== undefined) return `\${map ${value['Fn::FindInMap'].map(joined).join(' ')}}`;
  if (value['Fn::Sub'] !== undefined) return value['Fn::Sub'];
  return value['Fn::Join'][1].map(joined).join(value['Fn::Join'][0]);
}

/** The message that an action fails with. */
export function thrownBy(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing thrown';
}
