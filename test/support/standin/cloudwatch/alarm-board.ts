import type { MetricAlarm, MetricDataQuery, PutMetricAlarmInput, StateValue } from '@aws-sdk/client-cloudwatch';
import type { Metrics } from './metrics';
import { answers, periodOf } from './queries';
import type { Clock } from '../clock';
import type { EventBus } from '../events/bus';
import { MINUTE } from '../traffic';

interface Place {
  readonly account: string;
  readonly region: string;
}

interface AlarmRecord extends Place {
  readonly arn: string;
  readonly input: PutMetricAlarmInput;
  state: StateValue;
  reason: string;
  since: number;
}

const BREACHES: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/**
 * An alarm looks at more periods than it evaluates, so that late data does not count as missing (CloudWatch user guide, "Configuring
 * how CloudWatch alarms treat missing data"). How many more is not documented: "varies based on the length of the alarm period".
 */
const MORE_PERIODS = 2;

/** The queries of an alarm, also of one on a single metric, and the one that it watches. */
function queriesOf(input: PutMetricAlarmInput): { readonly queries: readonly MetricDataQuery[]; readonly watched: string } {
  if (input.Metrics) return { queries: input.Metrics, watched: input.Metrics.find(({ ReturnData }) => ReturnData !== false)!.Id! };
  const metric = { Namespace: input.Namespace, MetricName: input.MetricName, Dimensions: input.Dimensions };
  return { queries: [{ Id: 'm1', MetricStat: { Metric: metric, Period: input.Period, Stat: input.Statistic ?? input.ExtendedStatistic } }], watched: 'm1' };
}

/** The alarms of CloudWatch, evaluated every minute of the clock. */
export class AlarmBoard {
  private readonly alarms = new Map<string, AlarmRecord>();
  private ticking: (() => void) | undefined;

  /** @param changed told every change, before the event goes out */
  constructor(
    private readonly clock: Clock, private readonly metrics: Metrics, private readonly bus: EventBus,
    private readonly changed: (name: string, state: StateValue) => void,
  ) {}

  put(input: PutMetricAlarmInput, place: Place): void {
    // What cannot be evaluated is refused here, not at the next full minute.
    this.values(input);
    const before = this.alarms.get(input.AlarmName!);
    const arn = `arn:aws:cloudwatch:${place.region}:${place.account}:alarm:${input.AlarmName}`;
    this.alarms.set(input.AlarmName!, { ...place, arn, input, state: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation', since: this.clock.now(), ...before && { state: before.state, reason: before.reason, since: before.since } });
    this.ticking ??= this.tick();
  }

  delete(name: string): boolean {
    return this.alarms.delete(name);
  }

  has(name: string): boolean {
    return this.alarms.has(name);
  }

  stateOf(name: string): StateValue | undefined {
    return this.alarms.get(name)?.state;
  }

  describe(): MetricAlarm[] {
    return [...this.alarms.values()].map(({ arn, input, state, reason, since }) => {
      const { Tags: _tags, ...configured } = input;
      const time = since / 1000 as unknown as Date;
      return { ActionsEnabled: true, ...configured, AlarmArn: arn, StateValue: state, StateReason: reason, StateUpdatedTimestamp: time, StateTransitionedTimestamp: time };
    });
  }

  /** Sets the state, as SetAlarmState does: until the next evaluation says otherwise. */
  set(name: string, state: StateValue, reason: string): void {
    const alarm = this.alarms.get(name);
    if (alarm) this.change(alarm, state, reason);
  }

  reset(): void {
    this.alarms.clear();
    this.ticking?.();
    this.ticking = undefined;
  }

  private tick(): () => void {
    const now = this.clock.now();
    return this.clock.after((Math.floor(now / MINUTE) + 1) * MINUTE - now, () => {
      this.ticking = this.tick();
      for (const alarm of [...this.alarms.values()]) this.evaluate(alarm);
    });
  }

  private evaluate(alarm: AlarmRecord): void {
    const { input } = alarm;
    const values = this.values(input);
    const next = this.verdict(input, values, input.EvaluationPeriods!);
    if (next !== undefined && next !== alarm.state) this.change(alarm, next, `Threshold Crossed: the datapoints were [${values.join(', ')}] and the threshold is ${input.Threshold}`);
  }

  /** The newest that there are, at most as many as are evaluated; what lacks is missing. */
  private values(input: PutMetricAlarmInput): number[] {
    const { queries, watched } = queriesOf(input);
    const length = periodOf(queries) * 1000;
    const end = Math.floor(this.clock.now() / length) * length;
    const series = answers(this.metrics, queries, end - (input.EvaluationPeriods! + MORE_PERIODS) * length, end).get(watched)!;
    return [...series].sort(([a], [b]) => b - a).slice(0, input.EvaluationPeriods).map(([, value]) => value);
  }

  /** Nothing: it stays as it is. */
  private verdict(input: PutMetricAlarmInput, values: readonly number[], wanted: number): StateValue | undefined {
    const breaching = values.filter((value) => BREACHES[input.ComparisonOperator!](value, input.Threshold!)).length;
    const needed = input.DatapointsToAlarm ?? wanted;
    const lacking = wanted - values.length;
    const treatment = input.TreatMissingData ?? 'missing';
    if (breaching >= needed) return 'ALARM';
    if (treatment === 'breaching') return breaching + lacking >= needed ? 'ALARM' : 'OK';
    if (treatment === 'notBreaching' || breaching < values.length) return 'OK';
    // Nothing there, or too little and all of it breaching: rows "- - - - -" and "- - X - -" of the user guide's tables.
    if (treatment === 'ignore') return undefined;
    return values.length === 0 ? 'INSUFFICIENT_DATA' : 'ALARM';
  }

  private change(alarm: AlarmRecord, state: StateValue, reason: string): void {
    if (alarm.state === state) return;
    const previous = { value: alarm.state, reason: alarm.reason, timestamp: new Date(alarm.since).toISOString() };
    Object.assign(alarm, { state, reason, since: this.clock.now() });
    this.changed(alarm.input.AlarmName!, state);
    // Members: CloudWatch user guide, "Alarm events and EventBridge".
    this.bus.emit({
      'source': 'aws.cloudwatch',
      'detail-type': 'CloudWatch Alarm State Change',
      'account': alarm.account,
      'region': alarm.region,
      'resources': [alarm.arn],
      'detail': {
        alarmName: alarm.input.AlarmName,
        state: { value: state, reason, timestamp: new Date(this.clock.now()).toISOString() },
        previousState: previous,
        configuration: { description: alarm.input.AlarmDescription, metrics: alarmMetrics(alarm.input) },
      },
    });
  }
}

/** As the event writes them: members in lower case, dimensions as an object. */
function alarmMetrics(input: PutMetricAlarmInput): object[] {
  return queriesOf(input).queries.map(({ Id, MetricStat: metric, Expression, Label, ReturnData = true }) => ({
    id: Id,
    ...metric && {
      metricStat: {
        metric: { namespace: metric.Metric!.Namespace, name: metric.Metric!.MetricName, dimensions: Object.fromEntries((metric.Metric!.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])) },
        period: metric.Period,
        stat: metric.Stat,
      },
    },
    ...Expression !== undefined && { expression: Expression },
    ...Label !== undefined && { label: Label },
    returnData: ReturnData,
  }));
}
