import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AI_METRICS } from '../ai-contract';
import { EVENT_SOURCE, METRICS } from '../contract';

const bus = new EventBridgeClient({});
const PATIENCE_MS = 20_000;

/** Puts an event; one that the bus does not take is said in the log, and stops no benchmark. */
export async function tell(eventBus: string | undefined, type: string, detail: object): Promise<void> {
  console.log(JSON.stringify({ event: type, ...detail }));
  try {
    const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [{ Source: EVENT_SOURCE, DetailType: type, Detail: JSON.stringify(detail), EventBusName: eventBus }] }), { abortSignal: AbortSignal.timeout(PATIENCE_MS) });
    const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused !== undefined) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage}`);
  } catch (error) {
    console.error(`the event bus did not take ${type}: ${(error as Error).message}`);
  }
}

const UNITS: Readonly<Record<string, string>> = {
  [METRICS.throughput]: 'Count/Second',
  [METRICS.p50]: 'Milliseconds',
  [METRICS.p95]: 'Milliseconds',
  [METRICS.p99]: 'Milliseconds',
  [METRICS.firstRequest]: 'Milliseconds',
  [METRICS.failed]: 'Count',
  [METRICS.parityFailed]: 'Count',
  [AI_METRICS.firstTokenP50]: 'Milliseconds',
  [AI_METRICS.firstTokenP99]: 'Milliseconds',
  [AI_METRICS.interTokenP50]: 'Milliseconds',
  [AI_METRICS.interTokenP99]: 'Milliseconds',
  [AI_METRICS.outputTokens]: 'Count/Second',
};

/** Publishes metrics of a variant; what is undefined is not published. */
export function publish(benchmark: string, variant: string, values: Readonly<Record<string, number | undefined>>): void {
  emit({ [METRICS.dimension]: benchmark, [METRICS.variant]: variant }, values);
}

/** Publishes metrics by the log (embedded metric format); what is undefined is not published. */
export function emit(dimensions: Readonly<Record<string, string>>, values: Readonly<Record<string, number | undefined>>): void {
  const known = Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== undefined);
  if (known.length === 0) return;
  console.log(JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: METRICS.namespace, Dimensions: [Object.keys(dimensions)], Metrics: known.map(([Name]) => ({ Name, Unit: UNITS[Name] ?? 'None' })) }],
    },
    ...dimensions,
    ...Object.fromEntries(known),
  }));
}
