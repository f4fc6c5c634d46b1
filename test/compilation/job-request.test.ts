import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Size, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ACCOUNT, argument, argumentsOf, bucketOf, compiled, DECODER, ENCODER, newStack, request, REVISION, sent, SPELLED_OUT, vpcOf } from './support';
import { AcceleratorInstance, CompilationJob, CompilationShapes, ModelSource, NeuronPrecision, NeuronTarget, ProcessingInstance, ServingImage, type NeuronCompilationProps } from '../../src';
import { DIMENSIONS } from '../../src/compilation/core/shapes';
import * as recorded from '../../src/compilation/data/script.json';
import { SAGEMAKER_SHAPES } from '../support/standin/shapes';
import { findings } from '../support/standin/validate';

const IMAGE = '763104351884.dkr.ecr.us-east-1.amazonaws.com';
const HF = 'huggingface-pytorch-inference-neuronx:2.8.0-transformers4.55.4-neuronx-py310-sdk2.26.0-ubuntu22.04';
const HF_VLLM = 'huggingface-vllm-inference-neuronx:0.11.0-optimum0.4.5-neuronx-py310-sdk2.26.1-ubuntu22.04';
type Props = Partial<NeuronCompilationProps> | ((stack: Stack) => Partial<NeuronCompilationProps>);

/** A compilation whose artefacts are in the bucket `artifacts`. */
const inBucket = (props: Props = {}) => compiled((stack) => ({ artifacts: { bucket: bucketOf(stack) }, ...typeof props === 'function' ? props(stack) : props }));
const requestOf = (props: Props = {}) => request(inBucket(props).stack);
const optionsOf = (props: Props = {}) => argumentsOf(inBucket(props).stack);

let root: string;
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'job-'));
  for (const folder of ['operators', 'operators/__pycache__', 'script', 'model']) fs.mkdirSync(path.join(root, folder));
  for (const file of ['operators/op.py', 'operators/op.pyc', 'operators/__pycache__/op.pyc', 'script/compile.py', 'model/config.json']) fs.writeFileSync(path.join(root, file), file);
});
afterAll(() => fs.rmSync(root, { recursive: true }));

describe('a processing job', () => {
  test('with every default', () => {
    const { stack, compilation } = inBucket();
    const folder = `s3://artifacts/neuron/${compilation.key}/`;
    const { AppSpecification: { ContainerArguments, ...application }, ProcessingInputs, RoleArn, ...rest } = request(stack);
    expect(application).toEqual({ ImageUri: `${IMAGE}/${HF}`, ContainerEntrypoint: ['sh', '-c', 'exec python3 /opt/ml/processing/input/code/*.zip "$@"', 'neuron-compile'] });
    expect(ContainerArguments).toEqual([
      '--key', compilation.key, '--script-version', String(recorded.version), '--sdk', '2.26.0', '--image', HF, '--kind', 'text-encoder', '--shape', 'batch_size=4', '--shape', 'sequence_length=128',
      '--auto-cast', 'matmul', '--auto-cast-type', 'bf16', '--opt-level', '2', '--tensor-parallel-size', '1', '--target', 'inf2', '--exporter', 'optimum', '--cpu-backend',
      '--hub-id', 'BAAI/bge-base-en-v1.5', '--revision', REVISION, '--layout', 'archive', '--output', '/opt/ml/processing/output', '--message-file', '/opt/ml/output/message',
    ]);
    expect(ProcessingInputs).toEqual([{
      InputName: 'code',
      S3Input: { S3Uri: ProcessingInputs[0].S3Input.S3Uri, LocalPath: '/opt/ml/processing/input/code', S3DataType: 'S3Prefix', S3InputMode: 'File', S3DataDistributionType: 'FullyReplicated' },
    }]);
    expect([ProcessingInputs[0].S3Input.S3Uri.startsWith(`s3://cdk-hnb659fds-assets-${ACCOUNT}-us-east-1/`), ProcessingInputs[0].S3Input.S3Uri.endsWith('.zip')]).toEqual([true, true]);
    expect(RoleArn.startsWith(`arn:aws:iam::${ACCOUNT}:role/CompileTaskRole`)).toBe(true);
    expect(rest).toEqual({
      'ProcessingJobName.$': '$.job.name',
      'ProcessingResources': { ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.2xlarge', VolumeSizeInGB: 100 } },
      'ProcessingOutputConfig': { Outputs: [{ OutputName: 'artifact', S3Output: { S3Uri: folder, LocalPath: '/opt/ml/processing/output', S3UploadMode: 'EndOfJob' } }] },
      'StoppingCondition': { MaxRuntimeInSeconds: 42_600 },
      'Environment': { 'NEURON_COMPILATION_OWNER.$': '$.owner' },
      'Tags': [{ Key: 'cdk-accelerators:compilation', Value: 'Stack-Compile-Task-F08B45AA' }, { Key: 'cdk-accelerators:key', Value: compilation.key }],
    });
  });

  test('host, volume and time', () => {
    const { ProcessingResources, StoppingCondition } = requestOf({ job: CompilationJob.onCpu({ instanceType: ProcessingInstance.R5_4XLARGE, volumeSize: Size.gibibytes(500) }) });
    expect(ProcessingResources.ClusterConfig).toEqual({ InstanceCount: 1, InstanceType: 'ml.r5.4xlarge', VolumeSizeInGB: 500 });
    expect(StoppingCondition).toEqual({ MaxRuntimeInSeconds: 42_600 });
  });

  test('in a VPC, cut off from it or not', () => {
    const network = (networkIsolation?: boolean) => requestOf((stack) => ({
      ...SPELLED_OUT, network: { vpc: vpcOf(stack), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-mine')], networkIsolation },
    })).NetworkConfig;
    const VpcConfig = { SecurityGroupIds: ['sg-mine'], Subnets: ['subnet-0', 'subnet-1'] };
    expect(network()).toEqual({ EnableNetworkIsolation: false, VpcConfig });
    expect(network(true)).toEqual({ EnableNetworkIsolation: true, VpcConfig });
  });

  test('cut off without a VPC', () => {
    expect(requestOf({ ...SPELLED_OUT, network: { networkIsolation: true } }).NetworkConfig).toEqual({ EnableNetworkIsolation: true });
    expect(requestOf({ ...SPELLED_OUT, network: { networkIsolation: false } }).NetworkConfig).toBeUndefined();
  });

  test('with a key: artefact and volume', () => {
    const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
    const { ProcessingOutputConfig, ProcessingResources } = requestOf((stack) => ({ artifacts: { bucket: bucketOf(stack), encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) } }));
    expect(ProcessingOutputConfig.KmsKeyId).toBe(KEY);
    expect(ProcessingResources.ClusterConfig.VolumeKmsKeyId).toBe(KEY);
  });

  test('an archive, a folder and a directory come as inputs', () => {
    const input = (props: Props) => requestOf(props).ProcessingInputs.slice(1);
    const source = (S3Uri: unknown) => [{
      InputName: 'source', S3Input: { S3Uri, LocalPath: '/opt/ml/processing/input/source', S3DataType: 'S3Prefix', S3InputMode: 'File', S3DataDistributionType: 'FullyReplicated' },
    }];
    expect(input(SPELLED_OUT)).toEqual(source('s3://sources/bert/model.tar.gz'));
    expect(input({ source: ModelSource.s3Uri('s3://sources/bert/', { revision: 'v1' }) })).toEqual(source('s3://sources/bert/'));
    const local = input({ source: ModelSource.localDirectory(path.join(root, 'model')) });
    expect(local).toEqual(source(local[0].S3Input.S3Uri));
    expect([local[0].S3Input.S3Uri.startsWith(`s3://cdk-hnb659fds-assets-${ACCOUNT}-us-east-1/`), local[0].S3Input.S3Uri.endsWith('.gz')]).toEqual([true, true]);
  });

  test('operators and a script come as inputs, without what Python leaves behind', () => {
    const { stack } = inBucket({ compiler: { customOperators: path.join(root, 'operators'), script: path.join(root, 'script') } });
    expect(request(stack).ProcessingInputs.map(({ InputName, S3Input: { LocalPath } }: any) => [InputName, LocalPath])).toEqual([
      ['code', '/opt/ml/processing/input/code'], ['operators', '/opt/ml/processing/input/operators'], ['script', '/opt/ml/processing/input/script'],
    ]);
    expect(argument(stack, 'custom-operators')).toEqual(['/opt/ml/processing/input/operators']);
    expect(argument(stack, 'user-script')).toEqual(['/opt/ml/processing/input/script']);
    const staged = fs.readdirSync((stack.node.root as any).outdir).filter((name) => fs.existsSync(path.join((stack.node.root as any).outdir, name, 'op.py')));
    expect(staged.map((name) => fs.readdirSync(path.join((stack.node.root as any).outdir, name)))).toEqual([['op.py']]);
  });
});

describe('a training job', () => {
  test('of a language model', () => {
    const { stack, compilation } = inBucket(DECODER);
    const folder = `s3://artifacts/neuron/${compilation.key}/`;
    const { AlgorithmSpecification: { ContainerArguments, ...algorithm }, InputDataConfig, RoleArn, ...rest } = request(stack);
    expect(algorithm).toEqual({ TrainingImage: `${IMAGE}/${HF_VLLM}`, TrainingInputMode: 'File', ContainerEntrypoint: ['sh', '-c', 'exec python3 /opt/ml/input/data/code/*.zip "$@"', 'neuron-compile'] });
    expect(ContainerArguments).toEqual([
      '--key', compilation.key, '--script-version', String(recorded.version), '--sdk', '2.26.1', '--image', HF_VLLM, '--kind', 'decoder', '--shape', 'batch_size=8', '--shape', 'sequence_length=4096',
      '--torch-dtype', 'bfloat16', '--tensor-parallel-size', '8', '--target', 'inf2', '--exporter', 'optimum',
      '--hub-id', 'meta-llama/Llama-3.1-8B-Instruct', '--revision', REVISION, '--layout', 'files', '--output', '/opt/ml/checkpoints', '--message-file', '/opt/ml/output/failure',
    ]);
    expect(InputDataConfig).toEqual([{
      ChannelName: 'code', DataSource: { S3DataSource: { S3Uri: InputDataConfig[0].DataSource.S3DataSource.S3Uri, S3DataType: 'S3Prefix', S3DataDistributionType: 'FullyReplicated' } },
    }]);
    expect(RoleArn.startsWith(`arn:aws:iam::${ACCOUNT}:role/CompileTaskRole`)).toBe(true);
    expect(rest).toEqual({
      'TrainingJobName.$': '$.job.name',
      'OutputDataConfig': { S3OutputPath: `${folder}job/` },
      'CheckpointConfig': { S3Uri: folder, LocalPath: '/opt/ml/checkpoints' },
      'ResourceConfig': { InstanceType: 'ml.trn1.32xlarge', InstanceCount: 1, VolumeSizeInGB: 100 },
      'StoppingCondition': { MaxRuntimeInSeconds: 42_600 },
      'ProfilerConfig': { DisableProfiler: true },
      'Environment': { 'NEURON_COMPILATION_OWNER.$': '$.owner' },
      'Tags': [{ Key: 'cdk-accelerators:compilation', Value: 'Stack-Compile-Task-F08B45AA' }, { Key: 'cdk-accelerators:key', Value: compilation.key }],
    });
  });

  test('in a VPC, cut off, with a key and a source in S3', () => {
    const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
    const { VpcConfig, EnableNetworkIsolation, OutputDataConfig, ResourceConfig, InputDataConfig } = requestOf((stack) => ({
      ...SPELLED_OUT,
      job: CompilationJob.onTrainium({ instanceType: AcceleratorInstance.TRN1_2XLARGE, volumeSize: Size.gibibytes(200) }),
      artifacts: { bucket: bucketOf(stack), encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) },
      network: { vpc: vpcOf(stack), networkIsolation: true },
    }));
    expect(VpcConfig).toEqual({ SecurityGroupIds: ['sg-0'], Subnets: ['subnet-0', 'subnet-1'] });
    expect(EnableNetworkIsolation).toBe(true);
    expect(OutputDataConfig.KmsKeyId).toBe(KEY);
    // Its disks are the host's own.
    expect(ResourceConfig).toEqual({ InstanceType: 'ml.trn1.2xlarge', InstanceCount: 1, VolumeSizeInGB: 200 });
    expect(InputDataConfig.map(({ ChannelName, DataSource: { S3DataSource } }: any) => [ChannelName, S3DataSource.S3Uri]).slice(1)).toEqual([['source', 's3://sources/bert/model.tar.gz']]);
  });

  test('its channels are where the script is told to look', () => {
    const { stack } = inBucket({ ...SPELLED_OUT, job: CompilationJob.onTrainium(), compiler: { customOperators: path.join(root, 'operators'), script: path.join(root, 'script'), maxCpuOperators: 3 } });
    for (const [option, channel] of [['source', 'source'], ['custom-operators', 'operators'], ['user-script', 'script']]) expect(argument(stack, option)).toEqual([`/opt/ml/input/data/${channel}`]);
    expect(request(stack).InputDataConfig.map(({ ChannelName }: any) => ChannelName)).toEqual(['code', 'operators', 'script', 'source']);
    expect(argumentsOf(stack).includes('--cpu-backend')).toBe(false);
  });
});

describe('what the script is told', () => {
  const values = (props: Props, name: string) => argument(inBucket(props).stack, name);

  test.each<[string, () => Props, string, string[]]>([
    ['a task', () => ({ task: 'feature-extraction' }), 'task', ['feature-extraction']],
    ['no task', () => ({}), 'task', []],
    ['no cast', () => ({ precision: NeuronPrecision.FP32 }), 'auto-cast', ['none']],
    ['no cast, and to nothing', () => ({ precision: NeuronPrecision.FP32 }), 'auto-cast-type', []],
    ['a cast', () => ({ precision: NeuronPrecision.FP16_ALL }), 'auto-cast', ['all']],
    ['a cast to', () => ({ precision: NeuronPrecision.FP16_ALL }), 'auto-cast-type', ['fp16']],
    ['no cast of a language model', () => DECODER, 'auto-cast', []],
    ['a format', () => ({ ...DECODER, precision: NeuronPrecision.FP32 }), 'torch-dtype', ['float32']],
    ['a level', () => ({ compiler: { optimizationLevel: 3 } }), 'opt-level', ['3']],
    ['a target', () => ({ target: NeuronTarget.TRN2 }), 'target', ['trn2']],
    ['cores', () => ({ shapes: CompilationShapes.diffusion({ batchSize: 1, width: 512, height: 512 }), tensorParallelDegree: 4 }), 'tensor-parallel-size', ['4']],
    ['shapes, sorted', () => ({ shapes: CompilationShapes.clip({ textBatchSize: 2, imageBatchSize: 1, sequenceLength: 77, width: 224, height: 225 }) }), 'shape',
      ['height=225', 'image_batch_size=1', 'num_channels=3', 'sequence_length=77', 'text_batch_size=2', 'width=224']],
    ['how a model is exported', () => ({ compiler: { script: path.join(root, 'script') } }), 'exporter', ['trace']],
    ['operators on the CPU', () => ({ compiler: { script: path.join(root, 'script'), maxCpuOperators: 7 } }), 'max-cpu-operators', ['7']],
    ['none of them by default', () => ({ compiler: { script: path.join(root, 'script') } }), 'max-cpu-operators', ['0']],
    ['where a folder is', () => SPELLED_OUT, 'source', ['/opt/ml/processing/input/source']],
    ['that it is not on the Hub', () => SPELLED_OUT, 'hub-id', []],
  ])('%s', (_, props, name, expected) => {
    expect(values(props(), name)).toEqual(expected);
  });

  test('flags, each in one argument, sorted', () => {
    const flags = optionsOf({ compiler: { flags: ['--verbose=35', '--model-type=transformer'] } }).filter((one) => one.startsWith('--compiler-flag'));
    expect(flags).toEqual(['--compiler-flag=--model-type=transformer', '--compiler-flag=--verbose=35']);
  });

  test('to trust the code of the model, and only then', () => {
    expect(optionsOf({ compiler: { trustRemoteCode: true } }).includes('--trust-remote-code')).toBe(true);
    expect(optionsOf({ compiler: { trustRemoteCode: false } }).includes('--trust-remote-code')).toBe(false);
  });

  test('the image by its digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const { stack } = inBucket({ servingImage: ServingImage.HF_INFERENCE_2_8_NEURONX.withDigest(digest) });
    expect(argument(stack, 'image')).toEqual([`huggingface-pytorch-inference-neuronx@${digest}`]);
    expect(request(stack).AppSpecification.ImageUri).toBe(`${IMAGE}/huggingface-pytorch-inference-neuronx@${digest}`);
  });

  test('every dimension of every kind has the name of an option of the exporter', () => {
    const options = new Set(Object.values(DIMENSIONS).flat().map(({ option }) => option));
    expect([...options].sort()).toEqual([
      'audio_sequence_length', 'batch_size', 'height', 'image_batch_size', 'num_beams', 'num_channels', 'num_images_per_prompt', 'sequence_length', 'text_batch_size', 'width',
    ]);
  });
});

describe('the service takes it', () => {
  const FLAGS = Array.from({ length: 40 }, (_, i) => `--flag-${i}=${'x'.repeat(228)}`);
  const everything = (stack: Stack): Partial<NeuronCompilationProps> => ({
    source: ModelSource.huggingFace(`${'o'.repeat(96)}/${'m'.repeat(96)}`, { revision: REVISION, tokenSecret: secretsmanager.Secret.fromSecretNameV2(stack, 'Token', 'hub/token'), tokenField: 'hf' }),
    shapes: CompilationShapes.clip({ textBatchSize: 2, imageBatchSize: 1, sequenceLength: 77, width: 224, height: 224 }),
    task: 'zero-shot-image-classification',
    artifacts: { bucket: bucketOf(stack, 'b'.repeat(63)), prefix: 'p'.repeat(512), encryptionKey: new kms.Key(stack, 'Key') },
    network: { vpc: vpcOf(stack, 16) },
    compiler: { flags: FLAGS, customOperators: path.join(root, 'operators'), script: path.join(root, 'script'), maxCpuOperators: 3, trustRemoteCode: true },
  });

  test.each<[string, string, (stack: Stack) => Partial<NeuronCompilationProps>]>([
    ['an encoder', 'CreateProcessingJobRequest', () => ENCODER],
    ['a source in S3, cut off', 'CreateProcessingJobRequest', () => ({ ...SPELLED_OUT, network: { networkIsolation: true } })],
    ['everything there is', 'CreateProcessingJobRequest', (stack) => ({ ...everything(stack), job: CompilationJob.onCpu() })],
    ['a language model', 'CreateTrainingJobRequest', () => DECODER],
    ['a language model on Trainium2', 'CreateTrainingJobRequest', () => ({ ...DECODER, target: NeuronTarget.TRN2, tensorParallelDegree: 64 })],
    ['a source in S3 on Trainium, cut off', 'CreateTrainingJobRequest', () => ({ ...SPELLED_OUT, job: CompilationJob.onTrainium(), network: { networkIsolation: true } })],
    ['everything there is, on Trainium', 'CreateTrainingJobRequest', (stack) => ({ ...everything(stack), job: CompilationJob.onTrainium() })],
  ])('%s', (_, shape, props) => {
    const { stack, compilation } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) }, ...props(scope) }));
    expect(findings(SAGEMAKER_SHAPES, shape, sent(stack, compilation.key))).toEqual([]);
    expect(Math.max(...argumentsOf(stack).map(({ length }) => length))).toBeLessThanOrEqual(256);
    expect(argumentsOf(stack).length).toBeLessThanOrEqual(100);
  });

  test.each(ProcessingInstance.all().filter(({ memoryGiB }) => memoryGiB >= 16).map(({ name }) => name))('on %s', (name) => {
    expect(findings(SAGEMAKER_SHAPES, 'ProcessingInstanceType', name)).toEqual([]);
  });

  test('a request with a mistake would be noticed', () => {
    const { stack, compilation } = inBucket();
    const wrong = sent(stack, compilation.key);
    wrong.ProcessingResources.ClusterConfig.InstanceType = 'ml.trn1.2xlarge';
    expect(findings(SAGEMAKER_SHAPES, 'CreateProcessingJobRequest', wrong).map(({ text }) => text.slice(0, 82))).toEqual([
      "Value 'ml.trn1.2xlarge' at 'processingResources.clusterConfig.instanceType' failed",
    ]);
  });
});

test('in another partition the image comes from there', () => {
  const stack = newStack({ env: { account: ACCOUNT, region: 'us-gov-west-1' } });
  compiled({ job: CompilationJob.onCpu() }, stack);
  expect(request(stack).AppSpecification.ImageUri.split('/')[0].includes('.dkr.ecr.us-gov-west-1.')).toBe(true);
});
