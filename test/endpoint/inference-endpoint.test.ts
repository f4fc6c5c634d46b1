import { App, Duration, PhysicalName, Stack, aws_sagemaker } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  CONFIG, ENDPOINT, ENV, G5, INF2, MODEL, config, endpointProps, llmModel, neuronModel, newStack, only, oneVariant, statements, twoVariants, variants,
} from './support';
import { AcceleratorInstance, AcceleratorKind, InferenceEndpoint, ModelSource, ServedModel, VariantProperty } from '../../src';

const GPU_MODEL = { 'Fn::GetAtt': ['EndpointVariantgpuModel8DFE1379', 'ModelName'] };
const INF2_MODEL = { 'Fn::GetAtt': ['EndpointVariantinf2Model7EBA32A2', 'ModelName'] };

describe('GPU and Neuron side by side', () => {
  test('the whole endpoint configuration', () => {
    expect(config(twoVariants({ inf2: { weight: 0 } }).stack)).toEqual({
      ProductionVariants: [
        {
          VariantName: 'gpu',
          ModelName: GPU_MODEL,
          InstanceType: 'ml.g5.xlarge',
          InitialInstanceCount: 1,
          InitialVariantWeight: 1,
          InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
          ContainerStartupHealthCheckTimeoutInSeconds: 600,
          ModelDataDownloadTimeoutInSeconds: 600,
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
        },
        {
          VariantName: 'inf2',
          ModelName: INF2_MODEL,
          InstanceType: 'ml.inf2.xlarge',
          InitialInstanceCount: 1,
          InitialVariantWeight: 0,
          InferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2',
          ContainerStartupHealthCheckTimeoutInSeconds: 1800,
          ModelDataDownloadTimeoutInSeconds: 1800,
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
        },
      ],
      MetricsConfig: { EnableEnhancedMetrics: false, EnableDetailedObservability: false, MetricPublishFrequencyInSeconds: 60 },
    });
  });

  test('the whole endpoint: it keeps live weights and counts on every update', () => {
    expect(endpointProps(twoVariants().stack)).toEqual({
      EndpointConfigName: { 'Fn::GetAtt': ['EndpointConfig24AD0A28', 'EndpointConfigName'] },
      RetainAllVariantProperties: true,
    });
  });

  test('one model and one role per variant; neither configuration nor models have a name of their own', () => {
    const template = Template.fromStack(twoVariants({}, { endpointName: 'fixed' }).stack);
    template.resourceCountIs(CONFIG, 1);
    template.resourceCountIs(MODEL, 2);
    template.resourceCountIs('AWS::IAM::Role', 2);
    template.allResourcesProperties(CONFIG, { EndpointConfigName: Match.absent() });
    template.allResourcesProperties(MODEL, { ModelName: Match.absent() });
    template.allResourcesProperties('AWS::IAM::Role', { RoleName: Match.absent() });
  });

  test('variants keep the order in which they were added', () => {
    const { endpoint, stack } = oneVariant();
    endpoint.addVariant('b', G5);
    endpoint.addVariant('a', G5);
    expect(endpoint.variants.map(({ variantName }) => variantName)).toEqual(['gpu', 'b', 'a']);
    expect(variants(stack).map(({ VariantName }) => VariantName)).toEqual(['gpu', 'b', 'a']);
  });

  test('ten variants fit', () => {
    const { endpoint, stack } = oneVariant();
    for (let i = 1; i < 10; i++) endpoint.addVariant(`v${i}`, G5);
    expect(variants(stack)).toHaveLength(10);
  });

  test('a name of 63 characters and repeated hyphens are fine', () => {
    const { endpoint, stack } = oneVariant();
    endpoint.addVariant('a'.repeat(63), G5);
    endpoint.addVariant('a--b', G5);
    expect(variants(stack).map(({ VariantName }) => VariantName)).toEqual(['gpu', 'a'.repeat(63), 'a--b']);
  });

  test('a variant knows itself', () => {
    const { endpoint, gpu, inf2 } = twoVariants({ inf2: { weight: 0, initialInstanceCount: 3 } });
    expect(endpoint.variant('inf2')).toBe(inf2);
    expect(inf2).toMatchObject({ variantName: 'inf2', weight: 0, initialInstanceCount: 3, fallbackInstanceTypes: [] });
    expect(inf2.instanceType.name).toBe('ml.inf2.xlarge');
    expect(inf2.inferenceAmi?.value).toBe('al2-ami-sagemaker-inference-neuron-2');
    expect(gpu.weight).toBe(1);
    expect(gpu.role).not.toBe(inf2.role);
    expect([gpu.endpoint, inf2.endpoint]).toEqual([endpoint, endpoint]);
    expect(gpu).toMatchObject({ asynchronous: false, hasCapacityReservation: false, roles: [gpu.role] });
    expect(gpu.scalableTarget).toBeUndefined();
    expect(endpoint.shadowVariant).toBeUndefined();
  });

  test('a model that exists already brings neither role nor model', () => {
    const stack = newStack();
    const model = ServedModel.existing({ modelName: 'made-elsewhere' }, { kind: AcceleratorKind.GPU, cudaVersion: '13.0' });
    const { variant } = oneVariant({ model }, {}, stack);
    expect(variant.role).toBeUndefined();
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 0);
    expect(variants(stack)[0]).toMatchObject({ ModelName: 'made-elsewhere', InferenceAmiVersion: 'al2023-ami-sagemaker-inference-gpu-4-1' });
  });
});

describe('weights', () => {
  test.each([0, 0.25, 1, 1000])('%d is written as it is', (weight) => {
    const [first, second] = variants(twoVariants({ gpu: { weight } }).stack);
    expect(first.InitialVariantWeight).toBe(weight);
    expect(second.InitialVariantWeight).toBe(1);
  });
});

describe('what an update resets', () => {
  test('only what was named', () => {
    expect(endpointProps(twoVariants({}, { resetOnUpdate: [VariantProperty.DESIRED_WEIGHT] }).stack)).toMatchObject({
      RetainAllVariantProperties: true,
      ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }],
    });
  });

  test('weights and counts', () => {
    const resetOnUpdate = [VariantProperty.DESIRED_WEIGHT, VariantProperty.DESIRED_INSTANCE_COUNT];
    expect(endpointProps(twoVariants({}, { resetOnUpdate }).stack).ExcludeRetainedVariantProperties)
      .toEqual([{ VariantPropertyType: 'DesiredWeight' }, { VariantPropertyType: 'DesiredInstanceCount' }]);
  });
});

describe('the name', () => {
  test('a fixed one is written, and narrows the logs of the roles', () => {
    const { stack } = oneVariant({}, { endpointName: 'embeddings' });
    expect(endpointProps(stack).EndpointName).toBe('embeddings');
    expect(JSON.stringify(statements(stack, 'EndpointVariantgpu'))).toContain(':log-group:/aws/sagemaker/Endpoints/embeddings');
    expect(JSON.stringify(statements(stack, 'EndpointVariantgpu'))).not.toContain('Endpoints/*');
  });

  test('a generated one reaches a stack of another account', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENV });
    const { endpoint } = oneVariant({}, { endpointName: PhysicalName.GENERATE_IF_NEEDED }, stack);
    const other = new Stack(app, 'Other', { env: { account: '444455556666', region: ENV.region } });
    endpoint.grantInvoke(new iam.Role(other, 'Caller', { assumedBy: new iam.AccountRootPrincipal() }));
    const [{ Resource }] = statements(other, 'Caller');
    const name = endpointProps(stack).EndpointName;
    expect(name).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
    expect(JSON.stringify(Resource)).toContain(`:sagemaker:us-east-1:111122223333:endpoint/${name}`);
  });

  test('name and ARN are attributes of the resource', () => {
    const { endpoint, stack } = oneVariant();
    expect(stack.resolve(endpoint.endpointName)).toEqual({ 'Fn::GetAtt': ['EndpointEEF1FD8F', 'EndpointName'] });
    expect(stack.resolve(endpoint.endpointArn)).toEqual({ Ref: 'EndpointEEF1FD8F' });
  });
});

test('it is an endpoint to the library: usable wherever aws_sagemaker.IEndpoint is', () => {
  const { endpoint, stack } = oneVariant();
  const asLibraryType: aws_sagemaker.IEndpoint = endpoint;
  asLibraryType.grantInvoke(new iam.Role(stack, 'Caller', { assumedBy: new iam.AccountRootPrincipal() }));
  expect(stack.resolve(asLibraryType.endpointRef)).toEqual({ endpointArn: { Ref: 'EndpointEEF1FD8F' } });
  expect(statements(stack, 'Caller')).toEqual([{
    Effect: 'Allow',
    Action: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'],
    Resource: { Ref: 'EndpointEEF1FD8F' },
  }]);
});

describe('network', () => {
  test('in a VPC: one security group for all variants, private subnets', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const { endpoint } = twoVariants({}, { vpc }, stack);
    endpoint.connections.allowTo(ec2.Peer.ipv4('10.0.0.0/8'), ec2.Port.tcp(443));
    endpoint.connections.allowFrom(ec2.Peer.ipv4('10.1.0.0/16'), ec2.Port.tcp(8080));
    const template = Template.fromStack(stack);
    const [id, group] = only(template, 'AWS::EC2::SecurityGroup');
    expect(group).toMatchObject({
      GroupDescription: 'Containers of a SageMaker endpoint',
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0' }],
      SecurityGroupIngress: [{ CidrIp: '10.1.0.0/16', FromPort: 8080 }],
    });
    const subnets = vpc.privateSubnets.map((subnet) => stack.resolve(subnet.subnetId));
    for (const model of Object.values(template.findResources(MODEL))) {
      expect(model.Properties.VpcConfig).toEqual({ SecurityGroupIds: [{ 'Fn::GetAtt': [id, 'GroupId'] }], Subnets: subnets });
    }
  });

  test('given groups and subnets are taken, and no group is made', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1');
    oneVariant({}, { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC }, securityGroups: [group] }, stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    expect(only(template, MODEL)[1].VpcConfig).toEqual({ SecurityGroupIds: ['sg-1'], Subnets: vpc.publicSubnets.map((subnet) => stack.resolve(subnet.subnetId)) });
  });

  test('isolation is a property of every model', () => {
    const { stack, endpoint } = oneVariant({ model: neuronModel(), instanceType: AcceleratorInstance.INF2_XLARGE }, { networkIsolation: true });
    endpoint.addVariant('second', INF2);
    Template.fromStack(stack).allResourcesProperties(MODEL, { EnableNetworkIsolation: true });
  });

  test('isolation goes with a model package, whose artefact SageMaker delivers', () => {
    const model = ServedModel.onGpu(ModelSource.modelPackage('arn:aws:sagemaker:us-east-1:111122223333:model-package/group/1'));
    expect(only(Template.fromStack(oneVariant({ model }, { networkIsolation: true }).stack), MODEL)[1]).toMatchObject({
      EnableNetworkIsolation: true,
      PrimaryContainer: { ModelPackageName: 'arn:aws:sagemaker:us-east-1:111122223333:model-package/group/1' },
    });
  });

  test('without a VPC the models have no VpcConfig', () => {
    Template.fromStack(twoVariants().stack).allResourcesProperties(MODEL, { VpcConfig: Match.absent() });
  });

  test('without a VPC a rule fails, it is not dropped', () => {
    const { endpoint } = oneVariant();
    const error = new Error('Stack/Endpoint: `connections`: got an endpoint without a VPC; allowed: network rules on an endpoint with `vpc`; fix: give the endpoint `vpc`');
    expect(() => endpoint.connections).toThrow(error);
    expect(() => endpoint.connections.allowFromAnyIpv4(ec2.Port.tcp(443))).toThrow(error);
  });
});

describe('volume key', () => {
  test('is used by the configuration, and by every role with a grant', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const { endpoint } = oneVariant(INF2, { volumeEncryptionKey: key }, stack);
    endpoint.addShadowVariant('shadow', INF2);
    const arn = stack.resolve(key.keyArn);
    expect(config(stack).KmsKeyId).toEqual(arn);
    for (const name of ['gpu', 'shadow']) {
      expect(statements(stack, `EndpointVariant${name}`)).toEqual(expect.arrayContaining([
        { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'], Resource: arn },
        { Effect: 'Allow', Action: 'kms:CreateGrant', Resource: arn, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
      ]));
    }
  });
});

describe('metrics configuration', () => {
  test('everything on', () => {
    const metricPublishing = { enhancedMetrics: true, detailedObservability: true, frequency: Duration.seconds(10) };
    expect(config(oneVariant({}, { metricPublishing }).stack).MetricsConfig)
      .toEqual({ EnableEnhancedMetrics: true, EnableDetailedObservability: true, MetricPublishFrequencyInSeconds: 10 });
  });

  test.each([10, 30, 60, 120, 180, 240, 300])('every %d seconds', (seconds) => {
    expect(config(oneVariant({}, { metricPublishing: { enhancedMetrics: true, frequency: Duration.seconds(seconds) } }).stack).MetricsConfig.MetricPublishFrequencyInSeconds)
      .toBe(seconds);
  });

  test.each([10, 30])('every %d seconds with detailed observability alone', (seconds) => {
    expect(config(oneVariant({}, { metricPublishing: { detailedObservability: true, frequency: Duration.seconds(seconds) } }).stack).MetricsConfig)
      .toEqual({ EnableEnhancedMetrics: false, EnableDetailedObservability: true, MetricPublishFrequencyInSeconds: seconds });
  });

  test.each([10, 30, 60, 120, 180, 240, 300])('every %d seconds without either: it counts for the utilisation metrics', (seconds) => {
    expect(config(oneVariant({}, { metricPublishing: { frequency: Duration.seconds(seconds) } }).stack).MetricsConfig)
      .toEqual({ EnableEnhancedMetrics: false, EnableDetailedObservability: false, MetricPublishFrequencyInSeconds: seconds });
  });
});

describe('shadow variant', () => {
  const shadowed = (samplingPercentage?: number, weight?: number) => {
    const all = oneVariant({ weight });
    return { ...all, shadow: all.endpoint.addShadowVariant('neuron', { ...INF2, samplingPercentage }) };
  };

  test('stands beside the production variant, on other hardware', () => {
    const { stack, endpoint, shadow } = shadowed();
    const { ProductionVariants, ShadowProductionVariants } = config(stack);
    expect(ProductionVariants.map((v: any) => v.VariantName)).toEqual(['gpu']);
    expect(ShadowProductionVariants).toEqual([{
      VariantName: 'neuron',
      ModelName: { 'Fn::GetAtt': ['EndpointVariantneuronModel01D3F3B1', 'ModelName'] },
      InstanceType: 'ml.inf2.xlarge',
      InitialInstanceCount: 1,
      InitialVariantWeight: 1,
      InferenceAmiVersion: 'al2-ami-sagemaker-inference-neuron-2',
      ContainerStartupHealthCheckTimeoutInSeconds: 1800,
      ModelDataDownloadTimeoutInSeconds: 1800,
      RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
    }]);
    expect(endpoint.shadowVariant).toBe(shadow);
    expect(endpoint.variant('neuron')).toBe(shadow);
    expect(endpoint.variants).toHaveLength(1);
  });

  test.each([[100, 1], [50, 0.5], [0.5, 0.005]])('%d %% of the requests is a weight of %d beside 1', (percentage, weight) => {
    expect(config(shadowed(percentage).stack).ShadowProductionVariants[0].InitialVariantWeight).toBe(weight);
  });

  test('the share counts against the weight of the production variant', () => {
    expect(config(shadowed(50, 4).stack).ShadowProductionVariants[0].InitialVariantWeight).toBe(2);
  });

  test('Inferentia1 is refused', () => {
    const { endpoint, stack } = oneVariant();
    endpoint.addShadowVariant('old', { model: ServedModel.existing({ modelName: 'old' }, { kind: AcceleratorKind.NEURON }), instanceType: AcceleratorInstance.INF1_XLARGE });
    expect(() => Template.fromStack(stack)).toThrow('addShadowVariant');
  });

  test('without one the property is left out', () => {
    expect(config(oneVariant().stack)).not.toHaveProperty('ShadowProductionVariants');
  });
});

test('a CUDA 13 server beside a CUDA 12 pipeline: each gets its own AMI', () => {
  const { endpoint, stack } = oneVariant();
  endpoint.addVariant('llm', { model: llmModel(), instanceType: AcceleratorInstance.G6E_XLARGE });
  expect(variants(stack).map((v) => v.InferenceAmiVersion)).toEqual(['al2-ami-sagemaker-inference-gpu-3-1', 'al2023-ami-sagemaker-inference-gpu-4-1']);
});

test('an endpoint of its own per construct: a stack may have many', () => {
  const { stack } = twoVariants();
  new InferenceEndpoint(stack, 'Second').addVariant('gpu', G5);
  Template.fromStack(stack).resourceCountIs(ENDPOINT, 2);
});
