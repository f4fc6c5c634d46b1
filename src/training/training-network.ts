import { Annotations, Stack, type IResolvable } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { NO_SELF_RULES } from './core/job-checks';
import type { TrainingNetworkOptions } from './training-job-props';
import { problemText } from '../private/problems';

/** Where the jobs of a training run. */
export interface TrainingNetwork {
  readonly subnets: ec2.ISubnet[];
  readonly securityGroups: ec2.ISecurityGroup[];
  readonly connections: ec2.Connections;
}

/** What needs a group whose members reach each other in every way. */
export interface GroupNeeds {
  /** Several instances that talk over EFA. */
  readonly efa: boolean;
  /** Several instances, whatever they talk over. */
  readonly several: boolean;
}

/** The network of a job, or nothing for SageMaker's own. */
export function trainingNetwork(scope: Construct, { vpc, vpcSubnets, securityGroups }: TrainingNetworkOptions, needs: GroupNeeds): TrainingNetwork | undefined {
  if (vpc === undefined) return undefined;
  const groups = securityGroups ?? [ownGroup(scope, vpc, needs)];
  if (securityGroups !== undefined && needs.efa) {
    scope.node.addValidation({ validate: () => groups.some((group) => hasSelfRules(group) !== false) ? [] : [problemText(NO_SELF_RULES)] });
    if (groups.every((group) => hasSelfRules(group) === undefined)) {
      Annotations.of(scope).addWarningV2('cdk-accelerators:unknownSelfRules', 'securityGroups were made elsewhere: one of them has to allow all traffic to and from itself, in and out, or instances cannot reach each other over EFA');
    }
  }
  return { subnets: vpc.selectSubnets(vpcSubnets).subnets, securityGroups: groups, connections: new ec2.Connections({ securityGroups: groups }) };
}

/**
 * EFA wants all traffic of a group to itself allowed by name, in and out (developer guide, train-vpc): the rule that a group has for everything going out does not name it, and the L2 adds none
 * beside that one.
 */
function ownGroup(parent: Construct, vpc: ec2.IVpc, { efa, several }: GroupNeeds): ec2.ISecurityGroup {
  const group = new ec2.SecurityGroup(parent, 'SecurityGroup', { vpc, description: 'Training jobs: everything among themselves and out, nothing in from elsewhere' });
  if (!efa && !several) return group;
  const self = { groupId: group.securityGroupId, ipProtocol: '-1', description: 'All traffic between the instances of a job' };
  new ec2.CfnSecurityGroupIngress(group, 'FromItself', { ...self, sourceSecurityGroupId: group.securityGroupId });
  new ec2.CfnSecurityGroupEgress(group, 'ToItself', { ...self, destinationSecurityGroupId: group.securityGroupId });
  return group;
}

/** Whether a group of this app lets all its own traffic in and out; undefined for a group that was made elsewhere. */
function hasSelfRules(group: ec2.ISecurityGroup): boolean | undefined {
  const made = group.node.defaultChild;
  if (!(made instanceof ec2.CfnSecurityGroup)) return undefined;
  const stack = Stack.of(made);
  const plain = (value: unknown): string => JSON.stringify(stack.resolve(value));
  const ids = [made.attrGroupId, made.ref].map(plain);
  const all = Stack.of(group).node.root.node.findAll();
  const isSelf = (groupId: unknown, peer: unknown, protocol: string) => protocol === '-1' && ids.includes(plain(groupId)) && ids.includes(plain(peer));
  const inside = (rules: unknown, peer: string): boolean => (stack.resolve(rules as IResolvable) as Record<string, unknown>[] | undefined ?? []).some((rule) => rule.ipProtocol === '-1' && ids.includes(JSON.stringify(rule[peer])));
  const ingress = inside(made.securityGroupIngress, 'sourceSecurityGroupId') || all.some((one) => one instanceof ec2.CfnSecurityGroupIngress && isSelf(one.groupId, one.sourceSecurityGroupId, one.ipProtocol));
  const egress = inside(made.securityGroupEgress, 'destinationSecurityGroupId') || all.some((one) => one instanceof ec2.CfnSecurityGroupEgress && isSelf(one.groupId, one.destinationSecurityGroupId, one.ipProtocol));
  return ingress && egress;
}
