import { configOf, START, World } from './world';
import { needs } from '../../../../src/migration/core/controller';

const refused = (world: World) => {
  world.tick();
  expect(world.last.outcome).toBe('refused');
  expect(world.names()).toEqual(['MigrationRefused', 'MigrationEnded']);
  expect(world.did('releaseLock')).toHaveLength(1);
  expect(world.actions).toHaveLength(1);
  return world.events[0].detail.reasons;
};

describe('preflight refuses', () => {
  it('a missing variant', () => {
    const world = new World(configOf());
    world.variants.pop();
    expect(refused(world)).toEqual(['the endpoint has no variant neuron']);
  });

  it('everything at once', () => {
    const world = new World(configOf());
    world.setShare(10);
    world.gpu.count = 0;
    world.alarms = { watchdog: 'ALARM', queue: 'ALARM' };
    world.killSwitch = 'gpu';
    world.pendingDeployment = true;
    expect(refused(world)).toEqual([
      'a deployment of the endpoint is pending',
      'neuron has 10 % of the traffic already: set its weight to 0, or start with "resume" to go on with an interrupted run',
      'gpu has no instance, so there is no way back',
      'watchdog, queue are in ALARM: start with "force" to disregard them until they were OK once',
      'the kill switch sends everything to gpu: set it to "off"',
    ]);
    expect(world.events[0]).toMatchObject({ page: true, message: expect.stringMatching(/^not started: a deployment of the endpoint is pending; neuron has/) });
  });

  it('an alarm that there is not', () => {
    const world = new World(configOf());
    world.alarms = { queue: 'MISSING' };
    expect(refused(world)).toEqual(['CloudWatch knows no alarm queue in this account and region: make it, or take it off the gates']);
  });

  it('alarms that cannot be read for as long as a change may take, and starts when they can before', () => {
    const world = new World(configOf());
    world.alarms = { queue: 'UNREAD' };
    world.tick();
    expect(world.said('Holding')).toEqual(['the states of the alarms cannot be read; the migration starts when they can']);
    world.run(world.config.policies.changeTimeoutSeconds + 60);
    expect(world.said('MigrationRefused')).toEqual([expect.stringMatching(/^not started: the states of the alarms could not be read for \d+ min/)]);
    const later = new World(configOf());
    later.alarms = { queue: 'UNREAD' };
    later.run(300);
    later.alarms = {};
    later.until(({ state }) => state.phase !== 'preflight', 5);
    expect(later.names()).toContain('MigrationStarted');
  });

  it('a newcomer that may not have the instances for everything', () => {
    const world = new World(configOf());
    world.neuron.scaling = { min: 1, max: 2, scaleInSuspended: false, scaleOutSuspended: false };
    expect(refused(world)).toEqual(['neuron needs 3 instances for 1,200 requests a minute and may have 2: raise its maximum']);
  });

  it('a variant that may not have the instances for the way back', () => {
    const world = new World(configOf());
    world.baseline = { peakRequestsPerMinute: 10000 };
    world.neuron.scaling = { ...world.neuron.scaling!, max: 40 };
    expect(refused(world)).toEqual(['gpu needs 20 instances for 10,000 requests a minute and may have 8: raise its maximum']);
    const fewer = new World(configOf({ fallback: { windowSeconds: 86400, floor: 9 } }));
    expect(refused(fewer)).toEqual(['gpu has to keep 9 instances for the way back and may have 8: raise its maximum']);
    const unscaled = new World(configOf({ from: { scaled: false, maxInstances: undefined } }));
    unscaled.baseline = { peakRequestsPerMinute: 3200 };
    unscaled.tick();
    expect([unscaled.names()[0], unscaled.state.floor]).toEqual(['MigrationStarted', 7]);
  });

  it('by the maximum there is now, not by the one that a dead run had found', () => {
    const pinned = { neuron: { min: 1, max: 2, scaleInSuspended: false, scaleOutSuspended: false } };
    const state = { ...new World(configOf()).state, pinned, phase: 'ended' as const, outcome: 'rolledBack' as const };
    const world = new World(configOf(), {}, { epoch: 3, fallback: false, migration: 'toNeuron', state });
    world.neuron.scaling = { min: 1, max: 16, scaleInSuspended: true, scaleOutSuspended: false };
    world.tick();
    expect(world.names().slice(0, 2)).toEqual(['DriftDetected', 'MigrationStarted']);
    expect(world.state.pinned).toMatchObject({ neuron: { min: 1, max: 16, scaleInSuspended: false, scaleOutSuspended: false } });
    const still = new World(configOf(), {}, { epoch: 3, fallback: false, migration: 'toNeuron', state });
    still.neuron.scaling = { min: 2, max: 2, scaleInSuspended: true, scaleOutSuspended: false };
    expect(refused(still)).toEqual(['neuron needs 3 instances for 1,200 requests a minute and may have 2: raise its maximum']);
  });

  it('to judge a latency that is not measured, but not when it is not to be judged', () => {
    const world = new World(configOf());
    world.baseline = { p99: undefined };
    expect(refused(world)).toEqual(['CloudWatch gives no percentiles of the latency: leave limits.latencyIncrease and limits.latencyIncreaseP99 out to judge errors alone']);
    const errorsAlone = new World(configOf({ limits: { latencyIncreaseP95: undefined, latencyIncreaseP99: undefined } }));
    errorsAlone.baseline = { p99: undefined };
    errorsAlone.tick();
    expect(errorsAlone.names()[0]).toBe('MigrationStarted');
    expect(errorsAlone.state.thresholds).toBeUndefined();
  });

  it('a plan that cannot be proven in time; warns when told to, or forced', () => {
    const plan = { maxSeconds: 7200 };
    const slow = (world: World) => {
      world.requestsPerMinute = 10;
      return world;
    };
    const world = slow(new World(configOf({ plan })));
    while (world.last?.outcome === undefined) world.tick();
    expect(world.said('MigrationRefused')[0]).toMatch(/^not started: at 10 requests a minute the plan cannot prove neuron within 2 h: it needs about .*; .*allowance/);
    for (const warned of [new World(configOf({ plan: { ...plan, unprovable: 'warn' } })), new World(configOf({ plan }), { force: true })]) {
      slow(warned).to('shift');
      expect(warned.names()).toEqual(['PlanWarning', 'MigrationStarted', 'StepStarted']);
    }
  });

  it('a person who gives up before it begins', () => {
    const world = new World(configOf());
    world.foreignStatus = 'Updating';
    world.tick();
    world.say('abort', { reason: 'wrong day' });
    world.tick();
    expect(world.last.outcome).toBe('refused');
    expect(world.said('MigrationRefused')).toEqual(['not started: aborted by ana (wrong day)']);
  });
});

describe('preflight waits', () => {
  it('for an endpoint in an update, until the change would take too long', () => {
    const world = new World(configOf());
    world.foreignStatus = 'Updating';
    world.run(1790);
    expect(world.names()).toEqual(['Holding']);
    expect(world.said('Holding')).toEqual(['the endpoint is Updating; the migration starts when it is InService']);
    world.foreignStatus = undefined;
    world.tick();
    expect(world.names()).toContain('MigrationStarted');
    const stuck = new World(configOf());
    stuck.foreignStatus = 'SystemUpdating';
    stuck.run(1860);
    expect(stuck.said('MigrationRefused')).toEqual(['not started: the endpoint has been SystemUpdating for 30 min']);
  });

  it('looks further back until there are requests enough', () => {
    const world = new World(configOf({ plan: { unprovable: 'warn' } }));
    world.requestsPerMinute = 2;
    const asked: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      asked.push(needs(world.config, world.state, world.now).baseline?.seconds);
      expect(world.tick().wait).toBe(10);
    }
    expect(asked).toEqual([3600, 21600, 86400]);
    expect(world.state.baseline).toMatchObject({ requests: 2880 });
    expect(needs(world.config, world.state, world.now).baseline).toBeUndefined();
  });

  it('for traffic, not for ever', () => {
    const world = new World(configOf());
    world.requestsPerMinute = 0;
    world.run(7200);
    expect(world.state.baselineSeconds).toBe(604800);
    expect(world.said('Holding')).toEqual(['gpu had 0 requests in 7 d, and 1,000 are needed to know how it does; waiting for traffic until 4 h have passed']);
    world.run(7500);
    expect(world.last.outcome).toBe('refused');
    expect(world.said('MigrationRefused')).toEqual(['not started: gpu had 0 requests in 7 d, and 1,000 are needed to know how it does']);
  });

  it('for CloudWatch, not for ever', () => {
    const world = new World(configOf());
    world.measured = false;
    world.run(14460);
    expect(world.said('Holding')).toEqual(['CloudWatch gives no baseline; asked again at every tick']);
    expect(world.said('MigrationRefused')).toEqual(['not started: CloudWatch gave no baseline for 4 h']);
  });
});

describe('preflight starts', () => {
  it('with what was measured and what follows from it', () => {
    const world = new World(configOf());
    world.tick();
    expect(world.state).toMatchObject({
      started: START,
      floor: 3,
      startCounts: { from: 3, to: 1 },
      expected: { configName: 'config-1', fromCount: 3, toCount: 1 },
      thresholds: { from95: 40000, from99: 60000, to95: 50000, to99: 75000 },
      errorAllowance: 0.002,
      unproven: false,
      safeShare: 0,
      share: 0,
    });
    expect(world.events[0].message).toMatch(/^started: gpu to neuron in steps of 5, 25, 50, 80 and 100 %, about .* until 100 %; gpu had 0.1 % errors in 60,000 requests, accepted are 0.2 % or 2 times the errors of gpu$/);
    expect(world.events[0].detail).toMatchObject({ migration: 'toNeuron', endpoint: 'shop', run: 'run-1', floor: 3, baseline: { requests: 60000 } });
  });

  it('with a floor that carries the largest minute, and the allowance that was chosen', () => {
    const world = new World(configOf({ limits: { errorAllowance: 0.03 } }));
    world.gpu.count = world.gpu.wantedCount = 1;
    world.tick();
    expect(world.state).toMatchObject({ floor: 3, startCounts: { from: 1 }, errorAllowance: 0.03 });
  });

  it('by force although an alarm rings that has no data for a while: that is not OK', () => {
    const world = new World(configOf(), { force: true });
    world.alarms = { watchdog: 'ALARM' };
    world.to('judge');
    world.alarms = { watchdog: 'INSUFFICIENT_DATA' };
    world.run(60);
    world.alarms = { watchdog: 'ALARM' };
    world.run(120);
    expect([world.state.phase, world.state.ignoredAlarms]).toEqual(['judge', ['watchdog']]);
  });

  it('by force although alarms ring; they count when they were OK once', () => {
    const world = new World(configOf(), { force: true });
    world.alarms = { watchdog: 'ALARM' };
    world.to('judge').run(120);
    expect(world.state.phase).toBe('judge');
    world.alarms = { watchdog: 'OK' };
    world.run(60);
    world.alarms = { watchdog: 'ALARM' };
    world.to('rollback', 120);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: watchdog is in ALARM']);
  });
});

describe('a dry run', () => {
  it('judges the split there is, tells what it would do, and writes nothing', () => {
    const world = new World(configOf({ policies: { dryRun: true } }));
    world.to('ended', 720);
    expect(world.last.outcome).toBe('dryRun');
    expect(world.names()).toEqual(['MigrationStarted', 'DryRunReport', 'MigrationEnded']);
    expect(world.said('DryRunReport')[0]).toMatch(/^dry run: it would shift neuron to 5 % on 1 instance, 25 % on 1 instance, 50 % on 2 instances, 80 % on 3 instances, 100 % on 3 instances; gpu keeps 3 instances; the judge says: errors: no requests of the newcomer judged yet/);
    expect(world.actions.map(({ kind }) => kind)).toEqual(['releaseLock']);
  });

  it('ends when it is aborted', () => {
    const world = new World(configOf({ policies: { dryRun: true } }));
    world.run(120);
    world.say('abort');
    world.tick();
    expect(world.last.outcome).toBe('dryRun');
    expect(world.said('DryRunReport')).toEqual(['dry run: it would roll back: aborted by ana']);
    expect(world.actions.map(({ kind }) => kind)).toEqual(['releaseLock']);
  });
});
