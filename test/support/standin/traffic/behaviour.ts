import type { Random } from './random';

/** When and under which load something is asked of a variant. */
export interface Moment {
  /** Minutes since the traffic began; not whole. */
  readonly minute: number;
  /** What flows to the variant now, requests a minute. */
  readonly requestsPerMinute: number;
  readonly instances: number;
  /** Of the endpoint's weights, 0 to 1. */
  readonly share: number;
}

/** A value, or what it is at a moment. */
export type Varying<T> = T | ((at: Moment) => T);

/** Log-normal latency; `slow`: a share of the requests takes `factor` times as long, as on a cold start. */
export interface Latency {
  /** Milliseconds. */
  readonly median: number;
  /** Of the logarithm; 0.3 when left out, which makes p99 twice the median. */
  readonly sigma?: number;
  readonly slow?: { readonly share: number; readonly factor: number };
}

/** What a variant does with the requests it gets. */
export interface VariantTraffic {
  /** Share of requests that end in 5XX. 0 when left out. */
  readonly errorRate?: Varying<number>;
  /** Share of requests that end in 4XX. 0 when left out. */
  readonly clientErrorRate?: Varying<number>;
  /** Errors come so many at a time. 1 when left out. */
  readonly clump?: number;
  /** Or milliseconds by one's own chance. 50 ms with the usual sigma when left out. */
  readonly latency?: Varying<Latency> | { readonly sample: (random: Random, at: Moment) => number };
  /** Requests a minute that an instance carries. No end when left out. */
  readonly capacityPerInstance?: number;
  /** Requests a minute that name this variant (TargetVariant), whatever the weights are. 0 when left out. */
  readonly targeted?: Varying<number>;
}

export interface EndpointTraffic {
  /** All requests a minute that follow the weights. */
  readonly requestsPerMinute: number | ((minute: number) => number);
  /** By variant name; a variant that is not here works well. */
  readonly variants?: Readonly<Record<string, VariantTraffic>>;
  readonly seed?: number;
}

/** What of a variant's work is decided at a moment. */
export interface Decided {
  readonly errorRate: number;
  readonly clientErrorRate: number;
  readonly latency: Latency | ((random: Random) => number);
  /** Share of the requests that are refused for want of capacity: 5XX without a latency of the model. */
  readonly refused: number;
}

const WELL: Latency = { median: 50 };

function valueOf<T>(value: Varying<T> | undefined, at: Moment, usual: T): T {
  return typeof value === 'function' ? (value as (at: Moment) => T)(at) : value ?? usual;
}

/**
 * Overload is ours, not measured on AWS: what goes over the capacity is refused, and from 80 % of it on requests take longer, up to
 * five times as long.
 */
function overload(capacity: number | undefined, at: Moment): { readonly refused: number; readonly slower: number } {
  if (capacity === undefined) return { refused: 0, slower: 1 };
  const load = at.requestsPerMinute / (capacity * at.instances);
  return { refused: load > 1 ? 1 - 1 / load : 0, slower: 1 + 4 * Math.min(1, Math.max(0, (load - 0.8) / 0.2)) };
}

export function targetedAt({ targeted }: VariantTraffic, at: Moment): number {
  return valueOf(targeted, at, 0);
}

export function decide(variant: VariantTraffic, at: Moment): Decided {
  const { refused, slower } = overload(variant.capacityPerInstance, at);
  const { latency } = variant;
  const sampled = typeof latency === 'object' && 'sample' in latency ? latency.sample : undefined;
  const usual = sampled ? WELL : valueOf(latency as Varying<Latency> | undefined, at, WELL);
  return {
    errorRate: valueOf(variant.errorRate, at, 0),
    clientErrorRate: valueOf(variant.clientErrorRate, at, 0),
    latency: sampled ? (random) => sampled(random, at) * slower : { ...usual, median: usual.median * slower },
    refused,
  };
}
