import { configOf, World } from './world';
import { advance } from '../../../../src/migration/core/controller';

const bad = (over: Parameters<typeof configOf>[0] = {}) => {
  const world = new World(configOf(over)).to('judge');
  world.errorRate.neuron = 0.5;
  return world;
};
const minutes = (world: World, name: string) => (world.events.find((event) => event.name === name)!.at - world.events.find((event) => event.name === 'StepStarted')!.at) / 60;

describe('a newcomer that fails', () => {
  it('is out within three minutes of its first request, for good', () => {
    const world = new World(configOf());
    world.errorRate.neuron = 0.5;
    world.until(({ share, state }) => state.phase === 'verify' && share === 0);
    expect(minutes(world, 'RollbackStarted')).toBeLessThanOrEqual(3);
    world.to('ended');
    expect(world.last.outcome).toBe('rolledBack');
    expect(world.names()).toEqual(['MigrationStarted', 'StepStarted', 'RollbackStarted', 'RolledBack', 'MigrationEnded']);
    expect(world.said('RollbackStarted')[0]).toMatch(/^rolling back: errors: newcomer 21 of 42 \(50 %\) in 1 period, control 1 of 958 \(0.1 %\), 480 times the control's; allowed: 2 times the control's or 0.2 %$/);
    expect(world.said('RolledBack')[0]).toMatch(/^gpu has all of the traffic: errors: .* \(since the start 50 % of 42 requests to neuron failed, and 0.1 % of 1,958 requests to gpu\)$/);
    expect(world.did('setWeights')).toEqual([{ kind: 'setWeights', share: 5 }, { kind: 'setWeights', share: 0 }]);
    const original = { min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false };
    expect([world.gpu.scaling, world.neuron.scaling, world.killSwitch]).toEqual([original, original, 'off']);
    expect(world.events.filter(({ page }) => page).map(({ name }) => name)).toEqual(['RollbackStarted', 'RolledBack']);
  });

  it('is marked so that who recovers a crash finishes the rollback', () => {
    const world = bad().to('rollback');
    expect(world.state).toMatchObject({ share: 0, safeShare: 0, unproven: true });
    world.to('verify');
    expect(world.state).toMatchObject({ share: 0, safeShare: 0, unproven: true });
  });

  it('is not judged any more, and nobody may change the decision', () => {
    const world = bad().to('rollback');
    const judged = world.state.judge;
    world.say('resume');
    world.run(120);
    expect(world.said('CommandRefused')).toEqual(['command "resume" of ana is refused: the rollback has begun']);
    expect(world.state.judge).toEqual(judged);
    world.say('abort');
    world.tick();
    expect(world.said('RollbackStarted')).toHaveLength(1);
  });
});

describe('an endpoint that is in another update', () => {
  it('is asked every ten seconds; clients are told by the switch, people once', () => {
    const world = bad();
    world.foreignStatus = 'SystemUpdating';
    world.until(({ state }) => state.phase === 'rollback').run(600);
    expect(world.said('RollbackBlocked')).toEqual(['the rollback is blocked: the endpoint is SystemUpdating and takes no change; it is tried every few seconds until it succeeds']);
    const [started, blocked] = ['RollbackStarted', 'RollbackBlocked'].map((name) => world.events.find((event) => event.name === name)!.at);
    expect(blocked - started).toBe(30);
    expect(world.killSwitch).toBe('gpu');
    expect(world.did('setKillSwitch')).toEqual([{ kind: 'setKillSwitch', value: 'gpu' }]);
    expect(world.did('setWeights').length).toBeGreaterThan(50);
    expect(world.history.slice(-10).every(({ phase }) => phase === 'rollback')).toBe(true);
    world.foreignStatus = undefined;
    world.run(90);
    expect([world.share, world.state.phase, world.killSwitch]).toEqual([0, 'verify', 'gpu']);
    world.to('ended');
    expect(world.killSwitch).toBe('off');
    expect(world.said('RollbackBlocked')).toHaveLength(1);
  });

  it('is retried for as long as the execution lives', () => {
    const world = bad();
    world.foreignStatus = 'RollingBack';
    world.to('rollback').run(6 * 3600);
    expect(world.state.phase).toBe('rollback');
    expect(world.actions[world.actions.length - 1]).toMatchObject({ kind: 'setWeights', share: 0, at: expect.closeTo(world.now, -2) });
  });

  it('is blocked when the write fails for another reason', () => {
    const world = bad().to('rollback');
    const seen = { ...world.observe(), endpoint: { ...world.observe().endpoint, status: 'InService' } };
    const failed = { results: { write: { status: 'failed' as const, message: 'AccessDenied' } } };
    const endpoint = { ...seen.endpoint, variants: seen.endpoint.variants.map((variant) => ({ ...variant, desiredWeight: 0.5, currentWeight: 0.5 })) };
    const first = advance(world.config, { ...world.state, ...failed }, { ...seen, endpoint });
    expect(first.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
    const second = advance(world.config, { ...first.state, ...failed }, { ...seen, endpoint, now: seen.now + 40 });
    expect(second.events.map(({ message }) => message)).toEqual(['the rollback is blocked: AccessDenied; it is tried every few seconds until it succeeds']);
    expect(second.actions).toEqual([{ kind: 'setWeights', share: 0 }, { kind: 'setKillSwitch', value: 'gpu' }]);
  });

  it('is blocked too when it takes the weights and does not apply them', () => {
    const world = bad().to('rollback');
    const { endpoint, ...seen } = world.observe();
    const variants = endpoint.variants.map((variant) => ({ ...variant, desiredWeight: variant.name === 'gpu' ? 1 : 0, currentWeight: 0.5 }));
    const at = (seconds: number, state = world.state) => advance(world.config, state, { ...seen, now: seen.now + seconds, endpoint: { ...endpoint, status: 'Updating', variants } });
    const first = at(10, { ...world.state, blockedSince: seen.now, results: undefined });
    expect([first.actions, first.events]).toEqual([[], []]);
    expect(at(179, first.state).events).toEqual([]);
    expect(at(180, first.state).events.map(({ message }) => message))
      .toEqual(['the rollback is blocked: the endpoint has the new weights and does not apply them; it is tried every few seconds until it succeeds']);
  });
});

describe('the way back', () => {
  it('is one call while the instances are there', () => {
    const world = bad().to('rollback');
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
  });

  it('gets its instances first where the traffic needs them', () => {
    // One carries the half that it has, and not the newcomer's half too.
    const world = new World(configOf({ from: { requestsPerInstance: 600 } })).until(({ share, state }) => share === 50 && state.phase === 'judge').run(300);
    world.gpu.count = world.gpu.wantedCount = 1;
    world.say('abort');
    world.tick();
    expect(world.last.actions).toEqual([{ kind: 'setCapacity', variant: 'gpu', count: 3 }]);
    expect(world.said('Holding').slice(-1)).toEqual(['gpu has 1 of 3 instances; the weights follow within 10 min, with or without them']);
    world.to('verify');
    expect(world.gpu.count).toBe(3);
    expect(minutesBetween(world, 'RollbackStarted')).toBeLessThan(7);
  });

  it('does not wait for instances that today\'s traffic does not need', () => {
    const world = bad();
    world.gpu.count = world.gpu.wantedCount = 2; // 2 x 500 carry 1,000 a minute, the floor of 3 carries its peak
    world.to('rollback');
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
  });

  it('does not wait for them where it serves nearly everything already; they come after the weights', () => {
    const world = bad({ from: { scaled: false, requestsPerInstance: undefined } });
    world.gpu.count = world.gpu.wantedCount = 2;
    world.say('abort');
    world.tick();
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
    world.until(({ share }) => share === 0);
    expect(minutesBetween(world, 'RollbackStarted')).toBeLessThan(2);
    world.to('verify', 60);
    world.to('ended');
    expect(world.did('setCapacity')).toEqual([{ kind: 'setCapacity', variant: 'gpu', count: 3 }]);
    expect([world.last.outcome, world.gpu.count]).toEqual(['rolledBack', 3]);
  });

  it.each([[16, 'setWeights'], [17, 'setCapacity']] as const)('takes %d %% back with %s first: a fifth of the rest is little', (share, first) => {
    const world = new World(configOf({ plan: { steps: [share, 80] } })).to('judge').run(120);
    world.gpu.count = world.gpu.wantedCount = 1;
    world.say('abort');
    world.tick();
    expect(world.last.actions.map(({ kind }) => kind)).toEqual([first]);
  });

  it('waits for the first instance, whatever the share', () => {
    const world = bad();
    world.gpu.count = world.gpu.wantedCount = 0;
    world.say('abort');
    world.tick();
    expect(world.last.actions.map(({ kind }) => kind)).toEqual(['setCapacity']);
  });

  it('does not wait longer than ten minutes for them', () => {
    const world = new World(configOf()).until(({ share, state }) => share === 50 && state.phase === 'judge').run(300);
    world.gpu.count = world.gpu.wantedCount = 1;
    world.mostInstances = 1;
    world.run(120);
    world.errorRate.neuron = 0.5;
    world.until(({ share }) => share === 0, 1200);
    expect(minutesBetween(world, 'RollbackStarted')).toBeLessThan(12);
    world.to('ended');
    expect(world.last.outcome).toBe('rolledBack');
  });

  it('is asserted for five minutes', () => {
    const world = bad().to('verify');
    const since = world.now;
    world.run(240);
    world.setShare(30);
    world.tick();
    expect(world.state.phase).toBe('rollback');
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
    world.to('ended');
    expect(world.now - since).toBeGreaterThanOrEqual(600);
    expect(world.said('RolledBack')).toHaveLength(1);
    expect(world.share).toBe(0);
  });

  it('is not there when its variant is not: said at once, nothing is written', () => {
    const world = bad();
    world.variants.shift();
    world.errorRate.neuron = 0.5;
    world.say('abort');
    world.tick();
    expect(world.said('RollbackBlocked')).toEqual(['the rollback is blocked: gpu is not on the endpoint any more; it is tried every few seconds until it succeeds']);
    expect(world.last.actions).toEqual([]);
  });

  it('needs no weights and no five minutes where the newcomer never had traffic', () => {
    const world = new World(configOf({ gates: [{ id: 'go', point: 'start', kind: 'approval', timeoutSeconds: 600, onTimeout: 'rollback' }] }));
    world.to('gate');
    world.say('abort');
    world.to('ended', 60);
    expect(world.last.outcome).toBe('rolledBack');
    expect(world.said('RolledBack')).toEqual(['gpu has all of the traffic: aborted by ana (neuron had no traffic)']);
    expect(world.did('setWeights')).toEqual([]);
  });

  it('never takes them below what there was', () => {
    const world = new World(configOf({ to: { scaled: false, requestsPerInstance: 150 } }));
    world.neuron.count = world.neuron.wantedCount = 3;
    world.until(({ state }) => state.share === 80 && state.phase === 'judge');
    world.say('abort');
    world.to('ended');
    expect(world.did('setCapacity').slice(-2)).toEqual([4, 3].map((count) => ({ kind: 'setCapacity', variant: 'neuron', count })));
  });

  it('takes raised instances down in halves where nothing scales them', () => {
    const world = new World(configOf({ to: { scaled: false, requestsPerInstance: 150 } }));
    world.until(({ state }) => state.share === 80 && state.phase === 'judge');
    expect(world.neuron.count).toBe(7);
    world.say('abort');
    world.to('ended');
    expect(world.did('setCapacity').slice(-3)).toEqual([4, 2, 1].map((count) => ({ kind: 'setCapacity', variant: 'neuron', count })));
  });
});

function minutesBetween(world: World, from: string): number {
  return (world.now - world.events.find(({ name }) => name === from)!.at) / 60;
}

describe('alarms', () => {
  it('that roll back do so while the newcomer has traffic, in every phase', () => {
    const world = new World(configOf({ gates: [{ id: 'ok', point: 'full', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] }));
    world.until(({ state }) => state.gate !== undefined);
    world.alarms = { watchdog: 'ALARM' };
    world.tick();
    expect(world.said('RollbackStarted')).toEqual(['rolling back: watchdog is in ALARM']);
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
  });

  it('that only hold do not roll back', () => {
    const world = new World(configOf()).to('judge');
    world.alarms = { queue: 'ALARM' };
    world.run(3600);
    expect([world.state.phase, world.state.share]).toEqual(['judge', 5]);
    expect(world.said('Holding')).toEqual(['queue is in ALARM; nothing advances before it is over']);
    world.alarms = {};
    world.until(({ state }) => state.share === 25, 120);
  });

  it.each([
    ['MISSING', 'there is no alarm queue any more; nothing advances without it', true],
    ['UNREAD', 'the states of the alarms cannot be read; nothing advances before they can', false],
  ])('that cannot be seen (%s) hold, and do not roll back', (state, message, page) => {
    const world = new World(configOf()).to('judge');
    world.alarms = { queue: state };
    world.run(3600);
    expect([world.state.phase, world.state.share]).toEqual(['judge', 5]);
    expect(world.events.filter(({ name }) => name === 'Holding').map((event) => [event.message, event.page])).toEqual([[message, page]]);
    world.alarms = {};
    world.until(({ state: { share } }) => share === 25, 120);
  });
});
