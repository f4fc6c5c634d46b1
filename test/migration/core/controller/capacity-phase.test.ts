import { configOf, World } from './world';
import { advance } from '../../../../src/migration/core/controller';

describe('instances before weight', () => {
  it('asks for the instances that the share of the largest minute needs', () => {
    const world = new World(configOf({ to: { requestsPerInstance: 150 } })).to('judge');
    for (const [share, count] of [[5, 1], [25, 2], [50, 4]] as const) {
      world.until(({ state }) => state.share === share && state.phase === 'judge');
      expect([share, world.neuron.count]).toEqual([share, count]);
    }
  });

  it('holds where more are needed than allowed, and gives the step up in the end', () => {
    const world = new World(configOf({ to: { requestsPerInstance: 150 } }));
    world.to('judge');
    world.neuron.scaling = { ...world.neuron.scaling!, max: 1 };
    world.until(({ state }) => state.holding === 'maxInstances');
    expect(world.events[world.events.length - 1]).toMatchObject({ name: 'Holding', page: true, message: 'neuron needs 2 instances for 25 % of the traffic and may have 1: raise its maximum' });
    expect(world.state.share).toBe(5);
    world.to('rollback', 1900);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: neuron needs 2 instances for 25 % of the traffic and may have 1: raise its maximum, after 30 min; the step to 25 % is given up']);
  });

  it('never shifts weight to instances that do not come', () => {
    const world = new World(configOf({ to: { requestsPerInstance: 150 } })).to('judge');
    world.mostInstances = 1;
    world.to('rollback');
    expect(Math.max(...world.history.map(({ share }) => share))).toBe(5);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: neuron has 1 of 2 instances, after 30 min; the step to 25 % is given up']);
    expect(world.did('setCapacity').length).toBeLessThan(8);
  });

  it('ends the run where nothing had been shifted yet', () => {
    const world = new World(configOf());
    world.gpu.count = world.gpu.wantedCount = 1;
    world.mostInstances = 1;
    world.to('ended');
    expect(world.said('RolledBack')).toEqual(['gpu has all of the traffic: gpu has 1 of 3 instances, after 30 min; the step to 5 % is given up (neuron had no traffic)']);
    expect(world.did('setWeights')).toEqual([]);
  });

  it('tries again at once when the endpoint was busy, and not so soon when it was not', () => {
    const world = new World(configOf());
    world.gpu.count = world.gpu.wantedCount = 1;
    world.tick();
    world.pass(10);
    world.tick();
    expect(world.last.actions).toEqual([{ kind: 'setCapacity', variant: 'gpu', count: 3 }]);
    const seen = { ...world.observe(), now: world.now + 20, endpoint: { ...world.observe().endpoint, status: 'InService' } };
    const again = (status: 'busy' | 'failed' | 'done') => advance(world.config, { ...world.state, results: { write: { status, message: 'InsufficientInstanceCapacity' } } }, seen);
    expect(again('busy').actions).toEqual([{ kind: 'setCapacity', variant: 'gpu', count: 3 }]);
    expect(again('failed').actions).toEqual([]);
    expect(again('failed').events.map(({ message }) => message)).toEqual([]);
    expect(advance(world.config, { ...again('failed').state }, { ...seen, now: seen.now + 570 }).actions).toHaveLength(0);
    expect(advance(world.config, { ...again('failed').state }, { ...seen, now: seen.now + 580 }).actions).toHaveLength(1);
  });

  it('tells why there are none', () => {
    const world = new World(configOf());
    world.gpu.count = world.gpu.wantedCount = 1;
    world.tick();
    world.state = { ...world.state, results: { write: { status: 'failed', message: 'InsufficientInstanceCapacity' } } };
    world.pass(10);
    world.tick();
    expect(world.said('Holding')).toEqual(['gpu has 1 of 3 instances (InsufficientInstanceCapacity)']);
  });

  it('holds while the scaling cannot be read', () => {
    const world = new World(configOf()).to('capacity');
    const { scaling: _, ...seen } = world.observe();
    const decision = advance(world.config, { ...world.state, holding: undefined }, seen);
    expect([decision.state.phase, decision.events.map(({ message }) => message), decision.actions]).toEqual(['capacity', ['the scaling of the variants could not be read'], []]);
  });

  it('pins again what somebody unpinned, and keeps what it was at first', () => {
    const world = new World(configOf()).to('judge').run(120);
    const pinned = world.gpu.scaling;
    world.gpu.scaling = { min: 3, max: 8, scaleInSuspended: false, scaleOutSuspended: false };
    world.run(120);
    expect(world.gpu.scaling).toEqual(pinned);
    expect(world.state.pinned!.gpu).toEqual({ min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false });
    expect(world.names()).not.toContain('DriftDetected');
  });

  it('sets instances itself where nothing scales', () => {
    const world = new World(configOf({ from: { scaled: false }, to: { scaled: false, requestsPerInstance: 150 } }));
    world.until(({ state }) => state.share === 25 && state.phase === 'judge');
    expect(world.did('setScaling')).toEqual([]);
    expect(world.did('setCapacity')).toEqual([{ kind: 'setCapacity', variant: 'neuron', count: 2 }]);
  });
});

describe('warm-up', () => {
  const warmUp = { requests: { count: 20, body: '{}', contentType: 'application/json' } };

  it('sends requests by name before each shift', () => {
    const world = new World(configOf({ warmUp }));
    world.until(({ state }) => state.share === 25 && state.phase === 'judge');
    expect(world.did('warmUp')).toEqual(Array(2).fill({ kind: 'warmUp', variant: 'neuron', count: 20, body: '{}', contentType: 'application/json' }));
    expect(world.actions.findIndex(({ kind }) => kind === 'warmUp')).toBeLessThan(world.actions.findIndex(({ kind }) => kind === 'setWeights'));
  });

  it('that fails is repeated, three times', () => {
    const world = new World(configOf({ warmUp }));
    world.warmUpFails = 2;
    world.to('release', 300);
    expect(world.did('warmUp')).toHaveLength(3);
    expect(world.said('Holding')).toEqual(['2 of 20 warm-up requests to neuron failed (ModelError); they are sent again']);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: 2 of 20 warm-up requests to neuron failed (ModelError), in the 3rd round in a row']);
    expect(world.did('setWeights')).toEqual([]);
  });

  it('that fails once goes on', () => {
    const world = new World(configOf({ warmUp }));
    world.warmUpFails = 1;
    world.until(({ state }) => state.warmUpRounds === 1);
    world.warmUpFails = 0;
    world.to('judge', 300);
  });

  it('whose answer was lost is sent again', () => {
    const world = new World(configOf({ warmUp })).to('warmUp');
    world.state = { ...world.state, results: undefined };
    world.tick();
    expect(world.did('warmUp')).toHaveLength(2);
  });
});

describe('shifting', () => {
  it('stores the decision before it writes, and writes until it is seen', () => {
    const world = new World(configOf()).to('shift');
    expect(world.state).toMatchObject({ share: 5, safeShare: 0, unproven: true });
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 5 }]);
    world.foreignStatus = 'Updating';
    world.run(300);
    expect(world.state.phase).toBe('shift');
    world.foreignStatus = undefined;
    world.to('judge', 300);
  });

  it('that is not taken in time is rolled back', () => {
    const world = new World(configOf());
    world.tick();
    world.pass(10);
    world.foreignStatus = undefined;
    world.tick();
    expect(world.state.phase).toBe('shift');
    world.setShare(0);
    world.foreignStatus = 'Updating';
    world.until(({ state }) => state.share === 0, 2000);
    expect(world.said('RollbackStarted')[0]).toMatch(/^rolling back: the weights for 5 % were not taken within 30 min/);
  });

  it('does not begin while an alarm rings, the endpoint is busy or the window is closed, however long that takes', () => {
    const world = new World(configOf({ gates: [{ id: 'ok', point: 'start', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] })).to('gate');
    world.tick();
    world.say('approve', { token: world.state.gate!.token });
    world.alarms = { queue: 'ALARM' };
    world.run(3 * 3600);
    expect([world.state.phase, world.state.share]).toEqual(['shift', 0]);
    expect(world.said('Holding')).toEqual(['queue is in ALARM; nothing advances before it is over']);
    world.alarms = {};
    world.to('judge', 120);
  });
});
