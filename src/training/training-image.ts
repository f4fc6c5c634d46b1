import { Token } from 'aws-cdk-lib';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { AcceleratorKind, NeuronSdk } from '../hardware';
import type { ImageFacts } from './core/rung-checks';
import imagesFile from './data/images.json';
import { parseImageTag } from '../model/core/image-tag';
import { IMAGES as SERVING_IMAGES, regionsHolding } from '../model/data-files';
import { checkDigest, checkTag, checkVersion, imageName, pullStatements, registryUri } from '../model/image-registry';
import { checkNeuronSdk } from '../model/serving-image';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** How PyTorch of a Neuron image reaches NeuronCores. Trainings of one do not run on the other. */
export enum TrainiumStack {
  /** PyTorch/XLA (`torch-neuronx` up to PyTorch 2.9). Its support for training ended with Neuron SDK 2.30 of 2026-05-21; the only one for the first Trainium. */
  PYTORCH_XLA = 'xla',

  /** TorchNeuron, native PyTorch: public beta in Neuron SDK 2.33 of 2026-10-19, for Trainium2 and newer alone. */
  TORCH_NEURON = 'torchNeuron',
}

/** What has to be known about a training image from a repository of your own. */
export interface EcrTrainingImageOptions {
  /** The accelerator the image is built for. */
  readonly kind: AcceleratorKind;

  /**
   * The image's tag; `latest` is refused. Give a tag or a digest.
   *
   * @default - the digest says which image
   */
  readonly tag?: string;

  /**
   * The image's digest: `sha256:` and 64 hexadecimal digits. Wins over a tag.
   *
   * @default - the tag says which image
   */
  readonly digest?: string;

  /**
   * Neuron SDK of a Neuron image.
   *
   * @default - unknown; the SDK is not checked against the hardware
   */
  readonly neuronSdk?: NeuronSdk;

  /**
   * How PyTorch of a Neuron image reaches NeuronCores.
   *
   * @default - unknown; the stack is not checked against the hardware
   */
  readonly trainiumStack?: TrainiumStack;
}

/** A row of `data/images.json`, and what is known of any other image. */
interface TrainingImageRow {
  readonly repository: string;
  readonly tag: string;
  readonly kind: 'gpu' | 'neuron';
  readonly stack?: 'xla' | 'torchNeuron';
  readonly neuronSdk?: string;
  readonly cuda?: string;
  readonly status: string;
  readonly supportEnds?: string;
  readonly source: string;
}

/** @internal */
export interface TrainingImageFacts {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly kind: AcceleratorKind;
  readonly neuronSdk?: NeuronSdk;
  readonly trainiumStack?: TrainiumStack;
  readonly cudaVersion?: string;
  readonly status?: string;
  readonly supportEnds?: string;
  readonly ownRepository?: ecr.IRepository;
}

const ROWS = imagesFile.images as readonly TrainingImageRow[];
const NOT_TRAINING: Readonly<Record<string, string>> = imagesFile.notTraining;
/** The end of PyTorch/XLA for training. */
const XLA = imagesFile.stacks.xla;
/** Day of the data: support that ended before it has ended. */
export const IMAGES_COLLECTED_ON = imagesFile._meta.collectedOn;

/** Parts of messages: what takes the user's own images, what an image is tested with, what to do without a known one. */
const OWN = 'TrainingImage.fromEcrRepository';
const TESTED = 'the training';
const OWN_REPOSITORY_FIX = `push the image to a repository of your own and use ${OWN}, which takes the facts from you`;

/**
 * The container that trains a model: always one pinned version, never "latest".
 *
 * The statics are images of the AWS Deep Learning Containers registries for
 * SageMaker training jobs, as of the date in `data/images.json`. What is said of
 * each by its publisher is in `status` and `supportEnds`: everything for the
 * first Trainium is past the end of its support. `of` reaches every other tag of
 * the same repositories, `fromEcrRepository` your own images.
 */
export class TrainingImage {
  /** PyTorch 2.9 with PyTorch/XLA, Neuron SDK 2.28.0: the advised one for Trainium1, whose trainings AWS asks to stay on 2.28. */
  public static readonly PYTORCH_2_9_SDK_2_28_NEURONX = TrainingImage.of('pytorch-training-neuronx', '2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04');
  /** PyTorch 2.9 with PyTorch/XLA, Neuron SDK 2.30.0: the last that was published; PyTorch/XLA is out of support for training in it. */
  public static readonly PYTORCH_2_9_SDK_2_30_NEURONX = TrainingImage.of('pytorch-training-neuronx', '2.9.0-neuronx-py312-sdk2.30.0-ubuntu24.04');
  /** Hugging Face optimum-neuron 0.4.1, transformers 4.55, PyTorch 2.8 with PyTorch/XLA, Neuron SDK 2.26.0: Trainium1. */
  public static readonly HF_PYTORCH_2_8_NEURONX = TrainingImage.of('huggingface-pytorch-training-neuronx', '2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04');
  /** PyTorch 2.13, CUDA 13.3, Amazon Linux 2023: GPUs. Patched until 2027-07-20. */
  public static readonly PYTORCH_2_13_GPU = TrainingImage.of('pytorch', '2.13.0-cu133-amzn2023-sagemaker');
  /** PyTorch 2.12, CUDA 13.0, Amazon Linux 2023: GPUs. Patched until 2027-07-02. */
  public static readonly PYTORCH_2_12_GPU = TrainingImage.of('pytorch', '2.12.1-cu130-amzn2023-sagemaker');
  /** PyTorch 2.9 with the SageMaker training toolkit, CUDA 13.0: GPUs. The last of its line; patches ended on 2026-10-15. */
  public static readonly PYTORCH_2_9_GPU = TrainingImage.of('pytorch-training', '2.9.0-gpu-py312-cu130-ubuntu22.04-sagemaker');
  /** Hugging Face transformers 5.3, PyTorch 2.9, CUDA 13.0: GPUs. */
  public static readonly HF_PYTORCH_2_9_GPU = TrainingImage.of('huggingface-pytorch-training', '2.9.0-transformers5.3.0-gpu-py312-cu130-ubuntu22.04');
  /** Hugging Face transformers 4.49, PyTorch 2.5, CUDA 12.4: GPUs. */
  public static readonly HF_PYTORCH_2_5_GPU = TrainingImage.of('huggingface-pytorch-training', '2.5.1-transformers4.49.0-gpu-py311-cu124-ubuntu22.04');

  /**
   * A training image of the AWS Deep Learning Containers registries by repository
   * and tag. A tag outside the catalogue is accepted when its parts can be read;
   * its existence is not checked.
   *
   * @param repository e.g. `pytorch-training-neuronx`
   * @param tag the full tag; never `latest`, and none that moves with each release
   * @throws for images that serve, that are for CPUs or EC2, or in public.ecr.aws, and for tags that cannot be read
   */
  public static of(repository: string, tag: string): TrainingImage {
    const row = ROWS.find((one) => one.repository === repository && one.tag === tag);
    if (row !== undefined) return new TrainingImage(factsOfRow(row));
    const read = readUnlisted(repository, tag);
    if (Array.isArray(read)) throwProblems('TrainingImage.of', read);
    return new TrainingImage(read as TrainingImageFacts);
  }

  /**
   * An image of your own. The role of its jobs gets the right to pull from this repository only.
   *
   * @param repository the repository that holds the image, in the region of the training
   * @throws without a version, and for facts that contradict each other
   */
  public static fromEcrRepository(repository: ecr.IRepository, options: EcrTrainingImageOptions): TrainingImage {
    throwProblems(OWN, [
      ...checkObject('repository', repository, 'repositoryName', 'a repository of Amazon ECR', 'pass a Repository, or Repository.fromRepositoryName'),
      ...checkObject('options', options, 'kind', 'the facts of the image: its `kind`, and a tag or a digest', "give e.g. { kind: AcceleratorKind.GPU, tag: '1.0' }"),
    ]);
    const { kind, tag, digest, neuronSdk, trainiumStack } = options;
    throwProblems(OWN, [
      ...checkPrivate(repository.repositoryName),
      ...checkMember('kind', kind, AcceleratorKind, 'AcceleratorKind'),
      ...checkVersion({ tag, digest }, TESTED),
      ...checkNeuronSdk(neuronSdk),
      ...trainiumStack === undefined ? [] : checkMember('trainiumStack', trainiumStack, TrainiumStack, 'TrainiumStack'),
      ...kind !== AcceleratorKind.GPU ? [] : [['neuronSdk', neuronSdk] as const, ['trainiumStack', trainiumStack] as const]
        .filter(([, value]) => value !== undefined)
        .map(([prop, value]) => ({ prop, got: String(value), allowed: 'nothing for an image of kind GPU', fix: `remove ${prop}, or set kind to AcceleratorKind.NEURON` })),
    ]);
    return new TrainingImage({ kind, tag, digest, neuronSdk, trainiumStack, repository: repository.repositoryName, ownRepository: repository });
  }

  /** The accelerator the image is built for. */
  public readonly kind: AcceleratorKind;
  /** Name of the repository, e.g. `pytorch-training-neuronx`. */
  public readonly repository: string;
  /** The tag; not used when there is a digest. */
  public readonly tag?: string;
  /** The digest, `sha256:...`. */
  public readonly digest?: string;
  /** Neuron SDK of a Neuron image, when it is known. */
  public readonly neuronSdk?: NeuronSdk;
  /** How PyTorch of a Neuron image reaches NeuronCores, when it is known. */
  public readonly trainiumStack?: TrainiumStack;
  /** CUDA version of a GPU image, e.g. `13.0`, when it is known. */
  public readonly cudaVersion?: string;
  /** What the publisher says of the image, e.g. `current`, `advised`, `last-published` or `end-of-patch`; absent for unlisted images. */
  public readonly status?: string;
  /** Day, `YYYY-MM-DD`, on which support ends or has ended: the image's patches, or training with its PyTorch/XLA; absent when no day is known. */
  public readonly supportEnds?: string;

  private readonly facts: TrainingImageFacts;

  private constructor(facts: TrainingImageFacts) {
    this.facts = facts;
    this.kind = facts.kind;
    this.repository = facts.repository;
    this.tag = facts.tag;
    this.digest = facts.digest;
    this.neuronSdk = facts.neuronSdk;
    this.trainiumStack = facts.trainiumStack;
    this.cudaVersion = facts.cudaVersion;
    this.status = facts.status;
    this.supportEnds = facts.supportEnds ?? (facts.trainiumStack === TrainiumStack.PYTORCH_XLA ? XLA.supportEnds : undefined);
  }

  /**
   * The same image pinned by digest: a tag can be pushed again, a digest cannot.
   *
   * @param digest `sha256:` and 64 hexadecimal digits, from `aws ecr describe-images` in the region of the training
   * @throws if it is no digest
   */
  public withDigest(digest: string): TrainingImage {
    throwProblems('TrainingImage.withDigest', checkDigest(digest));
    return new TrainingImage({ ...this.facts, digest });
  }

  /** `repository:tag`, or `repository@digest`. */
  public toString(): string {
    return imageName(this);
  }

  /**
   * What is known of the image without a stack, for the checks against hardware.
   *
   * @internal
   */
  public _facts(): ImageFacts & { readonly kind: 'neuron' | 'gpu' } {
    return {
      name: Token.isUnresolved(this.toString()) ? 'the image' : this.toString(),
      kind: this.kind,
      ...this.trainiumStack === undefined ? {} : { stack: this.trainiumStack },
      // NeuronSdk knows the second major release only.
      ...this.neuronSdk === undefined ? {} : { neuronSdk: [2, this.neuronSdk.minor] as const },
    };
  }

  /**
   * What tells the image from every other, as far as it is known at synth: one name is another image in another registry.
   *
   * @internal
   */
  public _identity(): string {
    const env = this._ownRepository?.env;
    const registry = env === undefined ? [] : [env.account, env.region].filter((part) => !Token.isUnresolved(part));
    return [...registry, this.toString()].join('/');
  }

  /**
   * The address SageMaker pulls from, for the region of the scope's stack.
   *
   * @internal
   */
  public _uri(scope: Construct): string {
    return this._ownRepository?.repositoryUriForTagOrDigest(this.digest ?? this.tag) ?? registryUri(scope, this, OWN);
  }

  /**
   * The rights to pull from the AWS registry; none for an image in a repository of the user's own, which grants them itself.
   *
   * @internal
   */
  public _pullStatements(scope: Construct): iam.PolicyStatement[] {
    return this._ownRepository === undefined ? pullStatements(scope, this.repository, OWN) : [];
  }

  /**
   * The user's own repository, when the image is there.
   *
   * @internal
   */
  public get _ownRepository(): ecr.IRepository | undefined {
    return this.facts.ownRepository;
  }

  /**
   * Regions known to hold the image; undefined when it is where its registry is.
   *
   * @internal
   */
  public _regions(): readonly string[] | undefined {
    return this._ownRepository === undefined ? regionsHolding(this.repository, this.kind) : undefined;
  }
}

function factsOfRow(row: TrainingImageRow): TrainingImageFacts {
  return {
    repository: row.repository,
    tag: row.tag,
    kind: row.kind as AcceleratorKind,
    neuronSdk: row.neuronSdk === undefined ? undefined : NeuronSdk.of(row.neuronSdk),
    trainiumStack: row.stack as TrainiumStack | undefined,
    cudaVersion: row.cuda,
    status: row.status,
    supportEnds: row.supportEnds,
  };
}

/** Facts of a tag outside the catalogue, or what is wrong with it. */
function readUnlisted(repository: string, tag: string): TrainingImageFacts | Problem[] {
  if (Token.isUnresolved(repository) || Token.isUnresolved(tag)) {
    return [{ prop: 'tag', got: 'a value that is only known at deploy time', allowed: 'a repository and a tag known at synthesis: the checks depend on them', fix: OWN_REPOSITORY_FIX }];
  }
  const problems = checkRepository(repository);
  if (problems.length > 0) return problems;
  const tagProblems = checkTag(tag, TESTED);
  if (tagProblems.length > 0) return tagProblems;
  const rows = ROWS.filter((row) => row.repository === repository);
  const wrong = (allowed: string, fix = `use a tag of the form of ${rows[0].tag}`) => [{ prop: 'tag', got: JSON.stringify(tag), allowed, fix }];
  const parsed = parseImageTag(tag);
  if (parsed?.kind === 'cpu') return wrong('an image for GPUs or Neuron devices');
  if (parsed?.kind !== rows[0].kind) return wrong(`a tag of the form of ${rows[0].tag}`, `correct the tag, or ${OWN_REPOSITORY_FIX}`);
  // Repositories with one image per platform: the other one does not start as a training job.
  if (rows[0].tag.endsWith('-sagemaker') && parsed.platform !== 'sagemaker') return wrong('a tag that ends in -sagemaker: the others are for EC2');
  // The only major version that there is; NeuronSdk.of takes no other.
  if (parsed.kind === 'neuron' && !/^2(\.\d{1,4}){2}$/.test(parsed.neuronSdk ?? '')) return wrong('a tag with a Neuron SDK `sdk2.<minor>.<patch>`');
  if (!/^\d+\.\d+\.\d+$/.test(parsed.version)) return wrong('a version with three parts: a shorter one moves with each release');
  const neuronSdk = parsed.neuronSdk === undefined ? undefined : NeuronSdk.of(parsed.neuronSdk);
  return {
    repository,
    tag,
    kind: parsed.kind as AcceleratorKind,
    neuronSdk,
    // What newer images of the repository would have, if there were any, nobody says.
    trainiumStack: neuronSdk !== undefined && neuronSdk.minor <= NeuronSdk.of(XLA.lastSdk).minor ? TrainiumStack.PYTORCH_XLA : undefined,
    cudaVersion: parsed.cuda,
  };
}

function checkRepository(repository: string): Problem[] {
  const got = JSON.stringify(repository);
  const repositories = [...new Set(ROWS.map((row) => row.repository))];
  if (repositories.includes(repository)) return [];
  const open = checkPrivate(repository);
  if (open.length > 0) return open;
  if (Object.hasOwn(NOT_TRAINING, repository)) {
    return [{ prop: 'repository', got, allowed: 'an image that can train on SageMaker', fix: `${OWN_REPOSITORY_FIX}: ${NOT_TRAINING[repository]}` }];
  }
  if (/(^|-)inference(-|$)/.test(repository) || SERVING_IMAGES.some((row) => row.repository === repository)) {
    return [{ prop: 'repository', got, allowed: `an image that trains: ${repositories.join(', ')}`, fix: 'use one of them: this one serves models, with ServingImage' }];
  }
  return [{ prop: 'repository', got, allowed: repositories.join(', '), fix: OWN_REPOSITORY_FIX }];
}

/** SageMaker pulls training images from private registries (CreateTrainingJob, AlgorithmSpecification.TrainingImage). */
function checkPrivate(repository: string): Problem[] {
  if (Token.isUnresolved(repository) || !/^public\.ecr\.aws(\/|$)/.test(repository)) return [];
  return [{ prop: 'repository', got: JSON.stringify(repository), allowed: 'a private repository of Amazon ECR: training jobs do not pull from public.ecr.aws', fix: `mirror it: copy the image to a repository of your own and use ${OWN}` }];
}

/** A text that is no member of the enumeration looks right in a language without types. */
function checkMember(prop: string, value: string, members: Readonly<Record<string, string>>, name: string): Problem[] {
  if (Object.values(members).includes(value)) return [];
  const allowed = Object.keys(members).map((member) => `${name}.${member}`).join(' or ');
  return [{ prop, got: JSON.stringify(value) ?? String(value), allowed, fix: 'use one of them' }];
}
