import { config, NOON, state } from './config';
import { OWNER, TOPIC, World } from './world';
import { ENV } from '../../../src/migration/contract';
import type { MigrationEvent } from '../../../src/migration/core/controller/types';
import { SAGEMAKER } from '../../support/standin/sagemaker';

let world: World;
beforeEach(async () => {
  world = await World.start();
  world.putLock({ owner: { S: OWNER('run-1') }, epoch: { N: '1' } });
});
afterEach(() => world.stop());

const event = (name: MigrationEvent['name'], rest: Partial<MigrationEvent> = {}): MigrationEvent => ({ name, message: `${name} happened`, page: false, detail: {}, ...rest });
const tick = (...events: MigrationEvent[]) => {
  world.decide({ events });
  return world.tick({ state: state() });
};
/** A minute of 1,000 requests that can be judged now, beside the tick's decision. */
const judged = () => {
  world.weigh(1, 1);
  world.standIn.advance(600);
  world.standIn.setTraffic('web', { requestsPerMinute: 1000, variants: { inf2: { errorRate: 1 }, gpu: { clientErrorRate: 1 } } });
  world.standIn.advance(180);
  world.standIn.setTraffic('web', undefined);
  world.want({ periodsAfter: NOON + 540 });
};

describe('the bus', () => {
  test('gets an entry per event, with the sentence and where the run is', async () => {
    await tick(event('StepPassed', { detail: { counts: { to: 7 }, phase: 'overwritten' } }));
    const [{ Entries: [entry] }] = world.inputs('PutEvents');
    expect(entry).toEqual({ Time: NOON, Source: 'cdk-accelerators.migration', Resources: [OWNER('run-1')], DetailType: 'StepPassed', Detail: expect.any(String), EventBusName: 'default' });
    expect(JSON.parse(entry.Detail)).toEqual({
      counts: { to: 7 }, migration: 'to-inf2', endpoint: 'web', from: 'gpu', to: 'inf2', run: 'run-1', phase: 'judge', step: 1, share: 10, message: 'StepPassed happened',
    });
  });

  test('gets ten entries in a request', async () => {
    await tick(...Array.from({ length: 21 }, () => event('Holding')));
    expect(world.inputs('PutEvents').map(({ Entries }) => Entries.length)).toEqual([10, 10, 1]);
  });

  test('gets no more than 256 KB in a request', async () => {
    const large = (bytes: number) => event('Holding', { detail: { text: 'x'.repeat(bytes) } });
    await tick(large(100_000), large(100_000), large(100_000), large(10));
    expect(world.inputs('PutEvents').map(({ Entries }) => Entries.length)).toEqual([2, 2]);
  });

  test('is left alone when nothing happened', async () => {
    await tick();
    expect([world.inputs('PutEvents'), world.inputs('Publish'), world.audits()]).toEqual([[], [], []]);
  });

  test('that is out of order stops nothing; it is logged', async () => {
    world.fail('PutEvents', 'InternalException', 'oh', { status: 500 });
    const result = await tick(event('StepPassed', { page: true }));
    expect(result.outcome).toBe('running');
    expect(world.errors).toEqual([{ level: 'error', what: 'events', error: 'InternalException', message: 'oh' }]);
    expect([world.standIn.state().notifications.length, world.audits().length]).toEqual([1, 1]);
  });

  test('that takes some entries only is logged with those that it did not', async () => {
    const original = world.standIn.request.bind(world.standIn);
    jest.spyOn(world.standIn, 'request').mockImplementation((service, operation, input, caller) => operation === 'PutEvents'
      ? { FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow' }] } : original(service, operation, input, caller));
    await tick(event('StepPassed'), event('StepStarted'));
    expect(world.errors).toEqual([{ level: 'error', what: 'events', error: 'Error', message: 'the event bus did not take StepStarted (ThrottlingException: slow)' }]);
  });
});

describe('people', () => {
  test('are told of events that page, with commands to paste', async () => {
    await tick(event('Inconclusive', { page: true, message: 'needs 480 more requests', detail: { commands: ['skip', 'abort'] } }), event('Holding'));
    const [{ topic, subject, message }, ...more] = world.standIn.state().notifications;
    expect([more, topic, subject]).toEqual([[], TOPIC, 'Inconclusive: migration to-inf2 of endpoint web']);
    expect(message.split('\n').slice(0, 5)).toEqual(['needs 480 more requests', '', 'endpoint web: 10 % to inf2, the rest to gpu (wanted)', 'phase judge, step 2 of 5', `run ${OWNER('run-1')}`]);
    expect(message.split('\n').filter((line) => line.startsWith('aws '))).toEqual([
      expect.stringMatching(/ --region us-east-1 --table-name Migrations --key '{"endpoint":{"S":"web"},"record":{"S":"CONTROL#to-inf2"}}' .*":i":{"S":"skip-/), expect.stringContaining('":c":{"S":"abort"}'),
    ]);
  });

  test('can be told with long and foreign names: SNS takes 99 characters of ASCII', async () => {
    world.decide({ events: [event('Holding', { page: true })] });
    await world.tick({ state: state(), config: config({ migration: `zu-${'ä'.repeat(100)}` }) });
    expect(world.standIn.state().notifications[0].subject).toBe(`Holding: migration zu-${'?'.repeat(77)}`);
  });

  test('are told nothing where there is no topic', async () => {
    delete process.env[ENV.topic];
    await tick(event('Holding', { page: true }));
    expect([world.inputs('Publish'), world.errors, world.inputs('PutEvents').length]).toEqual([[], [], 1]);
  });

  test('that cannot be told stop nothing', async () => {
    world.fail('Publish', 'AuthorizationError', 'not you', { status: 403 });
    expect((await tick(event('RollbackBlocked', { page: true }))).outcome).toBe('running');
    expect(world.errors.map(({ what, error }) => [what, error])).toEqual([['page', 'AuthorizationErrorException']]);
    expect(world.inputs('PutEvents')).toHaveLength(1);
  });
});

describe('the audit record', () => {
  test('of a judged tick has verdict, counts, weights and refusals, and goes after 90 days', async () => {
    judged();
    world.decide({ state: { verdict: { kind: 'hold', reason: 'needs 12 more', evidence: [], requestsNeeded: 12 } } });
    await world.tick({ state: state() });
    const [item, ...more] = world.audits();
    const { periods } = world.seen;
    expect(periods).toHaveLength(2);
    const to = periods[0].newcomer.requests + periods[1].newcomer.requests;
    const from = periods[0].control.requests + periods[1].control.requests;
    expect(more).toEqual([]);
    expect(item).toEqual({
      endpoint: { S: 'web' },
      record: { S: `AUDIT#to-inf2#run-1#${new Date((NOON + 780) * 1000).toISOString()}` },
      expires: { N: String(NOON + 780 + 90 * 86400) },
      migration: { S: 'to-inf2' },
      run: { S: OWNER('run-1') },
      epoch: { N: '1' },
      phase: { S: 'judge' },
      step: { N: '1' },
      share: { N: '10' },
      safeShare: { N: '5' },
      unproven: { S: 'true' },
      endpointStatus: { S: 'InService' },
      weights: { S: '{"gpu":1,"inf2":1}' },
      counts: { S: '{"gpu":2,"inf2":1}' },
      verdict: { S: 'hold' },
      reason: { S: 'needs 12 more' },
      evidence: { S: '[]' },
      judgedPeriods: { N: '2' },
      judged: { S: JSON.stringify({ from: { requests: from, errors: 0, refused: from }, to: { requests: to, errors: to, refused: 0 } }) },
      periods: { S: JSON.stringify(periods) },
    });
  });

  test('of a tick in which something happened has what, and who asked for it', async () => {
    world.command({ id: 'a', command: 'abort', by: 'ada' });
    world.decide({ events: [event('RollbackStarted')], state: { lastCommand: 'a', reason: 'aborted by ada' } });
    await world.tick({ state: state() });
    const [item] = world.audits();
    expect([item.events, item.command, item.reason, item.judgedPeriods]).toEqual([
      { S: '[{"name":"RollbackStarted","message":"RollbackStarted happened"}]' }, { S: '{"id":"a","command":"abort","by":"ada"}' }, { S: 'aborted by ada' }, { N: '0' },
    ]);
    for (const name of ['verdict', 'judged', 'periods']) expect(item).not.toHaveProperty(name);
  });

  test('of a later tick does not repeat a command that was not new', async () => {
    world.command({ id: 'a', command: 'abort' });
    world.decide({ events: [event('Holding')], state: { lastCommand: 'b' } });
    await world.tick({ state: state() });
    expect(world.audits()[0]).not.toHaveProperty('command');
  });

  test('of a tick that caught up with hours stays small', async () => {
    judged();
    world.standIn.advance(6 * 3600);
    await world.tick({ state: state() });
    expect(world.seen.periods.length).toBeGreaterThan(350);
    const item = world.audits()[0];
    expect([JSON.parse(String(item.periods.S)).length, Number(item.judgedPeriods.N)]).toEqual([30, world.seen.periods.length]);
    expect(JSON.parse(String(item.judged.S)).to.requests).toBeGreaterThan(900);
  });

  test('that cannot be written stops nothing', async () => {
    world.fail('PutItem', 'ProvisionedThroughputExceededException', 'slow down');
    expect((await tick(event('Holding'))).outcome).toBe('running');
    expect(world.errors).toEqual([{ level: 'error', what: 'audit', error: 'ProvisionedThroughputExceededException', message: 'slow down' }]);
    expect(world.inputs('PutEvents')).toHaveLength(1);
  });
});

describe('the log', () => {
  test('has a line per transition, and one with the metrics', async () => {
    judged();
    world.decide({ events: [event('StepPassed', { detail: { x: 1 } })] });
    await world.tick({ state: state() });
    const [line, metrics, ...more] = world.logged;
    expect([more, line]).toEqual([[], { level: 'info', event: 'StepPassed', message: 'StepPassed happened', migration: 'to-inf2', run: 'run-1', phase: 'judge', step: 1, share: 10, detail: { x: 1 } }]);
    expect([metrics._aws.Timestamp, metrics.Migration, metrics.WantedShare]).toEqual([(NOON + 780) * 1000, 'to-inf2', 10]);
    expect(metrics.JudgedErrors).toBe(metrics.JudgedRequests);
    expect(metrics.RealisedShare).toBeGreaterThan(40);
  });

  test('has the metrics of a tick in which nothing happened', async () => {
    await tick();
    expect(world.logged.map((line) => line.WantedShare)).toEqual([10]);
  });

  test('of a run that was refused has no metrics: they are those of the run that has the endpoint', async () => {
    world.execution('run-0', 'RUNNING');
    world.putLock({ owner: { S: OWNER('run-0') }, epoch: { N: '1' } });
    await world.tick();
    expect(world.logged.map(({ event: name, WantedShare }) => [name, WantedShare])).toEqual([['MigrationRefused', undefined]]);
  });
});

test('nothing but the endpoint of the config is touched', async () => {
  await tick(event('StepPassed', { page: true }));
  const endpoints = world.standIn.control.calls.filter(({ service }) => service === SAGEMAKER.shapes.service).map(({ resources }) => resources);
  expect([...new Set(endpoints.flat())]).toEqual(['arn:aws:sagemaker:us-east-1:123456789012:endpoint/web']);
  const keys = [...world.inputs('GetItem'), ...world.inputs('UpdateItem')].map(({ Key }) => Key.endpoint.S);
  expect([...new Set(keys)]).toEqual(['web']);
});
