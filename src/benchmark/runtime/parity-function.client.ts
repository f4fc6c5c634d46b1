import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { BatchResult } from '../core/parity-verdict';

const client = new LambdaClient({});
/** A function may run for 15 minutes; one that compares a few answers takes seconds. */
const PATIENCE_MS = 120_000;
/** A synchronous call takes 6 MB (AWS Lambda developer guide, quotas); this is without what is around the items. */
const LARGEST_CALL = 5 * 1024 * 1024;

/** Both answers to one line, for a function of the user's. */
export interface AnswerPair {
  readonly line: number;
  readonly input: unknown;
  readonly expected?: unknown;
  readonly reference: unknown;
  readonly candidate: unknown;
}

/** The function of the user's failed, or said something that nobody understands. */
export class MetricFailed extends Error {
  readonly name = 'MetricFailed';
}

/** Items in groups that a call takes; one that is too large by itself is alone in its group, and refused by the service. */
export function grouped(pairs: readonly AnswerPair[]): AnswerPair[][] {
  const groups: AnswerPair[][] = [];
  let room = 0;
  for (const pair of pairs) {
    const size = Buffer.byteLength(JSON.stringify(pair)) + 1;
    if (groups.length === 0 || size > room) {
      groups.push([]);
      room = LARGEST_CALL;
    }
    groups[groups.length - 1].push(pair);
    room -= size;
  }
  return groups;
}

/** What the function says of some pairs of answers. */
export async function score(functionArn: string, items: readonly AnswerPair[]): Promise<BatchResult> {
  let text: string;
  try {
    const answer = await client.send(new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify({ items }) }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
    text = answer.Payload?.transformToString() ?? '';
    if (answer.FunctionError !== undefined) throw new MetricFailed(`the function of the metric failed: ${text.slice(0, 300)}`);
  } catch (error) {
    if (error instanceof MetricFailed) throw error;
    throw new MetricFailed(`the function of the metric was not reached: ${(error as Error).name}: ${(error as Error).message}`.slice(0, 400));
  }
  return { lines: items.length, ...understood(text) };
}

function understood(text: string): Pick<BatchResult, 'score' | 'pass'> {
  let answer: { score?: unknown; pass?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    answer = null;
  }
  const { score: given, pass } = answer ?? {};
  if (typeof given !== 'number' || given < 0 || !Number.isFinite(given) || !['undefined', 'boolean'].includes(typeof pass)) {
    throw new MetricFailed(`the function of the metric answered ${text.slice(0, 200)} instead of { "score": 0.01 } or { "score": 0.01, "pass": true }, with a score of at least 0`);
  }
  return { score: given, ...pass === undefined ? {} : { pass: pass as boolean } };
}
