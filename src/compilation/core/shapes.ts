import type { Problem } from '../../private/problems';

/** What kind of model is compiled: it decides which shapes there are. */
export type ModelKind = 'text-encoder' | 'vision' | 'audio' | 'clip' | 'seq2seq' | 'diffusion' | 'decoder';

/** A dimension of a kind: the prop a user writes and the option of `optimum-cli export neuron` it becomes. */
export interface Dimension {
  readonly prop: string;
  readonly option: string;
  readonly default?: number;
}

const BATCH: Dimension = { prop: 'batchSize', option: 'batch_size' };
const SEQUENCE: Dimension = { prop: 'sequenceLength', option: 'sequence_length' };
const CHANNELS: Dimension = { prop: 'numChannels', option: 'num_channels', default: 3 };
const WIDTH: Dimension = { prop: 'width', option: 'width' };
const HEIGHT: Dimension = { prop: 'height', option: 'height' };

/**
 * The static dimensions of each kind; one without a default is mandatory.
 *
 * Source: huggingface/optimum-neuron, optimum/exporters/neuron/config.py and model_configs.py, and commands/export/neuronx.py
 * (read 2026-11-22).
 */
export const DIMENSIONS: Readonly<Record<ModelKind, readonly Dimension[]>> = {
  'text-encoder': [BATCH, SEQUENCE],
  'vision': [BATCH, CHANNELS, WIDTH, HEIGHT],
  'audio': [BATCH, { prop: 'audioSequenceLength', option: 'audio_sequence_length' }],
  'clip': [
    { prop: 'textBatchSize', option: 'text_batch_size' }, { prop: 'imageBatchSize', option: 'image_batch_size' },
    SEQUENCE, CHANNELS, WIDTH, HEIGHT,
  ],
  'seq2seq': [BATCH, SEQUENCE, { prop: 'numBeams', option: 'num_beams', default: 1 }],
  'diffusion': [BATCH, HEIGHT, WIDTH, { prop: 'numImagesPerPrompt', option: 'num_images_per_prompt', default: 1 }],
  'decoder': [BATCH, SEQUENCE],
};

/** Kinds whose exporter cuts a model over several cores: NxD decoders, T5 and Flux (optimum-neuron; neuron-architectures). */
export const PARALLEL_KINDS: readonly ModelKind[] = ['decoder', 'seq2seq', 'diffusion'];

/** The dimensions by the names of the exporter's options, or what is wrong with them. */
export function shapesOf(kind: ModelKind, given: Readonly<Record<string, unknown>>, isToken: (value: unknown) => boolean): { shapes: Record<string, number>; problems: Problem[] } {
  const shapes: Record<string, number> = {};
  const problems: Problem[] = [];
  for (const { prop, option, default: standard } of DIMENSIONS[kind]) {
    const value = given[prop] ?? standard;
    const problem = dimensionProblem(kind, prop, value, isToken(value));
    if (problem === undefined) shapes[option] = value as number;
    else problems.push(problem);
  }
  return { shapes, problems };
}

function dimensionProblem(kind: ModelKind, prop: string, value: unknown, token: boolean): Problem | undefined {
  const allowed = 'a whole number of at least 1';
  if (value === undefined || value === null) {
    return { prop: `shapes.${prop}`, got: 'nothing', allowed, fix: `give ${prop}: a model of kind ${kind} is compiled for one fixed ${prop}` };
  }
  if (token) return { prop: `shapes.${prop}`, got: 'a token (a value known only at deploy time)', allowed, fix: 'give a plain number: the key of the artefact is made of it at synth' };
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return undefined;
  return { prop: `shapes.${prop}`, got: typeof value === 'number' ? String(value) : JSON.stringify(value) ?? String(value), allowed, fix: `give ${prop} as ${allowed}` };
}
