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

  it('of zero ends at once', () => {
    expect(new World(configOf({ fallback: { windowSeconds: 0 } })).to('ended').last.outcome).toBe('promoted');
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
