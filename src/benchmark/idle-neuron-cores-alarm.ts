import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { warn } from './benchmark-warnings';
import { checkNumber, checkObject, printed } from '../private/checks';
import { runbookUrl, throwProblems, type Problem } from '../private/problems';

/** Props of `IdleNeuronCoresAlarm`. */
export interface IdleNeuronCoresAlarmProps {
  /**
   * Utilisation of the NeuronCores in percent, 0 to 100. SageMaker publishes none: it is what your container publishes by `PutMetricData` or in the embedded metric format.
   * A ratio, 0 to 1, has to become percent: `new MathExpression({ expression: '100 * ratio', usingMetrics: { ratio } })`. No expression with `SEARCH`: it may give several time series, and an alarm watches one.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-search-expressions.html
   */
  readonly utilization: cloudwatch.IMetric;

  /**
   * Requests to these cores, as a sum, e.g. `variant.metricInvocations()`. Periods without requests are not idle then: nothing was asked of the cores.
   *
   * @default - cores without requests are idle, too
   */
  readonly requests?: cloudwatch.IMetric;

  /**
   * Cores that are used less than this are idle. Percent, above 0 and at most 100.
   *
   * @default 10
   */
  readonly threshold?: number;

  /**
   * For how long. 5 minutes to 24 hours, in steps of 5 minutes.
   *
   * @default Duration.hours(1)
   */
  readonly duration?: Duration;
}

const PERIOD_MINUTES = 5;
/** API reference, PutMetricAlarm: periods times their length are at most a day for periods of less than an hour. */
const MOST_MINUTES = 24 * 60;
const PERIOD = Duration.minutes(PERIOD_MINUTES);

/**
 * Goes off when NeuronCores that are paid for do next to nothing: the model runs on the host's CPU, waits for pre-processing, or is compiled for fewer cores than there are.
 */
export class IdleNeuronCoresAlarm extends Construct {
  /** The alarm. It has no action of its own: add one. */
  public readonly alarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, props: IdleNeuronCoresAlarmProps) {
    super(scope, id);
    throwProblems(this, problemsOf(props));
    const { utilization, requests, threshold = 10, duration = Duration.hours(1) } = props;
    if (!Token.isUnresolved(threshold) && threshold < 1) warn(this, 'idleNeuronCoresThreshold', smallThreshold(threshold));
    const periods = duration.toMinutes() / PERIOD_MINUTES;
    this.alarm = new cloudwatch.Alarm(this, 'Alarm', {
      alarmDescription: `The NeuronCores of ${this.node.path} were used less than ${threshold} % for ${duration.toHumanString()}. Look whether the model runs on them, then use fewer or smaller instances. See ${runbookUrl('idle-neuron-cores')}`,
      metric: new cloudwatch.MathExpression({
        label: 'NeuronCore utilisation',
        // Nothing is filled in: a period without data is missing, and what is missing is not idle.
        expression: requests === undefined ? 'coreUtilization' : 'IF(coreRequests > 0, coreUtilization, 100)',
        // Ids of their own: an expression brings those of its metrics along.
        usingMetrics: { coreUtilization: everyPeriod(utilization), ...requests && { coreRequests: everyPeriod(requests) } },
        period: PERIOD,
      }),
      threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}

/** A metric of another period is told this one before an expression does it, and warns of it. An expression has metrics of its own, and is left to the CDK. */
function everyPeriod(metric: cloudwatch.IMetric): cloudwatch.IMetric {
  return 'with' in metric && metric.toMetricConfig().mathExpression === undefined ? (metric as cloudwatch.Metric).with({ period: PERIOD }) : metric;
}

/** Of a share, cores that do nothing at all would be the only idle ones. */
function smallThreshold(threshold: number): Problem {
  return { prop: 'threshold', got: `${threshold}, less than one percent`, allowed: 'percent, 0 to 100: the utilisation is in percent, too', fix: `give e.g. 10, and of a ratio \`100 * ratio\` as utilization, or acknowledge this warning when you mean ${threshold} %` };
}

function problemsOf(props: IdleNeuronCoresAlarmProps): Problem[] {
  if (typeof props !== 'object' || props === null) return [{ prop: 'props', got: printed(props), allowed: 'the props of an alarm', fix: 'give at least { utilization: metric }' }];
  const { utilization, requests, threshold, duration } = props;
  return [
    ...metricProblems('utilization', utilization),
    ...requests === undefined ? [] : metricProblems('requests', requests),
    ...threshold === 0 ? [{ prop: 'threshold', got: '0', allowed: 'a number above 0, at most 100, in percent', fix: 'give e.g. 10: nothing is used less than 0 %' }]
      : checkNumber('threshold', threshold, { min: 0, max: 100, unit: 'percent' }, 'give e.g. 10'),
    ...durationProblems(duration),
  ];
}

function metricProblems(prop: string, metric: cloudwatch.IMetric): Problem[] {
  // A NeuronUtilization: of the room of dashboards, which this one cannot see.
  if (typeof metric === 'object' && metric !== null && '_metric' in metric) return [{ prop, got: 'a NeuronUtilization', allowed: 'a metric: a NeuronUtilization may be a search; no alarm can watch it', fix: 'give the metric itself' }];
  const notOne = checkObject(prop, metric, 'toMetricConfig', 'a metric', 'pass a Metric, or a MathExpression');
  if (notOne.length > 0) return notOne;
  const expression = searchIn(metric);
  if (expression === undefined) return [];
  return [{ prop, got: `the expression ${expression}`, allowed: 'a metric, or an expression without SEARCH: an alarm watches one time series', fix: 'name the metric: new Metric({ namespace, metricName, dimensionsMap })' }];
}

/** The first expression with a search in it, however deep. */
function searchIn(metric: cloudwatch.IMetric): string | undefined {
  const { mathExpression } = metric.toMetricConfig();
  if (mathExpression === undefined) return undefined;
  if (/\bSEARCH\s*\(/i.test(mathExpression.expression)) return mathExpression.expression;
  return Object.values(mathExpression.usingMetrics).map(searchIn).find((found) => found !== undefined);
}

function durationProblems(duration: Duration | undefined): Problem[] {
  if (duration === undefined) return [];
  const allowed = '5 minutes to 24 hours, in steps of 5 minutes';
  const fix = 'give e.g. Duration.hours(1)';
  const notOne = checkObject('duration', duration, 'toMinutes', 'a duration', fix);
  if (notOne.length > 0) return notOne;
  if (Token.isUnresolved(duration) || duration.isUnresolved()) return [{ prop: 'duration', got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain duration' }];
  const minutes = duration.toMinutes({ integral: false });
  return minutes > 0 && minutes <= MOST_MINUTES && minutes % PERIOD_MINUTES === 0 ? [] : [{ prop: 'duration', got: `${minutes} minutes`, allowed, fix }];
}
