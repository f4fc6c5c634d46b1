import { Token } from 'aws-cdk-lib';
import { checkPattern } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** How a precision is made of the compiler's two options. */
export interface NeuronPrecisionOptions {
  /** What is cast: `matmul` (the matrix multiplications) or `all` (all operations). `matmult`, the compiler's own spelling, is taken too. */
  readonly autoCast: string;
  /** What it is cast to: `bf16`, `fp16`, `tf32` or `fp8_e4m3`. */
  readonly autoCastType: string;
}

const CASTS = ['matmul', 'all'];
const TYPES = ['bf16', 'fp16', 'tf32', 'fp8_e4m3'];

/** PyTorch's names, for exporters that load the weights in a format instead of casting operations. */
const TORCH: Readonly<Record<string, string>> = { bf16: 'bfloat16', fp16: 'float16' };

/**
 * The number format of the compiled model: which operations are cast, and to what. The sources hold float32 weights.
 *
 * Two tools spell it in two ways, and this class knows both: `optimum-cli export neuron --auto_cast matmul` is
 * `neuronx-cc --auto-cast matmult`. Language models are not cast; their weights are loaded in a format (`--torch_dtype`).
 *
 * Source: Neuron Compiler CLI reference guide (neuronx-cc), options `--auto-cast` and `--auto-cast-type`; huggingface/optimum-neuron,
 * commands/export/neuronx.py (read 2026-11-22).
 */
export class NeuronPrecision {
  /** Everything stays in float32: the slowest, and the closest to the source. */
  public static readonly FP32 = new NeuronPrecision('none');
  /** Matrix multiplications in bfloat16: what AWS's own benchmarks use. */
  public static readonly BF16_MATMUL = new NeuronPrecision('matmul', 'bf16');
  /** Everything in bfloat16. */
  public static readonly BF16_ALL = new NeuronPrecision('all', 'bf16');
  /** Matrix multiplications in float16. */
  public static readonly FP16_MATMUL = new NeuronPrecision('matmul', 'fp16');
  /** Everything in float16. */
  public static readonly FP16_ALL = new NeuronPrecision('all', 'fp16');
  /** Matrix multiplications in TensorFloat-32. */
  public static readonly TF32_MATMUL = new NeuronPrecision('matmul', 'tf32');
  /** Everything in TensorFloat-32. */
  public static readonly TF32_ALL = new NeuronPrecision('all', 'tf32');

  /**
   * Another combination.
   *
   * @throws if the compiler has no such cast or type
   */
  public static of(options: NeuronPrecisionOptions): NeuronPrecision {
    const autoCast = options?.autoCast === 'matmult' ? 'matmul' : options?.autoCast;
    const problems: Problem[] = [
      ...checkPattern('autoCast', autoCast ?? '', /^(matmul|all)$/, CASTS.join(', '), 'give one of them, or use NeuronPrecision.FP32 for no cast'),
      ...checkPattern('autoCastType', options?.autoCastType ?? '', /^(bf16|fp16|tf32|fp8_e4m3)$/, TYPES.join(', ')),
    ];
    for (const [prop, value] of Object.entries({ autoCast, autoCastType: options?.autoCastType })) {
      if (Token.isUnresolved(value)) problems.push({ prop, got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth: the key of the artefact is made of it', fix: 'give a plain value' });
    }
    throwProblems('NeuronPrecision.of', problems);
    return new NeuronPrecision(autoCast, options.autoCastType);
  }

  /** What is cast, in the spelling of `optimum-cli`: `none`, `matmul`, `all`. */
  public readonly autoCast: string;
  /** What is cast, in the spelling of `neuronx-cc`: `none`, `matmult`, `all`. */
  public readonly compilerAutoCast: string;
  /** What it is cast to, e.g. `bf16`; nothing when nothing is cast. */
  public readonly autoCastType?: string;
  /** The format language models are loaded in, as PyTorch names it, e.g. `bfloat16`; nothing when there is none of that precision. */
  public readonly torchDtype?: string;

  private constructor(autoCast: string, autoCastType?: string) {
    this.autoCast = autoCast;
    this.compilerAutoCast = autoCast === 'matmul' ? 'matmult' : autoCast;
    this.autoCastType = autoCastType;
    this.torchDtype = autoCast === 'none' ? 'float32' : autoCast === 'all' ? TORCH[autoCastType ?? ''] : undefined;
  }

  /** The precision in a few words, e.g. `matmul in bf16`. */
  public toString(): string {
    return this.autoCastType === undefined ? 'float32' : `${this.autoCast} in ${this.autoCastType}`;
  }
}
