import type { GetParameterRequest, PutParameterRequest } from '@aws-sdk/client-ssm';
import { invalid, ServiceError } from './errors';
import { timestamp, type CallContext, type Operation, type Service } from './service';
import { SSM_SHAPES } from './shapes';

const MOST_CHARACTERS = 4096;

function arnOf({ region, account }: CallContext, name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}

function get(context: CallContext, { Name }: GetParameterRequest): object {
  const found = context.state.parameters.get(arnOf(context, Name!));
  if (!found) throw new ServiceError('ParameterNotFound', '');
  const { modified, ...parameter } = found;
  return { Parameter: { ...parameter, LastModifiedDate: timestamp(modified), ARN: arnOf(context, Name!) } };
}

function put(context: CallContext, { Name, Value, Type, Overwrite = false, Tier = 'Standard' }: PutParameterRequest): object {
  const before = context.state.parameters.get(arnOf(context, Name!));
  if (before && !Overwrite) throw new ServiceError('ParameterAlreadyExists', 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.');
  if (!before && Type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (Value!.length > MOST_CHARACTERS) throw invalid(`Standard tier parameters support a maximum parameter value of ${MOST_CHARACTERS} characters.`);
  if (Value === '') throw invalid("1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1");
  const version = (before?.Version ?? 0) + 1;
  context.state.parameters.set(arnOf(context, Name!), { Name: Name!, Type: Type ?? before!.Type, Value: Value!, Version: version, DataType: 'text', modified: context.clock.now() });
  return { Version: version, Tier };
}

const resources = (context: CallContext, { Name }: { Name?: string }): string[] => [arnOf(context, Name!)];

const OPERATIONS: Record<string, Operation> = {
  GetParameter: { run: get, resources },
  PutParameter: { run: put, resources, conditionKeys: (_, { Overwrite = false }: PutParameterRequest) => [{ 'ssm:Overwrite': String(Overwrite) }] },
};

/** Parameter Store. */
export const SSM: Service = { shapes: SSM_SHAPES, iamPrefix: 'ssm', className: 'Ssm', errorMember: 'message', operations: OPERATIONS };
