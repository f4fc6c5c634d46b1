import { setTimeout as realSleep } from 'node:timers/promises';
import { Scheduler } from './scheduler';
import { VirtualClock } from '../standin/clock';

const SECOND = 1000;

test('timers fire in order of their due time, and the clock stands at it', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const fired: string[] = [];
  scheduler.after(2 * SECOND, () => fired.push(`late ${scheduler.now()}`));
  scheduler.after(SECOND, () => fired.push(`early ${scheduler.now()}`));
  await scheduler.runUntilIdle();
  expect(fired).toEqual(['early 1000', 'late 2000']);
});

test('a cancelled timer does not fire and does not hold time', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const cancel = scheduler.after(SECOND, () => { throw new Error('fired'); });
  cancel();
  await scheduler.runUntilIdle();
  expect(scheduler.now()).toBe(0);
});

test('a fraction of a millisecond is rounded up, so that the due time is reached', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  scheduler.after(0.1, () => {});
  await scheduler.runUntilIdle();
  expect(scheduler.now()).toBe(1);
});

test('runFor ends at its time, with what is due by then and nothing after it', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const fired: number[] = [];
  for (const seconds of [1, 5, 6]) scheduler.after(seconds * SECOND, () => fired.push(seconds));
  await scheduler.runFor(5);
  expect(fired).toEqual([1, 5]);
  expect(scheduler.now()).toBe(5000);
  await scheduler.runFor(0);
  expect(fired).toEqual([1, 5]);
});

test('what others schedule on the clock happens in between', async () => {
  const clock = new VirtualClock(0);
  const scheduler = new Scheduler(clock);
  const fired: string[] = [];
  clock.after(3 * SECOND, () => fired.push('job'));
  scheduler.after(2 * SECOND, () => fired.push('poll 1'));
  scheduler.after(4 * SECOND, () => fired.push('poll 2'));
  await scheduler.runUntilIdle();
  expect(fired).toEqual(['poll 1', 'job', 'poll 2']);
});

test('work gets the turn alone, in the order in which it was asked for, however long it really takes', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const log: string[] = [];
  const work = (name: string, milliseconds: number) => scheduler.take(async () => {
    log.push(`${name} begins`);
    await realSleep(milliseconds);
    log.push(`${name} ends`);
  });
  void work('slow', 20);
  void work('fast', 0);
  scheduler.after(1, () => log.push('time goes on'));
  await scheduler.runUntilIdle();
  expect(log).toEqual(['slow begins', 'slow ends', 'fast begins', 'fast ends', 'time goes on']);
});

test('work that sleeps gives the turn away and takes virtual time', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const log: string[] = [];
  void scheduler.take(async (sleep) => {
    await sleep(60);
    log.push(`long ${scheduler.now()}`);
    await sleep(60);
    log.push(`longer ${scheduler.now()}`);
  });
  void scheduler.take(async () => log.push(`short ${scheduler.now()}`));
  await scheduler.runUntilIdle();
  expect(log).toEqual(['short 0', 'long 60000', 'longer 120000']);
});

test('the answer and the failure of work reach the one who asked', async () => {
  const scheduler = new Scheduler();
  const answer = scheduler.take(async () => 7);
  const failure = expect(scheduler.take(async () => { throw new Error('no'); })).rejects.toThrow('no');
  await scheduler.runUntilIdle();
  await expect(answer).resolves.toBe(7);
  await failure;
});

test('a crash ends the run', async () => {
  const scheduler = new Scheduler();
  scheduler.after(1, () => scheduler.crash(new Error('a mistake')));
  await expect(scheduler.runUntilIdle()).rejects.toThrow('a mistake');
});

test('the scheduler cannot be run by what it runs', async () => {
  const scheduler = new Scheduler();
  const inner = expect(scheduler.take(async () => scheduler.runUntilIdle())).rejects.toThrow('the scheduler is running: what runs on it cannot run it');
  await scheduler.runUntilIdle();
  await inner;
});

test('what happens on the clock meanwhile is done at its time, also what it starts', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const log: string[] = [];
  const at = (seconds: number, what: string) => void scheduler.after(seconds * SECOND, () => log.push(`${what} ${scheduler.now()}`));
  at(600, 'end');
  // Not the scheduler's own: an alarm, say.
  scheduler.clock.after(60 * SECOND, () => at(30, 'started by the clock'));
  await scheduler.runUntilIdle();
  expect(log).toEqual(['started by the clock 90000', 'end 600000']);
});

test('the clock alone does not keep a run going, but runFor lets it go on', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const ticks: number[] = [];
  const tick = (): void => void scheduler.clock.after(60_000, () => { ticks.push(scheduler.now()); tick(); });
  tick();
  await scheduler.runUntilIdle();
  expect(ticks).toEqual([]);
  await scheduler.runFor(150);
  expect([ticks, scheduler.now()]).toEqual([[60_000, 120_000], 150_000]);
});

test('work that waits for other work gives its turn away, and gets it back', async () => {
  const scheduler = new Scheduler(new VirtualClock(0));
  const log: string[] = [];
  const long = scheduler.take(async (sleep) => { await sleep(60); log.push(`long ${scheduler.now()}`); return 7; });
  const waiting = scheduler.take(async (_sleep, until) => { log.push('waits'); const got = await until(long); log.push(`got ${got}`); });
  await scheduler.runUntilIdle();
  await waiting;
  expect(log).toEqual(['waits', 'long 60000', 'got 7']);
  const failing = scheduler.take(async (sleep) => { await sleep(1); throw new Error('no'); });
  const outcome = expect(scheduler.take(async (_sleep, until) => until(failing))).rejects.toThrow('no');
  await scheduler.runUntilIdle();
  await outcome;
});
