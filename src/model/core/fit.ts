import type { Findings } from './findings';

/** What is to be served on which hardware, as plain data. Everything unknown is left out, and then not checked. */
export interface FitInput {
  readonly kind: 'gpu' | 'neuron';
  readonly instance: string;
  /** GPUs, or logical NeuronCores. */
  readonly devices: number;
  /** Memory of all devices together, as the API reports it. */
  readonly deviceMemoryGiB: number;
  readonly hostMemoryGiB: number;
  /** Devices one copy of the model is cut over, when the user says so. */
  readonly tensorParallelDegree?: number;
  /** Server processes, when the user says so. */
  readonly workers?: number;
  /** Devices one copy takes when no degree is given. */
  readonly defaultDegree: 'one' | 'all';
  /** True where every server process loads a copy of its own. */
  readonly copyPerWorker: boolean;
  readonly weightsGiB?: number;
  readonly attentionHeads?: number;
  readonly keyValueHeads?: number;
}

/**
 * Share of the device memory that weights may take; the rest is for
 * activations, the KV cache and the runtime. 0.9 is what vLLM takes of a GPU in
 * all unless told otherwise (`--gpu-memory-utilization`, default 0.9), so more
 * weights than that cannot start there; the same share is applied to Neuron.
 */
export const USABLE_DEVICE_SHARE = 0.9;

/**
 * Host memory for the operating system, the agent and the model server, as
 * assumed here; no AWS figure exists. It is small enough to let through what is
 * known to run: CodeLlama-7B in 16 bit (12.6 GiB) on ml.inf2.xlarge (16 GiB).
 */
export const HOST_OVERHEAD_GIB = 2;

const GIB = 1024 ** 3;

/** Weights of a model from its parameter count; 2 bytes a parameter is bfloat16 and float16. */
export function weightsGiBOf(parametersBillion: number, bytesPerParameter = 2): number {
  return parametersBillion * 1e9 * bytesPerParameter / GIB;
}

/** Does the model fit the instance: cores, attention heads, device memory, host memory while it loads. */
export function checkFit(input: FitInput): Findings {
  const found: Findings = { problems: [], warnings: [] };
  const word = input.kind === 'neuron' ? 'logical NeuronCores' : 'GPUs';
  const degree = input.tensorParallelDegree ?? (input.defaultDegree === 'all' ? input.devices : 1);

  if (degree > input.devices) {
    found.problems.push({ check: 'tensor-parallelism', problem: { prop: 'settings.tensorParallelDegree', got: String(degree), allowed: `at most ${input.devices}, the ${word} of ${input.instance}`, fix: 'lower the degree or choose an instance with more devices' } });
    // Memory per copy has no meaning beyond the devices there are.
    return found;
  }
  checkHeads(input, found);
  const copies = copiesOf(input, degree);
  if (input.kind === 'neuron' && input.workers !== undefined && input.copyPerWorker && input.workers * degree > input.devices) {
    found.problems.push({ check: 'tensor-parallelism', problem: { prop: 'settings.workers', got: `${input.workers} workers of ${degree} ${degree === 1 ? 'core' : 'cores'}`, allowed: `at most ${Math.floor(input.devices / degree)}: ${input.instance} has ${input.devices} ${word}, and a process holds its cores alone`, fix: 'lower workers or settings.tensorParallelDegree' } });
  }
  if (input.tensorParallelDegree !== undefined && input.devices % degree !== 0) {
    found.warnings.push({ check: 'tensor-parallelism', id: 'idleDevices', text: `tensorParallelDegree ${degree} does not divide the ${input.devices} ${word} of ${input.instance}: ${input.devices % degree} stay idle and are paid for` });
  }
  checkMemory(input, degree, copies, found);
  return found;
}

function checkHeads(input: FitInput, found: Findings): void {
  const degree = input.tensorParallelDegree;
  if (degree === undefined || degree === 1) return;
  const { attentionHeads: heads, keyValueHeads: keyValue } = input;
  if (heads !== undefined && heads % degree !== 0) {
    if (input.kind === 'gpu') {
      found.problems.push({ check: 'tensor-parallelism', problem: { prop: 'settings.tensorParallelDegree', got: String(degree), allowed: `a divisor of the model's ${heads} attention heads`, fix: `choose one of ${divisors(heads, input.devices).join(', ')}` } });
    } else {
      // NxD pads heads: AWS publishes Llama 2 (32 and 64 heads) at degree 24 on inf2.48xlarge.
      found.warnings.push({ check: 'tensor-parallelism', id: 'headsPadded', text: `tensorParallelDegree ${degree} does not divide the model's ${heads} attention heads: the compiler pads them, which costs memory and time` });
    }
  }
  if (keyValue === undefined || keyValue % degree === 0) return;
  if (degree % keyValue !== 0 && input.kind === 'gpu') {
    found.problems.push({ check: 'tensor-parallelism', problem: { prop: 'settings.tensorParallelDegree', got: String(degree), allowed: `a divisor or a multiple of the model's ${keyValue} key-value heads`, fix: 'choose another degree' } });
  } else {
    found.warnings.push({ check: 'tensor-parallelism', id: 'keyValueHeadsReplicated', text: `tensorParallelDegree ${degree} is not a divisor of the model's ${keyValue} key-value heads: they are replicated, and the KV cache takes more memory` });
  }
}

/** How many copies of the model load at the same time. */
function copiesOf(input: FitInput, degree: number): number {
  if (!input.copyPerWorker) return 1;
  // Unless told otherwise the script servers start one process per NeuronCore group; on a GPU the number is the image's own business.
  return input.workers ?? (input.kind === 'neuron' ? Math.floor(input.devices / degree) : 1);
}

function checkMemory(input: FitInput, degree: number, copies: number, found: Findings): void {
  const weights = input.weightsGiB;
  if (weights === undefined) return;
  const memory = input.deviceMemoryGiB / input.devices * degree;
  const usable = memory * USABLE_DEVICE_SHARE;
  if (weights > usable) {
    found.problems.push({ check: 'device-memory', problem: { prop: 'profile', got: `${gib(weights)} of weights on ${degree} of ${input.devices} ${input.kind === 'neuron' ? 'logical NeuronCores' : 'GPUs'} of ${input.instance}`, allowed: `at most ${gib(usable)}, ${USABLE_DEVICE_SHARE * 100} % of their ${gib(memory)}`, fix: degree < input.devices ? 'raise settings.tensorParallelDegree or choose an instance with more device memory' : 'choose an instance with more device memory' } });
  }
  if (input.kind !== 'neuron') return;
  const host = weights * copies;
  if (host > input.hostMemoryGiB) {
    found.problems.push({ check: 'host-memory', problem: { prop: 'profile', got: `${gib(host)} of weights in host memory while ${copies} ${copies === 1 ? 'copy loads' : 'copies load'}`, allowed: `less than the ${gib(input.hostMemoryGiB)} of ${input.instance}`, fix: copies > 1 ? 'lower settings.workers or choose a larger instance of the family: it has the same chips and more host memory' : 'choose a larger instance of the family: it has the same chips and more host memory' } });
  } else if (host + HOST_OVERHEAD_GIB > input.hostMemoryGiB) {
    found.warnings.push({ check: 'host-memory', id: 'hostMemoryTight', text: `loading takes about ${gib(host)} of host memory, and ${input.instance} has ${gib(input.hostMemoryGiB)}: models that load on larger sizes of the family have been killed or hung here` });
  }
}

function gib(value: number): string {
  return `${Math.round(value * 10) / 10} GiB`;
}

function divisors(of: number, atMost: number): number[] {
  return Array.from({ length: Math.min(of, atMost) }, (_, i) => i + 1).filter((n) => of % n === 0);
}
