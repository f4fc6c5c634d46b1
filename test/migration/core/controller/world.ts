import { advance, begin, needs } from '../../../../src/migration/core/controller';
import type {
  Action, Baseline, Command, Decision, Lock, MigrationConfig, MigrationEvent, MigrationState, Observation, ScalingState, StartInput,
} from '../../../../src/migration/core/controller';
import type { Period } from '../../../../src/migration/core/judge/types';

export const START = 1_790_000_040;

export function configOf(over: Partial<{ [K in keyof MigrationConfig]: Partial<MigrationConfig[K]> }> = {}): MigrationConfig {
  const base: MigrationConfig = {
    migration: 'toNeuron',
    endpointName: 'shop',
    totalWeight: 1,
    from: { name: 'gpu', scaled: true, requestsPerInstance: 500, minInstances: 1, maxInstances: 8 },
    to: { name: 'neuron', scaled: true, requestsPerInstance: 400, minInstances: 1, maxInstances: 8 },
    plan: {
      steps: [5, 25, 50, 80],
      dwellSeconds: 600,
      bakeSeconds: 1800,
      maxStepSeconds: 14400,
      maxSeconds: 172800,
      minRequestsPerStep: 20,
      periodSeconds: 60,
      publicationDelaySeconds: 60,
      unprovable: 'refuse',
    },
    limits: { latencyIncreaseP95: 0.25, latencyIncreaseP99: 0.25, errorRatio: 2, falseRollback: 0.05, falsePromotion: 0.05 },
    fallback: { windowSeconds: 86400, floor: 'full' },
    gates: [],
    alarms: [{ name: 'watchdog', rollBack: true }, { name: 'queue', rollBack: false }],
    policies: { onInconclusive: 'hold', onDrift: 'pause', maxPauseSeconds: 86400, changeTimeoutSeconds: 1800, dryRun: false },
    warmUp: { seconds: 120 },
  };
  const merged = Object.entries(base).map(([key, value]) => {
    const patch = over[key as keyof MigrationConfig];
    return [key, patch !== undefined && typeof value === 'object' && !Array.isArray(value) ? { ...value, ...patch as object } : patch ?? value];
  });
  return { ...Object.fromEntries(merged), ...over.advanceWindow === undefined ? {} : { advanceWindow: over.advanceWindow } } as unknown as MigrationConfig;
}

interface Variant { name: string; weight: number; wanted: number; count: number; wantedCount: number; scaling?: ScalingState }

/** An endpoint that takes a minute for weights and five for instances, takes one change at a time, and is measured a minute late. */
export class World {
  public now = START;
  public variants: Variant[];
  public configName = 'config-1';
  public pendingDeployment = false;
  public killSwitch = 'off';
  public alarms: Record<string, string> = {};
  public command: Command | undefined;
  public requestsPerMinute = 1000;
  public errorRate = { gpu: 0.001, neuron: 0.001 };
  public slow = { gpu: 0.05, neuron: 0.02 };
  public warmUpFails = 0;
  public gateAnswers: Record<string, boolean> = {};
  /** Fewer instances than asked for can be had. */
  public mostInstances = Infinity;
  public measured = true;
  public baseline: Partial<Baseline> = {};
  public readonly events: (MigrationEvent & { at: number })[] = [];
  public readonly actions: (Action & { at: number; status: string })[] = [];
  public readonly history: MigrationState[] = [];
  public last!: Decision;
  public state: MigrationState;
  public foreignStatus: string | undefined;
  /** The state of a tick was lost, and with it what only that tick saw. */
  public forgot = false;
  private before: MigrationState;
  private commands = 0;
  private busyUntil = 0;
  private log: { start: number; gpu: number; neuron: number }[] = [];

  constructor(public readonly config: MigrationConfig, public input: StartInput = {}, lock?: Lock) {
    const scaling = (scaled: boolean) => scaled ? { min: 1, max: 8, scaleInSuspended: false, scaleOutSuspended: false } : undefined;
    this.variants = [
      { name: 'gpu', weight: 1, wanted: 1, count: 3, wantedCount: 3, scaling: scaling(config.from.scaled) },
      { name: 'neuron', weight: 0, wanted: 0, count: 1, wantedCount: 1, scaling: scaling(config.to.scaled) },
    ];
    this.state = begin({ config, run: 'run-1', input, lock, epoch: (lock?.epoch ?? 0) + 1, now: this.now });
    this.before = this.state;
  }

  public get gpu(): Variant { return this.variants.find(({ name }) => name === 'gpu')!; }
  public get neuron(): Variant { return this.variants.find(({ name }) => name === 'neuron')!; }
  public get share(): number { return 100 * (this.neuron?.weight ?? 0) / ((this.gpu?.weight ?? 0) + (this.neuron?.weight ?? 0)); }
  public get phase(): string { return this.state.phase; }

  public setShare(share: number): void {
    [this.gpu.weight, this.neuron.weight] = [1 - share / 100, share / 100].map(Math.fround);
    [this.gpu.wanted, this.neuron.wanted] = [this.gpu.weight, this.neuron.weight];
  }

  public names(): string[] {
    return this.events.map(({ name }) => name);
  }

  public said(name: string): string[] {
    return this.events.filter((event) => event.name === name).map(({ message }) => message);
  }

  public did(kind: Action['kind']): Action[] {
    return this.actions.filter((action) => action.kind === kind).map(({ at: _, status: __, ...action }) => action as Action);
  }

  public say(command: string, over: Partial<Command> = {}): void {
    this.command = { id: `${command}-${++this.commands}`, command, by: 'ana', ...over };
  }

  public status(): string {
    return this.foreignStatus ?? (this.now < this.busyUntil ? 'Updating' : 'InService');
  }

  public observe(): Observation {
    const asked = needs(this.config, this.state, this.now);
    const observation: Observation = {
      now: this.now,
      endpoint: {
        status: this.status(),
        configName: this.configName,
        pendingDeployment: this.pendingDeployment,
        variants: this.variants.map(({ name, weight, wanted, count, wantedCount }) => ({ name, currentWeight: weight, desiredWeight: wanted, currentCount: count, desiredCount: wantedCount })),
      },
      periods: asked.periodsAfter === undefined || !this.measured ? [] : this.periods(asked.periodsAfter),
      alarms: asked.alarms.map((name) => ({ name, state: this.alarms[name] ?? 'OK' })),
      ...asked.scaling ? { scaling: { from: this.gpu?.scaling, to: this.neuron?.scaling } } : {},
      ...this.command === undefined ? {} : { command: this.command },
      ...asked.killSwitch ? { killSwitch: this.killSwitch } : {},
      ...asked.baseline === undefined || !this.measured ? {} : { baseline: this.baselineOf(asked.baseline.seconds) },
    };
    return JSON.parse(JSON.stringify(observation));
  }

  /** One tick; the state goes through JSON as it does between executions. */
  public tick(): Decision {
    this.settle();
    this.state = JSON.parse(JSON.stringify(this.state));
    this.before = this.state;
    const decision = advance(this.config, this.state, this.observe(), this.input);
    this.last = decision;
    this.events.push(...decision.events.map((event) => ({ ...event, at: this.now })));
    let state = decision.state;
    for (const action of decision.actions) state = { ...state, results: { ...state.results, ...this.carryOut(action) } };
    this.state = state;
    this.history.push(state);
    return decision;
  }

  /** The answer of the last tick was lost after it had acted: the next one is made of the state before it. */
  public lose(): void {
    [this.state, this.forgot] = [this.before, true];
  }

  /** Ticks until a condition holds; fails when it does not within the time. */
  public until(condition: (world: World) => boolean, seconds = 172800): this {
    const end = this.now + seconds;
    while (!condition(this)) {
      if (this.now > end) throw new Error(`not within ${seconds} s: phase ${this.state.phase}, share ${this.state.share}, ${JSON.stringify(this.state.paused ?? this.state.holding)}\n${this.said('Holding').join('\n')}`);
      const { wait, outcome } = this.tick();
      if (outcome !== undefined && outcome !== 'continue') {
        if (condition(this)) return this;
        throw new Error(`ended as ${outcome}: ${this.state.reason}`);
      }
      if (!condition(this)) this.pass(wait);
    }
    return this;
  }

  /** Ticks until the run is in a phase. */
  public to(phase: string, seconds?: number): this {
    return this.until(({ state }) => state.phase === phase, seconds);
  }

  public run(seconds: number): this {
    const end = this.now + seconds;
    while (this.now < end) this.pass(this.tick().wait || 60);
    return this;
  }

  public pass(seconds: number): void {
    const end = this.now + seconds;
    while (this.now < end) {
      this.settle();
      const start = Math.floor(this.now / 60) * 60;
      let minute = this.log[this.log.length - 1];
      if (minute?.start !== start) this.log.push(minute = { start, gpu: 0, neuron: 0 });
      const next = Math.min(end, start + 60, this.busyUntil > this.now ? this.busyUntil : Infinity);
      const [share, requests] = [this.share / 100, this.requestsPerMinute * (next - this.now) / 60];
      minute.neuron += share * requests;
      minute.gpu += (1 - share) * requests;
      this.now = next;
    }
  }

  private settle(): void {
    if (this.busyUntil === 0 || this.now < this.busyUntil) return;
    this.busyUntil = 0;
    for (const variant of this.variants) {
      variant.weight = Math.fround(variant.wanted);
      variant.count = variant.wantedCount = Math.max(variant.count > variant.wantedCount ? variant.wantedCount : variant.count, Math.min(variant.wantedCount, this.mostInstances));
    }
  }

  private periods(after: number): Period[] {
    return this.log.slice(-1500).filter(({ start }) => start > after && start + 120 <= this.now).map(({ start, gpu, neuron }) => {
      const counts = (requests: number, errors: number, slow: number) => ({
        requests: Math.round(requests), errors: Math.round(requests * errors), latency: { samples: Math.round(requests), slow95: Math.round(requests * slow), slow99: Math.round(requests * slow / 5) },
      });
      return {
        start,
        seconds: 60,
        latencySettled: true,
        certifies: true,
        control: counts(gpu, this.errorRate.gpu, this.slow.gpu),
        newcomer: counts(neuron, this.errorRate.neuron, this.slow.neuron),
      };
    });
  }

  private baselineOf(seconds: number): Baseline {
    const requests = this.requestsPerMinute * seconds / 60;
    return {
      from: this.now - seconds,
      to: this.now,
      requests,
      errors: Math.round(requests * this.errorRate.gpu),
      requestsPerMinute: this.requestsPerMinute,
      peakRequestsPerMinute: this.requestsPerMinute * 1.2,
      p95: 40000,
      p99: 60000,
      ...this.baseline,
    };
  }

  private carryOut(action: Action): NonNullable<MigrationState['results']> {
    const done = (status: 'done' | 'busy' | 'failed', message?: string) => {
      this.actions.push({ ...action, at: this.now, status });
      return { write: { status, ...message === undefined ? {} : { message } } };
    };
    switch (action.kind) {
      case 'setWeights':
        if (this.status() !== 'InService') return done('busy', 'Cannot update in-progress endpoint');
        this.neuron.wanted = action.share / 100;
        this.gpu.wanted = 1 - action.share / 100;
        this.busyUntil = this.now + 60;
        return done('done');
      case 'setCapacity':
        if (this.status() !== 'InService') return done('busy', 'Cannot update in-progress endpoint');
        this.variants.find(({ name }) => name === action.variant)!.wantedCount = action.count;
        this.busyUntil = this.now + 300;
        return done('done');
      case 'setScaling':
        this.variants.find(({ name }) => name === action.variant)!.scaling = action.scaling;
        return done('done');
      case 'setKillSwitch':
        this.killSwitch = action.value;
        done('done');
        return {};
      case 'warmUp':
        done('done');
        return { warmUp: { sent: action.count, failed: this.warmUpFails, ...this.warmUpFails > 0 ? { message: 'ModelError' } : {} } };
      case 'callGate':
        done('done');
        return { gate: { id: action.id, pass: this.gateAnswers[action.id] ?? false, reason: 'asked' } };
      case 'releaseLock':
        done('done');
        return {};
    }
  }
}
