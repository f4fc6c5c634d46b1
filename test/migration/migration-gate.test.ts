import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { migrate, newStack, variants } from './construct-support';
import { GatePoint, GateTimeout, MigrationGate } from '../../src/migration';

const alarm = (stack: Stack, name: string) => cloudwatch.Alarm.fromAlarmName(stack, `Alarm-${name}`, name);
const handler = (stack: Stack, name = 'quality') => lambda.Function.fromFunctionArn(stack, `Function-${name}`, `arn:aws:lambda:us-east-1:111122223333:function:${name}`);
const configOf = (gates: MigrationGate[] | ((stack: Stack) => MigrationGate[])) => migrate(({ stack }) => ({ gates: typeof gates === 'function' ? gates(stack) : gates })).migration._config;

test('an approval stands before 100 %, for a day, and then holds', () => {
  expect(configOf([MigrationGate.approval()]).gates).toEqual([{ id: 'approval-full', kind: 'approval', point: 'full', timeoutSeconds: 86_400, onTimeout: 'hold' }]);
});

test.each([[GatePoint.START, 'start'], [GatePoint.EACH_STEP, 'step'], [GatePoint.FULL, 'full'], [GatePoint.RELEASE, 'release']])('an approval at %s', (at, point) => {
  const gate = MigrationGate.approval({ at, timeout: Duration.minutes(1), onTimeout: GateTimeout.ROLL_BACK });
  expect(configOf([gate]).gates).toEqual([{ id: `approval-${point}`, kind: 'approval', point, timeoutSeconds: 60, onTimeout: 'rollback' }]);
});

test('functions, two of them at one point', () => {
  const { gates } = configOf((stack) => [
    MigrationGate.lambdaFunction(handler(stack), { at: GatePoint.EACH_STEP }),
    MigrationGate.lambdaFunction(handler(stack, 'cost'), { at: GatePoint.EACH_STEP }),
    MigrationGate.lambdaFunction(handler(stack, 'more')),
  ]);
  expect(gates).toEqual([
    { id: 'lambda-step', kind: 'lambda', functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:quality', point: 'step', timeoutSeconds: 86_400, onTimeout: 'hold' },
    { id: 'lambda-step-2', kind: 'lambda', functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:cost', point: 'step', timeoutSeconds: 86_400, onTimeout: 'hold' },
    { id: 'lambda-full', kind: 'lambda', functionArn: 'arn:aws:lambda:us-east-1:111122223333:function:more', point: 'full', timeoutSeconds: 86_400, onTimeout: 'hold' },
  ]);
});

test('costs', () => {
  const costs = (minimumSaving?: number) => configOf([MigrationGate.costFalls({ fromInstanceHourUsd: 1.408, toInstanceHourUsd: 0.9884, minimumSaving })]).gates;
  expect(costs()).toEqual([{ id: 'cost-full', kind: 'cost', fromHourlyPrice: 1.408, toHourlyPrice: 0.9884, minimumSaving: 0, point: 'full', timeoutSeconds: 86_400, onTimeout: 'hold' }]);
  expect(costs(0)).toMatchObject([{ minimumSaving: 0 }]);
  expect(costs(0.2)).toMatchObject([{ minimumSaving: 0.2 }]);
});

test('alarms of a stack without a place are nowhere else', () => {
  const gate = (stack: Stack) => [MigrationGate.alarmsOk([cloudwatch.Alarm.fromAlarmArn(stack, 'Far', 'arn:aws:cloudwatch:eu-west-1:444455556666:alarm:far'), alarm(stack, 'near')])];
  const { migration } = migrate(({ stack }) => ({ gates: gate(stack) }), variants({}, newStack({})));
  expect(migration._config.alarms.map(({ name }) => name)).toEqual(['known-at-deploy-time', 'far', 'near']);
});

test('alarms are no gate with a place: they stand everywhere, after the watchdog\'s own', () => {
  const { gates, alarms } = configOf((stack) => [
    MigrationGate.alarmsOk([alarm(stack, 'orders'), alarm(stack, 'latency')]),
    MigrationGate.approval(),
    MigrationGate.alarmsOk([alarm(stack, 'payments')], { rollBack: true }),
  ]);
  expect(gates.map(({ id }) => id)).toEqual(['approval-full']);
  expect(alarms).toEqual([
    { name: 'known-at-deploy-time', rollBack: true },
    { name: 'orders', rollBack: false },
    { name: 'latency', rollBack: false },
    { name: 'payments', rollBack: true },
  ]);
});
