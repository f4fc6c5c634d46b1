/** Facts of an instance type that decide how a script is started on it. */
export interface LaunchFacts {
  /** `ml.trn1.32xlarge`. */
  readonly name: string;
  readonly kind: 'neuron' | 'gpu';
  /** GPUs, or Neuron devices. */
  readonly devices: number;
  /** Physical NeuronCores of a device; GPUs: 1. */
  readonly coresPerDevice: number;
  /** Whether it has EFA. */
  readonly efa: boolean;
}

/**
 * Processes that torchrun starts on an instance: one for each GPU, or for each logical NeuronCore. Trainium2 joins two physical cores into one (LNC=2), so
 * trn2.48xlarge takes 64 and not 128 (sagemaker-training-toolkit, PR #226; the driver of SageMaker Python SDK 3 counts 128, which fails).
 */
export function processesPerInstance({ name, kind, devices, coresPerDevice }: LaunchFacts): number {
  if (kind === 'gpu') return devices;
  const logical = /^ml\.trn2/.test(name) ? coresPerDevice / 2 : coresPerDevice;
  return devices * logical;
}

/**
 * Variables for collectives. The toolkits set those of EFA from lists that lack trn1n, trn2, p5e, p5en, p6, g6e and g7e (sagemaker-training-toolkit
 * `torch_distributed.py`, SageMaker Python SDK `container_drivers`, read 2026-08), so they are set here for all.
 */
export function collectiveEnvironment({ kind, efa }: LaunchFacts, instances: number): Record<string, string> {
  const several = instances > 1;
  if (kind === 'neuron') {
    return {
      MALLOC_ARENA_MAX: '64',
      NEURON_RT_STOCHASTIC_ROUNDING_EN: '1',
      // FI_EFA_FORK_SAFE: kernels below 5.15; the runtime aborts without it on 5.10 (Neuron SDK, multi-node tutorials).
      ...several && efa ? { FI_PROVIDER: 'efa', FI_EFA_USE_DEVICE_RDMA: '1', FI_EFA_FORK_SAFE: '1', CCOM_SOCKET_IFNAME: 'eth0' } : {},
    };
  }
  // Since libfabric 1.18 and aws-ofi-nccl 1.7 no more is wanted (awsome-distributed-training 7217859, efa-cheatsheet).
  return several && efa ? { FI_PROVIDER: 'efa', FI_EFA_USE_HUGE_PAGE: '0' } : {};
}
