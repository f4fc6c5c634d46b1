import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { ActionResults } from '../core/controller/types';

const runtime = new SageMakerRuntimeClient({ maxAttempts: 1 });
const lambda = new LambdaClient({ maxAttempts: 1 });

/** Beside each other: enough to warm several instances, few enough not to be a load test. */
const AT_ONCE = 4;
/** The service ends a request after 60 s (API reference, InvokeEndpoint). */
const REQUEST_MS = 65_000;
const GATE_MS = 60_000;

/** Requests to one variant by name, which overrides the weights; stops when the time is over. */
export async function warmUp(endpoint: string, request: { variant: string; count: number; body: string; contentType: string }, deadline: number): Promise<NonNullable<ActionResults['warmUp']>> {
  const { variant, count, body, contentType } = request;
  let [started, sent, failed] = [0, 0, 0];
  let message: string | undefined;
  const worker = async () => {
    while (started < count && Date.now() < deadline) {
      started++;
      try {
        const left = Math.max(1, Math.min(REQUEST_MS, deadline - Date.now()));
        await runtime.send(new InvokeEndpointCommand({ EndpointName: endpoint, TargetVariant: variant, Body: body, ContentType: contentType }), { abortSignal: AbortSignal.timeout(left) });
      } catch (error) {
        failed++;
        message ??= clip(`${(error as Error).name}: ${(error as Error).message}`);
      }
      sent++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
  // What there was no time for has not shown that it is answered.
  const late = count - sent;
  if (late > 0) message ??= `no time for ${late} of ${count} requests`;
  return { sent, failed: failed + late, ...message === undefined ? {} : { message } };
}

/**
 * Asks a gate's function. It passes when it answers `{ "pass": true }`; an error, another answer and silence keep it closed, with a reason.
 */
export async function callGate(id: string, functionArn: string, payload: object, deadline: number): Promise<NonNullable<ActionResults['gate']>> {
  try {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(payload) }), { abortSignal: AbortSignal.timeout(Math.max(1, Math.min(GATE_MS, deadline - Date.now()))) });
    const text = answer.Payload?.transformToString() ?? '';
    if (answer.FunctionError !== undefined) return { id, pass: false, reason: `the gate's function failed: ${clip(text)}` };
    return { id, ...understood(text) };
  } catch (error) {
    return { id, pass: false, reason: clip(`the gate's function was not reached: ${(error as Error).name}: ${(error as Error).message}`) };
  }
}

function understood(text: string): { pass: boolean; reason?: string } {
  let answer: unknown;
  try { answer = JSON.parse(text); } catch { answer = undefined; }
  if (typeof answer !== 'object' || answer === null || typeof (answer as { pass?: unknown }).pass !== 'boolean') {
    return { pass: false, reason: `the gate's function answered ${clip(text)} instead of { "pass": true } or { "pass": false, "reason": "..." }` };
  }
  const { pass, reason } = answer as { pass: boolean; reason?: unknown };
  return reason === undefined ? { pass } : { pass, reason: clip(String(reason)) };
}

/** Reasons travel in the state of the run. */
function clip(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}...` : text;
}
