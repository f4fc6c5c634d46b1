import { Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { bindIn, containerOf, joined, modelOf, stackIn, statementsOf, statementWith } from './support';
import { AcceleratorInstance, AcceleratorKind, InferenceAmi, NeuronSdk } from '../../src/hardware';
import { EnvironmentGrammar, ModelCheck, ModelSource, NumberFormat, ServedModel, ServingImage, type IModelSource, type ServedModelOptions } from '../../src/model';

const ARCHIVE = ModelSource.s3Uri('s3://my-bucket/bge/model.tar.gz');
const FOLDER = ModelSource.s3Uri('s3://my-bucket/llama/');
const COMMIT = 'a5beb1e3e68b9ab74eb54cfd186867f64f240e1a';
const HUB = ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: COMMIT });
const on = (name: string) => ({ instance: AcceleratorInstance.of(name) });

describe('the model', () => {
  test('an encoder on Inferentia2 from an archive', () => {
    const stack = stackIn();
    const model = ServedModel.onNeuron(ARCHIVE, { settings: { task: 'feature-extraction', batchSize: 4, sequenceLength: 128 } });
    const bound = bindIn(stack, model);
    const container = containerOf(stack);
    expect(joined(container.Image)).toBe('763104351884.dkr.ecr.us-east-1.${AWS::URLSuffix}/huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04');
    expect(container.ModelDataUrl).toBe('s3://my-bucket/bge/model.tar.gz');
    expect(container.Environment).toEqual({ HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', HF_TASK: 'feature-extraction' });
    expect(Object.keys(modelOf(stack).Properties).sort()).toEqual(['ExecutionRoleArn', 'PrimaryContainer']);
    expect(stack.resolve(bound.modelName)).toEqual({ 'Fn::GetAtt': [expect.stringMatching('^VariantModel'), 'ModelName'] });
    expect(bound.role).toBeDefined();
  });

  test('a language model on GPUs from a folder', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(FOLDER, { image: ServingImage.VLLM_0_27_1_GPU, settings: { tensorParallelDegree: 4, numberFormat: NumberFormat.BFLOAT16 } }), on('ml.g6e.12xlarge'));
    expect(containerOf(stack)).toMatchObject({
      ModelDataSource: { S3DataSource: { S3Uri: 's3://my-bucket/llama/', S3DataType: 'S3Prefix', CompressionType: 'None' } },
      Environment: { SM_VLLM_MODEL: '/opt/ml/model', SM_VLLM_TENSOR_PARALLEL_SIZE: '4', SM_VLLM_DTYPE: 'bfloat16' },
    });
    expect(containerOf(stack).ModelDataUrl).toBeUndefined();
  });

  test('a model of the Hub', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(HUB));
    expect(containerOf(stack).Environment).toEqual({ HF_MODEL_ID: 'BAAI/bge-base-en-v1.5', HF_MODEL_REVISION: COMMIT });
    expect(containerOf(stack).ModelDataUrl).toBeUndefined();
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('is never named', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    expect(modelOf(stack).Properties.ModelName).toBeUndefined();
  });

  test('has no environment when there is nothing to say', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    expect(containerOf(stack).Environment).toBeUndefined();
  });

  test('a model package is served as it is, and its image may be pulled when it is named', () => {
    const stack = stackIn();
    const arn = 'arn:aws:sagemaker:us-east-1:111111111111:model-package/bge/3';
    const image = ServingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'mine'), { kind: AcceleratorKind.GPU, tag: '1', cudaVersion: '12.4' });
    const model = ServedModel.onGpu(ModelSource.modelPackage(arn, { artifactUri: 's3://my-bucket/m.tar.gz' }), { image });
    expect(model.cudaVersion).toBe('12.4');
    bindIn(stack, model);
    expect(containerOf(stack)).toEqual({ ModelPackageName: arn });
    expect(joined(statementWith(stack, 'ecr:BatchGetImage')!.Resource)).toContain(':repository/mine');
    expect(joined(statementWith(stack, 's3:GetObject')!.Resource)).toBe('arn:${AWS::Partition}:s3:::my-bucket/m.tar.gz');
  });

  test('numbers that are known at deploy time stay references', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onNeuron(ARCHIVE, { settings: { sequenceLength: Lazy.number({ produce: () => 256 }) } }));
    expect(containerOf(stack).Environment).toEqual({ HF_OPTIMUM_SEQUENCE_LENGTH: '256' });
  });

  test('one source serves two variants of one endpoint', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(HUB), {}, 'Gpu');
    bindIn(stack, ServedModel.onNeuron(ARCHIVE), {}, 'Neuron');
    Template.fromStack(stack).resourceCountIs('AWS::SageMaker::Model', 2);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 2);
  });

  test('a source of one\'s own brings variables, and settings win over them', () => {
    const source: IModelSource = {
      description: 'compiled',
      bind: () => ({ archiveUrl: 's3://b/m.tar.gz', environment: { NEURON_RT_NUM_CORES: '2', MINE: 'source' } }),
    };
    const stack = stackIn();
    bindIn(stack, ServedModel.onNeuron(source, { settings: { environment: { MINE: 'user' } } }));
    expect(containerOf(stack).Environment).toEqual({ MINE: 'user', NEURON_RT_NUM_CORES: '2' });
  });

  test('waits for what its source says has to be there first', () => {
    const stack = stackIn();
    const [made, job] = ['Made', 'Job'].map((id) => new s3.Bucket(stack, id));
    const source: IModelSource = { description: 'compiled', bind: () => ({ archiveUrl: 's3://b/m.tar.gz', dependables: [made, job] }) };
    bindIn(stack, ServedModel.onNeuron(source));
    expect(modelOf(stack).DependsOn).toEqual([expect.stringMatching('^Job'), expect.stringMatching('^Made')]);
  });

  test('waits for nothing more when the source says nothing', () => {
    const stack = stackIn();
    new s3.Bucket(stack, 'Made');
    bindIn(stack, ServedModel.onNeuron({ description: 'plain', bind: () => ({ archiveUrl: 's3://b/m.tar.gz', dependables: [] }) }));
    expect(modelOf(stack).DependsOn).toBeUndefined();
  });

  test('server processes fit the smallest of several instance types', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onNeuron(ARCHIVE, { settings: { tensorParallelDegree: 2 } }), {
      ...on('ml.inf2.48xlarge'), alternativeInstances: [AcceleratorInstance.of('ml.inf2.24xlarge')],
    });
    expect(containerOf(stack).Environment).toEqual({ NEURON_RT_NUM_CORES: '2', SAGEMAKER_MODEL_SERVER_WORKERS: '6' });
  });
});

describe('the Hub token', () => {
  function bound() {
    const stack = stackIn();
    const secret = new secretsmanager.Secret(stack, 'Token');
    bindIn(stack, ServedModel.onGpu(ModelSource.huggingFace('org/gated', { revision: COMMIT, tokenSecret: secret }), { image: ServingImage.VLLM_0_27_1_GPU }));
    return stack;
  }

  test('is a reference that CloudFormation resolves', () => {
    expect(joined(containerOf(bound()).Environment.HF_TOKEN)).toMatch(/^\{\{resolve:secretsmanager:\$\{Token\w+\}:SecretString:::\}\}$/);
  });

  test('is not for the role to read', () => {
    expect(statementsOf(bound()).flatMap((statement) => [statement.Action].flat()).filter((action) => /^(secretsmanager|kms):/.test(action))).toEqual([]);
  });
});

describe('NeuronCore metrics', () => {
  test('go to the named namespace only', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onNeuron(ARCHIVE, { neuronMetricsNamespace: 'Embeddings/Neuron' }));
    expect(containerOf(stack).Environment).toEqual({ NEURON_MONITOR_CW_NAMESPACE: 'Embeddings/Neuron', NEURON_MONITOR_CW_REGION: 'us-east-1' });
    expect(statementWith(stack, 'cloudwatch:PutMetricData')).toEqual({
      Action: 'cloudwatch:PutMetricData', Effect: 'Allow', Resource: '*', Condition: { StringEquals: { 'cloudwatch:namespace': 'Embeddings/Neuron' } },
    });
  });

  test('need no right when there are none', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onNeuron(ARCHIVE));
    expect(statementWith(stack, 'cloudwatch:PutMetricData')).toBeUndefined();
  });
});

describe('the network', () => {
  function inVpc(): Stack {
    const stack = stackIn();
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 1, maxAzs: 2 });
    bindIn(stack, ServedModel.onGpu(ARCHIVE), { vpc, securityGroups: [new ec2.SecurityGroup(stack, 'Mine', { vpc })] });
    return stack;
  }

  test('private subnets and the given security group', () => {
    const stack = inVpc();
    const { VpcConfig } = modelOf(stack).Properties;
    expect(VpcConfig.Subnets).toEqual([{ Ref: expect.stringMatching('PrivateSubnet1') }, { Ref: expect.stringMatching('PrivateSubnet2') }]);
    expect(VpcConfig.SecurityGroupIds).toEqual([{ 'Fn::GetAtt': [expect.stringMatching('^Mine'), 'GroupId'] }]);
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
  });

  test('the role places interfaces in these subnets and groups only', () => {
    const stack = inVpc();
    const create = statementWith(stack, 'ec2:CreateNetworkInterface')!;
    expect(create.Action).toBe('ec2:CreateNetworkInterface');
    expect(create.Resource.map(joined)).toEqual([
      'arn:${AWS::Partition}:ec2:us-east-1:111111111111:network-interface/*',
      expect.stringMatching(/:subnet\/\$\{VpcPrivateSubnet1/),
      expect.stringMatching(/:subnet\/\$\{VpcPrivateSubnet2/),
      expect.stringMatching(/:security-group\/\$\{Mine/),
    ]);
    expect(joined(statementWith(stack, 'ec2:DeleteNetworkInterface')!.Resource)).toBe('arn:${AWS::Partition}:ec2:us-east-1:111111111111:network-interface/*');
    const open = statementsOf(stack).filter((one) => one.Resource === '*').flatMap((one) => [one.Action].flat());
    expect(open.every((action) => /^ec2:Describe|^ecr:GetAuthorizationToken$/.test(action))).toBe(true);
  });

  test('no VPC, no rights in EC2', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE));
    expect(JSON.stringify(statementsOf(stack))).not.toContain('ec2:');
    expect(modelOf(stack).Properties.VpcConfig).toBeUndefined();
  });

  test('given groups are used as they are', () => {
    const stack = stackIn();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const group = new ec2.SecurityGroup(stack, 'Mine', { vpc });
    bindIn(stack, ServedModel.onGpu(ARCHIVE), { vpc, securityGroups: [group], vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } });
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
    expect(modelOf(stack).Properties.VpcConfig.Subnets[0].Ref).toMatch('PublicSubnet');
  });

  test('isolation is passed on', () => {
    const stack = stackIn();
    bindIn(stack, ServedModel.onGpu(ARCHIVE), { networkIsolation: true });
    expect(modelOf(stack).Properties.EnableNetworkIsolation).toBe(true);
  });
});

describe('facts the endpoint asks for', () => {
  test('come from the image', () => {
    const neuron = ServedModel.onNeuron(ARCHIVE, { settings: { tensorParallelDegree: 2 } });
    expect([neuron.kind, neuron.neuronSdk, neuron.cudaVersion, neuron.tensorParallelDegree]).toEqual([AcceleratorKind.NEURON, NeuronSdk.V2_26_0, undefined, 2]);
    expect(neuron.image).toBe(ServingImage.HF_INFERENCE_2_8_NEURONX);
    const gpu = ServedModel.onGpu(ARCHIVE);
    expect([gpu.kind, gpu.neuronSdk, gpu.cudaVersion, gpu.image]).toEqual([AcceleratorKind.GPU, undefined, '12.4', ServingImage.HF_INFERENCE_2_6_GPU]);
  });

  test('come from the user for a model that exists', () => {
    const model = ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.GPU, cudaVersion: '13.0' });
    expect([model.kind, model.cudaVersion, model.image, model.source.description]).toEqual([AcceleratorKind.GPU, '13.0', undefined, 'SageMaker model m']);
  });

  test('of a model that exists, its role among them: nothing is added to it', () => {
    const stack = stackIn();
    const role = iam.Role.fromRoleName(stack, 'Theirs', 'theirs');
    const bound = bindIn(stack, ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.GPU, role }));
    expect(bound.modelName).toBe('m');
    expect(bound.role).toBe(role);
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('of a model that exists, what it runs on and how large it is', () => {
    const model = ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.NEURON, neuronSdk: NeuronSdk.V2_26_1, profile: { parametersBillion: 8 } });
    expect([model.neuronSdk, model.profile]).toEqual([NeuronSdk.V2_26_1, { parametersBillion: 8 }]);
    expect(model.weightsGiB).toBeCloseTo(14.9, 1);
    expect(bindIn(stackIn(), model, on('ml.inf2.8xlarge')).role).toBeUndefined();
  });

  test('the profile of the model comes before the one of its source', () => {
    const source = ModelSource.s3Uri('s3://bucket/m/', { profile: { parametersBillion: 8 } });
    expect(ServedModel.onGpu(source).profile).toEqual({ parametersBillion: 8 });
    expect(ServedModel.onGpu(source, { profile: { parametersBillion: 1 } }).profile).toEqual({ parametersBillion: 1 });
  });
});

describe('warnings', () => {
  function warningsOf(model: ServedModel, options = {}): string[] {
    const stack = stackIn();
    bindIn(stack, model, options);
    return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map((entry) => `${entry.entry.data}`);
  }

  test('a model that is not pinned', () => {
    for (const revision of [undefined, 'main']) {
      expect(warningsOf(ServedModel.onGpu(ModelSource.huggingFace('org/m', { revision })))).toEqual([
        `Hugging Face model org/m${revision === undefined ? '' : ' at main'} is not pinned to a commit: instances that start at different times can serve different weights [ack: cdk-accelerators:revisionNotPinned]`,
      ]);
    }
  });

  test('a model that every instance compiles at start', () => {
    expect(warningsOf(ServedModel.onNeuron(HUB))).toEqual([
      `Hugging Face model BAAI/bge-base-en-v1.5 at ${COMMIT} is compiled by every instance at start unless its repository holds a compiled model; without settings.sequenceLength that fails [ack: cdk-accelerators:compilesAtStart]`,
    ]);
    expect(warningsOf(ServedModel.onNeuron(HUB, { settings: { sequenceLength: 128 } }))[0]).not.toContain('that fails');
  });

  test('a model the vLLM image for Neuron may refuse', () => {
    const image = ServingImage.HF_VLLM_0_11_0_OPTIMUM_0_4_5_NEURONX;
    expect(warningsOf(ServedModel.onNeuron(HUB, { image }))[0]).toContain('[ack: cdk-accelerators:needsCachedModel]');
    expect(warningsOf(ServedModel.onNeuron(HUB, { image, settings: { environment: { SM_ON_ALLOW_NON_CACHED_MODEL: '' } } }))).toEqual([]);
  });

  test('an image without patches, unless the check is skipped', () => {
    const image = ServingImage.PYTORCH_2_6_GPU;
    expect(warningsOf(ServedModel.onGpu(ARCHIVE, { image }))[0]).toContain('is marked "end-of-patch 2026-06-30" by its publisher');
    expect(warningsOf(ServedModel.onGpu(ARCHIVE, { image, skipChecks: [ModelCheck.IMAGE_HARDWARE] }))).toEqual([]);
  });

  test('an SDK nobody has seen on the host', () => {
    const image = ServingImage.of('pytorch-inference-neuronx', '2.9.0-neuronx-py312-sdk2.28.0-ubuntu24.04');
    expect(warningsOf(ServedModel.onNeuron(ARCHIVE, { image }))).toEqual([
      `${image} with Neuron SDK 2.28.0 is not known to start on al2-ami-sagemaker-inference-neuron-2: no report of 2.28 on driver 2.19 was found [ack: cdk-accelerators:neuronSdkUnproven]`,
    ]);
    expect(warningsOf(ServedModel.onNeuron(ARCHIVE, { image, skipChecks: [ModelCheck.NEURON_SDK] }))).toEqual([]);
    expect(warningsOf(ServedModel.onNeuron(ARCHIVE, { image }), { inferenceAmi: InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON, driver: '2.26.5' }) })).toEqual([]);
    // The variant refuses such a host image; the SDK has no part in it.
    expect(warningsOf(ServedModel.onNeuron(ARCHIVE, { image }), { inferenceAmi: InferenceAmi.GPU_3_1 })).toEqual([]);
  });

  test.each([
    [EnvironmentGrammar.VLLM, ['NxD Inference dropped Inferentia2 and Trainium in 2.29; the last release for them is 2.28']],
    [EnvironmentGrammar.PYTORCH, []],
    [EnvironmentGrammar.CUSTOM, []],
  ])('an SDK that left the chip, under %s', (grammar, reasons) => {
    const repository = ecr.Repository.fromRepositoryName(stackIn(), 'Repository', 'mine');
    const image = ServingImage.fromEcrRepository(repository, { kind: AcceleratorKind.NEURON, tag: '1', neuronSdk: NeuronSdk.V2_29_0, grammar });
    const inferenceAmi = InferenceAmi.custom('neuron-3', { kind: AcceleratorKind.NEURON, driver: '2.29' });
    expect(warningsOf(ServedModel.onNeuron(ARCHIVE, { image }), { inferenceAmi }))
      .toEqual(reasons.map((reason) => `mine:1 with Neuron SDK 2.29.0 may not serve on ml.inf2.xlarge: ${reason} [ack: cdk-accelerators:neuronSdkLeftChip]`));
  });

  describe('the network of a model that exists already', () => {
    const network = () => {
      const stack = stackIn();
      const vpc = new ec2.Vpc(stack, 'Vpc');
      return { vpc, securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] };
    };
    const theirs = ServedModel.existing({ modelName: 'm' }, { kind: AcceleratorKind.GPU });
    const ACK = '[ack: cdk-accelerators:existingModelKeepsItsNetwork]';
    const tail = (fields: string) => `not reach SageMaker model m, which was made elsewhere and keeps the network it was made with: set ${fields} where the model is made, and acknowledge this warning once that is done ${ACK}`;

    test('is not what the endpoint says', () => {
      expect(warningsOf(theirs, network())).toEqual([`\`vpc\` of the endpoint does ${tail('VpcConfig')}`]);
      expect(warningsOf(theirs, { networkIsolation: true })).toEqual([`\`networkIsolation\` of the endpoint does ${tail('EnableNetworkIsolation')}`]);
      expect(warningsOf(theirs, { ...network(), networkIsolation: true })).toEqual([`\`vpc\` and \`networkIsolation\` of the endpoint do ${tail('VpcConfig and EnableNetworkIsolation')}`]);
      expect(warningsOf(ServedModel.onGpu(ModelSource.existingModel({ modelName: 'm' })), { networkIsolation: true })).toHaveLength(1);
    });

    test('is nobody\'s business when the endpoint says nothing', () => {
      expect(warningsOf(theirs)).toEqual([]);
      expect(warningsOf(theirs, { networkIsolation: false })).toEqual([]);
    });

    test('is set here for a model package, which becomes a model here', () => {
      const source = ModelSource.modelPackage('arn:aws:sagemaker:us-east-1:111111111111:model-package/bge/3');
      expect(warningsOf(ServedModel.onGpu(source), { networkIsolation: true })).toEqual([]);
    });
  });

  test('idle devices', () => {
    expect(warningsOf(ServedModel.onGpu(ARCHIVE, { image: ServingImage.VLLM_0_27_1_GPU, settings: { tensorParallelDegree: 3 } }), on('ml.g5.12xlarge')))
      .toEqual([expect.stringContaining('[ack: cdk-accelerators:idleDevices]')]);
  });
});

describe('skipped checks', () => {
  const old: ServedModelOptions = { image: ServingImage.of('pytorch-inference-neuronx', '2.9.0-neuronx-py312-sdk2.31.1-ubuntu24.04') };

  test('let through what they are named for', () => {
    expect(() => bindIn(stackIn(), ServedModel.onNeuron(ARCHIVE, old))).toThrow('an SDK that runs on al2-ami-sagemaker-inference-neuron-2');
    expect(() => bindIn(stackIn(), ServedModel.onNeuron(ARCHIVE, { ...old, skipChecks: [ModelCheck.NEURON_SDK] }))).not.toThrow();
    expect(() => bindIn(stackIn('eu-north-1'), ServedModel.onNeuron(ARCHIVE, { skipChecks: [ModelCheck.IMAGE_REGION] }))).not.toThrow();
    const big = { profile: { weightsGiB: 40 }, settings: { tensorParallelDegree: 2 } };
    expect(() => bindIn(stackIn(), ServedModel.onNeuron(ARCHIVE, { ...big, skipChecks: [ModelCheck.DEVICE_MEMORY, ModelCheck.HOST_MEMORY] }))).not.toThrow();
    expect(() => bindIn(stackIn(), ServedModel.onNeuron(ARCHIVE, { ...big, skipChecks: [ModelCheck.DEVICE_MEMORY] }))).toThrow('in host memory');
  });

  test('never a wrong accelerator', () => {
    expect(() => bindIn(stackIn(), ServedModel.onGpu(ARCHIVE, { skipChecks: [ModelCheck.IMAGE_HARDWARE] }), on('ml.inf2.xlarge'))).toThrow('an image for GPUs');
  });
});
