import { Token } from 'aws-cdk-lib';
import { AcceleratorKind } from './accelerator-kind';
import { unknownName } from './core/names';
import data from './data/accelerators.json';
import { acceleratorProblems } from './facts-checks';
import { ProblemsError, throwProblems } from '../private/problems';

/** A row of `data/accelerators.json`, without its sources. */
interface AcceleratorRow extends AcceleratorCompute {
  readonly key: string;
  readonly name: string;
  readonly kind: AcceleratorKind;
  readonly architecture: string;
  readonly memoryGiB: number;
  readonly memoryNominalGB: number;
  readonly memoryBandwidthGBps: number;
  readonly computeCapability?: string;
  readonly neuronCoreVersion?: string;
  readonly neuronCores?: number;
  readonly logicalNeuronCores?: number;
  readonly logicalNeuronCoreConfigs?: readonly number[];
  readonly estimated?: readonly string[];
}

const ROWS = new Map((data.accelerators as AcceleratorRow[]).map((row) => [row.key, row]));

/** Filled by `Accelerator.of`: the same key gives the same object. */
const MADE = new Map<string, Accelerator>();

/** Peak arithmetic rates of one device; all dense, that is without structured sparsity. */
export interface AcceleratorCompute {
  /**
   * FP16 tensor rate in TFLOPS.
   * @default - not known, or the device has no such units
   */
  readonly fp16Tflops?: number;

  /**
   * BF16 tensor rate in TFLOPS.
   * @default - not known, or the device has no such units
   */
  readonly bf16Tflops?: number;

  /**
   * FP8 tensor rate in TFLOPS.
   * @default - not known, or the device has no such units
   */
  readonly fp8Tflops?: number;

  /**
   * FP4 tensor rate in TFLOPS.
   * @default - not known, or the device has no such units
   */
  readonly fp4Tflops?: number;

  /**
   * INT8 tensor rate in TOPS.
   * @default - not known, or the device has no such units
   */
  readonly int8Tops?: number;
}

/** The NeuronCores of one Inferentia or Trainium device. */
export interface NeuronCoreFacts {
  /** Generation of the core: `v1`, `v2`, `v3`. */
  readonly version: string;

  /** Physical NeuronCores of one device. */
  readonly cores: number;

  /**
   * Allowed values of `NEURON_LOGICAL_NC_CONFIG`, the default of the hardware last:
   * how many physical cores make one logical core.
   * @default [1]
   */
  readonly logicalCoreConfigs?: number[];
}

/** The facts that an accelerator outside the catalogue must bring. */
export interface AcceleratorFacts {
  /** GPU or Neuron. */
  readonly kind: AcceleratorKind;

  /** Name on product pages, e.g. `L40S`. */
  readonly name: string;

  /** Generation, e.g. `Ada Lovelace` or `NeuronCore-v2`. */
  readonly architecture: string;

  /** Memory of one device in GiB, as EC2 DescribeInstanceTypes reports it (`MiB / 1024`), not the figure of product pages. */
  readonly memoryGiB: number;

  /**
   * Memory of one device in GB as product pages print it.
   * @default - `memoryGiB`
   */
  readonly memoryNominalGB?: number;

  /** Memory bandwidth of one device in GB/s. */
  readonly memoryBandwidthGBps: number;

  /**
   * Peak dense arithmetic rates.
   * @default - none known
   */
  readonly compute?: AcceleratorCompute;

  /**
   * CUDA compute capability, e.g. `8.9` (GPU only).
   * @default - not known
   */
  readonly computeCapability?: string;

  /**
   * NeuronCores; required for a Neuron device and refused for a GPU.
   * @default - none
   */
  readonly neuronCores?: NeuronCoreFacts;
}

/**
 * One model of GPU or Neuron chip with its facts per device.
 *
 * The facts of the catalogue, each with its source and date, are in
 * `data/accelerators.json` of this package. None was measured by this project.
 */
export class Accelerator {
  /** NVIDIA T4, Turing, 16 GiB; no BF16. In g4dn. */
  public static readonly T4 = Accelerator.of('nvidia-t4');
  /** NVIDIA V100 with 16 GiB, Volta; no BF16. In p3. */
  public static readonly V100_16GB = Accelerator.of('nvidia-v100-16');
  /** NVIDIA V100 with 32 GiB, Volta; no BF16. In p3dn. */
  public static readonly V100_32GB = Accelerator.of('nvidia-v100-32');
  /** NVIDIA A10G, Ampere, 22.35 GiB (sold as 24 GB). In g5. */
  public static readonly A10G = Accelerator.of('nvidia-a10g');
  /** NVIDIA L4, Ada Lovelace, 22.35 GiB (sold as 24 GB). In g6 and gr6. */
  public static readonly L4 = Accelerator.of('nvidia-l4');
  /** NVIDIA L40S, Ada Lovelace, 44.7 GiB (sold as 48 GB). In g6e. */
  public static readonly L40S = Accelerator.of('nvidia-l40s');
  /** NVIDIA RTX PRO 4500 Blackwell Server Edition, 32 GiB; its TFLOPS are upper bounds. In g7. */
  public static readonly RTX_PRO_4500 = Accelerator.of('nvidia-rtx-pro-4500-se');
  /** NVIDIA RTX PRO 6000 Blackwell Server Edition, 96 GiB. In g7e. */
  public static readonly RTX_PRO_6000 = Accelerator.of('nvidia-rtx-pro-6000-se');
  /** NVIDIA A100 with 40 GiB, Ampere. In p4d. */
  public static readonly A100_40GB = Accelerator.of('nvidia-a100-40');
  /** NVIDIA A100 with 80 GiB, Ampere. In p4de. */
  public static readonly A100_80GB = Accelerator.of('nvidia-a100-80');
  /** NVIDIA H100, Hopper, 80 GiB. In p5. */
  public static readonly H100 = Accelerator.of('nvidia-h100');
  /** NVIDIA H200, Hopper, 141 GiB. In p5e and p5en. */
  public static readonly H200 = Accelerator.of('nvidia-h200');
  /** NVIDIA B200, Blackwell, 179.06 GiB. In p6-b200. */
  public static readonly B200 = Accelerator.of('nvidia-b200');
  /** NVIDIA B300, Blackwell Ultra, 268.59 GiB. In p6-b300. */
  public static readonly B300 = Accelerator.of('nvidia-b300');
  /** The Blackwell GPU of an NVIDIA GB200 superchip, 185 GiB (estimated). In p6e-gb200. */
  public static readonly GB200 = Accelerator.of('nvidia-gb200');
  /** First-generation AWS Inferentia, 8 GiB, 4 NeuronCores v1. In inf1. */
  public static readonly INFERENTIA1 = Accelerator.of('aws-inferentia1');
  /** AWS Inferentia2, 32 GiB, 2 NeuronCores v2. In inf2. */
  public static readonly INFERENTIA2 = Accelerator.of('aws-inferentia2');
  /** First-generation AWS Trainium, 32 GiB, 2 NeuronCores v2. In trn1 and trn1n. */
  public static readonly TRAINIUM1 = Accelerator.of('aws-trainium1');
  /** AWS Trainium2, 96 GiB, 8 physical and by default 4 logical NeuronCores v3. In trn2. */
  public static readonly TRAINIUM2 = Accelerator.of('aws-trainium2');

  /**
   * The accelerator with this key; the same key gives the same object.
   *
   * @param key as in the catalogue, e.g. `nvidia-l4`
   * @throws if the key is not in the catalogue
   */
  public static of(key: string): Accelerator {
    const made = MADE.get(key);
    if (made) return made;
    const row = ROWS.get(key);
    if (!row) {
      throw new ProblemsError('Accelerator.of', [unknownName({
        prop: 'key',
        got: key,
        isToken: Token.isUnresolved(key),
        known: [...ROWS.keys()],
        allowed: 'a key of the catalogue',
        otherwise: 'otherwise use `Accelerator.custom` with its facts',
      })]);
    }
    const accelerator = new Accelerator(row);
    MADE.set(key, accelerator);
    return accelerator;
  }

  /**
   * An accelerator outside the catalogue.
   *
   * @param key any name that tells it from others, e.g. `acme-9000`
   * @param facts what the catalogue would say about it
   * @throws if a fact is impossible; all problems are reported together
   */
  public static custom(key: string, facts: AcceleratorFacts): Accelerator {
    throwProblems('Accelerator.custom', acceleratorProblems(key, facts));
    const { compute, neuronCores, ...flat } = facts;
    const configs = neuronCores?.logicalCoreConfigs ?? [1];
    return new Accelerator({
      ...flat,
      ...compute,
      key,
      memoryNominalGB: facts.memoryNominalGB ?? facts.memoryGiB,
      neuronCoreVersion: neuronCores?.version,
      neuronCores: neuronCores?.cores,
      logicalNeuronCores: neuronCores === undefined ? undefined : neuronCores.cores / configs[configs.length - 1],
      logicalNeuronCoreConfigs: neuronCores === undefined ? undefined : configs,
    });
  }

  /** Every accelerator of the catalogue. */
  public static all(): Accelerator[] {
    return [...ROWS.keys()].map((key) => Accelerator.of(key));
  }

  /** Key in the catalogue, e.g. `nvidia-l4`. */
  public readonly key: string;
  /** Name on product pages, e.g. `L4`. */
  public readonly name: string;
  /** GPU or Neuron. */
  public readonly kind: AcceleratorKind;
  /** Generation, e.g. `Ada Lovelace` or `NeuronCore-v2`. */
  public readonly architecture: string;
  /** Memory of one device in GiB as EC2 DescribeInstanceTypes or the Neuron documentation reports it: the figure for fit checks. */
  public readonly memoryGiB: number;
  /** Memory of one device in GB as product pages print it; more than a program can use. */
  public readonly memoryNominalGB: number;
  /** Memory bandwidth of one device in GB/s. */
  public readonly memoryBandwidthGBps: number;
  /** Dense FP16 tensor rate of one device in TFLOPS, where known. */
  public readonly fp16Tflops?: number;
  /** Dense BF16 tensor rate of one device in TFLOPS, where the device has such units. */
  public readonly bf16Tflops?: number;
  /** Dense FP8 tensor rate of one device in TFLOPS, where the device has such units. */
  public readonly fp8Tflops?: number;
  /** Dense FP4 tensor rate of one device in TFLOPS, where the device has such units. */
  public readonly fp4Tflops?: number;
  /** Dense INT8 rate of one device in TOPS, where known. */
  public readonly int8Tops?: number;
  /** CUDA compute capability, e.g. `8.9`; GPU only. */
  public readonly computeCapability?: string;
  /** Generation of the NeuronCores, e.g. `v2`; Neuron only. */
  public readonly neuronCoreVersion?: string;
  /** Physical NeuronCores of one device; Neuron only. */
  public readonly neuronCores?: number;
  /** Logical NeuronCores of one device at the default configuration; Neuron only. */
  public readonly logicalNeuronCores?: number;
  /** Allowed values of `NEURON_LOGICAL_NC_CONFIG`; empty for a GPU. */
  public readonly logicalNeuronCoreConfigs: number[];
  /** Names of the members above that are estimates or bounds, e.g. `fp16Tflops`. */
  public readonly estimated: string[];

  private constructor(row: AcceleratorRow) {
    this.key = row.key;
    this.name = row.name;
    this.kind = row.kind;
    this.architecture = row.architecture;
    this.memoryGiB = row.memoryGiB;
    this.memoryNominalGB = row.memoryNominalGB;
    this.memoryBandwidthGBps = row.memoryBandwidthGBps;
    this.fp16Tflops = row.fp16Tflops;
    this.bf16Tflops = row.bf16Tflops;
    this.fp8Tflops = row.fp8Tflops;
    this.fp4Tflops = row.fp4Tflops;
    this.int8Tops = row.int8Tops;
    this.computeCapability = row.computeCapability;
    this.neuronCoreVersion = row.neuronCoreVersion;
    this.neuronCores = row.neuronCores;
    this.logicalNeuronCores = row.logicalNeuronCores;
    // frozen: one object stands for the accelerator everywhere
    this.logicalNeuronCoreConfigs = Object.freeze([...row.logicalNeuronCoreConfigs ?? []]) as number[];
    this.estimated = Object.freeze([...row.estimated ?? []]) as string[];
  }

  /** Whether the other value stands for the same accelerator: same key. */
  public sameAs(other: Accelerator): boolean {
    return this.key === other.key;
  }

  /** The key. */
  public toString(): string {
    return this.key;
  }
}
