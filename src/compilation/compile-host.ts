import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FullSpec } from './compilation-checks';
import { CompilationJob } from './compilation-job';
import { AcceleratorInstance, InstanceUse, PriceBook, ProcessingInstance } from '../hardware';
import { ModelCheck, type ModelProfile } from '../model';
import { known } from '../model/served-model-checks';
import { ASSUMED_PARAMETERS_BILLION, hostMemoryNeeded } from './core/host-memory';
import type { Problem } from '../private/problems';

/** Job and host that were chosen, or asked for. */
export interface CompileHost {
  readonly job: CompilationJob;
  readonly processing?: ProcessingInstance;
  readonly training?: AcceleratorInstance;
  readonly problems: Problem[];
}

/** From small to large, of families that most regions have: general purpose first, more memory per core above, never less than 8 vCPUs. */
const LADDER = ['ml.m5.2xlarge', 'ml.m5.4xlarge', 'ml.r5.4xlarge', 'ml.m5.12xlarge', 'ml.r5.12xlarge', 'ml.r5.24xlarge'];

/** Where to compile: CPUs unless it is a language model or the model is too large for the largest CPU host. */
export function chooseHost(spec: FullSpec, given: CompilationJob | undefined, skipped: readonly ModelCheck[]): CompileHost {
  const parameters = parametersOf(spec.source.profile);
  const need = parameters === undefined ? undefined : hostMemoryNeeded(spec.kind, parameters);
  // A model that is partitioned runs in parts while it is traced.
  const needsDevice = spec.kind === 'decoder' || (spec.compiler.maxCpuOperators ?? 0) > 0;
  const job = given ?? (needsDevice || ((need ?? 0) > largest().memoryGiB && (need ?? 0) <= largestTrainium(spec).hostMemoryGiB) ? CompilationJob.onTrainium() : CompilationJob.onCpu());
  if (job.kind === InstanceUse.PROCESSING) {
    const wanted = need ?? hostMemoryNeeded(spec.kind, ASSUMED_PARAMETERS_BILLION[spec.kind] ?? 0);
    const processing = job.processingInstance ?? LADDER.map((name) => ProcessingInstance.of(name)).find((one) => one.memoryGiB >= wanted) ?? largest();
    return { job, processing, problems: checkMemory(spec, need, processing.name, processing.memoryGiB, skipped) };
  }
  const training = job.trainingInstance ?? trainiumFor(spec, need);
  return { job, training, problems: [...checkTarget(spec, training), ...checkMemory(spec, need, training.name, training.hostMemoryGiB, skipped)] };
}

function largest(): ProcessingInstance {
  return ProcessingInstance.of(LADDER[LADDER.length - 1]);
}

function largestTrainium({ target }: FullSpec): AcceleratorInstance {
  return target.name === 'trn2' ? AcceleratorInstance.TRN2_48XLARGE : AcceleratorInstance.TRN1_32XLARGE;
}

function trainiumFor(spec: FullSpec, need: number | undefined): AcceleratorInstance {
  const { target, tensorParallelDegree } = spec;
  if (target.name === 'trn2') return largestTrainium(spec);
  const small = AcceleratorInstance.TRN1_2XLARGE;
  const fits = need !== undefined && need <= small.hostMemoryGiB && tensorParallelDegree <= (small.logicalNeuronCores ?? 0);
  return fits ? small : largestTrainium(spec);
}

/** Parameters in billions: as given, or from the size of the weights at their width. */
export function parametersOf(profile: ModelProfile | undefined): number | undefined {
  const { parametersBillion, weightsGiB, bytesPerParameter } = profile ?? {};
  const weights = known(weightsGiB);
  return known(parametersBillion) ?? (weights === undefined ? undefined : weights * 1024 ** 3 / 1e9 / (known(bytesPerParameter) ?? 2));
}

/** A training job compiles on the chips it has. */
function checkTarget({ target }: FullSpec, host: AcceleratorInstance): Problem[] {
  if (target.families.includes(host.family)) return [];
  return [{ prop: 'job.instanceType', got: `${host.name} for target ${target}`, allowed: `a host of ${target.families.filter((family) => family.startsWith('trn')).join(', ')}`, fix: 'choose another host, or CompilationJob.onCpu, which compiles for every target' }];
}

/** What to say of a choice that rests on little. */
export function hostWarnings(scope: Construct, spec: FullSpec, host: CompileHost, given: CompilationJob | undefined): { readonly id: string; readonly text: string }[] {
  const name = (host.processing ?? host.training)!.name;
  const warnings = [];
  if (given === undefined && parametersOf(spec.source.profile) === undefined && ['decoder', 'diffusion', 'seq2seq'].includes(spec.kind)) {
    const assumed = ASSUMED_PARAMETERS_BILLION[spec.kind];
    warnings.push({ id: 'compileHostAssumed', text: `the model's size is not known: it is compiled on ${name}${assumed === undefined ? '' : `, enough for about ${assumed} billion parameters`}. Give the source a profile with parametersBillion, or choose the job` });
  }
  const { region } = Stack.of(scope);
  if (host.training !== undefined && !Token.isUnresolved(region) && PriceBook.bundled().isListed(region, host.training, InstanceUse.TRAINING) === false) {
    warnings.push({ id: 'compileHostNotInRegion', text: `no price list has ${name} for training jobs in ${region}: compile in a stack in another region and copy the artefact, or use CompilationJob.onCpu; acknowledge this warning when you know that ${region} offers it` });
  }
  return warnings;
}

function checkMemory(spec: FullSpec, need: number | undefined, host: string, memoryGiB: number, skipped: readonly ModelCheck[]): Problem[] {
  if (need === undefined || need <= memoryGiB || skipped.includes(ModelCheck.HOST_MEMORY)) return [];
  const gib = (value: number) => `${Math.round(value * 10) / 10} GiB`;
  const [cpu, trainium] = [largest(), largestTrainium(spec)];
  const larger = [
    ...need <= cpu.memoryGiB ? [`CompilationJob.onCpu with up to ${cpu} (${gib(cpu.memoryGiB)})`] : [],
    ...need <= trainium.hostMemoryGiB ? [`CompilationJob.onTrainium with ${trainium.name} (${gib(trainium.hostMemoryGiB)})`] : [],
  ];
  return [{
    prop: 'job.instanceType',
    got: `${host} with ${gib(memoryGiB)} of memory`,
    allowed: `a host with at least ${gib(need)}, as estimated from the model's profile`,
    fix: `${larger.length === 0 ? 'there is no larger host' : `use ${larger.join(' or ')}`}, or skip ModelCheck.HOST_MEMORY when you have seen it compile there`,
  }];
}
