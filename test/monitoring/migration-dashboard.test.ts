import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import { InferenceEndpoint, ShiftPlan } from '../../src';
import { EndpointMetrics } from '../../src/monitoring/endpoint-metrics';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { MigrationDashboard, type MigrationDashboardProps } from '../../src/monitoring/migration-dashboard';
import { MigrationMetrics } from '../../src/monitoring/migration-metrics';
import { MigrationWidgets } from '../../src/monitoring/migration-widgets';
import { G5 } from '../endpoint/support';
import { migrate, variants } from '../migration/construct-support';

function dashboard(props: Partial<MigrationDashboardProps> = {}, all = migrate({ migrationName: 'to-inf2' })) {
  return { ...all, dashboard: new MigrationDashboard(all.stack, 'Dashboard', { migration: all.migration, ...props }), body: () => bodyOf(all.stack) };
}

describe('a dashboard of a migration', () => {
  const made = dashboard();
  const body = made.body();

  test('is what CloudWatch takes, and what a person can read', () => {
    expect(bodyProblems(body)).toEqual([]);
    expect(styleProblems(body)).toEqual([]);
  });

  test('asks only for metrics that exist', () => {
    const used = usedMetrics(body);
    expect(new Set(used.filter(({ namespace }) => namespace === 'CdkAccelerators/TrafficMigration').map(({ name }) => name)).size).toBe(11);
    expect(used.filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows what a person asks first at its top', () => {
    expect(titlesOf(body)).toEqual([
      '# Migration to-inf2', 'Alarms of the migration',
      'The run, newest value (1 min)', 'Verdicts, newest value (1 min)', 'Events, the newest 50',
      'Share of the newcomer, % (1 min)', 'Step of the plan, from 0 (1 min)',
      'Evidence, % (1 min)', 'Requests needed for a verdict, count (1 min)', 'Judged, count (1 min)',
      'Latency p50, ms (1 min)', 'Latency p95, ms (1 min)', 'Latency p99, ms (1 min)', 'Overhead p99, ms (1 min)',
      '5xx, % (1 min)', 'Container errors, % (1 min)', '4xx, % (1 min)',
      'Instances that answered, count (1 min)', 'Cost of the instances, USD per hour (1 min)', 'Cost of requests, USD per 1,000 (1 min)',
      'GPU utilisation, % (1 min)', 'GPU memory, % (1 min)', '### NeuronCore utilisation', 'CPU utilisation, % (1 min)', 'Memory of the hosts, % (1 min)', 'Disks of the hosts, % (1 min)',
    ]);
  });

  test('says from where to where, and what to do', () => {
    const { markdown } = widgetOf(body, '# Migration').properties;
    expect(markdown).toContain('From **gpu** (ml.g5.xlarge) to **inf2** (ml.inf2.xlarge)');
    expect(markdown).toContain('/docs/runbook.md#needs-attention)');
    expect(markdown).toContain('/docs/runbook.md#commands)');
    expect(markdown).toMatch(/states\/home\?region=us-east-1#\/statemachines\/view\/Migration\w+/);
  });

  test('alarms are the two of the migration, the loudest first', () => {
    const { alarms, sortBy } = widgetOf(body, 'Alarms').properties;
    expect(alarms.map((arn: string) => arn.replace(/.*alarm:Migration(\w+)\w{8}$/, '$1'))).toEqual(['NeedsAttention', 'WatchdogAlarm']);
    expect(sortBy).toBe('stateUpdatedTimestamp');
  });

  test('evidence is on its way to 100', () => {
    expect(labelsOf(body, 'Evidence')).toEqual(['For the newcomer', 'Against it']);
    const { annotations, yAxis } = widgetOf(body, 'Evidence').properties;
    expect(annotations.horizontal).toEqual([{ value: 100, label: 'Verdict', color: '#d62728', yAxis: 'left' }]);
    expect(yAxis.left).toEqual({ label: 'Percent of a verdict', min: 0, max: 100, showUnits: false });
  });

  test('judged errors have an axis of their own: they are few beside the requests', () => {
    const { metrics, yAxis } = widgetOf(body, 'Judged').properties;
    expect(metrics.map((entry: any[]) => [entry[1], entry.at(-1).yAxis])).toEqual([['JudgedRequests', undefined], ['JudgedErrors', 'right']]);
    expect(yAxis.right.label).toBe('Errors of the newcomer');
  });

  test('numbers say where the run is', () => {
    expect(labelsOf(body, 'The run')).toEqual(['Wanted share, %', 'Realised share, %', 'Step, 5 is 100 %', 'For the newcomer, %', 'Against it, %', 'Requests needed']);
  });

  test('promotions and rollbacks are counted over the time shown', () => {
    const { view, metrics } = widgetOf(body, 'Verdicts').properties;
    expect(view).toBe('singleValue');
    expect(metrics.map((entry: any[]) => [entry.at(-1).label ?? entry[1], entry[0].expression])).toEqual([
      ['Promotions in the time shown', 'RUNNING_SUM(m1)'], ['promotions', undefined], ['Rollbacks in the time shown', 'RUNNING_SUM(m2)'], ['rollbacks', undefined], ['Needs attention, 1 is yes', undefined],
    ]);
  });

  test('the newcomer has its name and the colour that it has everywhere', () => {
    expect(labelsOf(body, 'Share of the newcomer')).toEqual(['inf2 realised', 'inf2 wanted']);
    expect(widgetOf(body, 'Share of the newcomer').properties.metrics.map((entry: any[]) => entry.at(-1).color)).toEqual(['#ff7f0e', '#7f7f7f']);
  });

  test('steps stand beside their shares', () => {
    expect(widgetOf(body, 'Step of the plan').properties.annotations.horizontal.map(({ value, label }: any) => [value, label])).toEqual([[0, '5 %'], [1, '10 %'], [2, '25 %'], [3, '50 %'], [4, '80 %'], [5, '100 %']]);
  });

  test('events are read from the log that the controller writes to', () => {
    const { query } = widgetOf(body, 'Events').properties;
    const [log] = /SOURCE '(\w+)'/.exec(query)!.slice(1);
    expect(Template.fromStack(made.stack).findResources('AWS::Logs::LogGroup')).toHaveProperty(log);
    const [controller] = Object.values(Template.fromStack(made.stack).findResources('AWS::Lambda::Function', { Properties: { Description: 'Moves the traffic of a SageMaker endpoint between two variants' } }));
    expect(controller.Properties.LoggingConfig.LogGroup.Ref).toBe(log);
    expect(query.split('\n')).toEqual([
      `SOURCE '${log}' | fields @timestamp, event, message, share, step, phase`, '| filter ispresent(event) and ispresent(migration)', '| sort @timestamp desc', '| limit 50',
    ]);
  });
});

test('other alarms stand beside the migration\'s own', () => {
  const all = migrate();
  const alarm = new cloudwatch.Alarm(all.stack, 'Alarm', { metric: all.gpu.metricInvocations(), threshold: 1, evaluationPeriods: 1 });
  expect(widgetOf(dashboard({ alarms: [alarm] }, all).body(), 'Alarms').properties.alarms).toHaveLength(3);
});

test('period and time range can be chosen', () => {
  const all = migrate();
  const body = dashboard({ metrics: new MigrationMetrics(all.migration, { period: Duration.minutes(5) }), defaultInterval: Duration.days(2) }, all).body();
  expect(titlesOf(body)).toContain('Step of the plan, from 0 (5 min)');
  expect(body.start).toBe('-P2D');
  expect(bodyProblems(body)).toEqual([]);
});

test('a migration back has the colour of the variant that it goes to', () => {
  const all = variants({ gpu: { weight: 0 }, inf2: { weight: 1 } });
  const body = dashboard({}, migrate({ from: all.inf2, to: all.gpu }, all)).body();
  expect(labelsOf(body, 'Share of the newcomer')).toEqual(['gpu realised', 'gpu wanted']);
  expect(widgetOf(body, 'Share of the newcomer').properties.metrics[0].at(-1).color).toBe('#1f77b4');
});

test('more steps than can be read have no lines', () => {
  const of = (steps: number[]) => widgetOf(dashboard({}, migrate({ plan: ShiftPlan.steps(steps) })).body(), 'Step of the plan').properties.annotations?.horizontal?.length;
  expect(of([1, 2, 3, 4, 5, 6, 7])).toBe(8);
  expect(of([1, 2, 3, 4, 5, 6, 7, 8])).toBeUndefined();
});

test.each<[string, ShiftPlan, string]>([
  ['twice the time of its plan', ShiftPlan.steps([5, 25, 50], { dwell: Duration.hours(10), bake: Duration.hours(20) }), '-P4D'],
  ['a fortnight at most, as long as there are points of a minute', ShiftPlan.steps([5, 25], { dwell: Duration.days(5), bake: Duration.days(6) }), '-P14D'],
  ['12 hours at least', ShiftPlan.canary(5), '-PT12H'],
])('opens at %s', (_what, plan, start) => {
  expect(dashboard({}, migrate({ plan })).body().start).toBe(start);
  expect(dashboard({ defaultInterval: undefined }, migrate({ plan })).body().start).toBe(start);
});

test('rows stand alone in a dashboard of somebody else', () => {
  const { stack, migration } = migrate();
  const own = new cloudwatch.Dashboard(stack, 'Own');
  own.addWidgets(...MigrationWidgets.evidence(new MigrationMetrics(migration)));
  own.addWidgets(...MigrationWidgets.events(migration));
  expect(bodyProblems(bodyOf(stack))).toEqual([]);
});

test.each([['m', '"m"'], [undefined, 'undefined'], [{}, 'another object']])('%j is no migration', (migration: any, got) => {
  const { stack } = migrate();
  expect(() => new MigrationDashboard(stack, 'D', { migration })).toThrow(`Stack/D: \`migration\`: got ${got}; allowed: a TrafficMigration; fix: give a TrafficMigration`);
});

test('metrics of another migration', () => {
  const all = migrate();
  const other = migrate();
  expect(() => new MigrationDashboard(all.stack, 'D', { migration: all.migration, metrics: new MigrationMetrics(other.migration) }))
    .toThrow('Stack/D: `metrics`: got metrics of another migration; allowed: MigrationMetrics of Stack/Migration; fix: give metrics of this migration, or leave them out');
});

test('metrics of another endpoint', () => {
  const all = migrate();
  const other = new InferenceEndpoint(all.stack, 'Other');
  other.addVariant('a', G5);
  expect(() => new MigrationDashboard(all.stack, 'D', { migration: all.migration, endpointMetrics: new EndpointMetrics(other) }))
    .toThrow('Stack/D: `endpointMetrics`: got metrics of Stack/Other; allowed: EndpointMetrics of Stack/Endpoint; fix: give metrics of the endpoint of the migration, or leave them out');
});

test('a time range that CloudWatch keeps no points of', () => {
  expect(() => dashboard({ defaultInterval: Duration.days(16) }))
    .toThrow('Stack/Dashboard: `defaultInterval`: got 16 days of metrics with a period of 1 min; allowed: at most 15 days, as long as CloudWatch keeps such points; fix: show a shorter time, or give the metrics a longer period');
});
