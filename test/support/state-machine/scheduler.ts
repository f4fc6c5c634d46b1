// From the module: a test that fakes the global timers must not stop the draining of promises.
import { setImmediate } from 'node:timers';
import { VirtualClock } from '../standin/clock';

/** Waits in virtual time. Only for work that has the turn. */
export type Sleep = (seconds: number) => Promise<void>;

/** Waits for something that happens in virtual time, and gives the turn to others meanwhile. Only for work that has the turn. */
export type Until = <T>(event: Promise<T>) => Promise<T>;

/** More wake-ups than any execution lives through: Step Functions ends one at 25,000 events. */
const MOST_WAKE_UPS = 1_000_000;

/**
 * Runs several executions on one virtual clock. Between two moments of work everything stands still; work that may take real time
 * (a handler that calls a server) gets the turn alone, in the order in which it was asked for. So a race ends the same way every time.
 */
export class Scheduler {
  private readonly timers = new Set<object>();
  private readonly turns: (() => Promise<void>)[] = [];
  private running = false;
  private broken: { readonly error: unknown } | undefined;

  constructor(readonly clock: VirtualClock = new VirtualClock()) {}

  now(): number {
    return this.clock.now();
  }

  /** Calls `action` after so many milliseconds; the returned function cancels it. */
  after(milliseconds: number, action: () => void): () => void {
    // Whole milliseconds, so that advancing to the due time reaches it exactly.
    const delay = Math.max(0, Math.ceil(milliseconds));
    const timer = {};
    const cancelOnClock = this.clock.after(delay, () => {
      this.timers.delete(timer);
      action();
    });
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
      cancelOnClock();
    };
  }

  /** Queues work for its turn. The turn ends with the work, or pauses while the work sleeps. */
  take<T>(work: (sleep: Sleep, until: Until) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let release = () => {};
      const turn = (begin: () => void) => this.turns.push(async () => {
        const released = new Promise<void>((done) => { release = done; });
        begin();
        await released;
      });
      const sleep: Sleep = (seconds) => new Promise<void>((wake) => {
        this.after(seconds * 1000, () => turn(wake));
        release();
      });
      const until: Until = (event) => new Promise((wake, fail) => {
        event.then((value) => turn(() => wake(value)), (error: unknown) => turn(() => fail(error)));
        release();
      });
      turn(() => void work(sleep, until).then(resolve, reject).finally(() => release()));
    });
  }

  /** Ends the run with an error that no state machine may catch: a mistake of the test or of the interpreter. */
  crash(error: unknown): void {
    this.broken ??= { error };
  }

  /** Lets time pass until nothing waits for it any more. */
  async runUntilIdle(): Promise<void> {
    await this.run(Infinity);
  }

  /** Lets so many seconds pass, with all that falls due in them. */
  async runFor(seconds: number): Promise<void> {
    const end = this.now() + seconds * 1000;
    await this.run(end);
    this.clock.advance((end - this.now()) / 1000);
  }

  private async run(end: number): Promise<void> {
    if (this.running) throw new Error('the scheduler is running: what runs on it cannot run it');
    this.running = true;
    try {
      for (let wakeUps = 0; ;) {
        await drained();
        if (this.broken) throw this.broken.error;
        const turn = this.turns.shift();
        if (turn) {
          await turn();
          continue;
        }
        // Idle: nobody here waits. What else happens on the clock (an alarm that is evaluated every minute) does not keep a run going.
        if (end === Infinity && this.timers.size === 0) return;
        // One moment at a time, for what happens there may start an execution.
        const due = this.clock.nextDue;
        if (due === Infinity || due > end) return;
        if (++wakeUps > MOST_WAKE_UPS) throw new Error(`nothing comes to an end: ${MOST_WAKE_UPS} wake-ups`);
        this.clock.advance((due - this.now()) / 1000);
      }
    } finally {
      this.running = false;
    }
  }
}

/** Everything that promises can do without time or input has been done. */
async function drained(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
