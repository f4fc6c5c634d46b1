import type { HistogramData, LatencySummary } from './types';

/** A bucket ends 1 % above its beginning: what stands for it is within 0.4975 % of all that is in it. */
const GROWTH = 1.01;
const LOG_GROWTH = Math.log(GROWTH);
/** Durations up to this are no durations: they are in bucket 0, which stands for 0. A nanosecond. */
const LEAST_MS = 1e-6;
/** The last one ends beyond 100,000 years. */
const BUCKETS = 5000;

function bucketOf(ms: number): number {
  if (!(ms > LEAST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.max(1, Math.ceil(Math.log(ms / LEAST_MS) / LOG_GROWTH)));
}

/** The value from which both ends of a bucket are equally far, as a part of themselves. */
function valueOf(bucket: number): number {
  return bucket === 0 ? 0 : LEAST_MS * GROWTH ** bucket * 2 / (1 + GROWTH);
}

/** A histogram that is filled, at a few nanoseconds a sample. */
export class Histogram {
  private readonly counts = new Float64Array(BUCKETS);
  private count = 0;
  private sumMs = 0;
  private maxMs = 0;

  /** Counts a duration; a clock that was set back gives less than none. */
  record(ms: number): void {
    if (!Number.isFinite(ms)) throw new RangeError(`a duration has to be a number of milliseconds, got ${ms}`);
    const counted = Math.max(0, ms);
    this.counts[bucketOf(counted)]++;
    this.count++;
    this.sumMs += counted;
    this.maxMs = Math.max(this.maxMs, counted);
  }

  /** What was counted so far, as data. */
  data(): HistogramData {
    const counts: Record<string, number> = {};
    this.counts.forEach((count, bucket) => {
      if (count > 0) counts[bucket] = count;
    });
    return { counts, count: this.count, sumMs: this.sumMs, maxMs: this.maxMs };
  }
}

/** One histogram of all the samples of several. */
export function merge(histograms: readonly HistogramData[]): HistogramData {
  const counts: Record<string, number> = {};
  let [count, sumMs, maxMs] = [0, 0, 0];
  for (const histogram of histograms) {
    for (const [bucket, samples] of Object.entries(histogram.counts)) counts[bucket] = (counts[bucket] ?? 0) + samples;
    count += histogram.count;
    sumMs += histogram.sumMs;
    maxMs = Math.max(maxMs, histogram.maxMs);
  }
  return { counts, count, sumMs, maxMs };
}

/**
 * The sample that `percent` of 100 samples do not exceed (nearest rank), right to within half a percent. Throws when there is no sample.
 */
export function percentile(histogram: HistogramData, percent: number): number {
  if (histogram.count === 0) throw new RangeError('there is no percentile of no samples');
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`a percentile is from 0 to 100, got ${percent}`);
  // Multiplied first: 7 / 100 * 100 is a little more than 7.
  const rank = Math.max(1, Math.ceil(percent * histogram.count / 100));
  // The largest is known.
  if (rank >= histogram.count) return histogram.maxMs;
  let below = 0;
  // Keys that are whole numbers come in ascending order.
  for (const [bucket, samples] of Object.entries(histogram.counts)) {
    below += samples;
    if (below >= rank) return Math.min(valueOf(Number(bucket)), histogram.maxMs);
  }
  return histogram.maxMs;
}

/** The percentiles that people compare; none of no samples. */
export function summary(histogram: HistogramData): LatencySummary | undefined {
  if (histogram.count === 0) return undefined;
  const of = (percent: number) => thousandths(percentile(histogram, percent));
  return { p50Ms: of(50), p95Ms: of(95), p99Ms: of(99), meanMs: thousandths(histogram.sumMs / histogram.count), maxMs: thousandths(histogram.maxMs) };
}

/** Microseconds are precise enough for people. */
const thousandths = (ms: number) => Math.round(ms * 1000) / 1000;
