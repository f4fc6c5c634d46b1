import type { MetricStat } from '@aws-sdk/client-cloudwatch';
import { isExtended, statisticOf, VARIANT_METRICS } from './statistics';
import { invalid } from '../errors';
import { Bucket, MINUTE, type Traffic } from '../traffic';

/** One minute of one metric: what a test may keep back. */
export interface Point {
  readonly endpoint: string;
  readonly variant: string;
  readonly metric: string;
  /** Beginning of the minute, milliseconds since the epoch. */
  readonly minute: number;
}

/** Values by the beginning of their period, oldest first. */
export type Series = Map<number, number>;

const NOTHING = new Bucket();

/** CloudWatch's view of the traffic: late, in parts, with holes. */
export class Metrics {
  /** Seconds from the end of a minute until CloudWatch shows it. */
  publicationDelay = 60;
  /** Whether there are percentiles, ranks and trimmed counts. */
  extendedStatistics = true;
  /** So many answers of GetMetricData are PartialData and lack the second half of their points. */
  partialAnswers = 0;

  constructor(private readonly traffic: Traffic, private readonly now: () => number) {}

  /** More seconds for some points. */
  late: (point: Point) => number = () => 0;
  /** Points that never come. */
  missing: (point: Point) => boolean = () => false;
  /** The share of its counts that a point shows from the beginning of its minute until it is published; nothing: it does not show. */
  partial: (point: Point) => number | undefined = () => undefined;

  reset(): void {
    Object.assign(this, new Metrics(this.traffic, this.now));
  }

  /** The values of a statistic whose period begins from `start` on and before `end`, as far as they are published. */
  series({ Metric: metric, Period: period, Stat: stat }: MetricStat, start: number, end: number): Series {
    const statistic = statisticOf(stat!);
    const found: Series = new Map();
    const length = period! * 1000;
    if (metric!.Namespace !== 'AWS/SageMaker' || !Object.hasOwn(VARIANT_METRICS, metric!.MetricName!)) return found;
    if (length % MINUTE !== 0) throw invalid(`Period must be a multiple of 60 for the metrics of endpoints, got ${period}`);
    if (!this.extendedStatistics && isExtended(stat!)) return found;
    const dimension = (name: string) => metric!.Dimensions?.find(({ Name }) => Name === name)?.Value;
    const [endpoint, variant] = [dimension('EndpointName'), dimension('VariantName')];
    // A metric is its dimensions: fewer or more of them name one that does not exist.
    if (endpoint === undefined || variant === undefined || metric!.Dimensions!.length !== 2) return found;
    for (let from = Math.floor(start / length) * length; from < end; from += length) {
      const samples = VARIANT_METRICS[metric!.MetricName!](this.period({ endpoint, variant, metric: metric!.MetricName! }, from, from + length));
      if (from >= Math.floor(start / MINUTE) * MINUTE && samples.count > 0) found.set(from, statistic(samples));
    }
    return found;
  }

  private period(point: Omit<Point, 'minute'>, from: number, to: number): Bucket {
    // The usual case without a copy: a minute that is published.
    if (to - from === MINUTE && from <= this.now() && this.shown({ ...point, minute: from }) === 1) return this.traffic.bucket(point.endpoint, point.variant, from) ?? NOTHING;
    const sum = new Bucket();
    for (let minute = from; minute < to && minute <= this.now(); minute += MINUTE) {
      const share = this.shown({ ...point, minute });
      const bucket = share > 0 ? this.traffic.bucket(point.endpoint, point.variant, minute) : undefined;
      if (bucket) sum.addAll(bucket, share);
    }
    return sum;
  }

  /** How much of a minute CloudWatch shows now. */
  private shown(point: Point): number {
    if (this.missing(point)) return 0;
    const published = point.minute + MINUTE + (this.publicationDelay + this.late(point)) * 1000;
    return this.now() >= published ? 1 : this.partial(point) ?? 0;
  }
}
