import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as fsx from 'aws-cdk-lib/aws-fsx';
import { bucketOf, filled, newStack, ofType, P4D, request, script, train, trained, TRN1, vpcOf } from './support';
import { AcceleratorInstance, TrainingInput, TrainingTask, type TrainingJobProps } from '../../src';

const rules = (stack: Stack) => ['Ingress', 'Egress'].flatMap((way) => ofType(stack, `AWS::EC2::SecurityGroup${way}`).map(([, { Properties }]) => filled(stack, Properties)));
const inVpc = (props: Partial<TrainingJobProps> = {}) => trained((stack) => ({ vpc: vpcOf(stack), ...props }));
const SELF = { GroupId: 'sg-0', IpProtocol: '-1', Description: 'All traffic between the instances of a job' };
const BOTH = [{ ...SELF, SourceSecurityGroupId: 'sg-0' }, { ...SELF, DestinationSecurityGroupId: 'sg-0' }];

describe('without a VPC', () => {
  test('there is no group and no VpcConfig', () => {
    const { stack } = trained();
    expect(ofType(stack, 'AWS::EC2::SecurityGroup')).toEqual([]);
    expect(request(stack).VpcConfig).toBeUndefined();
  });
});

describe('a group of its own', () => {
  test('of one instance: out, and nothing in', () => {
    const { stack } = inVpc();
    const [[, { Properties }], ...more] = ofType(stack, 'AWS::EC2::SecurityGroup');
    expect(more).toEqual([]);
    expect(Properties).toEqual({
      GroupDescription: 'Training jobs: everything among themselves and out, nothing in from elsewhere',
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', Description: 'Allow all outbound traffic by default', IpProtocol: '-1' }],
      VpcId: 'vpc-0a1b2c3d',
    });
    expect(rules(stack)).toEqual([]);
    expect(request(stack).VpcConfig).toEqual({ SecurityGroupIds: ['sg-0'], Subnets: ['subnet-0', 'subnet-1', 'subnet-2'] });
  });

  test.each<[string, Partial<TrainingJobProps>]>([
    ['two instances with EFA', { rungs: [{ ...TRN1, instanceCount: 2 }] }],
    ['two instances without EFA', { rungs: [{ ...P4D, instanceType: AcceleratorInstance.G5_XLARGE, instanceCount: 2 }] }],
    ['a group of instances', { rungs: [{ ...P4D, instanceGroups: [{ name: 'x', instanceType: AcceleratorInstance.P4D_24XLARGE, instanceCount: 1 }] }] }],
    ['one rung of several', { rungs: [P4D, { ...TRN1, instanceCount: 2 }] }],
    ['encryption between them', { rungs: [{ ...TRN1, instanceCount: 2 }], encryptInterContainerTraffic: true }],
  ])('of %s names itself, in and out, and still lets all out', (_, props) => {
    const { stack } = inVpc(props);
    expect(rules(stack)).toEqual(BOTH);
    expect(ofType(stack, 'AWS::EC2::SecurityGroup')[0][1].Properties.SecurityGroupEgress).toHaveLength(1);
  });

  test('is one for all rungs', () => {
    const { stack } = inVpc({ rungs: [{ ...TRN1, instanceCount: 2 }, { ...P4D, instanceCount: 4 }] });
    expect([0, 1].map((rung) => request(stack, rung).VpcConfig.SecurityGroupIds)).toEqual([['sg-0'], ['sg-0']]);
    expect(rules(stack)).toEqual(BOTH);
  });

  test('is let in where the jobs have to go', () => {
    const { stack, training } = inVpc();
    const database = new ec2.SecurityGroup(stack, 'Database', { vpc: vpcOf(stack) });
    database.connections.allowFrom(training, ec2.Port.tcp(5432));
    expect(rules(stack).map(({ FromPort, ToPort, IpProtocol }) => [IpProtocol, FromPort, ToPort])).toEqual([['tcp', 5432, 5432]]);
  });
});

describe('groups and subnets of the user', () => {
  test('are used as they are', () => {
    const { stack } = trained((scope) => ({
      vpc: vpcOf(scope), vpcSubnets: { availabilityZones: ['us-east-1b'] }, securityGroups: ['sg-a', 'sg-b'].map((id) => ec2.SecurityGroup.fromSecurityGroupId(scope, id, id)),
    }));
    expect(request(stack).VpcConfig).toEqual({ SecurityGroupIds: ['sg-a', 'sg-b'], Subnets: ['subnet-1'] });
    expect(ofType(stack, 'AWS::EC2::SecurityGroup')).toEqual([]);
    expect(rules(stack)).toEqual([]);
  });

  test('a VPC of the app, in another stack', () => {
    const network = newStack(undefined, 'Network');
    const vpc = new ec2.Vpc(network, 'Vpc');
    const stack = new Stack(network.node.scope!, 'Stack', { env: { account: network.account, region: network.region } });
    train(stack, { vpc, rungs: [{ ...TRN1, instanceCount: 2 }], output: { bucket: bucketOf(stack) } });
    const imports = JSON.stringify(ofType(stack, 'AWS::StepFunctions::StateMachine'));
    expect(imports.match(/Network:ExportsOutputRefVpcPrivateSubnet\dSubnet/g)).toHaveLength(vpc.privateSubnets.length);
    expect(ofType(stack, 'AWS::EC2::SecurityGroup')).toHaveLength(1);
  });
});

describe('file systems', () => {
  test('let the jobs in by their port', () => {
    const stack = newStack();
    const vpc = vpcOf(stack);
    const files = new ec2.SecurityGroup(stack, 'Files', { vpc });
    const lustre = fsx.LustreFileSystem.fromLustreFileSystemAttributes(stack, 'Fsx', { dnsName: 'fs-0123456789abcdef1.fsx', fileSystemId: 'fs-0123456789abcdef1', securityGroup: files });
    const nfs = efs.FileSystem.fromFileSystemAttributes(stack, 'Efs', { fileSystemId: 'fs-0123456789abcdef0', securityGroup: files });
    train(stack, { vpc, inputs: { lustre: TrainingInput.fsxLustre(lustre, '/mount/a'), nfs: TrainingInput.efs(nfs, '/a') } });
    expect(rules(stack).map(({ FromPort, ToPort }) => [FromPort, ToPort]).sort()).toEqual([[2049, 2049], [988, 1023]]);
  });
});

test('a task has the same network', () => {
  const stack = newStack();
  const task = new TrainingTask(stack, 'Task', { code: script(), rungs: [{ ...TRN1, instanceCount: 2 }], vpc: vpcOf(stack) });
  expect(task.connections.securityGroups).toHaveLength(1);
});
