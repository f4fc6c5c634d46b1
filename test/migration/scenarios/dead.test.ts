import { Duration } from 'aws-cdk-lib';
import { since, World } from './world';
import { ShiftPlan, type TrafficMigrationProps } from '../../../src/migration';

jest.setTimeout(300_000);
let world: World;
afterEach(async () => world.stop());

const SHORT: Partial<TrafficMigrationProps> = { fallbackWindow: Duration.minutes(30) };
const QUICK: Partial<TrafficMigrationProps> = { ...SHORT, plan: ShiftPlan.canary(25) };
const die = () => { throw new Error('the function is gone'); };

describe('7: what shows late', () => {
  test('a leak of one percent a minute is rolled back', async () => {
    world = await World.start({ migration: SHORT, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => Math.min(1, Math.max(0, minute - 30) / 100)) } } } });
    const run = await world.ended(world.run());
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
    expect(run.result.error).toMatch(/^Migration\.(RolledBack|Superseded)$/);
    expect(world.events('RollbackStarted')[0].minute).toBeLessThan(45);
    expect(world.served('inf2').errors).toBeLessThan(400);
  });

  test('errors after the promotion: the guard rolls back inside the window', async () => {
    world = await World.start({ migration: { ...QUICK, fallbackWindow: Duration.hours(1) }, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 60 ? 0.02 : 0) } } } });
    const run = world.run();
    await world.until(() => world.said('Promoted'), 60);
    await world.ended(run);
    expect(world.events('RollbackStarted')[0].minute - 60).toBeLessThanOrEqual(6);
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack' });
    expect(world.shares).toEqual([25, 100, 0]);
    expect(world.watchdog.executions.map(({ input }) => (input as any).mode)).toEqual(['recover']);
  });

  test('errors after the promotion, and the controller is dead: the watchdog falls back', async () => {
    world = await World.start({ migration: { ...QUICK, fallbackWindow: Duration.hours(1) }, traffic: { requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute) => minute >= 60 ? 0.2 : 0) } } } });
    const run = world.run();
    await world.until(() => world.said('Promoted'), 60);
    await world.until(() => world.minute > 58, 60);
    world.beforeTick = die;
    await world.until(() => world.share === 0, 20);
    // Two bad minutes, their publication, and the weights.
    expect(world.minute - 60).toBeLessThanOrEqual(5);
    await world.ended(run);
    expect(world.names).toEqual(expect.arrayContaining(['FallbackTriggered', 'FallbackDone']));
    expect(world.weights).toEqual({ gpu: 1, inf2: 0 });
    expect(world.counts.gpu).toBe(2);
    expect(world.killSwitch).toBe('off');
    expect(world.lock).toMatchObject({ fallback: { BOOL: true }, epoch: { N: '2' } });
  });
});

describe('12: the controller dies', () => {
  const at10 = async (): Promise<ReturnType<World['run']>> => {
    world = await World.start({ migration: SHORT });
    const run = world.run();
    await world.until(() => world.share === 10, 20);
    await world.minutes(3);
    return run;
  };

  test('stopped by hand in an unproven step: back to the proven share within 2 minutes', async () => {
    const run = await at10();
    run.abort('Stopped', 'by hand');
    const stopped = world.minute;
    await world.until(() => world.share === 5, 5);
    expect(world.minute - stopped).toBeLessThanOrEqual(2);
    await world.ended(run);
    expect(world.shares).toEqual([5, 10, 5]);
    expect(world.names.slice(-1)).toEqual(['ControllerRecovered']);
    // Nothing of it goes on: its step was stopped with it.
    expect(world.step.executions.every(({ status }) => status !== 'RUNNING')).toBe(true);
  });

  test('stopped by hand while the step is proven: frozen, and people are told', async () => {
    world = await World.start({ migration: QUICK });
    const run = world.run();
    await world.until(() => world.said('Promoted') && world.lock.unproven.BOOL === false, 90);
    run.abort();
    await world.ended(run);
    expect(world.shares).toEqual([25, 100]);
    expect(world.events('ControllerRecovered')[0].detail.message).toBe('the controller is gone and its step was proven, nothing was moved and nobody watches the migration');
    // The alarm still does.
    world.traffic({ requestsPerMinute: 1000, variants: { inf2: { errorRate: 0.3 } } });
    await world.until(() => world.share === 0, 6);
  });

  test('its function fails for ten minutes: the run fails, and its step goes back', async () => {
    const run = await at10();
    world.beforeTick = die;
    await world.until(() => run.status === 'FAILED', 20);
    const failed = world.minute;
    await world.until(() => world.share === 5, 5);
    expect(world.minute - failed).toBeLessThanOrEqual(2);
  });

  test('its function fails for five minutes: nothing is lost, each period is judged once', async () => {
    const run = await at10();
    world.beforeTick = die;
    await world.minutes(5);
    world.beforeTick = () => undefined;
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
    const judged = world.judged(run);
    expect(judged).toEqual(judged.map((_, index) => judged[0] + 60 * index));
  });

  test('out of time: the same as stopped', async () => {
    world = await World.start({ migration: SHORT, runTimeoutSeconds: 16 * 60 });
    const run = world.run();
    await world.until(() => run.status !== 'RUNNING', 30);
    expect(run.status).toBe('TIMED_OUT');
    await world.until(() => world.share === 5, 2);
    await world.ended(run);
    expect(world.names.slice(-1)).toEqual(['ControllerRecovered']);
  });

  test('a step machine whose history is full', async () => {
    const run = await at10();
    world.step.executions.at(-1)!.abort('States.Runtime', 'the history has 25,000 events');
    await world.until(() => run.status === 'FAILED', 1);
    await world.until(() => world.share === 5, 2);
  });

  test('a run that died is resumed: the step is made again, the evidence kept, what was pinned given back as it was before the first run', async () => {
    world = await World.start({ migration: SHORT, gpu: { scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } } });
    const before = world.scaling;
    const run = world.run();
    await world.until(() => world.share === 25, 60);
    await world.minutes(3);
    run.abort();
    await world.ended(run);
    expect(world.share).toBe(10);
    const again = await world.ended(world.run({ resume: true }));
    expect(again.result.output).toMatchObject({ outcome: 'promoted' });
    expect(world.shares).toEqual([5, 10, 25, 10, 25, 50, 80, 100]);
    expect(world.scaling).toEqual(before);
    expect(world.lock.epoch.N).toBe('3');
  });

  test('a run that died is not resumed: a new one only gives scaling back', async () => {
    world = await World.start({ migration: SHORT, gpu: { scaling: { minInstances: 1, maxInstances: 8, invocationsPerInstance: 900 } } });
    const before = world.scaling;
    const run = world.run();
    await world.until(() => world.share === 10, 60);
    run.abort();
    await world.ended(run);
    expect(world.scaling).not.toEqual(before);
    const again = await world.ended(world.run({ release: true }));
    expect(again.result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'released' } });
    expect(world.scaling).toEqual(before);
    expect(world.lock.owner).toBeUndefined();
  });

  test('a fresh start while the newcomer has traffic is refused, and says what to do', async () => {
    const run = await at10();
    run.abort();
    await world.ended(run);
    const again = await world.ended(world.run());
    expect(again.result).toMatchObject({ error: 'Migration.Refused', cause: 'inf2 has 5 % of the traffic already: set its weight to 0, or start with "resume" to go on with an interrupted run' });
  });
});

describe('12: the judge fails', () => {
  const failing = { replace: 'const result = judge(state.judge, seen, judgeSettings(config, state)', by: 'if (seen.newcomer.errors > 5) throw new Error("evidence overflow");\n      const result = judge(state.judge, seen, judgeSettings(config, state)' };
  const bad = (from: number, to: number) => ({ requestsPerMinute: 1000, variants: { inf2: { errorRate: since((minute: number) => minute >= from && minute < to ? 0.025 : 0) } } });

  test('at one period: held, and on', async () => {
    world = await World.start({ migration: { ...SHORT, plan: ShiftPlan.canary(80) }, traffic: bad(10, 10.9), mutations: [failing] });
    const run = world.run();
    await world.until(() => world.said('Holding'), 20);
    expect(world.events('Holding')[0].detail.message).toMatch(/^the judge failed at a period \(evidence overflow\); nothing advances, and after 5 in a row it is rolled back$/);
    await world.ended(run);
    expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  });

  test('at five in a row: rolled back', async () => {
    world = await World.start({ migration: { ...SHORT, plan: ShiftPlan.canary(80) }, traffic: bad(10, 100), mutations: [failing] });
    const run = await world.ended(world.run());
    expect(run.result).toMatchObject({ error: 'Migration.RolledBack', cause: 'the judge failed at 5 periods in a row, so nothing is known about inf2' });
    expect(world.share).toBe(0);
  });

  test('it does not at 8,000 errors a minute', async () => {
    world = await World.start({ migration: { ...SHORT, plan: ShiftPlan.canary(80) }, traffic: { requestsPerMinute: 100_000, variants: { inf2: { errorRate: since((minute) => minute >= 10 ? 0.1 : 0) } } }, gpu: { scaling: { minInstances: 2, maxInstances: 8 } }, inf2: { scaling: { maxInstances: 6 } } });
    const run = await world.ended(world.run());
    expect(world.events('Holding').filter(({ detail }) => detail.reason === 'judge')).toEqual([]);
    expect(run.result.error).toMatch(/^Migration\.(RolledBack|Superseded)$/);
    expect(world.share).toBe(0);
  });
});

test('12: SageMaker throttles: ticks are repeated, and the run goes on', async () => {
  world = await World.start({ migration: QUICK });
  const run = world.run();
  await world.until(() => world.share === 25, 20);
  const throttled = { type: 'ThrottlingException', message: 'Rate exceeded', status: 400 };
  world.standIn.control.faults.push({ operation: 'DescribeEndpoint', error: throttled, times: 6 });
  await world.until(() => world.said('StepPassed'), 60);
  world.standIn.control.faults.push({ operation: 'UpdateEndpointWeightsAndCapacities', error: throttled, times: 3 });
  await world.ended(run);
  expect(run.result.output).toMatchObject({ outcome: 'promoted' });
  expect(world.shares).toEqual([25, 100]);
});

describe('an answer of the controller that is lost', () => {
  /** The first one that it is true for. */
  const loseFirst = (which: (event: any, result: any) => boolean) => {
    let lost = false;
    world.loses = (event, result) => {
      if (lost || !which(event, result)) return false;
      lost = true;
      return true;
    };
    return () => lost;
  };

  test('of the tick that pinned scaling: both variants scale afterwards as they did before', async () => {
    const DAY = 24 * 60;
    // Little traffic in the last hour, so that the run's first tick decides nothing yet.
    world = await World.start({ migration: QUICK, before: DAY, traffic: { requestsPerMinute: (minute) => minute < DAY - 90 || minute > DAY ? 1000 : 10 } });
    const before = world.scaling;
    const lost = loseFirst((event, result) => event.state?.phase === 'preflight' && event.state.pinned === undefined && result.state.pinned !== undefined);
    const run = await world.ended(world.run());
    expect([lost(), run.result.output]).toEqual([true, expect.objectContaining({ outcome: 'promoted' })]);
    expect(world.scaling).toEqual(before);
  });

  test('of the last tick: the run is what it is', async () => {
    world = await World.start({ migration: QUICK });
    const lost = loseFirst((_, result) => result.done === true && result.outcome === 'promoted');
    const run = await world.ended(world.run());
    expect([lost(), run.result]).toMatchObject([true, { status: 'SUCCEEDED', output: { outcome: 'promoted' } }]);
    expect(world.names.slice(-1)).toEqual(['MigrationEnded']);
  });
});
