import { Token } from 'aws-cdk-lib';
import { shapesOf, type ModelKind } from './core/shapes';
import { checkObject } from '../private/checks';
import { throwProblems } from '../private/problems';

/** Static shapes of a text encoder. */
export interface TextEncoderShapes {
  /** Inputs computed together, at least 1. Each request is padded to it. */
  readonly batchSize: number;
  /** Tokens of an input, at least 1. Shorter inputs are padded, longer ones are cut. */
  readonly sequenceLength: number;
}

/** Static shapes of a vision model. */
export interface VisionShapes {
  /** Images computed together, at least 1. */
  readonly batchSize: number;
  /** Width of an image in pixels. */
  readonly width: number;
  /** Height of an image in pixels. */
  readonly height: number;
  /**
   * Channels of an image.
   *
   * @default 3
   */
  readonly numChannels?: number;
}

/** Static shapes of an audio model. */
export interface AudioShapes {
  /** Recordings computed together, at least 1. */
  readonly batchSize: number;
  /** Length of a recording in samples, e.g. 16000 for a second at 16 kHz. */
  readonly audioSequenceLength: number;
}

/** Static shapes of a CLIP model, with its two towers. */
export interface ClipShapes {
  /** Texts computed together, at least 1. */
  readonly textBatchSize: number;
  /** Images computed together, at least 1. */
  readonly imageBatchSize: number;
  /** Tokens of a text. */
  readonly sequenceLength: number;
  /** Width of an image in pixels. */
  readonly width: number;
  /** Height of an image in pixels. */
  readonly height: number;
  /**
   * Channels of an image.
   *
   * @default 3
   */
  readonly numChannels?: number;
}

/** Static shapes of a model that turns a text or a recording into a text: T5, Whisper. */
export interface Seq2SeqShapes {
  /** Inputs computed together, at least 1. */
  readonly batchSize: number;
  /** Longest text in tokens: what T5 reads, what Whisper writes (its recordings are always 30 seconds). */
  readonly sequenceLength: number;
  /**
   * Beams of the search; 1 is greedy.
   *
   * @default 1
   */
  readonly numBeams?: number;
}

/** Static shapes of a diffusion model. */
export interface DiffusionShapes {
  /** Prompts computed together, at least 1. */
  readonly batchSize: number;
  /** Width of an image in pixels. */
  readonly width: number;
  /** Height of an image in pixels. */
  readonly height: number;
  /**
   * Images per prompt.
   *
   * @default 1
   */
  readonly numImagesPerPrompt?: number;
}

/** Static shapes of a language model that generates text. */
export interface DecoderShapes {
  /** Requests served at a time, at least 1. */
  readonly batchSize: number;
  /** Longest input plus output in tokens. */
  readonly sequenceLength: number;
}

/**
 * What kind of model is compiled, and the shapes it is compiled for: programs for NeuronCores have fixed shapes.
 *
 * A dimension that is missing, below 1, not whole or a token is an error; all of a call are reported together.
 */
export class CompilationShapes {
  /** An encoder of text: embeddings, classification, named entities (BERT and its kin, sentence-transformers). */
  public static textEncoder(shapes: TextEncoderShapes): CompilationShapes {
    return new CompilationShapes('text-encoder', 'textEncoder', shapes);
  }

  /** A model of images: ViT and its kin. */
  public static vision(shapes: VisionShapes): CompilationShapes {
    return new CompilationShapes('vision', 'vision', shapes);
  }

  /** A model of recordings: wav2vec 2.0 and its kin. Whisper is `seq2seq`. */
  public static audio(shapes: AudioShapes): CompilationShapes {
    return new CompilationShapes('audio', 'audio', shapes);
  }

  /** A model of text and images: CLIP. */
  public static clip(shapes: ClipShapes): CompilationShapes {
    return new CompilationShapes('clip', 'clip', shapes);
  }

  /** An encoder and a decoder: T5, Whisper. */
  public static seq2seq(shapes: Seq2SeqShapes): CompilationShapes {
    return new CompilationShapes('seq2seq', 'seq2seq', shapes);
  }

  /** A pipeline that makes images: Stable Diffusion, SDXL, PixArt, Flux. */
  public static diffusion(shapes: DiffusionShapes): CompilationShapes {
    return new CompilationShapes('diffusion', 'diffusion', shapes);
  }

  /** A language model that generates text: Llama, Qwen, Mixtral. */
  public static decoder(shapes: DecoderShapes): CompilationShapes {
    return new CompilationShapes('decoder', 'decoder', shapes);
  }

  /** The kind of model, e.g. `text-encoder`. */
  public readonly kind: string;

  /** The dimensions by the names that `optimum-cli export neuron` has for them, e.g. `batch_size`. */
  public readonly dimensions: { [option: string]: number };

  private constructor(kind: ModelKind, factory: string, given: object) {
    const where = `CompilationShapes.${factory}`;
    throwProblems(where, typeof given === 'object' && given !== null ? [] : checkObject('shapes', given, '', 'the dimensions of the model', 'give e.g. { batchSize: 1, sequenceLength: 128 }'));
    const { shapes, problems } = shapesOf(kind, given as Record<string, unknown>, (value) => Token.isUnresolved(value));
    throwProblems(where, problems);
    this.kind = kind;
    this.dimensions = Object.freeze(shapes);
  }

  /** The shapes in a few words, e.g. `text-encoder with batch_size 4, sequence_length 128`. */
  public toString(): string {
    return `${this.kind} with ${Object.entries(this.dimensions).map(([option, value]) => `${option} ${value}`).join(', ')}`;
  }
}
