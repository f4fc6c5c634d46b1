import type { Action, EventName, MigrationConfig, MigrationEvent, MigrationState, Observation, Outcome, Phase, VariantSeen } from './types';
import { KILL_SWITCH_OFF } from '../../contract';

type Draft = { -readonly [K in keyof MigrationState]: MigrationState[K] };

/** Why it does not go on, and what people are told. */
export interface Hold {
  /** Names the kind of reason: the event is sent again when this changes, not when a count in the message does. */
  readonly key: string;
  readonly message: string;
  readonly page?: boolean;
  /** Part of what is always done, and over soon: no event. */
  readonly usual?: boolean;
}

/** Phases in which the endpoint is left alone when it is not as expected: everything else is a write that goes on until it is seen. */
const ENDING: readonly Phase[] = ['rollback', 'verify', 'release', 'ended'];

/** What one tick of the controller reads and writes. Lives as long as the tick. */
export class Tick {
  public readonly state: Draft;
  public readonly actions: Action[] = [];
  public readonly events: MigrationEvent[] = [];
  /** Set when this execution of the step machine is over. */
  public outcome?: Outcome | 'continue';
  /** Whether something was said about holding in this tick. */
  private held = false;

  constructor(public readonly config: MigrationConfig, state: MigrationState, public readonly seen: Observation) {
    this.state = { ...state };
  }

  public get now(): number {
    return this.seen.now;
  }

  public get from(): VariantSeen | undefined {
    return this.seen.endpoint.variants.find(({ name }) => name === this.config.from.name);
  }

  public get to(): VariantSeen | undefined {
    return this.seen.endpoint.variants.find(({ name }) => name === this.config.to.name);
  }

  /** The endpoint takes changes. */
  public get inService(): boolean {
    return this.seen.endpoint.status === 'InService';
  }

  /** Percent of the requests of both variants that go to the newcomer now, whatever was wanted. */
  public get realShare(): number {
    return shareOf(this.from?.currentWeight ?? 0, this.to?.currentWeight ?? 0);
  }

  /** The same, as the endpoint was last told. */
  public get desiredShare(): number {
    return shareOf(this.from?.desiredWeight ?? 0, this.to?.desiredWeight ?? 0);
  }

  /** Rolling back or giving back: nothing advances any more. */
  public get ending(): boolean {
    return ENDING.includes(this.state.phase);
  }

  /** The newcomer has traffic, or may have. */
  public get exposed(): boolean {
    return this.state.share > 0 || this.realShare > 0;
  }

  /** Share that the step in hand wants. */
  public get target(): number {
    return this.config.plan.steps[this.state.step] ?? 100;
  }

  /** All steps are left: what comes is 100 %. */
  public get atFull(): boolean {
    return this.state.step >= this.config.plan.steps.length;
  }

  public set(patch: Partial<MigrationState>): void {
    Object.assign(this.state, patch);
  }

  public go(phase: Phase, patch: Partial<MigrationState> = {}): void {
    this.set({ phase, phaseSince: this.now, holding: undefined, ...patch });
  }

  /** A dry run writes to nothing but its own records. */
  public act(action: Action): void {
    if (this.config.policies.dryRun && action.kind !== 'releaseLock' && this.state.ending !== 'released') return;
    this.actions.push(action);
  }

  public event(name: EventName, message: string, detail: Readonly<Record<string, unknown>> = {}, page = false): void {
    const { run, phase, step, share } = this.state;
    this.events.push({ name, message, page, detail: { migration: this.config.migration, endpoint: this.config.endpointName, run, phase, step, share, ...detail } });
  }

  /** True the first time that it is asked for this key. */
  public first(key: string): boolean {
    if (this.state.said?.includes(key) === true) return false;
    this.state.said = [...this.state.said ?? [], key];
    return true;
  }

  public hold({ key, message, page, usual }: Hold, detail: Readonly<Record<string, unknown>> = {}): void {
    // The first reason of a tick is the one that counts.
    if (this.held) return;
    this.held = true;
    // What is over in a moment does not hide what holds longer, nor has it said again.
    if (usual === true && this.state.holding !== undefined) return;
    if (this.state.holding === key) return;
    this.state.holding = key;
    if (usual !== true) this.event('Holding', message, { reason: key, ...detail }, page ?? false);
  }

  /** A reason that is gone is said again when it comes back. */
  public settleHold(): void {
    if (!this.held) this.state.holding = undefined;
  }

  public pause(by: NonNullable<MigrationState['paused']>['by'], why: string, detail: Readonly<Record<string, unknown>> = {}): void {
    this.set({ paused: { by, why, since: this.now } });
    this.event('Paused', `paused: ${why}`, { by, commands: ['resume', 'abort'], ...detail }, by !== 'update');
  }

  /** The lock goes, and nothing is done after it. */
  public end(outcome: Outcome, message: string, detail: Readonly<Record<string, unknown>> = {}): void {
    if (this.state.killSwitch === true) this.act({ kind: 'setKillSwitch', value: KILL_SWITCH_OFF });
    this.act({ kind: 'releaseLock' });
    this.outcome = outcome;
    this.go('ended', { outcome, killSwitch: false, reason: this.state.reason ?? message });
    // A refused run leaves what an interrupted one knew.
    if (outcome !== 'refused') this.set({ unproven: false, safeShare: this.state.share });
    this.event('MigrationEnded', message, { outcome, ...detail });
  }
}

function shareOf(from: number, to: number): number {
  return to <= 0 ? 0 : 100 * to / (Math.max(0, from) + to);
}
