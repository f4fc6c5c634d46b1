import type { MetricStat, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { VirtualClock } from '../support/standin/clock';
import { AlarmBoard } from '../support/standin/cloudwatch/alarm-board';
import type { Metrics, Series } from '../support/standin/cloudwatch/metrics';
import { EventBus } from '../support/standin/events/bus';

const PLACE = { account: '123456789012', region: 'us-east-1' };
const MINUTE = 60_000;

const PLAIN: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Sum: (values) => values.reduce((sum, one) => sum + one, 0),
  Average: (values) => values.reduce((sum, one) => sum + one, 0) / values.length,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
};

/** Alarms of a template, evaluated by the stand-in's CloudWatch over metrics that a test publishes. */
export class AlarmWorld {
  private readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  private readonly points: { readonly identity: string; readonly time: number; readonly value: number }[] = [];
  private readonly board: AlarmBoard;

  constructor(stack: Stack) {
    const metrics = { series: (metric: MetricStat, start: number, end: number) => this.series(metric, start, end) } as unknown as Metrics;
    this.board = new AlarmBoard(this.clock, metrics, new EventBus(this.clock), () => undefined);
    for (const [AlarmName, { Properties }] of Object.entries(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))) {
      this.board.put({ ...Properties, AlarmName } as PutMetricAlarmInput, PLACE);
    }
  }

  /** Publishes a value now. */
  publish(namespace: string, name: string, dimensions: Readonly<Record<string, string>>, value: number): void {
    this.points.push({ identity: identity(namespace, name, Object.entries(dimensions)), time: this.clock.now(), value });
  }

  advance(minutes: number): void {
    this.clock.advance(minutes * 60);
  }

  /** State of the alarm whose logical id has all of these in it. */
  state(...parts: string[]): string {
    const found = this.board.describe().filter(({ AlarmName }) => parts.every((part) => AlarmName!.includes(part)));
    if (found.length !== 1) throw new Error(`${found.length} alarms of ${parts.join(', ')}`);
    return found[0].StateValue!;
  }

  private series({ Metric: metric, Period: period, Stat: stat }: MetricStat, start: number, end: number): Series {
    const wanted = identity(metric!.Namespace!, metric!.MetricName!, (metric!.Dimensions ?? []).map(({ Name, Value }) => [Name!, Value!]));
    const length = period! * 1000;
    if (length % MINUTE !== 0) throw new Error(`a period of ${period} seconds`);
    const found = new Map<number, number[]>();
    for (const { time, value } of this.points.filter((point) => point.identity === wanted && point.time >= start && point.time < end)) {
      const from = Math.floor(time / length) * length;
      found.set(from, [...found.get(from) ?? [], value]);
    }
    return new Map([...found].map(([from, values]) => [from, PLAIN[stat!](values)]));
  }
}

function identity(namespace: string, name: string, dimensions: readonly (readonly [string, string])[]): string {
  return JSON.stringify([namespace, name, [...dimensions].sort()]);
}
