import { configOf, World } from './world';
import type { Outcome } from '../../../../src/migration/core/controller';

const writes = (world: World) => world.actions.map((action) => [action.kind, 'share' in action ? action.share : 'variant' in action ? action.variant : '', 'count' in action ? action.count : ''].join(' ').trim());

describe('a good newcomer', () => {
  const world = new World(configOf());
  const outcomes: (Outcome | 'continue')[] = [];
  const shares: number[] = [];
  beforeAll(() => {
    while (world.state.phase !== 'ended') {
      const { wait, outcome, state } = world.tick();
      if (outcome !== undefined) outcomes.push(outcome);
      if (shares[shares.length - 1] !== state.share) shares.push(state.share);
      world.pass(wait);
    }
  });

  it('walks the steps, and has everything in the end', () => {
    expect(shares).toEqual([0, 5, 25, 50, 80, 100]);
    expect(outcomes.filter((outcome) => outcome !== 'continue')).toEqual(['promoted']);
    // One for each step that was left, one for 24 hours of ticks.
    expect(outcomes.filter((outcome) => outcome === 'continue')).toHaveLength(5);
    expect(world.share).toBe(100);
  });

  it('says what happens, once', () => {
    expect(world.names()).toEqual([
      'MigrationStarted', 'StepStarted', 'StepPassed', 'StepStarted', 'StepPassed', 'Holding', 'StepStarted', 'StepPassed', 'Holding', 'StepStarted', 'StepPassed', 'StepStarted', 'Promoted',
      'FallbackWindowEnded', 'CostReport', 'MigrationEnded',
    ]);
    expect(world.said('Holding')).toEqual(['neuron has 1 of 2 instances', 'neuron has 2 of 3 instances']);
    expect(world.said('StepStarted')[1]).toBe('shifting neuron from 5 % to 25 %');
    expect(world.said('StepPassed')[0]).toMatch(/^neuron passed 5 %, for nothing speaks against it: errors: newcomer 0 of 4\d\d /);
    expect(world.said('Promoted')).toEqual(['neuron has all of the traffic; gpu keeps 3 instances for 24 h']);
    expect(world.said('FallbackWindowEnded')).toEqual(['neuron has had all of the traffic for 24 h; gpu is released now']);
    expect(world.said('CostReport')).toEqual(['neuron serves all of the traffic on 3 instances; gpu did on 3']);
    expect(world.said('MigrationEnded')).toEqual(['the migration is over: neuron has all of the traffic']);
    expect(world.events.filter(({ page }) => page).map(({ name }) => name)).toEqual(['Promoted', 'FallbackWindowEnded']);
  });

  it('writes instances before weights, one thing at a time, and gives scaling back', () => {
    expect(writes(world)).toEqual([
      'setScaling gpu', 'setScaling neuron', 'setWeights 5', 'setWeights 25', 'setScaling neuron', 'setCapacity neuron 2', 'setWeights 50', 'setScaling neuron', 'setCapacity neuron 3',
      'setWeights 80', 'setWeights 100', 'setScaling gpu', 'setScaling neuron', 'releaseLock',
    ]);
    expect(world.did('setScaling').slice(0, 3)).toEqual([
      { kind: 'setScaling', variant: 'gpu', scaling: { min: 3, max: 8, scaleInSuspended: true, scaleOutSuspended: false } },
      { kind: 'setScaling', variant: 'neuron', scaling: { min: 1, max: 8, scaleInSuspended: true, scaleOutSuspended: false } },
      { kind: 'setScaling', variant: 'neuron', scaling: { min: 2, max: 8, scaleInSuspended: true, scaleOutSuspended: false } },
    ]);
    const original = { min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false };
    expect([world.gpu.scaling, world.neuron.scaling]).toEqual([original, original]);
    expect(world.actions.every(({ status }) => status === 'done')).toBe(true);
  });

  it('is unproven from before the write until its step is left', () => {
    for (const state of world.history) {
      if (!state.unproven) expect(state.safeShare).toBe(state.share);
      expect(state.safeShare).toBeLessThanOrEqual(state.share);
      expect(JSON.stringify(state).length).toBeLessThan(8000);
    }
    expect(world.history.find(({ share }) => share === 5)).toMatchObject({ unproven: true, safeShare: 0 });
    expect(world.history.find(({ share }) => share === 100)).toMatchObject({ unproven: true, safeShare: 80 });
    expect(world.state).toMatchObject({ unproven: false, safeShare: 100, phase: 'ended', outcome: 'promoted' });
  });

  it('took ten minutes a step, thirty for the last, and not much longer', () => {
    const minutes = world.events.filter(({ name }) => name === 'StepPassed' || name === 'Promoted').map(({ at }) => Math.round((at - world.events[0].at) / 60));
    expect(minutes).toEqual([12, 24, 41, 78, 79]);
  });

  it('does nothing after its end', () => {
    const before = world.state;
    world.say('abort');
    const decision = world.tick();
    expect(decision).toEqual({ state: before, actions: [], events: [], wait: 0, outcome: 'promoted' });
  });
});

describe('the wait', () => {
  it('ends two seconds after a period can be read', () => {
    const world = new World(configOf()).to('judge');
    world.run(120);
    expect([world.now % 60, world.tick().wait]).toEqual([2, 60]);
    world.pass(15);
    expect(world.tick().wait).toBe(45);
    world.pass(40);
    expect(world.tick().wait).toBe(10);
  });

  it('is short while something is written', () => {
    const world = new World(configOf());
    expect(world.tick().wait).toBe(10);
    world.pass(10);
    expect([world.tick().wait, world.state.phase]).toEqual([10, 'shift']);
  });
});
