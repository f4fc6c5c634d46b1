import { ArnFormat, Aws, Stack, Token } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IDependable, Construct } from 'constructs';
import type { ModelSourceConfig } from './model-source-config';

/** What has to be known of an image to let a role pull it: a `ServingImage`, or the image of a training. */
export interface PulledImage {
  readonly _ownRepository?: ecr.IRepository;
  _pullStatements(scope: Construct): iam.PolicyStatement[];
}

/** What a model's role is for; each part adds its rights only when it is there. */
export interface ExecutionRoleNeeds {
  readonly source: ModelSourceConfig;
  readonly image?: PulledImage;
  /** The right to write logs: of an endpoint, or of a job. */
  readonly logs: iam.PolicyStatement;
  readonly subnets?: readonly ec2.ISubnet[];
  readonly securityGroups?: readonly ec2.ISecurityGroup[];
  readonly metricsNamespace?: string;
  /** What else, for those who make more than a model of it. */
  readonly more?: readonly iam.PolicyStatement[];
}

/** A role that may run a model, and what has to be in place before the model: SageMaker checks the rights when the model is made. */
export interface ExecutionRole {
  readonly role: iam.IRole;
  readonly before: IDependable[];
}

/**
 * The role of a model: pulls its image, reads its artefact, writes its logs, and
 * places its network interfaces, each limited to what this model uses.
 *
 * The actions are those of the SageMaker developer guide, "CreateModel API:
 * execution role permissions", without what this model does not need.
 *
 * @param given a role of the user's, which gets the rights added; without one a role is made
 */
export function executionRole(scope: Construct, given: iam.IRole | undefined, description: string, needs: ExecutionRoleNeeds): ExecutionRole {
  const statements = executionStatements(scope, needs);
  const role = given ?? createRole(scope, description, statements);
  // The rights of a role made here are inside it; those of a given one, of keys and of repositories are policies beside it.
  const before: IDependable[] = given === undefined ? [] : statements.flatMap((statement) => given.addToPrincipalPolicy(statement).policyDependable ?? []);
  const repository = needs.image?._ownRepository;
  if (repository !== undefined) before.push(repository.grantPull(role));
  for (const key of needs.source.decryptionKeys ?? []) before.push(key.grantDecrypt(role));
  return { role, before };
}

function executionStatements(scope: Construct, needs: ExecutionRoleNeeds): iam.PolicyStatement[] {
  const statements = [
    ...needs.source.policyStatements ?? [],
    ...needs.image?._pullStatements(scope) ?? [],
    needs.logs,
  ];
  if (needs.subnets !== undefined) statements.push(...networkStatements(scope, needs.subnets, needs.securityGroups ?? []));
  if (needs.metricsNamespace !== undefined) {
    statements.push(new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      // The action knows no resources; the condition is the only limit there is.
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': needs.metricsNamespace } },
    }));
  }
  return [...statements, ...needs.more ?? []];
}

/** The right to write the logs of an endpoint. */
export function endpointLogs(scope: Construct, endpointName: string | undefined): iam.PolicyStatement {
  const group = Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    // An endpoint without a name of its own gets one when it is made, too late for this role.
    resourceName: `/aws/sagemaker/Endpoints/${endpointName ?? '*'}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return new iam.PolicyStatement({
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
    resources: endpointName === undefined ? [group] : [group, `${group}:log-stream:*`],
  });
}

function networkStatements(scope: Construct, subnets: readonly ec2.ISubnet[], groups: readonly ec2.ISecurityGroup[]): iam.PolicyStatement[] {
  const stack = Stack.of(scope);
  const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'ec2', resource, resourceName });
  const interfaces = arn('network-interface', '*');
  // A list that is known at deploy time as a whole (an imported VPC whose ids are split from one value) stands for any
  // number of subnets, and a template cannot make an ARN of each: then it is every subnet of the account and region.
  const subnetIds = subnets.map((one) => one.subnetId);
  const ids = Token.isUnresolved(subnetIds) ? ['*'] : subnetIds;
  return [
    new iam.PolicyStatement({
      actions: ['ec2:CreateNetworkInterface'],
      resources: [interfaces, ...ids.map((id) => arn('subnet', id)), ...groups.map((one) => arn('security-group', one.securityGroupId))],
    }),
    new iam.PolicyStatement({
      actions: ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface', 'ec2:DeleteNetworkInterfacePermission'],
      resources: [interfaces],
    }),
    new iam.PolicyStatement({
      actions: ['ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
      // EC2's describe actions know no resources.
      resources: ['*'],
    }),
  ];
}

/**
 * A role that only SageMaker may take on, and only for this account (developer
 * guide, cross-service confused deputy prevention).
 */
function createRole(scope: Construct, description: string, statements: iam.PolicyStatement[]): iam.Role {
  return new iam.Role(scope, 'Role', {
    description,
    assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
    inlinePolicies: { Model: new iam.PolicyDocument({ statements }) },
  });
}
