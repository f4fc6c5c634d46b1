import type { InvokeEndpointInput } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceError } from './errors';
import { sagemakerArn, type CallContext, type Operation, type Service } from './service';
import { RUNTIME_SHAPES } from './shapes';

const refuse = (message: string) => new ServiceError('ValidationError', message);

/** What the container would answer, unless a test says otherwise. */
export type Answer = (request: { readonly endpoint: string; readonly variant: string; readonly body: string; readonly contentType?: string }) => string;
export const ECHO: Answer = ({ body }) => body;

function invoke(context: CallContext, input: InvokeEndpointInput): object {
  const name = input.EndpointName!;
  const endpoint = context.state.endpoints.get(name.toLowerCase());
  if (!endpoint || endpoint.fleets.length === 0) throw refuse(`Endpoint ${name} of account ${context.account} not found.`);
  if (input.TargetVariant !== undefined && !endpoint.fleets.some(({ name: variant }) => variant === input.TargetVariant)) {
    throw refuse(`Variant ${input.TargetVariant} of endpoint ${name} not found.`);
  }
  const { variant, status } = context.traffic.request(context.state, endpoint, input.TargetVariant);
  if (status !== 200) {
    const body = JSON.stringify({ code: status, type: 'InternalServerException', message: 'Prediction failed' });
    // API reference of InvokeEndpoint: ModelError has status 424 and these members.
    throw new ServiceError('ModelError', `Received ${status === 500 ? 'server' : 'client'} error (${status}) from primary with message "${body}". `
      + `See https://${context.region}.console.aws.amazon.com/cloudwatch/home?region=${context.region}#logEventViewer:group=/aws/sagemaker/Endpoints/${name} in account ${context.account} for more information.`,
    424, { OriginalStatusCode: status, OriginalMessage: body, LogStreamArn: `arn:aws:logs:${context.region}:${context.account}:log-group:/aws/sagemaker/Endpoints/${name}` });
  }
  const body = context.control.answer({ endpoint: name, variant, body: input.Body as unknown as string, contentType: input.ContentType });
  return { Body: body, ContentType: input.Accept ?? input.ContentType ?? 'application/json', InvokedProductionVariant: variant };
}

const OPERATIONS: Record<string, Operation> = {
  InvokeEndpoint: { run: invoke, resources: (context, input: InvokeEndpointInput) => [sagemakerArn(context, 'endpoint', input.EndpointName!)] },
};

/** SageMaker Runtime. A request counts in the metrics of the variant, and fails as its traffic says. */
export const RUNTIME: Service = { shapes: RUNTIME_SHAPES, iamPrefix: 'sagemaker', className: 'SageMakerRuntime', errorMember: 'message', operations: OPERATIONS };
