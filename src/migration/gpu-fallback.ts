import { Annotations, type Duration, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { alarmProblems, fallbackProblems } from './fallback-checks';
import { grantReadKillSwitch } from './kill-switch';
import type { MigrationNotifications } from './migration-notifications';
import { killSwitchOutput, startOutput } from './outputs';
import { Watchdog } from './watchdog';
import { ERROR_LIMITS, LATENCY_MINUTES } from './watchdog-alarm';
import { WATCHDOG_EVENTS } from './watchdog-parts';
import type { EndpointVariant, IInferenceEndpoint, InferenceEndpoint } from '../endpoint';
import { problemText, throwProblems } from '../private/problems';

/** When errors of the watched variant are too many. All of it has to be true of a minute. */
export interface FallbackErrorLimits {
  /**
   * Share of the requests that fail with 5xx, above 0 and below 1.
   *
   * @default 0.05
   */
  readonly maxErrorRate?: number;

  /**
   * How many times the share of the fallback variant, when that has enough requests to compare with. At least 1: an outage that
   * hits both variants is no reason to leave one for the other.
   *
   * @default 2
   */
  readonly errorRatio?: number;

  /**
   * Requests in the minute that there have to be at least, of either variant.
   *
   * @default 20
   */
  readonly minimumRequests?: number;

  /**
   * Minutes in a row, 1 to 60.
   *
   * @default 2
   */
  readonly minutes?: number;
}

/** When answers of the watched variant are too slow. */
export interface FallbackLatencyLimit {
  /** Time that the container may take for 99 of 100 requests. Give one that only a broken variant reaches. */
  readonly p99: Duration;

  /**
   * Requests in a minute that there have to be at least.
   *
   * @default 20
   */
  readonly minimumRequests?: number;

  /**
   * Minutes in a row, 1 to 60.
   *
   * @default 3
   */
  readonly minutes?: number;
}

/** Props of `GpuFallback`. */
export interface GpuFallbackProps {
  /** The variant that serves, on Inferentia2 or Trainium. */
  readonly watched: EndpointVariant;

  /**
   * The variant that takes over, on GPU: kept warm with weight 0, or with few instances, which are brought up to `instances` first. A fleet that
   * has to grow first takes minutes, and while it does the endpoint takes no weights.
   */
  readonly fallback: EndpointVariant;

  /**
   * Instances that the fallback variant needs to carry all requests. With scaling its least number is raised to it, and stays there: set it
   * back by hand when the requests are back.
   *
   * @default - its `initialInstanceCount`
   */
  readonly instances?: number;

  /**
   * When errors are too many.
   *
   * @default - more than 5 % and twice the share of the fallback variant, of at least 20 requests a minute, two minutes in a row
   */
  readonly errors?: FallbackErrorLimits;

  /**
   * When answers are too slow.
   *
   * @default - latency is not watched
   */
  readonly latency?: FallbackLatencyLimit;

  /**
   * Who is told.
   *
   * @default - the default event bus
   */
  readonly notifications?: MigrationNotifications;

  /**
   * Table of the migrations of the endpoint (`TrafficMigration.table`): a migration that is under way is stopped by a fallback.
   *
   * @default - no migration is stopped: one that is under way sees weights that somebody changed
   */
  readonly migrationTable?: dynamodb.ITable;
}

/**
 * The way back of an endpoint on Inferentia2 or Trainium: when its errors are too many, all requests go to a variant on GPU.
 *
 * Two bad minutes set off an alarm, a rule starts a state machine, and that brings up instances where they are missing, turns the kill switch on, sets
 * the weights, and sees to it for five minutes that they stay. No function of ours has to work for it. Needs no `TrafficMigration`, which has one of its
 * own while it runs; the way forth again is a migration, or weights set by hand.
 *
 * Start the state machine by hand, with an empty input, to fall back at once. What an endpoint cannot do while it is in another update is
 * change its weights: clients that read the kill switch and send `TargetVariant` do not wait for that.
 */
export class GpuFallback extends Construct {
  /** The alarm on errors. */
  public readonly alarm: cloudwatch.Alarm;

  /** The alarm on latency, or nothing when there is no limit. */
  public readonly latencyAlarm?: cloudwatch.Alarm;

  /** What falls back. */
  public readonly stateMachine: sfn.IStateMachine;

  /** Parameter that says `off`, or the name of the variant that clients should send everything to. A deploy leaves alone what it is at. */
  public readonly killSwitchParameter: ssm.IStringParameter;

  /** Name of the kill switch, for the configuration of clients. */
  public readonly killSwitchParameterName: string;

  /**
   * The endpoint whose traffic it moves.
   *
   * @internal
   */
  public readonly _endpoint: IInferenceEndpoint;
  private readonly watchdog: Watchdog;

  /**
   * @param scope the parent
   * @param id the construct's id
   * @param props what is watched, and what takes over
   */
  constructor(scope: Construct, id: string, props: GpuFallbackProps) {
    super(scope, id);
    throwProblems(this, fallbackProblems(this, props));
    const { watched, fallback, latency } = props;
    this._endpoint = fallback.endpoint;
    this.watchdog = new Watchdog(this, 'Watchdog', {
      from: fallback,
      to: watched,
      endpointName: fallback.endpointName,
      totalWeight: totalWeight(fallback, watched),
      floor: props.instances ?? known(fallback.initialInstanceCount),
      table: props.migrationTable,
      errors: withoutUndefined(props.errors ?? {}),
      latency: latency && { minimumRequests: ERROR_LIMITS.minimumRequests, minutes: LATENCY_MINUTES, ...withoutUndefined(latency), p99: latency.p99 },
      notifications: props.notifications,
    });
    this.alarm = this.watchdog.alarm;
    this.latencyAlarm = this.watchdog.latencyAlarm;
    this.stateMachine = this.watchdog.stateMachine;
    this.killSwitchParameter = this.watchdog.killSwitch;
    this.killSwitchParameterName = this.watchdog.killSwitch.parameterName;
    startOutput(this, 'FallBack', 'Sends everything to the fallback variant at once', this.stateMachine);
    killSwitchOutput(this, this.killSwitchParameter);
    warnOfOthers(this, fallback);
  }

  /**
   * One more alarm that makes it fall back: one of yours, a composite one too, in the region and account of the fallback. At most 10 alarms in all, those of the fallback itself included.
   *
   * @param alarm the alarm; what counts is that it goes off, not that it is on
   */
  public addAlarm(alarm: cloudwatch.IAlarm): void {
    throwProblems(this, alarmProblems(this, alarm, this.watchdog.alarms));
    this.watchdog.addAlarm(alarm);
  }

  /**
   * Lets a client read the kill switch, and nothing else.
   *
   * @param grantee who may read it
   */
  public grantReadKillSwitch(grantee: iam.IGrantable): iam.Grant {
    return grantReadKillSwitch(this.killSwitchParameter, grantee);
  }

  /**
   * A rule for the beginning of a fallback: requests are sent to the fallback variant.
   *
   * @param id the rule's id
   * @param options target, description and so on
   */
  public onFallback(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.watchdog.onEvent(id, WATCHDOG_EVENTS.triggered, options);
  }

  /**
   * A rule for a fallback that does not get on: the endpoint takes no weights, or was given up on after two hours.
   *
   * @param id the rule's id
   * @param options target, description and so on
   */
  public onFallbackBlocked(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.watchdog.onEvent(id, WATCHDOG_EVENTS.blocked, options);
  }

  /** Fallbacks that were started, those with nothing to do included. Sum over 5 minutes by default. */
  public metricFallbacks(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricStarted(props);
  }

  /** Fallbacks that were given up. Sum over 5 minutes by default. */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stateMachine.metricFailed(props);
  }
}

function known(value: number): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}

/** What the fallback variant gets. Only the ratio of weights counts, and the watched one gets 0. */
function totalWeight(...variants: EndpointVariant[]): number {
  const sum = variants.reduce((all, { weight }) => all + (known(weight) ?? 0), 0);
  return sum > 0 ? sum : 1;
}

/** Without members that are there and undefined: they would undo defaults. */
function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function warnOfOthers(scope: Construct, { endpoint }: EndpointVariant): void {
  const names = ((endpoint as Partial<InferenceEndpoint>).variants ?? []).map(({ variantName }) => variantName);
  if (names.length <= 2) return;
  Annotations.of(scope).addWarningV2('cdk-accelerators:fallbackBesideOthers', problemText({
    prop: 'fallback',
    got: `an endpoint with ${names.length} variants (${names.join(', ')})`,
    allowed: 'any number; requests of the others stay with them, whatever their weights are',
    fix: 'acknowledge this warning when that is what you want',
  }));
}
