import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { checkObject } from '../private/checks';
import type { Problem } from '../private/problems';

/** SageMaker API, VpcConfig: 1 to 16 subnets, 1 to 5 security groups. */
const MAX_SUBNETS = 16;
const MAX_SECURITY_GROUPS = 5;

/** Where network interfaces go. */
export interface Placement {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/**
 * What is wrong with where the network interfaces of a model or a job go.
 *
 * @param at where the user wrote the three props, e.g. `network.`
 * @param ownGroup whether a security group is made when none is given
 */
export function checkPlacement(at: string, { vpc, vpcSubnets, securityGroups }: Placement, ownGroup = false): Problem[] {
  if (vpc === undefined) {
    return Object.entries({ vpcSubnets, securityGroups }).flatMap(([name, value]) => value === undefined ? [] : [{
      prop: `${at}${name}`, got: 'a value', allowed: 'nothing without `vpc`', fix: `pass vpc, or remove ${name}`,
    }]);
  }
  const notVpc = checkObject(`${at}vpc`, vpc, 'vpcId', 'a VPC', 'pass a Vpc, or Vpc.fromLookup');
  if (notVpc.length > 0) return notVpc;
  const problems: Problem[] = [];
  if (securityGroups === undefined) {
    if (!ownGroup) problems.push({ prop: `${at}securityGroups`, got: '`vpc` without security groups', allowed: `1 to ${MAX_SECURITY_GROUPS} with \`vpc\``, fix: 'pass the security groups of the network interfaces' });
  } else if (securityGroups.length === 0 || securityGroups.length > MAX_SECURITY_GROUPS) {
    problems.push({ prop: `${at}securityGroups`, got: `${securityGroups.length} security groups`, allowed: `1 to ${MAX_SECURITY_GROUPS}`, fix: securityGroups.length === 0 ? 'leave it out to get one' : 'merge their rules' });
  }
  const subnets = vpc.selectSubnets(vpcSubnets).subnets.length;
  if (subnets === 0 || subnets > MAX_SUBNETS) {
    problems.push({ prop: `${at}vpcSubnets`, got: `${subnets} subnets`, allowed: `1 to ${MAX_SUBNETS}`, fix: 'select other subnets' });
  }
  return problems;
}
