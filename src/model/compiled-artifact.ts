import type { ServingImage } from './serving-image';
import type { ServingSettings } from './serving-settings';

/**
 * What a compiled model can be served with: a program for NeuronCores is made for one
 * chip generation, one Neuron SDK, fixed shapes and a fixed number of cores.
 */
export interface CompiledArtifact {
  /** The content key of the compilation: 32 hexadecimal digits. */
  readonly key: string;

  /** What the model was compiled for, in a few words, e.g. `inf2`. */
  readonly target: string;

  /** Instance families whose chips run the program, e.g. `['inf2', 'trn1', 'trn1n']`. */
  readonly families: string[];

  /** The container the artefact is laid out for. */
  readonly servingImage: ServingImage;

  /** What the container is told, in settings: only what its image can be told. */
  readonly settings: ServingSettings;

  /**
   * Compiled batch size.
   *
   * @default - the kind of model has none, or several
   */
  readonly batchSize?: number;

  /**
   * Compiled sequence length in tokens.
   *
   * @default - the kind of model has none
   */
  readonly sequenceLength?: number;

  /** NeuronCores that one copy is cut over. */
  readonly tensorParallelDegree: number;
}
