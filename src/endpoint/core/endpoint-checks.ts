import type { Problem } from '../../private/problems';

/** What the checks of a whole endpoint need to know of each variant. A value known at deploy time only is left out. */
export interface VariantFacts {
  readonly name: string;
  readonly instanceTypes: readonly string[];
  readonly weight?: number;
  readonly inferentia1: boolean;
}

/** What the checks of a whole endpoint need to know. */
export interface EndpointFacts {
  readonly variants: readonly VariantFacts[];
  readonly shadows: readonly VariantFacts[];
  readonly asynchronous: boolean;
  readonly rollbackAlarms: number;
  /** `undefined`: SageMaker's own default. */
  readonly deployment?: { readonly rolling: boolean };
}

/** The API's limit of `ProductionVariants` (CreateEndpointConfig). */
export const MAX_VARIANTS = 10;
/** The API's limit of `AutoRollbackConfiguration.Alarms` (CreateEndpoint). */
export const MAX_ROLLBACK_ALARMS = 10;

const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ');

/** Everything that can only be seen when all variants are there. */
export function endpointProblems(endpoint: EndpointFacts): Problem[] {
  return [
    ...countProblems(endpoint),
    ...weightProblems(endpoint),
    ...shadowProblems(endpoint),
    ...deploymentProblems(endpoint),
  ];
}

function countProblems({ variants }: EndpointFacts): Problem[] {
  const allowed = `1 to ${MAX_VARIANTS} production variants`;
  if (variants.length === 0) return [{ prop: 'addVariant', got: 'no variant', allowed, fix: 'call `addVariant` at least once' }];
  if (variants.length > MAX_VARIANTS) return [{ prop: 'addVariant', got: `${variants.length} variants`, allowed, fix: 'split the variants over several endpoints' }];
  return [];
}

function weightProblems({ variants }: EndpointFacts): Problem[] {
  if (variants.length === 0 || !variants.every((variant) => variant.weight === 0)) return [];
  return [{
    prop: 'weight',
    got: `0 on every variant (${list(variants.map((v) => v.name))})`,
    allowed: 'at least one variant with a weight above 0',
    fix: 'give the variant that should take the traffic `weight: 1`',
  }];
}

function shadowProblems({ variants, shadows, asynchronous }: EndpointFacts): Problem[] {
  if (shadows.length === 0) return [];
  const problems: Problem[] = [];
  if (shadows.length > 1 || variants.length > 1) {
    problems.push({
      prop: 'addShadowVariant',
      got: `${shadows.length} shadow and ${variants.length} production variants`,
      allowed: 'exactly one shadow variant beside exactly one production variant',
      fix: 'keep one of each, or compare the others by weight with `addVariant`',
    });
  }
  const inf1 = [...variants, ...shadows].filter((variant) => variant.inferentia1);
  if (inf1.length > 0) {
    problems.push({ prop: 'addShadowVariant', got: `a shadow variant with ${list(inf1.map((v) => v.name))} on Inferentia1`, allowed: 'shadow and production variants on other hardware than ml.inf1', fix: 'move the variant to ml.inf2, or leave the shadow variant out' });
  }
  if (asynchronous) {
    problems.push({ prop: 'addShadowVariant', got: 'a shadow variant on an asynchronous endpoint', allowed: 'shadow variants on real-time endpoints', fix: 'leave out `asyncInference` or the shadow variant' });
  }
  return problems;
}

function deploymentProblems({ variants, shadows, deployment, rollbackAlarms }: EndpointFacts): Problem[] {
  const problems: Problem[] = [];
  if (deployment?.rolling === true && variants.length > 1) {
    problems.push({
      prop: 'deployment',
      got: `a rolling deployment with ${variants.length} variants`,
      allowed: '`DeploymentStrategy.allAtOnce`, `.canary` or `.linear` on an endpoint with several variants',
      fix: 'use `DeploymentStrategy.canary`: SageMaker ignores a rolling deployment here and replaces everything at once',
    });
  }
  const inf1 = [...variants, ...shadows].filter((variant) => variant.inferentia1);
  if (inf1.length > 0 && (deployment !== undefined || rollbackAlarms > 0)) {
    problems.push({
      prop: 'deployment',
      got: `a deployment strategy with ${list(inf1.map((v) => v.name))} on Inferentia1 (${inf1.flatMap((v) => v.instanceTypes).join(', ')})`,
      allowed: 'no deployment strategy and no rollback alarm on endpoints with ml.inf1 instances',
      fix: 'leave `deployment` and rollback alarms out, or move the variant to ml.inf2',
    });
  }
  if (rollbackAlarms > MAX_ROLLBACK_ALARMS) {
    problems.push({ prop: 'addRollbackAlarm', got: `${rollbackAlarms} alarms`, allowed: `at most ${MAX_ROLLBACK_ALARMS}`, fix: 'combine alarms with a composite alarm' });
  }
  return problems;
}
