import { type App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { migrate, newStack, refused, thrownBy, variants, type Variants, UNMEASURED, benchmarkOf, parityOf } from './construct-support';
import { InferenceEndpoint } from '../../src';
import {
  AdvanceWindow, FallbackCapacity, GatePoint, MigrationGate, ShiftPlan, TrafficMigration, Weekday,
  type ShiftPlanOptions, type TrafficMigrationProps,
} from '../../src/migration';
import { migrationProblems, warnOfMigration } from '../../src/migration/migration-checks';
import { throwProblems } from '../../src/private/problems';
import { G5, INF2 } from '../endpoint/support';
import { ACCOUNT, REGION } from '../support/iam';

const as = <T>(value: unknown): T => value as T;
const AT = 'Stack/Migration: ';
const TOKEN = 'got a token (a value known only at deploy time); allowed: a value known at synth: the plan is checked then';
const token = () => Lazy.number({ produce: () => 5 });
const text = (stack: Stack) => new CfnParameter(stack, 'Text').valueAsString;

/** The message for one problem, or for several together. */
const of = (where: string, ...problems: string[]) => problems.length === 1 ? `${where}: ${problems[0]}` : [`${where}: ${problems.length} problems`, ...problems.map((one) => `  - ${one}`)].join('\n');

describe('ShiftPlan.steps', () => {
  test.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['`percentages`: got undefined; allowed: at least one step; fix: give e.g. [5, 10, 25, 50, 80], or use ShiftPlan.auto()']],
    ['text', '5,10', ['`percentages`: got "5,10"; allowed: at least one step; fix: give e.g. [5, 10, 25, 50, 80], or use ShiftPlan.auto()']],
    ['an empty list', [], ['`percentages`: got an empty list; allowed: at least one step; fix: give e.g. [5, 10, 25, 50, 80], or use ShiftPlan.auto()']],
    ['0', [0, 50], ['`percentages[0]`: got 0; allowed: a percentage from 0.1 to 80; fix: give a percentage from 0.1 to 80']],
    ['100', [50, 100], ['`percentages[1]`: got 100; allowed: a percentage from 0.1 to 80; fix: leave 100 out: it follows the last step by itself']],
    ['a fraction', [0.05, 0.5], ['`percentages[0]`: got 0.05; allowed: a percentage from 0.1 to 80; fix: give a percentage from 0.1 to 80, not a fraction: 5 for 0.05']],
    ['a construct', new Construct(new Stack(), 'One'), ['`percentages`: got another object; allowed: at least one step; fix: give e.g. [5, 10, 25, 50, 80], or use ShiftPlan.auto()']],
    ['a negative one, NaN and text', [-5, NaN, '10'], [
      '`percentages[0]`: got -5; allowed: a percentage from 0.1 to 80; fix: give a percentage from 0.1 to 80',
      '`percentages[1]`: got NaN; allowed: a percentage from 0.1 to 80; fix: give a percentage from 0.1 to 80',
      '`percentages[2]`: got "10"; allowed: a percentage from 0.1 to 80; fix: give a percentage from 0.1 to 80',
    ]],
    ['steps that do not increase', [5, 25, 10], ['`percentages[2]`: got 10 after 25; allowed: increasing percentages; fix: sort them, and name each once']],
    ['a step twice', [5, 5], ['`percentages[1]`: got 5 after 5; allowed: increasing percentages; fix: sort them, and name each once']],
    ['a control of 10 %', [50, 90], ['`percentages[1]`: got 90, which leaves 10 % of the traffic as control; allowed: at most 80: the judge compares with a control of at least 20 %; fix: end with 80 or less; 100 follows by itself']],
    ['both', [90, 80.1], [
      '`percentages[1]`: got 80.1 after 90; allowed: increasing percentages; fix: sort them, and name each once',
      '`percentages[0]`: got 90, which leaves 10 % of the traffic as control; allowed: at most 80: the judge compares with a control of at least 20 %; fix: end with 80 or less; 100 follows by itself',
    ]],
    ['a token', [token()], [`\`percentages[0]\`: ${TOKEN}; fix: give a plain value`]],
    ['a list that is a token', Lazy.list({ produce: () => ['5'] }), [`\`percentages\`: ${TOKEN}; fix: give a plain value`]],
    ['too many', Array.from({ length: 51 }, (_, i) => i + 1), ['`percentages`: got 51 steps; allowed: at most 50; fix: leave steps out: each takes a dwell']],
  ])('%s', (_, percentages, problems) => {
    expect(thrownBy(() => ShiftPlan.steps(as(percentages)))).toBe(of('ShiftPlan.steps', ...problems));
  });

  test('80 % is the last step that is allowed', () => {
    expect(ShiftPlan.steps([80]).percentages).toEqual([80]);
  });

  test.each<[string, ShiftPlanOptions, string[]]>([
    ['a dwell below a period', { dwell: Duration.seconds(59) }, ['`dwell`: got 59 seconds; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days']],
    ['a bake of nothing', { bake: Duration.seconds(0) }, ['`bake`: got 0 seconds; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days']],
    ['half a second', { dwell: Duration.millis(60_500) }, ['`dwell`: got 60.5 seconds; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days']],
    ['durations as numbers', { dwell: as(600), bake: as('30m') }, [
      '`dwell`: got 600; allowed: a duration; fix: give e.g. Duration.minutes(10)',
      '`bake`: got "30m"; allowed: a duration; fix: give e.g. Duration.minutes(30)',
    ]],
    ['a dwell that is a token', { dwell: Duration.seconds(token()) }, [`\`dwell\`: ${TOKEN}; fix: give a plain duration such as Duration.minutes(10)`]],
    ['a maximum shorter than the plan', { maxDuration: Duration.hours(1) }, ["`maxDuration`: got 1 hour; allowed: more than 1 hour 20 minutes, the plan's dwells, bake and warm-ups, at most 14 days; fix: raise `maxDuration`, or take fewer or shorter steps"]],
    ['a maximum of 15 days', { maxDuration: Duration.days(15) }, ['`maxDuration`: got 15 days; allowed: whole seconds, 5 minutes to 14 days; fix: give 5 minutes to 14 days']],
    ['a step shorter than itself', { maxStepDuration: Duration.minutes(20) }, ['`maxStepDuration`: got 20 minutes; allowed: more than 32 minutes, the longest step with its warm-up; fix: raise `maxStepDuration`, or shorten `dwell` or `bake`']],
    ['no requests', { minRequests: 0 }, ['`minRequests`: got 0; allowed: a whole number of at least 1; fix: give a whole number of at least 1']],
    ['another policy', { onUnprovable: as('ignore') }, ['`onUnprovable`: got "ignore"; allowed: UnprovablePlan.REFUSE, UnprovablePlan.WARN; fix: use one of them']],
    ['a warm-up of hours', { warmUp: { duration: Duration.hours(2) } }, ['`warmUp.duration`: got 2 hours; allowed: whole seconds, 0 seconds to 1 hour; fix: give 0 seconds to 1 hour']],
    ['a warm-up as a number', { warmUp: as(3) }, ['`warmUp`: got 3; allowed: options; fix: give e.g. { duration: Duration.minutes(2) }']],
    ['warm-up requests without a body', { warmUp: { requestCount: 5, contentType: 'text/csv' } }, [
      '`warmUp.requestCount`: got 5 without a body; allowed: `requestCount` together with `body`; fix: give `warmUp.body`, a request that the model answers',
      '`warmUp.contentType`: got "text/csv" without a body; allowed: `contentType` together with `body`; fix: give `warmUp.body`, a request that the model answers',
    ]],
    ['an empty body', { warmUp: { body: '' } }, ['`warmUp.body`: got ""; allowed: the body of a request; fix: give a request that the model answers, or leave it out to send none']],
    ['a large body', { warmUp: { body: 'é'.repeat(33_000) } }, ['`warmUp.body`: got 66002 bytes as JSON; allowed: at most 65536 bytes: it travels through the state machine; fix: give a shorter request']],
    ['101 requests', { warmUp: { body: '{}', requestCount: 101 } }, ['`warmUp.requestCount`: got 101; allowed: a whole number from 1 to 100; fix: leave `warmUp.body` out to send no requests']],
    ['a content type over two lines', { warmUp: { body: '{}', contentType: 'text/plain\nX: y' } }, ['`warmUp.contentType`: got "text/plain\\nX: y"; allowed: a content type of 1 to 1,024 ASCII characters; fix: give e.g. application/json']],
    ['a token as body', { warmUp: { body: Lazy.string({ produce: () => 'x' }) } }, [`\`warmUp.body\`: ${TOKEN}; fix: give a plain value`]],
  ])('%s', (_, options, problems) => {
    expect(thrownBy(() => ShiftPlan.steps([5, 10, 25, 50, 80], options))).toBe(of('ShiftPlan.steps', ...problems));
  });

  test('options that are none', () => {
    expect(thrownBy(() => ShiftPlan.steps([5], as(600)))).toBe('ShiftPlan.steps: `options`: got 600; allowed: options; fix: give e.g. { dwell: Duration.minutes(10) }');
  });

  test('steps and times, together', () => {
    expect(thrownBy(() => ShiftPlan.steps([90], { dwell: Duration.seconds(1) }))).toBe(of('ShiftPlan.steps',
      '`percentages[0]`: got 90, which leaves 10 % of the traffic as control; allowed: at most 80: the judge compares with a control of at least 20 %; fix: end with 80 or less; 100 follows by itself',
      '`dwell`: got 1 second; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days'));
  });

  test('a plan that is too long for any maximum', () => {
    expect(thrownBy(() => ShiftPlan.steps([5, 10, 25], { dwell: Duration.days(5), bake: Duration.days(5) }))).toBe(
      'ShiftPlan.steps: `dwell`: got 5 days in a plan that takes at least 15 days 6 minutes; allowed: a plan of less than 14 days: dwells, bake and warm-ups together; fix: take fewer or shorter steps');
    expect(thrownBy(() => ShiftPlan.steps([5, 10], { dwell: Duration.days(7), bake: Duration.days(7), maxDuration: Duration.days(14) }))).toBe(
      'ShiftPlan.steps: `bake`: got 7 days in a plan that takes at least 14 days 4 minutes; allowed: a plan of less than 14 days: dwells, bake and warm-ups together; fix: take fewer or shorter steps');
  });
});

describe('other plans', () => {
  test.each<[string, () => unknown, string]>([
    ['linear without a step', () => ShiftPlan.linear(as({})), 'ShiftPlan.linear: `stepPercentage`: got nothing; allowed: percentage points between two steps; fix: give e.g. { stepPercentage: 10 }'],
    ['linear without anything', () => ShiftPlan.linear(as(undefined)), 'ShiftPlan.linear: `stepPercentage`: got nothing; allowed: percentage points between two steps; fix: give e.g. { stepPercentage: 10 }'],
    ['linear up to 90 %', () => ShiftPlan.linear({ stepPercentage: 10, maxPercentage: 90 }), 'ShiftPlan.linear: `maxPercentage`: got 90; allowed: a number from 1 to 80 percent; fix: the newcomer gets 100 % after the last step; give at most 80'],
    ['linear beyond its end', () => ShiftPlan.linear({ stepPercentage: 40, maxPercentage: 30 }), 'ShiftPlan.linear: `stepPercentage`: got 40 with maxPercentage 30; allowed: at most maxPercentage (30); fix: take smaller steps, or ShiftPlan.canary for a single one'],
    ['linear in too many steps', () => ShiftPlan.linear({ stepPercentage: 1 }), 'ShiftPlan.linear: `stepPercentage`: got 1, 80 steps to 80; allowed: at most 50 steps; fix: take larger steps'],
    ['linear by a token', () => ShiftPlan.linear({ stepPercentage: token() }), `ShiftPlan.linear: \`stepPercentage\`: ${TOKEN}; fix: give a plain value`],
    ['a canary of everything', () => ShiftPlan.canary(100), 'ShiftPlan.canary: `percentage`: got 100; allowed: a percentage from 0.1 to 80; fix: leave 100 out: it follows the last step by itself'],
    ['a canary of 95 %', () => ShiftPlan.canary(95), 'ShiftPlan.canary: `percentage`: got 95, which leaves 5 % of the traffic as control; allowed: at most 80: the judge compares with a control of at least 20 %; fix: end with 80 or less; 100 follows by itself'],
    ['auto from nothing', () => ShiftPlan.auto({ firstPercentage: 0 }), 'ShiftPlan.auto: `firstPercentage`: got 0; allowed: a number from 0.1 to 80 percent; fix: give a percentage from 0.1 to 80'],
    ['auto from a fraction', () => ShiftPlan.auto({ firstPercentage: 0.05 }), 'ShiftPlan.auto: `firstPercentage`: got 0.05; allowed: a number from 0.1 to 80 percent; fix: give a percentage from 0.1 to 80, not a fraction: 5 for 0.05'],
    ['a canary by a fraction', () => ShiftPlan.canary(0.07), 'ShiftPlan.canary: `percentage`: got 0.07; allowed: a percentage from 0.1 to 80; fix: give a percentage from 0.1 to 80, not a fraction: 7 for 0.07'],
    ['linear by a fraction', () => ShiftPlan.linear({ stepPercentage: 0.29 }), 'ShiftPlan.linear: `stepPercentage`: got 0.29; allowed: a number from 1 to 80 percent; fix: give a percentage from 1 to 80, not a fraction: 29 for 0.29'],
  ])('%s', (_, make, message) => expect(thrownBy(make)).toBe(message));
});

test.each<[unknown, string]>([
  [0, 'got 0; allowed: a whole number of at least 1; fix: keep at least 1: a fallback window without instances protects nothing; for none at all give `fallbackWindow: Duration.seconds(0)`'],
  [1.5, 'got 1.5; allowed: a whole number of at least 1; fix: keep at least 1: a fallback window without instances protects nothing; for none at all give `fallbackWindow: Duration.seconds(0)`'],
])('FallbackCapacity.instances(%p)', (count, message) => {
  expect(thrownBy(() => FallbackCapacity.instances(as(count)))).toBe(`FallbackCapacity.instances: \`count\`: ${message}`);
});

describe('a window', () => {
  const zone = { timeZone: 'UTC' };
  const EXAMPLE = "{ opens: '09:00', closes: '17:00', timeZone: 'Europe/Berlin' }";
  test.each<[string, () => unknown, string[]]>([
    ['that closes before it opens', () => AdvanceWindow.weekdays({ opens: '17:00', closes: '09:00', ...zone }), ['AdvanceWindow.weekdays: `closes`: got "09:00" with opens "17:00": a window that never opens; allowed: a time later than `opens`: a window does not go over midnight; fix: swap them, or leave one of them out']],
    ['that closes when it opens', () => AdvanceWindow.daily({ opens: '09:00', closes: '09:00', ...zone }), ['AdvanceWindow.daily: `closes`: got "09:00" with opens "09:00": a window that never opens; allowed: a time later than `opens`: a window does not go over midnight; fix: swap them, or leave one of them out']],
    ['on no day', () => AdvanceWindow.days([], zone), ['AdvanceWindow.days: `days`: got an empty list: a window that never opens; allowed: at least one day of the week; fix: give e.g. [Weekday.MONDAY, Weekday.TUESDAY]']],
    ['on no list', () => AdvanceWindow.days(as('MONDAY'), zone), ['AdvanceWindow.days: `days`: got "MONDAY"; allowed: days of the week; fix: give e.g. [Weekday.MONDAY, Weekday.TUESDAY]']],
    ['on a day of another week', () => AdvanceWindow.days([Weekday.MONDAY, as(8)], zone), ['AdvanceWindow.days: `days[1]`: got 8; allowed: Weekday.SUNDAY to Weekday.SATURDAY; fix: use one of them']],
    ['without hours', () => AdvanceWindow.daily(as(undefined)), [`AdvanceWindow.daily: \`hours\`: got nothing; allowed: options; fix: give e.g. ${EXAMPLE}`]],
    ['at 9', () => AdvanceWindow.daily({ opens: as(9), ...zone }), ["AdvanceWindow.daily: `opens`: got 9; allowed: a time of day, HH:MM, 00:00 to 24:00; fix: give e.g. '09:00'"]],
    ['at 9:00 and 25:00', () => AdvanceWindow.daily({ opens: '9:00', closes: '25:00', ...zone }), [
      'AdvanceWindow.daily: 2 problems',
      "  - `opens`: got \"9:00\"; allowed: a time of day, HH:MM, 00:00 to 24:00; fix: give e.g. '09:00'",
      "  - `closes`: got \"25:00\"; allowed: a time of day, HH:MM, 00:00 to 24:00; fix: give e.g. '09:00'",
    ]],
    ['without a zone', () => AdvanceWindow.daily(as({})), ['AdvanceWindow.daily: `timeZone`: got nothing; allowed: a time zone by its IANA name; fix: give e.g. Europe/Berlin, America/New_York or UTC']],
    ['in a zone nobody knows', () => AdvanceWindow.daily({ timeZone: 'Europe/Gotham' }), ['AdvanceWindow.daily: `timeZone`: got "Europe/Gotham"; allowed: a time zone by its IANA name; fix: give e.g. Europe/Berlin, America/New_York or UTC']],
    ['in a zone by its offset', () => AdvanceWindow.daily({ timeZone: '+01:00' }), ['AdvanceWindow.daily: `timeZone`: got "+01:00"; allowed: a time zone by its IANA name; fix: give e.g. Europe/Berlin, America/New_York or UTC']],
    ['frozen from a day that is none', () => AdvanceWindow.always().freeze('2027-02-30', '24.12.2027'), [
      'AdvanceWindow.freeze: 2 problems',
      '  - `firstDay`: got "2027-02-30"; allowed: a day, YYYY-MM-DD; fix: give e.g. 2027-12-24',
      '  - `lastDay`: got "24.12.2027"; allowed: a day, YYYY-MM-DD; fix: give e.g. 2027-12-24',
    ]],
    ['frozen backwards', () => AdvanceWindow.always().freeze('2028-01-06', '2027-12-20'), ['AdvanceWindow.freeze: `lastDay`: got "2027-12-20" with firstDay "2028-01-06"; allowed: a day that is not before `firstDay`; fix: swap them']],
    ['frozen for ever', () => AdvanceWindow.always().freeze('2027-01-01', '2029-01-01'), ['AdvanceWindow.freeze: `lastDay`: got "2029-01-01" with firstDay "2027-01-01", 732 days: a window that never opens; allowed: at most 366 days; fix: do not start the migration, or shorten the freeze']],
  ])('%s', (_, make, lines) => expect(thrownBy(make)).toBe(lines.join('\n')));
});

describe('a gate', () => {
  test.each<[string, () => unknown, string[]]>([
    ['at no place', () => MigrationGate.approval({ at: as('end') }), ['MigrationGate.approval: `at`: got "end"; allowed: GatePoint.START, GatePoint.EACH_STEP, GatePoint.FULL, GatePoint.RELEASE; fix: use one of them']],
    ['for ever', () => MigrationGate.approval({ timeout: Duration.days(8) }), ['MigrationGate.approval: `timeout`: got 8 days; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days']],
    ['for no time, and then nothing known', () => MigrationGate.approval({ timeout: Duration.seconds(0), onTimeout: as('promote') }), [
      'MigrationGate.approval: 2 problems',
      '  - `timeout`: got 0 seconds; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days',
      '  - `onTimeout`: got "promote"; allowed: GateTimeout.HOLD, GateTimeout.ROLL_BACK; fix: use one of them',
    ]],
    ['of no function', () => MigrationGate.lambdaFunction(as('quality')), ['MigrationGate.lambdaFunction: `handler`: got "quality"; allowed: a function of AWS Lambda; fix: pass a Function, an Alias or a Version']],
    ['of no alarms', () => MigrationGate.alarmsOk([]), ['MigrationGate.alarmsOk: `alarms`: got an empty list; allowed: 1 to 50 alarms; fix: name the alarms, or leave the gate out']],
    ['of alarms by name', () => MigrationGate.alarmsOk(as(['orders'])), ['MigrationGate.alarmsOk: `alarms[0]`: got "orders"; allowed: an alarm of CloudWatch; fix: pass an Alarm, a CompositeAlarm or Alarm.fromAlarmArn']],
    ['of one alarm', () => MigrationGate.alarmsOk(as({ alarmName: 'orders' })), ['MigrationGate.alarmsOk: `alarms`: got {"alarmName":"orders"}; allowed: 1 to 50 alarms; fix: give a list, also of one: [alarm]']],
    ['of one alarm that is a construct', () => MigrationGate.alarmsOk(as(cloudwatch.Alarm.fromAlarmName(new Stack(), 'Alarm', 'orders'))), ['MigrationGate.alarmsOk: `alarms`: got another object; allowed: 1 to 50 alarms; fix: give a list, also of one: [alarm]']],
    ['by constructs', () => MigrationGate.approval({ at: as(new Stack()), timeout: as(1), onTimeout: as(BigInt(1)) }), [
      'MigrationGate.approval: 3 problems',
      '  - `at`: got another object; allowed: GatePoint.START, GatePoint.EACH_STEP, GatePoint.FULL, GatePoint.RELEASE; fix: use one of them',
      '  - `timeout`: got 1; allowed: a duration; fix: give e.g. Duration.hours(12)',
      '  - `onTimeout`: got 1; allowed: GateTimeout.HOLD, GateTimeout.ROLL_BACK; fix: use one of them',
    ]],
    ['of alarms that roll back by a text', () => MigrationGate.alarmsOk([as({ alarmName: 'orders' })], { rollBack: as('false') }), ['MigrationGate.alarmsOk: `rollBack`: got "false"; allowed: true or false; fix: give the boolean, not a text or a number']],
    ['of alarms with no options', () => MigrationGate.alarmsOk([as({ alarmName: 'orders' })], as(true)), ['MigrationGate.alarmsOk: `options`: got true; allowed: options; fix: give e.g. { rollBack: true }']],
    ['of costs without prices', () => MigrationGate.costFalls(as({ minimumSaving: 1 })), [
      'MigrationGate.costFalls: 3 problems',
      '  - `fromInstanceHourUsd`: got nothing; allowed: a price above 0, in US dollars per instance-hour; fix: give yours, or the list price: PriceBook.bundled() knows it',
      '  - `toInstanceHourUsd`: got nothing; allowed: a price above 0, in US dollars per instance-hour; fix: give yours, or the list price: PriceBook.bundled() knows it',
      '  - `minimumSaving`: got 1; allowed: a number from 0 to 0.99; fix: give a fraction such as 0.2 for a fifth',
    ]],
    ['of costs that are free', () => MigrationGate.costFalls({ fromInstanceHourUsd: 0, toInstanceHourUsd: token() }), [
      'MigrationGate.costFalls: 2 problems',
      '  - `fromInstanceHourUsd`: got 0; allowed: a price above 0, in US dollars per instance-hour; fix: give yours, or the list price: PriceBook.bundled() knows it',
      `  - \`toInstanceHourUsd\`: ${TOKEN}; fix: give a plain value`,
    ]],
    ['of costs before there are any', () => MigrationGate.costFalls({ fromInstanceHourUsd: 1, toInstanceHourUsd: 1, at: GatePoint.EACH_STEP }), ['MigrationGate.costFalls: `at`: got GatePoint.EACH_STEP; allowed: GatePoint.FULL, GatePoint.RELEASE: before the first step the newcomer has no requests whose cost could be counted; fix: use GatePoint.FULL']],
    ['of costs, without anything', () => MigrationGate.costFalls(as(undefined)), ['MigrationGate.costFalls: `options`: got null; allowed: options; fix: give e.g. { fromInstanceHourUsd: 1.4, toInstanceHourUsd: 1 }']],
  ])('%s', (_, make, lines) => expect(thrownBy(make)).toBe(lines.join('\n')));
});

describe('a migration', () => {
  const cases: [string, Partial<TrafficMigrationProps> | ((all: Variants) => Partial<TrafficMigrationProps>), string[], (() => Variants)?][] = [
    ['from nothing to text', { from: as(undefined), to: as('inf2') }, [
      '`from`: got undefined; allowed: a variant of an endpoint; fix: pass what addVariant returned',
      '`to`: got "inf2"; allowed: a variant of an endpoint; fix: pass what addVariant returned',
    ]],
    ['of a variant made elsewhere', ({ stack }) => ({ to: as(InferenceEndpoint.fromEndpointName(stack, 'Elsewhere', 'other').variant('inf2')) }),
      ['`to`: got a variant of an endpoint that was made elsewhere; allowed: a variant made by InferenceEndpoint.addVariant: its weight and scaling have to be known; fix: put the migration into the app that has the endpoint']],
    ['from a variant to itself', ({ gpu }) => ({ to: gpu }), ["`to`: got variant 'gpu', which is `from` too; allowed: another variant of the same endpoint; fix: pass the variant that shall get the traffic"]],
    ['to a variant of another endpoint', ({ stack }) => ({ to: new InferenceEndpoint(stack, 'Other').addVariant('inf2', { ...INF2, weight: 0 }) }),
      ["`to`: got variant 'inf2' of Stack/Other; allowed: a variant of Stack/Endpoint, the endpoint of `from`; fix: add both variants to one endpoint"]],
    ['to a newcomer with weight', {}, ["`to.weight`: got 1, with 1 for `from`; allowed: 0: the newcomer gets no traffic when the endpoint is made, nor when something resets the weights to the template; fix: give variant 'inf2' weight 0; updates keep the live weights"],
      () => variants({ inf2: { weight: undefined } })],
    ['with swapped weights', {}, ["`to.weight`: got 1, with 0 for `from`; allowed: 0: the newcomer gets no traffic when the endpoint is made, nor when something resets the weights to the template; fix: give variant 'inf2' weight 0 and variant 'gpu' weight 1; updates keep the live weights"],
      () => variants({ gpu: { weight: 0 }, inf2: { weight: 1 } })],
    ['of nobody with traffic', {}, ["`from.weight`: got 0, and 0 for `to`; allowed: a weight above 0 for the variant that has the traffic when the endpoint is made; fix: give variant 'gpu' weight 1"],
      () => variants({ gpu: { weight: 0 } })],
    ['with a weight that is a token', {}, ['`from.weight`: got a token (a value known only at deploy time); allowed: a weight known at synth; fix: give the variant a plain number'],
      () => variants({ gpu: { weight: token() } })],
    ['of an asynchronous endpoint', {}, ['`from`: got a variant of Stack/Endpoint, an asynchronous endpoint; allowed: variants of real-time endpoints: requests that wait in a queue for minutes cannot be compared by the minute; fix: leave asyncInference out, or shift the weights of an asynchronous endpoint yourself'],
      () => {
        const stack = newStack();
        return variants({ gpu: { scaling: undefined }, inf2: { scaling: undefined }, endpoint: { asyncInference: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'answers') } } }, stack);
      }],
    ['to a shadow variant', ({ endpoint }) => ({ to: endpoint.addShadowVariant('shadow', INF2) }), ["`to`: got variant 'shadow', a shadow variant; allowed: production variants: the answers of a shadow are dropped; fix: add the newcomer with addVariant and weight 0"]],
    ['with a plan as a list', { plan: as([5, 10]) }, ['`plan`: got another object; allowed: a plan; fix: use ShiftPlan.auto, steps, linear or canary']],
    ['with a capacity as a number, and a window as text', { fallbackCapacity: as(2), advanceWindow: as('weekdays') }, [
      '`fallbackCapacity`: got 2; allowed: a capacity; fix: use FallbackCapacity.full or instances',
      '`advanceWindow`: got "weekdays"; allowed: a window; fix: use AdvanceWindow.weekdays, daily, days or always',
    ]],
    ['with a fallback that is never there', { fallbackCapacity: FallbackCapacity.instances(9) }, ["`fallbackCapacity`: got 9 instances, with scaling.maxInstances 8 of variant 'gpu'; allowed: at most 8 instances; fix: lower it, raise `maxInstances`, or use FallbackCapacity.full()"]],
    ['with a fallback of a month', { fallbackWindow: Duration.days(30) }, ['`fallbackWindow`: got 30 days; allowed: whole seconds, 0 seconds to 14 days; fix: give 0 seconds to 14 days']],
    ['with rates out of range', { limits: { falseRollbackRate: 0.5, falsePromotionRate: 0, errorAllowance: 1 } }, [
      '`limits.errorAllowance`: got 1; allowed: a number above 0 and below 0.5; fix: give a fraction such as 0.01 for one error in a hundred requests, or leave it out',
      '`limits.falseRollbackRate`: got 0.5; allowed: a number above 0 and below 0.5; fix: give a chance such as 0.05',
      '`limits.falsePromotionRate`: got 0; allowed: a number above 0 and below 0.5; fix: give a chance such as 0.05',
    ]],
    ['with limits of nonsense', { limits: { latencyIncrease: -0.1, latencyIncreaseP99: as('25%'), errorRatio: 0.9, falseRollbackRate: NaN } }, [
      '`limits.latencyIncrease`: got -0.1; allowed: a number from 0 to 10; fix: give a fraction such as 0.25 for a quarter',
      '`limits.latencyIncreaseP99`: got "25%"; allowed: a number from 0 to 10; fix: give a fraction such as 0.25 for a quarter',
      '`limits.errorRatio`: got 0.9; allowed: a number from 1 to 100; fix: give e.g. 2: twice the errors of the other variant',
      '`limits.falseRollbackRate`: got NaN; allowed: a number above 0 and below 0.5; fix: give a chance such as 0.05',
    ]],
    ['with a limit that is not judged', { limits: { judgeLatency: false, latencyIncrease: 0.25 } }, ['`limits.judgeLatency`: got false with a limit of the latency; allowed: `judgeLatency: false`, or limits of the latency; fix: remove one of them']],
    ['with limits that are tokens', { limits: { errorRatio: token(), falseRollbackRate: token() } }, [`\`limits.errorRatio\`: ${TOKEN}; fix: give a plain value`, `\`limits.falseRollbackRate\`: ${TOKEN}; fix: give a plain value`]],
    ['with policies of nonsense', { policies: { onInconclusive: as('promote!'), onDrift: as('fight'), maxPause: Duration.seconds(1), changeTimeout: Duration.minutes(1) } }, [
      '`policies.onInconclusive`: got "promote!"; allowed: InconclusivePolicy.HOLD, InconclusivePolicy.ROLL_BACK, InconclusivePolicy.PROMOTE; fix: use one of them',
      '`policies.onDrift`: got "fight"; allowed: DriftPolicy.PAUSE, DriftPolicy.ADOPT, DriftPolicy.RESTORE, DriftPolicy.ABORT; fix: use one of them',
      '`policies.maxPause`: got 1 second; allowed: whole seconds, 1 minute to 7 days; fix: give 1 minute to 7 days',
      '`policies.changeTimeout`: got 1 minute; allowed: whole seconds, 5 minutes to 4 hours; fix: give 5 minutes to 4 hours',
    ]],
    ['with switches that are none', { limits: { judgeLatency: as(0) }, policies: { dryRun: as('false') } }, [
      '`limits.judgeLatency`: got 0; allowed: true or false; fix: give the boolean, not a text or a number',
      '`policies.dryRun`: got "false"; allowed: true or false; fix: give the boolean, not a text or a number',
    ]],
    ['with a switch that is a token', { policies: { dryRun: as(Lazy.any({ produce: () => true })) } }, [`\`policies.dryRun\`: ${TOKEN}; fix: give a plain value`]],
    ['with a name of three words', { migrationName: 'to the moon' }, ['`migrationName`: got "to the moon"; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "gpu-to-inferentia2"']],
    ['with a construct for a name', ({ stack }) => ({ migrationName: as(new Construct(stack, 'Name')) }), ['`migrationName`: got another object; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "gpu-to-inferentia2"']],
    ['with a name that is a token', ({ stack }) => ({ migrationName: text(stack) }), ['`migrationName`: got a token (a value known only at deploy time); allowed: a name known at synth: the state machine is named after it; fix: give a plain text']],
    ['with a topic by its ARN', { notifications: { topic: as('arn:aws:sns:us-east-1:111122223333:people'), eventBus: as({}) } }, [
      '`notifications.topic`: got "arn:aws:sns:us-east-1:111122223333:people"; allowed: a topic of SNS; fix: pass a Topic, or Topic.fromTopicArn',
      '`notifications.eventBus`: got another object; allowed: an event bus; fix: pass an EventBus, or EventBus.fromEventBusArn',
    ]],
    ['with a FIFO topic', ({ stack }) => ({ notifications: { topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111122223333:people.fifo') } }),
      ['`notifications.topic`: got a FIFO topic; allowed: a standard topic: people are told by mail and chat; fix: use a topic without `fifo`']],
    ['with a key by its ARN', { encryptionKey: as('arn:aws:kms:us-east-1:111122223333:key/1') }, ['`encryptionKey`: got "arn:aws:kms:us-east-1:111122223333:key/1"; allowed: a key of KMS; fix: pass a Key, or Key.fromKeyArn']],
    ['with one gate', { gates: as(MigrationGate.approval()) }, ['`gates`: got another object; allowed: a list of gates; fix: give e.g. [MigrationGate.approval()]']],
    ['with a gate by its name', { gates: [as('approval')] }, ['`gates[0]`: got "approval"; allowed: a gate; fix: use MigrationGate.approval, lambdaFunction, alarmsOk, costFalls, measuredVersion, measuredElsewhere, sameAnswers or unmeasuredVersion']],
    ['with the same gate twice', { gates: [MigrationGate.approval(), MigrationGate.approval({ timeout: Duration.hours(1) })] }, ['`gates[1]`: got approval-full, which gates[0] is too; allowed: each gate once; fix: remove one of them, or move it to another point (`at`)']],
    ['with a function twice at one point', ({ stack }) => {
      const handler = lambda.Function.fromFunctionArn(stack, 'Function', 'arn:aws:lambda:us-east-1:111122223333:function:quality');
      return { gates: [MigrationGate.lambdaFunction(handler), MigrationGate.lambdaFunction(handler)] };
    }, ['`gates[1]`: got lambda-full, which gates[0] is too; allowed: each gate once; fix: remove one of them, or move it to another point (`at`)']],
    ['with an alarm twice', ({ stack }) => {
      const alarm = cloudwatch.Alarm.fromAlarmName(stack, 'Alarm', 'orders');
      return { gates: [MigrationGate.alarmsOk([alarm]), MigrationGate.alarmsOk([alarm], { rollBack: true })] };
    }, ['`gates`: got alarm "orders" twice; allowed: each alarm once; fix: name it in one of the gates']],
    ['with alarms of elsewhere', ({ stack }) => {
      const alarm = (id: string, region: string, account: string) => cloudwatch.Alarm.fromAlarmArn(stack, id, `arn:aws:cloudwatch:${region}:${account}:alarm:${id}`);
      return {
        gates: [
          MigrationGate.alarmsOk([alarm('Here', REGION, ACCOUNT), alarm('Region', 'eu-west-1', ACCOUNT)]),
          MigrationGate.approval(),
          MigrationGate.alarmsOk([alarm('Account', REGION, '444455556666'), alarm('Both', 'eu-west-1', '444455556666')]),
        ],
      };
    }, [
      `\`gates[0].alarms[1]\`: got an alarm of region eu-west-1; allowed: an alarm of region ${REGION}: events and states of other alarms do not get here; fix: make the alarm in a stack of region ${REGION}`,
      `\`gates[2].alarms[0]\`: got an alarm of account 444455556666; allowed: an alarm of account ${ACCOUNT}: events and states of other alarms do not get here; fix: make the alarm in a stack of account ${ACCOUNT}`,
      `\`gates[2].alarms[1]\`: got an alarm of region eu-west-1 and account 444455556666; allowed: an alarm of region ${REGION} and account ${ACCOUNT}: events and states of other alarms do not get here; fix: make the alarm in a stack of region ${REGION} and account ${ACCOUNT}`,
    ]],
    ['with an alarm of a stack elsewhere', ({ stack }) => {
      const other = newStack({ env: { account: ACCOUNT, region: 'eu-west-1' } }, 'Other', as(stack.node.root));
      return { gates: [MigrationGate.alarmsOk([new cloudwatch.Alarm(other, 'Alarm', { metric: new cloudwatch.Metric({ namespace: 'Mine', metricName: 'Bad' }), threshold: 1, evaluationPeriods: 1 })])] };
    }, [`\`gates[0].alarms[0]\`: got an alarm of region eu-west-1; allowed: an alarm of region ${REGION}: events and states of other alarms do not get here; fix: make the alarm in a stack of region ${REGION}`]],
    ['with eleven gates', { gates: Array.from({ length: 11 }, () => MigrationGate.approval()) }, ['`gates`: got 11 gates; allowed: at most 10; fix: combine checks in one function']],
    ['with subnets of nothing', { vpcSubnets: {}, securityGroups: [] }, ['`vpcSubnets`: got a value; allowed: nothing without `vpc`; fix: pass vpc, or remove vpcSubnets', '`securityGroups`: got a value; allowed: nothing without `vpc`; fix: pass vpc, or remove securityGroups']],
    ['in a VPC by its id', { vpc: as('vpc-1') }, ['`vpc`: got "vpc-1"; allowed: a VPC; fix: pass a Vpc, or Vpc.fromLookup']],
    ['in a VPC without security groups', ({ stack }) => ({ vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] }), securityGroups: [] }),
      ['`securityGroups.length`: got 0; allowed: a whole number from 1 to 5; fix: leave it out to get one']],
    ['with everything wrong at once', ({ gpu }) => ({ to: gpu, migrationName: '', fallbackWindow: as(1) }), [
      '`migrationName`: got ""; allowed: letters, digits, hyphens and underscores, at most 60 characters, the first a letter or a digit; fix: give e.g. "gpu-to-inferentia2"',
      '`fallbackWindow`: got 1; allowed: a duration; fix: give e.g. Duration.days(1)',
      "`to`: got variant 'gpu', which is `from` too; allowed: another variant of the same endpoint; fix: pass the variant that shall get the traffic",
    ]],
  ];

  test.each(cases)('%s', (_, props, problems, all) => {
    expect(refused(props, all?.())).toBe(of(AT.slice(0, -2), ...problems));
  });

  test('of two minds about measuring', () => {
    const all = variants();
    expect(refused({ gates: [UNMEASURED(), MigrationGate.measuredVersion(benchmarkOf(all))] }, all)).toBe(`${AT}\`gates\`: got 2 gates about measured versions; allowed: one of them; fix: remove the others`);
  });

  test('with a benchmark of something else', () => {
    const all = variants();
    expect(refused({ gates: [MigrationGate.approval(), MigrationGate.measuredVersion(benchmarkOf(all, [all.gpu]))] }, all)).toBe(`${AT}\`gates[1]\`: got a benchmark that does not measure 'inf2'; allowed: a benchmark of both variants; fix: add 'inf2' to its targets`);
  });

  test('with answers of other variants', () => {
    const all = variants();
    expect(refused({ gates: [MigrationGate.sameAnswers(parityOf(all, all.inf2, all.gpu))] }, all)).toBe(
      `${AT}\`gates[0]\`: got a parity check of 'gpu' of Stack/Endpoint against 'inf2' of Stack/Endpoint; allowed: one of 'inf2' of Stack/Endpoint (\`to\`) against 'gpu' of Stack/Endpoint (\`from\`); fix: pass an AccuracyParity with candidate 'inf2' and reference 'gpu'`,
    );
  });

  test('with answers of another endpoint', () => {
    const all = variants();
    const other = new InferenceEndpoint(all.stack, 'Other');
    const parity = parityOf(all, other.addVariant('gpu', G5), other.addVariant('inf2', { ...INF2, weight: 0 }));
    expect(refused({ gates: [UNMEASURED(), MigrationGate.sameAnswers(parity)] }, all)).toBe(
      `${AT}\`gates[1]\`: got a parity check of 'inf2' of Stack/Other against 'gpu' of Stack/Other; allowed: one of 'inf2' of Stack/Endpoint (\`to\`) against 'gpu' of Stack/Endpoint (\`from\`); fix: pass an AccuracyParity with candidate 'inf2' and reference 'gpu'`,
    );
  });

  test('with a gate about versions twice, at one point and at all', () => {
    const all = variants();
    const parity = parityOf(all);
    expect(refused({ gates: [MigrationGate.sameAnswers(parity), MigrationGate.sameAnswers(parity, { at: GatePoint.FULL })] }, all)).toBe(`${AT}\`gates[1]\`: got parity-full, which gates[0] is too; allowed: each gate once; fix: remove one of them, or move it to another point (\`at\`)`);
  });

  test.each<[unknown, string]>([
    ['', '""'], ['too short', '"too short"'], ['x'.repeat(501), `"${'x'.repeat(501)}"`], [undefined, 'undefined'], [7, '7'], [Lazy.string({ produce: () => 'measured in the other region' }), 'a token (a value known only at deploy time)'],
  ])('a reason such as %s', (reason, got) => {
    expect(thrownBy(() => MigrationGate.unmeasuredVersion(as(reason)))).toBe(`MigrationGate.unmeasuredVersion: \`reason\`: got ${got}; allowed: why it is right that nobody measures, 10 to 500 characters; fix: give e.g. 'the same model and hardware as in eu-west-1, measured there'`);
  });

  test('no benchmark, no function, no parity check', () => {
    const all = variants();
    const [benchmark, parity] = [benchmarkOf(all), parityOf(all)];
    const NO_BENCHMARK = 'allowed: a benchmark; fix: pass an EndpointBenchmark';
    expect(thrownBy(() => MigrationGate.measuredVersion(as('benchmark')))).toBe(`MigrationGate.measuredVersion: \`benchmark\`: got "benchmark"; ${NO_BENCHMARK}`);
    expect(thrownBy(() => MigrationGate.measuredVersion(as(parity)))).toBe(`MigrationGate.measuredVersion: \`benchmark\`: got another object; ${NO_BENCHMARK}`);
    expect(thrownBy(() => MigrationGate.measuredElsewhere(as(benchmark)))).toBe('MigrationGate.measuredElsewhere: `handler`: got another object; allowed: a function of AWS Lambda; fix: pass a Function, an Alias or a Version');
    expect(thrownBy(() => MigrationGate.sameAnswers(as(benchmark)))).toBe('MigrationGate.sameAnswers: `parity`: got another object; allowed: a parity check; fix: pass an AccuracyParity');
    expect(thrownBy(() => MigrationGate.sameAnswers(as(undefined)))).toBe('MigrationGate.sameAnswers: `parity`: got undefined; allowed: a parity check; fix: pass an AccuracyParity');
  });

  test('asking for versions when they have had all of the traffic, or at no point at all', () => {
    const all = variants();
    const [benchmark, parity] = [benchmarkOf(all), parityOf(all)];
    const LATE = '`at`: got GatePoint.RELEASE; allowed: GatePoint.START, GatePoint.EACH_STEP, GatePoint.FULL: at the release the version has had all of the traffic; fix: leave it out: then it is asked before each step and before 100 %';
    const release = { at: GatePoint.RELEASE };
    expect(thrownBy(() => MigrationGate.measuredVersion(benchmark, release))).toBe(`MigrationGate.measuredVersion: ${LATE}`);
    expect(thrownBy(() => MigrationGate.measuredElsewhere(benchmark.gateFunction, release))).toBe(`MigrationGate.measuredElsewhere: ${LATE}`);
    expect(thrownBy(() => MigrationGate.sameAnswers(parity, release))).toBe(`MigrationGate.sameAnswers: ${LATE}`);
    expect(thrownBy(() => MigrationGate.sameAnswers(parity, { at: as('end') }))).toBe('MigrationGate.sameAnswers: `at`: got "end"; allowed: GatePoint.START, GatePoint.EACH_STEP, GatePoint.FULL, GatePoint.RELEASE; fix: use one of them');
  });

  test('without props', () => {
    const { stack } = variants();
    expect(thrownBy(() => new TrafficMigration(stack, 'Migration', as(undefined)))).toBe(`${AT}\`props\`: got undefined; allowed: the props of a migration; fix: give at least { from, to }`);
  });

  test('of metrics that come every two minutes', () => {
    const all = variants({ endpoint: { metricPublishing: { frequency: Duration.minutes(2), enhancedMetrics: true } } });
    // The endpoint says so; until it does there is nothing to compare.
    Object.defineProperty(all.endpoint, '_metricSeconds', { value: 120, configurable: true });
    expect(refused({}, all)).toBe(`${AT}\`metricPublishing.frequency\`: got 120 seconds on Stack/Endpoint; allowed: at most 60 seconds with a migration: it judges by the minute; fix: leave \`frequency\` out`);
  });

  test('of the GPU back to a GPU without weight in the template', () => {
    const all = variants();
    const other = all.endpoint.addVariant('g6', { ...G5, weight: 0 });
    expect(refused({ from: other, to: all.gpu }, all)).toBe(`${AT}\`to.weight\`: got 1, with 0 for \`from\`; allowed: 0: the newcomer gets no traffic when the endpoint is made, nor when something resets the weights to the template; fix: give variant 'gpu' weight 0 and variant 'g6' weight 1; updates keep the live weights`);
  });
});

describe('a migration in another stack than its endpoint', () => {
  const ENV = { account: ACCOUNT, region: REGION };
  /** What is said of a migration in `own`; `before` comes before the endpoint's stack, `after` after it. */
  function inOwnStack(props: (stacks: { own: Stack; endpoint: Stack; before: Stack; after: Stack }) => Partial<TrafficMigrationProps>, env = ENV): string {
    const { stack: endpoint, gpu, inf2 } = variants();
    const [own, before, after] = ['Own', 'Before', 'After'].map((id) => newStack({ env: id === 'Own' ? env : ENV }, id, as(endpoint.node.root)));
    after.addDependency(newStack({ env: ENV }, 'Between', as(endpoint.node.root)));
    after.dependencies[0].addDependency(endpoint);
    const scope = new Construct(own, 'Migration');
    return thrownBy(() => throwProblems(scope, migrationProblems({ from: gpu, to: inf2, gates: [UNMEASURED()], ...props({ own, endpoint, before, after }) }, scope)));
  }
  const KEY = 'allowed: a key of stack Stack, where the endpoint and the table are, of a stack that does not depend on it, or an imported one; fix: make the key in stack Stack, or pass Key.fromKeyArn';
  const ELSEWHERE = `Own/Migration: \`from\`: got an endpoint in ${REGION}, from a stack in eu-west-1; allowed: an endpoint in the region of the migration: alarms and rules are where the metrics are; fix: put the migration into a stack in ${REGION}`;

  test('with a key of its own stack', () => {
    expect(inOwnStack(({ own }) => ({ encryptionKey: new kms.Key(own, 'Key') }))).toBe(`Own/Migration: \`encryptionKey\`: got key Own/Key of stack Own, which depends on stack Stack; ${KEY}`);
    expect(inOwnStack(({ own }) => ({ encryptionKey: new kms.Key(own, 'Key').addAlias('alias/mine') }))).toBe(`Own/Migration: \`encryptionKey\`: got key Own/Key/Alias of stack Own, which depends on stack Stack; ${KEY}`);
  });

  test('with a key of a stack that comes after the endpoint, or after the migration', () => {
    expect(inOwnStack(({ after }) => ({ encryptionKey: new kms.Key(after, 'Key') }))).toBe(`Own/Migration: \`encryptionKey\`: got key After/Key of stack After, which depends on stack Stack; ${KEY}`);
    expect(inOwnStack(({ own, before }) => {
      before.addDependency(own);
      return { encryptionKey: new kms.Key(before, 'Key') };
    })).toBe(`Own/Migration: \`encryptionKey\`: got key Before/Key of stack Before, which depends on stack Stack; ${KEY}`);
  });

  test.each<[string, Parameters<typeof inOwnStack>[0]]>([
    ['of the endpoint', ({ endpoint }) => ({ encryptionKey: new kms.Key(endpoint, 'Key') })],
    ['of a stack before it', ({ before }) => ({ encryptionKey: new kms.Key(before, 'Key') })],
    ['that was imported', ({ own }) => ({ encryptionKey: kms.Key.fromKeyArn(own, 'Key', `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`) })],
  ])('a key %s is none of these', (_, props) => expect(inOwnStack(props)).toBe('nothing thrown'));

  test.each(['Before', 'Stack'])('what is allowed can be synthesized: a key of stack %s', (id) => {
    const all = variants();
    const app = as<App>(all.stack.node.root);
    const key = new kms.Key(id === 'Stack' ? all.stack : newStack({ env: ENV }, id, app), 'Key');
    new TrafficMigration(newStack({ env: ENV }, 'Own', app), 'Migration', { from: all.gpu, to: all.inf2, encryptionKey: key, gates: [UNMEASURED()] });
    expect(() => app.synth()).not.toThrow();
  });

  test('in another region', () => {
    expect(inOwnStack(() => ({}), { ...ENV, region: 'eu-west-1' })).toBe(ELSEWHERE);
  });

  test('is told by the construct', () => {
    const { stack, gpu, inf2 } = variants();
    const own = newStack({ env: { ...ENV, region: 'eu-west-1' } }, 'Own', as(stack.node.root));
    expect(thrownBy(() => new TrafficMigration(own, 'Migration', { from: gpu, to: inf2, gates: [UNMEASURED()] }))).toBe(ELSEWHERE);
  });
});

describe('warnings', () => {
  const warnings = (props: Partial<TrafficMigrationProps> | ((stack: Stack) => Partial<TrafficMigrationProps>)) => {
    const { stack, gpu, inf2 } = variants();
    const scope = new Construct(stack, 'Warned');
    warnOfMigration(scope, { from: gpu, to: inf2, ...typeof props === 'function' ? props(stack) : props });
    return scope.node.metadata.map(({ data }) => data as string);
  };
  const topic = (stack: Stack) => sns.Topic.fromTopicArn(stack, 'People', `arn:aws:sns:${REGION}:${ACCOUNT}:people`);

  test('an approval that nobody is asked for', () => {
    expect(warnings({ gates: [MigrationGate.approval(), MigrationGate.costFalls({ fromInstanceHourUsd: 2, toInstanceHourUsd: 1 }), MigrationGate.approval({ at: GatePoint.START })], notifications: {} })).toEqual([
      '`notifications.topic`: got nothing, with an approval in gates[0], gates[2]; allowed: an approval without a topic: the question is on the event bus only, and the alarm `needsAttentionAlarm` has no actions of its own; '
      + 'fix: give a topic; or send the events `GateWaiting` to somebody with `onEvent`, and acknowledge this warning [ack: cdk-accelerators:approvalWithoutTopic]',
    ]);
  });

  test.each<[number, string]>([
    [1.25, 'got 1.25; allowed: up to 10, as a fraction that comes on top: 1.25 accepts a newcomer that takes 125 % longer; fix: give 0.25 for 25 %, or acknowledge this warning'],
    [5, 'got 5; allowed: up to 10, as a fraction that comes on top: 5 accepts a newcomer that takes 500 % longer; fix: give 0.05 for 5 %, or acknowledge this warning'],
  ])('an increase of latency of %d', (value, said) => {
    expect(warnings({ limits: { latencyIncrease: value } })).toEqual([`\`limits.latencyIncrease\`: ${said} [ack: cdk-accelerators:largeLatencyIncrease]`]);
    expect(warnings({ limits: { latencyIncreaseP99: value } })).toEqual([`\`limits.latencyIncreaseP99\`: ${said} [ack: cdk-accelerators:largeLatencyIncrease]`]);
  });

  test('both limits in one', () => {
    expect(warnings({ limits: { latencyIncrease: 1.5, latencyIncreaseP99: 2 } })).toEqual(['`limits.latencyIncrease`, `limits.latencyIncreaseP99`: got 1.5, 2; allowed: up to 10, as a fraction that comes on top: 1.5 accepts a newcomer that takes 150 % longer; fix: give 0.5 for 50 %, or acknowledge this warning [ack: cdk-accelerators:largeLatencyIncrease]']);
  });

  test('none of what is usual', () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ limits: { latencyIncrease: 0, latencyIncreaseP99: 1 }, gates: [MigrationGate.costFalls({ fromInstanceHourUsd: 2, toInstanceHourUsd: 1 })] })).toEqual([]);
    expect(warnings((stack) => ({ gates: [MigrationGate.approval()], notifications: { topic: topic(stack) } }))).toEqual([]);
  });
});

describe('a second migration of an endpoint', () => {
  const second = (first: Partial<TrafficMigrationProps>, props: (all: Variants) => Partial<TrafficMigrationProps>) => {
    const { migration: _, ...all } = migrate(first);
    return thrownBy(() => new TrafficMigration(all.stack, 'Back', { from: all.inf2, to: all.gpu, ...props(all) }));
  };

  test('with the name of the first', () => {
    expect(second({ migrationName: 'shift' }, () => ({ migrationName: 'shift' }))).toBe(
      'Stack/Back: `migrationName`: got "shift", the name of Stack/Migration; allowed: a name that no other migration has: metrics, commands and history are found by it; fix: choose another name, or leave it out');
  });

  test('with another key', () => {
    expect(second({}, ({ stack }) => ({ encryptionKey: new kms.Key(stack, 'Key') }))).toBe(
      'Stack/Back: `encryptionKey`: got Stack/Key; allowed: no key, as the other migrations of stack Stack: they share a table; fix: give all of them the same key');
  });

  test('with a name and a key of its own endpoint is none of these', () => {
    expect(second({ migrationName: 'shift' }, () => ({ migrationName: 'back' }))).toBe('nothing thrown');
  });
});
