import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import type { ServingImage } from '../model';
import type { RegistrationConfig } from './core/types';
import { inArn } from './training-statements';
import { checkObject, checkPattern, printed } from '../private/checks';
import type { Problem } from '../private/problems';

/** What a version needs before it is deployed. */
export enum ModelApproval {
  /** Somebody approves it. */
  PENDING = 'PendingManualApproval',
  /** It is approved as it is. */
  APPROVED = 'Approved',
}

/** A group of the SageMaker Model Registry that each trained model becomes a version of. */
export interface ModelRegistration {
  /** Name of the group: letters, digits and hyphens, at most 63. */
  readonly groupName: string;

  /** The container that serves the model as it was trained. */
  readonly image: ServingImage;

  /**
   * Variables of that container; values of at most 1,024 characters.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * What a version needs before it is deployed.
   *
   * @default ModelApproval.PENDING
   */
  readonly approval?: ModelApproval;

  /**
   * Content types of requests.
   *
   * @default ['application/json']
   */
  readonly contentTypes?: string[];

  /**
   * Content types of responses.
   *
   * @default ['application/json']
   */
  readonly responseTypes?: string[];

  /**
   * Whether the group is there already. One that is made here stays when the stack is deleted, for a group with versions cannot be: say true when the stack is made again.
   *
   * @default false
   */
  readonly existingGroup?: boolean;
}

/** ModelPackageContainerDefinition, Environment (SageMaker API). */
const MOST_VARIABLES = 100;
const VARIABLE = /^[a-zA-Z_][a-zA-Z0-9_]{0,1023}$/;
/** ModelPackageGroupName (SageMaker API). */
const GROUP = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;

export function registrationProblems(registration: ModelRegistration | undefined): Problem[] {
  if (registration === undefined) return [];
  const { groupName, image, environment = {}, approval } = registration;
  return [
    ...checkPattern('registration.groupName', groupName, GROUP, '1 to 63 letters and digits, hyphens between them'),
    ...checkObject('registration.image', image, '_uri', 'a serving image', 'use a static of ServingImage, or ServingImage.fromEcrRepository'),
    ...approval === undefined || Object.values(ModelApproval).includes(approval) ? [] : [{ prop: 'registration.approval', got: JSON.stringify(approval), allowed: Object.values(ModelApproval).join(', '), fix: 'use ModelApproval.PENDING or ModelApproval.APPROVED' }],
    ...Object.keys(environment).length <= MOST_VARIABLES ? [] : [{ prop: 'registration.environment', got: `${Object.keys(environment).length}`, allowed: `at most ${MOST_VARIABLES}`, fix: 'put the rest into the image' }],
    ...Object.entries(environment).flatMap(([name, value]) => [
      ...VARIABLE.test(name) ? [] : [{ prop: 'registration.environment', got: JSON.stringify(name), allowed: 'names of letters, digits and _ that begin with no digit, at most 1024 characters', fix: 'rename it' }],
      ...typeof value !== 'string' ? [{ prop: `registration.environment.${name}`, got: printed(value), allowed: 'a text', fix: 'give it as a text' }]
        : Token.isUnresolved(value) || value.length <= 1024 ? [] : [{ prop: `registration.environment.${name}`, got: `${value.length} characters`, allowed: 'at most 1024', fix: 'shorten it' }],
    ]),
  ];
}

/** Makes the group, and says what a run needs to know and may do. */
export function bindRegistration(scope: Construct, registration: ModelRegistration): { readonly config: RegistrationConfig; readonly statements: iam.PolicyStatement[] } {
  const { groupName, image } = registration;
  const stack = Stack.of(scope);
  if (registration.existingGroup !== true) {
    const group = new sagemaker.CfnModelPackageGroup(scope, 'ModelPackageGroup', { modelPackageGroupName: groupName });
    group.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
  const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'sagemaker', resource, resourceName });
  return {
    config: {
      group: groupName,
      image: image._uri(scope),
      environment: registration.environment ?? {},
      approval: registration.approval ?? ModelApproval.PENDING,
      contentTypes: registration.contentTypes ?? ['application/json'],
      responseTypes: registration.responseTypes ?? ['application/json'],
    },
    // The service authorization reference has the versions alone, policies of groups that are shared name the group too.
    statements: [new iam.PolicyStatement({ actions: ['sagemaker:CreateModelPackage'], resources: [arn('model-package-group', inArn(groupName)), arn('model-package', `${inArn(groupName)}/*`)] })],
  };
}
