import { Token } from 'aws-cdk-lib';
import type { FullSpec } from './compilation-checks';
import { CompilationJob } from './compilation-job';
import { AcceleratorInstance, ProcessingInstance } from '../hardware';
import { ModelCheck, type ModelProfile } from '../model';
import { ASSUMED_PARAMETERS_BILLION, hostMemoryNeeded } from './core/host-memory';
import type { Problem } from '../private/problems';

/** Job and host that were chosen, or asked for. */
export interface CompileHost {
  readonly job: CompilationJob;
  readonly processing?: ProcessingInstance;
  readonly training?: AcceleratorInstance;
  readonly problems: Problem[];
}

/** From small to large: general purpose first, more memory per core above; both families are in every region and have 8 vCPUs or more here. */
const LADDER = ['ml.m5.2xlarge', 'ml.m5.4xlarge', 'ml.r5.4xlarge', 'ml.m5.12xlarge', 'ml.r5.12xlarge', 'ml.r5.24xlarge'];

/** Where to compile: CPUs unless it is a language model or the model is too large for the largest CPU host. */
export function chooseHost(spec: FullSpec, given: CompilationJob | undefined, skipped: readonly ModelCheck[]): CompileHost {
  const parameters = parametersOf(spec.source.profile);
  const need = parameters === undefined ? undefined : hostMemoryNeeded(parameters);
  // A model that is partitioned runs in parts while it is traced.
  const needsDevice = spec.kind === 'decoder' || (spec.compiler.maxCpuOperators ?? 0) > 0;
  const job = given ?? (needsDevice || (need ?? 0) > largest().memoryGiB ? CompilationJob.onTrainium() : CompilationJob.onCpu());
  if (job.kind === 'processing') {
    const wanted = need ?? hostMemoryNeeded(ASSUMED_PARAMETERS_BILLION[spec.kind] ?? 0);
    const processing = job.processingInstance ?? LADDER.map((name) => ProcessingInstance.of(name)).find((one) => one.memoryGiB >= wanted) ?? largest();
    return { job, processing, problems: checkMemory(need, processing.name, processing.memoryGiB, skipped, job.processingInstance === undefined) };
  }
  const training = job.trainingInstance ?? trainiumFor(spec, need);
  return { job, training, problems: checkMemory(need, training.name, training.hostMemoryGiB, skipped, false) };
}

function largest(): ProcessingInstance {
  return ProcessingInstance.of(LADDER[LADDER.length - 1]);
}

function trainiumFor({ target, tensorParallelDegree }: FullSpec, need: number | undefined): AcceleratorInstance {
  if (target.name === 'trn2') return AcceleratorInstance.TRN2_48XLARGE;
  const small = AcceleratorInstance.TRN1_2XLARGE;
  const fits = need !== undefined && need <= small.hostMemoryGiB && tensorParallelDegree <= (small.logicalNeuronCores ?? 0);
  return fits ? small : AcceleratorInstance.TRN1_32XLARGE;
}

/** Parameters in billions: as given, or from the size of the weights at their width. */
export function parametersOf(profile: ModelProfile | undefined): number | undefined {
  const { parametersBillion, weightsGiB, bytesPerParameter } = profile ?? {};
  const known = (value: number | undefined) => value === undefined || Token.isUnresolved(value) ? undefined : value;
  const weights = known(weightsGiB);
  return known(parametersBillion) ?? (weights === undefined ? undefined : weights * 1024 ** 3 / 1e9 / (known(bytesPerParameter) ?? 2));
}

function checkMemory(need: number | undefined, host: string, memoryGiB: number, skipped: readonly ModelCheck[], chosen: boolean): Problem[] {
  if (need === undefined || need <= memoryGiB || skipped.includes(ModelCheck.HOST_MEMORY)) return [];
  const gib = (value: number) => `${Math.round(value * 10) / 10} GiB`;
  return [{
    prop: 'job.instanceType',
    got: `${host} with ${gib(memoryGiB)} of memory`,
    allowed: `a host with at least ${gib(need)}, as estimated from the model's profile`,
    fix: `${chosen ? 'use CompilationJob.onTrainium' : 'choose a larger host'}, or skip ModelCheck.HOST_MEMORY when you have seen it compile there`,
  }];
}
