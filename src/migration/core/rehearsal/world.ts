import { answersOf, trafficFactor, type Answers } from './answers';
import { exceededBy, shareAbove, type LatencyShape } from './latency';
import { Random } from './random';
import { WANDER, type Scenario } from './scenario';
import { SimulatedEndpoint } from './simulated-endpoint';
import { requestsPerMinuteAt, rowAt } from './traffic';
import type { Action, ActionResults, Baseline, Command, MigrationConfig, MigrationState, Needs, Observation } from '../controller/types';
import { LATE_SECONDS, periodsOf, periodWindow } from '../metric-queries';

/** What one variant answered in one period. */
export interface SimulatedCounts {
  readonly requests: number;
  readonly errors: number;
  /** What the errors are on average, without chance. */
  readonly errorRate: number;
  readonly latency: LatencyShape;
  /** Even in 0 to 1: the luck of the slow requests, whatever the threshold is. */
  readonly luck: number;
}

export interface SimulatedPeriod {
  readonly start: number;
  readonly seconds: number;
  readonly from: SimulatedCounts;
  readonly to: SimulatedCounts;
  /** What `from` answers on average, to tell bad luck from bad service. */
  readonly usual: Answers;
}

/** Periods that a baseline is measured over; a longer window is sampled evenly. */
const BASELINE_PERIODS = 240;

/** SageMaker, CloudWatch and the people around them, for one seed. Time only goes forward. */
export class World {
  public readonly periods: SimulatedPeriod[] = [];
  public readonly endpoint: SimulatedEndpoint;
  private readonly random: Random;
  private readonly seconds: number;
  private time: number;
  private periodStart: number;
  private shareTime = 0;
  private exposedAt: number | undefined;
  private readonly wander = { from: 0, to: 0 };

  constructor(private readonly config: MigrationConfig, private readonly scenario: Scenario, seed: number) {
    this.random = new Random(seed);
    this.seconds = config.plan.periodSeconds;
    // Some minutes earlier: the code that reads metrics looks back that far.
    this.periodStart = Math.floor(scenario.start / this.seconds) * this.seconds - Math.ceil(LATE_SECONDS / this.seconds) * this.seconds;
    this.time = this.periodStart;
    this.endpoint = new SimulatedEndpoint(config, scenario.start, requestsPerMinuteAt(scenario.traffic, scenario.start), scenario.instances);
    this.wander.from = WANDER.sigma * this.random.normal();
    this.wander.to = WANDER.sigma * this.random.normal();
  }

  /** Lets time pass. */
  public advanceTo(time: number): void {
    while (this.time < time) {
      const next = Math.min(time, this.periodStart + this.seconds, this.endpoint.changesAt ?? Infinity);
      this.shareTime += this.endpoint.share * (next - this.time);
      this.time = next;
      this.endpoint.settle(next);
      if (next === this.periodStart + this.seconds) this.closePeriod();
      if (this.exposedAt === undefined && this.endpoint.share > 0) this.exposedAt = next;
    }
  }

  /** What the handler would have seen. */
  public observe(needs: Needs, state: MigrationState): Observation {
    return {
      now: this.time,
      endpoint: this.endpoint.seen(),
      periods: needs.periodsAfter === undefined ? [] : this.closedAfter(needs.periodsAfter, state),
      baseline: needs.baseline === undefined ? undefined : this.baseline(needs.baseline.seconds),
      scaling: needs.scaling ? { from: this.endpoint.scaling('from'), to: this.endpoint.scaling('to') } : undefined,
      alarms: needs.alarms.map((name) => ({ name, state: 'OK' })),
      command: this.command(state),
    };
  }

  /** Carries out what the controller decided. */
  public apply(actions: readonly Action[]): ActionResults | undefined {
    let results: ActionResults = {};
    for (const action of actions) {
      switch (action.kind) {
        case 'setWeights': results = { ...results, write: { status: this.endpoint.setShare(action.share, this.time) } }; break;
        case 'setCapacity': results = { ...results, write: { status: this.endpoint.setCount(action.variant, action.count, this.time) } }; break;
        case 'setScaling': this.endpoint.setScaling(action.variant, action.scaling); break;
        case 'warmUp': results = { ...results, warmUp: { sent: action.count, failed: this.random.binomial(action.count, this.answers('to', 0, this.exposure(this.time)).errorRate) } }; break;
        case 'callGate': results = { ...results, gate: { id: action.id, pass: true } }; break;
        case 'setKillSwitch':
        case 'releaseLock': break;
      }
    }
    return Object.keys(results).length === 0 ? undefined : results;
  }

  private closePeriod(): void {
    const start = this.periodStart;
    const middle = start + this.seconds / 2;
    const exposed = this.exposure(middle);
    const perMinute = requestsPerMinuteAt(this.scenario.traffic, middle) * trafficFactor(this.scenario, exposed);
    const total = this.random.poisson(perMinute * this.seconds / 60);
    const share = this.shareTime / this.seconds;
    const toRequests = share > 0 ? this.random.binomial(total, Math.min(1, share)) : 0;
    this.step();
    this.periods.push({
      start,
      seconds: this.seconds,
      from: this.counts('from', total - toRequests, exposed),
      to: this.counts('to', toRequests, exposed),
      usual: this.answers('from', total, exposed, middle),
    });
    this.periodStart = start + this.seconds;
    this.shareTime = 0;
    this.endpoint.autoscale(this.time, { from: perMinute * (1 - this.endpoint.share), to: perMinute * this.endpoint.share });
  }

  private counts(who: 'from' | 'to', requests: number, exposed: number | undefined): SimulatedCounts {
    const { errorRate, latency } = this.answers(who, requests, exposed, this.periodStart + this.seconds / 2);
    const { clump } = this.scenario[who];
    return {
      requests,
      errorRate,
      errors: Math.min(requests, clump * this.random.binomial(Math.ceil(requests / clump), errorRate)),
      latency: { ...latency, median: latency.median * Math.exp(this.wander[who]) },
      luck: this.random.next(),
    };
  }

  private answers(who: 'from' | 'to', requests: number, exposed: number | undefined, middle = this.time): Answers {
    const { traffic } = this.scenario;
    return answersOf(this.scenario, who, {
      exposed,
      warm: middle - Math.max(this.endpoint.instancesUpAt, this.exposedAt ?? -Infinity),
      requestsPerMinute: requests * 60 / this.seconds,
      instances: Math.max(1, this.endpoint.instances(who)),
      row: traffic.kind === 'history' ? rowAt(traffic.history, middle) : undefined,
    });
  }

  private exposure(time: number): number | undefined {
    return this.exposedAt === undefined ? undefined : time - this.exposedAt;
  }

  private step(): void {
    const shock = WANDER.sigma * Math.sqrt(1 - WANDER.memory ** 2);
    for (const who of ['from', 'to'] as const) this.wander[who] = WANDER.memory * this.wander[who] + shock * this.random.normal();
  }

  /** What CloudWatch has, through the code that reads it: a period without requests is no point at all. */
  private closedAfter(after: number, state: MigrationState): Observation['periods'] {
    const { config, time: now } = this;
    const window = periodWindow(config, after, now);
    if (window === undefined) return [];
    const series: Record<string, [number, number][]> = {};
    const put = (id: string, start: number, value: number) => (series[id] ??= []).push([start, value]);
    for (let i = this.periods.length - 1; i >= 0 && this.periods[i].start >= window.start; i--) {
      const period = this.periods[i];
      if (period.start >= window.end) continue;
      for (const side of ['from', 'to'] as const) {
        const { requests, errors } = period[side];
        if (requests === 0) continue;
        put(`${side}_requests`, period.start, requests);
        put(`${side}_errors`, period.start, errors);
        if (state.thresholds === undefined) continue;
        put(`${side}_samples`, period.start, requests);
        put(`${side}_slow95`, period.start, slower(period[side], state.thresholds[`${side}95`]));
        put(`${side}_slow99`, period.start, slower(period[side], state.thresholds[`${side}99`]));
      }
    }
    const { share } = this.endpoint;
    return periodsOf({ config, state, after, now, exposed: { from: share < 1, to: share > 0 } }, series).periods;
  }

  /** The window before now, drawn for itself: what was measured there has no influence on what comes. */
  private baseline(window: number): Baseline {
    const count = Math.max(1, Math.floor(window / this.seconds));
    const sampled = Math.min(count, BASELINE_PERIODS);
    const shapes: LatencyShape[] = [];
    let [requests, errors, peak] = [0, 0, 0];
    for (let i = 0; i < sampled; i++) {
      const middle = this.time - window + (i + 0.5) * window / sampled;
      const perMinute = requestsPerMinuteAt(this.scenario.traffic, middle) * trafficFactor(this.scenario, undefined);
      const n = this.random.poisson(perMinute * this.seconds / 60);
      const { errorRate, latency } = this.answers('from', n, undefined, middle);
      requests += n;
      errors += this.random.binomial(n, errorRate);
      peak = Math.max(peak, n * 60 / this.seconds);
      if (n > 0) shapes.push({ ...latency, median: latency.median * Math.exp(WANDER.sigma * this.random.normal()) });
    }
    // A measured percentile is off by what so many requests are off: its rank is the share that chance put above it.
    const percentile = (share: number) => shapes.length === 0 || !this.hasLatency ? undefined
      : exceededBy(shapes, Math.max(share / 4, this.random.binomial(requests, share) / requests));
    const [p95, p99] = [percentile(0.05), percentile(0.01)];
    return {
      from: this.time - window,
      to: this.time,
      requests: Math.round(requests * count / sampled),
      errors: Math.round(errors * count / sampled),
      requestsPerMinute: requests * 60 / (sampled * this.seconds),
      peakRequestsPerMinute: peak,
      p95,
      p99: p95 === undefined || p99 === undefined ? undefined : Math.max(p95, p99),
    };
  }

  private get hasLatency(): boolean {
    const { traffic, from } = this.scenario;
    return from.latency !== undefined || traffic.kind === 'history' && traffic.history.rows.some((row) => row.p50 !== undefined && row.p95 !== undefined);
  }

  /** Somebody approves, as long after the question as the scenario says. */
  private command(state: MigrationState): Command | undefined {
    const { gate } = state;
    if (gate === undefined || this.time - gate.since < this.scenario.approvalSeconds) return undefined;
    const kind = this.config.gates.find(({ id }) => id === gate.id)?.kind;
    return kind === 'approval' ? { id: `approve ${gate.token}`, command: 'approve', token: gate.token, by: 'rehearsal' } : undefined;
  }
}

/** Requests of these that took longer; the same for the same threshold however often it is asked. */
export function slower(counts: SimulatedCounts, threshold: number): number {
  return new Random(Math.floor(counts.luck * 2 ** 31)).binomial(counts.requests, shareAbove(counts.latency, threshold));
}
