import { percentText, plural } from './text';
import type { Hold, Tick } from './tick';
import type { VariantConfig } from './types';
import { instancesFor, pinnedScaling, sameScaling } from '../capacity';

/** A request for instances that came to nothing is not repeated sooner: each locks the endpoint for minutes, and a rollback with it. */
const AGAIN = 600;
/** The same where traffic is judged meanwhile. */
const AGAIN_EXPOSED = 1800;

/** Scaling of a variant as it is now. */
function scalingNow(t: Tick, variant: VariantConfig) {
  return variant.name === t.config.from.name ? t.seen.scaling?.from : t.seen.scaling?.to;
}

/** The newcomer's instances for a share of the largest minute of the baseline. */
export function neededAt(t: Tick, share: number): number {
  return instancesFor(t.config.to, t.state.baseline?.peakRequestsPerMinute ?? 0, share);
}

/** Most instances that the newcomer may have; undefined where nothing says. */
export function mostInstances(t: Tick): number | undefined {
  const { config: { to }, state } = t;
  return to.scaled ? (state.pinned?.[to.name] ?? scalingNow(t, to))?.max ?? to.maxInstances : to.maxInstances;
}

/**
 * Both variants have the instances that a share needs, and keep them: those of `from` for the way back, those of the newcomer for the
 * traffic. Asks for what is missing; calls itself done only when it is seen.
 */
export function ensureInstances(t: Tick, share: number): Hold | undefined {
  const { config: { from, to }, state } = t;
  const most = mostInstances(t);
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
  const original = t.state.pinned?.[variant.name] ?? now;
  const wanted = pinnedScaling(original, min);
  if (sameScaling(now, wanted)) return undefined;
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
