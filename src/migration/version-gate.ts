import { Lazy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { MigrationGate } from './migration-gate';
import type { TrafficMigrationProps } from './traffic-migration-props';
import { EndpointBenchmark } from '../benchmark';
import type { IEndpointVariant } from '../endpoint';
import { problemText, type Problem } from '../private/problems';

/**
 * The gates of a migration. What nobody measured gets no traffic: without a gate that says otherwise, the benchmark of both variants is asked that the app has. Which one that is, is known once the
 * app is complete: it may be made after the migration. The way back to hardware that the template gives the traffic is always open.
 */
export function withVersionGate(scope: Construct, props: TrafficMigrationProps): MigrationGate[] {
  const { to, gates = [] } = props;
  if (to.weight > 0 || gates.some(({ _aboutVersions }) => _aboutVersions)) return gates;
  scope.node.addValidation({ validate: () => foundProblems(scope, props).map(problemText) });
  // Tokens are resolved before anything is validated: what has a problem is never deployed.
  const functionArn = Lazy.uncachedString({ produce: () => foundProblems(scope, props).length > 0 ? 'no benchmark' : benchmarksOf(props)[0].gateFunction.functionArn });
  return [...gates, MigrationGate._measuredBy(functionArn)];
}

/** What is wrong with what the gates that were given say of versions. */
export function versionProblems({ from, to, gates = [] }: TrafficMigrationProps): Problem[] {
  const about = gates.filter(({ _aboutVersions }) => _aboutVersions);
  if (about.length > 1) return [{ prop: 'gates', got: `${about.length} gates about measured versions`, allowed: 'one of them', fix: 'remove the others' }];
  return gates.flatMap(({ _measured: measured, _compared: compared }, i): Problem[] => {
    const prop = `gates[${i}]`;
    const missing = measured === undefined ? [] : [from, to].filter((variant) => !measured.includes(variant)).map(named).join(' and ');
    if (missing.length > 0) return [{ prop, got: `a benchmark that does not measure ${missing}`, allowed: 'a benchmark of both variants', fix: `add ${missing} to its targets` }];
    if (compared === undefined || (compared.reference === from && compared.candidate === to)) return [];
    return [{
      prop,
      got: `a parity check of ${placed(compared.candidate)} against ${placed(compared.reference)}`,
      allowed: `one of ${placed(to)} (\`to\`) against ${placed(from)} (\`from\`)`,
      fix: `pass an AccuracyParity with candidate ${named(to)} and reference ${named(from)}`,
    }];
  });
}

/** What is wrong with what the app has, when no gate names its benchmark. */
function foundProblems(scope: Construct, props: TrafficMigrationProps): Problem[] {
  const found = benchmarksOf(props);
  if (found.length === 1) return placeProblems(scope, props, found[0]);
  const of = `what variant ${named(props.to)} serves was measured`;
  if (found.length > 1) {
    return [{ prop: 'gates', got: `none that asks whether ${of}, with ${found.length} benchmarks of both variants: ${found.map(({ node }) => node.path).join(', ')}`, allowed: 'a gate that names one of them', fix: 'add MigrationGate.measuredVersion with the one that decides' }];
  }
  return [{
    prop: 'gates',
    got: `none that asks whether ${of}`,
    allowed: 'a gate that asks whether the version was measured on its hardware (MigrationGate.measuredVersion, measuredElsewhere), or a reason why nobody asks (MigrationGate.unmeasuredVersion)',
    fix: "make an EndpointBenchmark of both variants, or add MigrationGate.unmeasuredVersion('...')",
  }];
}

/** A benchmark needs its endpoint, so a migration beside the endpoint cannot need what is in another stack. */
function placeProblems(scope: Construct, { from }: TrafficMigrationProps, benchmark: EndpointBenchmark): Problem[] {
  const [own, endpoint, other] = [scope, from.endpoint, benchmark].map((one) => Stack.of(one));
  if (own !== endpoint || other === own) return [];
  return [{ prop: 'gates', got: `none about measured versions, and ${benchmark.node.path}, a benchmark in stack ${other.node.path}, which depends on stack ${own.node.path}`, allowed: `a benchmark in stack ${own.node.path}`, fix: `make the benchmark in stack ${own.node.path}, or the migration in stack ${other.node.path}` }];
}

function benchmarksOf({ from, to }: TrafficMigrationProps): EndpointBenchmark[] {
  return from.node.root.node.findAll().filter((one): one is EndpointBenchmark => one instanceof EndpointBenchmark && one.variants.includes(from) && one.variants.includes(to));
}

const named = ({ variantName }: IEndpointVariant): string => `'${variantName}'`;

const placed = (variant: IEndpointVariant): string => `${named(variant)} of ${variant.endpoint.node.path}`;
