import { Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { KILL_SWITCH_OFF } from './contract';
import type { FallbackErrorLimits, FallbackLatencyLimit, GpuFallbackProps } from './gpu-fallback';
import { notificationProblems } from './migration-notifications';
import { checkAlarmPlace, checkBetween, checkDuration, checkPlainNumber, checkRegion, checkStruct, shown } from './value-checks';
import type { EndpointVariant, InferenceEndpoint } from '../endpoint';
import { checkObject } from '../private/checks';
import type { Problem } from '../private/problems';

/**
 * The rule names every alarm in its pattern, and a pattern has at most 2,048 characters by default (EventBridge quotas, "Event pattern size"): the ARN of an
 * alarm with a name of 120 is 170 of them.
 */
const MAX_ALARMS = 10;

/** What a fallback may not be. */
export function fallbackProblems(scope: Construct, props: GpuFallbackProps | undefined): Problem[] {
  const shape = [
    ...variantShape('watched', props?.watched),
    ...variantShape('fallback', props?.fallback),
    ...checkStruct('errors', props?.errors, '{ maxErrorRate: 0.05 }'),
    ...checkStruct('latency', props?.latency, '{ p99: Duration.seconds(2) }'),
    ...notificationProblems(props?.notifications),
    ...props?.migrationTable === undefined ? [] : checkObject('migrationTable', props.migrationTable, 'tableArn', 'a table', 'give `migration.table` of a `TrafficMigration`'),
  ];
  if (props === undefined || shape.length > 0) return shape;
  return [
    ...variantProblems(scope, props.watched, props.fallback),
    ...instanceProblems(props),
    ...errorProblems(props.errors ?? {}),
    ...props.latency === undefined ? [] : latencyProblems(props.latency),
  ];
}

/** One more alarm beside those that there are: no alarm, one that the rule gets no events of, or one too many. */
export function alarmProblems(scope: Construct, alarm: cloudwatch.IAlarm, others: readonly cloudwatch.IAlarm[]): Problem[] {
  const notOne = checkObject('alarm', alarm, 'alarmArn', 'an alarm of CloudWatch', 'pass an Alarm, a CompositeAlarm, or Alarm.fromAlarmArn');
  if (notOne.length > 0) return notOne;
  const problems = checkAlarmPlace('alarm', alarm, scope);
  if (others.length < MAX_ALARMS || others.includes(alarm)) return problems;
  return [...problems, { prop: 'alarm', got: `${others.length + 1} alarms, those of the fallback itself included`, allowed: `at most ${MAX_ALARMS}: the event pattern of a rule has at most 2,048 characters`, fix: 'combine alarms in a CompositeAlarm, and add that one' }];
}

function variantShape(prop: string, variant: unknown): Problem[] {
  return checkObject(prop, variant, 'initialInstanceCount', 'a variant of an endpoint of this app', 'give what `InferenceEndpoint.addVariant` returned');
}

function variantProblems(scope: Construct, watched: EndpointVariant, fallback: EndpointVariant): Problem[] {
  const problems: Problem[] = [];
  if (watched === fallback) {
    return [{ prop: 'fallback', got: `${JSON.stringify(fallback.variantName)}, the watched variant`, allowed: 'another variant of its endpoint', fix: 'give the variant on GPU' }];
  }
  if (watched.endpoint !== fallback.endpoint) {
    problems.push({
      prop: 'fallback',
      got: `a variant of ${fallback.endpoint.node.path}, the watched one is of ${watched.endpoint.node.path}`,
      allowed: 'two variants of one endpoint: weights move requests inside an endpoint only',
      fix: 'add the fallback variant to the endpoint of the watched one',
    });
  }
  if (!fallback.instanceType.isGpu) {
    problems.push({ prop: 'fallback', got: `a variant on ${fallback.instanceType.name}`, allowed: 'a variant on GPU instances', fix: 'give the variant on GPU, or swap `watched` and `fallback`' });
  }
  for (const [prop, variant] of [['watched', watched], ['fallback', fallback]] as const) {
    if (variant.asynchronous) {
      problems.push({ prop, got: 'a variant of an asynchronous endpoint', allowed: 'a variant of a real-time endpoint: asynchronous requests wait in a queue, and their failures are no answers', fix: 'watch a real-time endpoint' });
    }
    if ((variant.endpoint as Partial<InferenceEndpoint>).shadowVariant === variant) {
      problems.push({ prop, got: 'a shadow variant', allowed: 'a production variant: a shadow answers nobody', fix: 'give what `addVariant` returned' });
    }
    if (variant.variantName === KILL_SWITCH_OFF) {
      problems.push({ prop, got: `a variant named ${JSON.stringify(KILL_SWITCH_OFF)}`, allowed: `another name: ${JSON.stringify(KILL_SWITCH_OFF)} is what the kill switch says when it is off`, fix: 'name the variant after its hardware' });
    }
  }
  return [...problems, ...checkRegion('watched', watched.endpoint, scope, 'fallback')];
}

function instanceProblems({ fallback, instances }: GpuFallbackProps): Problem[] {
  const problems = checkPlainNumber('instances', instances, { min: 1, integer: true });
  const most = fallback.scaling?.maxInstances;
  if (problems.length > 0 || instances === undefined || most === undefined || Token.isUnresolved(most) || instances <= most) return problems;
  return [{ prop: 'instances', got: `${instances} with scaling up to ${most}`, allowed: `at most \`scaling.maxInstances\` of ${JSON.stringify(fallback.variantName)} (${most}): what is above it is scaled in again`, fix: `raise \`maxInstances\` of the variant to ${instances}, or give ${most}` }];
}

function errorProblems({ maxErrorRate, errorRatio, minimumRequests, minutes }: FallbackErrorLimits): Problem[] {
  return [
    ...checkBetween('errors.maxErrorRate', maxErrorRate, 0, 1, 'give a share of the requests, e.g. 0.05'),
    ...checkPlainNumber('errors.errorRatio', errorRatio, { min: 1, max: 100 }, 'give at least 1: a variant that is as good as the fallback is no reason to leave it'),
    ...checkPlainNumber('errors.minimumRequests', minimumRequests, { min: 1, integer: true }),
    // An alarm looks back one day at most (PutMetricAlarm), and that is no watchdog.
    ...checkPlainNumber('errors.minutes', minutes, { min: 1, max: 60, integer: true }),
  ];
}

function latencyProblems({ p99, minimumRequests, minutes }: FallbackLatencyLimit): Problem[] {
  const missing = p99 === undefined ? [{ prop: 'latency.p99', got: 'nothing', allowed: 'a duration', fix: 'give e.g. Duration.seconds(2)' }] : [];
  return [
    ...missing,
    ...latencyRange(p99),
    ...checkPlainNumber('latency.minimumRequests', minimumRequests, { min: 1, integer: true }),
    ...checkPlainNumber('latency.minutes', minutes, { min: 1, max: 60, integer: true }),
  ];
}

function latencyRange(p99: Duration | undefined): Problem[] {
  // What is no duration, or a token, is refused in the same words as everywhere.
  if (typeof p99?.toMilliseconds !== 'function' || p99.isUnresolved()) return checkDuration('latency.p99', p99, Duration.millis(1), Duration.hours(1), 'Duration.seconds(2)');
  const milliseconds = p99.toMilliseconds({ integral: false });
  if (Number.isInteger(milliseconds) && milliseconds >= 1 && milliseconds <= 3_600_000) return [];
  return [{ prop: 'latency.p99', got: milliseconds >= 1 && Number.isInteger(milliseconds) ? shown(p99) : `${milliseconds} milliseconds`, allowed: 'whole milliseconds, 1 millisecond to 1 hour', fix: 'give e.g. Duration.seconds(2)' }];
}
