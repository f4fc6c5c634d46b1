import { MigrationGate } from './migration-gate';
import type { TrafficMigrationProps } from './traffic-migration-props';
import { EndpointBenchmark } from '../benchmark';
import type { Problem } from '../private/problems';

/**
 * The gates of a migration. What nobody measured is not promoted: without a gate that says otherwise, the benchmark of both variants is asked that the app has.
 */
export function withVersionGate({ from, to, gates = [] }: TrafficMigrationProps): MigrationGate[] {
  if (gates.some(isAboutVersions)) return gates;
  const found = from.node.root.node.findAll().find((one): one is EndpointBenchmark => one instanceof EndpointBenchmark && [from, to].every((variant) => one.variants.includes(variant)));
  return found === undefined ? gates : [...gates, MigrationGate.measuredVersion(found)];
}

/** What is wrong with what the gates say of versions. The way back to hardware that the template gives the traffic is always open. */
export function versionProblems({ from, to }: TrafficMigrationProps, gates: readonly MigrationGate[]): Problem[] {
  const allowed = 'a gate that asks whether the version was measured on its hardware (MigrationGate.measuredVersion), or a reason why nobody asks (MigrationGate.unmeasuredVersion)';
  const about = gates.filter(isAboutVersions);
  if (about.length > 1) return [{ prop: 'gates', got: `${about.length} gates about measured versions`, allowed: 'one of them', fix: 'remove the others' }];
  if (about.length === 0) {
    return to.weight > 0 ? [] : [{ prop: 'gates', got: `none that asks whether what variant '${to.variantName}' serves was measured`, allowed, fix: "make an EndpointBenchmark of both variants, or add MigrationGate.unmeasuredVersion('...')" }];
  }
  const missing = about[0]._measured === undefined ? [] : [from, to].filter((variant) => !about[0]._measured!.includes(variant));
  return missing.length === 0 ? [] : [{
    prop: `gates[${gates.indexOf(about[0])}]`, got: `a benchmark that does not measure ${missing.map(({ variantName }) => `'${variantName}'`).join(' and ')}`, allowed: 'a benchmark of both variants', fix: `add ${missing.map(({ variantName }) => `'${variantName}'`).join(' and ')} to its targets`,
  }];
}

function isAboutVersions({ _measured, _unmeasured }: MigrationGate): boolean {
  return _measured !== undefined || _unmeasured !== undefined;
}
