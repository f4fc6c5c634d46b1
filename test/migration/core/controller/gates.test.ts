import { configOf, World } from './world';
import type { GateConfig } from '../../../../src/migration/core/controller';

const approval = (point: GateConfig['point'], over: object = {}): GateConfig => ({ id: `ok-${point}`, point, kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold', ...over });
const waiting = (gates: GateConfig[]) => new World(configOf({ gates })).until(({ state }) => state.gate !== undefined);
const approve = (world: World) => {
  world.say('approve', { token: world.state.gate!.token, reason: 'looks good' });
  world.tick();
};

describe('an approval', () => {
  it('is waited for before the first shift, each step, 100 % and the release', () => {
    const world = new World(configOf({ gates: [approval('release'), approval('full'), approval('step'), approval('start')] }));
    const asked: string[] = [];
    while (asked.length < 7) {
      world.until(({ state }) => state.gate !== undefined);
      asked.push(`${world.state.gate!.id} at ${world.state.share} %`);
      approve(world);
    }
    expect(asked).toEqual(['ok-start at 0 %', 'ok-step at 0 %', 'ok-step at 5 %', 'ok-step at 25 %', 'ok-step at 50 %', 'ok-full at 80 %', 'ok-release at 100 %']);
    world.to('ended');
    expect(world.said('GatePassed')).toHaveLength(7);
    expect(world.said('GateWaiting')[5]).toMatch(/^waiting for approval before 100 %; the judge goes on meanwhile \(proven within the limits: /);
    expect(world.said('GateWaiting')[6]).toMatch(/^waiting for approval before the instances of gpu are released; /);
  });

  it('tells its token, and is passed by it alone', () => {
    const world = waiting([approval('start')]);
    const event = world.events.find(({ name }) => name === 'GateWaiting')!;
    expect(event.message).toBe('waiting for approval before the first requests go to neuron (5 %); the judge goes on meanwhile (no verdict yet)');
    expect(event).toMatchObject({ page: true, detail: { gate: 'ok-start', token: `ok-start-1-${world.now}`, commands: ['approve', 'abort'], until: world.now + 86400 } });
    world.say('approve');
    world.tick();
    world.say('approve', { id: 'second', token: 'ok-start-0-17' });
    world.tick();
    world.say('approve', { id: 'third', token: 'ok-start-0-17' });
    world.run(60);
    expect(world.said('CommandRefused')).toEqual([
      `command "approve" of ana is refused: it has no token; gate ok-start has the token "${event.detail.token}"`,
      'command "approve" of ana is refused: its token "ok-start-0-17" is not that of gate ok-start',
      'command "approve" of ana is refused: its token "ok-start-0-17" is not that of gate ok-start',
    ]);
    expect(world.state.phase).toBe('gate');
    approve(world);
    expect(world.said('GatePassed')).toEqual(['gate ok-start is passed: approved by ana (looks good)']);
    expect(world.state.phase).toBe('capacity');
    world.say('approve', { id: 'again', token: event.detail.token as string });
    world.tick();
    expect(world.said('CommandRefused').pop()).toBe('command "approve" of ana is refused: no gate waits for it');
  });

  it('is not given by the one before it', () => {
    const world = waiting([approval('start'), approval('step')]);
    const { token } = world.state.gate!;
    approve(world);
    expect(world.state.gate!.id).toBe('ok-step');
    world.say('approve', { id: 'stale', token });
    world.tick();
    expect(world.state.gate!.id).toBe('ok-step');
  });

  it('does not keep the judge from a rollback, and none passes after it', () => {
    const world = waiting([approval('full', { timeoutSeconds: 3 * 86400 })]);
    const { token } = world.state.gate!;
    world.run(3 * 3600);
    world.errorRate.neuron = 0.3;
    world.to('rollback', 600);
    world.say('approve', { token });
    world.tick();
    expect(world.said('CommandRefused')).toEqual(['command "approve" of ana is refused: the rollback has begun']);
    expect(world.state.gate).toBeUndefined();
    expect(world.to('ended').last.outcome).toBe('rolledBack');
  });

  it('that does not come is said again, or rolls back', () => {
    const held = waiting([approval('full', { timeoutSeconds: 3600 })]).run(7200);
    expect(held.said('Holding').pop()).toBe('gate ok-full was not passed within 60 min; it goes on waiting, and the judge goes on');
    expect(held.said('Holding').filter((message) => message.startsWith('gate'))).toHaveLength(1);
    approve(held);
    held.to('window');
    const rolledBack = waiting([approval('full', { timeoutSeconds: 3600, onTimeout: 'rollback' })]).to('rollback', 3700);
    expect(rolledBack.said('RollbackStarted')).toEqual(['rolling back: gate ok-full was not passed within 60 min']);
  });

  it('keeps the instances for the way back while it is waited for', () => {
    const world = waiting([approval('full')]);
    world.gpu.count = world.gpu.wantedCount = 1;
    world.run(600);
    expect(world.gpu.count).toBe(3);
    expect(world.said('DriftDetected')).toEqual(['gpu went from 3 to 1 instances and has to keep 3 for the way back; nothing advances before they are there']);
  });

  it('is worth nothing when the proof is gone meanwhile', () => {
    const world = waiting([approval('full')]);
    world.state = { ...world.state, verdict: { ...world.state.verdict!, kind: 'hold' } };
    world.measured = false;
    approve(world);
    world.pass(10);
    world.tick();
    expect([world.state.phase, world.state.step, world.state.share]).toEqual(['judge', 3, 80]);
    world.measured = true;
    world.to('window', 600);
    expect(world.said('GateWaiting')).toHaveLength(1);
  });
});

describe('a function', () => {
  const gate: GateConfig = { id: 'golden', point: 'step', kind: 'lambda', functionArn: 'arn:golden', timeoutSeconds: 3600, onTimeout: 'rollback' };

  it('is asked with what is known until it says yes', () => {
    const world = new World(configOf({ gates: [gate] })).until(({ state }) => state.gate !== undefined);
    expect(world.did('callGate')).toEqual([{
      kind: 'callGate',
      id: 'golden',
      functionArn: 'arn:golden',
      payload: { gate: 'golden', point: 'step', migration: 'toNeuron', endpoint: 'shop', from: 'gpu', to: 'neuron', run: 'run-1', share: 0, nextShare: 5, verdict: null, counts: null },
    }]);
    world.run(600);
    expect(world.said('Holding')).toEqual(['gate golden is closed: asked']);
    expect(world.did('callGate').length).toBeGreaterThan(5);
    world.gateAnswers.golden = true;
    world.until(({ state }) => state.phase === 'judge', 300);
    expect(world.said('GatePassed')).toEqual(['gate golden is passed: asked']);
  });

  it('that answers for another gate says nothing', () => {
    const world = new World(configOf({ gates: [gate, { ...gate, id: 'other' }] })).until(({ state }) => state.gate !== undefined);
    world.state = { ...world.state, results: { gate: { id: 'other', pass: true } } };
    world.tick();
    expect(world.state.gate?.id).toBe('golden');
    expect(world.state.passedGates).toEqual([]);
  });

  it('that never says yes rolls back', () => {
    const world = new World(configOf({ gates: [gate] })).to('release', 3700);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: gate golden was not passed within 60 min']);
    expect(world.did('setWeights')).toEqual([]);
  });
});

describe('the cost', () => {
  const gate = (minimumSaving: number): GateConfig => ({ id: 'cheaper', point: 'full', kind: 'cost', fromHourlyPrice: 1.2, toHourlyPrice: 0.6, minimumSaving, timeoutSeconds: 3600, onTimeout: 'hold' });

  it('has to fall by as much as was wanted', () => {
    // 3 x 1.2 an hour for 60,000 requests, against 3 x 0.6 for 48,000.
    const world = new World(configOf({ gates: [gate(0.35)] })).to('window');
    expect(world.said('GatePassed')).toEqual(['gate cheaper is passed: at the prices given 1,000 requests cost 0.0375 at neuron and 0.0600 at gpu before, 37.5 % less']);
    world.to('ended');
    expect(world.said('CostReport')).toEqual(['neuron serves all of the traffic on 3 instances; gpu did on 3; at the prices given 1,000 requests cost 0.0300, and 0.0600 before']);
  });

  it('keeps the gate closed otherwise', () => {
    const world = new World(configOf({ gates: [gate(0.4)] })).until(({ state }) => state.gate !== undefined).run(300);
    expect(world.state.share).toBe(80);
    expect(world.said('Holding').pop()).toBe('gate cheaper is closed: at the prices given 1,000 requests cost 0.0375 at neuron and 0.0600 at gpu before, 37.5 % less; wanted are 40 % less');
  });

  it('is not known without requests', () => {
    const world = new World(configOf({ gates: [{ ...gate(0.1), point: 'start' }] })).until(({ state }) => state.gate !== undefined);
    expect(world.said('Holding')).toEqual(['gate cheaper: no requests were counted at neuron in this step, so their cost is not known']);
  });
});
