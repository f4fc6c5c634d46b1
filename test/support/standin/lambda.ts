import type { InvocationRequest } from '@aws-sdk/client-lambda';
import { ServiceError } from './errors';
import { andThen, type Eventually } from './eventually';
import type { CallContext, Operation, Service } from './service';
import { LAMBDA_SHAPES } from './shapes';

export type LambdaHandler = (event: any, context: any) => unknown;

/** By function name. */
export type Functions = Map<string, LambdaHandler>;

/** `arn:...:function:name:alias`, `name:alias` or `name` without what is around the name. */
export function functionName(reference: string): string {
  const parts = reference.split(':');
  return reference.startsWith('arn:') ? parts[6] : parts[0];
}

function thrown(error: unknown): object {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: stack.split('\n') };
}

/** What the handler throws is an answer with `FunctionError`, not a failure of the call. */
function invoke({ functions }: CallContext, input: InvocationRequest): Eventually<object> {
  const name = functionName(input.FunctionName!);
  const handler = functions.get(name);
  if (!handler) throw new ServiceError('ResourceNotFoundException', `Function not found: ${input.FunctionName}`, 404);
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
  const run = async (): Promise<object> => {
    try {
      const payload = input.Payload as unknown as string | undefined;
      const returned = await handler(payload === undefined || payload === '' ? {} : JSON.parse(payload), { functionName: name, invokedFunctionArn: input.FunctionName, awsRequestId: 'test' });
      return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: JSON.stringify(returned ?? null) };
    } catch (error) {
      return { StatusCode: 200, ExecutedVersion: '$LATEST', FunctionError: 'Unhandled', Payload: JSON.stringify(thrown(error)) };
    }
  };
  return andThen(run(), (answer) => input.InvocationType === 'Event' ? { StatusCode: 202 } : answer);
}

const OPERATIONS: Record<string, Operation> = {
  Invoke: {
    run: invoke,
    resources({ region, account }, { FunctionName, Qualifier }: InvocationRequest) {
      const arn = FunctionName!.startsWith('arn:') ? FunctionName! : `arn:aws:lambda:${region}:${account}:function:${FunctionName}`;
      return [Qualifier === undefined ? arn : `${arn}:${Qualifier}`];
    },
  },
};

/** Lambda: functions of the test, by `standIn.functions`. */
export const LAMBDA: Service = {
  shapes: LAMBDA_SHAPES, iamPrefix: 'lambda', className: 'Lambda', errorMember: 'message', operations: OPERATIONS, actions: { Invoke: 'InvokeFunction' },
};
