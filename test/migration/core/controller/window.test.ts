import { configOf, World } from './world';
import { advance } from '../../../../src/migration/core/controller';

describe('the fallback window', () => {
  it('keeps the instances for the way back', () => {
    const world = new World(configOf()).to('window').run(3600);
    world.gpu.count = world.gpu.wantedCount = 1;
    world.run(600);
    expect(world.gpu.count).toBe(3);
    expect(world.said('DriftDetected')).toEqual(['gpu went from 3 to 1 instances and has to keep 3 for the way back; nothing advances before they are there']);
  });

  it('rolls back what fails after the promotion', () => {
    const world = new World(configOf()).to('window').run(6 * 3600);
    world.errorRate.neuron = 0.05;
    const since = world.now;
    world.to('rollback', 1200);
    expect(world.now - since).toBeLessThan(600);
    world.to('ended');
    expect([world.share, world.last.outcome]).toEqual([0, 'rolledBack']);
  });

  it('is proven after a dwell, not before', () => {
    const world = new World(configOf()).to('window').run(540);
    expect(world.state).toMatchObject({ unproven: true, safeShare: 80, share: 100 });
    world.run(120);
    expect(world.state).toMatchObject({ unproven: false, safeShare: 100 });
  });

  it('is not proven without requests', () => {
    const world = new World(configOf()).to('window');
    world.requestsPerMinute = 0;
    world.run(3600);
    expect(world.state.unproven).toBe(true);
  });

  it('does not end while an alarm rings', () => {
    const world = new World(configOf({ fallback: { windowSeconds: 1800 } })).to('window');
    world.alarms = { queue: 'ALARM' };
    world.run(3600);
    expect(world.state.phase).toBe('window');
    expect(world.said('Holding').pop()).toBe('queue is in ALARM; nothing advances before it is over');
    world.alarms = {};
    world.to('ended', 300);
  });

  it('of zero ends at once, unproven, for nobody wanted to look', () => {
    const world = new World(configOf({ fallback: { windowSeconds: 0 } })).until(({ state }) => state.share === 100);
    const since = world.now;
    expect(world.to('ended').last.outcome).toBe('promoted');
    expect(world.now - since).toBeLessThan(120);
  });

  it('that is shorter than a dwell ends with the requests that prove it', () => {
    const world = new World(configOf({ fallback: { windowSeconds: 60 } })).to('window');
    const since = world.now;
    world.to('ended', 480);
    expect(world.now - since).toBeGreaterThan(120);
  });
});

describe('the way back is not let go', () => {
  const short = (over: Parameters<typeof configOf>[0] = {}) => new World(configOf({ fallback: { windowSeconds: 3600 }, ...over }));
  const held = (world: World) => world.events.filter(({ name, at }) => name === 'Holding' && at > world.state.windowSince!).map(({ message, page }) => [message, page]);

  it('while nothing was judged; people are told, and may disregard it', () => {
    const world = short().to('window');
    world.measured = false;
    world.run(86400);
    expect(world.state).toMatchObject({ phase: 'window', unproven: true, holding: 'requests' });
    expect(held(world)).toEqual([['neuron had 0 judged requests at 100 % and needs 20: no end in sight without traffic', true]]);
    expect(world.events[world.events.length - 1].detail.commands).toEqual(['skip', 'abort']);
    expect(world.gpu.scaling!.min).toBe(3);
    world.say('skip');
    expect(world.to('ended', 300).last.outcome).toBe('promoted');
  });

  it('with no request at all, even where a step needs none', () => {
    const world = short({ plan: { minRequestsPerStep: 0 } }).to('window');
    world.measured = false;
    world.run(7200);
    expect(held(world)).toEqual([['neuron had 0 judged requests at 100 % and needs 1: no end in sight without traffic', true]]);
  });

  it('while nothing is seen any more, whatever was proven before', () => {
    const world = short().to('window').run(1800);
    expect(world.state.unproven).toBe(false);
    world.measured = false;
    world.errorRate.neuron = 1;
    world.run(7200);
    expect(world.state).toMatchObject({ phase: 'window', holding: 'silent' });
    expect(held(world)).toEqual([[expect.stringMatching(/^no requests of neuron were seen for .* min: nothing is decided without data$/), true]]);
    world.measured = true;
    world.to('rollback', 600);
  });

  it('while every minute comes late; that is said when it keeps the window from its end', () => {
    const world = short().to('window').run(1800);
    jest.spyOn(world, 'observe').mockImplementation(() => {
      const seen = World.prototype.observe.call(world);
      return { ...seen, periods: seen.periods.filter(({ start }) => start + 480 <= seen.now) };
    });
    world.until(({ state }) => state.holding === 'late');
    world.run(300);
    expect(held(world)).toEqual([]);
    world.run(300);
    expect(world.state.holding).toBe('silent');
    expect(held(world)).toEqual([[expect.stringMatching(/^no requests of neuron were seen for \d min: nothing is decided without data$/), true]]);
  });

  it('while half of the evidence for a rollback is there, not by a person\'s will either', () => {
    const world = short().to('judge');
    world.say('promote');
    world.to('window').run(3550);
    const evidence = world.state.verdict!.evidence;
    const verdict = { ...world.state.verdict!, reason: 'because', evidence: [{ ...evidence[0], worse: 0.5 }] };
    const seen = { ...world.observe(), periods: [], now: world.state.windowSince! + 3601 };
    for (const skip of [undefined, true]) {
      const decision = advance(world.config, { ...world.state, verdict, skip }, seen);
      expect([decision.state.phase, decision.events.map(({ message }) => message)]).toEqual(['window', ['50 % of the evidence that rolls neuron back is there (because)']]);
    }
    expect(advance(world.config, world.state, seen).state.phase).toBe('release');
  });

  it('while something came up at the gate before it', () => {
    const world = short({ gates: [{ id: 'ok', point: 'release', kind: 'approval', timeoutSeconds: 864000, onTimeout: 'hold' }] }).until(({ state }) => state.gate !== undefined);
    world.measured = false;
    world.run(3600);
    world.say('approve', { token: world.state.gate!.token });
    world.run(120);
    expect(world.state).toMatchObject({ phase: 'gate', holding: 'silent' });
    world.say('skip');
    expect(world.to('ended', 300).last.outcome).toBe('promoted');
  });

  it('for ever where requests are few: those of a step prove it', () => {
    const world = short({ plan: { unprovable: 'warn' } }).to('window');
    world.requestsPerMinute = 0.1;
    world.state = { ...world.state, lastRequests: undefined };
    const since = world.now;
    jest.spyOn(world, 'observe').mockImplementation(() => {
      const seen = World.prototype.observe.call(world);
      // One request in ten minutes.
      return { ...seen, periods: seen.periods.map((period) => ({ ...period, newcomer: { ...period.newcomer, requests: period.start % 600 === 0 ? 1 : 0, errors: 0, latency: undefined } })) };
    });
    world.to('ended', 86400);
    expect(world.now - since).toBeGreaterThan(3 * 3600);
    expect(world.now - since).toBeLessThan(4 * 3600);
  });
});

describe('giving back', () => {
  it('restores the scaling that was, and not what the run saw', () => {
    const world = new World(configOf({ fallback: { windowSeconds: 60 } }));
    world.gpu.scaling = { min: 0, max: 9, scaleInSuspended: true, scaleOutSuspended: true };
    world.to('ended');
    expect(world.gpu.scaling).toEqual({ min: 0, max: 9, scaleInSuspended: true, scaleOutSuspended: true });
    expect(world.state.pinned).toBeUndefined();
  });

  it('takes raised instances of the old variant down in halves', () => {
    const world = new World(configOf({ from: { scaled: false, requestsPerInstance: 150 }, fallback: { windowSeconds: 60 } }));
    world.gpu.count = world.gpu.wantedCount = 1;
    world.to('ended');
    expect(world.state.floor).toBe(8);
    expect(world.did('setCapacity').filter((action) => 'variant' in action && action.variant === 'gpu').map((action) => 'count' in action && action.count)).toEqual([8, 4, 2, 1]);
  });

  it('leaves instances that it did not raise to their owner', () => {
    const world = new World(configOf({ from: { scaled: false }, fallback: { windowSeconds: 60 } })).to('ended');
    expect(world.gpu.count).toBe(3);
  });

  it('waits for scaling that cannot be read, says what is left, and keeps it for later', () => {
    const world = new World(configOf()).to('judge');
    world.say('abort');
    world.to('release');
    const unread = () => {
      const { scaling: _, ...seen } = world.observe();
      return seen;
    };
    const held = advance(world.config, world.state, unread());
    expect([held.state.phase, held.actions, held.outcome]).toEqual(['release', [], undefined]);
    const late = advance(world.config, held.state, { ...unread(), now: world.now + 1800 });
    expect(late.outcome).toBe('rolledBack');
    expect(late.events[0]).toMatchObject({
      page: true, message: 'the scaling of gpu could not be read; the scaling of neuron could not be read: given up after 30 min; start with "release" to try it again',
    });
    expect(Object.keys(late.state.pinned!)).toEqual(['gpu', 'neuron']);
    expect(late.actions).toEqual([{ kind: 'releaseLock' }]);
  });

  it('forgets a scaling that is not there any more', () => {
    const world = new World(configOf()).to('judge');
    world.gpu.scaling = undefined;
    world.say('abort');
    expect(world.to('ended').last.outcome).toBe('rolledBack');
  });
});
