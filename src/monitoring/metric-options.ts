import { Duration, Token, type ResourceEnvironment } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { IInferenceEndpoint, InferenceEndpoint } from '../endpoint';
import { checkNumber, checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What the metrics of anything are told. */
export interface MetricsOptions {
  /**
   * Time that a data point stands for: 1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day. Rates and costs are right only if SageMaker publishes in each of them: it has to be a multiple of the
   * `metricPublishing.frequency` of the endpoint. Of an endpoint made elsewhere that is not known here, and so is not checked.
   *
   * @default - a minute, or the frequency of the endpoint if it publishes less often
   */
  readonly period?: Duration;
}

/** The period, or a refusal. CloudWatch has no others (API reference, MetricStat, `Period`), and a formula is about one that is known. */
export function checkedPeriod(where: IConstruct | string, period: Duration = Duration.minutes(1), published?: number): Duration {
  const allowed = '1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day';
  throwProblems(where, checkObject('period', period, 'toSeconds', 'a duration', 'give e.g. Duration.minutes(1)'));
  const problem = (got: string): Problem => ({ prop: 'period', got, allowed, fix: 'give e.g. Duration.minutes(1)' });
  if (period.isUnresolved()) throwProblems(where, [problem('a duration that is known at deploy time only')]);
  const seconds = period.toSeconds({ integral: false });
  const possible = [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0 && seconds <= 86400);
  throwProblems(where, possible ? [] : [problem(`${seconds} seconds`)]);
  // A point that comes in every fifth period would be divided by a fifth of the time that it is about.
  throwProblems(where, published === undefined || seconds % published === 0 ? [] : [{
    prop: 'period',
    got: `${seconds} seconds`,
    allowed: `a multiple of the ${published} seconds between two data points of the endpoint`,
    fix: 'leave it out, give a multiple, or change `metricPublishing.frequency` of the endpoint',
  }]);
  return period;
}

/** The period of metrics of an endpoint: one in which each of them has a point. */
export function endpointPeriod(where: IConstruct, endpoint: IInferenceEndpoint, period?: Duration): Duration {
  const published = (endpoint as Partial<InferenceEndpoint>)._slowestMetricSeconds;
  return checkedPeriod(where, period ?? Duration.seconds(Math.max(60, published ?? 60)), published);
}

/** A percentile as CloudWatch spells it: `p99.9`. */
export function percentileStatistic(where: IConstruct, percentile: number): string {
  const unknown = Token.isUnresolved(percentile);
  throwProblems(where, unknown ? [{ prop: 'percentile', got: 'a number that is known at deploy time only', allowed: 'a number that is known at synth', fix: 'give e.g. 99' }]
    : checkNumber('percentile', percentile ?? NaN, { min: 0, max: 100 }, 'give e.g. 99'));
  return `p${plain(percentile)}`;
}

/** A number as CloudWatch's formulas take it: without an exponent. */
export function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text;
}

/** What a search is told of the place of what it searches; nothing when that is known at deploy time only. */
export function searchPlace({ account, region }: ResourceEnvironment): { readonly searchAccount?: string; readonly searchRegion?: string } {
  return { searchAccount: Token.isUnresolved(account) ? undefined : account, searchRegion: Token.isUnresolved(region) ? undefined : region };
}

/** What all are alike in; undefined when they differ, or there is none. */
export function common<T>(values: readonly T[]): T | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

/** Metrics by the ids that a formula has for them. */
export type Operands = Readonly<Record<string, cloudwatch.IMetric>>;

/** A part of a formula, with the metrics that it is about. */
export interface Term {
  readonly expression: string;
  readonly usingMetrics: Operands;
}

/** Of operands with the period of the formula: one that it has to change is warned of. */
export function formula(period: Duration, label: string, expression: string, usingMetrics: Operands): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({ period, label, expression, usingMetrics: { ...usingMetrics } });
}
