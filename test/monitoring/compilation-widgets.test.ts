import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { bodyProblems, styleProblems, usedMetrics } from './dashboard-body';
import { bodyOf, labelsOf, titlesOf, widgetOf } from './dashboard-support';
import { CompilationMetrics } from '../../src/monitoring/compilation-metrics';
import { CompilationWidgets } from '../../src/monitoring/compilation-widgets';
import { isKnown } from '../../src/monitoring/metric-catalogue';
import { compiled } from '../compilation/support';

test('compilations are counted by how they ended, and take minutes', () => {
  const { compilation } = compiled();
  const stack = Stack.of(compilation);
  new cloudwatch.Dashboard(stack, 'Own').addWidgets(...CompilationWidgets.runs(new CompilationMetrics(compilation, { period: Duration.days(1) })));
  const body = bodyOf(stack);
  expect(bodyProblems(body)).toEqual([]);
  expect(styleProblems(body)).toEqual([]);
  expect(usedMetrics(body).filter(({ namespace, name, dimensions, statistic }) => !isKnown(namespace, name, [...dimensions], statistic))).toEqual([]);
  expect(titlesOf(body)).toEqual(['Compilations in the time shown, count (1 day)', 'Run time of the compile job, min (1 day)']);
  expect(widgetOf(body, 'Compilations').properties.metrics.filter(([first]: any[]) => typeof first === 'object').map(([{ label, color }]: any[]) => [label, color])).toEqual([['Compiled', '#2ca02c'], ['Found compiled', '#1f77b4'], ['Failed', '#d62728']]);
  expect(labelsOf(body, 'Run time')).toEqual(['Run time']);
  expect(widgetOf(body, 'Run time').properties.metrics[0][0].expression).toBe('m1 / 60');
});
