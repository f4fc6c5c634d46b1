import type { Findings } from './findings';
import { compareVersions } from './image-tag';

/** An image and the hardware it is to run on, as plain data. */
export interface ImageOnHardware {
  readonly image: {
    readonly name: string;
    readonly kind: 'gpu' | 'neuron';
    readonly neuronSdk?: string;
    /** Families the publisher lists for the image, e.g. `inf2`; undefined when it lists none. */
    readonly families?: readonly string[];
    /** e.g. `current`, `usable`, `legacy`, `superseded`, `end-of-patch 2026-06-30`. */
    readonly status?: string;
    /** Regions that hold the image; undefined when every region of the registry does. */
    readonly regions?: readonly string[];
  };
  readonly instance: { readonly name: string; readonly family: string; readonly kind: 'gpu' | 'neuron' };
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

/** The accelerator as a reader knows it. */
export function kindName(kind: 'gpu' | 'neuron'): string {
  return kind === 'gpu' ? 'GPUs' : 'Neuron devices (Inferentia2, Trainium)';
}
