import { decide, targetedAt, type EndpointTraffic, type Moment, type VariantTraffic } from './behaviour';
import { Bucket } from './bucket';
import { Random } from './random';
import type { EndpointRecord, Fleet, RegionState } from '../state';

export * from './behaviour';
export { Bucket } from './bucket';
export { Random } from './random';

/** Requests are dealt out in slices of so many milliseconds, cut at every change of weights and counts. */
const SLICE = 10_000;
export const MINUTE = 60_000;

/** The requests of one endpoint, and what became of them. */
class Stream {
  readonly random: Random;
  /** By variant, then by minute (milliseconds since the epoch). */
  readonly buckets = new Map<string, Map<number, Bucket>>();
  upTo: number;
  traffic: EndpointTraffic | undefined;

  constructor(readonly name: string, readonly state: RegionState, readonly began: number, traffic?: EndpointTraffic) {
    this.traffic = traffic;
    this.upTo = began;
    this.random = new Random(traffic?.seed ?? 1);
  }

  bucket(variant: string, time: number): Bucket {
    const minutes = this.buckets.get(variant) ?? new Map<number, Bucket>();
    this.buckets.set(variant, minutes);
    const minute = Math.floor(time / MINUTE) * MINUTE;
    const bucket = minutes.get(minute) ?? new Bucket();
    minutes.set(minute, bucket);
    return bucket;
  }
}

/** Everything that the clients of endpoints send. Nothing is done ahead of time: it flows when somebody looks or changes something. */
export class Traffic {
  private readonly streams = new Map<string, Stream>();

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number) {}

  /** From now on these requests come in; `undefined` ends them. What came before stays. */
  set(state: RegionState, endpoint: string, traffic: EndpointTraffic | undefined): void {
    this.cut();
    const before = this.streams.get(endpoint.toLowerCase());
    const next = new Stream(endpoint, state, this.now(), traffic);
    for (const [variant, minutes] of before?.buckets ?? []) next.buckets.set(variant, minutes);
    this.streams.set(endpoint.toLowerCase(), next);
  }

  /** Before weights, counts or fleets change: all requests up to now went the old way. */
  cut(): void {
    for (const stream of this.streams.values()) this.flow(stream, this.now());
  }

  /** One request that somebody really makes, see InvokeEndpoint. Returns what becomes of it. */
  request(state: RegionState, endpoint: EndpointRecord, target?: string): { readonly variant: string; readonly status: number; readonly milliseconds: number } {
    const stream = this.streamOf(state, endpoint.name);
    this.catchUp(stream);
    const fleet = target === undefined ? pick(endpoint.fleets, stream.random) : endpoint.fleets.find(({ name }) => name === target)!;
    const behaviour = behaviourOf(stream, fleet);
    const decided = decide(behaviour, momentOf(stream, endpoint, fleet, this.now()));
    const done = new Bucket();
    done.serve(stream.random, 1, { ...decided, clump: 1, instances: fleet.currentCount });
    stream.bucket(fleet.name, this.now()).addAll(done);
    return { variant: fleet.name, status: done.serverErrors > 0 ? 500 : done.clientErrors > 0 ? 400 : 200, milliseconds: done.latency.count === 0 ? 0 : done.latency.quantile(0.5) / 1000 };
  }

  /** What a variant did in a minute; nothing when it got no request. */
  bucket(endpoint: string, variant: string, minute: number): Bucket | undefined {
    const stream = this.streams.get(endpoint.toLowerCase());
    if (!stream) return undefined;
    this.catchUp(stream);
    const found = stream.buckets.get(variant)?.get(minute);
    return found && found.requests > 0 ? found : undefined;
  }

  /** All of a variant since the traffic of its endpoint was first set: for what a scenario asserts. */
  total(endpoint: string, variant: string): Bucket {
    const sum = new Bucket();
    const stream = this.streams.get(endpoint.toLowerCase());
    if (stream) this.flow(stream, this.now());
    for (const bucket of stream?.buckets.get(variant)?.values() ?? []) sum.addAll(bucket);
    return sum;
  }

  /** Those that got requests so far. */
  variants(endpoint: string): string[] {
    const stream = this.streams.get(endpoint.toLowerCase());
    if (stream) this.flow(stream, this.now());
    return [...stream?.buckets.keys() ?? []];
  }

  reset(): void {
    this.streams.clear();
  }

  private streamOf(state: RegionState, endpoint: string): Stream {
    const stream = this.streams.get(endpoint.toLowerCase()) ?? new Stream(endpoint, state, this.now());
    this.streams.set(endpoint.toLowerCase(), stream);
    return stream;
  }

  /** Only whole slices, so that it makes no difference who looked and when. */
  private catchUp(stream: Stream): void {
    this.flow(stream, Math.floor(this.now() / SLICE) * SLICE);
  }

  private flow(stream: Stream, until: number): void {
    while (stream.upTo < until) {
      const end = Math.min(until, (Math.floor(stream.upTo / SLICE) + 1) * SLICE);
      this.slice(stream, stream.upTo, end);
      stream.upTo = end;
    }
  }

  private slice(stream: Stream, start: number, end: number): void {
    const { traffic, random } = stream;
    const endpoint = stream.state.endpoints.get(stream.name.toLowerCase());
    if (!traffic || !endpoint) return;
    const minutes = (end - start) / MINUTE;
    let left = random.poisson(rateAt(stream, start) * minutes);
    let share = 1;
    for (const fleet of endpoint.fleets) {
      const at = momentOf(stream, endpoint, fleet, start);
      const weighted = random.binomial(left, share <= 0 ? 0 : Math.min(1, at.share / share));
      left -= weighted;
      share -= at.share;
      const behaviour = behaviourOf(stream, fleet);
      const count = weighted + random.poisson(targetedAt(behaviour, at) * minutes);
      if (count > 0) stream.bucket(fleet.name, start).serve(random, count, { ...decide(behaviour, at), clump: behaviour.clump ?? 1, instances: fleet.currentCount });
    }
  }
}

function behaviourOf(stream: Stream, fleet: Fleet): VariantTraffic {
  return stream.traffic?.variants?.[fleet.name] ?? {};
}

function rateAt({ traffic, began }: Stream, time: number): number {
  const rate = traffic?.requestsPerMinute ?? 0;
  return typeof rate === 'number' ? rate : rate((time - began) / MINUTE);
}

function momentOf(stream: Stream, endpoint: EndpointRecord, fleet: Fleet, time: number): Moment {
  const weights = endpoint.fleets.reduce((sum, { currentWeight }) => sum + currentWeight, 0);
  const share = weights === 0 ? 0 : fleet.currentWeight / weights;
  const moment = { minute: (time - stream.began) / MINUTE, instances: fleet.currentCount, share, requestsPerMinute: rateAt(stream, time) * share };
  return { ...moment, requestsPerMinute: moment.requestsPerMinute + targetedAt(behaviourOf(stream, fleet), moment) };
}

/** By weight, as the service chooses. */
function pick(fleets: readonly Fleet[], random: Random): Fleet {
  let at = random.next() * fleets.reduce((sum, { currentWeight }) => sum + currentWeight, 0);
  return fleets.find(({ currentWeight }) => (at -= currentWeight) < 0) ?? fleets[0];
}
