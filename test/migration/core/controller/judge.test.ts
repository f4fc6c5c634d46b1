import { configOf, World } from './world';
import { advance, needs } from '../../../../src/migration/core/controller';
import * as judgeModule from '../../../../src/migration/core/judge/judge';

const judged = (world: World) => jest.mocked(judgeModule.judge).mock.calls.map(([, period, , mode]) => ({ ...period, mode, world }));

jest.mock('../../../../src/migration/core/judge/judge', () => {
  const actual = jest.requireActual('../../../../src/migration/core/judge/judge');
  return { ...actual, judge: jest.fn(actual.judge) };
});

beforeEach(() => jest.mocked(judgeModule.judge).mockClear());
afterEach(() => jest.mocked(judgeModule.judge).mockImplementation(jest.requireActual('../../../../src/migration/core/judge/judge').judge));

describe('periods', () => {
  it('are judged once, in order, from the one in which the newcomer had its first request', () => {
    const world = new World(configOf());
    world.until(({ state }) => state.share === 25 && state.phase === 'judge').run(300);
    const starts = judged(world).map(({ start }) => start);
    const first = world.events.find(({ name }) => name === 'StepStarted')!.at;
    expect(starts[0]).toBe(Math.floor(first / 60) * 60);
    expect(starts).toEqual(starts.map((_, index) => starts[0] + 60 * index));
  });

  it('that are given again are not judged again', () => {
    const world = new World(configOf()).to('judge').run(300);
    const seen = world.observe();
    const period = { start: world.state.lastPeriod!, seconds: 60, control: { requests: 1, errors: 0 }, newcomer: { requests: 1, errors: 1 }, latencySettled: true, certifies: true };
    jest.mocked(judgeModule.judge).mockClear();
    const decision = advance(world.config, world.state, { ...seen, periods: [{ ...period, start: period.start - 60 }, period] });
    expect(judgeModule.judge).not.toHaveBeenCalled();
    expect(decision.state.judge).toEqual(world.state.judge);
  });

  it('count for a promotion from half of the traffic on, and for latency two minutes after a change', () => {
    const world = new World(configOf());
    world.until(({ state }) => state.share === 80 && state.phase === 'judge').run(600);
    const [at50, at80] = [50, 80].map((share) => world.history.find((state) => state.share === share && state.stepSince !== undefined)!.stepSince!);
    for (const { start, certifies, mode } of judged(world)) {
      expect({ start, certifies, mode }).toEqual({ start, certifies: start >= at50, mode: 'compare' });
    }
    for (const changed of [at50, at80]) {
      const settled = judged(world).filter(({ start }) => start >= changed - 60 && start < changed + 180).map(({ start, latencySettled }) => [start >= changed + 120, latencySettled]);
      expect(settled.every(([expected, got]) => expected === got)).toBe(true);
      expect(settled.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('of a plan that never gives half of the traffic count at its last step', () => {
    const world = new World(configOf({ plan: { steps: [5, 20] } }));
    world.until(({ state }) => state.share === 20 && state.phase === 'judge').run(300);
    expect(judged(world).pop()).toMatchObject({ certifies: true });
  });

  it('at 100 % are judged without a control', () => {
    const world = new World(configOf()).to('window').run(300);
    expect(judged(world).pop()).toMatchObject({ mode: 'guard' });
  });

  it('are judged with what the baseline and the limits say', () => {
    new World(configOf({ limits: { latencyIncreaseP99: undefined } })).to('judge').run(180);
    expect(jest.mocked(judgeModule.judge).mock.calls[0][2]).toEqual({
      falseRollback: 0.05,
      falsePromotion: 0.05,
      errorRatio: 2,
      errorAllowance: 0.002,
      latencyAllowance95: 0.05,
      latencyAllowance99: 0.95,
      horizonPeriods: 2880,
      judgeLatency: true,
      baselineErrorRate: 0.001,
    });
  });

  it('are asked for only while somebody is judged', () => {
    const world = new World(configOf());
    expect(needs(world.config, world.state, world.now)).toEqual({ baseline: { seconds: 3600 }, scaling: true, killSwitch: true, alarms: ['watchdog', 'queue'] });
    world.to('judge');
    expect(needs(world.config, world.state, world.now)).toEqual({ periodsAfter: world.state.lastPeriod, scaling: true, killSwitch: false, alarms: ['watchdog', 'queue'] });
    world.say('abort');
    world.tick();
    expect(needs(world.config, world.state, world.now)).toEqual({ scaling: true, killSwitch: false, alarms: [] });
    const unscaled = configOf({ from: { scaled: false }, to: { scaled: false } });
    expect(needs(unscaled, world.state, world.now).scaling).toBe(false);
  });
});

describe('a judge that fails', () => {
  const failAfter = (count: number) => {
    let calls = 0;
    jest.mocked(judgeModule.judge).mockImplementation((state, ...rest) => {
      if (calls++ < count) throw new Error('NaN');
      return jest.requireActual('../../../../src/migration/core/judge/judge').judge(state, ...rest);
    });
  };

  it('holds, keeps its state, and goes on when it can', () => {
    const world = new World(configOf()).to('judge').run(200);
    const before = world.state.judge;
    failAfter(4);
    world.run(200);
    expect(world.state.judge).toEqual(before);
    expect(world.said('Holding')).toEqual(['the judge failed at a period (NaN); nothing advances, and after 5 in a row it is rolled back']);
    world.run(200);
    expect(world.state.judgeFailures).toBe(0);
    world.until(({ state }) => state.share === 25, 600);
  });

  it('is the one reason that is said, whatever else is missing', () => {
    const world = new World(configOf({ plan: { minRequestsPerStep: 1e6, unprovable: 'warn' } })).to('judge').run(700);
    const before = world.names().length;
    failAfter(3);
    world.run(150);
    expect(world.events.slice(before).map(({ message }) => message.slice(0, 30))).toEqual(['the judge failed at a period (']);
  });

  it('five times in a row rolls back', () => {
    const world = new World(configOf()).to('judge');
    failAfter(100);
    world.to('rollback', 600);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: the judge failed at 5 periods in a row, so nothing is known about neuron']);
  });
});

describe('a step is not left', () => {
  it('without the requests it needs; the wait has an estimate', () => {
    const world = new World(configOf({ plan: { unprovable: 'warn' } }));
    world.requestsPerMinute = 20;
    world.baseline = { requests: 1200, errors: 1 };
    world.to('judge').run(660);
    expect(world.state.share).toBe(5);
    expect(world.said('Holding')[0]).toMatch(/^neuron had \d+ judged requests? at 5 % and needs 20: about \d+ min at this traffic$/);
  });

  it('while requests that used to come do not, and neither side is taken', () => {
    const world = new World(configOf());
    world.until(({ state }) => state.share === 50 && state.phase === 'judge').run(300);
    world.requestsPerMinute = 0;
    world.run(1500);
    expect([world.state.phase, world.state.share]).toEqual(['judge', 50]);
    expect(world.said('Holding').pop()).toMatch(/^no requests of neuron were seen for .*: nothing is decided without data$/);
    expect(world.names()).not.toContain('RollbackStarted');
    world.requestsPerMinute = 1000;
    world.until(({ state }) => state.share === 80, 1200);
  });

  it('while CloudWatch is silent', () => {
    const world = new World(configOf()).to('judge').run(300);
    world.measured = false;
    world.run(1500);
    expect([world.state.phase, world.state.share]).toEqual(['judge', 5]);
    expect(world.said('Holding')).toEqual([expect.stringMatching(/^no requests of neuron were seen for 7 min: nothing is decided without data$/)]);
  });

  it('while periods are late; minutes of that are not worth an event', () => {
    const world = new World(configOf()).to('judge').run(500);
    world.measured = false;
    world.run(400);
    expect([world.state.share, world.state.holding, world.said('Holding')]).toEqual([5, 'late', []]);
    world.measured = true;
    world.until(({ state }) => state.share === 25, 120);
    expect(world.said('Holding')).toEqual([]);
  });

  it('while both fail: frozen, and on when it is over', () => {
    const world = new World(configOf());
    world.until(({ state }) => state.share === 25 && state.phase === 'judge').run(450);
    world.errorRate = { gpu: 0.08, neuron: 0.08 };
    world.run(600);
    expect([world.state.phase, world.state.share]).toEqual(['judge', 25]);
    expect(world.said('Holding').pop()).toMatch(/^gpu has 7.5 % errors itself \(0.1 % before the migration\), so nothing is compared: frozen at 25 % until they are gone$/);
    world.errorRate = { gpu: 0.001, neuron: 0.001 };
    world.until(({ state }) => state.share === 50, 1800);
    expect(world.names()).not.toContain('RollbackStarted');
  });

  it('while half of the evidence for a rollback is there', () => {
    const world = new World(configOf()).to('judge').run(580);
    const verdict = { ...world.state.verdict!, reason: 'because', evidence: [{ ...world.state.verdict!.evidence[0], worse: 0.5 }] };
    const observed = { ...world.observe(), periods: [], now: world.state.stepSince! + 601 };
    const held = advance(world.config, { ...world.state, verdict }, observed);
    expect(held.events.map(({ message }) => message)).toEqual(['50 % of the evidence that rolls neuron back is there (because)']);
    const calm = { ...verdict, evidence: [{ ...verdict.evidence[0], worse: 0.49 }] };
    expect(advance(world.config, { ...world.state, verdict: calm }, observed).outcome).toBe('continue');
  });

  it('for 100 % without a proof, however long the bake is over', () => {
    const world = new World(configOf());
    world.until(({ state }) => state.share === 80 && state.phase === 'judge').run(1780);
    const verdict = { ...world.state.verdict!, kind: 'hold' as const, reason: 'too few', requestsNeeded: 8000 };
    const held = advance(world.config, { ...world.state, verdict }, { ...world.observe(), periods: [], now: world.state.stepSince! + 1801 });
    expect(held.state.phase).toBe('judge');
    expect(held.events.map(({ message, detail }) => [message, detail.requestsNeeded])).toEqual([['not proven at 80 %, about 10 min: too few', 8000]]);
  });

  it('outside the advance window, while rolling back is allowed', () => {
    // START is 2026-09-21, a Monday, 14:14 in UTC.
    const world = new World(configOf({ advanceWindow: { days: [1], fromMinute: 840, toMinute: 870, timeZone: 'UTC', freezes: [] } }));
    world.until(({ state }) => state.share === 25 && state.phase === 'judge').run(7200);
    expect(world.state.share).toBe(25);
    expect(world.said('Holding')).toEqual(['the advance window is closed until 2026-09-28T14:00Z (UTC)']);
    world.errorRate.neuron = 0.5;
    world.to('rollback', 300);
  });
});

describe('a step without a verdict', () => {
  const slow = (onInconclusive: 'hold' | 'rollback' | 'promote') => {
    const world = new World(configOf({ plan: { maxStepSeconds: 3600, unprovable: 'warn' }, policies: { onInconclusive } })).to('judge');
    world.requestsPerMinute = 0;
    return world;
  };

  it('is held, said once, and goes on when there is one', () => {
    const world = slow('hold').run(8000);
    expect(world.state.share).toBe(5);
    expect(world.said('Inconclusive')[0]).toMatch(/^inconclusive: the step of 5 % had no verdict within 60 min \(neuron had .*\)$/);
    expect(world.said('Inconclusive')).toHaveLength(1);
    world.requestsPerMinute = 1000;
    world.until(({ state }) => state.share === 25, 900);
  });

  it('is rolled back by policy', () => {
    const world = slow('rollback').to('rollback', 3700);
    expect(world.said('RollbackStarted')).toEqual(['rolling back: the step of 5 % had no verdict within 60 min, and it was to be rolled back then']);
  });

  it('is left by policy', () => {
    const world = slow('promote').until(({ state }) => state.share === 25, 3800);
    expect(world.state.unprovenPromotion).toBeUndefined();
  });

  it('ends at the longest duration, wherever it waits', () => {
    const world = new World(configOf({ plan: { maxSeconds: 7200 }, policies: { onInconclusive: 'rollback' }, gates: [{ id: 'ok', point: 'full', kind: 'approval', timeoutSeconds: 86400, onTimeout: 'hold' }] }));
    world.until(({ state }) => state.gate !== undefined);
    expect(world.to('rollback').said('RollbackStarted')).toEqual(['rolling back: 100 % was not reached within 2 h, and it was to be rolled back then']);
  });

  it('is promoted unproven by policy, and that is said', () => {
    const world = new World(configOf({ limits: { errorAllowance: 0.002 }, plan: { maxSeconds: 7200, unprovable: 'warn' }, policies: { onInconclusive: 'promote' } }));
    world.requestsPerMinute = 20;
    world.baseline = { requests: 1200, errors: 1 };
    world.to('window');
    expect(world.said('Promoted')).toEqual(['neuron has all of the traffic, unproven, by the will of the policy onInconclusive; gpu keeps 3 instances for 24 h']);
    expect(world.events.find(({ name }) => name === 'Promoted')!.detail.unproven).toBe(true);
  });
});

describe('a realised share that is not the wanted one', () => {
  it('is warned of once a step', () => {
    const world = new World(configOf()).to('judge').run(300);
    const period = (index: number) => ({ start: world.state.lastPeriod! + 60 * index, seconds: 60, control: { requests: 900, errors: 0 }, newcomer: { requests: 100, errors: 0 }, latencySettled: true, certifies: false });
    const decision = advance(world.config, world.state, { ...world.observe(), periods: [1, 2, 3].map(period) });
    expect(decision.events.map(({ name, message }) => [name, message])).toEqual([['PlanWarning', 'neuron gets 7.5 % of the requests and not 5 % as the weights say (450 against 5,550): requests that name a variant, or sticky sessions; '
      + 'the two may not serve the same kind of requests']]);
    expect(advance(world.config, decision.state, { ...world.observe(), periods: [4, 5].map(period) }).events).toEqual([]);
  });
});
