/** The passing of time, as the services see it: real when served over HTTP for the CDK CLI, virtual in tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` after `delayMs`; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export class RealClock implements Clock {
  now(): number {
    return Date.now();
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = setTimeout(action, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  }
}

/**
 * Real time that passes faster: minutes of traffic and waits in seconds. What shows this clock's time elsewhere (state machines of an
 * emulator) computes it from the same origin.
 */
export class PacedClock implements Clock {
  private readonly real = new RealClock();

  constructor(private readonly pace: number, private readonly origin: number = Date.now()) {}

  now(): number {
    return Math.floor(this.origin + (this.real.now() - this.origin) * this.pace);
  }

  after(delayMs: number, action: () => void): () => void {
    return this.real.after(delayMs / this.pace, action);
  }
}

interface Pending {
  readonly due: number;
  readonly order: number;
  readonly action: () => void;
}

/** A clock that stands still until it is advanced. Actions run in order of their due time, then of their registration. */
export class VirtualClock implements Clock {
  private pending: Pending[] = [];
  private order = 0;

  constructor(private time = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.time;
  }

  after(delayMs: number, action: () => void): () => void {
    const entry = { due: this.time + Math.max(0, delayMs), order: this.order++, action };
    this.pending.push(entry);
    return () => {
      this.pending = this.pending.filter((other) => other !== entry);
    };
  }

  /** When the next action falls due, in milliseconds since the epoch; Infinity when there is none. */
  get nextDue(): number {
    return this.pending.reduce((least, { due }) => Math.min(least, due), Infinity);
  }

  /** Moves the time on by so many seconds, running what falls due on the way (also what that schedules anew). */
  advance(seconds: number): void {
    if (!(seconds >= 0)) throw new RangeError(`seconds must be 0 or more, got ${seconds}`);
    const end = this.time + seconds * 1000;
    for (let next = this.next(end); next; next = this.next(end)) {
      this.pending = this.pending.filter((other) => other !== next);
      this.time = next.due;
      next.action();
    }
    this.time = end;
  }

  private next(end: number): Pending | undefined {
    return this.pending
      .filter((entry) => entry.due <= end)
      .sort((a, b) => a.due - b.due || a.order - b.order)[0];
  }
}
