import { randomUUID } from 'node:crypto';
import type { PublishInput } from '@aws-sdk/client-sns';
import { ServiceError } from './errors';
import type { CallContext, Operation, Service } from './service';
import { SNS_SHAPES } from './shapes';

const MOST_BYTES = 262_144;

function publish({ state, clock }: CallContext, input: PublishInput): object {
  const parameter = (reason: string) => new ServiceError('InvalidParameter', `Invalid parameter: ${reason}`);
  const topic = input.TopicArn ?? input.TargetArn;
  if (topic === undefined) throw parameter('TopicArn or TargetArn Reason: no value for required parameter');
  if (!/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w.-]+$/.test(topic)) throw parameter(`TopicArn Reason: ${topic} does not start with arn`);
  if (input.Message === '') throw parameter('Empty message');
  if (Buffer.byteLength(input.Message!) > MOST_BYTES) throw parameter('Message too long');
  // API reference of Publish: "Must be UTF-8 text with no line breaks or control characters, and less than 100 characters long".
  if (input.Subject !== undefined && !/^[^\u0000-\u001f]{1,99}$/u.test(input.Subject)) throw parameter('Subject');
  if (topic.endsWith('.fifo')) throw parameter('the stand-in has no FIFO topics');
  const id = randomUUID();
  state.notifications.push({ id, topic, subject: input.Subject, message: input.Message!, time: clock.now() });
  return { MessageId: id };
}

const OPERATIONS: Record<string, Operation> = {
  Publish: { run: publish, resources: (_, input: PublishInput) => [input.TopicArn ?? input.TargetArn ?? '*'] },
};

/** SNS: messages are kept in `state.notifications`. Topics are not looked up. */
export const SNS: Service = { shapes: SNS_SHAPES, iamPrefix: 'sns', className: 'Sns', errorMember: 'message', operations: OPERATIONS };
