import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';

const bus = new EventBridgeClient({});
const sns = new SNSClient({});

/** A request takes 10 entries and 256 KB together (EventBridge quotas and user guide, PutEvents entry size); some room is left for the sums. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 240 * 1024;
/** SNS refuses subjects of 100 characters and more, line breaks and what is not ASCII (API reference, Publish). */
const SUBJECT_LENGTH = 99;
const PATIENCE_MS = 10_000;

/** Puts events in as few requests as they fit into; throws when the bus did not take one of them. */
export async function putEvents(entries: readonly PutEventsRequestEntry[]): Promise<void> {
  const refused: string[] = [];
  for (const batch of batches(entries)) {
    const answer = await bus.send(new PutEventsCommand({ Entries: batch }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
    refused.push(...(answer.Entries ?? []).flatMap(({ ErrorCode: code, ErrorMessage: text }, index) => code === undefined ? [] : [`${batch[index].DetailType} (${code}: ${text})`]));
  }
  if (refused.length > 0) throw new Error(`the event bus did not take ${refused.join(', ')}`);
}

function batches(entries: readonly PutEventsRequestEntry[]): PutEventsRequestEntry[][] {
  const found: PutEventsRequestEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry));
    if (bytes + size > MOST_BYTES || found[found.length - 1].length === MOST_ENTRIES) {
      found.push([]);
      bytes = 0;
    }
    found[found.length - 1].push(entry);
    bytes += size;
  }
  return found;
}

/** Tells people. */
export async function publish(topicArn: string, subject: string, message: string): Promise<void> {
  // eslint-disable-next-line no-control-regex
  const plain = subject.replace(/[\u0000-\u001f\u007f]+/g, ' ').replace(/[^\x20-\x7e]/g, '?').trim().slice(0, SUBJECT_LENGTH);
  await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: plain, Message: message }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
}
