import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ACCOUNT, allowed, argument, bucketOf, compile, compiled, DECODER, ENV, everythingAllowed, filled, idOf, madeBefore, newStack, ofType, request, REVISION, SPELLED_OUT, templateOf, vpcOf } from './support';
import { AcceleratorKind, CompilationJob, ModelSource, NeuronSdk, ServingImage, type NeuronCompilationProps } from '../../src';

const ASSETS = `cdk-hnb659fds-assets-${ACCOUNT}-us-east-1`;
const inBucket = (props: Partial<NeuronCompilationProps> = {}) => compiled((stack) => ({ ...props, artifacts: { bucket: bucketOf(stack) } }));

/** The key of our script in the bucket of the assets. */
function codeKey(stack: Stack): string {
  const { ProcessingInputs: processing, InputDataConfig: training } = request(stack);
  const uri: string = processing?.[0].S3Input.S3Uri ?? training[0].DataSource.S3DataSource.S3Uri;
  expect(uri.startsWith(`s3://${ASSETS}/`)).toBe(true);
  return uri.slice(`s3://${ASSETS}/`.length);
}

const PULL = (repository: string) => [
  { Effect: 'Allow', Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], Resource: `arn:aws:ecr:us-east-1:763104351884:repository/${repository}` },
  { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
];
const LOGS = (kind: string, prefix: string) => ({
  Effect: 'Allow',
  Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
  Resource: ['', ':log-stream:', `:log-stream:${prefix}-*`].map((stream) => `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/sagemaker/${kind}${stream}`),
});
const CODE = (key: string) => [
  { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${ASSETS}/${key}` },
  { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${ASSETS}`, Condition: { StringEquals: { 's3:prefix': key } } },
];
const WRITE = (folder: string) => ({ Effect: 'Allow', Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Resource: `arn:aws:s3:::artifacts/${folder}*` });

describe('the role of the job', () => {
  test('of a processing job: its image, its logs, our script, its folder', () => {
    const { stack, compilation } = inBucket();
    const prefix = `neuron-${compilation.key.slice(0, 16)}`;
    expect(allowed(stack, 'TaskRole')).toEqual([
      ...PULL('huggingface-pytorch-inference-neuronx'), LOGS('ProcessingJobs', prefix), ...CODE(codeKey(stack)), WRITE(`neuron/${compilation.key}/`),
    ]);
    expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'TaskRole')].Properties)).toMatchObject({
      Description: 'Compiles a model for inf2 in a SageMaker processing job',
      AssumeRolePolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }],
      },
    });
  });

  test('of a training job: its checkpoints too', () => {
    const { stack, compilation } = inBucket({ ...DECODER });
    const folder = `neuron/${compilation.key}/`;
    expect(allowed(stack, 'TaskRole')).toEqual([
      ...PULL('huggingface-vllm-inference-neuronx'), LOGS('TrainingJobs', `neuron-${compilation.key.slice(0, 16)}`), ...CODE(codeKey(stack)), WRITE(folder),
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:DeleteObject'], Resource: `arn:aws:s3:::artifacts/${folder}*` },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': [folder.slice(0, -1), `${folder}*`] } } },
    ]);
  });

  const read = (stack: Stack) => allowed(stack, 'TaskRole').filter(({ Resource }) => JSON.stringify(Resource).includes('sources'));

  test('an archive in S3 is listed by its name, and read', () => {
    expect(read(inBucket({ ...SPELLED_OUT }).stack)).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::sources/bert/model.tar.gz' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::sources', Condition: { StringEquals: { 's3:prefix': 'bert/model.tar.gz' } } },
    ]);
  });

  test('a folder in S3', () => {
    expect(read(inBucket({ source: ModelSource.s3Uri('s3://sources/bert/', { revision: 'v1' }) }).stack)).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::sources/bert/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::sources', Condition: { StringLike: { 's3:prefix': ['bert/', 'bert/*'] } } },
    ]);
  });

  test('a source with a key of its own', () => {
    const stack = newStack();
    const decryptionKey = new kms.Key(stack, 'Key');
    compile(stack, { source: ModelSource.s3Uri('s3://sources/bert/model.tar.gz', { revision: 'v1', decryptionKey }), artifacts: { bucket: bucketOf(stack) } });
    expect(allowed(stack, 'TaskRole').filter(({ Action }) => JSON.stringify(Action).includes('kms:'))).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${idOf(stack, 'AWS::KMS::Key')}` },
    ]);
  });

  test('an image of the user', () => {
    const stack = newStack();
    const repository = ecr.Repository.fromRepositoryName(stack, 'Repository', 'own/neuron');
    compile(stack, { servingImage: ServingImage.fromEcrRepository(repository, { kind: AcceleratorKind.NEURON, tag: '1', neuronSdk: NeuronSdk.V2_26_0 }), artifacts: { bucket: bucketOf(stack) } });
    expect(allowed(stack, 'TaskRole').filter(({ Action }) => JSON.stringify(Action).includes('ecr:'))).toEqual([
      { Effect: 'Allow', Action: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'], Resource: `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/own/neuron` },
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    ]);
    // The rights beside the role come before the run.
    const before = madeBefore(stack, idOf(stack, 'Custom::NeuronCompilation'));
    expect(ofType(stack, 'AWS::IAM::Policy').map(([id]) => id).filter((id) => !before.has(id))).toEqual([]);
  });

  test('a key for artefact and volume', () => {
    const of = (job: CompilationJob) => {
      const stack = newStack();
      const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
      compile(stack, { job, artifacts: { bucket: bucketOf(stack), encryptionKey } });
      return [allowed(stack, 'TaskRole'), allowed(stack, 'StateMachineRole')].map((all) => all.filter(({ Action }) => JSON.stringify(Action).includes('kms:')));
    };
    const Resource = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
    const marks = [{ Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource }];
    expect(of(CompilationJob.onCpu())).toEqual([[{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:CreateGrant'], Resource }], marks]);
    expect(of(CompilationJob.onTrainium())).toEqual([[{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], Resource }], marks]);
  });

  test('the key of a bucket is the default', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    compile(stack, { artifacts: { bucket: s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'artifacts', encryptionKey }) } });
    expect(allowed(stack, 'TaskRole').filter(({ Action }) => JSON.stringify(Action).includes('kms:'))).toHaveLength(1);
  });

  test('the interfaces of a VPC, in its subnets and groups only', () => {
    const { stack } = compiled((scope) => ({
      artifacts: { bucket: bucketOf(scope) }, network: { vpc: vpcOf(scope), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(scope, 'Group', 'sg-mine')] },
    }));
    const arn = (resource: string) => `arn:aws:ec2:us-east-1:${ACCOUNT}:${resource}`;
    expect(allowed(stack, 'TaskRole').filter(({ Action }) => JSON.stringify(Action).includes('ec2:'))).toEqual([
      { Effect: 'Allow', Action: 'ec2:CreateNetworkInterface', Resource: [arn('network-interface/*'), arn('subnet/subnet-0'), arn('subnet/subnet-1'), arn('security-group/sg-mine')] },
      { Effect: 'Allow', Action: ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface', 'ec2:DeleteNetworkInterfacePermission'], Resource: arn('network-interface/*') },
      { Effect: 'Allow', Action: ['ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'], Resource: '*' },
    ]);
  });

  test('a role of the user gets the same beside it, and says no if it wants', () => {
    const given = (mutable: boolean) => {
      const stack = newStack();
      const role = iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`, { mutable });
      const compilation = compile(stack, { role, artifacts: { bucket: bucketOf(stack) } });
      const policies = ofType(stack, 'AWS::IAM::Policy').filter(([, { Properties }]) => JSON.stringify(Properties.Roles) === '["mine"]');
      return { stack, compilation, role, statements: filled(stack, policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)) };
    };
    const { stack, compilation, role, statements } = given(true);
    expect(statements).toEqual([
      ...PULL('huggingface-pytorch-inference-neuronx'), LOGS('ProcessingJobs', `neuron-${compilation.key.slice(0, 16)}`), ...CODE(codeKey(stack)), WRITE(`neuron/${compilation.key}/`),
    ]);
    expect(compilation.role).toBe(role);
    expect(request(stack).RoleArn).toBe(`arn:aws:iam::${ENV.account}:role/mine`);
    expect(given(false).statements).toEqual([]);
  });
});

describe('the token of the Hub', () => {
  const source = (stack: Stack, secret: (scope: Stack) => secretsmanager.ISecret, tokenField?: string) => ModelSource.huggingFace('org/m', { revision: REVISION, tokenSecret: secret(stack), tokenField });
  const byName = (scope: Stack) => secretsmanager.Secret.fromSecretNameV2(scope, 'Token', 'hub/token');
  const complete = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:hub/token-AbCdEf`;
  const byArn = (scope: Stack) => secretsmanager.Secret.fromSecretCompleteArn(scope, 'Token', complete);
  const secrets = (stack: Stack) => allowed(stack, 'TaskRole').filter(({ Action }) => Action === 'secretsmanager:GetSecretValue').map(({ Resource }) => Resource);

  test.each<[string, (scope: Stack) => secretsmanager.ISecret, string, string]>([
    ['by its name', byName, `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:hub/token`, `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:hub/token-??????`],
    ['by its ARN', byArn, complete, complete],
  ])('is read by the job itself: a secret %s', (_, secret, argumentOf, resource) => {
    const { stack } = compiled((scope) => ({ source: source(scope, secret) }));
    expect(argument(stack, 'token-secret')).toEqual([argumentOf]);
    expect(argument(stack, 'token-field')).toEqual([]);
    expect(secrets(stack)).toEqual([resource]);
  });

  test('a secret of the same stack, and a field of it', () => {
    const stack = newStack();
    const secret = new secretsmanager.Secret(stack, 'Token');
    compile(stack, { source: source(stack, () => secret, 'hf') });
    const arn = filled(stack, { Ref: idOf(stack, 'AWS::SecretsManager::Secret') });
    expect(argument(stack, 'token-secret')).toEqual([arn]);
    expect(argument(stack, 'token-field')).toEqual(['hf']);
    expect(secrets(stack)).toEqual([arn]);
  });

  test('a secret with a key of its own is read with that key, before the run begins', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    const { role } = compile(stack, {
      artifacts: { bucket: bucketOf(stack) },
      source: source(stack, (scope) => secretsmanager.Secret.fromSecretAttributes(scope, 'Token', { secretCompleteArn: complete, encryptionKey })),
    });
    expect(allowed(stack, 'TaskRole').filter(({ Action }) => JSON.stringify(Action).includes('kms:'))).toEqual([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: encryptionKey.keyArn }]);
    const [policy, ...more] = ofType(stack, 'AWS::IAM::Policy').filter(([, { Properties }]) => JSON.stringify(Properties.Roles) === JSON.stringify([stack.resolve(role.roleName)]));
    expect(more).toEqual([]);
    expect(madeBefore(stack, idOf(stack, 'Custom::NeuronCompilation')).has(policy[0])).toBe(true);
    expect(secrets(stack)).toEqual([complete]);
  });

  test('is in no template', () => {
    const { stack } = compiled((scope) => ({ source: source(scope, byName, 'hf') }));
    expect(JSON.stringify(templateOf(stack)).includes('resolve:')).toBe(false);
    expect(argument(inBucket().stack, 'token-secret')).toEqual([]);
  });
});

describe('the other roles', () => {
  test('the state machine makes, describes and marks what has its key, and passes one role to SageMaker', () => {
    const { stack, compilation } = inBucket();
    const jobs = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:processing-job/neuron-${compilation.key.slice(0, 16)}-*`;
    const arnOf = (name: string) => `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${idOf(stack, 'AWS::Lambda::Function', name)}`;
    const statements = allowed(stack, 'StateMachineRole');
    expect(statements).toHaveLength(7);
    expect(statements).toEqual(expect.arrayContaining([
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arnOf('Signal') },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arnOf('Record') },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': `neuron/${compilation.key}/*` } } },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::artifacts/neuron/${compilation.key}/complete.json` },
      { Effect: 'Allow', Action: 'sagemaker:DescribeProcessingJob', Resource: jobs },
      { Effect: 'Allow', Action: ['sagemaker:CreateProcessingJob', 'sagemaker:AddTags'], Resource: jobs },
      { Effect: 'Allow', Action: 'iam:PassRole', Resource: `arn:aws:iam::${ACCOUNT}:role/${idOf(stack, 'AWS::IAM::Role', 'TaskRole')}`, Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } },
    ]));
  });

  test('the state machine is run by Step Functions, for this account', () => {
    const { stack } = inBucket();
    expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'StateMachineRole')].Properties!.AssumeRolePolicyDocument.Statement)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } },
    ]);
  });

  const logs = (stack: Stack, name: string) => ({
    Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${idOf(stack, 'AWS::Logs::LogGroup', `${name}Logs`)}:*`,
  });

  test.each([['ProcessingJobs', CompilationJob.onCpu()], ['TrainingJobs', CompilationJob.onTrainium()]])('the function that records reads the log of the jobs of the key: %s', (kind, job) => {
    const { stack, compilation } = inBucket({ job });
    const group = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/sagemaker/${kind}`;
    expect(allowed(stack, 'RecordRole')).toEqual([
      logs(stack, 'Record'), { Effect: 'Allow', Action: 'logs:DescribeLogStreams', Resource: [group, `${group}:log-stream:`] },
      { Effect: 'Allow', Action: 'logs:GetLogEvents', Resource: `${group}:log-stream:neuron-${compilation.key.slice(0, 16)}-*` },
    ]);
    expect(allowed(stack, 'SignalRole')).toEqual([logs(stack, 'Signal')]);
  });

  test('the function that starts and stops reaches the jobs of every key, and stops those of its compilation', () => {
    const { stack, compilation } = inBucket();
    const machine = idOf(stack, 'AWS::StepFunctions::StateMachine');
    const jobs = ['processing', 'training'].map((kind) => `arn:aws:sagemaker:us-east-1:${ACCOUNT}:${kind}-job/neuron-*`);
    expect(allowed(stack, 'StartRole')).toEqual([
      logs(stack, 'Start'),
      { Effect: 'Allow', Action: 'states:StartExecution', Resource: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${machine}` },
      { Effect: 'Allow', Action: 'states:StopExecution', Resource: `arn:aws:states:us-east-1:${ACCOUNT}:execution:${machine}:*` },
      { Effect: 'Allow', Action: ['sagemaker:DescribeProcessingJob', 'sagemaker:DescribeTrainingJob'], Resource: jobs },
      {
        Effect: 'Allow',
        Action: ['sagemaker:StopProcessingJob', 'sagemaker:StopTrainingJob'],
        Resource: jobs,
        Condition: { StringEquals: { 'aws:ResourceTag/cdk-accelerators:compilation': compilation._task._name } },
      },
    ]);
  });
});

test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>]>([
  ['an encoder', () => ({})],
  ['a language model', () => DECODER],
  ['with keys', (stack) => ({ artifacts: { encryptionKey: new kms.Key(stack, 'Key') } })],
  ['with a source in S3', () => SPELLED_OUT],
])('"*" stands where IAM knows no resource, and nowhere else: %s', (_, props) => {
  const { stack } = compiled(props);
  const wide = everythingAllowed(stack).filter(({ Resource }) => [Resource].flat().includes('*')).map(({ Action }) => Action);
  expect(wide).toEqual(['ecr:GetAuthorizationToken']);
  expect(everythingAllowed(stack).flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  expect(ofType(stack, 'AWS::IAM::Role').filter(([, { Properties }]) => Properties.ManagedPolicyArns !== undefined)).toEqual([]);
});
