import { Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { bindIn, joined, modelOf, stackIn, statementWith } from './support';
import { ModelSource, ServedModel } from '../../src/model';

const ARCHIVE = ModelSource.s3Uri('s3://my-bucket/bge/model.tar.gz');
const COMMIT = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
const HUB = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: COMMIT });

describe('an imported VPC whose subnets are one value of the deployment', () => {
  function inImportedVpc(): Stack {
    const stack = stackIn();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: Fn.split(',', Fn.importValue('Zones')),
      privateSubnetIds: Fn.split(',', Fn.importValue('Subnets')),
    });
    bindIn(stack, ServedModel.onGpu(ARCHIVE), { vpc, securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] });
    return stack;
  }

  test('goes into the model as the list that it is', () => {
    expect(modelOf(inImportedVpc()).Properties.VpcConfig).toEqual({ SecurityGroupIds: ['sg-1'], Subnets: { 'Fn::Split': [',', { 'Fn::ImportValue': 'Subnets' }] } });
  });

  test('and the role may use any subnet of the account and region, but only these groups', () => {
    const arn = (resource: string) => `arn:\${AWS::Partition}:ec2:us-east-1:111111111111:${resource}`;
    expect(statementWith(inImportedVpc(), 'ec2:CreateNetworkInterface')!.Resource.map(joined)).toEqual(['network-interface/*', 'subnet/*', 'security-group/sg-1'].map(arn));
  });
});

describe('a Hub model in a VPC', () => {
  const PATTERN = 'the selected subnets are isolated';
  function bound(source: ModelSource, vpcSubnets?: ec2.SubnetSelection): Annotations {
    const stack = stackIn();
    const subnetConfiguration = [
      { name: 'In', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      { name: 'Out', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      { name: 'Open', subnetType: ec2.SubnetType.PUBLIC },
    ];
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1, subnetConfiguration });
    bindIn(stack, ServedModel.onGpu(source), { vpc, vpcSubnets, securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] });
    return Annotations.fromStack(stack);
  }

  test('is warned of in isolated subnets', () => {
    bound(HUB, { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }).hasWarning('/Stack/Variant',
      `the selected subnets are isolated, without a route to the internet, and Hugging Face model BAAI/bge-base-en-v1.5 at ${COMMIT} is downloaded from there: select subnets with a NAT gateway, or copy the model to S3; acknowledge this warning if there is another way out, such as a proxy [ack: cdk-accelerators:hubFromIsolatedSubnets]`);
  });

  test('is not in subnets with a way out, or from S3', () => {
    const warned = (...args: Parameters<typeof bound>) => bound(...args).findWarning('*', Match.stringLikeRegexp(PATTERN));
    expect(warned(HUB)).toEqual([]);
    expect(warned(HUB, { subnetGroupName: 'Out' })).toEqual([]);
    expect(warned(ARCHIVE, { subnetType: ec2.SubnetType.PRIVATE_ISOLATED })).toEqual([]);
  });
});
