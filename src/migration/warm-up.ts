import { Duration, Token } from 'aws-cdk-lib';
import type { WarmUpConfig } from './core/controller/types';
import { checkDuration, checkPlainNumber, checkStruct, tokenIn } from './value-checks';
import type { Problem } from '../private/problems';

/**
 * How the newcomer is warmed up. It gets requests of your own by its name (`TargetVariant`) before it gets any of the traffic; an answer that is an
 * error keeps the step from beginning.
 */
export interface WarmUpOptions {
  /**
   * After a change of weight or capacity latency is not judged for this long; errors are. Up to an hour.
   *
   * @default Duration.minutes(2)
   */
  readonly duration?: Duration;

  /**
   * Body of the requests: one that the model answers, at most 64 KiB. It stands in the state machine's definition and history for everybody who may read
   * these: no secrets and nothing personal.
   *
   * @default - no requests are sent
   */
  readonly body?: string;

  /**
   * Number of requests sent before each step, 1 to 100. Only with `body`.
   *
   * @default 10
   */
  readonly requestCount?: number;

  /**
   * Content type of the body.
   *
   * @default 'application/json'
   */
  readonly contentType?: string;
}

/** An input of an execution has at most 256 KiB (Step Functions quotas), and the body travels in it beside config and state. */
const MAX_BODY_BYTES = 64 * 1024;

export function warmUpProblems(options: WarmUpOptions | undefined): Problem[] {
  const notOne = checkStruct('warmUp', options, '{ duration: Duration.minutes(2) }');
  if (options === undefined || notOne.length > 0) return notOne;
  const { duration, body, requestCount, contentType } = options;
  const problems = [
    ...checkDuration('warmUp.duration', duration, Duration.seconds(0), Duration.hours(1)),
    ...checkPlainNumber('warmUp.requestCount', requestCount, { min: 1, max: 100, integer: true }, 'leave `warmUp.body` out to send no requests'),
  ];
  if (body === undefined) {
    const without = Object.entries({ requestCount, contentType }).filter(([, value]) => value !== undefined);
    return [...problems, ...without.map(([name, value]) => ({ prop: `warmUp.${name}`, got: `${JSON.stringify(value)} without a body`, allowed: `\`${name}\` together with \`body\``, fix: 'give `warmUp.body`, a request that the model answers' }))];
  }
  if (Token.isUnresolved(body)) return [...problems, tokenIn('warmUp.body')];
  if (typeof body !== 'string' || body === '') return [...problems, { prop: 'warmUp.body', got: JSON.stringify(body) ?? String(body), allowed: 'the body of a request', fix: 'give a request that the model answers, or leave it out to send none' }];
  // As JSON: that is how it travels.
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > MAX_BODY_BYTES) problems.push({ prop: 'warmUp.body', got: `${bytes} bytes as JSON`, allowed: `at most ${MAX_BODY_BYTES} bytes: it travels through the state machine`, fix: 'give a shorter request' });
  // ContentType of InvokeEndpoint: at most 1,024 visible ASCII characters.
  if (contentType !== undefined && !Token.isUnresolved(contentType) && !/^[\x20-\x7e]{1,1024}$/.test(contentType)) {
    problems.push({ prop: 'warmUp.contentType', got: JSON.stringify(contentType), allowed: 'a content type of 1 to 1,024 ASCII characters', fix: 'give e.g. application/json' });
  }
  return problems;
}

export function warmUpConfig({ duration, body, requestCount, contentType }: WarmUpOptions = {}): WarmUpConfig {
  return {
    seconds: duration?.toSeconds() ?? 120,
    ...body === undefined ? {} : { requests: { count: requestCount ?? 10, body, contentType: contentType ?? 'application/json' } },
  };
}
