import { configOf, START, World } from './world';
import { begin } from '../../../../src/migration/core/controller';
import type { Lock, MigrationState } from '../../../../src/migration/core/controller';
import { newJudge } from '../../../../src/migration/core/judge/judge';

const config = configOf();
const lockOf = (state: MigrationState): Lock => ({ epoch: 7, fallback: false, migration: 'toNeuron', state });
/** A run that died: its state, and the endpoint as it left it. */
const died = (until: (world: World) => boolean) => new World(config).until(until);
/** The next run on the endpoint of the one before. */
const next = (old: World, input = {}, lock = lockOf(old.state)) => {
  const world = new World(old.config, input, lock);
  [world.now, world.variants, world.configName] = [old.now, old.variants, old.configName];
  world.state = begin({ config: old.config, run: 'run-2', input, lock, epoch: 8, now: old.now });
  return world;
};

describe('a run begins', () => {
  it('with nothing', () => {
    expect(begin({ config, run: 'run-1', epoch: 3, now: START })).toEqual({
      run: 'run-1',
      epoch: 3,
      phase: 'preflight',
      phaseSince: START,
      started: START,
      step: 0,
      share: 0,
      safeShare: 0,
      unproven: false,
      judge: newJudge(),
      judgedInStep: 0,
      judgeFailures: 0,
      passedGates: [],
      ticks: 0,
    });
  });

  it('with what an interrupted run had pinned, so that the originals are never lost', () => {
    const old = died(({ state }) => state.phase === 'judge');
    old.setShare(0);
    const world = next(old);
    world.until(({ state }) => state.phase === 'judge', 300);
    expect(world.state.pinned!.gpu).toEqual({ min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false });
    world.to('ended');
    expect(world.gpu.scaling).toEqual({ min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false });
  });

  it('and does not obey the last command again', () => {
    const old = died(({ state }) => state.phase === 'judge');
    expect(begin({ config, run: 'run-2', epoch: 8, now: START, lock: lockOf({ ...old.state, lastCommand: 'abort-1' }) }).lastCommand).toBe('abort-1');
  });
});

describe('a run is resumed', () => {
  it('at the step that was not proven', () => {
    const world = next(died(({ state }) => state.share === 50 && state.phase === 'judge').run(300), { resume: true });
    world.tick();
    expect(world.said('MigrationStarted')[0]).toMatch(/^resumed: gpu to neuron/);
    expect(world.state).toMatchObject({ run: 'run-2', epoch: 8, step: 2, share: 50, safeShare: 25, unproven: true, startCounts: { from: 3, to: 1 }, floor: 3 });
    expect(world.to('ended').last.outcome).toBe('promoted');
    expect(world.gpu.scaling!.min).toBe(1);
  });

  it('from the safe share that the recovery went back to', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge');
    old.setShare(25);
    const world = next(old, { resume: true }).to('shift');
    expect(world.state).toMatchObject({ step: 2, share: 50, safeShare: 25 });
    expect(world.did('setWeights')).toEqual([{ kind: 'setWeights', share: 50 }]);
    expect(world.state.judge.errors.newcomer[1]).toBeGreaterThan(2000);
  });

  it('from the beginning when everything is at the old variant', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge');
    old.setShare(0);
    const world = next(old, { resume: true }).to('judge');
    expect(world.state).toMatchObject({ step: 0, share: 5 });
  });

  it('in its fallback window, which begins anew: nobody had looked', () => {
    const old = died(({ state }) => state.phase === 'window').run(7200);
    old.now += 3 * 86400;
    const world = next(old, { resume: true });
    const since = world.now;
    world.tick();
    expect(world.state).toMatchObject({ phase: 'window', share: 100, windowSince: since, stepSince: since, unproven: true, safeShare: 100, judgedInStep: 0 });
    world.pass(10);
    world.to('ended');
    expect(world.now - since).toBeGreaterThanOrEqual(86400);
    expect(world.last.outcome).toBe('promoted');
  });

  it('with other containers than before: they are judged from the beginning', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    old.configName = 'config-2';
    const world = next(old, { resume: true });
    world.tick();
    expect(world.names()).toEqual(['MigrationStarted', 'DriftDetected', 'Resumed']);
    expect(world.state).toMatchObject({ step: 2, share: 50, safeShare: 0, unproven: true, judge: newJudge(), expected: { configName: 'config-2' } });
    expect(world.state.verdict).toBeUndefined();
  });

  it('unproven where it was not proven, also while a gate is waited for', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    const gates = [{ id: 'ok', point: 'step' as const, kind: 'approval' as const, timeoutSeconds: 86400, onTimeout: 'hold' as const }];
    const world = new World(configOf({ gates }), { resume: true }, lockOf(old.state));
    [world.now, world.variants] = [old.now, old.variants];
    world.tick();
    expect(world.state).toMatchObject({ phase: 'gate', gate: { id: 'ok' }, share: 50, safeShare: 25, unproven: true });
  });

  it.each(['a dry run', 'a release'])('after %s in between too', (between) => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    const other = next(old, between === 'a release' ? { release: true } : { resume: true });
    if (between === 'a release') {
      other.to('ended', 120);
    } else {
      const dry = new World(configOf({ policies: { dryRun: true } }), { resume: true }, lockOf(old.state));
      [dry.now, dry.variants] = [old.now, old.variants];
      dry.to('ended', 900);
      expect([dry.last.outcome, dry.share]).toEqual(['dryRun', 50]);
      other.state = dry.state;
      other.now = dry.now;
    }
    expect(other.state.interrupted).toMatchObject({ run: 'run-1', step: 2, share: 50 });
    if (between === 'a release') other.gpu.scaling = { min: 2, max: 6, scaleInSuspended: false, scaleOutSuspended: false };
    const original = between === 'a release' ? other.gpu.scaling : { min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false };
    const world = next(other, { resume: true });
    world.tick();
    expect(world.state).toMatchObject({ step: 2, share: 50, safeShare: 25 });
    world.pass(10);
    expect(world.to('ended').last.outcome).toBe('promoted');
    expect(world.gpu.scaling).toEqual(original);
    expect(world.names()).not.toContain('DriftDetected');
  });

  it('never by a dry run that died: what was there before it is', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    const dry = begin({ config: configOf({ policies: { dryRun: true } }), run: 'run-2', input: { resume: true }, lock: lockOf(old.state), epoch: 8, now: old.now });
    expect(dry).toMatchObject({ phase: 'preflight', resumed: true, interrupted: { run: 'run-1' } });
    expect(begin({ config, run: 'run-3', input: { resume: true }, lock: lockOf({ ...dry, phase: 'judge', lastCommand: 'pause-9' }), epoch: 9, now: old.now }))
      .toMatchObject({ run: 'run-3', step: 2, safeShare: 25, lastCommand: 'pause-9' });
  });

  it('also from the middle of its rollback by a dry run, which rolls nothing back', () => {
    const old = died(({ state }) => state.phase === 'judge').run(60);
    old.say('abort');
    old.tick();
    const state = begin({ config: configOf({ policies: { dryRun: true } }), run: 'run-2', input: { resume: true }, lock: lockOf(old.state), epoch: 8, now: old.now });
    expect([state.phase, state.ending]).toEqual(['preflight', undefined]);
  });

  it('in its rollback, which stays one', () => {
    const old = died(({ state }) => state.phase === 'judge').run(60);
    old.say('abort');
    old.tick();
    old.setShare(5);
    const world = next(old, { resume: true });
    world.tick();
    expect(world.last.actions).toEqual([{ kind: 'setWeights', share: 0 }]);
    expect(world.to('ended').last.outcome).toBe('rolledBack');
  });

  it('after a refused start too, with or without "resume"', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    const fresh = next(old);
    fresh.tick();
    expect(fresh.said('MigrationRefused')[0]).toMatch(/^not started: neuron has 50 % of the traffic already/);
    const ringing = next(fresh, { resume: true });
    ringing.alarms = { watchdog: 'ALARM' };
    ringing.tick();
    expect(ringing.last.outcome).toBe('refused');
    const world = next(ringing, { resume: true });
    world.tick();
    expect(world.state).toMatchObject({ step: 2, share: 50, safeShare: 25 });
    expect(world.state.interrupted).toBeUndefined();
  });

  it('only where there is one of the same migration that did not end', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge');
    for (const lock of [undefined, { ...lockOf(old.state), migration: 'other' }, lockOf({ ...old.state, phase: 'ended', outcome: 'rolledBack' })]) {
      const state = begin({ config, run: 'run-2', input: { resume: true }, lock, epoch: 8, now: START });
      expect([state.resumed, state.share, state.phase]).toEqual([undefined, 0, 'preflight']);
    }
  });

  it('without the periods of the time in which nobody looked', () => {
    const old = died(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    old.now += 86400;
    const world = next(old, { resume: true });
    world.tick();
    expect(world.state.lastPeriod).toBe(Math.floor(world.now / 60) * 60 - 60);
  });
});

describe('scaling is released', () => {
  it('and nothing else', () => {
    const old = died(({ state }) => state.phase === 'judge');
    const world = next(old, { release: true });
    world.to('ended', 120);
    expect(world.last.outcome).toBe('released');
    expect(world.actions.map(({ kind }) => kind)).toEqual(['setScaling', 'setScaling', 'releaseLock']);
    expect([world.gpu.scaling!.min, world.share]).toEqual([1, 5.000000074505806].map((value) => expect.closeTo(value, 5)));
    expect(world.said('MigrationEnded')).toEqual(['scaling is as it was before the interrupted run']);
  });

  it('also where nothing is pinned', () => {
    const world = next(new World(config), { release: true }, { epoch: 7, fallback: false });
    world.tick();
    expect([world.last.outcome, world.actions.map(({ kind }) => kind)]).toEqual(['released', ['releaseLock']]);
  });
});
