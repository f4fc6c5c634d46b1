import { ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IDependable, Construct } from 'constructs';
import type { ModelSourceConfig } from './model-source-config';
import type { ServingImage } from './serving-image';

/** What a model's role is for; each part adds its rights only when it is there. */
export interface ExecutionRoleNeeds {
  readonly source: ModelSourceConfig;
  readonly image?: ServingImage;
  readonly endpointName?: string;
  readonly subnets?: readonly ec2.ISubnet[];
  readonly securityGroups?: readonly ec2.ISecurityGroup[];
  readonly metricsNamespace?: string;
}

/**
 * Lets a role run the model: pull its image, read its artefact, write its logs,
 * and place its network interfaces, each limited to what this model uses.
 *
 * The actions are those of the SageMaker developer guide, "CreateModel API:
 * execution role permissions", without what this model does not need.
 *
 * @returns what has to be in place before the model: SageMaker checks the rights when the model is made
 */
export function grantExecution(scope: Construct, role: iam.IRole, needs: ExecutionRoleNeeds): IDependable[] {
  const before: IDependable[] = [];
  const add = (statement: iam.PolicyStatement) => {
    const added = role.addToPrincipalPolicy(statement);
    if (added.policyDependable !== undefined) before.push(added.policyDependable);
  };

  for (const statement of needs.source.policyStatements ?? []) add(statement);
  if (needs.image !== undefined) before.push(needs.image._grantPull(scope, role));
  for (const key of needs.source.decryptionKeys ?? []) before.push(key.grantDecrypt(role));
  add(logStatement(scope, needs.endpointName));
  if (needs.subnets !== undefined) {
    for (const statement of networkStatements(scope, needs.subnets, needs.securityGroups ?? [])) add(statement);
  }
  if (needs.metricsNamespace !== undefined) {
    add(new iam.PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      // The action knows no resources; the condition is the only limit there is.
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': needs.metricsNamespace } },
    }));
  }
  return before;
}

function logStatement(scope: Construct, endpointName: string | undefined): iam.PolicyStatement {
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
  return [
    new iam.PolicyStatement({
      actions: ['ec2:CreateNetworkInterface'],
      resources: [interfaces, ...subnets.map((one) => arn('subnet', one.subnetId)), ...groups.map((one) => arn('security-group', one.securityGroupId))],
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
export function createExecutionRole(scope: Construct, description: string): iam.Role {
  return new iam.Role(scope, 'Role', {
    description,
    assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
  });
}
