import { ArnFormat, Lazy, PhysicalName, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { asyncInferenceProblems, grantAsyncInference, renderAsyncInference } from './async-inference';
import { endpointProblems } from './core/endpoint-checks';
import { dataCaptureProblems, grantDataCapture, renderDataCapture } from './data-capture';
import { DeploymentStrategy } from './deployment-strategy';
import { arnOf, checkArn, checkName, ImportedEndpoint, InferenceEndpointBase, type IInferenceEndpoint, type InferenceEndpointAttributes } from './endpoint-base';
import type { IEndpointVariant } from './endpoint-metrics';
import type { InferenceEndpointProps } from './endpoint-props';
import { EndpointVariant, type EndpointVariantProps, type ShadowVariantProps, type VariantContext } from './endpoint-variant';
import { regionProblems } from './region-check';
import { alarmsReferTo } from './rollback-alarms';
import { endpointShapeProblems, variantShapeProblems } from './shape-checks';
import { variantNameProblems } from './variant-name';
import { warnOf } from './variant-warnings';
import { checkNumber, checkObject } from '../private/checks';
import { problemText, throwProblems } from '../private/problems';

const FREQUENCIES = [10, 30, 60, 120, 180, 240, 300];

/**
 * One SageMaker endpoint with variants on any hardware: NVIDIA GPU, Inferentia2, Trainium.
 *
 * Weights and instance counts of the template count at creation. Every later
 * update keeps the live ones (`RetainAllVariantProperties`), so a deploy never undoes a traffic shift.
 */
export class InferenceEndpoint extends InferenceEndpointBase implements ec2.IConnectable {
  /**
   * An endpoint made elsewhere, by its name, in this stack's account and region.
   *
   * @param scope the parent
   * @param id the construct's id
   * @param endpointName name of the endpoint
   */
  public static fromEndpointName(scope: Construct, id: string, endpointName: string): IInferenceEndpoint {
    return new ImportedEndpoint(scope, id, { endpointName });
  }

  /**
   * A real-time endpoint made elsewhere, by its ARN, in any region. SageMaker writes the name in an ARN in lower case: for an
   * endpoint whose name has capitals, whose metrics would not be found by it, use `fromEndpointAttributes`.
   *
   * @param scope the parent
   * @param id the construct's id
   * @param endpointArn ARN of the endpoint
   */
  public static fromEndpointArn(scope: Construct, id: string, endpointArn: string): IInferenceEndpoint {
    throwProblems('InferenceEndpoint.fromEndpointArn', checkArn(endpointArn));
    const { resourceName } = Stack.of(scope).splitArn(endpointArn, ArnFormat.SLASH_RESOURCE_NAME);
    return new ImportedEndpoint(scope, id, { endpointName: resourceName!, endpointArn });
  }

  /**
   * An endpoint made elsewhere.
   *
   * @param scope the parent
   * @param id the construct's id
   * @param attributes what is known of it
   */
  public static fromEndpointAttributes(scope: Construct, id: string, attributes: InferenceEndpointAttributes): IInferenceEndpoint {
    return new ImportedEndpoint(scope, id, attributes);
  }

  /** ARN of the endpoint. */
  public readonly endpointArn: string;

  /** Name of the endpoint. */
  public readonly endpointName: string;

  /** Whether it answers `InvokeEndpointAsync` instead of `InvokeEndpoint`. */
  protected readonly asynchronous: boolean;
  private readonly production = new Map<string, EndpointVariant>();
  private readonly shadows = new Map<string, EndpointVariant>();
  private readonly rollbackAlarms: cloudwatch.IAlarm[] = [];
  private readonly resource: sagemaker.CfnEndpoint;
  private readonly context: VariantContext;
  private readonly network?: ec2.Connections;

  /**
   * @param scope the parent
   * @param id the construct's id
   * @param props how the endpoint is set up; variants are added with `addVariant`
   */
  constructor(scope: Construct, id: string, private readonly props: InferenceEndpointProps = {}) {
    super(scope, id, { physicalName: checkedProps(scope, id, props).endpointName });
    this.asynchronous = props.asyncInference !== undefined;
    this.checkProps();
    const securityGroups = this.securityGroups();
    this.network = securityGroups && new ec2.Connections({ securityGroups });

    const config = new sagemaker.CfnEndpointConfig(this, 'Config', {
      productionVariants: Lazy.any({ produce: () => this.variants.map((variant) => variant._render()) }),
      shadowProductionVariants: Lazy.any({ produce: () => [...this.shadows.values()].map((variant) => variant._render()) }, { omitEmptyArray: true }),
      kmsKeyId: props.volumeEncryptionKey?.keyArn,
      asyncInferenceConfig: props.asyncInference && renderAsyncInference(props.asyncInference),
      dataCaptureConfig: props.dataCapture && renderDataCapture(props.dataCapture),
    });
    config.addPropertyOverride('MetricsConfig', {
      EnableEnhancedMetrics: props.metricPublishing?.enhancedMetrics ?? false,
      EnableDetailedObservability: props.metricPublishing?.detailedObservability ?? false,
      MetricPublishFrequencyInSeconds: props.metricPublishing?.frequency?.toSeconds() ?? 60,
    });
    this.resource = new sagemaker.CfnEndpoint(this, 'Resource', {
      endpointName: this.physicalName,
      endpointConfigName: config.attrEndpointConfigName,
      retainAllVariantProperties: true,
      excludeRetainedVariantProperties: props.resetOnUpdate?.map((variantPropertyType) => ({ variantPropertyType })),
      deploymentConfig: Lazy.any({ produce: () => this.renderDeployment() }),
    });
    this.endpointArn = this.getResourceArnAttribute(this.resource.ref, arnOf(this.physicalName));
    this.endpointName = this.getResourceNameAttribute(this.resource.attrEndpointName);
    const fixedName = props.endpointName !== undefined && !Token.isUnresolved(props.endpointName) ? props.endpointName : undefined;
    this.context = {
      endpoint: this,
      // A name known at synth keeps metrics free of a reference to the endpoint, so that its rollback alarms may use them.
      endpointName: this.nameForMetrics(),
      asynchronous: this.asynchronous,
      regionProblems: (prop, instance) => regionProblems(this, prop, instance, props.offeredInRegion ?? []),
      model: {
        endpointName: fixedName,
        vpc: props.vpc,
        vpcSubnets: props.vpcSubnets,
        securityGroups,
        networkIsolation: props.networkIsolation,
      },
    };
    this.node.addValidation({ validate: () => this.problemsAtSynth() });
  }

  /** Security groups of the containers. Fails without a VPC. */
  public get connections(): ec2.Connections {
    if (this.network === undefined) {
      throwProblems(this, [{ prop: 'connections', got: 'an endpoint without a VPC', allowed: 'network rules on an endpoint with `vpc`', fix: 'give the endpoint `vpc`' }]);
    }
    return this.network!;
  }

  /**
   * Seconds between two data points of its metrics; undefined for SageMaker's minute.
   *
   * @internal
   */
  public get _metricSeconds(): number | undefined {
    const frequency = this.props.metricPublishing?.frequency;
    return frequency === undefined || frequency.isUnresolved() ? undefined : frequency.toSeconds();
  }

  /**
   * Seconds between two data points of those of its metrics that come least often; undefined when they are known at deploy time only.
   * Without `enhancedMetrics` requests and latencies come each minute, whatever the frequency.
   *
   * @internal
   */
  public get _slowestMetricSeconds(): number | undefined {
    const { frequency, enhancedMetrics } = this.props.metricPublishing ?? {};
    if (frequency === undefined) return 60;
    if (frequency.isUnresolved()) return undefined;
    return enhancedMetrics === true ? frequency.toSeconds() : Math.max(60, frequency.toSeconds());
  }

  /**
   * What rolls an update back, for dashboards.
   *
   * @internal
   */
  public get _rollbackAlarms(): cloudwatch.IAlarm[] {
    return [...this.rollbackAlarms];
  }

  /** The production variants, in the order they were added. */
  public get variants(): EndpointVariant[] {
    return [...this.production.values()];
  }

  /** The shadow variant, or nothing. */
  public get shadowVariant(): EndpointVariant | undefined {
    return [...this.shadows.values()][0];
  }

  /**
   * Adds a production variant.
   *
   * @param variantName name of the variant: letters, digits, hyphens, at most 63, unique in the endpoint
   * @param props what it serves, on which hardware, with which weight
   */
  public addVariant(variantName: string, props: EndpointVariantProps): EndpointVariant {
    this.demandNewName(variantName);
    const variant = EndpointVariant._add(this, variantName, props, this.context);
    this.production.set(variantName, this.adopt(variant));
    variant._scale(this.resource.attrEndpointName);
    warnOf(this, variant, this.props);
    return variant;
  }

  /**
   * Adds a shadow variant: it gets copies of the production variant's requests and
   * its answers are dropped. Allowed with exactly one production variant, on real-time endpoints.
   *
   * @param variantName name of the variant: letters, digits, hyphens, at most 63, unique in the endpoint
   * @param props what it serves, on which hardware, for how many of the requests
   */
  public addShadowVariant(variantName: string, props: ShadowVariantProps): EndpointVariant {
    this.demandNewName(variantName);
    const { samplingPercentage, ...options } = props ?? {};
    throwProblems(this, [
      ...variantShapeProblems(props),
      ...checkNumber('samplingPercentage', samplingPercentage, { min: 0, max: 100, unit: 'percent' }),
      ...(Token.isUnresolved(samplingPercentage) ? [{ prop: 'samplingPercentage', got: 'a value that is known at deploy time only', allowed: 'a number that is known at synth', fix: 'give a number: the weight of the shadow is worked out of it' }] : []),
      ...(samplingPercentage === 0 ? [{ prop: 'samplingPercentage', got: '0', allowed: 'a number above 0, at most 100 percent', fix: 'leave the shadow variant out, or copy some of the requests' }] : []),
    ]);
    // SageMaker copies weight(shadow) / weight(production) of the requests, and the production variant may be added later.
    const weight = Lazy.number({ produce: () => shadowWeight(this.variants[0]?.weight ?? 1, samplingPercentage ?? 100) });
    const variant = EndpointVariant._add(this, variantName, { ...options, weight }, this.context);
    this.shadows.set(variantName, this.adopt(variant));
    warnOf(this, variant, this.props);
    return variant;
  }

  /**
   * Adds an alarm that rolls an update back when it goes off while the new fleet is
   * watched. At most 10. An alarm on this endpoint's own metrics needs a fixed `endpointName`.
   *
   * @param alarm the alarm; it has to exist before the update
   */
  public addRollbackAlarm(alarm: cloudwatch.IAlarm): void {
    throwProblems(this, checkObject('alarm', alarm, 'alarmName', 'an alarm (`cloudwatch.IAlarm`)'));
    if (!this.rollbackAlarms.includes(alarm)) this.rollbackAlarms.push(alarm);
  }

  /**
   * A variant of this endpoint by its name.
   *
   * @param variantName the name given to `addVariant` or `addShadowVariant`
   */
  public variant(variantName: string): IEndpointVariant {
    const variant = this.production.get(variantName) ?? this.shadows.get(variantName);
    if (variant === undefined) {
      throwProblems(this, [{ prop: 'variantName', got: JSON.stringify(variantName), allowed: this.nameList(), fix: 'use one of these names, or add the variant first' }]);
    }
    return variant!;
  }

  /** `PhysicalName.GENERATE_IF_NEEDED` stands for itself only in `physicalName`; a parameter may be used as it is. */
  private nameForMetrics(): string {
    const { endpointName } = this.props;
    return endpointName === undefined || endpointName === PhysicalName.GENERATE_IF_NEEDED ? this.endpointName : endpointName;
  }

  private checkProps(): void {
    const { props } = this;
    const frequency = props.metricPublishing?.frequency?.toSeconds({ integral: false });
    throwProblems(this, [
      ...asyncInferenceProblems(props.asyncInference),
      ...dataCaptureProblems(props.dataCapture),
      ...(frequency === undefined || Token.isUnresolved(frequency) || FREQUENCIES.includes(frequency) ? [] : [
        { prop: 'metricPublishing.frequency', got: `${frequency} seconds`, allowed: `${FREQUENCIES.join(', ')} seconds`, fix: 'give one of these' },
      ]),
      ...(props.vpc === undefined && (props.vpcSubnets !== undefined || props.securityGroups !== undefined) ? [
        { prop: 'vpc', got: 'subnets or security groups without a VPC', allowed: '`vpcSubnets` and `securityGroups` together with `vpc`', fix: 'give `vpc`' },
      ] : []),
    ]);
  }

  private securityGroups(): ec2.ISecurityGroup[] | undefined {
    const { vpc, securityGroups } = this.props;
    if (vpc === undefined) return undefined;
    return securityGroups ?? [new ec2.SecurityGroup(this, 'SecurityGroup', { vpc, description: 'Containers of a SageMaker endpoint' })];
  }

  private nameList(): string {
    const names = [...this.production.keys(), ...this.shadows.keys()];
    return names.length === 0 ? 'a variant that was added (there is none yet)' : names.map((name) => JSON.stringify(name)).join(', ');
  }

  private demandNewName(variantName: string): void {
    throwProblems(this, variantNameProblems(variantName));
    if (!this.production.has(variantName) && !this.shadows.has(variantName)) return;
    throwProblems(this, [{ prop: 'variantName', got: `${JSON.stringify(variantName)} a second time`, allowed: 'a name that is unique in the endpoint', fix: `choose another name than ${this.nameList()}` }]);
  }

  /** Gives the variant's roles what the endpoint's own options demand of them, before the endpoint starts its containers. */
  private adopt(variant: EndpointVariant): EndpointVariant {
    const { asyncInference, dataCapture, volumeEncryptionKey: key } = this.props;
    const grants = variant.roles.flatMap((role) => [
      ...asyncInference === undefined ? [] : grantAsyncInference(asyncInference, role),
      ...dataCapture === undefined ? [] : grantDataCapture(dataCapture, role),
      ...key === undefined ? [] : grantVolumeKey(key, role),
    ]);
    for (const grant of grants) grant.applyBefore(this.resource);
    return variant;
  }

  private renderDeployment(): sagemaker.CfnEndpoint.DeploymentConfigProperty | undefined {
    const { deployment } = this.props;
    if (deployment === undefined && this.rollbackAlarms.length === 0) return undefined;
    return (deployment ?? DeploymentStrategy.allAtOnce())._render(this.rollbackAlarms.map((alarm) => alarm.alarmName));
  }

  private problemsAtSynth(): string[] {
    const { deployment } = this.props;
    const variants = this.variants.map((variant) => variant._facts());
    const problems = endpointProblems({
      variants,
      shadows: [...this.shadows.values()].map((variant) => variant._facts()),
      asynchronous: this.asynchronous,
      rollbackAlarms: this.rollbackAlarms.length,
      deployment: deployment && { rolling: deployment.isRolling },
    });
    if (deployment !== undefined) {
      problems.push(...this.variants
        .filter((variant) => !Token.isUnresolved(variant.initialInstanceCount))
        .flatMap((variant) => deployment._problemsFor(variant.variantName, variant.initialInstanceCount)));
    }
    if (this.shadows.size > 0 && this.variants.some((variant) => Token.isUnresolved(variant.weight))) {
      problems.push({
        prop: 'weight',
        got: 'a value that is known at deploy time only, beside a shadow variant',
        allowed: 'a number that is known at synth: the weight of the shadow is worked out of it',
        fix: 'give the production variant a number',
      });
    }
    if (alarmsReferTo(this.resource, this.rollbackAlarms)) {
      problems.push({
        prop: 'addRollbackAlarm',
        got: 'an alarm on this endpoint\'s own metrics while `endpointName` is left out',
        allowed: 'such an alarm on an endpoint with a fixed name: otherwise endpoint and alarm wait for each other',
        fix: 'give the endpoint an `endpointName`',
      });
    }
    return problems.map(problemText);
  }
}

/** A token takes no arithmetic: what comes out is no token any more, and no number. `problemsAtSynth` refuses it by name. */
function shadowWeight(weight: number, percentage: number): number {
  return Token.isUnresolved(weight) ? weight : weight * percentage / 100;
}

/** The base class needs the name, and a name of the wrong kind ends in an error of the CDK's own there. */
function checkedProps(scope: Construct, id: string, props: InferenceEndpointProps): InferenceEndpointProps {
  throwProblems(`${scope.node.path}/${id}`, [
    ...endpointShapeProblems(props),
    ...(props?.endpointName === undefined ? [] : checkName(props.endpointName)),
  ]);
  return props;
}

/**
 * SageMaker attaches an encrypted volume through a grant that it makes with the role of the model. The condition
 * keeps the containers from handing the key on: such a grant may only be made for a service of AWS.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html (KmsKeyId)
 */
function grantVolumeKey(key: kms.IKey, role: iam.IRole): iam.Grant[] {
  return [
    key.grant(role, 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'),
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['kms:CreateGrant'],
      resourceArns: [key.keyArn],
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  ];
}
