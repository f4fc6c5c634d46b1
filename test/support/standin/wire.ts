import type { IncomingHttpHeaders } from 'node:http';
import type { ServiceError } from './errors';
import { LAMBDA } from './lambda';
import { RUNTIME } from './runtime';
import type { Service } from './service';
import { SNS } from './sns';

/** Services that do not speak JSON with a target header: Lambda and SageMaker Runtime by path, SNS by form and XML. */

/** A request, as far as it matters here. */
interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Exchange {
  readonly service: Service;
  readonly operation: string;
  readonly input: object;
  answer(output: any): WireAnswer;
  refuse(error: ServiceError): WireAnswer;
}

/** Members without a value are not there. */
function given<T>(members: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter((entry): entry is [string, T] => entry[1] !== undefined));
}

/** The members of an input or output that travel as headers. */
type Headers = Readonly<Record<string, string>>;

const text = (value: string | string[] | undefined): string | undefined => Array.isArray(value) ? value.join() : value;

function fromHeaders(members: Headers, headers: IncomingHttpHeaders): Record<string, string> {
  return given(Object.fromEntries(Object.entries(members).map(([member, header]) => [member, text(headers[header])])));
}

function toHeaders(members: Headers, output: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).filter(([member]) => output[member] !== undefined).map(([member, header]) => [header, String(output[member])]));
}

const refusedAsJson = ({ type, message, status, members }: ServiceError): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
  // Lambda and SageMaker Runtime differ in the letter; the SDK reads both.
  body: JSON.stringify({ Type: type, message, Message: message, ...members }),
});

const LAMBDA_INPUT: Headers = { InvocationType: 'x-amz-invocation-type', LogType: 'x-amz-log-type', ClientContext: 'x-amz-client-context' };
const LAMBDA_OUTPUT: Headers = { FunctionError: 'x-amz-function-error', ExecutedVersion: 'x-amz-executed-version' };
const RUNTIME_INPUT: Headers = {
  ContentType: 'content-type',
  Accept: 'accept',
  CustomAttributes: 'x-amzn-sagemaker-custom-attributes',
  TargetModel: 'x-amzn-sagemaker-target-model',
  TargetVariant: 'x-amzn-sagemaker-target-variant',
  InferenceId: 'x-amzn-sagemaker-inference-id',
};
const RUNTIME_OUTPUT: Headers = { ContentType: 'content-type', InvokedProductionVariant: 'x-amzn-invoked-production-variant', CustomAttributes: 'x-amzn-sagemaker-custom-attributes' };

function invokeFunction(name: string, { headers, body }: Received): Exchange {
  return {
    service: LAMBDA,
    operation: 'Invoke',
    input: { FunctionName: name, ...fromHeaders(LAMBDA_INPUT, headers), ...body !== '' && { Payload: body } },
    answer: (output) => ({ status: output.StatusCode, headers: { 'content-type': 'application/json', ...toHeaders(LAMBDA_OUTPUT, output) }, body: output.Payload ?? '' }),
    refuse: refusedAsJson,
  };
}

function invokeEndpoint(name: string, { headers, body }: Received): Exchange {
  return {
    service: RUNTIME,
    operation: 'InvokeEndpoint',
    input: { EndpointName: name, ...fromHeaders(RUNTIME_INPUT, headers), Body: body },
    answer: (output) => ({ status: 200, headers: toHeaders(RUNTIME_OUTPUT, output), body: output.Body }),
    refuse: refusedAsJson,
  };
}

const escaped = (value: string): string => value.replace(/[<>&'"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** `MessageAttributes.entry.1.Name=a&MessageAttributes.entry.1.Value.DataType=String` as an object. */
function publishInput(form: URLSearchParams): object {
  const input: Record<string, any> = {};
  const attributes: Record<string, Record<string, string>> = {};
  for (const [name, value] of form) {
    const [, at, member] = /^MessageAttributes\.entry\.(\d+)\.Value\.(\w+)$/.exec(name) ?? [];
    if (at !== undefined) (attributes[form.get(`MessageAttributes.entry.${at}.Name`)!] ??= {})[member] = value;
    else if (!/^(Action|Version)$|\.Name$/.test(name)) input[name] = value;
  }
  return { ...input, ...Object.keys(attributes).length > 0 && { MessageAttributes: attributes } };
}

function publish(form: URLSearchParams): Exchange {
  const xml = (status: number, body: string): WireAnswer => ({ status, headers: { 'content-type': 'text/xml' }, body });
  const space = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';
  return {
    service: SNS,
    operation: form.get('Action') ?? '',
    input: publishInput(form),
    answer: ({ MessageId }) => xml(200, `<PublishResponse ${space}><PublishResult><MessageId>${MessageId}</MessageId></PublishResult><ResponseMetadata><RequestId>test</RequestId></ResponseMetadata></PublishResponse>`),
    refuse: ({ type, message, status }) => xml(status, `<ErrorResponse ${space}><Error><Type>Sender</Type><Code>${escaped(type)}</Code><Message>${escaped(message)}</Message></Error><RequestId>test</RequestId></ErrorResponse>`),
  };
}

/** The request as one of these services understands it; nothing when it is for another. */
export function requestOf(request: Received): Exchange | undefined {
  const [, func] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.path) ?? [];
  if (func !== undefined) return invokeFunction(decodeURIComponent(func), request);
  const [, endpoint] = /^\/endpoints\/([^/]+)\/invocations$/.exec(request.path) ?? [];
  if (endpoint !== undefined) return invokeEndpoint(decodeURIComponent(endpoint), request);
  if (!/^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '')) return undefined;
  return publish(new URLSearchParams(request.body));
}
