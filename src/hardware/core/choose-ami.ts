/** What the choice of a host image (AMI) depends on. */
export interface AmiQuestion {
  readonly kind: 'gpu' | 'neuron';
  /** As in `accelerators.json`: `Ampere`, `Blackwell Ultra`, `NeuronCore-v2`. */
  readonly architecture: string;
  /** Major version of the CUDA toolkit in the container; left out when nobody knows it. */
  readonly cudaMajor?: number;
}

export interface AmiAnswer {
  /** Key of a row in `inference-amis.json`; left out when AWS's own default is the better bet. */
  readonly key?: string;
  readonly evidence: 'documented' | 'inferred';
  readonly reason: string;
}

/**
 * Which `InferenceAmiVersion` a variant should ask for.
 *
 * The driver of the host must be at least as new as the CUDA of the container
 * and know the GPU. A wrong pair leaves the endpoint in `Creating` without a
 * log line, so without evidence the answer is to leave the field out.
 *
 * Sources: documentation of ProductionVariant.InferenceAmiVersion; tests and
 * pull request 6187 of aws/deep-learning-containers (CUDA 12 and 13);
 * awslabs/llm-hosting-container pull request 156 (inf2 without the field: driver 2.10).
 */
export function chooseAmi(question: AmiQuestion): AmiAnswer {
  const { kind, architecture, cudaMajor } = question;
  if (kind === 'neuron') {
    if (architecture === 'NeuronCore-v1') {
      return { evidence: 'inferred', reason: 'the Neuron AMI is documented for Inferentia2 and Trainium only, not for first-generation Inferentia' };
    }
    return architecture === 'NeuronCore-v2'
      ? { key: 'NEURON_2', evidence: 'documented', reason: 'the AMI for Inferentia2 and Trainium; without it inf2 hosts ran driver 2.10' }
      : { key: 'NEURON_2', evidence: 'inferred', reason: 'the only Neuron AMI; it is documented for Trainium without saying which generations' };
  }
  if (cudaMajor === undefined) {
    return { evidence: 'inferred', reason: 'the CUDA version of the container is not known' };
  }
  if (cudaMajor === 13) {
    return { key: 'GPU_4_1', evidence: 'documented', reason: 'a CUDA 13 container does not start on the drivers of the other AMIs (535 and 550)' };
  }
  if (cudaMajor === 12) {
    return architecture.startsWith('Blackwell')
      ? { key: 'GPU_4_1', evidence: 'inferred', reason: 'Blackwell GPUs need a driver newer than the 550 of the CUDA 12 AMI; driver 580 runs CUDA 12 containers too' }
      : { key: 'GPU_3_1', evidence: 'documented', reason: 'the AMI that AWS tests CUDA 12 containers on (driver 550, CUDA 12.4)' };
  }
  return { evidence: 'inferred', reason: `no source names an AMI for CUDA ${cudaMajor}` };
}
