import { IMAGE } from '../fixture';
import { JobFixture, processing, training, WHOLE_JOB } from '../job-fixture';

let fixture: JobFixture;
beforeEach(async () => { fixture = await JobFixture.start(); });
afterEach(async () => fixture.stop());

const REPOSITORY = 'arn:aws:ecr:us-east-1:763104351884:repository/huggingface-pytorch-inference';
const VPC = { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1', 'subnet-2'] };
const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:123456789012:${rest}`;

describe('in the name of its role', () => {
  test('a processing job does this, in this order', async () => {
    await fixture.process('job');
    fixture.standIn.advance(WHOLE_JOB);
    const group = arn('logs', 'log-group:/aws/sagemaker/ProcessingJobs');
    expect(fixture.roleCalls()).toEqual([
      'ecr:GetAuthorizationToken *',
      `ecr:BatchCheckLayerAvailability ${REPOSITORY}`,
      `ecr:BatchGetImage ${REPOSITORY}`,
      `ecr:GetDownloadUrlForLayer ${REPOSITORY}`,
      's3:ListBucket arn:aws:s3:::assets {"s3:prefix":"c.zip"}',
      's3:GetObject arn:aws:s3:::assets/c.zip',
      `logs:CreateLogGroup ${group}`,
      `logs:DescribeLogStreams ${group}`,
      `logs:CreateLogStream ${group}:log-stream:job/algo-1-${Date.UTC(2026, 0, 1) + 180_000}`,
      `logs:PutLogEvents ${group}:log-stream:job/algo-1-${Date.UTC(2026, 0, 1) + 180_000}`,
      's3:PutObject arn:aws:s3:::artifacts/neuron/abc/model.tar.gz',
      's3:PutObject arn:aws:s3:::artifacts/neuron/abc/manifest.json',
    ]);
    expect(fixture.standIn.control.roleCalls.map((call) => call.roleArn)).toEqual(Array(12).fill('arn:aws:iam::123456789012:role/job'));
  });

  test('a training job reads its checkpoints back, and writes them before its archive', async () => {
    fixture.standIn.objects.put('artifacts', 'neuron/abc/model.tar.gz', 'of an earlier try');
    await fixture.train('job');
    fixture.standIn.advance(WHOLE_JOB);
    expect(fixture.roleCalls('s3')).toEqual([
      's3:ListBucket arn:aws:s3:::assets {"s3:prefix":"c.zip"}',
      's3:GetObject arn:aws:s3:::assets/c.zip',
      's3:ListBucket arn:aws:s3:::artifacts {"s3:prefix":"neuron/abc"}',
      's3:GetObject arn:aws:s3:::artifacts/neuron/abc/model.tar.gz',
      's3:PutObject arn:aws:s3:::artifacts/neuron/abc/model.tar.gz',
      's3:PutObject arn:aws:s3:::artifacts/neuron/abc/manifest.json',
      's3:PutObject arn:aws:s3:::artifacts/jobs/job/output/model.tar.gz',
    ]);
    expect(fixture.roleCalls('logs').at(-1)).toContain(`${arn('logs', 'log-group:/aws/sagemaker/TrainingJobs')}:log-stream:job/algo-1-`);
    expect(fixture.roleCalls('cloudwatch', 'kms', 'ec2', 'secretsmanager')).toEqual([]);
  });

  test('inputs are all objects under their address', async () => {
    fixture.standIn.objects.put('models', 'bert/config.json', 'x');
    fixture.standIn.objects.put('models', 'bert/weights/1', 'x');
    fixture.standIn.objects.put('models', 'berta', 'x');
    await fixture.process('job', { ProcessingInputs: [{ InputName: 's', S3Input: { S3Uri: 's3://models/bert/', LocalPath: '/opt/ml/processing/s', S3DataType: 'S3Prefix' } }] });
    fixture.standIn.advance(120);
    expect(fixture.roleCalls('s3')).toEqual([
      's3:ListBucket arn:aws:s3:::models {"s3:prefix":"bert/"}', 's3:GetObject arn:aws:s3:::models/bert/config.json', 's3:GetObject arn:aws:s3:::models/bert/weights/1',
    ]);
  });

  test('a job in a VPC looks its network up, makes interfaces and removes them when it is over', async () => {
    await fixture.process('job', { NetworkConfig: { VpcConfig: VPC } });
    fixture.standIn.advance(WHOLE_JOB - 1);
    const eni = arn('ec2', 'network-interface/eni-00000000000000000');
    const before = [
      'ec2:DescribeDhcpOptions *', 'ec2:DescribeNetworkInterfaces *', 'ec2:DescribeSecurityGroups *', 'ec2:DescribeSubnets *', 'ec2:DescribeVpcs *',
      `ec2:CreateNetworkInterface ${eni}`, `ec2:CreateNetworkInterface ${arn('ec2', 'subnet/subnet-1')}`, `ec2:CreateNetworkInterface ${arn('ec2', 'subnet/subnet-2')}`,
      `ec2:CreateNetworkInterface ${arn('ec2', 'security-group/sg-1')}`, `ec2:CreateNetworkInterfacePermission ${eni}`,
    ];
    expect(fixture.roleCalls('ec2')).toEqual(before);
    fixture.standIn.advance(1);
    expect(fixture.roleCalls('ec2')).toEqual([...before, `ec2:DeleteNetworkInterfacePermission ${eni}`, `ec2:DeleteNetworkInterface ${eni}`]);
  });

  test('outputs with a key are encrypted through S3', async () => {
    const { ProcessingOutputConfig } = processing('x');
    const key = arn('kms', 'key/1234');
    await fixture.process('by-id', { ProcessingOutputConfig: { ...ProcessingOutputConfig!, KmsKeyId: '1234' } });
    fixture.standIn.program = () => ({ files: { only: 'x' } });
    fixture.standIn.advance(WHOLE_JOB);
    const through = '{"kms:ViaService":"s3.us-east-1.amazonaws.com"}';
    expect(fixture.roleCalls('kms')).toEqual([`kms:Encrypt ${key} ${through}`, `kms:GenerateDataKey ${key} ${through}`, `kms:Decrypt ${key} ${through}`]);
  });

  test('a volume with a key needs a grant', async () => {
    await fixture.process('by-arn', { ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.4xlarge', VolumeSizeInGB: 30, VolumeKmsKeyId: arn('kms', 'key/v') } }, ProcessingOutputConfig: undefined });
    await fixture.process('by-alias', { ProcessingResources: { ClusterConfig: { InstanceType: 'ml.m5.4xlarge', VolumeSizeInGB: 30, VolumeKmsKeyId: 'alias/a' } } });
    fixture.standIn.advance(120);
    expect(fixture.roleCalls('kms')).toEqual([`kms:CreateGrant ${arn('kms', 'key/v')}`, `kms:CreateGrant ${arn('kms', 'alias/a')}`]);
  });

  test.each([
    ['an ARN', arn('secretsmanager', 'secret:hub-Xy12Zz'), 'hub-Xy12Zz'],
    ['an ARN without its end', arn('secretsmanager', 'secret:hub/token'), 'hub/token-AbCdEf'],
    ['a name', 'hub/token', 'hub/token-AbCdEf'],
    ['a name that looks like the end of an ARN', 'hub-secret', 'hub-secret-AbCdEf'],
  ])('the container reads the secret of its token: %s', async (_, secret, name) => {
    await fixture.process('job', { AppSpecification: { ImageUri: IMAGE, ContainerArguments: ['--key', 'k', '--token-secret', secret, '--token-field', 'token'] } });
    fixture.standIn.advance(180);
    expect(fixture.roleCalls('secretsmanager')).toEqual([`secretsmanager:GetSecretValue ${arn('secretsmanager', `secret:${name}`)}`]);
  });

  test('images elsewhere need no rights, and metrics are published when they are defined', async () => {
    await fixture.train('job', {
      AlgorithmSpecification: { ...training('x').AlgorithmSpecification!, TrainingImage: 'public.ecr.aws/neuron/compile:1', MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(.*)' }] },
    });
    fixture.standIn.advance(180);
    expect(fixture.roleCalls('ecr')).toEqual([]);
    expect(fixture.roleCalls('cloudwatch')).toEqual(['cloudwatch:PutMetricData * {"cloudwatch:namespace":"/aws/sagemaker/TrainingJobs"}']);
  });

  test('an image by its digest is in the same repository', async () => {
    await fixture.process('job', { AppSpecification: { ImageUri: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/own/compile@sha256:${'0'.repeat(64)}` } });
    fixture.standIn.advance(120);
    expect(fixture.roleCalls('ecr')[1]).toBe('ecr:BatchCheckLayerAvailability arn:aws:ecr:eu-west-1:123456789012:repository/own/compile');
  });
});
