import { percentText, plural } from './text';
import type { Hold, Tick } from './tick';
import type { ScalingState, VariantConfig } from './types';
import { changedScaling, instancesFor, pinnedScaling, sameScaling } from '../capacity';

/** A request for instances that came to nothing is not repeated sooner: each locks the endpoint for minutes, and a rollback with it. */
const AGAIN = 600;
/** The same where traffic is judged meanwhile. */
const AGAIN_EXPOSED = 1800;

/** Scaling of a variant as it is now. */
export function scalingNow(t: Tick, variant: VariantConfig): ScalingState | undefined {
  return variant.name === t.config.from.name ? t.seen.scaling?.from : t.seen.scaling?.to;
}

/**
 * Scaling of a variant without what runs have pinned: what it is given back as. What somebody sets meanwhile, with a deploy as a rule, is
 * what they want from then on; it is not undone, now or at the end.
 */
export function originalScaling(t: Tick, variant: VariantConfig): ScalingState | undefined {
  const now = scalingNow(t, variant);
  const known = t.state.pinned?.[variant.name];
  if (known === undefined || now === undefined) return known ?? now;
  const changed = changedScaling(known, now, t.state.pinnedSeen?.includes(variant.name) === true ? pinsOf(t, variant) : undefined);
  if (changed === undefined) return known;
  t.set({ pinned: { ...t.state.pinned, [variant.name]: changed } });
  const text = ({ min, max, scaleOutSuspended }: ScalingState) => `${min} to ${plural(max, 'instance')}${scaleOutSuspended ? ' without scaling out' : ''}`;
  t.event('DriftDetected', `somebody set the scaling of ${variant.name} to ${text(changed)} (it was ${text(known)}): that is what it is given back as; what the migration needs of it stays pinned until then`,
    { what: 'scaling', variant: variant.name, expected: known, got: now });
  return changed;
}

/** Least numbers of instances that this run pins. */
function pinsOf(t: Tick, variant: VariantConfig): readonly number[] {
  if (variant.name === t.config.from.name) return [t.state.floor ?? 1];
  return [...t.config.plan.steps, t.state.share, 100].map((share) => neededAt(t, share));
}

/** The newcomer's instances for a share of the largest minute of the baseline. */
export function neededAt(t: Tick, share: number): number {
  return instancesFor(t.config.to, t.state.baseline?.peakRequestsPerMinute ?? 0, share);
}

/** Most instances that a variant may have; undefined where nothing says. */
export function mostInstances(t: Tick, variant: VariantConfig): number | undefined {
  return variant.scaled ? originalScaling(t, variant)?.max ?? variant.maxInstances : variant.maxInstances;
}

/**
 * Both variants have the instances that a share needs, and keep them: those of `from` for the way back, those of the newcomer for the
 * traffic. Asks for what is missing; calls itself done only when it is seen.
 */
export function ensureInstances(t: Tick, share: number): Hold | undefined {
  const { config: { from, to }, state } = t;
  const most = mostInstances(t, to);
  const needed = neededAt(t, share);
  if (most !== undefined && needed > most) {
    return { key: 'maxInstances', page: true, message: `${to.name} needs ${plural(needed, 'instance')} for ${percentText(share)} of the traffic and may have ${most}: raise its maximum` };
  }
  const pinning = [pin(t, from, state.floor ?? 1), pin(t, to, needed)];
  const unpinned = pinning[0] ?? pinning[1];
  if (unpinned !== undefined) return unpinned;
  const missing = raise(t, from, state.floor ?? 1) ?? raise(t, to, needed);
  return missing === undefined ? undefined : { key: 'instances', message: missing, page: state.phase !== 'capacity' };
}

/** Scaling in is suspended and the minimum is set; what it was is remembered first. */
function pin(t: Tick, variant: VariantConfig, min: number): Hold | undefined {
  if (!variant.scaled) return undefined;
  if (t.seen.scaling === undefined) return { key: 'scaling', message: 'the scaling of the variants could not be read' };
  const now = scalingNow(t, variant);
  if (now === undefined) return undefined;
  const original = originalScaling(t, variant) ?? now;
  const wanted = pinnedScaling(original, min);
  if (sameScaling(now, wanted)) {
    const { pinned, pinnedSeen = [] } = t.state;
    if (pinned?.[variant.name] !== undefined && !pinnedSeen.includes(variant.name)) t.set({ pinnedSeen: [...pinnedSeen, variant.name] });
    return undefined;
  }
  t.set({ pinned: { ...t.state.pinned, [variant.name]: original } });
  t.act({ kind: 'setScaling', variant: variant.name, scaling: wanted });
  return { key: 'scaling', usual: t.state.phase === 'capacity', message: `scaling of ${variant.name} is being pinned to at least ${plural(wanted.min, 'instance')}` };
}

/** Asks for instances where there are fewer; one variant at a time, as the endpoint takes it. */
export function raise(t: Tick, variant: VariantConfig, least: number): string | undefined {
  const { state, now } = t;
  const seen = variant.name === t.config.from.name ? t.from : t.to;
  if (seen !== undefined && seen.currentCount >= least) {
    if (state.capacityTried?.variant === variant.name) t.set({ capacityTried: undefined });
    return undefined;
  }
  const write = state.results?.write;
  const said = write !== undefined && write.status !== 'done' && write.message !== undefined ? ` (${write.message})` : '';
  const tried = state.capacityTried?.variant === variant.name ? state.capacityTried.at : undefined;
  const fresh = tried === undefined || now - tried >= (['capacity', 'rollback'].includes(state.phase) ? AGAIN : AGAIN_EXPOSED) || write?.status === 'busy';
  if (seen !== undefined && t.inService && fresh) {
    t.act({ kind: 'setCapacity', variant: variant.name, count: least });
    t.set({ capacityTried: { variant: variant.name, at: now } });
    if (state.raised?.includes(variant.name) !== true) t.set({ raised: [...state.raised ?? [], variant.name] });
  }
  return `${variant.name} has ${seen?.currentCount ?? 0} of ${plural(least, 'instance')}${said}`;
}
