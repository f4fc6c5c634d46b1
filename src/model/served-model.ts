import { Annotations } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { AcceleratorKind, type AcceleratorInstance, type InferenceAmi, type NeuronSdk } from '../hardware';
import { containerEnvironment } from './container-environment';
import { endpointLogs, executionRole } from './execution-role';
import type { ModelCheck } from './model-check';
import type { ModelProfile } from './model-profile';
import { ModelSource } from './model-source';
import type { IModelSource, IServableModel, ModelSourceConfig } from './model-source-config';
import { checkExistingModelOptions, checkHubSource, checkServedModel, checkServedModelOptions, networkOfExisting, weightsOf } from './served-model-checks';
import { ServingImage } from './serving-image';
import type { ServingSettings } from './serving-settings';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** How to serve a model. */
export interface ServedModelOptions {
  /**
   * The container that serves the model. For a source that brings its own image (a model package), the image it
   * brings: it is not rendered, but checked against the hardware, and the role may pull it.
   *
   * @default ServingImage.HF_INFERENCE_2_6_GPU on GPUs, ServingImage.HF_INFERENCE_2_8_NEURONX on Neuron: for encoders and other pipelines. Large language models want a vLLM, SGLang or LMI image. A `NeuronCompilation` brings the image it was compiled for.
   */
  readonly image?: ServingImage;

  /**
   * Task, shapes, parallelism and the like.
   *
   * @default - the image's own defaults
   */
  readonly settings?: ServingSettings;

  /**
   * What is known about the model's size and shape, for the checks that it fits.
   *
   * @default - the profile of the source
   */
  readonly profile?: ModelProfile;

  /**
   * A role of your own. It gets the same narrow rights added, unless it refuses (`role.withoutPolicyUpdates()`).
   *
   * @default - a new role with the rights of this model only
   */
  readonly role?: iam.IRole;

  /**
   * CloudWatch namespace to publish NeuronCore metrics to, by the neuron-monitor of the Hugging Face and PyTorch
   * inference images for Neuron. Metrics under a namespace of your own are charged as custom metrics.
   *
   * @default - no NeuronCore metrics; SageMaker has none of its own
   */
  readonly neuronMetricsNamespace?: string;

  /**
   * Checks to leave out, each for a reason you can give.
   *
   * @default - all checks
   */
  readonly skipChecks?: ModelCheck[];
}

/** What has to be known about a model that exists already. */
export interface ExistingModelOptions {
  /** The accelerator its container is built for. */
  readonly kind: AcceleratorKind;

  /**
   * CUDA version of its container, e.g. `12.4`: the host's driver is chosen by it.
   *
   * @default - unknown; choose the inference AMI of the variant yourself
   */
  readonly cudaVersion?: string;

  /**
   * Neuron SDK of its container.
   *
   * @default - unknown; the SDK is not checked against the hardware
   */
  readonly neuronSdk?: NeuronSdk;

  /**
   * What is known about the model's size and shape, for the checks that it fits.
   *
   * @default - nothing; the fit of model and instance is not checked
   */
  readonly profile?: ModelProfile;

  /**
   * The role the model runs with. The endpoint adds what its own options demand of it: writing captured data,
   * reading and answering asynchronous requests, using the volume key.
   *
   * @default - unknown; give the role those rights yourself
   */
  readonly role?: iam.IRole;

  /**
   * Checks to leave out, each for a reason you can give.
   *
   * @default - all checks
   */
  readonly skipChecks?: ModelCheck[];
}

/** Where a served model is bound to. */
export interface ServedModelBindOptions {
  /** The instance type of the variant. */
  readonly instance: AcceleratorInstance;

  /**
   * Other instance types the same model has to run on, as in instance pools: it is checked against each.
   *
   * @default - only `instance`
   */
  readonly alternativeInstances?: AcceleratorInstance[];

  /**
   * The host image of the variant, with the driver that the Neuron SDK of the container has to work with.
   *
   * @default InferenceAmi.NEURON_2 on Neuron; on GPUs nothing depends on it here
   */
  readonly inferenceAmi?: InferenceAmi;

  /**
   * VPC to place the model's network interfaces in.
   *
   * @default - none; the container reaches the internet through SageMaker's own network
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Subnets of the VPC.
   *
   * @default - the private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups of the network interfaces, 1 to 5; needed with `vpc`.
   *
   * @default - none, without a VPC
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the container is cut off from every network. SageMaker still copies the artefact in.
   *
   * @default false
   */
  readonly networkIsolation?: boolean;

  /**
   * Name of the endpoint, if it has one of its own: the role then writes to this endpoint's logs only.
   *
   * @default - the role writes to the logs of any endpoint
   */
  readonly endpointName?: string;
}

/** A model that is ready for a variant. */
export interface BoundModel {
  /** Name of the SageMaker model. */
  readonly modelName: string;

  /**
   * The role the container runs with.
   *
   * @default - unknown; the model existed already
   */
  readonly role?: iam.IRole;
}

/** A model together with how it is served: source, image, settings, for one kind of hardware. */
export class ServedModel {
  /**
   * A model on GPUs.
   *
   * The image it is served with by default stays the same within a major version of this library: an update never changes
   * the container under a model that was tested with it.
   */
  public static onGpu(source: IModelSource, options: ServedModelOptions = {}): ServedModel {
    return new ServedModel('ServedModel.onGpu', AcceleratorKind.GPU, source, options, ServingImage.HF_INFERENCE_2_6_GPU);
  }

  /**
   * A model on Inferentia2 or Trainium. Best from a compiled artefact: compiling takes longer than many a health check waits. Pass a
   * `NeuronCompilation` as source, and image, task, shapes and cores come with it; what contradicts them is an error.
   *
   * The image it is served with by default stays the same within a major version of this library: a compiled artefact
   * goes with the Neuron SDK it was compiled with, so an update never changes the one under it.
   */
  public static onNeuron(source: IModelSource, options: ServedModelOptions = {}): ServedModel {
    return new ServedModel('ServedModel.onNeuron', AcceleratorKind.NEURON, source, options, ServingImage.HF_INFERENCE_2_8_NEURONX);
  }

  /** A SageMaker model that exists already; nothing is created for it. */
  public static existing(model: IServableModel, options: ExistingModelOptions): ServedModel {
    const where = 'ServedModel.existing';
    throwProblems(where, checkObject('options', options, 'kind', 'the facts of the model: at least its `kind`', 'give e.g. { kind: AcceleratorKind.GPU }'));
    const { kind, role, profile, skipChecks } = options;
    return new ServedModel(where, kind, ModelSource.existingModel(model), { role, profile, skipChecks }, undefined, options);
  }

  /** The accelerator the model is served on. */
  public readonly kind: AcceleratorKind;
  /** Where the model comes from. */
  public readonly source: IModelSource;
  /** The container, unless the source brings one that is not known. */
  public readonly image?: ServingImage;
  /** Task, shapes, parallelism and the like, as given. */
  public readonly settings: ServingSettings;
  /** What is known about the model's size and shape. */
  public readonly profile?: ModelProfile;
  /** Devices one copy is cut over, when it was given. */
  public readonly tensorParallelDegree?: number;
  /** CUDA version of the container, e.g. `12.4`, when it is known. */
  public readonly cudaVersion?: string;
  /** Neuron SDK of the container, when it is known. */
  public readonly neuronSdk?: NeuronSdk;

  private readonly options: ServedModelOptions;

  private constructor(
    where: string,
    kind: AcceleratorKind,
    source: IModelSource,
    options: ServedModelOptions,
    defaultImage?: ServingImage,
    known?: ExistingModelOptions,
  ) {
    throwProblems(where, [...checkServedModelOptions(kind, source, options), ...checkExistingModelOptions(known)]);
    this.kind = kind;
    this.source = source;
    this.image = options.image ?? source.compiled?.servingImage ?? (source.bringsImage === true ? undefined : defaultImage);
    // A value that was given and contradicts the compiled one is refused above.
    this.settings = { ...source.compiled?.settings, ...given(options.settings) };
    this.profile = options.profile ?? source.profile;
    this.tensorParallelDegree = this.settings.tensorParallelDegree ?? source.compiled?.tensorParallelDegree;
    this.cudaVersion = this.image?.cudaVersion ?? known?.cudaVersion;
    this.neuronSdk = this.image?.neuronSdk ?? known?.neuronSdk;
    this.options = options;
  }

  /** Size of the weights in GiB, when the profile says it. */
  public get weightsGiB(): number | undefined {
    return this.profile && weightsOf(this.profile);
  }

  /**
   * Namespace of the NeuronCore metrics that its container publishes.
   *
   * @internal
   */
  public get _neuronMetricsNamespace(): string | undefined {
    return this.options.neuronMetricsNamespace;
  }

  /**
   * What keeps the model from running there, so that a variant can report it together with its own problems.
   *
   * @param instanceProps where the user wrote `instance` and each of `alternativeInstances`; by default `instanceType`
   * and `fallbackInstances[i].instanceType`
   * @internal
   */
  public _problems(scope: Construct, options: ServedModelBindOptions, instanceProps?: readonly string[]): Problem[] {
    return checkServedModel(this, scope, options, this.options, instanceProps).problems;
  }

  /**
   * Makes the SageMaker model and its role, in a scope that belongs to the variant.
   *
   * Every check of model, image and instance happens here; what is wrong is reported together.
   */
  public bind(scope: Construct, options: ServedModelBindOptions): BoundModel {
    const { problems, warnings } = checkServedModel(this, scope, options, this.options);
    // Binding the source makes constructs and may read files: not for a model that cannot run.
    throwProblems(scope, problems);
    const source = this.source.bind(scope, { instance: options.instance });
    const hub = source.hub === undefined ? { problems: [], warnings: [] } : checkHubSource(this, source.hub, options);
    const environment = containerEnvironment(this, scope, options, this.options, source);
    throwProblems(scope, [...hub.problems, ...environment.problems]);
    const unreached = source.modelName === undefined ? [] : networkOfExisting(this, options);
    for (const warning of [...warnings, ...hub.warnings, ...unreached]) Annotations.of(scope).addWarningV2(`cdk-accelerators:${warning.id}`, warning.text);

    if (source.modelName !== undefined) return { modelName: source.modelName, role: this.options.role };
    return this.create(scope, source, environment.environment, options);
  }

  private create(scope: Construct, source: ModelSourceConfig, environment: Record<string, string>, options: ServedModelBindOptions): BoundModel {
    const network = options.vpc === undefined ? undefined : {
      subnets: options.vpc.selectSubnets(options.vpcSubnets).subnets,
      securityGroups: options.securityGroups ?? [],
    };
    const { role, before } = executionRole(scope, this.options.role, `Runs a SageMaker model on ${options.instance.name}`, {
      source,
      image: this.image,
      logs: endpointLogs(scope, options.endpointName),
      subnets: network?.subnets,
      securityGroups: network?.securityGroups,
      metricsNamespace: this.options.neuronMetricsNamespace,
    });

    const model = new sagemaker.CfnModel(scope, 'Model', {
      executionRoleArn: role.roleArn,
      primaryContainer: {
        image: source.modelPackageArn === undefined ? this.image?._uri(scope) : undefined,
        environment: Object.keys(environment).length === 0 ? undefined : environment,
        modelDataUrl: source.archiveUrl,
        modelDataSource: source.prefixUrl === undefined ? undefined : {
          s3DataSource: { s3Uri: source.prefixUrl, s3DataType: 'S3Prefix', compressionType: 'None' },
        },
        modelPackageName: source.modelPackageArn,
      },
      enableNetworkIsolation: options.networkIsolation,
      vpcConfig: network === undefined ? undefined : {
        subnets: network.subnets.map((subnet) => subnet.subnetId),
        securityGroupIds: network.securityGroups.map((group) => group.securityGroupId),
      },
    });
    model.node.addDependency(...before, ...source.dependables ?? []);
    return { modelName: model.attrModelName, role };
  }
}

/** Without members that are there and undefined: they would hide what the source says. */
function given(settings: ServingSettings = {}): ServingSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
