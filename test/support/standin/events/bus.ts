import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';

/** An event as targets get it (EventBridge user guide, "Event structure"). */
export interface BusEvent {
  readonly 'version': string;
  readonly 'id': string;
  readonly 'detail-type': string;
  readonly 'source': string;
  readonly 'account': string;
  readonly 'region': string;
  /** ISO 8601, without fractions of a second. */
  readonly 'time': string;
  readonly 'resources': readonly string[];
  readonly 'detail': Readonly<Record<string, any>>;
}

/** What a service says; the bus adds the rest. */
export type Emitted = Omit<BusEvent, 'version' | 'id' | 'time'>;

/** The event buses of an account: everything that services and callers put on them, and who listens. */
export class EventBus {
  /** All events so far, each once. */
  readonly events: BusEvent[] = [];
  /** Seconds until listeners get an event. */
  delay = 0;
  private readonly listeners = new Set<(event: BusEvent, bus: string) => void>();

  constructor(private readonly clock: Clock) {}

  /** How often each event is delivered: EventBridge delivers at least once. */
  deliveries: (event: BusEvent) => number = () => 1;

  /** The returned function ends it. */
  listen(listener: (event: BusEvent, bus: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Puts an event on a bus and returns its id. */
  emit(emitted: Emitted, bus = 'default'): string {
    const time = new Date(this.clock.now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
    // Through JSON: nobody shares objects with who said it.
    const event = JSON.parse(JSON.stringify({ version: '0', id: randomUUID(), time, ...emitted })) as BusEvent;
    this.events.push(event);
    for (let delivery = 0; delivery < this.deliveries(event); delivery++) {
      if (this.delay > 0) this.clock.after(this.delay * 1000, () => this.deliver(event, bus));
      else this.deliver(event, bus);
    }
    return event.id;
  }

  /** Forgets events; who listens stays. */
  reset(): void {
    this.events.length = 0;
    this.deliveries = () => 1;
    this.delay = 0;
  }

  private deliver(event: BusEvent, bus: string): void {
    for (const listener of [...this.listeners]) listener(event, bus);
  }
}
