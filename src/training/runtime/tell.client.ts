import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, METRICS } from '../contract';

const bus = new EventBridgeClient({});

/** What happened, for whoever listens. */
export interface TrainingEvent {
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Puts an event; one that the bus does not take is said in the log, and stops no training. */
export async function tell(eventBus: string | undefined, { type, detail }: TrainingEvent): Promise<void> {
  console.log(JSON.stringify({ event: type, ...detail }));
  try {
    const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [{ Source: EVENT_SOURCE, DetailType: type, Detail: JSON.stringify(detail), EventBusName: eventBus }] }));
    const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused !== undefined) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
  } catch (error) {
    console.error(`the event bus did not take ${type}: ${(error as Error).message}`);
  }
}

const UNITS: Readonly<Record<string, string>> = {
  [METRICS.duration]: 'Seconds', [METRICS.waiting]: 'Seconds', [METRICS.billable]: 'Seconds', [METRICS.tokensPerSecond]: 'Count/Second', [METRICS.cost]: 'None', [METRICS.rung]: 'None',
};

/** Publishes metrics by the log (embedded metric format); what is undefined is not published. */
export function publish(training: string, values: Readonly<Record<string, number | undefined>>): void {
  const known = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined);
  console.log(JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: METRICS.namespace, Dimensions: [[METRICS.dimension]], Metrics: known.map(([Name]) => ({ Name, Unit: UNITS[Name] ?? 'Count' })) }],
    },
    [METRICS.dimension]: training,
    ...Object.fromEntries(known),
  }));
}
