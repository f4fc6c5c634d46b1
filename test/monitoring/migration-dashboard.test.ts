import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { MigrationDashboard, type MigrationDashboardProps } from '../../src/monitoring/migration-dashboard';
import { MigrationMetrics } from '../../src/monitoring/migration-metrics';
import { MigrationWidgets } from '../../src/monitoring/migration-widgets';
import { migrate } from '../migration/construct-support';

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
    expect(used.filter(({ namespace }) => namespace === 'CdkAccelerators/TrafficMigration')).toHaveLength(11);
    expect(used.filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  });

  test('shows what a person asks first at its top', () => {
    expect(titlesOf(body)).toEqual([
      '# Migration to-inf2', 'Alarms of the migration',
      'Share of the newcomer, % (1 min)', 'Step of the plan, from 0 (1 min)',
      'Evidence, % (1 min)', 'Requests needed for a verdict, count (1 min)', 'Judged, count (1 min)',
      'Latency p50, ms (1 min)', 'Latency p95, ms (1 min)', 'Latency p99, ms (1 min)',
      'Failed requests, % (1 min)', 'Requests refused as wrong (4xx), % (1 min)', 'Overhead of SageMaker p99, ms (1 min)',
      'Verdicts, count (1 min)', 'Somebody has to look, 1 is yes (1 min)',
      'Events, the newest 50',
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

  test('promotions and rollbacks are counted, and the share wanted is beside the one realised', () => {
    expect(labelsOf(body, 'Verdicts')).toEqual(['Promotions', 'Rollbacks']);
    expect(labelsOf(body, 'Share of the newcomer')).toEqual(['Realised', 'Wanted']);
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
