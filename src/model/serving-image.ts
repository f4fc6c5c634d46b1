import { Token } from 'aws-cdk-lib';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { AcceleratorKind, NeuronSdk } from '../hardware';
import { checkObject, checkPattern } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';
import { grammarOfRepository } from './core/catalogue';
import { parseImageTag, type ImageTagFacts } from './core/image-tag';
import { IMAGES, NOT_SERVING, regionsHolding, type ImageRow } from './data-files';
import { EnvironmentGrammar } from './environment-grammar';
import { checkDigest, checkTag, checkVersion, imageName, pullStatements, registryUri } from './image-registry';

/** What has to be known about an image from a repository of your own. */
export interface EcrServingImageOptions {
  /** The accelerator the image is built for. */
  readonly kind: AcceleratorKind;

  /**
   * The image's tag. Give a tag or a digest.
   *
   * @default - the digest says which image
   */
  readonly tag?: string;

  /**
   * The image's digest, e.g. `sha256:` and 64 hexadecimal digits. Wins over a tag.
   *
   * @default - the tag says which image
   */
  readonly digest?: string;

  /**
   * How the image expects its settings.
   *
   * @default EnvironmentGrammar.CUSTOM
   */
  readonly grammar?: EnvironmentGrammar;

  /**
   * CUDA version of a GPU image, e.g. `12.4`: the host's driver is chosen by it.
   *
   * @default - unknown; choose the inference AMI of the variant yourself
   */
  readonly cudaVersion?: string;

  /**
   * Neuron SDK of a Neuron image.
   *
   * @default - unknown; the SDK is not checked against the hardware
   */
  readonly neuronSdk?: NeuronSdk;

  /**
   * Instance families the image is built for, e.g. `['inf2', 'trn1']`.
   *
   * @default - every family with accelerators of this kind
   */
  readonly supportedFamilies?: string[];
}

/** @internal */
export interface ServingImageFacts {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly kind: AcceleratorKind;
  readonly grammar: EnvironmentGrammar;
  readonly cudaVersion?: string;
  readonly neuronSdk?: NeuronSdk;
  readonly supportedFamilies?: readonly string[];
  readonly status?: string;
  readonly ownRepository?: ecr.IRepository;
}

/** What takes the user's own images, and what an image is tested with: parts of messages. */
const OWN = 'ServingImage.fromEcrRepository';
const TESTED = 'the model';

/**
 * The container that serves a model: always one pinned version, never "latest".
 *
 * The statics are images of the AWS Deep Learning Containers registries that are
 * ready for SageMaker hosting, as of the date in `data/images.json`: the
 * maintained ones, and the last PyTorch image for GPUs, whose patches have ended
 * (`status` says so, and serving it is a warning). `of` reaches every other tag
 * of the same repositories, `fromEcrRepository` your own images.
 */
export class ServingImage {
  /** Hugging Face inference toolkit, transformers 5.5, torch 2.6, CUDA 12.4: encoders and other pipelines on GPUs. */
  public static readonly HF_INFERENCE_2_6_GPU = ServingImage.of('huggingface-pytorch-inference', '2.6.0-transformers5.5.3-gpu-py312-cu124-ubuntu22.04');
  /** Hugging Face inference toolkit, transformers 4.55, torch 2.8, Neuron SDK 2.26.0: encoders, vision and diffusion on Inferentia2 and Trainium1. */
  public static readonly HF_INFERENCE_2_8_NEURONX = ServingImage.of('huggingface-pytorch-inference-neuronx', '2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04');
  /** Hugging Face vLLM 0.25.1, CUDA 13.0: large language models on GPUs. */
  public static readonly HF_VLLM_0_25_1_GPU = ServingImage.of('huggingface-vllm', '0.25.1-transformers5.10.2-gpu-py312-cu130-ubuntu22.04');
  /** Hugging Face vLLM 0.17.0, CUDA 12.9: large language models on GPUs. */
  public static readonly HF_VLLM_0_17_0_GPU = ServingImage.of('huggingface-vllm', '0.17.0-transformers4.57.5-gpu-py312-cu129-ubuntu22.04');
  /** Hugging Face vLLM 0.11.0 with optimum-neuron 0.4.5, Neuron SDK 2.26.1: large language models on Inferentia2 and Trainium1. */
  public static readonly HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX = ServingImage.of('huggingface-vllm-inference-neuronx', '0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04');
  /** Hugging Face SGLang 0.5.8, CUDA 12.9: large language models on GPUs. */
  public static readonly HF_SGLANG_0_5_8_GPU = ServingImage.of('huggingface-sglang', '0.5.8-transformers4.57.3-gpu-py312-cu129-ubuntu24.04');
  /** VLLM 0.27.1, CUDA 13.0: large language models on GPUs. */
  public static readonly VLLM_0_27_1_GPU = ServingImage.of('vllm', '0.27.1-gpu-py312-cu130-ubuntu22.04-sagemaker');
  /** SGLang 0.5.17, CUDA 13.0: large language models on GPUs. */
  public static readonly SGLANG_0_5_17_GPU = ServingImage.of('sglang', '0.5.17-gpu-py312-cu130-ubuntu24.04-sagemaker');
  /** Large Model Inference 28 on DJL Serving 0.36, CUDA 13.0: large language models on GPUs. */
  public static readonly LMI_28_GPU = ServingImage.of('djl-inference', '0.36.0-lmi28.0.0-cu130');
  /** Large Model Inference 24 on DJL Serving 0.36, CUDA 12.9: large language models on GPUs. */
  public static readonly LMI_24_GPU = ServingImage.of('djl-inference', '0.36.0-lmi24.0.0-cu129');
  /** PyTorch inference toolkit, torch 2.6, CUDA 12.4: your own `inference.py` on GPUs. The last of its line; patches ended on 2026-06-30. */
  public static readonly PYTORCH_2_6_GPU = ServingImage.of('pytorch-inference', '2.6.0-gpu-py312-cu124-ubuntu22.04-sagemaker');
  /** PyTorch inference toolkit, torch 2.8, Neuron SDK 2.26.1: your own `inference.py` on Inferentia2 and Trainium. */
  public static readonly PYTORCH_2_8_NEURONX = ServingImage.of('pytorch-inference-neuronx', '2.8.0-neuronx-py311-sdk2.26.1-ubuntu22.04');
  /** PyTorch inference toolkit, torch 2.7, Neuron SDK 2.25.0: your own `inference.py` on Inferentia2 and Trainium. */
  public static readonly PYTORCH_2_7_NEURONX = ServingImage.of('pytorch-inference-neuronx', '2.7.0-neuronx-py310-sdk2.25.0-ubuntu22.04');

  /**
   * An image of the AWS Deep Learning Containers registries by repository and
   * tag. A tag outside the catalogue is accepted when its parts can be read; its
   * existence is not checked.
   *
   * @param repository e.g. `huggingface-pytorch-inference-neuronx`
   * @param tag the full tag; never `latest`
   */
  public static of(repository: string, tag: string): ServingImage {
    const row = IMAGES.find((one) => one.repository === repository && one.tag === tag);
    if (row !== undefined) return new ServingImage(factsOfRow(row));
    const { facts, problems } = readUnlisted(repository, tag);
    throwProblems('ServingImage.of', problems);
    return new ServingImage(facts!);
  }

  /**
   * An image of your own. Its role gets the right to pull from this repository only.
   *
   * @param repository the repository that holds the image, in the endpoint's region
   */
  public static fromEcrRepository(repository: ecr.IRepository, options: EcrServingImageOptions): ServingImage {
    throwProblems('ServingImage.fromEcrRepository', [
      ...checkObject('repository', repository, 'repositoryName', 'a repository of Amazon ECR', 'pass a Repository, or Repository.fromRepositoryName'),
      ...checkObject('options', options, 'kind', 'the facts of the image: its `kind`, and a tag or a digest', "give e.g. { kind: AcceleratorKind.GPU, tag: '1.0' }"),
    ]);
    const problems = checkVersion(options, TESTED);
    if (options.grammar !== undefined) {
      problems.push(...checkObject('grammar', options.grammar, 'servesLanguageModels', 'a grammar', 'use a static of EnvironmentGrammar such as EnvironmentGrammar.VLLM'));
    }
    if (options.kind === AcceleratorKind.NEURON && options.cudaVersion !== undefined) {
      problems.push({ prop: 'cudaVersion', got: JSON.stringify(options.cudaVersion), allowed: 'nothing for an image of kind NEURON', fix: 'remove cudaVersion, or set kind to AcceleratorKind.GPU' });
    }
    if (options.kind === AcceleratorKind.GPU && options.neuronSdk !== undefined) {
      problems.push({ prop: 'neuronSdk', got: String(options.neuronSdk), allowed: 'nothing for an image of kind GPU', fix: 'remove neuronSdk, or set kind to AcceleratorKind.NEURON' });
    }
    if (options.kind === AcceleratorKind.GPU && options.grammar?.key === EnvironmentGrammar.OPTIMUM_NEURON.key) {
      problems.push({ prop: 'grammar', got: 'optimum-neuron', allowed: 'another grammar for an image of kind GPU', fix: 'use EnvironmentGrammar.VLLM, or set kind to AcceleratorKind.NEURON' });
    }
    problems.push(...checkPattern('cudaVersion', options.cudaVersion, /^\d+\.\d+$/, 'a major and a minor version, e.g. 12.4'));
    problems.push(...checkNeuronSdk(options.neuronSdk));
    throwProblems('ServingImage.fromEcrRepository', problems);
    return new ServingImage({
      ...options,
      repository: repository.repositoryName,
      grammar: options.grammar ?? EnvironmentGrammar.CUSTOM,
      ownRepository: repository,
    });
  }

  /** The accelerator the image is built for. */
  public readonly kind: AcceleratorKind;
  /** Name of the repository, e.g. `huggingface-vllm`. */
  public readonly repository: string;
  /** The tag; not used when there is a digest. */
  public readonly tag?: string;
  /** The digest, `sha256:...`. */
  public readonly digest?: string;
  /** How the image expects its settings. */
  public readonly grammar: EnvironmentGrammar;
  /** CUDA version of a GPU image, e.g. `12.4`, when it is known. */
  public readonly cudaVersion?: string;
  /** Major number of the CUDA version, e.g. 12, when it is known. */
  public readonly cudaMajor?: number;
  /** Neuron SDK of a Neuron image, when it is known. */
  public readonly neuronSdk?: NeuronSdk;
  /** Instance families the image is published for, when the publisher lists them. */
  public readonly supportedFamilies?: string[];
  /** What the publisher says of the image, e.g. `current` or `end-of-patch 2026-06-30`; absent for unlisted images. */
  public readonly status?: string;

  private readonly facts: ServingImageFacts;

  private constructor(facts: ServingImageFacts) {
    this.facts = facts;
    this.kind = facts.kind;
    this.repository = facts.repository;
    this.tag = facts.tag;
    this.digest = facts.digest;
    this.grammar = facts.grammar;
    this.cudaVersion = facts.cudaVersion;
    this.cudaMajor = facts.cudaVersion === undefined ? undefined : Number(facts.cudaVersion.split('.')[0]);
    this.neuronSdk = facts.neuronSdk;
    this.supportedFamilies = facts.supportedFamilies === undefined ? undefined : [...facts.supportedFamilies];
    this.status = facts.status;
  }

  /**
   * The same image pinned by digest: a tag can be pushed again, a digest cannot.
   *
   * @param digest `sha256:` and 64 hexadecimal digits, from `aws ecr describe-images` in the endpoint's region
   */
  public withDigest(digest: string): ServingImage {
    throwProblems('ServingImage.withDigest', checkDigest(digest));
    return new ServingImage({ ...this.facts, digest });
  }

  /** `repository:tag`, or `repository@digest`. */
  public toString(): string {
    return imageName(this);
  }

  /**
   * What tells the image from every other, as far as it is known at synth: one name is another image in another registry.
   *
   * @internal
   */
  public _identity(): string {
    const env = this.facts.ownRepository?.env;
    const registry = env === undefined ? [] : [env.account, env.region].filter((part) => !Token.isUnresolved(part));
    return [...registry, this.toString()].join('/');
  }

  /**
   * The address SageMaker pulls from, for the region of the scope's stack.
   *
   * @internal
   */
  public _uri(scope: Construct): string {
    const own = this.facts.ownRepository;
    if (own !== undefined) return own.repositoryUriForTagOrDigest(this.digest ?? this.tag);
    return registryUri(scope, this, OWN);
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
   * Whether the image is one of the AWS registries: those are built for x86-64, Arm images are in repositories of their own.
   *
   * @internal
   */
  public _isCatalogued(): boolean {
    return this.facts.ownRepository === undefined;
  }

  /**
   * Region of the user's own repository; undefined where it is not known, and for the AWS registries.
   *
   * @internal
   */
  public _ownRegion(): string | undefined {
    const region = this._ownRepository?.env?.region;
    return Token.isUnresolved(region) ? undefined : region;
  }

  /**
   * Regions known to hold the image; undefined when it is where its registry is.
   *
   * @internal
   */
  public _regions(): readonly string[] | undefined {
    return this.facts.ownRepository === undefined ? regionsHolding(this.repository, this.kind) : undefined;
  }
}

function factsOfRow(row: ImageRow): ServingImageFacts {
  return {
    repository: row.repository,
    tag: row.tag,
    kind: row.kind as AcceleratorKind,
    grammar: EnvironmentGrammar._of(row.grammar),
    cudaVersion: row.cuda,
    neuronSdk: row.neuronSdk === undefined ? undefined : NeuronSdk.of(row.neuronSdk),
    supportedFamilies: row.families,
    status: row.status,
  };
}

const OWN_REPOSITORY_FIX = 'push the image to a repository of your own and use ServingImage.fromEcrRepository, which takes the facts from you';

/** A version as text looks right in a language without types, and none of the rules could be asked of it. */
export function checkNeuronSdk(sdk: NeuronSdk | undefined): Problem[] {
  return sdk === undefined ? [] : checkObject('neuronSdk', sdk, 'onAmi', 'a Neuron SDK', 'use a static of NeuronSdk such as NeuronSdk.V2_26_1, or NeuronSdk.of');
}

/** Facts of a tag outside the catalogue, or what is wrong with it. */
function readUnlisted(repository: string, tag: string): { facts?: ServingImageFacts; problems: Problem[] } {
  const one = (prop: string, got: string, allowed: string, fix: string) => ({ problems: [{ prop, got, allowed, fix }] });
  if (Token.isUnresolved(repository) || Token.isUnresolved(tag)) {
    return one('tag', 'a value that is only known at deploy time', 'a repository and a tag known at synthesis: the checks and the environment depend on them', OWN_REPOSITORY_FIX);
  }
  const name = JSON.stringify(repository);
  if (Object.hasOwn(NOT_SERVING, repository)) {
    return one('repository', name, 'an image that can serve on SageMaker', `${OWN_REPOSITORY_FIX}, after adding a SageMaker entrypoint: ${NOT_SERVING[repository]}`);
  }
  const repositories = [...new Set(IMAGES.map((row) => row.repository))];
  if (!repositories.includes(repository)) {
    return one('repository', name, repositories.join(', '), OWN_REPOSITORY_FIX);
  }
  const tagProblems = checkTag(tag, TESTED);
  if (tagProblems.length > 0) return { problems: tagProblems };
  const parsed = parseImageTag(tag);
  const example = IMAGES.find((row) => row.repository === repository)!.tag;
  if (parsed === undefined || parsed.kind === undefined) {
    return one('tag', JSON.stringify(tag), `a tag of the form of ${example}`, `correct the tag, or ${OWN_REPOSITORY_FIX}`);
  }
  if (parsed.kind === 'cpu') {
    return one('tag', JSON.stringify(tag), 'an image for GPUs or Neuron devices', `use a tag of the form of ${example}`);
  }
  // Repositories with one image per platform: the other one has no /invocations.
  const perPlatform = IMAGES.some((row) => row.repository === repository && row.tag.endsWith('-sagemaker'));
  if (perPlatform && parsed.platform !== 'sagemaker') {
    return one('tag', JSON.stringify(tag), 'a tag that ends in -sagemaker: the others have no /invocations', `use a tag of the form of ${example}`);
  }
  // The only major version that there is; NeuronSdk.of takes no other.
  if (parsed.neuronSdk !== undefined && !/^2(\.\d{1,4}){2}$/.test(parsed.neuronSdk)) {
    return one('tag', JSON.stringify(tag), 'a tag with a Neuron SDK `2.<minor>.<patch>`', `use a tag of the form of ${example}`);
  }
  return { facts: factsOfTag(repository, tag, parsed), problems: [] };
}

function factsOfTag(repository: string, tag: string, parsed: ImageTagFacts): ServingImageFacts {
  return {
    repository,
    tag,
    kind: parsed.kind as AcceleratorKind,
    grammar: EnvironmentGrammar._of(grammarOfRepository(repository, parsed)),
    cudaVersion: parsed.cuda,
    neuronSdk: parsed.neuronSdk === undefined ? undefined : NeuronSdk.of(parsed.neuronSdk),
    supportedFamilies: familiesOf(repository, parsed.kind),
  };
}

/** Families of the listed images of a repository, where all list the same: an unlisted tag is built like them. */
function familiesOf(repository: string, kind: ImageTagFacts['kind']): readonly string[] | undefined {
  const [first, ...others] = IMAGES.filter((row) => row.repository === repository && row.kind === kind).map((row) => row.families);
  return others.every((one) => String(one) === String(first)) ? first : undefined;
}
