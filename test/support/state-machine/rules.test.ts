import { machineOf } from './fixture';
import { inputOf, Rules, rulesOf, type Rule } from './rules';
import { Scheduler } from './scheduler';
import type { Template } from '../iam';
import { EventBus, type BusEvent } from '../standin/events';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Watchdog';

function template(rule: object): Template {
  return { Resources: { Alarm5F: { Type: 'AWS::Events::Rule', Properties: { State: 'ENABLED', ...rule } }, Watchdog: { Type: 'AWS::StepFunctions::StateMachine' }, Role: { Type: 'AWS::IAM::Role' } } };
}

const TARGET = { Id: 'Target0', Arn: { Ref: 'Watchdog' }, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } };
const PATTERN = { 'source': ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'], 'detail': { state: { value: ['ALARM'] } } };

function world(rules: readonly Rule[], more: Partial<ConstructorParameters<typeof Rules>[0]> = {}) {
  const scheduler = new Scheduler();
  const bus = new EventBus(scheduler.clock);
  const machine = machineOf({ states: { Wait: { Type: 'Wait', Seconds: 60, End: true } }, scheduler, name: 'Watchdog' });
  const all = new Rules({ bus, rules, machines: [machine], ...more });
  const ring = (value = 'ALARM', name?: string) => bus.emit({ 'source': 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', 'account': '1', 'region': 'r', 'resources': ['arn:alarm'], 'detail': { alarmName: 'a', state: { value, reason: 'it "rings"' } } }, name);
  return { scheduler, bus, machine, rules: all, ring };
}

describe('rules of a template', () => {
  test('their patterns, targets and buses, with references resolved', () => {
    expect(rulesOf(template({ EventPattern: PATTERN, Targets: [TARGET] }))).toEqual([{
      id: 'Alarm5F', pattern: PATTERN, bus: 'default', targets: [{ Id: 'Target0', Arn: MACHINE, RoleArn: 'arn:aws:iam::123456789012:role/Role' }],
    }]);
    expect(rulesOf(template({ EventPattern: PATTERN, EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/mine' }))[0]).toMatchObject({ bus: 'mine', targets: [] });
  });

  test('schedules, and rules that are off, are left out', () => {
    expect(rulesOf(template({ ScheduleExpression: 'rate(1 minute)' }))).toEqual([]);
    expect(rulesOf(template({ EventPattern: PATTERN, State: 'DISABLED' }))).toEqual([]);
  });
});

describe('an event that matches', () => {
  const rules = rulesOf(template({ EventPattern: PATTERN, Targets: [TARGET] }));

  test('starts the machine with the event, with the rights of the target', async () => {
    const { scheduler, machine, rules: all, ring } = world(rules);
    ring('OK');
    expect(machine.executions).toEqual([]);
    const id = ring();
    await scheduler.runUntilIdle();
    expect(machine.executions.map(({ name, status, input }) => [name, status, input])).toEqual([[`${id}_1`, 'SUCCEEDED', all.deliveries[0].event]]);
    expect(all.calls).toEqual([{ principal: 'Role', action: 'states:StartExecution', resource: [MACHINE], context: {} }]);
  });

  test('twice starts two executions; on another bus none; after the end none', () => {
    const { bus, machine, rules: all, ring } = world(rules);
    bus.deliveries = () => 2;
    ring();
    expect(machine.executions).toHaveLength(2);
    ring('ALARM', 'mine');
    all.stop();
    ring();
    expect(machine.executions).toHaveLength(2);
  });

  test('while time passes starts the machine at that moment', async () => {
    const { scheduler, machine, ring } = world(rules);
    scheduler.clock.after(90_000, () => void ring());
    await scheduler.runFor(3600);
    expect([machine.executions[0].started - Date.UTC(2026, 0, 1), machine.executions[0].result.seconds]).toEqual([90_000, 60]);
  });

  test('reaches functions, and is kept when its target is not here', () => {
    const events: unknown[] = [];
    const targets = (Arn: string) => [{ ...rules[0], targets: [{ Id: 'T', Arn, InputPath: '$.detail.state.value' }] }];
    const called = world(targets('arn:aws:lambda:us-east-1:123456789012:function:Page'), { functions: new Map([['Page', (event: unknown) => events.push(event)]]) });
    called.ring();
    expect(events).toEqual(['ALARM']);
    const other = world(targets('arn:aws:sqs:us-east-1:123456789012:queue'));
    other.ring();
    expect(other.rules.deliveries).toMatchObject([{ rule: 'Alarm5F', target: 'T', input: 'ALARM' }]);
  });
});

describe('what the target gets', () => {
  const event = { 'id': '1', 'detail-type': 'Change', 'resources': ['arn:a'], 'detail': { name: 'x "y"', count: 5, state: { value: 'ALARM' } } } as unknown as BusEvent;
  const target = { Id: 'T', Arn: 'a' };

  test.each<[object, unknown]>([
    [{}, event],
    [{ Input: '{"mode":"recover"}' }, { mode: 'recover' }],
    [{ InputPath: '$.detail.count' }, 5],
    [{ InputPath: '$.resources[0]' }, 'arn:a'],
    [{ InputPath: '$.detail-type' }, 'Change'],
    [{ InputTransformer: { InputPathsMap: { n: '$.detail.name', c: '$.detail.count', s: '$.detail.state' }, InputTemplate: '{"name":<n>,"count":<c>,"state":<s>,"text":"<n> has <c>"}' } }, { name: 'x "y"', count: 5, state: { value: 'ALARM' }, text: 'x "y" has 5' }],
    [{ InputTransformer: { InputPathsMap: { none: '$.detail.none' }, InputTemplate: '{"a":<none>,"b":"-<none>-"}' } }, { a: '', b: '--' }],
    [{ InputTransformer: { InputTemplate: '{"rule":"<aws.events.rule-name>","event":<aws.events.event>}' } }, { rule: 'Rule', event }],
  ])('%j', (how, expected) => expect(inputOf({ ...target, ...how } as never, event, 'Rule')).toEqual(expected));

  test('a placeholder without a path', () => {
    expect(() => inputOf({ ...target, InputTransformer: { InputTemplate: '{"a":<b>}' } }, event, 'Rule')).toThrow('rule Rule: the template uses <b>, which is no path of it');
  });
});
