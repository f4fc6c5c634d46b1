import type { ModelKind } from './shapes';

/**
 * What a compile needs of its host's memory.
 *
 * The compiler holds the weights, the graph and the program at the same time. No AWS figure exists; the line below is laid
 * through what is published: SD 2.1 about 35 GB and SDXL 92 GB on a CPU host (optimum-neuron, guide and notebooks), SDXL about
 * 120 GB (philschmid.de, Stable Diffusion XL on Inferentia2, 2023-11-07), Llama 3.1 8B killed in the 32 GiB of trn1.2xlarge
 * (aws-neuron/neuronx-distributed issue 53). Read 2026-11-23; inferred.
 */
export const BASE_GIB = 8;

/**
 * Bytes of memory for each parameter. Traced models are float32 and are held eight times. Language models are loaded in 16 bit, here three times:
 * between 8 billion parameters that do not compile in 32 GiB and 6.7 billion that do in the 128 GiB of inf2.8xlarge (rows in data/compile-times.json).
 */
export const BYTES_PER_PARAMETER = { traced: 32, decoder: 6 };

/** GiB of host memory for a model of so many parameters. */
export function hostMemoryNeeded(kind: ModelKind, parametersBillion: number): number {
  return BASE_GIB + BYTES_PER_PARAMETER[kind === 'decoder' ? 'decoder' : 'traced'] * parametersBillion * 1e9 / 1024 ** 3;
}

/** Parameters of a model whose size is not known, by kind: the larger ones that are common, so that the default host has room. */
export const ASSUMED_PARAMETERS_BILLION: Readonly<Record<string, number>> = {
  // BERT-large and ViT-large have 0.3 billion, CLIP-L 0.43, T5-base 0.22, SDXL 3.5 with its text encoders.
  'text-encoder': 0.35,
  'vision': 0.35,
  'audio': 0.35,
  'clip': 0.45,
  'seq2seq': 0.8,
  'diffusion': 3.5,
};
