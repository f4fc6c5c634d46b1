import { LAGS, type Scenario } from './scenario';
import type { EndpointSeen, MigrationConfig, ScalingState, VariantConfig } from '../controller/types';

interface SimulatedVariant {
  readonly config: VariantConfig;
  weight: number;
  wantedWeight: number;
  count: number;
  wantedCount: number;
  scaling?: ScalingState;
  /** Since when fewer instances would do. */
  idleSince?: number;
}

/** An endpoint in `Updating` takes no other change, whoever wants it: the rule that makes rollbacks hard. */
export class SimulatedEndpoint {
  /** When instances of the newcomer last came up. */
  public instancesUpAt: number;
  private readonly variants: readonly [SimulatedVariant, SimulatedVariant];
  private updatingUntil: number | undefined;

  constructor(private readonly config: MigrationConfig, start: number, requestsPerMinute: number, instances: Scenario['instances'] = {}) {
    this.variants = [
      variant(config.from, config.totalWeight, startCount(config.from, requestsPerMinute, instances.from)),
      variant(config.to, 0, startCount(config.to, 0, instances.to)),
    ];
    // What stood there before the migration is warm.
    this.instancesUpAt = start - 86400;
  }

  /** When the running change is done. */
  public get changesAt(): number | undefined {
    return this.updatingUntil;
  }

  /** Share of the requests that go to the newcomer, 0 to 1. */
  public get share(): number {
    const [from, to] = this.variants;
    return from.weight + to.weight === 0 ? 0 : to.weight / (from.weight + to.weight);
  }

  public instances(who: 'from' | 'to'): number {
    return this.variants[who === 'from' ? 0 : 1].count;
  }

  public seen(): EndpointSeen {
    return {
      status: this.updatingUntil === undefined ? 'InService' : 'Updating',
      configName: 'rehearsal',
      pendingDeployment: false,
      variants: this.variants.map(({ config, weight, wantedWeight, count, wantedCount }) => ({
        name: config.name, currentWeight: weight, desiredWeight: wantedWeight, currentCount: count, desiredCount: wantedCount,
      })),
    };
  }

  public scaling(who: 'from' | 'to'): ScalingState | undefined {
    return this.variants[who === 'from' ? 0 : 1].scaling;
  }

  public setScaling(name: string, scaling: ScalingState): void {
    this.named(name).scaling = scaling;
  }

  /** Share in percent. */
  public setShare(share: number, now: number): 'done' | 'busy' {
    if (this.updatingUntil !== undefined) return 'busy';
    const [from, to] = this.variants;
    to.wantedWeight = this.config.totalWeight * share / 100;
    from.wantedWeight = this.config.totalWeight - to.wantedWeight;
    this.updatingUntil = now + LAGS.weightsSeconds;
    return 'done';
  }

  public setCount(name: string, count: number, now: number): 'done' | 'busy' {
    if (this.updatingUntil !== undefined) return 'busy';
    const target = this.named(name);
    target.wantedCount = count;
    this.updatingUntil = now + (count > target.count ? LAGS.capacitySeconds : LAGS.weightsSeconds);
    return 'done';
  }

  /** Ends the change that runs. */
  public settle(now: number): void {
    if (this.updatingUntil === undefined || this.updatingUntil > now) return;
    if (this.variants[1].wantedCount > this.variants[1].count) this.instancesUpAt = this.updatingUntil;
    for (const each of this.variants) [each.weight, each.count] = [each.wantedWeight, each.wantedCount];
    this.updatingUntil = undefined;
  }

  /** Target tracking, once a period: out at once, in after a quarter of an hour. */
  public autoscale(now: number, requestsPerMinute: { readonly from: number; readonly to: number }): void {
    for (const [index, each] of this.variants.entries()) {
      const { scaling } = each;
      if (scaling === undefined || each.config.requestsPerInstance === undefined) continue;
      const wanted = Math.min(scaling.max, Math.max(scaling.min, needed(each.config, index === 0 ? requestsPerMinute.from : requestsPerMinute.to)));
      if (wanted >= each.count) each.idleSince = undefined;
      if (wanted > each.count && !scaling.scaleOutSuspended) this.setCount(each.config.name, wanted, now);
      if (wanted < each.count && !scaling.scaleInSuspended) {
        each.idleSince ??= now;
        if (now - each.idleSince >= LAGS.scaleInSeconds) this.setCount(each.config.name, wanted, now);
      }
    }
  }

  private named(name: string): SimulatedVariant {
    return this.variants[name === this.config.from.name ? 0 : 1];
  }
}

/** Target tracking has set the number long before; where there is none it is the template's. */
function startCount(config: VariantConfig, requestsPerMinute: number, template: number | undefined): number {
  const tracked = config.scaled && config.requestsPerInstance !== undefined;
  return Math.max(config.minInstances ?? 1, tracked || template === undefined ? needed(config, requestsPerMinute) : template);
}

function variant(config: VariantConfig, weight: number, count: number): SimulatedVariant {
  const fitting = Math.min(count, config.maxInstances ?? Infinity);
  const scaling = config.scaled
    ? { min: config.minInstances ?? 1, max: config.maxInstances ?? fitting, scaleInSuspended: false, scaleOutSuspended: false }
    : undefined;
  return { config, weight, wantedWeight: weight, count: fitting, wantedCount: fitting, scaling };
}

const needed = (config: VariantConfig, requestsPerMinute: number) => config.requestsPerInstance === undefined ? 1 : Math.max(1, Math.ceil(requestsPerMinute / config.requestsPerInstance));
