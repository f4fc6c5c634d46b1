import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { checkNumber, checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** What the metrics of anything are told. */
export interface MetricsOptions {
  /**
   * Time that a data point stands for: 1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day. SageMaker publishes each minute unless the endpoint says otherwise.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;
}

/** The period, or a refusal. CloudWatch has no others (API reference, MetricStat, `Period`), and a formula is about one that is known. */
export function checkedPeriod(where: IConstruct | string, period: Duration = Duration.minutes(1)): Duration {
  const allowed = '1, 5, 10, 20 or 30 seconds, or whole minutes, at most a day';
  throwProblems(where, checkObject('period', period, 'toSeconds', 'a duration', 'give e.g. Duration.minutes(1)'));
  const problem = (got: string): Problem => ({ prop: 'period', got, allowed, fix: 'give e.g. Duration.minutes(1)' });
  if (period.isUnresolved()) throwProblems(where, [problem('a duration that is known at deploy time only')]);
  const seconds = period.toSeconds({ integral: false });
  const possible = [1, 5, 10, 20, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0 && seconds <= 86400);
  throwProblems(where, possible ? [] : [problem(`${seconds} seconds`)]);
  return period;
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
export function searchRegion(scope: IConstruct): string | undefined {
  const { region } = Stack.of(scope);
  return Token.isUnresolved(region) ? undefined : region;
}

/** Metrics by the ids that a formula has for them. */
export type Operands = Readonly<Record<string, cloudwatch.IMetric>>;

/** Of operands with the period of the formula: one that it has to change is warned of. */
export function formula(period: Duration, label: string, expression: string, usingMetrics: Operands): cloudwatch.MathExpression {
  return new cloudwatch.MathExpression({ period, label, expression, usingMetrics: { ...usingMetrics } });
}
