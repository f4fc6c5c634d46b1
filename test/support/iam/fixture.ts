import type { Context, RecordedCall } from './call';
import type { Statement } from './policies';
import type { Resource, Template } from './resolve';

/** A trust policy for a service. */
export function trust(...services: string[]): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: services.length === 1 ? services[0] : services } }] };
}

/** A template with the role `Runner`, whose statements are in an AWS::IAM::Policy as CDK makes it. */
export function templateWith(statements: readonly Statement[], others: Readonly<Record<string, Resource>> = {}): Template {
  return {
    Resources: {
      Runner: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('states.amazonaws.com') } },
      RunnerPolicy: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'RunnerPolicy', Roles: [{ Ref: 'Runner' }], PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      },
      ...others,
    },
  };
}

export function allow(Action: string | string[], Resource: string | string[] = '*', rest: Partial<Statement> = {}): Statement {
  return { Effect: 'Allow', Action, Resource, ...rest };
}

export function call(action: string, resource: string | string[], context: Context = {}, principal = 'Runner'): RecordedCall {
  return { principal, action, resource: Array.isArray(resource) ? resource : [resource], context };
}
