/** The two software worlds of accelerated instances on SageMaker. */
export enum AcceleratorKind {
  /** NVIDIA GPU: CUDA containers. */
  GPU = 'gpu',

  /** AWS Inferentia and Trainium: Neuron containers and models compiled for a NeuronCore. */
  NEURON = 'neuron',
}
