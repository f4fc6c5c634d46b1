import { Histogram } from './histogram';
import type { SliceResult, WorkerEvent } from './types';

/** Time, in milliseconds since any moment. */
export interface Clock {
  now(): number;
  /** Waits until the moment; `now()` is not before it then. */
  until(moment: number): Promise<void>;
}

/**
 * Sends a request, the first one is number 0, and waits for the whole answer. Fails with an error whose name says of what kind it is. It has to come to an end by
 * itself: a slice ends when its last request does.
 */
export type Send = (request: number) => Promise<unknown>;

export type Load = Pick<WorkerEvent, 'phase' | 'batchSize' | 'concurrency' | 'requestsPerSecond' | 'seconds'>;

/** What a slice shows; when and with which inputs it was is known to who runs it. */
export type Seen = Omit<SliceResult, 'startedAt' | 'dataset'>;

/**
 * Share of a slice in which a load settles. Users begin together at an empty endpoint, and what they get first is better than what they get later: a queue is short, and
 * nobody is in the middle of a long answer. In a slice 3.5 times as long as an answer, 1.4 % remain of that for exponential times, where it was 14 %.
 */
const SETTLING = 1 / 3;

/** So long a user of a closed phase waits after an error, twice as long after each one that follows: an endpoint that refuses everything is not worth a core. */
const BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 2000;
/** Messages are for people. */
const LONGEST_MESSAGE = 300;

/** Puts a load on an endpoint and says what came of it. */
export async function runLoad(load: Load, clock: Clock, send: Send): Promise<Seen> {
  check(load);
  const slice = new Slice(load, clock, send);
  if (load.phase === 'first') await slice.attempt();
  else if (load.phase === 'pace') await slice.open(load.requestsPerSecond!);
  else await slice.closed();
  return slice.result();
}

function check({ phase, concurrency, requestsPerSecond, seconds }: Load): void {
  if (!(Number.isInteger(concurrency) && concurrency > 0)) throw new RangeError(`concurrency has to be a whole number of at least 1, got ${concurrency}`);
  if (!(Number.isFinite(seconds) && seconds >= 0)) throw new RangeError(`seconds has to be a number of at least 0, got ${seconds}`);
  if (phase === 'pace' && !(Number.isFinite(requestsPerSecond) && requestsPerSecond! > 0)) throw new RangeError(`requestsPerSecond has to be a number above 0, got ${requestsPerSecond}`);
}

class Slice {
  private readonly latency = new Histogram();
  private readonly serviceTime = new Histogram();
  private readonly errors: Record<string, number> = {};
  private readonly messages: Record<string, string> = {};
  private readonly start: number;
  private readonly lengthMs: number;
  private readonly settled: number;
  private readonly end: number;
  private lastEnd: number;
  private requests = 0;
  private underWay = 0;
  private mostUnderWay = 0;
  private notSent = 0;
  /** After settling; fractions of requests. */
  private answered = 0;

  constructor(private readonly load: Load, private readonly clock: Clock, private readonly send: Send) {
    this.start = this.lastEnd = clock.now();
    // The first request has no time but its own.
    this.lengthMs = load.phase === 'first' ? 0 : load.seconds * 1000;
    this.settled = this.start + this.lengthMs * SETTLING;
    this.end = this.start + this.lengthMs;
  }

  /** Users that send their next request when the one before is answered, until the time is over. */
  async closed(): Promise<void> {
    const user = async () => {
      for (let failures = 0; this.clock.now() < this.end;) {
        if (await this.attempt()) failures = 0;
        else await this.clock.until(Math.min(this.end, this.clock.now() + Math.min(LONGEST_BACK_OFF_MS, BACK_OFF_MS * 2 ** failures++)));
      }
    };
    await Promise.all(Array.from({ length: this.load.concurrency }, user));
  }

  /**
   * Requests that are due at a rate, whatever became of those before: a caller does not wait for other callers. Each place takes the next one that is due; when all
   * are taken, it is sent late, and the time it waited is part of its latency.
   */
  async open(requestsPerSecond: number): Promise<void> {
    // Not by adding up: that would drift.
    const due = (request: number) => this.start + request * 1000 / requestsPerSecond;
    let next = 0;
    const place = async () => {
      while (due(next) < this.end && this.clock.now() < this.end) {
        const moment = due(next++);
        await this.clock.until(moment);
        await this.attempt(moment);
      }
    };
    await Promise.all(Array.from({ length: this.load.concurrency }, place));
    // Left out, those that would have waited the longest were missing.
    for (; due(next) < this.end; next++, this.notSent++) this.latency.record(this.end - due(next));
  }

  /** Sends one request; whether it was answered. */
  async attempt(due?: number): Promise<boolean> {
    const sent = this.clock.now();
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      await this.send(this.requests++);
      const now = this.clock.now();
      this.latency.record(now - (due ?? sent));
      this.serviceTime.record(now - sent);
      this.answered += this.part(sent, now);
      return true;
    } catch (error) {
      this.failed(error as Error);
      return false;
    } finally {
      this.underWay--;
      this.lastEnd = this.clock.now();
    }
  }

  /**
   * How much of an answered request counts. Of users, the part of it that lies between settling and the end: who counts whole answers only, loses what is under way at
   * the end. A pace has neither: each request that was due counts.
   */
  private part(sent: number, answered: number): number {
    if (!this.closedPhase) return 1;
    // No time has no parts.
    if (answered <= sent) return sent >= this.settled ? 1 : 0;
    return Math.max(0, Math.min(this.end, answered) - Math.max(this.settled, sent)) / (answered - sent);
  }

  private get closedPhase(): boolean {
    return this.load.phase === 'warmUp' || this.load.phase === 'saturate';
  }

  result(): Seen {
    const { load: { phase, batchSize }, start, lengthMs, lastEnd, requests, errors, messages, mostUnderWay, notSent } = this;
    const answered = this.closedPhase ? this.answered / (1 - SETTLING) : this.answered;
    return {
      phase,
      // Not a difference of two moments, which is not exact.
      elapsedMs: phase === 'first' ? lastEnd - start : lengthMs,
      requests,
      answered,
      inputs: answered * batchSize,
      errors,
      messages,
      latency: this.latency.data(),
      serviceTime: this.serviceTime.data(),
      mostUnderWay,
      notSent,
    };
  }

  private failed({ name, message }: Error): void {
    this.errors[name] = (this.errors[name] ?? 0) + 1;
    this.messages[name] ??= message.slice(0, LONGEST_MESSAGE);
  }
}
