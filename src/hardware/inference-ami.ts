import { Token } from 'aws-cdk-lib';
import type { AcceleratorInstance } from './accelerator-instance';
import { AcceleratorKind } from './accelerator-kind';
import { chooseAmi } from './core/choose-ami';
import { unknownName } from './core/names';
import data from './data/inference-amis.json';
import type { Evidence } from './evidence';
import { checkNumber, checkPattern } from '../private/checks';
import { ProblemsError, throwProblems } from '../private/problems';

/** The facts that a host image outside the catalogue must bring. */
export interface InferenceAmiFacts {
  /** What its hosts run: GPU or Neuron containers. */
  readonly kind: AcceleratorKind;

  /**
   * Driver version: NVIDIA branch (`580`) or Neuron driver (`2.19`).
   * @default - not known
   */
  readonly driver?: string;

  /**
   * Newest CUDA version that the driver serves, e.g. `13.0` (GPU only).
   * @default - not known
   */
  readonly cuda?: string;
}

/** What the choice of a host image depends on. */
export interface InferenceAmiChoiceOptions {
  /** The hardware of the variant. */
  readonly instance: AcceleratorInstance;

  /**
   * Major CUDA version of the container, e.g. 12 (GPU only).
   * @default - not known; the AMI is then left to SageMaker
   */
  readonly cudaMajor?: number;
}

/** A host image, or the advice to leave the choice to SageMaker, with the reason. */
export interface InferenceAmiChoice {
  /**
   * The host image to ask for.
   * @default - none: leave `InferenceAmiVersion` out
   */
  readonly ami?: InferenceAmi;

  /** How well the choice is founded. */
  readonly evidence: Evidence;

  /** The reason, to be quoted in a message. */
  readonly reason: string;
}

/** A row of `data/inference-amis.json`, without its source. */
interface AmiRow extends InferenceAmiFacts {
  readonly key: string;
  readonly value: string;
  readonly cudaCompat?: boolean;
}

const ROWS = data.amis as AmiRow[];

/** Filled by `InferenceAmi.of`: the same value gives the same object. */
const MADE = new Map<string, InferenceAmi>();

/**
 * A value of `InferenceAmiVersion` of a production variant: the host image, that
 * is the driver, under the container. A container whose CUDA is newer than the
 * driver leaves the endpoint in `Creating` without a log line.
 */
export class InferenceAmi {
  /** Inferentia2 and Trainium: Neuron driver 2.19. */
  public static readonly NEURON_2 = InferenceAmi.of('al2-ami-sagemaker-inference-neuron-2');
  /** GPU: NVIDIA driver 535, CUDA 12.2. */
  public static readonly GPU_2 = InferenceAmi.of('al2-ami-sagemaker-inference-gpu-2');
  /** GPU: NVIDIA driver 535, CUDA 12.2, without CUDA-compat mounting. */
  public static readonly GPU_2_1 = InferenceAmi.of('al2-ami-sagemaker-inference-gpu-2-1');
  /** GPU: NVIDIA driver 550, CUDA 12.4, without CUDA-compat mounting. */
  public static readonly GPU_3_1 = InferenceAmi.of('al2-ami-sagemaker-inference-gpu-3-1');
  /** GPU: NVIDIA driver 580, CUDA 13.0, without CUDA-compat mounting; Amazon Linux 2023. */
  public static readonly GPU_4_1 = InferenceAmi.of('al2023-ami-sagemaker-inference-gpu-4-1');

  /**
   * The host image with this value; the same value gives the same object.
   *
   * @param value as the API spells it, e.g. `al2-ami-sagemaker-inference-gpu-3-1`
   * @throws if the value is not in the catalogue
   */
  public static of(value: string): InferenceAmi {
    const made = MADE.get(value);
    if (made) return made;
    const row = ROWS.find((candidate) => candidate.value === value);
    if (!row) {
      throw new ProblemsError('InferenceAmi.of', [unknownName({
        prop: 'value',
        got: value,
        isToken: Token.isUnresolved(value),
        known: ROWS.map((candidate) => candidate.value),
        allowed: 'a value of the enumeration ProductionVariantInferenceAmiVersion',
        otherwise: 'otherwise use `InferenceAmi.custom` with its kind',
      })]);
    }
    const ami = new InferenceAmi(value, row, row.cudaCompat);
    MADE.set(value, ami);
    return ami;
  }

  /**
   * A host image that AWS has added since.
   *
   * @param value as the API spells it
   * @param facts its kind, and its driver where known
   * @throws if a fact is malformed; all problems are reported together
   */
  public static custom(value: string, facts: InferenceAmiFacts): InferenceAmi {
    throwProblems('InferenceAmi.custom', [
      ...checkPattern('value', value, /^[a-z0-9][a-z0-9-]{0,62}$/, 'lower case letters, digits and hyphens, at most 63', "write it as the API does, such as 'al2023-ami-sagemaker-inference-gpu-4-1'"),
      ...checkPattern('driver', facts.driver, /^\d+(\.\d+){0,3}$/, 'digits and dots, such as `580` or `2.19`'),
      ...checkPattern('cuda', facts.cuda, /^\d+\.\d+$/, 'major.minor, such as `13.0`'),
      ...facts.kind === AcceleratorKind.NEURON && facts.cuda !== undefined
        ? [{ prop: 'cuda', got: `${JSON.stringify(facts.cuda)} for Neuron`, allowed: 'nothing for Neuron', fix: 'leave it out or make `kind` AcceleratorKind.GPU' }]
        : [],
    ]);
    return new InferenceAmi(value, facts);
  }

  /** Every host image of the catalogue. */
  public static all(): InferenceAmi[] {
    return ROWS.map((row) => InferenceAmi.of(row.value));
  }

  /**
   * The host image that a variant should ask for.
   *
   * Neuron: `NEURON_2`. GPU: `GPU_4_1` for CUDA 13 containers and for Blackwell
   * GPUs (the latter is inferred), `GPU_3_1` for CUDA 12; for other and unknown CUDA
   * versions, and for inf1, none.
   *
   * @throws if `cudaMajor` is not a whole number above 0
   */
  public static choose(options: InferenceAmiChoiceOptions): InferenceAmiChoice {
    const { instance, cudaMajor } = options;
    throwProblems('InferenceAmi.choose', checkNumber('cudaMajor', cudaMajor, { min: 1, integer: true }, 'give the major version only: 12 for CUDA 12.8'));
    const { kind, architecture } = instance.accelerator;
    const answer = chooseAmi({ kind, architecture, cudaMajor: Token.isUnresolved(cudaMajor) ? undefined : cudaMajor });
    const row = ROWS.find((candidate) => candidate.key === answer.key);
    return { ami: row && InferenceAmi.of(row.value), evidence: answer.evidence as Evidence, reason: answer.reason };
  }

  /** Value of `InferenceAmiVersion`. */
  public readonly value: string;
  /** What its hosts run: GPU or Neuron containers. */
  public readonly kind: AcceleratorKind;
  /** NVIDIA branch (`580`) or Neuron driver (`2.19`), where known. */
  public readonly driver?: string;
  /** Newest CUDA version that the driver serves, e.g. `13.0`; GPU only, where known. */
  public readonly cuda?: string;
  /** Major part of `cuda`. */
  public readonly cudaMajor?: number;
  /** Whether the host mounts CUDA-compat libraries into the container; undefined where not known. */
  public readonly mountsCudaCompat?: boolean;

  private constructor(value: string, facts: InferenceAmiFacts, mountsCudaCompat?: boolean) {
    this.value = value;
    this.kind = facts.kind;
    this.driver = facts.driver;
    this.cuda = facts.cuda;
    this.cudaMajor = facts.cuda === undefined ? undefined : Number(facts.cuda.split('.')[0]);
    this.mountsCudaCompat = mountsCudaCompat;
  }

  /** Whether the other value stands for the same host image. */
  public sameAs(other: InferenceAmi): boolean {
    return this.value === other.value;
  }

  /** The value, e.g. `al2-ami-sagemaker-inference-gpu-3-1`. */
  public toString(): string {
    return this.value;
  }
}
