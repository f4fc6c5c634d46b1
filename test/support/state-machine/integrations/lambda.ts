import { TaskError } from '../errors';
import type { Integration } from '../execution';

/** A Lambda handler. */
export type Handler = (event: any, context: any) => unknown;

/** `arn:...:function:name:alias`, `name:alias` or `name` without what is around the name. */
function nameOf(functionName: string): string {
  const parts = functionName.split(':');
  return functionName.startsWith('arn:') ? parts[6] : parts[0];
}

/** What the Node.js runtime makes of something thrown. */
function thrown(error: unknown): { readonly errorType: string; readonly errorMessage: string; readonly trace: string[] } {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/**
 * `lambda:invoke` with real handlers, by function name or ARN. What a handler throws fails the task under its own name, with the
 * runtime's JSON as cause; a TaskError stands for a failure of the service itself and is passed on as it is.
 */
export function lambda(handlers: Readonly<Record<string, Handler>>): Integration {
  const byName = new Map(Object.entries(handlers).map(([name, handler]) => [nameOf(name), handler]));
  return async (operation, input, { principal, record }) => {
    const { FunctionName, Payload = {}, InvocationType = 'RequestResponse' } = input as { FunctionName: string; Payload?: unknown; InvocationType?: string };
    if (operation !== 'invoke') throw new Error(`lambda: got ${operation}, only invoke is there`);
    if (InvocationType !== 'RequestResponse') throw new Error(`lambda: got InvocationType ${InvocationType}, only RequestResponse is there`);
    const handler = byName.get(nameOf(FunctionName));
    if (!handler) throw new Error(`lambda: got FunctionName ${FunctionName}, there are ${[...byName.keys()].join(', ')}`);
    record({ principal, action: 'lambda:InvokeFunction', resource: [FunctionName], context: {} });
    try {
      const returned = await handler(Payload, { functionName: nameOf(FunctionName), invokedFunctionArn: FunctionName, awsRequestId: 'test' });
      return {
        ExecutedVersion: '$LATEST',
        Payload: returned ?? null,
        SdkHttpMetadata: { HttpStatusCode: 200 },
        SdkResponseMetadata: { RequestId: 'test' },
        StatusCode: 200,
      };
    } catch (error) {
      if (error instanceof TaskError) throw error;
      const failure = thrown(error);
      throw new TaskError(failure.errorType, JSON.stringify(failure));
    }
  };
}
