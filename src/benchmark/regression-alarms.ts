import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { BenchmarkMetrics } from './benchmark-metrics';
import type { EndpointVariant } from '../endpoint';
import { DEFAULT_LIMITS, type Limits } from './core/compare';
import { printed } from '../private/checks';
import { runbookUrl, type Problem } from '../private/problems';

/** How much worse than the version before a version may be. An alarm goes off at the limit, not only beyond it. */
export interface RegressionLimits {
  /**
   * By how much the throughput of an instance falls, as a fraction above 0 and below 1.
   *
   * @default 0.2
   */
  readonly throughputDrop?: number;

  /**
   * By how much the cost of a request rises, as a fraction above 0 and at most 10.
   *
   * @default 0.25 - what a fifth less throughput makes of it
   */
  readonly costRise?: number;

  /**
   * By how much the p99 at the pace rises, as a fraction above 0 and at most 10.
   *
   * @default 0.25
   */
  readonly latencyRise?: number;

  /**
   * By how much the share of failed requests rises, above 0 and at most 1: 0.01 is one request more in a hundred.
   *
   * @default 0.01
   */
  readonly errorRateIncrease?: number;
}

/** The alarms of a variant of a benchmark. They compare a version with the one that was measured before it. */
export interface RegressionAlarms {
  /** An instance serves fewer inputs per second. */
  readonly throughput: cloudwatch.Alarm;

  /**
   * A request costs more.
   *
   * @default - none: the variant has no price
   */
  readonly cost?: cloudwatch.Alarm;

  /** One request in a hundred takes longer. */
  readonly latency: cloudwatch.Alarm;

  /** More requests fail. */
  readonly errors: cloudwatch.Alarm;

  /** The variant could not be measured. */
  readonly failed: cloudwatch.Alarm;
}

const RANGES: Readonly<Record<keyof Limits, { readonly most: number; readonly below?: boolean }>> = {
  throughputDrop: { most: 1, below: true }, costRise: { most: 10 }, latencyRise: { most: 10 }, errorRateIncrease: { most: 1 },
};

/** What is wrong with limits. */
export function regressionLimitProblems(limits: RegressionLimits | undefined, prop = 'regressionLimits'): Problem[] {
  if (limits === undefined) return [];
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) return [{ prop, got: printed(limits), allowed: 'limits', fix: 'give e.g. { throughputDrop: 0.2 }' }];
  return (Object.keys(RANGES) as (keyof Limits)[]).flatMap((name) => fractionProblems(`${prop}.${name}`, limits[name], RANGES[name], DEFAULT_LIMITS[name]));
}

/** 0 is refused: no two measurements are alike, and half of all versions would be worse. */
function fractionProblems(prop: string, value: number | undefined, { most, below = false }: { most: number; below?: boolean }, example: number): Problem[] {
  if (value === undefined) return [];
  const allowed = `a fraction above 0 and ${below ? 'below' : 'at most'} ${most}`;
  if (Token.isUnresolved(value)) return [{ prop, got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain number' }];
  if (typeof value === 'number' && value > 0 && (below ? value < most : value <= most)) return [];
  const percentage = typeof value === 'number' && value > most && value <= 100;
  return [{ prop, got: printed(value), allowed, fix: percentage ? `give a fraction: ${Number((value / 100).toPrecision(6))} for ${value} %` : `give e.g. ${example}` }];
}

/** All limits: what was given, and the defaults. */
export function regressionLimits({ throughputDrop, costRise, latencyRise, errorRateIncrease }: RegressionLimits = {}): Limits {
  return {
    throughputDrop: throughputDrop ?? DEFAULT_LIMITS.throughputDrop,
    costRise: costRise ?? DEFAULT_LIMITS.costRise,
    latencyRise: latencyRise ?? DEFAULT_LIMITS.latencyRise,
    errorRateIncrease: errorRateIncrease ?? DEFAULT_LIMITS.errorRateIncrease,
  };
}

/** Ratios are published with nine decimals, and 1 - 0.9 is not 0.1. */
const exact = (value: number): number => Math.round(value * 1e9) / 1e9;

export interface RegressionAlarmsOf {
  readonly metrics: BenchmarkMetrics;
  readonly variant: EndpointVariant;
  /** Whether there is a cost to compare. */
  readonly priced: boolean;
  readonly limits?: RegressionLimits;
}

/** Makes the alarms of a variant; their limits have been checked. */
export function regressionAlarms(scope: Construct, { metrics, variant, priced, limits }: RegressionAlarmsOf): RegressionAlarms {
  const { throughputDrop, costRise, latencyRise, errorRateIncrease } = regressionLimits(limits);
  const { variantName } = variant;
  const atLeast = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;
  const than = `than before: benchmark ${metrics.benchmarkName} compared the version with the one that was measured before it. Keep the version before, or find out what changed.`;
  const alarm = (id: string, metric: cloudwatch.Metric, threshold: number, comparisonOperator: cloudwatch.ComparisonOperator, text: string, entry: string): cloudwatch.Alarm => new cloudwatch.Alarm(scope, id, {
    alarmDescription: `${text} See ${runbookUrl(entry)}`,
    metric: metric.with({ period: Duration.minutes(5) }),
    threshold,
    comparisonOperator,
    evaluationPeriods: 1,
    // A measurement is one data point, and the next may come in a week: what was found out lasts until then.
    treatMissingData: cloudwatch.TreatMissingData.IGNORE,
  });
  return {
    throughput: alarm('ThroughputAlarm', metrics.metricThroughputRatio(variant), exact(1 - throughputDrop), cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      `An instance of variant ${variantName} serves at least ${percent(throughputDrop)} less ${than}`, 'benchmark-throughput'),
    ...priced && {
      cost: alarm('CostAlarm', metrics.metricCostRatio(variant), exact(1 + costRise), atLeast, `A request to variant ${variantName} costs at least ${percent(costRise)} more ${than}`, 'benchmark-cost'),
    },
    latency: alarm('LatencyAlarm', metrics.metricLatencyRatio(variant), exact(1 + latencyRise), atLeast, `The p99 of variant ${variantName} is at least ${percent(latencyRise)} higher ${than}`, 'benchmark-latency'),
    errors: alarm('ErrorAlarm', metrics.metricErrorRateIncrease(variant), errorRateIncrease, atLeast, `At least ${percent(errorRateIncrease)} of the requests to variant ${variantName} fail more ${than}`, 'benchmark-errors'),
    failed: alarm('FailedAlarm', metrics.metricFailedMeasurements(variant), 1, atLeast,
      `Benchmark ${metrics.benchmarkName} could not measure variant ${variantName}, and the version has no baseline. Read the reason in its record, and run it again.`, 'benchmark-failed'),
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
