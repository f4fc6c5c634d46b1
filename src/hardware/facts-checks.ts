import { Token } from 'aws-cdk-lib';
import type { AcceleratorFacts } from './accelerator';
import { AcceleratorKind } from './accelerator-kind';
import type { AcceleratorInstanceFacts } from './instance-facts';
import type { ProcessingInstanceFacts } from './processing-instance';
import { checkNumber, checkObject, checkPattern } from '../private/checks';
import type { Problem } from '../private/problems';

const POSITIVE = { min: Number.MIN_VALUE };
const COUNT = { min: 1, integer: true };

/** A number that has to be above zero; the limit itself would read badly. */
function positive(prop: string, value: number | undefined, unit: string): Problem[] {
  return checkNumber(prop, value, POSITIVE).map((problem) => ({ ...problem, allowed: `a number above 0 (${unit})`, fix: `give it in ${unit}` }));
}

/** The type demands the fact, but JavaScript does not. */
function missing(prop: string, value: unknown, why = 'the checks of an endpoint count with it'): Problem[] {
  return value === undefined ? [{ prop, got: 'nothing', allowed: 'a number', fix: `give it: ${why}` }] : [];
}

/** A name that identifies something must be a literal, or two stacks could mean different things by it. */
function literal(prop: string, value: string, pattern: RegExp, allowed: string, example: string): Problem[] {
  if (typeof value !== 'string') return [{ prop, got: value === undefined ? 'nothing' : String(value), allowed, fix: `write it like '${example}'` }];
  return Token.isUnresolved(value)
    ? [{ prop, got: 'a token (a value known only at deploy time)', allowed, fix: `give a literal such as '${example}'` }]
    : checkPattern(prop, value, pattern, allowed, `write it like '${example}'`);
}

/** Problems of the facts that describe an accelerator outside the catalogue. */
export function acceleratorProblems(key: string, facts: AcceleratorFacts): Problem[] {
  const problems = [
    ...literal('key', key, /^[a-z0-9][a-z0-9.-]{0,62}$/, 'lower case letters, digits, dots and hyphens, at most 63', 'acme-9000'),
    ...checkPattern('name', facts.name, /\S/, 'a name that is not blank', 'give the name on the product page'),
    ...checkPattern('architecture', facts.architecture, /\S/, 'a name that is not blank', 'give the generation, such as `Hopper`'),
    ...positive('memoryGiB', facts.memoryGiB, 'GiB'),
    ...positive('memoryNominalGB', facts.memoryNominalGB, 'GB'),
    ...positive('memoryBandwidthGBps', facts.memoryBandwidthGBps, 'GB/s'),
    ...Object.entries(facts.compute ?? {}).flatMap(([name, rate]) => positive(`compute.${name}`, rate as number | undefined, name.endsWith('Tops') ? 'TOPS' : 'TFLOPS')),
    ...checkPattern('computeCapability', facts.computeCapability, /^\d{1,2}\.\d$/, 'major.minor, such as `8.9`'),
  ];
  const cores = facts.neuronCores;
  if (facts.kind === AcceleratorKind.NEURON && cores === undefined) {
    problems.push({ prop: 'neuronCores', got: 'nothing', allowed: 'the NeuronCores of a Neuron device', fix: 'give version and number of its NeuronCores' });
  }
  if (facts.kind === AcceleratorKind.GPU && cores !== undefined) {
    problems.push({ prop: 'neuronCores', got: 'a value for a GPU', allowed: 'nothing for a GPU', fix: 'leave it out or make `kind` AcceleratorKind.NEURON' });
  }
  if (cores !== undefined) {
    problems.push(...checkPattern('neuronCores.version', cores.version, /^v\d$/, 'such as `v2`'), ...checkNumber('neuronCores.cores', cores.cores, COUNT));
    const configs = cores.logicalCoreConfigs ?? [1];
    const fits = (config: number) => Number.isInteger(config) && config > 0 && cores.cores % config === 0;
    if (configs.length === 0 || !configs.every(fits)) {
      problems.push({ prop: 'neuronCores.logicalCoreConfigs', got: JSON.stringify(configs), allowed: `divisors of ${cores.cores}, at least one`, fix: 'leave it out for [1], or give the values that the hardware takes' });
    }
  }
  return problems;
}

/** Problems of the name of an instance type that is not looked up. */
export function instanceNameProblems(name: string, example = 'ml.g5.xlarge'): Problem[] {
  return literal('name', name, /^ml\.[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,20}$/, 'a SageMaker instance type: `ml.`, family, dot, size', example);
}

/** Problems of the facts that describe an instance type outside the catalogue. */
export function instanceProblems(name: string, facts: AcceleratorInstanceFacts): Problem[] {
  const notFacts = checkObject('facts', facts, 'accelerator', 'the facts of the type, with its `accelerator`', 'give what AcceleratorInstanceFacts asks for');
  // Nothing else can be asked of what is no object.
  if (notFacts.length > 0) return [...instanceNameProblems(name), ...notFacts];
  const network = facts.network ?? {};
  const problems = [
    ...instanceNameProblems(name),
    ...checkObject('accelerator', facts.accelerator, 'memoryGiB', 'an accelerator', 'use a static of Accelerator such as Accelerator.L4, Accelerator.of or Accelerator.custom'),
    ...(['acceleratorCount', 'vcpu', 'hostMemoryGiB', 'localNvmeGB'] as const).flatMap((prop) => missing(prop, facts[prop])),
    ...checkNumber('acceleratorCount', facts.acceleratorCount, COUNT),
    ...checkNumber('vcpu', facts.vcpu, COUNT),
    ...positive('hostMemoryGiB', facts.hostMemoryGiB, 'GiB'),
    ...checkNumber('localNvmeGB', facts.localNvmeGB, { min: 0, unit: 'GB' }, 'give its size in GB, 0 for none'),
    ...positive('network.networkGbps', network.networkGbps, 'Gbit/s'),
    ...positive('network.networkBaselineGbps', network.networkBaselineGbps, 'Gbit/s'),
    ...checkNumber('network.efaInterfaces', network.efaInterfaces, { min: 0, integer: true }),
    ...positive('network.interconnectGBps', network.interconnectGBps, 'GB/s'),
  ];
  if (!Array.isArray(facts.uses) || facts.uses.length === 0) {
    problems.push({ prop: 'uses', got: Array.isArray(facts.uses) ? 'an empty list' : 'no list', allowed: 'at least one InstanceUse', fix: 'list what the API accepts the type for, such as InstanceUse.HOSTING' });
  }
  const { networkGbps: peak, networkBaselineGbps: baseline } = network;
  if (peak !== undefined && baseline !== undefined && baseline > peak) {
    problems.push({ prop: 'network.networkBaselineGbps', got: String(baseline), allowed: `at most the peak rate of ${peak}`, fix: 'swap the two rates or leave the baseline out' });
  }
  return problems;
}

/** Problems of the facts that describe a type for processing jobs outside the catalogue. */
export function processingProblems(name: string, facts: ProcessingInstanceFacts, hasAccelerators: boolean): Problem[] {
  const problems = instanceNameProblems(name, 'ml.m5.4xlarge');
  if (hasAccelerators) {
    problems.push({ prop: 'name', got: `"${name}", a type with accelerators`, allowed: 'a type without', fix: "use one such as 'ml.m5.4xlarge'; types with accelerators are AcceleratorInstance" });
  }
  if (typeof facts !== 'object' || facts === null) {
    problems.push({ prop: 'facts', got: String(facts), allowed: 'the facts of the type, with its `memoryGiB`', fix: 'give what ProcessingInstanceFacts asks for' });
    // Nothing else can be asked of what is no object.
    return problems;
  }
  return [
    ...problems,
    ...missing('memoryGiB', facts.memoryGiB, 'a compile is placed on a type that has the memory for its model'),
    ...missing('vCpus', facts.vCpus, 'it tells types of the same memory apart'),
    ...positive('memoryGiB', facts.memoryGiB, 'GiB'),
    ...checkNumber('vCpus', facts.vCpus, COUNT),
  ];
}
