import type { Schema } from './schema';
import { AUTOSCALING_SHAPES, SAGEMAKER_SHAPES, type ServiceShapes } from '../standin/shapes';
import { compilePattern } from '../standin/validate';

/** The schema of a botocore shape, with its enumerations, patterns and ranges. */
export function apiSchema(service: ServiceShapes, name: string): Schema {
  const shape = service.shapes[name];
  if (!shape) throw new Error(`no shape ${name} in ${service.service}`);
  const { min, max } = shape;
  switch (shape.type) {
    case 'boolean': return { kind: 'boolean' };
    case 'integer': case 'long': return { kind: 'number', integer: true, min, max };
    case 'float': case 'double': return { kind: 'number', integer: false, min, max };
    // A template writes a time as text.
    case 'timestamp': return { kind: 'string', pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/ };
    case 'string': return { kind: 'string', allowed: shape.enum, pattern: shape.pattern === undefined ? undefined : compilePattern(shape.pattern), min, max };
    case 'list': return { kind: 'list', element: () => apiSchema(service, shape.member!), min, max };
    case 'map': return { kind: 'map', element: () => apiSchema(service, shape.value!), min, max };
    case 'structure': return {
      kind: 'structure',
      required: shape.required ?? [],
      members: Object.fromEntries(Object.entries(shape.members ?? {}).map(([member, of]) => [member, () => apiSchema(service, of)])),
    };
    default: throw new Error(`shape ${name} has the unknown type ${shape.type}`);
  }
}

type Structure = Schema & { kind: 'structure' };

interface Request {
  /** Members that CloudFormation fills in when the template leaves them out. */
  readonly filledIn: readonly string[];
  /** Members that CloudFormation has and the request has not. */
  readonly added?: () => Structure['members'];
}

function request(service: ServiceShapes, shape: string, { filledIn, added }: Request): Structure {
  const schema = apiSchema(service, shape) as Structure;
  return {
    ...schema,
    required: schema.required.filter((member) => !filledIn.includes(member)),
    members: { ...schema.members, ...added?.() },
  };
}

const TARGET = ['ServiceNamespace', 'ResourceId', 'ScalableDimension'];

/**
 * The request that CloudFormation makes of a resource type's properties. The properties of these types have the request's names, so
 * its shapes say what the CloudFormation schemas leave out: enumerations, patterns, ranges.
 */
const REQUESTS: Record<string, () => Structure> = {
  'AWS::SageMaker::Model': () => request(SAGEMAKER_SHAPES, 'CreateModelInput', { filledIn: ['ModelName'] }),
  'AWS::SageMaker::ModelPackageGroup': () => request(SAGEMAKER_SHAPES, 'CreateModelPackageGroupInput', { filledIn: [] }),
  'AWS::SageMaker::EndpointConfig': () => request(SAGEMAKER_SHAPES, 'CreateEndpointConfigInput', { filledIn: ['EndpointConfigName'] }),
  'AWS::SageMaker::Endpoint': () => request(SAGEMAKER_SHAPES, 'UpdateEndpointInput', {
    filledIn: ['EndpointName'],
    added: () => ({ Tags: () => apiSchema(SAGEMAKER_SHAPES, 'TagList') }),
  }),
  'AWS::ApplicationAutoScaling::ScalableTarget': () => request(AUTOSCALING_SHAPES, 'RegisterScalableTargetRequest', {
    filledIn: [],
    added: () => ({
      ScheduledActions: () => ({
        kind: 'list', element: () => request(AUTOSCALING_SHAPES, 'PutScheduledActionRequest', { filledIn: TARGET }),
      }),
    }),
  }),
  'AWS::ApplicationAutoScaling::ScalingPolicy': () => request(AUTOSCALING_SHAPES, 'PutScalingPolicyRequest', {
    filledIn: TARGET,
    added: () => ({ ScalingTargetId: () => ({ kind: 'string' }) }),
  }),
};

/** Undefined: no request is known for the type. */
export function requestSchema(resourceType: string): Schema | undefined {
  return REQUESTS[resourceType]?.();
}
