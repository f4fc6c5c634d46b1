import type { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { CompilationJob } from './compilation-job';
import type { CompilationShapes } from './compilation-shapes';
import type { NeuronPrecision } from './neuron-precision';
import type { NeuronTarget } from './neuron-target';
import type { IModelSource, ModelCheck, ModelProfile, ServingImage } from '../model';

/** How the compiler works. All of it belongs to the key. */
export interface NeuronCompilerOptions {
  /**
   * The image that compiles. Its Neuron SDK has to be the serving image's. An image of your own belongs to the key by its tag or its digest: push
   * changes under a new tag, or pin the digest, or an old artefact meets a new container.
   *
   * @default - the serving image: it holds the compiler too
   */
  readonly image?: ServingImage;

  /**
   * How hard the compiler tries (`-O1` to `-O3`): 1 compiles fastest, 3 runs fastest. Language models have no such option.
   *
   * @default 2
   */
  readonly optimizationLevel?: number;

  /**
   * More flags of `neuronx-cc compile`, each as one text, e.g. `--enable-fast-loading-neuron-binaries` or `--model-type=transformer`. Flags that
   * a prop stands for (precision, target, optimisation level) are refused. Their order does not matter.
   *
   * @default - none
   */
  readonly flags?: string[];

  /**
   * Directory with a `compile.py` of your own, for models that `optimum-cli export neuron` does not know. It defines
   * `load(model_dir, shapes)`, which returns the PyTorch model (in eval mode) and its example inputs as a tuple of tensors. `model_dir` is the path of
   * the source, `shapes` a dict of the dimensions by the exporter's names, e.g. `{'batch_size': 1, 'width': 224, ...}`: take the shapes of the kind
   * that fits best. Nothing is installed beside what the image has. Tracing, checks and packing stay the library's; the artefact has the traced
   * model as `model.neuron`, the other files of the source, and a `code/inference.py` of the source's or of ours.
   *
   * @default - `optimum-cli export neuron` does it
   */
  readonly script?: string;

  /**
   * Directory with custom operators (Python and shared objects). It is on the Python path while compiling, and goes into the artefact as
   * `custom_operators/`; what imports them is a script of your own, or a `sitecustomize.py` among them.
   *
   * @default - none
   */
  readonly customOperators?: string;

  /**
   * How many operators of a model that is compiled by a script of your own may stay on the CPU. Each costs a round trip from the device, so a
   * model with many of them is slower than expected; above the number the compile fails and names them. Above 0 the model is tried in parts while it is
   * compiled, for which a device is needed: the job is a training job on Trainium unless you choose another.
   *
   * @default 0
   */
  readonly maxCpuOperators?: number;

  /**
   * Whether Python code that comes with the model may run in the job. Only for a pinned revision that you read: like a script of your own it has the
   * rights of the job's role, reading the token of a gated model included.
   *
   * @default false
   */
  readonly trustRemoteCode?: boolean;
}

/** Into what a model is compiled. All of it belongs to the key of the artefact. */
export interface NeuronCompilationOptions {
  /** The kind of model and its static shapes. */
  readonly shapes: CompilationShapes;

  /**
   * The task, by its name on the Hugging Face Hub, e.g. `feature-extraction`. It goes to the serving container too.
   *
   * @default - the exporter finds it out from the model
   */
  readonly task?: string;

  /**
   * The number format.
   *
   * @default NeuronPrecision.BF16_MATMUL; NeuronPrecision.BF16_ALL for language models
   */
  readonly precision?: NeuronPrecision;

  /**
   * The chips to compile for.
   *
   * @default NeuronTarget.INF2, which runs on Trainium1 as well
   */
  readonly target?: NeuronTarget;

  /**
   * NeuronCores that one copy of the model is cut over: language models, T5 and large diffusion models.
   *
   * @default 1
   */
  readonly tensorParallelDegree?: number;

  /**
   * The container that will serve the artefact: its Neuron SDK compiles it, and its layout is written.
   *
   * @default ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX for language models, ServingImage.HF_INFERENCE_2_8_NEURONX for everything else
   */
  readonly servingImage?: ServingImage;

  /**
   * How the compiler works.
   *
   * @default - optimisation level 2, no more flags
   */
  readonly compiler?: NeuronCompilerOptions;
}

/** What is compiled, and into what: everything here belongs to the key of the artefact, and nothing else does. */
export interface NeuronCompilationSpec extends NeuronCompilationOptions {
  /**
   * The model as its authors publish it. It has to name its bytes: a model of the Hub by a commit hash, an object in S3 by a `revision`; a
   * local directory does by itself.
   */
  readonly source: IModelSource;
}

/** Where models lie whose addresses come with executions. */
export interface CompilationModelOptions {
  /** The bucket. It may be one of this app: its name is needed when an execution runs, and not before. */
  readonly bucket: s3.IBucket;

  /** The folder in it that all models are below; the job may read nothing else of the bucket. A slash at its end is added when it is missing. */
  readonly prefix: string;

  /**
   * Key the models are encrypted with, when the bucket object does not know it (an imported bucket).
   *
   * @default - the key of the bucket, if it has one
   */
  readonly decryptionKey?: kms.IKey;

  /**
   * What all of these models have in common in size and shape; the largest counts.
   *
   * @default - nothing; the job is chosen for models that are common
   */
  readonly profile?: ModelProfile;
}

/** Where artefacts are kept. */
export interface CompilationArtifactOptions {
  /**
   * The bucket. Give compilations of several stacks one bucket, and equal inputs are compiled once.
   *
   * @default - a bucket of its own: private, encrypted, TLS only, **retained when the stack is deleted**
   */
  readonly bucket?: s3.IBucket;

  /**
   * The folder in it that holds a folder for each key.
   *
   * @default 'neuron'
   */
  readonly prefix?: string;

  /**
   * Key for the artefact, and for the volume of a processing job. With a bucket of yours: the key that the bucket encrypts with, when its object does
   * not know it (an imported bucket).
   *
   * @default - the key of the bucket; without one S3's own keys
   */
  readonly encryptionKey?: kms.IKey;
}

/** The network of the compile job. */
export interface CompilationNetworkOptions {
  /**
   * VPC to place the job's network interfaces in. It needs a way to S3 and CloudWatch Logs, for models of the Hub to there too, and for a gated
   * one to AWS Secrets Manager.
   *
   * @default - none; the job reaches the internet through SageMaker's own network
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the VPC, 1 to 16.
   *
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the network interfaces, 1 to 5.
   *
   * @default - a new one that lets nothing in and everything out; pass your own where endpoints of the VPC admit only certain ones
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the container is cut off from every network; SageMaker still copies source and artefact. Not for models of the Hub.
   *
   * @default false
   */
  readonly networkIsolation?: boolean;
}

/** Where and how a compilation runs: nothing of it belongs to the key. */
export interface CompilationTaskOptions {
  /**
   * The job that compiles, and its host.
   *
   * @default - a processing job on CPUs with the memory estimated from the model's `profile`; for language models, and models too large for it, a
   * training job on Trainium
   */
  readonly job?: CompilationJob;

  /**
   * Longest run of one job, 1 minute to 9 days; SageMaker stops it then. The states ask less often how a job is the longer it may run, so that
   * their events fit an execution: give tasks that share artefacts the same.
   *
   * @default - 11 hours 50 minutes; in a `NeuronCompilation` its `timeout` less 10 minutes
   */
  readonly maxRuntime?: Duration;

  /**
   * Where artefacts are kept.
   *
   * @default - a bucket of its own
   */
  readonly artifacts?: CompilationArtifactOptions;

  /**
   * The network of the job.
   *
   * @default - SageMaker's own, with a way to the internet
   */
  readonly network?: CompilationNetworkOptions;

  /**
   * A role of your own for the job. It gets the same narrow rights added, unless it refuses (`role.withoutPolicyUpdates()`).
   *
   * @default - a new role that may read the source, pull the image, write the artefact and its logs
   */
  readonly role?: iam.IRole;

  /**
   * Checks to leave out, each for a reason you can give: `HOST_MEMORY`, `NEURON_SDK`, `TENSOR_PARALLELISM`.
   *
   * @default - all checks
   */
  readonly skipChecks?: ModelCheck[];
}
