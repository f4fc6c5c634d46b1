/** The checks of model, image and instance that may be skipped by someone who knows better. */
export enum ModelCheck {
  /** The image has programs for the chips and the host processor of the instance. A wrong kind of accelerator cannot be skipped. */
  IMAGE_HARDWARE = 'image-hardware',
  /** The image is known to be in the region. */
  IMAGE_REGION = 'image-region',
  /** The Neuron SDK of the image goes with the driver of the host. */
  NEURON_SDK = 'neuron-sdk',
  /** The tensor parallel degree goes with the devices of the instance and the heads of the model. */
  TENSOR_PARALLELISM = 'tensor-parallelism',
  /** The weights fit the memory of the devices. */
  DEVICE_MEMORY = 'device-memory',
  /** The weights fit the host's memory while they load. */
  HOST_MEMORY = 'host-memory',
}
