import { Size, Token } from 'aws-cdk-lib';
import { encodeHyperParameters, type HyperParameter } from './core/hyper-parameters';
import { collectiveEnvironment, processesPerInstance, type LaunchFacts } from './core/launch';
import type { RungFacts } from './core/rung-checks';
import type { TrainingTaskProps } from './training-job-props';
import type { TrainingRung } from './training-rung';
import { InstanceUse, type AcceleratorInstance } from '../hardware';

/** A rung with its defaults, before anything is made. */
export interface ResolvedRung {
  readonly prop: string;
  readonly given: TrainingRung;
  readonly name: string;
  readonly instance: AcceleratorInstance;
  readonly instanceCount: number;
  /** Of all groups together. */
  readonly allInstances: number;
  readonly processes: number;
  /** Variables for collectives, and those that the user gave. */
  readonly environment: Readonly<Record<string, string>>;
  readonly hyperParameters: Readonly<Record<string, HyperParameter>>;
  readonly efa: boolean;
}

/** Fills in what a rung leaves out. */
export function resolveRung(props: TrainingTaskProps, given: TrainingRung, index: number): ResolvedRung {
  const { instanceType: instance, instanceCount = 1, instanceGroups = [] } = given;
  const facts = launchFacts(instance);
  // Of the alternatives any may come.
  const allInstances = Math.max(instanceCount, ...(given.alternatives ?? []).map((one) => one.instanceCount ?? 1)) + instanceGroups.reduce((sum, group) => sum + group.instanceCount, 0);
  return {
    prop: `rungs[${index}]`,
    given,
    name: given.name ?? rungName(instance),
    instance,
    instanceCount,
    allInstances,
    processes: given.processesPerInstance ?? processesPerInstance(facts),
    environment: { ...collectiveEnvironment(facts, allInstances), ...props.environment, ...given.environment },
    hyperParameters: { ...props.hyperParameters, ...given.hyperParameters } as Record<string, HyperParameter>,
    efa: instance.efaSupported && allInstances > 1,
  };
}

/** `trn1-32xlarge`. */
export function rungName(instance: AcceleratorInstance): string {
  return instance.name.replace(/^ml\./, '').replace(/[^a-zA-Z0-9]+/g, '-');
}

/** What the checks want to know of a rung. */
export function rungFacts(rung: ResolvedRung): RungFacts {
  const { given, instance } = rung;
  const { volumeSize, image } = given;
  const known = instance.localNvmeGB !== undefined;
  return {
    prop: rung.prop,
    instanceType: instance.name,
    kind: kindOf(instance),
    trains: instance.supports(InstanceUse.TRAINING),
    instanceCount: rung.allInstances,
    efa: instance.efaSupported,
    // Where no source tells of local disks, neither is wrong.
    localNvme: instance.localNvmeGB !== 0,
    volumeGiB: known ? gibibytes(volumeSize) : undefined,
    volumeKey: known && given.volumeEncryptionKey !== undefined,
    image: image._facts(),
    hyperParameters: withoutTokens(encodeHyperParameters(rung.hyperParameters)),
    environment: withoutTokens(rung.environment),
    profiler: given.profilerInterval !== undefined,
  };
}

/** What the checks want to know of the other types that a job of a rung may get, or has groups of. The rung itself tells of the rest. */
export function otherTypeFacts(rung: ResolvedRung): RungFacts[] {
  const { alternatives = [], instanceGroups = [] } = rung.given;
  const facts = rungFacts(rung);
  const others = [...alternatives.map((one) => ({ ...one, all: one.instanceCount ?? rung.instanceCount })), ...instanceGroups.map((one) => ({ ...one, all: rung.allInstances }))];
  return others.map(({ instanceType: instance, all }) => ({
    ...facts,
    instanceType: instance.name,
    kind: kindOf(instance),
    trains: instance.supports(InstanceUse.TRAINING),
    instanceCount: all,
    efa: instance.efaSupported,
    localNvme: instance.localNvmeGB !== 0,
    hyperParameters: {},
    environment: {},
  }));
}

/** Processes of the script on an instance of a type. */
export function processesOf(instance: AcceleratorInstance): number {
  return processesPerInstance(launchFacts(instance));
}

export function kindOf(instance: AcceleratorInstance): 'neuron' | 'gpu' {
  return instance.isNeuron ? 'neuron' : 'gpu';
}

function gibibytes(size: Size | undefined): number | undefined {
  return size === undefined || size.isUnresolved() ? undefined : size.toGibibytes();
}

/** Tokens have a length of their own that says nothing. */
function withoutTokens(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Token.isUnresolved(value) ? '' : value]));
}

function launchFacts(instance: AcceleratorInstance): LaunchFacts {
  return { name: instance.name, kind: kindOf(instance), devices: instance.acceleratorCount, coresPerDevice: (instance.neuronCores ?? instance.acceleratorCount) / instance.acceleratorCount, efa: instance.efaSupported };
}
