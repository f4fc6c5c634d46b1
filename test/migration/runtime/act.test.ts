import { config, NOON, state } from './config';
import { OWNER, SWITCH, World } from './world';
import type { Action } from '../../../src/migration/core/controller/types';
import { AUTOSCALING } from '../../support/standin/autoscaling';
import { SSM } from '../../support/standin/ssm';

let world: World;
beforeEach(async () => { world = await World.start(); });
afterEach(() => world.stop());

const results = async (...args: Parameters<World['act']>) => (await world.act(...args)).state.results;

describe('weights', () => {
  test('of both variants go in one call, absolute', async () => {
    expect(await results([{ kind: 'setWeights', share: 25 }])).toEqual({ write: { status: 'done' } });
    expect(world.inputs('UpdateEndpointWeightsAndCapacities')).toEqual([{
      EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'gpu', DesiredWeight: 1.5 }, { VariantName: 'inf2', DesiredWeight: 0.5 }],
    }]);
    expect(world.fleets()).toEqual({ gpu: [1.5, 2], inf2: [0.5, 1] });
  });

  test.each([[0, 2, 0], [100, 0, 2]])('at %d %% are exact', async (share, gpu, inf2) => {
    world.weigh(1, 1);
    world.standIn.advance(600);
    world.trace();
    await results([{ kind: 'setWeights', share }]);
    expect(world.fleets()).toEqual({ gpu: [gpu, 2], inf2: [inf2, 1] });
  });

  test('that are so already are not written again', async () => {
    world.weigh(Math.fround(1.9), Math.fround(0.1));
    world.trace();
    expect(await results([{ kind: 'setWeights', share: 5 }])).toEqual({ write: { status: 'done' } });
    expect(world.calls('UpdateEndpointWeightsAndCapacities')).toEqual([]);
  });

  test('of one variant that is off are written', async () => {
    world.weigh(1, 0.5);
    world.standIn.advance(600);
    await results([{ kind: 'setWeights', share: 25 }]);
    expect(world.fleets()).toEqual({ gpu: [1.5, 2], inf2: [0.5, 1] });
  });

  test('are written under a lock that is looked at directly before', async () => {
    world.putLock({ owner: { S: OWNER('run-1') }, epoch: { N: '1' } });
    world.trace();
    await results([{ kind: 'setWeights', share: 25 }]);
    const trace = world.trace();
    expect(trace.slice(trace.indexOf('UpdateItem'))).toEqual(['UpdateItem', 'GetItem', 'UpdateEndpointWeightsAndCapacities']);
  });
});

describe('a write that is refused', () => {
  const write: Action = { kind: 'setWeights', share: 25 };

  test('while the endpoint is in another update is busy', async () => {
    world.weigh(1, 1);
    expect(await results([write])).toEqual({
      write: { status: 'busy', message: 'ValidationException: Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/web".' },
    });
  });

  test.each([
    ['ThrottlingException', 400, 'busy'], ['TooManyRequestsException', 429, 'busy'], ['ConflictException', 409, 'busy'], ['InternalFailure', 500, 'busy'], ['ServiceUnavailable', 503, 'busy'],
    ['ValidationException', 400, 'failed'], ['ResourceLimitExceeded', 400, 'failed'], ['AccessDeniedException', 400, 'failed'],
  ])('with %s is %s %s', async (type, status, expected) => {
    world.fail('UpdateEndpointWeightsAndCapacities', type, 'why', { status });
    expect(await results([write])).toEqual({ write: { status: expected, message: `${type}: why` } });
  });

  test('fails no tick, and the others of the tick are tried; the worst is told', async () => {
    world.fail('UpdateEndpointWeightsAndCapacities', 'ResourceLimitExceeded', 'no instances');
    expect(await results([{ kind: 'setCapacity', variant: 'inf2', count: 4 }, { kind: 'setWeights', share: 0.5 }])).toEqual({ write: { status: 'failed', message: 'ResourceLimitExceeded: no instances' } });
    expect(world.fleets()).toEqual({ gpu: [1.99, 2], inf2: [0.01, 1] });
  });

  test('is told over one that went well, whichever comes first', async () => {
    expect(await results([{ kind: 'setCapacity', variant: 'inf2', count: 4 }, write])).toMatchObject({ write: { status: 'busy' } });
    expect(world.fleets()).toEqual({ gpu: [2, 2], inf2: [0, 4] });
  });
});

describe('instances', () => {
  test('of one variant go in one call', async () => {
    expect(await results([{ kind: 'setCapacity', variant: 'inf2', count: 3 }])).toEqual({ write: { status: 'done' } });
    expect(world.inputs('UpdateEndpointWeightsAndCapacities')).toEqual([{ EndpointName: 'web', DesiredWeightsAndCapacities: [{ VariantName: 'inf2', DesiredInstanceCount: 3 }] }]);
  });

  test('that are so already are not asked for again', async () => {
    expect(await results([{ kind: 'setCapacity', variant: 'gpu', count: 2 }])).toEqual({ write: { status: 'done' } });
    expect(world.calls('UpdateEndpointWeightsAndCapacities')).toEqual([]);
  });
});

describe('scaling', () => {
  const scaled = config({ from: { name: 'gpu', scaled: true }, to: { name: 'inf2', scaled: true } });
  const target = (variant: string) => ({ ServiceNamespace: 'sagemaker', ResourceId: `endpoint/web/variant/${variant}`, ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' });
  const wanted = { min: 2, max: 4, scaleInSuspended: true, scaleOutSuspended: false };
  beforeEach(() => {
    for (const variant of ['gpu', 'inf2']) world.standIn.call(AUTOSCALING, 'RegisterScalableTarget', { ...target(variant), MinCapacity: 1, MaxCapacity: 4 });
    world.trace();
    world.want({ scaling: true });
  });

  test('has limits and both suspensions', async () => {
    expect(await results([{ kind: 'setScaling', variant: 'inf2', scaling: wanted }], scaled)).toEqual({ write: { status: 'done' } });
    expect(world.inputs('RegisterScalableTarget')).toEqual([{
      ...target('inf2'), MinCapacity: 2, MaxCapacity: 4, SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false },
    }]);
  });

  test.each(['gpu', 'inf2'])('of %s that is so already is not registered again', async (variant) => {
    await results([{ kind: 'setScaling', variant, scaling: wanted }], scaled);
    await results([{ kind: 'setScaling', variant, scaling: wanted }], scaled);
    expect(world.calls('RegisterScalableTarget')).toHaveLength(1);
  });

  test.each([{ min: 1 }, { max: 5 }, { scaleInSuspended: false }, { scaleOutSuspended: true }])('that differs in %j is', async (difference) => {
    await results([{ kind: 'setScaling', variant: 'gpu', scaling: wanted }], scaled);
    await results([{ kind: 'setScaling', variant: 'gpu', scaling: { ...wanted, ...difference } }], scaled);
    expect(world.calls('RegisterScalableTarget')).toHaveLength(2);
  });

  test('that is refused says which', async () => {
    world.fail('RegisterScalableTarget', 'ConcurrentUpdateException', 'again', { times: 1 });
    expect(await results([{ kind: 'setScaling', variant: 'gpu', scaling: wanted }], scaled)).toEqual({ write: { status: 'busy', message: 'scaling of gpu: ConcurrentUpdateException: again' } });
    world.fail('RegisterScalableTarget', 'ValidationException', 'never');
    expect(await results([{ kind: 'setScaling', variant: 'gpu', scaling: wanted }], scaled)).toEqual({ write: { status: 'failed', message: 'scaling of gpu: ValidationException: never' } });
  });
});

describe('warm-up', () => {
  const warm: Action = { kind: 'warmUp', variant: 'inf2', count: 6, body: '{"x":1}', contentType: 'application/json' };

  test('sends requests to the variant by name, at weight 0', async () => {
    expect(await results([warm])).toEqual({ warmUp: { sent: 6, failed: 0 } });
    const inputs = world.inputs('InvokeEndpoint');
    expect(inputs).toHaveLength(6);
    expect(inputs[0]).toMatchObject({ EndpointName: 'web', TargetVariant: 'inf2', ContentType: 'application/json', Body: '{"x":1}' });
  });

  test('counts what fails, and says how first', async () => {
    world.fail('InvokeEndpoint', 'ModelError', 'cold', { status: 424, times: 2 });
    expect(await results([warm])).toEqual({ warmUp: { sent: 6, failed: 2, message: 'ModelError: cold' } });
  });

  test('counts what there was no time for as failed', async () => {
    const spent = { getRemainingTimeInMillis: () => 20_000 };
    expect(await results([warm], config(), spent)).toEqual({ warmUp: { sent: 0, failed: 6, message: 'no time for 6 of 6 requests' } });
    expect(world.calls('InvokeEndpoint')).toEqual([]);
  });
});

describe('a gate', () => {
  const gate: Action = { kind: 'callGate', id: 'g', functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:Gate', payload: { share: 10 } };
  const answers = (answer: unknown) => world.standIn.functions.set('Gate', () => answer);

  test('is asked with what the core says', async () => {
    const asked: unknown[] = [];
    world.standIn.functions.set('Gate', (event) => { asked.push(event); return { pass: true }; });
    expect(await results([gate])).toEqual({ gate: { id: 'g', pass: true } });
    expect(asked).toEqual([{ share: 10 }]);
  });

  test.each<[unknown, object]>([
    [{ pass: false, reason: 'accuracy 0.91' }, { pass: false, reason: 'accuracy 0.91' }],
    [{ pass: true, reason: 7 }, { pass: true, reason: '7' }],
    [{ pass: 'yes' }, { pass: false, reason: 'the gate\'s function answered {"pass":"yes"} instead of { "pass": true } or { "pass": false, "reason": "..." }' }],
    [null, { pass: false, reason: 'the gate\'s function answered null instead of { "pass": true } or { "pass": false, "reason": "..." }' }],
    [true, { pass: false, reason: 'the gate\'s function answered true instead of { "pass": true } or { "pass": false, "reason": "..." }' }],
    [{ pass: false, reason: 'x'.repeat(600) }, { pass: false, reason: `${'x'.repeat(500)}...` }],
  ])('that answers %j', async (answer, expected) => {
    answers(answer);
    expect(await results([gate])).toEqual({ gate: { id: 'g', ...expected } });
  });

  test('that throws stays closed', async () => {
    world.standIn.functions.set('Gate', () => { throw new Error('no golden set'); });
    const { gate: { pass, reason } } = (await results([gate])) as any;
    expect([pass, reason.startsWith('the gate\'s function failed: {"errorType":"Error","errorMessage":"no golden set"')]).toEqual([false, true]);
  });

  test('that is not there stays closed', async () => {
    expect(await results([gate])).toEqual({ gate: { id: 'g', pass: false, reason: `the gate's function was not reached: ResourceNotFoundException: Function not found: ${(gate as any).functionArn}` } });
  });

  test('that does not answer in time stays closed', async () => {
    world.standIn.functions.set('Gate', () => new Promise((done) => setTimeout(() => done({ pass: true }), 300)));
    const { gate: answer } = (await results([gate], config(), { getRemainingTimeInMillis: () => 20_050 })) as any;
    expect([answer.pass, answer.reason.split(': ')[0]]).toEqual([false, 'the gate\'s function was not reached']);
  });
});

describe('the kill switch', () => {
  const value = () => (world.standIn.call(SSM, 'GetParameter', { Name: SWITCH }) as any).Parameter.Value;

  test('is overwritten', async () => {
    for (const one of ['off', 'gpu']) {
      expect(await results([{ kind: 'setKillSwitch', value: one }])).toBeUndefined();
      expect(value()).toBe(one);
    }
    expect(world.inputs('PutParameter')[0]).toEqual({ Name: SWITCH, Value: 'off', Type: 'String', Overwrite: true });
  });

  test('that cannot be written keeps nothing back', async () => {
    world.fail('PutParameter', 'TooManyUpdates', 'slow');
    expect(await results([{ kind: 'setKillSwitch', value: 'gpu' }, { kind: 'setWeights', share: 5 }])).toEqual({ write: { status: 'done' } });
    expect(world.errors).toEqual([{ level: 'error', what: 'kill switch', error: 'TooManyUpdates', message: 'slow' }]);
    expect(world.fleets().inf2).toEqual([0.1, 1]);
  });
});

describe('what came of actions', () => {
  test('is in the state that the next decision gets, and only that of this tick', async () => {
    world.putLock({ owner: { S: OWNER('run-1') }, epoch: { N: '1' } });
    world.decide({ actions: [{ kind: 'setWeights', share: 5 }] });
    const first = await world.tick({ state: state({ results: { gate: { id: 'old', pass: true } } }) });
    expect(first.state.results).toEqual({ write: { status: 'done' } });
    world.decide();
    const second = await world.tick({ state: first.state });
    expect('results' in second.state).toBe(false);
  });

  test('order is that of the decision', async () => {
    world.standIn.functions.set('Gate', () => ({ pass: true }));
    await world.act([
      { kind: 'setKillSwitch', value: 'gpu' }, { kind: 'setCapacity', variant: 'gpu', count: 3 }, { kind: 'callGate', id: 'g', functionArn: 'Gate', payload: {} },
      { kind: 'warmUp', variant: 'inf2', count: 1, body: '', contentType: 'text/plain' },
    ]);
    expect(world.trace().filter((name) => ['PutParameter', 'UpdateEndpointWeightsAndCapacities', 'Invoke', 'InvokeEndpoint'].includes(name)))
      .toEqual(['PutParameter', 'UpdateEndpointWeightsAndCapacities', 'Invoke', 'InvokeEndpoint']);
  });

  test('wait, outcome and reason are those of the decision', async () => {
    world.putLock({ owner: { S: OWNER('run-1') }, epoch: { N: '1' } });
    world.decide({ wait: 47, outcome: 'continue', events: [{ name: 'StepPassed', message: 'step 2 passed', page: false, detail: {} }] });
    expect(await world.tick({ state: state() })).toEqual({ state: state(), wait: 47, done: true, outcome: 'continue', reason: 'step 2 passed' });
    world.decide({ state: { reason: 'it was slow' }, outcome: 'rolledBack' });
    expect(await world.tick({ state: state() })).toMatchObject({ outcome: 'rolledBack', reason: 'it was slow' });
    expect(NOON).toBe(Math.floor(world.standIn.clock.now() / 1000));
  });
});
