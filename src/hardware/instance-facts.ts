import type { Accelerator } from './accelerator';
import type { InstanceUse, PurchaseOption } from './instance-use';

/** Network of an instance and the links between its accelerators. */
export interface InstanceNetworkFacts {
  /**
   * Peak network rate of the instance in Gbit/s.
   * @default - not known
   */
  readonly networkGbps?: number;

  /**
   * Sustained network rate in Gbit/s, where the size is sold as "up to".
   * @default - the peak rate
   */
  readonly networkBaselineGbps?: number;

  /**
   * Number of Elastic Fabric Adapter interfaces; 0 means no EFA.
   * @default 0
   */
  readonly efaInterfaces?: number;

  /**
   * Link between the accelerators, e.g. `NVSwitch` or `NeuronLink-v2`.
   * @default 'none'
   */
  readonly interconnect?: string;

  /**
   * Bandwidth of that link in GB/s per accelerator.
   * @default - not known
   */
  readonly interconnectGBps?: number;
}

/** The facts that an instance type outside the catalogue must bring. */
export interface AcceleratorInstanceFacts {
  /** Model of its accelerators. */
  readonly accelerator: Accelerator;

  /** Number of accelerators. */
  readonly acceleratorCount: number;

  /** Number of virtual CPUs. */
  readonly vcpu: number;

  /** Host memory in GiB. */
  readonly hostMemoryGiB: number;

  /** Local NVMe storage in GB; 0 for none. */
  readonly localNvmeGB: number;

  /** What SageMaker accepts the type for; at least one. */
  readonly uses: InstanceUse[];

  /**
   * Network and accelerator links.
   * @default - no EFA and no link; rates not known
   */
  readonly network?: InstanceNetworkFacts;

  /**
   * Whether an endpoint variant may set a volume size for it.
   * @default - true if the type has no local NVMe storage
   */
  readonly allowsHostingVolume?: boolean;

  /**
   * How the type is bought.
   * @default PurchaseOption.ON_DEMAND
   */
  readonly purchase?: PurchaseOption;

  /**
   * Whether the host processor is Arm (Graviton or Grace).
   * @default false
   */
  readonly hostIsArm?: boolean;
}
