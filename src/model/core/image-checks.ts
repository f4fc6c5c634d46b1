import type { Finding, Findings } from './findings';
import { compareVersions } from './image-tag';
import type { Problem } from '../../private/problems';

/** An image and the hardware it is to run on, as plain data. */
export interface ImageOnHardware {
  readonly image: {
    readonly name: string;
    readonly kind: 'gpu' | 'neuron';
    readonly neuronSdk?: string;
    /** e.g. `12.4`. */
    readonly cuda?: string;
    /** True where the image is known to be built for x86-64 only. */
    readonly x86Only?: boolean;
    /** Families the publisher lists for the image, e.g. `inf2`; undefined when it lists none. */
    readonly families?: readonly string[];
    /** e.g. `current`, `usable`, `legacy`, `superseded`, `end-of-patch 2026-06-30`. */
    readonly status?: string;
    /** Regions that hold the image; undefined when every region of the registry does. */
    readonly regions?: readonly string[];
  };
  readonly instance: {
    readonly name: string;
    readonly family: string;
    readonly kind: 'gpu' | 'neuron';
    /** Of its GPUs, e.g. `8.6`. */
    readonly computeCapability?: string;
    readonly hostIsArm?: boolean;
  };
  /** Undefined while the region is not known. */
  readonly region?: string;
}

/** trn1n is trn1 with more network: the same chip and the same images. */
const SAME_CHIP: Readonly<Record<string, string>> = { trn1n: 'trn1' };

/** The newest SDK that Hugging Face's own SageMaker examples run on the Neuron AMI (optimum-neuron notebooks/sagemaker). */
const PROVEN_SDK = '2.27';

/**
 * From SDK 2.30 on the runtime is not compatible with drivers up to 2.26 (Neuron
 * release notes of 2026-05-21), and the only Neuron AMI of SageMaker hosting
 * documents driver 2.19 (SageMaker API, ProductionVariantInferenceAmiVersion).
 */
const DRIVER_BREAK_SDK = '2.30';

/** CUDA 13 dropped compute capabilities before 7.5: Maxwell, Pascal, Volta (NVIDIA, CUDA toolkit 12.9 and 13.0 release notes). */
const OLDEST_FOR_CUDA_13 = '7.5';

/** Blackwell is capability 10.0 and up, and needs CUDA 12.8 (NVIDIA, CUDA toolkit 12.8 release notes). */
const BLACKWELL = '10.0';
const CUDA_OF_BLACKWELL = '12.8';

/** What an image and an instance type say about each other. */
export function checkImageOnHardware({ image, instance, region }: ImageOnHardware): Findings {
  const found: Findings = { problems: [], warnings: [] };
  if (image.kind !== instance.kind) {
    // Nothing else about the pair is worth saying.
    found.problems.push({ check: 'image-hardware', problem: { prop: 'image', got: `${image.name}, an image for ${kindName(image.kind)},`, allowed: `an image for ${kindName(instance.kind)}, the accelerator of ${instance.name}`, fix: instance.kind === 'gpu' ? 'use ServedModel.onGpu for this variant, or an instance type with Neuron devices' : 'use ServedModel.onNeuron for this variant, or an instance type with GPUs' } });
    return found;
  }

  const family = SAME_CHIP[instance.family] ?? instance.family;
  if (image.families !== undefined && !image.families.includes(family)) {
    found.problems.push({ check: 'image-hardware', problem: { prop: 'instance', got: instance.name, allowed: `the families ${image.name} is published for: ${image.families.join(', ')}`, fix: 'choose an instance of these families, or an image for this one' } });
  }

  found.problems.push(...checkGeneration(image, instance).map((problem): Finding => ({ check: 'image-hardware', problem })));

  if (image.cuda !== undefined && instance.computeCapability !== undefined
    && compareVersions(instance.computeCapability, BLACKWELL) >= 0 && compareVersions(image.cuda, CUDA_OF_BLACKWELL) < 0) {
    // Not a problem: an image may hold intermediate code that the driver translates at start.
    found.warnings.push({ check: 'image-hardware', id: 'cudaBeforeBlackwell', text: `${image.name} has CUDA ${image.cuda}, which has no programs for the Blackwell GPUs of ${instance.name} (compute capability ${instance.computeCapability}): PyTorch refuses them before CUDA ${CUDA_OF_BLACKWELL}` });
  }

  if (region !== undefined && image.regions !== undefined && !image.regions.includes(region)) {
    found.problems.push({ check: 'image-region', problem: { prop: 'image', got: `${image.name} in ${region}`, allowed: `the regions known to hold it: ${image.regions.join(', ')}`, fix: 'copy the image to a repository of your own and pass it with ServingImage.fromEcrRepository, or skip ModelCheck.IMAGE_REGION if you know better' } });
  }

  const sdk = image.neuronSdk;
  if (image.kind === 'neuron' && sdk !== undefined) {
    if (compareVersions(sdk, DRIVER_BREAK_SDK) >= 0) {
      found.problems.push({ check: 'neuron-sdk', problem: { prop: 'image', got: `${image.name} with Neuron SDK ${sdk}`, allowed: 'an SDK before 2.30: its runtime refuses drivers up to 2.26, and the Neuron AMI of SageMaker hosting documents driver 2.19', fix: 'use an image with SDK 2.26, or skip ModelCheck.NEURON_SDK if you have seen it start' } });
    } else if (compareVersions(sdk, PROVEN_SDK) >= 0) {
      found.warnings.push({ check: 'neuron-sdk', id: 'neuronSdkUnproven', text: `${image.name} has Neuron SDK ${sdk}; on the Neuron AMI of SageMaker hosting (driver 2.19) nothing newer than 2.26 is known to start, and NxD Inference leaves Inferentia2 and Trainium1 after 2.28` });
    }
  }

  if (image.status !== undefined && !['current', 'usable', 'legacy'].includes(image.status)) {
    found.warnings.push({ check: 'image-hardware', id: 'imageNotMaintained', text: `${image.name} is marked "${image.status}" by its publisher: expect no security patches` });
  }
  return found;
}

/** GPU generations and host processors that the programs in the image were not built for. */
function checkGeneration(image: ImageOnHardware['image'], instance: ImageOnHardware['instance']): Problem[] {
  const { cuda } = image;
  const { name, computeCapability: capability } = instance;
  const problems: Problem[] = [];
  if (cuda !== undefined && capability !== undefined && compareVersions(cuda, '13.0') >= 0 && compareVersions(capability, OLDEST_FOR_CUDA_13) < 0) {
    problems.push({ prop: 'instance', got: `${name} (compute capability ${capability})`, allowed: `compute capability ${OLDEST_FOR_CUDA_13} or newer, the oldest that CUDA ${cuda} of ${image.name} has programs for`, fix: 'choose a newer GPU, or an image with CUDA 12' });
  }
  if (instance.hostIsArm === true && image.x86Only === true) {
    problems.push({ prop: 'instance', got: `${name}, whose host processor is Arm`, allowed: `a host with x86-64: ${image.name} is built for it`, fix: 'choose another instance, or an Arm image of your own with ServingImage.fromEcrRepository' });
  }
  return problems;
}

/** The accelerator as a reader knows it. */
export function kindName(kind: 'gpu' | 'neuron'): string {
  return kind === 'gpu' ? 'GPUs' : 'Neuron devices (Inferentia2, Trainium)';
}
