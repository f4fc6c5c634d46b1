import type { PutEventsRequest, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { invalid } from '../errors';
import type { CallContext, Operation, Service } from '../service';
import { EVENTS_SHAPES } from '../shapes';

export * from './bus';
export { matches } from './pattern';

const MOST_ENTRIES = 10;
/** EventBridge quotas: "PutEvents ... total entry size: 256 KB" until 2026, 1 MB since; the smaller one is held. */
const MOST_BYTES = 262_144;

const busName = (entry: PutEventsRequestEntry): string => (entry.EventBusName ?? 'default').split('/').at(-1)!;

function problem({ Source, DetailType, Detail }: PutEventsRequestEntry): { readonly ErrorCode: string; readonly ErrorMessage: string } | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value === undefined || value === '') return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.` };
  }
  if (/^aws\./.test(Source!)) return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  try {
    const detail = JSON.parse(Detail!) as unknown;
    if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return undefined;
  } catch {
    // Said below.
  }
  return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function putEvents({ bus, account, region }: CallContext, { Entries }: PutEventsRequest): object {
  const entries = Entries!;
  if (entries.length > MOST_ENTRIES) throw invalid(`1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${MOST_ENTRIES}`);
  if (entries.reduce((sum, { Detail = '' }) => sum + Buffer.byteLength(Detail), 0) > MOST_BYTES) throw invalid('Total size of the entries in the request is over the limit.');
  const answers = entries.map((entry) => problem(entry) ?? {
    EventId: bus.emit({ 'detail-type': entry.DetailType!, 'source': entry.Source!, account, region, 'resources': entry.Resources ?? [], 'detail': JSON.parse(entry.Detail!) }, busName(entry)),
  });
  return { FailedEntryCount: answers.filter((answer) => 'ErrorCode' in answer).length, Entries: answers };
}

const OPERATIONS: Record<string, Operation> = {
  PutEvents: {
    run: putEvents,
    resources: ({ region, account }, { Entries }: PutEventsRequest) => [...new Set(Entries!.map((entry) => `arn:aws:events:${region}:${account}:event-bus/${busName(entry)}`))],
    // Each entry is checked by itself (EventBridge user guide, "Using IAM policy conditions").
    conditionKeys: (_, { Entries }: PutEventsRequest) => Entries!.map(({ Source, DetailType }) => ({
      ...Source !== undefined && { 'events:source': Source }, ...DetailType !== undefined && { 'events:detail-type': DetailType },
    })),
  },
};

/** EventBridge: events on buses. Rules are those of a template, see `rules.ts` beside the state machines. */
export const EVENTS: Service = { shapes: EVENTS_SHAPES, iamPrefix: 'events', className: 'EventBridge', errorMember: 'message', operations: OPERATIONS };
