import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { EndpointVariant } from '../endpoint';

/** When errors of the watched variant are too many. */
export interface ErrorAlarmLimits {
  /** Share of the requests, 0 to 1. */
  readonly maxErrorRate: number;
  /** How many times the fallback variant's rate. */
  readonly errorRatio: number;
  /** Requests in a minute that there have to be. */
  readonly minimumRequests: number;
  /** Minutes in a row. */
  readonly minutes: number;
}

export interface LatencyAlarmLimits {
  readonly p99: Duration;
  readonly minimumRequests: number;
  readonly minutes: number;
}

export const ERROR_LIMITS: ErrorAlarmLimits = { maxErrorRate: 0.05, errorRatio: 2, minimumRequests: 20, minutes: 2 };
export const LATENCY_MINUTES = 3;
/** Errors have to be so many standard deviations above the limit: three, squared, to do without a root. */
const DEVIATIONS_SQUARED = 9;

export interface WatchdogAlarmProps {
  /** Alarms that others refer to by name have one of their own. */
  readonly name: string;
  readonly watched: EndpointVariant;
  readonly fallback: EndpointVariant;
  readonly runbook: string;
}

const PERIOD = Duration.minutes(1);

/**
 * Errors of the watched variant, by counts: more than the limit, and more than twice what the fallback variant has. An outage that hits both is no
 * reason to move; a fallback variant with fewer requests than the sample says nothing, and does not hold it up.
 *
 * Nothing is filled in for the watched variant: FILL would put its value into the newest minute, whose data is late, and the alarm would never see
 * two bad minutes in a row. A minute without requests is none.
 *
 * A few errors of a few requests are more than any rate: of 25 requests a minute of which 1.2 % fail, two or more fail in two minutes in a row about every 15
 * hours. So errors also have to be more than chance makes of a rate at the limit. Without division there is no minute in which the expression has no value.
 */
export function errorAlarm(scope: Construct, id: string, { name, watched, fallback, runbook }: WatchdogAlarmProps, limits: ErrorAlarmLimits): cloudwatch.Alarm {
  const { maxErrorRate, errorRatio, minimumRequests, minutes } = limits;
  const standby = 'FILL(standbyRequests, 0)';
  const worse = `IF(${standby} >= ${minimumRequests}, errors * ${standby} >= ${errorRatio} * FILL(standbyErrors, 0) * requests, 1)`;
  const excess = `(errors - ${maxErrorRate} * requests)`;
  const noChance = `${excess} > 0 AND ${excess} * ${excess} > ${Number((DEVIATIONS_SQUARED * maxErrorRate).toPrecision(6))} * requests`;
  const period = PERIOD;
  return new cloudwatch.Alarm(scope, id, {
    alarmName: name,
    alarmDescription: `More than ${percent(maxErrorRate)} of the requests to variant ${watched.variantName} fail, and at least ${errorRatio} times the share of variant ${fallback.variantName}: all requests go to ${fallback.variantName}. ${runbook}`,
    metric: new cloudwatch.MathExpression({
      label: `Too many errors of ${watched.variantName}`,
      expression: `IF(requests >= ${minimumRequests} AND ${noChance} AND ${worse}, 1, 0)`,
      usingMetrics: {
        requests: watched.metricInvocations({ period }),
        errors: watched.metricInvocation5XXErrors({ period }),
        standbyRequests: fallback.metricInvocations({ period }),
        standbyErrors: fallback.metricInvocation5XXErrors({ period }),
      },
      period,
    }),
    ...often(minutes),
  });
}

/** Slow answers of the watched variant: a percentile, so only for a limit that is far from what it ever should be. */
export function latencyAlarm(scope: Construct, id: string, { name, watched, fallback, runbook }: WatchdogAlarmProps, limits: LatencyAlarmLimits): cloudwatch.Alarm {
  const { p99, minimumRequests, minutes } = limits;
  const period = PERIOD;
  return new cloudwatch.Alarm(scope, id, {
    alarmName: name,
    alarmDescription: `One in a hundred requests to variant ${watched.variantName} takes longer than ${p99.toMilliseconds()} ms: all requests go to ${fallback.variantName}. ${runbook}`,
    metric: new cloudwatch.MathExpression({
      label: `Too slow: ${watched.variantName}`,
      // ModelLatency is in microseconds.
      expression: `IF(requests >= ${minimumRequests} AND latency > ${p99.toMilliseconds() * 1000}, 1, 0)`,
      usingMetrics: { requests: watched.metricInvocations({ period }), latency: watched.metricModelLatency({ period, statistic: 'p99' }) },
      period,
    }),
    ...often(minutes),
  });
}

/** All of the last minutes; what is not there is not bad. */
function often(minutes: number): Omit<cloudwatch.AlarmProps, 'metric'> {
  return {
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    evaluationPeriods: minutes,
    datapointsToAlarm: minutes,
    treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
