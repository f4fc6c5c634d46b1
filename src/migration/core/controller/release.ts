import { originalScaling, scalingNow } from './instances';
import { durationText } from './text';
import type { Tick } from './tick';
import type { VariantConfig } from './types';
import { sameScaling } from '../capacity';

/** Phase `release`: what was pinned is given back as it was, what was raised by hand is taken down in halves. Then the run is over. */
export function releasePhase(t: Tick): void {
  const { state, config, now } = t;
  const ending = state.ending ?? 'rolledBack';
  const left = [giveBack(t, config.from), giveBack(t, config.to)].filter((text) => text !== undefined);
  if (left.length === 0 && ending !== 'released') left.push(...shrink(t, ending === 'promoted' ? [config.from] : [config.to, config.from]));
  if (left.length > 0 && now - state.phaseSince < config.policies.changeTimeoutSeconds) return t.hold({ key: 'release', usual: true, message: left.join('; ') });
  if (left.length > 0) {
    t.event('Holding', `${left.join('; ')}: given up after ${durationText(config.policies.changeTimeoutSeconds)}; start with "release" to try it again`, { reason: 'release', pinned: state.pinned }, true);
  }
  t.end(ending, {
    promoted: `the migration is over: ${config.to.name} has all of the traffic`,
    rolledBack: `the migration is over: ${config.from.name} has all of the traffic`,
    released: 'scaling is as it was before the interrupted run',
  }[ending as 'promoted' | 'rolledBack' | 'released']);
}

function giveBack(t: Tick, variant: VariantConfig): string | undefined {
  if (t.state.pinned?.[variant.name] === undefined) return undefined;
  if (t.seen.scaling === undefined) return `the scaling of ${variant.name} could not be read`;
  const now = scalingNow(t, variant);
  const original = originalScaling(t, variant)!;
  if (now === undefined || sameScaling(now, original)) {
    const { [variant.name]: _, ...pinned } = t.state.pinned!;
    t.set({ pinned: Object.keys(pinned).length > 0 ? pinned : undefined });
    return undefined;
  }
  t.act({ kind: 'setScaling', variant: variant.name, scaling: original });
  return `scaling of ${variant.name} is being given back`;
}

/** Only what this run has raised, and only where no scaling does it. In halves: half an error is found before the second half. */
function shrink(t: Tick, variants: readonly VariantConfig[]): string[] {
  for (const variant of variants) {
    const isFrom = variant.name === t.config.from.name;
    const seen = isFrom ? t.from : t.to;
    const start = t.state.startCounts?.[isFrom ? 'from' : 'to'];
    if (variant.scaled || seen === undefined || start === undefined || t.state.raised?.includes(variant.name) !== true || seen.desiredCount <= Math.max(1, start)) continue;
    const count = Math.max(1, start, Math.ceil(seen.desiredCount / 2));
    if (t.inService) t.act({ kind: 'setCapacity', variant: variant.name, count });
    return [`${variant.name} goes from ${seen.desiredCount} to ${count} instances`];
  }
  return [];
}
