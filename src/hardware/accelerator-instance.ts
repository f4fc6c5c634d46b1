import { Token } from 'aws-cdk-lib';
import { Accelerator } from './accelerator';
import { AcceleratorKind } from './accelerator-kind';
import { quoted, unknownName } from './core/names';
import data from './data/instances.json';
import { instanceProblems } from './facts-checks';
import type { AcceleratorInstanceFacts } from './instance-facts';
import { InstanceUse, PurchaseOption } from './instance-use';
import type { IPricedInstance } from './priced-instance';
import { ProblemsError, throwProblems } from '../private/problems';

/** A row of `data/instances.json`, without its sources. */
interface InstanceRow {
  readonly name: string;
  readonly accelerator: string;
  readonly count: number;
  readonly vcpu: number;
  readonly hostMemoryGiB: number;
  readonly networkGbps?: number;
  readonly networkBaselineGbps?: number;
  readonly efa?: boolean;
  readonly efaInterfaces?: number;
  readonly localNvmeGB?: number;
  readonly interconnect?: string;
  readonly interconnectGBps?: number;
  readonly arm?: boolean;
  readonly uses: InstanceUse[];
  readonly purchase?: PurchaseOption;
}

const ROWS = new Map((data.instances as InstanceRow[]).map((row) => [row.name, row]));

/** Filled by `AcceleratorInstance.of`: the same name gives the same object. */
const MADE = new Map<string, AcceleratorInstance>();

/**
 * A SageMaker instance type with accelerators, and what is known about it.
 *
 * The facts of the catalogue, each with its source and date, are in
 * `data/instances.json` of this package. None was measured by this project.
 */
export class AcceleratorInstance implements IPricedInstance {
  // <catalogue> written by scripts/generate-hardware.ts
  /** 1 x T4, 16 GiB; 4 vCPU, 16 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G4DN_XLARGE = AcceleratorInstance.of('ml.g4dn.xlarge');
  /** 1 x T4, 16 GiB; 8 vCPU, 32 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G4DN_2XLARGE = AcceleratorInstance.of('ml.g4dn.2xlarge');
  /** 1 x T4, 16 GiB; 16 vCPU, 64 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G4DN_4XLARGE = AcceleratorInstance.of('ml.g4dn.4xlarge');
  /** 1 x T4, 16 GiB; 32 vCPU, 128 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G4DN_8XLARGE = AcceleratorInstance.of('ml.g4dn.8xlarge');
  /** 4 x T4, 64 GiB; 48 vCPU, 192 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G4DN_12XLARGE = AcceleratorInstance.of('ml.g4dn.12xlarge');
  /** 1 x T4, 16 GiB; 64 vCPU, 256 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G4DN_16XLARGE = AcceleratorInstance.of('ml.g4dn.16xlarge');
  /** 1 x A10G, 22.35 GiB; 4 vCPU, 16 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_XLARGE = AcceleratorInstance.of('ml.g5.xlarge');
  /** 1 x A10G, 22.35 GiB; 8 vCPU, 32 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_2XLARGE = AcceleratorInstance.of('ml.g5.2xlarge');
  /** 1 x A10G, 22.35 GiB; 16 vCPU, 64 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_4XLARGE = AcceleratorInstance.of('ml.g5.4xlarge');
  /** 1 x A10G, 22.35 GiB; 32 vCPU, 128 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_8XLARGE = AcceleratorInstance.of('ml.g5.8xlarge');
  /** 4 x A10G, 89.4 GiB; 48 vCPU, 192 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_12XLARGE = AcceleratorInstance.of('ml.g5.12xlarge');
  /** 1 x A10G, 22.35 GiB; 64 vCPU, 256 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_16XLARGE = AcceleratorInstance.of('ml.g5.16xlarge');
  /** 4 x A10G, 89.4 GiB; 96 vCPU, 384 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_24XLARGE = AcceleratorInstance.of('ml.g5.24xlarge');
  /** 8 x A10G, 178.8 GiB; 192 vCPU, 768 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G5_48XLARGE = AcceleratorInstance.of('ml.g5.48xlarge');
  /** 1 x L4, 22.35 GiB; 4 vCPU, 16 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_XLARGE = AcceleratorInstance.of('ml.g6.xlarge');
  /** 1 x L4, 22.35 GiB; 8 vCPU, 32 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_2XLARGE = AcceleratorInstance.of('ml.g6.2xlarge');
  /** 1 x L4, 22.35 GiB; 16 vCPU, 64 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_4XLARGE = AcceleratorInstance.of('ml.g6.4xlarge');
  /** 1 x L4, 22.35 GiB; 32 vCPU, 128 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_8XLARGE = AcceleratorInstance.of('ml.g6.8xlarge');
  /** 4 x L4, 89.4 GiB; 48 vCPU, 192 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_12XLARGE = AcceleratorInstance.of('ml.g6.12xlarge');
  /** 1 x L4, 22.35 GiB; 64 vCPU, 256 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_16XLARGE = AcceleratorInstance.of('ml.g6.16xlarge');
  /** 4 x L4, 89.4 GiB; 96 vCPU, 384 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_24XLARGE = AcceleratorInstance.of('ml.g6.24xlarge');
  /** 8 x L4, 178.8 GiB; 192 vCPU, 768 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6_48XLARGE = AcceleratorInstance.of('ml.g6.48xlarge');
  /** 1 x L4, 22.35 GiB; 16 vCPU, 128 GiB host memory; hyperpod. */
  public static readonly GR6_4XLARGE = AcceleratorInstance.of('ml.gr6.4xlarge');
  /** 1 x L4, 22.35 GiB; 32 vCPU, 256 GiB host memory; hyperpod. */
  public static readonly GR6_8XLARGE = AcceleratorInstance.of('ml.gr6.8xlarge');
  /** 1 x L40S, 44.7 GiB; 4 vCPU, 32 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_XLARGE = AcceleratorInstance.of('ml.g6e.xlarge');
  /** 1 x L40S, 44.7 GiB; 8 vCPU, 64 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_2XLARGE = AcceleratorInstance.of('ml.g6e.2xlarge');
  /** 1 x L40S, 44.7 GiB; 16 vCPU, 128 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_4XLARGE = AcceleratorInstance.of('ml.g6e.4xlarge');
  /** 1 x L40S, 44.7 GiB; 32 vCPU, 256 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_8XLARGE = AcceleratorInstance.of('ml.g6e.8xlarge');
  /** 4 x L40S, 178.8 GiB; 48 vCPU, 384 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_12XLARGE = AcceleratorInstance.of('ml.g6e.12xlarge');
  /** 1 x L40S, 44.7 GiB; 64 vCPU, 512 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_16XLARGE = AcceleratorInstance.of('ml.g6e.16xlarge');
  /** 4 x L40S, 178.8 GiB; 96 vCPU, 768 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_24XLARGE = AcceleratorInstance.of('ml.g6e.24xlarge');
  /** 8 x L40S, 357.6 GiB; 192 vCPU, 1536 GiB host memory; hosting, training, processing, transform, hyperpod. */
  public static readonly G6E_48XLARGE = AcceleratorInstance.of('ml.g6e.48xlarge');
  /** 1 x RTX PRO 4500 Blackwell Server Edition, 32 GiB; 8 vCPU, 32 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7_2XLARGE = AcceleratorInstance.of('ml.g7.2xlarge');
  /** 1 x RTX PRO 4500 Blackwell Server Edition, 32 GiB; 16 vCPU, 64 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7_4XLARGE = AcceleratorInstance.of('ml.g7.4xlarge');
  /** 1 x RTX PRO 4500 Blackwell Server Edition, 32 GiB; 32 vCPU, 128 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7_8XLARGE = AcceleratorInstance.of('ml.g7.8xlarge');
  /** 2 x RTX PRO 4500 Blackwell Server Edition, 64 GiB; 48 vCPU, 192 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7_12XLARGE = AcceleratorInstance.of('ml.g7.12xlarge');
  /** 4 x RTX PRO 4500 Blackwell Server Edition, 128 GiB; 96 vCPU, 384 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7_24XLARGE = AcceleratorInstance.of('ml.g7.24xlarge');
  /** 8 x RTX PRO 4500 Blackwell Server Edition, 256 GiB; 192 vCPU, 768 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7_48XLARGE = AcceleratorInstance.of('ml.g7.48xlarge');
  /** 1 x RTX PRO 6000 Blackwell Server Edition, 96 GiB; 8 vCPU, 64 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7E_2XLARGE = AcceleratorInstance.of('ml.g7e.2xlarge');
  /** 1 x RTX PRO 6000 Blackwell Server Edition, 96 GiB; 16 vCPU, 128 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7E_4XLARGE = AcceleratorInstance.of('ml.g7e.4xlarge');
  /** 1 x RTX PRO 6000 Blackwell Server Edition, 96 GiB; 32 vCPU, 256 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7E_8XLARGE = AcceleratorInstance.of('ml.g7e.8xlarge');
  /** 2 x RTX PRO 6000 Blackwell Server Edition, 192 GiB; 48 vCPU, 512 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7E_12XLARGE = AcceleratorInstance.of('ml.g7e.12xlarge');
  /** 4 x RTX PRO 6000 Blackwell Server Edition, 384 GiB; 96 vCPU, 1024 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7E_24XLARGE = AcceleratorInstance.of('ml.g7e.24xlarge');
  /** 8 x RTX PRO 6000 Blackwell Server Edition, 768 GiB; 192 vCPU, 2048 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly G7E_48XLARGE = AcceleratorInstance.of('ml.g7e.48xlarge');
  /** 1 x V100 16GB SXM2, 16 GiB; 8 vCPU, 61 GiB host memory; hosting, training, processing, transform. */
  public static readonly P3_2XLARGE = AcceleratorInstance.of('ml.p3.2xlarge');
  /** 4 x V100 16GB SXM2, 64 GiB; 32 vCPU, 244 GiB host memory; hosting, training, processing, transform. */
  public static readonly P3_8XLARGE = AcceleratorInstance.of('ml.p3.8xlarge');
  /** 8 x V100 16GB SXM2, 128 GiB; 64 vCPU, 488 GiB host memory; hosting, training, processing, transform. */
  public static readonly P3_16XLARGE = AcceleratorInstance.of('ml.p3.16xlarge');
  /** 8 x V100 32GB SXM2, 256 GiB; 96 vCPU, 768 GiB host memory; training. */
  public static readonly P3DN_24XLARGE = AcceleratorInstance.of('ml.p3dn.24xlarge');
  /** 8 x A100 40GB SXM4, 320 GiB; 96 vCPU, 1152 GiB host memory; hosting, training, hyperpod. */
  public static readonly P4D_24XLARGE = AcceleratorInstance.of('ml.p4d.24xlarge');
  /** 8 x A100 80GB SXM4, 640 GiB; 96 vCPU, 1152 GiB host memory; hosting, training, hyperpod. */
  public static readonly P4DE_24XLARGE = AcceleratorInstance.of('ml.p4de.24xlarge');
  /** 1 x H100 80GB SXM5, 80 GiB; 16 vCPU, 256 GiB host memory; hosting, training, processing, hyperpod. */
  public static readonly P5_4XLARGE = AcceleratorInstance.of('ml.p5.4xlarge');
  /** 8 x H100 80GB SXM5, 640 GiB; 192 vCPU, 2048 GiB host memory; hosting, training, hyperpod. */
  public static readonly P5_48XLARGE = AcceleratorInstance.of('ml.p5.48xlarge');
  /** 8 x H200 141GB SXM5, 1128 GiB; 192 vCPU, 2048 GiB host memory; hosting, training, hyperpod; Capacity Blocks or training plan only. */
  public static readonly P5E_48XLARGE = AcceleratorInstance.of('ml.p5e.48xlarge');
  /** 8 x H200 141GB SXM5, 1128 GiB; 192 vCPU, 2048 GiB host memory; hosting, training, hyperpod. */
  public static readonly P5EN_48XLARGE = AcceleratorInstance.of('ml.p5en.48xlarge');
  /** 8 x B200 SXM, 1432.48 GiB; 192 vCPU, 2048 GiB host memory; hosting, training, hyperpod. */
  public static readonly P6_B200_48XLARGE = AcceleratorInstance.of('ml.p6-b200.48xlarge');
  /** 8 x B300 SXM, 2148.72 GiB; 192 vCPU, 4096 GiB host memory; hosting, training, hyperpod. */
  public static readonly P6_B300_48XLARGE = AcceleratorInstance.of('ml.p6-b300.48xlarge');
  /** 4 x GB200, 740 GiB; 144 vCPU, 960 GiB host memory; hosting, training, hyperpod; Capacity Blocks or training plan only. */
  public static readonly P6E_GB200_36XLARGE = AcceleratorInstance.of('ml.p6e-gb200.36xlarge');
  /** 1 x Inferentia, 8 GiB, 4 NeuronCores; 4 vCPU, 8 GiB host memory; hosting. */
  public static readonly INF1_XLARGE = AcceleratorInstance.of('ml.inf1.xlarge');
  /** 1 x Inferentia, 8 GiB, 4 NeuronCores; 8 vCPU, 16 GiB host memory; hosting. */
  public static readonly INF1_2XLARGE = AcceleratorInstance.of('ml.inf1.2xlarge');
  /** 4 x Inferentia, 32 GiB, 16 NeuronCores; 24 vCPU, 48 GiB host memory; hosting. */
  public static readonly INF1_6XLARGE = AcceleratorInstance.of('ml.inf1.6xlarge');
  /** 16 x Inferentia, 128 GiB, 64 NeuronCores; 96 vCPU, 192 GiB host memory; hosting. */
  public static readonly INF1_24XLARGE = AcceleratorInstance.of('ml.inf1.24xlarge');
  /** 1 x Inferentia2, 32 GiB, 2 NeuronCores; 4 vCPU, 16 GiB host memory; hosting, transform. */
  public static readonly INF2_XLARGE = AcceleratorInstance.of('ml.inf2.xlarge');
  /** 1 x Inferentia2, 32 GiB, 2 NeuronCores; 32 vCPU, 128 GiB host memory; hosting, transform. */
  public static readonly INF2_8XLARGE = AcceleratorInstance.of('ml.inf2.8xlarge');
  /** 6 x Inferentia2, 192 GiB, 12 NeuronCores; 96 vCPU, 384 GiB host memory; hosting, transform. */
  public static readonly INF2_24XLARGE = AcceleratorInstance.of('ml.inf2.24xlarge');
  /** 12 x Inferentia2, 384 GiB, 24 NeuronCores; 192 vCPU, 768 GiB host memory; hosting, transform. */
  public static readonly INF2_48XLARGE = AcceleratorInstance.of('ml.inf2.48xlarge');
  /** 1 x Trainium, 32 GiB, 2 NeuronCores; 8 vCPU, 32 GiB host memory; hosting, training, transform. */
  public static readonly TRN1_2XLARGE = AcceleratorInstance.of('ml.trn1.2xlarge');
  /** 16 x Trainium, 512 GiB, 32 NeuronCores; 128 vCPU, 512 GiB host memory; hosting, training, transform, hyperpod. */
  public static readonly TRN1_32XLARGE = AcceleratorInstance.of('ml.trn1.32xlarge');
  /** 16 x Trainium, 512 GiB, 32 NeuronCores; 128 vCPU, 512 GiB host memory; hosting, training, hyperpod. */
  public static readonly TRN1N_32XLARGE = AcceleratorInstance.of('ml.trn1n.32xlarge');
  /** 1 x Trainium2, 96 GiB, 8 NeuronCores (4 logical); 12 vCPU, 128 GiB host memory; hyperpod; Capacity Blocks or training plan only. */
  public static readonly TRN2_3XLARGE = AcceleratorInstance.of('ml.trn2.3xlarge');
  /** 16 x Trainium2, 1536 GiB, 128 NeuronCores (64 logical); 192 vCPU, 2048 GiB host memory; hosting, training, hyperpod; Capacity Blocks or training plan only. */
  public static readonly TRN2_48XLARGE = AcceleratorInstance.of('ml.trn2.48xlarge');
  // </catalogue>

  /**
   * The instance type with this name; the same name gives the same object.
   *
   * @param name as SageMaker spells it, e.g. `ml.inf2.xlarge`
   * @throws if the name is not in the catalogue; the message suggests the nearest known names
   */
  public static of(name: string): AcceleratorInstance {
    const made = MADE.get(name);
    if (made) return made;
    const row = ROWS.get(name);
    if (!row) throw new ProblemsError('AcceleratorInstance.of', [unknownInstance(name)]);
    const instance = new AcceleratorInstance(row.name, {
      ...row,
      accelerator: Accelerator.of(row.accelerator),
      acceleratorCount: row.count,
      hostIsArm: row.arm,
      network: row,
    }, row.efa);
    MADE.set(name, instance);
    return instance;
  }

  /**
   * An instance type outside the catalogue, or one whose facts you know better.
   *
   * @param name as SageMaker spells it, e.g. `ml.g9.xlarge`
   * @param facts what the catalogue would say about it
   * @throws if a fact is impossible; all problems are reported together
   */
  public static custom(name: string, facts: AcceleratorInstanceFacts): AcceleratorInstance {
    throwProblems('AcceleratorInstance.custom', instanceProblems(name, facts));
    return new AcceleratorInstance(name, facts);
  }

  /** Every instance type of the catalogue, by family and size. */
  public static all(): AcceleratorInstance[] {
    return [...ROWS.keys()].map((name) => AcceleratorInstance.of(name));
  }

  /** Whether the catalogue has this name, e.g. `ml.inf2.xlarge`. */
  public static isKnown(name: string): boolean {
    return ROWS.has(name);
  }

  /** Name as SageMaker spells it, e.g. `ml.inf2.xlarge`. */
  public readonly name: string;
  /** Family, e.g. `inf2`. */
  public readonly family: string;
  /** Size within the family, e.g. `24xlarge`; it does not tell the number of accelerators. */
  public readonly size: string;
  /** Model of its accelerators. */
  public readonly accelerator: Accelerator;
  /** Number of accelerators. */
  public readonly acceleratorCount: number;
  /** Memory of all accelerators together in GiB, as the API reports it. */
  public readonly acceleratorMemoryGiB: number;
  /** Physical NeuronCores of all accelerators together; undefined for a GPU. */
  public readonly neuronCores?: number;
  /** Logical NeuronCores at the default configuration: the ceiling of tensor parallelism; undefined for a GPU. */
  public readonly logicalNeuronCores?: number;
  /** Number of virtual CPUs. */
  public readonly vcpu: number;
  /** Host memory in GiB. */
  public readonly hostMemoryGiB: number;
  /** Peak network rate in Gbit/s; undefined where no source gives it. */
  public readonly networkGbps?: number;
  /** Sustained network rate in Gbit/s: below the peak for sizes sold as "up to"; undefined where no source gives it. */
  public readonly networkBaselineGbps?: number;
  /** Whether the type has Elastic Fabric Adapter (training and HyperPod; endpoints do not use it). */
  public readonly efaSupported: boolean;
  /** Number of Elastic Fabric Adapter interfaces; undefined where the type has EFA but no source gives the number. */
  public readonly efaInterfaces?: number;
  /** Local NVMe storage in GB, 0 for none; undefined where no source gives it. */
  public readonly localNvmeGB?: number;
  /** Link between its accelerators, e.g. `NVSwitch`, `PCIe Gen4`, `NeuronLink-v2`; `none` for a single accelerator. */
  public readonly interconnect: string;
  /** Bandwidth of that link in GB/s per accelerator: both directions for NVLink, one for PCIe. */
  public readonly interconnectGBps?: number;
  /** What SageMaker accepts the name for; not a promise that a region sells it. */
  public readonly uses: InstanceUse[];
  /** How the type is bought. */
  public readonly purchase: PurchaseOption;
  /** Whether the host processor is Arm. */
  public readonly hostIsArm: boolean;
  /**
   * Whether an endpoint variant may set `VolumeSizeInGB`.
   *
   * Types with local NVMe storage use that instead and refuse a volume. AWS's
   * Python SDK names trn1, g5, g6, p5 and every family with a `d`; for trn2, g7,
   * g7e and p6, which have local NVMe too, it is inferred.
   */
  public readonly allowsHostingVolume: boolean;
  /** Whether its accelerators are Inferentia or Trainium. */
  public readonly isNeuron: boolean;
  /** Whether its accelerators are NVIDIA GPUs. */
  public readonly isGpu: boolean;

  private constructor(name: string, facts: Omit<AcceleratorInstanceFacts, 'localNvmeGB'> & { localNvmeGB?: number }, efaSupported?: boolean) {
    const { accelerator, acceleratorCount, network = {} } = facts;
    const [, family, size] = name.split('.');
    this.name = name;
    this.family = family;
    this.size = size;
    this.accelerator = accelerator;
    this.acceleratorCount = acceleratorCount;
    // two decimals, as the memory of one device has: 8 x 179.06 is not 1432.4800000000002
    this.acceleratorMemoryGiB = Math.round(accelerator.memoryGiB * acceleratorCount * 100) / 100;
    this.neuronCores = accelerator.neuronCores === undefined ? undefined : accelerator.neuronCores * acceleratorCount;
    this.logicalNeuronCores = accelerator.logicalNeuronCores === undefined ? undefined : accelerator.logicalNeuronCores * acceleratorCount;
    this.vcpu = facts.vcpu;
    this.hostMemoryGiB = facts.hostMemoryGiB;
    this.networkGbps = network.networkGbps;
    this.networkBaselineGbps = network.networkBaselineGbps ?? network.networkGbps;
    this.efaInterfaces = network.efaInterfaces ?? (efaSupported === true ? undefined : 0);
    this.efaSupported = efaSupported ?? (network.efaInterfaces ?? 0) > 0;
    this.localNvmeGB = facts.localNvmeGB;
    this.interconnect = network.interconnect ?? 'none';
    this.interconnectGBps = network.interconnectGBps;
    // frozen: one object stands for the type everywhere
    this.uses = Object.freeze([...facts.uses]) as InstanceUse[];
    this.purchase = facts.purchase ?? PurchaseOption.ON_DEMAND;
    this.hostIsArm = facts.hostIsArm ?? false;
    this.allowsHostingVolume = facts.allowsHostingVolume ?? facts.localNvmeGB === 0;
    this.isNeuron = accelerator.kind === AcceleratorKind.NEURON;
    this.isGpu = accelerator.kind === AcceleratorKind.GPU;
  }

  /** Whether SageMaker accepts the type for this use. */
  public supports(use: InstanceUse): boolean {
    return this.uses.includes(use);
  }

  /**
   * Logical NeuronCores when `lnc` physical cores make one logical core
   * (`NEURON_LOGICAL_NC_CONFIG`, and `--lnc` of the compiler).
   *
   * @param lnc 1, or on Trainium2 also 2, which is the default there
   * @throws for a GPU and for a value that the hardware does not have
   */
  public logicalCoresAt(lnc: number): number {
    const allowed = this.accelerator.logicalNeuronCoreConfigs;
    if (this.neuronCores === undefined) {
      throw new ProblemsError('AcceleratorInstance.logicalCoresAt', [{
        prop: 'lnc', got: `${lnc} for ${this.name}`, allowed: 'instances with NeuronCores (inf and trn)', fix: 'ask `isNeuron` first',
      }]);
    }
    if (!allowed.includes(lnc)) {
      throw new ProblemsError('AcceleratorInstance.logicalCoresAt', [{
        prop: 'lnc', got: `${lnc} for ${this.name}`, allowed: `${allowed.join(' or ')} (NeuronCores ${this.accelerator.neuronCoreVersion})`, fix: `use ${allowed[allowed.length - 1]}, the default of the hardware`,
      }]);
    }
    return this.neuronCores / lnc;
  }

  /** Whether the other value stands for the same instance type: same name. */
  public sameAs(other: AcceleratorInstance): boolean {
    return this.name === other.name;
  }

  /** The name, e.g. `ml.inf2.xlarge`. */
  public toString(): string {
    return this.name;
  }
}

/** The commonest slip is the EC2 spelling: then the answer is exact, not a guess. */
function unknownInstance(name: string): { prop: string; got: string; allowed: string; fix: string } {
  const withPrefix = `ml.${name.trim().toLowerCase()}`;
  if (!Token.isUnresolved(name) && ROWS.has(withPrefix)) {
    return { prop: 'name', got: quoted(name), allowed: 'a SageMaker instance type; its name starts with `ml.`', fix: `write '${withPrefix}'` };
  }
  return unknownName({
    prop: 'name',
    got: name,
    isToken: Token.isUnresolved(name),
    known: [...ROWS.keys()],
    allowed: `one of the ${ROWS.size} instance types of the catalogue`,
    otherwise: 'otherwise use `AcceleratorInstance.custom` with its facts',
  });
}
