import type { Finding, Findings } from './findings';
import { compareVersions } from '../../hardware/core/neuron-support';
import type { Problem } from '../../private/problems';

/** What the rules of the Neuron SDKs say (`NeuronSdk` in hardware/): they are there, and only there. */
export interface SdkVerdict {
  /** `unsupported` and `unknown` are worth saying; other levels pass. */
  readonly level: string;
  readonly reason: string;
}

/** The Neuron SDK of an image, with what it says of host and chip. */
export interface SdkOnHardware {
  readonly version: string;
  /** The host image, e.g. `al2-ami-sagemaker-inference-neuron-2`. */
  readonly ami: string;
  /** On the driver of the host image; undefined where that is not judged. */
  readonly onAmi?: SdkVerdict;
  /** On the generation of the chip, whatever the image serves; undefined where every SDK of the library serves it. */
  readonly onGeneration?: SdkVerdict;
  /** For what the image serves on the chip of the instance; undefined where it is not known what it serves. */
  readonly onChip?: SdkVerdict;
}

/** An image and the hardware it is to run on, as plain data. */
export interface ImageOnHardware {
  readonly image: {
    readonly name: string;
    readonly kind: 'gpu' | 'neuron';
    readonly neuronSdk?: SdkOnHardware;
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
    /** Region of a repository of the user's own, where it is known. */
    readonly ownRegion?: string;
  };
  readonly instance: {
    /** Where the user wrote the instance type, e.g. `fallbackInstances[0].instanceType`. */
    readonly prop: string;
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

  const family = Object.hasOwn(SAME_CHIP, instance.family) ? SAME_CHIP[instance.family] : instance.family;
  if (image.families !== undefined && !image.families.includes(family)) {
    found.problems.push({ check: 'image-hardware', problem: { prop: instance.prop, got: instance.name, allowed: `the families ${image.name} is published for: ${image.families.join(', ')}`, fix: 'choose an instance of these families, or an image for this one' } });
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

  if (region !== undefined && image.ownRegion !== undefined && image.ownRegion !== region) {
    // Not a problem: an imported repository is given the region of the stack it was imported in, which may not be where it is.
    found.warnings.push({ check: 'image-region', id: 'imageInOtherRegion', text: `the repository of ${image.name} is in ${image.ownRegion} as far as is known here, and SageMaker pulls images from the region of the endpoint, ${region}: replicate the image there` });
  }

  checkSdk(image, instance, found);

  if (image.status !== undefined && !['current', 'usable', 'legacy'].includes(image.status)) {
    found.warnings.push({ check: 'image-hardware', id: 'imageNotMaintained', text: `${image.name} is marked "${image.status}" by its publisher: expect no security patches` });
  }
  return found;
}

function checkSdk(image: ImageOnHardware['image'], instance: ImageOnHardware['instance'], found: Findings): void {
  const sdk = image.neuronSdk;
  if (sdk === undefined) return;
  const subject = `${image.name} with Neuron SDK ${sdk.version}`;
  if (sdk.onAmi?.level === 'unsupported') {
    found.problems.push({ check: 'neuron-sdk', problem: { prop: 'image', got: subject, allowed: `an SDK that runs on ${sdk.ami}: ${sdk.onAmi.reason}`, fix: 'use an image with an older SDK (2.26 runs on driver 2.19) or a host image with a newer driver, or skip ModelCheck.NEURON_SDK if you have seen it start' } });
  } else if (sdk.onAmi?.level === 'unknown') {
    found.warnings.push({ check: 'neuron-sdk', id: 'neuronSdkUnproven', text: `${subject} is not known to start on ${sdk.ami}: ${sdk.onAmi.reason}` });
  }
  if (sdk.onGeneration?.level === 'unsupported') {
    found.problems.push({ check: 'neuron-sdk', problem: { prop: instance.prop, got: `${instance.name} with ${subject}`, allowed: `an instance type that the SDK serves: ${sdk.onGeneration.reason}`, fix: 'choose an instance with Inferentia2 or Trainium, or skip ModelCheck.NEURON_SDK if the image is of the older line' } });
  } else if (sdk.onChip?.level === 'unsupported') {
    // Not a problem: an image may bring its own copy of what the SDK dropped.
    found.warnings.push({ check: 'neuron-sdk', id: 'neuronSdkLeftChip', text: `${subject} may not serve on ${instance.name}: ${sdk.onChip.reason}` });
  }
}

/** GPU generations and host processors that the programs in the image were not built for. */
function checkGeneration(image: ImageOnHardware['image'], instance: ImageOnHardware['instance']): Problem[] {
  const { cuda } = image;
  const { name, computeCapability: capability } = instance;
  const problems: Problem[] = [];
  if (cuda !== undefined && capability !== undefined && compareVersions(cuda, '13.0') >= 0 && compareVersions(capability, OLDEST_FOR_CUDA_13) < 0) {
    problems.push({ prop: instance.prop, got: `${name} (compute capability ${capability})`, allowed: `compute capability ${OLDEST_FOR_CUDA_13} or newer, the oldest that CUDA ${cuda} of ${image.name} has programs for`, fix: 'choose a newer GPU, or an image with CUDA 12' });
  }
  if (instance.hostIsArm === true && image.x86Only === true) {
    problems.push({ prop: instance.prop, got: `${name}, whose host processor is Arm`, allowed: `a host with x86-64: ${image.name} is built for it`, fix: 'choose another instance, or an Arm image of your own with ServingImage.fromEcrRepository' });
  }
  return problems;
}

/** The accelerator as a reader knows it. */
export function kindName(kind: 'gpu' | 'neuron'): string {
  return kind === 'gpu' ? 'GPUs' : 'Neuron devices (Inferentia2, Trainium)';
}
