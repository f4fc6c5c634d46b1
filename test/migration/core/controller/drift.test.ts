import { configOf, World } from './world';
import { newJudge } from '../../../../src/migration/core/judge/judge';

const at50 = (over: Parameters<typeof configOf>[0] = {}) => new World(configOf(over)).until(({ state }) => state.share === 50 && state.phase === 'judge').run(300);

/** A deploy: minutes of `Updating`, then another configuration; weights are kept, as `RetainAllVariantProperties` says. */
const deploy = (world: World, seconds = 300) => {
  world.foreignStatus = 'Updating';
  world.configName = 'config-2';
  world.run(seconds);
  world.foreignStatus = undefined;
};

describe('a deploy in the middle', () => {
  it('keeps weights, pauses, re-validates and resumes at the same share', () => {
    const world = at50();
    deploy(world);
    expect(world.state.paused).toMatchObject({ by: 'update' });
    expect(world.said('DriftDetected')).toEqual(['the endpoint is Updating to another configuration (config-2)']);
    expect(world.said('Paused')).toEqual(['paused: the endpoint is being updated to config-2; it goes on when that is done and everything is as expected']);
    const actions = world.actions.length;
    world.tick();
    expect(world.said('Resumed')).toEqual(['the update to config-2 is done; neuron is judged from the beginning, for its containers are new']);
    expect(world.state).toMatchObject({ share: 50, step: 2, unproven: true, safeShare: 0, expected: { configName: 'config-2' } });
    expect(world.state.verdict).toBeUndefined();
    expect(world.state.judge).toEqual(newJudge());
    expect(world.actions.length).toBe(actions);
    const since = world.now;
    world.until(({ state }) => state.share === 80);
    expect(world.now - since).toBeGreaterThan(600);
    world.to('ended');
    expect(world.last.outcome).toBe('promoted');
  });

  it('is judged while it is worked on: a bad one is rolled back as soon as it can be', () => {
    const world = at50();
    world.errorRate.neuron = 0.5;
    deploy(world);
    expect(world.state.phase).toBe('rollback');
    expect(world.killSwitch).toBe('gpu');
    world.to('ended');
    expect([world.share, world.killSwitch, world.last.outcome]).toEqual([0, 'off', 'rolledBack']);
  });

  it('between two ticks is seen by the name of the configuration', () => {
    const world = at50();
    world.configName = 'config-2';
    world.tick();
    expect(world.names().slice(-2)).toEqual(['DriftDetected', 'Resumed']);
    expect(world.said('DriftDetected')).toEqual(['the endpoint has another configuration (config-2)']);
    expect(world.state).toMatchObject({ judgedInStep: 0, step: 2 });
  });

  it('that resets weights to those of the template waits for a person, and starts the steps anew', () => {
    const world = at50();
    deploy(world);
    world.setShare(0);
    world.tick();
    expect(world.said('Paused').pop()).toBe('paused: somebody set neuron to 0 % of the traffic; expected was 50 %');
    world.run(3600);
    expect([world.share, world.state.paused?.by]).toEqual([0, 'drift']);
    world.say('resume');
    world.tick();
    expect(world.said('Resumed').pop()).toBe('resumed by ana, from the 0 % that are there');
    world.to('judge', 120);
    expect(world.state).toMatchObject({ share: 5, step: 0 });
    world.to('ended');
    expect(world.last.outcome).toBe('promoted');
  });

  it('that resets instances gets them back before anything advances', () => {
    const world = at50();
    deploy(world);
    world.gpu.count = world.gpu.wantedCount = 1;
    world.tick();
    expect(world.last.actions).toEqual([{ kind: 'setCapacity', variant: 'gpu', count: 3 }]);
    world.until(({ state }) => state.share === 80);
    expect(world.gpu.count).toBe(3);
  });

  it('asks for approvals of what follows anew, and not for those of before', () => {
    const gates = [{ id: 'ok', point: 'full' as const, kind: 'approval' as const, timeoutSeconds: 864000, onTimeout: 'hold' as const }, { id: 'go', point: 'start' as const, kind: 'approval' as const, timeoutSeconds: 864000, onTimeout: 'hold' as const }];
    const world = new World(configOf({ gates }));
    const approve = () => {
      world.say('approve', { token: world.until(({ state }) => state.gate !== undefined).state.gate!.token });
      world.tick();
    };
    approve();
    world.until(({ state }) => state.gate !== undefined);
    world.alarms = { queue: 'ALARM' };
    approve();
    world.configName = 'config-2';
    world.tick();
    world.alarms = {};
    world.until(({ state }) => state.gate !== undefined);
    expect(world.said('GateWaiting')).toHaveLength(3);
    expect(world.state.gate!.id).toBe('ok');
    expect(world.state.share).toBe(80);
  });

  it('before the newcomer had traffic only changes what is expected', () => {
    const world = new World(configOf({ gates: [{ id: 'go', point: 'start', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] })).to('gate');
    world.configName = 'config-2';
    world.run(60);
    expect(world.said('Resumed')).toEqual(['the update to config-2 is done; nothing had been judged yet']);
    expect(world.state).toMatchObject({ phase: 'gate', unproven: false, expected: { configName: 'config-2' } });
    expect(world.said('GateWaiting')).toHaveLength(1);
  });

  it('after an approval and before the newcomer had traffic asks for it anew', () => {
    const world = new World(configOf({ gates: [{ id: 'go', point: 'start', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] })).to('gate');
    world.say('approve', { token: world.state.gate!.token });
    world.alarms = { queue: 'ALARM' };
    world.to('shift');
    world.configName = 'config-2';
    world.tick();
    expect(world.state.phase).toBe('gate');
    expect(world.said('GateWaiting')).toHaveLength(2);
  });

  it('in the fallback window begins proof and window anew', () => {
    const world = new World(configOf()).to('window').run(86400 - 600);
    expect(world.state).toMatchObject({ unproven: false, safeShare: 100 });
    world.say('skip');
    world.alarms = { queue: 'ALARM' };
    world.tick();
    world.alarms = {};
    deploy(world);
    world.tick();
    const since = world.state.windowSince!;
    expect(world.now - since).toBeLessThan(120);
    expect(world.said('Resumed')).toEqual(['the update to config-2 is done; neuron is judged from the beginning, for its containers are new; the fallback window begins anew']);
    expect(world.state).toMatchObject({ phase: 'window', unproven: true, safeShare: 0, stepSince: since });
    world.run(900);
    expect(world.state).toMatchObject({ phase: 'window', unproven: false, safeShare: 100 });
    world.to('ended');
    expect(world.now - since).toBeGreaterThanOrEqual(86400);
  });

  it('at the gate before the release goes back to the window', () => {
    const world = new World(configOf({ gates: [{ id: 'ok', point: 'release', kind: 'approval', timeoutSeconds: 864000, onTimeout: 'hold' }] })).until(({ state }) => state.gate !== undefined);
    world.configName = 'config-2';
    world.tick();
    expect(world.state).toMatchObject({ phase: 'window', windowSince: world.now, unproven: true });
    expect(world.state.gate).toBeUndefined();
  });

  it('ends the promotion that a person wanted of the old containers', () => {
    const world = at50();
    world.alarms = { queue: 'ALARM' };
    world.say('promote');
    world.tick();
    expect(world.state).toMatchObject({ step: 4, unprovenPromotion: { by: 'person' } });
    world.configName = 'config-2';
    world.tick();
    expect(world.said('Resumed')).toEqual(['the update to config-2 is done; neuron is judged from the beginning, for its containers are new; "promote" was for the old ones and has to be given again']);
    expect(world.state).toMatchObject({ step: 2, share: 50 });
    expect(world.state.unprovenPromotion).toBeUndefined();
    world.alarms = {};
    const since = world.now;
    world.until(({ state }) => state.share > 50);
    expect([world.state.share, world.now - since > 600]).toEqual([80, true]);
  });

  it('ends such a promotion before the newcomer had traffic too', () => {
    const world = new World(configOf({ gates: [{ id: 'ok', point: 'full', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }, { id: 'go', point: 'start', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] })).to('gate');
    world.say('promote');
    world.tick();
    expect(world.state).toMatchObject({ step: 4, gate: { id: 'ok' } });
    world.configName = 'config-2';
    world.tick();
    expect(world.said('Resumed')).toEqual(['the update to config-2 is done; nothing had been judged yet; "promote" was for the old ones and has to be given again']);
    expect(world.state).toMatchObject({ step: 0, share: 0, gate: { id: 'go' } });
  });

  it('leaves the promotion of the policy', () => {
    const world = at50();
    world.state = { ...world.state, unprovenPromotion: { by: 'policy', who: 'the policy onInconclusive' } };
    world.configName = 'config-2';
    world.tick();
    expect(world.state.unprovenPromotion?.by).toBe('policy');
  });
});

describe('an update of somebody else', () => {
  it('with the same configuration only keeps from advancing', () => {
    const world = new World(configOf()).to('judge');
    world.foreignStatus = 'SystemUpdating';
    world.run(1800);
    expect([world.state.phase, world.state.share, world.state.paused]).toEqual(['judge', 5, undefined]);
    expect(world.said('Holding')).toEqual(['the endpoint is SystemUpdating, and not by this migration; errors are judged meanwhile']);
    world.foreignStatus = undefined;
    world.until(({ state }) => state.share === 25, 120);
  });

  it('that still has a deployment pending keeps from advancing too', () => {
    const world = new World(configOf()).to('judge');
    world.pendingDeployment = true;
    world.run(1800);
    expect(world.said('Holding')).toEqual(['a deployment of the endpoint is pending']);
  });
});

describe('weights that somebody changed', () => {
  it('pause; nothing is written; errors are judged', () => {
    const world = at50();
    const actions = world.actions.length;
    world.setShare(30);
    world.run(3600);
    expect(world.said('DriftDetected')).toEqual(['somebody set neuron to 30 % of the traffic; expected was 50 %']);
    expect(world.events.find(({ name }) => name === 'Paused')).toMatchObject({ page: true, message: 'paused: somebody set neuron to 30 % of the traffic; expected was 50 %', detail: { by: 'drift', commands: ['resume', 'abort'] } });
    expect(world.actions.length).toBe(actions);
    expect(world.state.verdict!.evidence[0].newcomer.total).toBeGreaterThan(20000);
    world.errorRate.neuron = 0.3;
    world.to('rollback', 600);
  });

  it('are taken over by who resumes, at the nearest lower step', () => {
    const world = at50();
    world.setShare(30);
    world.run(60);
    world.say('resume');
    world.tick();
    expect(world.said('Resumed')).toEqual(['resumed by ana, from the 30 % that are there']);
    world.to('judge', 120);
    expect(world.state).toMatchObject({ step: 1, share: 25, safeShare: 25 });
    expect(world.share).toBeCloseTo(25, 4);
    expect(world.to('ended').last.outcome).toBe('promoted');
  });

  it('cannot be taken over while the endpoint is in an update', () => {
    const world = at50();
    world.setShare(30);
    world.run(60);
    world.foreignStatus = 'Updating';
    world.say('resume');
    world.tick();
    expect(world.said('CommandRefused')).toEqual(['command "resume" of ana is refused: the endpoint is Updating: its weights are not settled']);
  });

  it('are adopted by policy', () => {
    const world = at50({ policies: { onDrift: 'adopt' } });
    world.setShare(85);
    world.tick();
    expect(world.names()).not.toContain('Paused');
    world.to('judge', 600);
    expect(world.state).toMatchObject({ step: 3, share: 80, unproven: true, safeShare: 25 });
  });

  it('are not adopted when they take the newcomer out', () => {
    const world = at50({ policies: { onDrift: 'adopt' } });
    world.setShare(0);
    world.run(600);
    expect([world.state.paused?.by, world.share]).toEqual(['drift', 0]);
  });

  it('are restored by policy, but not for ever', () => {
    const world = at50({ policies: { onDrift: 'restore' } });
    for (let i = 0; i < 3; i++) {
      world.setShare(30);
      world.tick();
      expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 50 }]);
      world.pass(70);
      world.tick();
      expect(world.share).toBe(50);
    }
    world.setShare(30);
    world.tick();
    expect([world.last.actions, world.state.paused?.by]).toEqual([[], 'drift']);
  });

  it('roll back by policy', () => {
    const world = at50({ policies: { onDrift: 'abort' } });
    world.setShare(30);
    world.tick();
    expect(world.said('RollbackStarted')).toEqual(['rolling back: somebody set neuron to 30 % of the traffic; expected was 50 %']);
  });

  it('are the same when they are scaled, or rounded to 32 bits', () => {
    const world = at50();
    [world.gpu.weight, world.neuron.weight] = [3, 3.0001];
    world.tick();
    expect(world.names()).not.toContain('DriftDetected');
  });

  it('to 100 % are no promotion', () => {
    const world = at50();
    world.setShare(100);
    world.run(60);
    world.say('resume');
    world.tick();
    expect(world.state.step).toBe(3);
    world.to('judge', 600);
    expect(world.state).toMatchObject({ step: 3, share: 80, phase: 'judge' });
    expect(world.names()).not.toContain('Promoted');
  });
});

describe('variants', () => {
  it('that are gone pause, for nothing can be compared', () => {
    const world = at50();
    const [neuron] = world.variants.splice(1, 1);
    world.run(60);
    expect(world.said('Paused')).toEqual(['paused: the endpoint has no variant neuron any more']);
    world.variants.push(neuron);
    world.run(60);
    expect(world.state.paused?.by).toBe('drift');
  });
});

describe('a third variant', () => {
  it('that has a weight is said once', () => {
    const world = at50();
    world.variants.push({ name: 'other', weight: 0, wanted: 0, count: 1, wantedCount: 1 });
    world.run(120);
    expect(world.names()).not.toContain('DriftDetected');
    world.variants[2].weight = world.variants[2].wanted = 1;
    world.run(300);
    expect(world.said('DriftDetected')).toEqual(['other has a weight too; shares are of the traffic of gpu and neuron alone']);
    expect(world.events.find(({ name }) => name === 'DriftDetected')).toMatchObject({ page: false, detail: { what: 'variants', others: ['other'] } });
    expect(world.state.paused).toBeUndefined();
  });
});

describe('scaling that a deploy changed', () => {
  const [pinned, free] = [true, false].map((scaleInSuspended) => ({ scaleInSuspended, scaleOutSuspended: false }));

  it('is what is given back; what the run needs stays pinned on top; said once', () => {
    const world = at50();
    world.gpu.scaling = { min: 2, max: 16, ...pinned };
    world.run(120);
    expect(world.gpu.scaling).toEqual({ min: 3, max: 16, ...pinned });
    expect(world.said('DriftDetected')).toEqual(['somebody set the scaling of gpu to 2 to 16 instances (it was 1 to 8 instances): that is what it is given back as; what the migration needs of it stays pinned until then']);
    expect(world.events.find(({ name }) => name === 'DriftDetected')!.detail).toMatchObject({ what: 'scaling', variant: 'gpu', expected: { min: 1, max: 8 }, got: { min: 2, max: 16 } });
    world.neuron.scaling = { min: 1, max: 12, ...free, scaleOutSuspended: true };
    world.run(60);
    expect(world.neuron.scaling).toEqual({ min: 2, max: 12, scaleInSuspended: true, scaleOutSuspended: true });
    expect(world.said('DriftDetected').pop()).toMatch(/^somebody set the scaling of neuron to 1 to 12 instances without scaling out \(it was 1 to 8 instances\)/);
    world.say('abort');
    world.to('ended');
    expect([world.gpu.scaling, world.neuron.scaling]).toEqual([{ min: 2, max: 16, ...free }, { min: 1, max: 12, ...free, scaleOutSuspended: true }]);
    expect(world.said('DriftDetected')).toHaveLength(2);
  });

  it('in its least number alone is seen too, and not mistaken for what was pinned for another step', () => {
    const world = at50();
    world.gpu.scaling = { min: 2, max: 8, ...pinned };
    world.neuron.scaling = { min: 3, max: 8, ...pinned };
    world.run(120);
    expect(world.state.pinned).toEqual({ gpu: { min: 2, max: 8, ...free }, neuron: { min: 1, max: 8, ...free } });
    expect(world.said('DriftDetected')).toHaveLength(1);
  });

  it('while it is given back stays as it is', () => {
    const world = at50();
    world.say('abort');
    world.to('release');
    world.gpu.scaling = { min: 2, max: 16, ...pinned };
    world.to('ended');
    expect(world.gpu.scaling).toEqual({ min: 2, max: 16, ...free });
  });

  it('and lost what was pinned is pinned again, with nothing said', () => {
    const world = at50();
    world.gpu.scaling = { min: 1, max: 8, ...free };
    world.run(120);
    expect([world.gpu.scaling, world.state.pinned!.gpu, world.said('DriftDetected')]).toEqual([{ min: 3, max: 8, ...pinned }, { min: 1, max: 8, ...free }, []]);
  });
});

describe('instances of the way back', () => {
  it('that somebody takes are noticed, and given back before anything advances', () => {
    const world = at50();
    world.gpu.count = world.gpu.wantedCount = 1;
    world.run(60);
    expect(world.said('DriftDetected')).toEqual(['gpu went from 3 to 1 instances and has to keep 3 for the way back; nothing advances before they are there']);
    expect(world.did('setCapacity').pop()).toEqual({ kind: 'setCapacity', variant: 'gpu', count: 3 });
    world.until(({ state }) => state.share === 80);
    expect(world.gpu.count).toBe(3);
  });

  it('that cannot be had keep it where it is', () => {
    const world = at50();
    world.gpu.count = world.gpu.wantedCount = 1;
    world.mostInstances = 1;
    world.run(3600);
    expect([world.state.phase, world.state.share]).toEqual(['judge', 50]);
    expect(world.state.holding).toBe('instances');
    expect(world.said('Holding').filter((message) => message.startsWith('gpu'))).toEqual(['gpu has 1 of 3 instances']);
    expect(world.did('setCapacity').filter((action) => 'variant' in action && action.variant === 'gpu')).toHaveLength(2);
  });

  it('that come or go let the latency settle again', () => {
    const world = at50();
    world.gpu.count = world.gpu.wantedCount = 4;
    world.tick();
    expect(world.state).toMatchObject({ changedAt: world.now, expected: { fromCount: 4 } });
    expect(world.names()).not.toContain('DriftDetected');
  });
});
