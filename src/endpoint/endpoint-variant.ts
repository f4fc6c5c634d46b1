import { type Duration, type Size, Token } from 'aws-cdk-lib';
import type * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import type { VariantFacts } from './core/endpoint-checks';
import type { IInferenceEndpoint } from './endpoint-base';
import { EndpointVariantBase } from './endpoint-metrics';
import type { RoutingStrategy } from './routing-strategy';
import { variantShapeProblems } from './shape-checks';
import { chooseAmi, hostProblems, renderHost } from './variant-host';
import { scaleVariant, scalingProblems, type VariantScaling } from './variant-scaling';
import type { AcceleratorInstance, InferenceAmi } from '../hardware';
import type { BoundModel, ServedModel, ServedModelBindOptions } from '../model';
import { checkNumber } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/**
 * The host side of a variant: what runs below the container.
 */
export interface VariantHostOptions {
  /**
   * The machine image of the instances, which carries the driver.
   *
   * @default - chosen from image and hardware, see `InferenceAmi.choose`; none (SageMaker's own
   * default) when the image does not say which CUDA it holds
   */
  readonly inferenceAmi?: InferenceAmi;

  /**
   * How long the container may take to answer its first health check. 60 seconds to one hour.
   *
   * @default - Neuron: 30 minutes, one hour for servers of language models; GPU: 10 and 30 minutes; longer for large weights
   */
  readonly containerStartupTimeout?: Duration;

  /**
   * How long downloading and unpacking the model may take. 60 seconds to one hour.
   *
   * @default - Neuron and servers of language models: 30 minutes; others: 10 minutes; longer for large weights
   */
  readonly modelDownloadTimeout?: Duration;

  /**
   * Size of the EBS volume of each instance, 1 to 512 GiB. Only instance types
   * without local storage have one (`AcceleratorInstance.allowsHostingVolume`), e.g. ml.inf2.
   *
   * @default - SageMaker's own default
   */
  readonly volumeSize?: Size;

  /**
   * ARN of an ML capacity reservation (training plan); instances start in it and nowhere else.
   *
   * @default - on-demand capacity
   */
  readonly capacityReservationArn?: string;

  /**
   * Lets operators open a Session Manager shell in the containers.
   *
   * @default false
   * @see https://docs.aws.amazon.com/sagemaker/latest/dg/ssm-access.html
   */
  readonly enableSsmAccess?: boolean;
}

/** One more kind of instance that may stand in when the first one has no capacity. */
export interface FallbackInstance {
  /** The instance type; of the same vendor as the variant's own. */
  readonly instanceType: AcceleratorInstance;

  /**
   * The model for these instances.
   *
   * @default - the variant's model
   */
  readonly model?: ServedModel;
}

/** What production and shadow variants share. */
export interface EndpointVariantOptions extends VariantHostOptions {
  /** What the variant serves, and with which container. */
  readonly model: ServedModel;

  /** The kind of instance. New hardware is a new variant with a new name, never a change of this in place. */
  readonly instanceType: AcceleratorInstance;

  /**
   * Number of instances at creation. Updates keep the live number.
   *
   * @default - `scaling.minInstances`, at least 1
   */
  readonly initialInstanceCount?: number;

  /**
   * Instance types tried in this order when `instanceType` has no capacity, at
   * creation and at scale-out. At most 4, all of the same vendor: GPU and Neuron
   * need different machine images and a variant has one.
   *
   * @default - none: without capacity the variant waits
   */
  readonly fallbackInstances?: FallbackInstance[];

  /**
   * How long SageMaker looks for capacity over all instance types together; with
   * `fallbackInstances` only. 5 minutes to one hour.
   *
   * @default - SageMaker's own default
   */
  readonly provisionTimeout?: Duration;

  /**
   * How requests are spread over the variant's instances.
   *
   * @default RoutingStrategy.LEAST_OUTSTANDING_REQUESTS
   */
  readonly routing?: RoutingStrategy;
}

/** Props of `InferenceEndpoint.addVariant`. */
export interface EndpointVariantProps extends EndpointVariantOptions {
  /**
   * Share of the traffic: weight / sum of all weights. 0 sends no traffic but keeps the
   * instances running (and billed), reachable by `TargetVariant`. The weight counts at
   * creation; updates keep the live weight.
   *
   * @default 1
   */
  readonly weight?: number;

  /**
   * How the number of instances follows the load.
   *
   * @default - the number stays
   */
  readonly scaling?: VariantScaling;
}

/** Props of `InferenceEndpoint.addShadowVariant`. */
export interface ShadowVariantProps extends EndpointVariantOptions {
  /**
   * Percentage of the production variant's requests that is copied to the shadow. More than 0, at most 100.
   *
   * @default 100
   */
  readonly samplingPercentage?: number;
}

/** What the endpoint hands to each of its variants. */
export interface VariantContext {
  readonly endpoint: IInferenceEndpoint;
  /** The name as metrics carry it: literal when it is fixed. */
  readonly endpointName: string;
  readonly asynchronous: boolean;
  readonly model: Omit<ServedModelBindOptions, 'instance'>;
  /** Refuses hardware the region does not offer. */
  readonly regionProblems: (prop: string, instance: AcceleratorInstance) => Problem[];
}

/**
 * A variant of an `InferenceEndpoint`: one model on one kind of hardware, with
 * its own role, weight, instances and scaling. Made by `InferenceEndpoint.addVariant`.
 */
export class EndpointVariant extends EndpointVariantBase {
  /**
   * Variants are made by their endpoint only.
   *
   * @internal
   */
  public static _add(scope: Construct, variantName: string, props: EndpointVariantProps, context: VariantContext): EndpointVariant {
    return new EndpointVariant(scope, variantName, props, context);
  }

  /** Name of the variant, unique in its endpoint. What callers pass as `TargetVariant`. */
  public readonly variantName: string;

  /** The endpoint the variant belongs to. */
  public readonly endpoint: IInferenceEndpoint;

  /**
   * Name of the endpoint as the metrics carry it: literal when the endpoint has a fixed name (no reference to the endpoint, and
   * no order after it), else its attribute.
   */
  public readonly endpointName: string;

  /** What the variant serves. */
  public readonly model: ServedModel;

  /** The kind of instance it runs on. */
  public readonly instanceType: AcceleratorInstance;

  /** Instance types that stand in when `instanceType` has no capacity, in order. */
  public readonly fallbackInstanceTypes: AcceleratorInstance[];

  /** The weight at creation. Of a shadow variant: the production variant's weight times the sampled share, known at synth. */
  public readonly weight: number;

  /** The number of instances at creation. */
  public readonly initialInstanceCount: number;

  /** Least and largest number of instances, or nothing when the number stays. */
  public readonly scaling?: VariantScaling;

  /** The role the containers run as, or nothing when the model was made elsewhere. */
  public readonly role?: iam.IRole;

  /** The machine image of the instances, or nothing when SageMaker's own default is used. */
  public readonly inferenceAmi?: InferenceAmi;

  /** Whether the endpoint takes `InvokeEndpointAsync`. */
  public readonly asynchronous: boolean;

  /** Whether the instances start in a capacity reservation. */
  public readonly hasCapacityReservation: boolean;

  private target?: appscaling.ScalableTarget;
  private readonly bound: BoundModel;
  private readonly fallbackRoles: iam.IRole[];
  private readonly pools: { readonly instance: AcceleratorInstance; readonly modelName?: string }[];
  private readonly options: EndpointVariantOptions;

  private constructor(scope: Construct, variantName: string, props: EndpointVariantProps, context: VariantContext) {
    super(scope, `Variant-${variantName}`);
    throwProblems(this, variantShapeProblems(props));
    const { instanceType, model, scaling } = props;
    const fallbacks = props.fallbackInstances ?? [];
    const minInstances = scaling?.minInstances;
    this.variantName = variantName;
    this.endpoint = context.endpoint;
    this.asynchronous = context.asynchronous;
    this.hasCapacityReservation = props.capacityReservationArn !== undefined;
    this.endpointName = context.endpointName;
    this.model = model;
    this.instanceType = instanceType;
    this.fallbackInstanceTypes = fallbacks.map((fallback) => fallback.instanceType);
    this.weight = props.weight ?? 1;
    this.scaling = scaling;
    this.initialInstanceCount = props.initialInstanceCount
      ?? (minInstances === undefined || Token.isUnresolved(minInstances) ? minInstances ?? 1 : Math.max(1, minInstances));
    this.inferenceAmi = props.inferenceAmi ?? chooseAmi(props);
    this.options = props;

    // Types of the other vendor are refused below; the model need not repeat it.
    const sharing = fallbacks.flatMap((fallback, i) => fallback.model === undefined && fallback.instanceType.isNeuron === instanceType.isNeuron
      ? [{ instance: fallback.instanceType, prop: `fallbackInstances[${i}].instanceType` }]
      : []);
    const bindOptions = {
      ...context.model,
      instance: instanceType,
      alternativeInstances: sharing.map(({ instance }) => instance),
      inferenceAmi: this.inferenceAmi,
    };
    throwProblems(this, [
      ...checkNumber('weight', props.weight, { min: 0 }, 'give 0 for no traffic, or a share such as 1'),
      ...checkNumber('initialInstanceCount', props.initialInstanceCount, { min: 1, integer: true }),
      ...scalingProblems(scaling, context.asynchronous),
      ...(props.initialInstanceCount === undefined ? [] : this.countInRange()),
      ...hostProblems(props),
      ...[instanceType, ...this.fallbackInstanceTypes].flatMap((instance, i) =>
        context.regionProblems(i === 0 ? 'instanceType' : `fallbackInstances[${i - 1}].instanceType`, instance)),
      ...model._problems(this, bindOptions, ['instanceType', ...sharing.map(({ prop }) => prop)]),
    ]);

    this.bound = model.bind(this, bindOptions);
    this.role = this.bound.role;
    const bound = fallbacks.map(({ model: own, instanceType: instance }) =>
      own?.bind(new Construct(this, `Fallback-${instance.name}`), { ...context.model, instance, inferenceAmi: this.inferenceAmi }));
    this.pools = fallbacks.map((fallback, i) => ({ instance: fallback.instanceType, modelName: bound[i]?.modelName }));
    this.fallbackRoles = bound.flatMap((one) => one?.role ?? []);
  }

  /** The roles of all containers of the variant: its own, and those of fallback instances with a model of their own. */
  public get roles(): iam.IRole[] {
    return [...new Set([...(this.role === undefined ? [] : [this.role]), ...this.fallbackRoles])];
  }

  /**
   * The scalable target of this variant, to add policies of your own; nothing when `scaling` was not given.
   */
  public get scalableTarget(): appscaling.ScalableTarget | undefined {
    return this.target;
  }

  /** Use of the GPUs: up to 100 % for each GPU. Statistic: Average. Fails on Neuron, for which SageMaker publishes nothing of the kind. */
  public override metricGpuUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    this.demandGpu('metricGpuUtilization');
    return super.metricGpuUtilization(props);
  }

  /** Use of the GPUs' memory: up to 100 % for each GPU. Statistic: Average. Fails on Neuron, for which SageMaker publishes nothing of the kind. */
  public override metricGpuMemoryUtilization(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    this.demandGpu('metricGpuMemoryUtilization');
    return super.metricGpuMemoryUtilization(props);
  }

  /**
   * Registers the variant for scaling. Called by the endpoint once its own resource exists.
   *
   * @internal
   */
  public _scale(endpointName: string): void {
    if (this.scaling === undefined) return;
    this.target = scaleVariant(this, { scaling: this.scaling, variantName: this.variantName, endpointName, asynchronous: this.asynchronous });
  }

  /**
   * What the checks of the whole endpoint look at.
   *
   * @internal
   */
  public _facts(): VariantFacts {
    const instances = [this.instanceType, ...this.fallbackInstanceTypes];
    return {
      name: this.variantName,
      instanceTypes: instances.map((instance) => instance.name),
      weight: Token.isUnresolved(this.weight) ? undefined : this.weight,
      inferentia1: instances.some((instance) => instance.family === 'inf1'),
    };
  }

  /**
   * The variant in the endpoint configuration.
   *
   * @internal
   */
  public _render(): CfnEndpointConfig.ProductionVariantProperty {
    const { pools, instanceType, options } = this;
    return {
      variantName: this.variantName,
      modelName: this.bound.modelName,
      initialInstanceCount: this.initialInstanceCount,
      initialVariantWeight: this.weight,
      ...(pools.length === 0 ? { instanceType: instanceType.name } : {
        instancePools: [{ instance: instanceType, modelName: undefined }, ...pools].map(({ instance, modelName }, i) => ({
          instanceType: instance.name,
          priority: i + 1,
          modelNameOverride: modelName,
        })),
        variantInstanceProvisionTimeoutInSeconds: options.provisionTimeout?.toSeconds(),
      }),
      ...renderHost(options, this.inferenceAmi),
    };
  }

  private countInRange(): Problem[] {
    const { minInstances = 1, maxInstances } = this.scaling ?? { maxInstances: undefined };
    const count = this.initialInstanceCount;
    if (maxInstances === undefined || [count, minInstances, maxInstances].some((value) => Token.isUnresolved(value))) return [];
    if (count >= Math.max(1, minInstances) && count <= maxInstances) return [];
    return [{
      prop: 'initialInstanceCount',
      got: `${count} with scaling from ${minInstances} to ${maxInstances}`,
      allowed: 'a number between `scaling.minInstances` and `scaling.maxInstances`',
      fix: 'leave `initialInstanceCount` out to start with the least number',
    }];
  }

  private demandGpu(metric: string): void {
    if (this.instanceType.isGpu) return;
    throwProblems(this, [{
      prop: metric,
      got: `a variant on ${this.instanceType.name} (${this.instanceType.accelerator.name})`,
      allowed: 'variants on GPU instances: SageMaker publishes no metric of Neuron devices',
      fix: 'use `metricConcurrentRequestsPerModel` or `metricCpuUtilization`, or publish neuron-monitor data from the container',
    }]);
  }
}
