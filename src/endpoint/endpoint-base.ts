import { Resource, Stack, Token, type ArnComponents } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import { ImportedVariant, type IEndpointVariant } from './endpoint-metrics';
import { variantNameProblems } from './variant-name';
import { checkPattern } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** A SageMaker endpoint, made here or elsewhere. */
export interface IInferenceEndpoint extends sagemaker.IEndpoint {
  /**
   * A variant of this endpoint by its name.
   *
   * @param variantName the name given to `addVariant`
   */
  variant(variantName: string): IEndpointVariant;
}

/** What is known of an endpoint made elsewhere. */
export interface InferenceEndpointAttributes {
  /** Name of the endpoint, with its capitals: its metrics are found by it. */
  readonly endpointName: string;

  /**
   * ARN of the endpoint; for one in another region or account.
   *
   * @default - made of the name, in this stack's account and region
   */
  readonly endpointArn?: string;

  /**
   * Whether it answers `InvokeEndpointAsync` instead of `InvokeEndpoint`.
   *
   * @default false
   */
  readonly asynchronous?: boolean;
}

/**
 * What endpoints made here and elsewhere share.
 *
 * @internal
 */
export abstract class InferenceEndpointBase extends Resource implements IInferenceEndpoint {
  /** ARN of the endpoint. */
  public abstract readonly endpointArn: string;
  /** Name of the endpoint. */
  public abstract readonly endpointName: string;
  /** Whether it answers `InvokeEndpointAsync` instead of `InvokeEndpoint`. */
  protected abstract readonly asynchronous: boolean;

  /** Reference to the endpoint for other constructs. */
  public get endpointRef(): sagemaker.EndpointReference {
    return { endpointArn: this.endpointArn };
  }

  /**
   * Lets a principal send requests: `InvokeEndpoint` and its streaming form, or
   * `InvokeEndpointAsync` on an asynchronous endpoint. IAM knows no condition on
   * `TargetVariant`, so the right covers every variant of the endpoint.
   *
   * @param grantee who may send requests
   */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: this.asynchronous
        ? ['sagemaker:InvokeEndpointAsync']
        : ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
      resourceArns: [this.endpointArn],
    });
  }

  public abstract variant(variantName: string): IEndpointVariant;
}

/**
 * An endpoint that was made elsewhere.
 *
 * @internal
 */
export class ImportedEndpoint extends InferenceEndpointBase {
  public readonly endpointArn: string;
  public readonly endpointName: string;
  /** Whether it answers `InvokeEndpointAsync` instead of `InvokeEndpoint`. */
  protected readonly asynchronous: boolean;
  private readonly variants = new Map<string, ImportedVariant>();

  constructor(scope: Construct, id: string, attributes: InferenceEndpointAttributes) {
    super(scope, id, { environmentFromArn: checkedAttributes(scope, id, attributes).endpointArn });
    this.endpointName = attributes.endpointName;
    this.endpointArn = attributes.endpointArn ?? Stack.of(this).formatArn(arnOf(attributes.endpointName));
    this.asynchronous = attributes.asynchronous ?? false;
  }

  public variant(variantName: string): IEndpointVariant {
    throwProblems(this, variantNameProblems(variantName));
    const variant = this.variants.get(variantName) ?? new ImportedVariant(this, this, variantName);
    this.variants.set(variantName, variant);
    return variant;
  }
}

/** The base class reads the ARN, and one that is none ends in an error of the CDK's own there. */
function checkedAttributes(scope: Construct, id: string, attributes: InferenceEndpointAttributes): InferenceEndpointAttributes {
  throwProblems(`${scope.node.path}/${id}`, [
    ...checkName(attributes?.endpointName),
    ...(attributes?.endpointArn === undefined ? [] : checkArn(attributes.endpointArn)),
  ]);
  return attributes;
}

/** The API's pattern of `EndpointName`; the length is limited beside it. */
const ENDPOINT_NAME = /^(?=.{1,63}$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;

/** What is wrong with the name of an endpoint. */
export function checkName(endpointName: unknown): Problem[] {
  const allowed = 'letters, digits and hyphens between them, 1 to 63 characters';
  if (typeof endpointName === 'string') return checkPattern('endpointName', endpointName, ENDPOINT_NAME, allowed);
  return [{ prop: 'endpointName', got: String(endpointName), allowed, fix: `give ${allowed}` }];
}

/** What is wrong with the ARN of an endpoint. */
export function checkArn(endpointArn: unknown): Problem[] {
  const allowed = 'the ARN of an endpoint, arn:aws:sagemaker:<region>:<account>:endpoint/<name>';
  if (typeof endpointArn === 'string') return checkPattern('endpointArn', endpointArn, /^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:endpoint\/.+$/, allowed);
  return [{ prop: 'endpointArn', got: String(endpointArn), allowed, fix: `give ${allowed}` }];
}

/**
 * SageMaker writes the names in its ARNs in lower case, and IAM compares ARNs by case:
 * a right on an ARN with the name as given would never match.
 */
export function arnOf(endpointName: string): ArnComponents {
  return { service: 'sagemaker', resource: 'endpoint', resourceName: Token.isUnresolved(endpointName) ? endpointName : endpointName.toLowerCase() };
}
