import { Size, type Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as efs from 'aws-cdk-lib/aws-efs';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ACCOUNT, allowed, bucketOf, config, ENV, everythingAllowed, filled, idOf, newStack, ofType, P4D, request, script, templateOf, train, trained, TRN1, vpcOf } from './support';
import { AcceleratorInstance, AcceleratorKind, ServingImage, TrainingCode, TrainingImage, TrainingInput, TrainingTask, type TrainingJobProps } from '../../src';

const NAME = 'Stack-Train-3B520A86';
const PREFIX = 'stack-train-3b520a86';
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`;
const ASSETS = `cdk-hnb659fds-assets-${ACCOUNT}-us-east-1`;
const LOG_GROUP = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs`;
const Allow = { Effect: 'Allow' };

const archiveKey = (stack: Stack): string => config(stack).code!.from.key;
const LOGS = { ...Allow, Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], Resource: [LOG_GROUP, `${LOG_GROUP}:log-stream:`, `${LOG_GROUP}:log-stream:${PREFIX}-*`] };
const METRICS = { ...Allow, Action: 'cloudwatch:PutMetricData', Resource: '*', Condition: { StringEquals: { 'cloudwatch:namespace': '/aws/sagemaker/TrainingJobs' } } };
const PULL = (repository: string) => ({ ...Allow, Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], Resource: `arn:aws:ecr:us-east-1:763104351884:repository/${repository}` });
const LOGIN = { ...Allow, Action: 'ecr:GetAuthorizationToken', Resource: '*' };
const CODE = (bucket = 'models', folder = 'models-code/') => [
  { ...Allow, Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/${folder}*` },
  { ...Allow, Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}`, Condition: { StringLike: { 's3:prefix': `${folder}*` } } },
];
const PUT = (bucket: string, folder: string) => [
  { ...Allow, Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${bucket}/${folder}*` },
  { ...Allow, Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}`, Condition: { StringLike: { 's3:prefix': `${folder}*` } } },
];
/** The archive of one script, read where a deploy puts it and kept beside the models. */
const COPY = (key: string, bucket = 'models', folder = 'models-code/') => [
  { ...Allow, Action: 's3:GetObject', Resource: `arn:aws:s3:::${ASSETS}/${key}` },
  { ...Allow, Action: 's3:ListBucket', Resource: `arn:aws:s3:::${ASSETS}`, Condition: { StringEquals: { 's3:prefix': key } } },
  ...PUT(bucket, folder),
];
const WRITE = (bucket: string, folder: string) => ({ ...Allow, Action: ['s3:PutObject', 's3:AbortMultipartUpload'], Resource: `arn:aws:s3:::${bucket}/${folder}*` });
const SYNC = (bucket: string, folder: string) => [
  { ...Allow, Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], Resource: `arn:aws:s3:::${bucket}/${folder}*` },
  { ...Allow, Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}`, Condition: { StringLike: { 's3:prefix': [folder.slice(0, -1), `${folder}*`] } } },
];
const of = (service: string, props: Partial<TrainingJobProps> | ((stack: Stack) => Partial<TrainingJobProps>), role = 'TrainRole') =>
  allowed(trained(props).stack, role).filter(({ Action }) => JSON.stringify(Action).includes(`"${service}:`));

describe('the role of the jobs', () => {
  test('of Trainium: logs, metrics, image, script, model, compile cache', () => {
    const { stack } = trained();
    expect(allowed(stack, 'TrainRole')).toEqual([LOGS, METRICS, PULL('pytorch-training-neuronx'), LOGIN, ...CODE(), WRITE('models', 'models/'), ...SYNC('models', 'neuron-cache/')]);
    expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'TrainRole')].Properties)).toMatchObject({
      Description: 'Trains a model in SageMaker training jobs',
      AssumeRolePolicyDocument: { Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }] },
    });
  });

  test('of GPUs with code in the image: nothing that is not needed', () => {
    const { stack } = trained({ rungs: [P4D], code: TrainingCode.inImage() });
    expect(allowed(stack, 'TrainRole')).toEqual([LOGS, METRICS, PULL('pytorch'), LOGIN, WRITE('models', 'models/')]);
  });

  test('of both: each image once', () => {
    expect(of('ecr', { rungs: [TRN1, P4D, { ...P4D, name: 'more', instanceCount: 2 }] })).toEqual([PULL('pytorch-training-neuronx'), LOGIN, PULL('pytorch')]);
  });

  test('an image of the user', () => {
    const image = (stack: Stack) => TrainingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, 'Repository', 'own/image'), { kind: AcceleratorKind.GPU, tag: '1' });
    expect(of('ecr', (stack) => ({ rungs: [{ ...P4D, image: image(stack) }] }))).toEqual([
      { ...Allow, Action: ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'], Resource: `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/own/image` }, LOGIN,
    ]);
  });

  test('checkpoints and graphs, in places of their own', () => {
    expect(of('s3', (stack) => ({ code: TrainingCode.inImage(), output: { bucket: bucketOf(stack), prefix: 'm' }, checkpoints: { bucket: bucketOf(stack, 'state'), prefix: 'x/y/' }, compileCache: { bucket: bucketOf(stack, 'graphs') } }))).toEqual([
      WRITE('models', 'm/'), ...SYNC('state', 'x/y/'), ...SYNC('graphs', 'neuron-cache/'),
    ]);
  });

  test('without a network there is no compile cache', () => {
    expect(of('s3', { code: TrainingCode.inImage(), networkIsolation: true })).toEqual([WRITE('models', 'models/')]);
  });

  test('inputs: what is below their prefix, and a key', () => {
    expect(of('s3', (stack) => ({ rungs: [P4D], code: TrainingCode.inImage(), inputs: { train: TrainingInput.s3(bucketOf(stack, 'data'), 'train/') } }))).toEqual([
      { ...Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/train/*' },
      { ...Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::data', Condition: { StringLike: { 's3:prefix': ['train/', 'train/*'] } } },
      WRITE('models', 'models/'),
    ]);
    expect(of('kms', (stack) => ({ inputs: { train: TrainingInput.s3(bucketOf(stack, 'data'), 'train/', { decryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) }) } }))).toEqual([{ ...Allow, Action: 'kms:Decrypt', Resource: KEY }]);
  });

  test('a file system of EFS', () => {
    const file = (stack: Stack) => efs.FileSystem.fromFileSystemAttributes(stack, 'Efs', { fileSystemId: 'fs-0123456789abcdef0', securityGroup: ec2.SecurityGroup.fromSecurityGroupId(stack, 'Files', 'sg-files') });
    expect(of('elasticfilesystem', (stack) => ({ vpc: vpcOf(stack), inputs: { train: TrainingInput.efs(file(stack), '/data', { readOnly: false }) } }))).toEqual([
      { ...Allow, Action: ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'], Resource: `arn:aws:elasticfilesystem:us-east-1:${ACCOUNT}:file-system/fs-0123456789abcdef0` },
    ]);
  });

  test('keys: of what is written once, of the volumes to grant', () => {
    const key = (stack: Stack, id: string) => kms.Key.fromKeyArn(stack, id, `${KEY}${id}`);
    expect(of('kms', (stack) => {
      const bucket = s3.Bucket.fromBucketAttributes(stack, 'Encrypted', { bucketName: 'encrypted', encryptionKey: key(stack, 'bucket') });
      return { rungs: [{ ...P4D, instanceType: AcceleratorInstance.P3_16XLARGE, volumeSize: Size.gibibytes(1), volumeEncryptionKey: key(stack, 'volume') }], output: { bucket }, checkpoints: {} };
    })).toEqual([
      { ...Allow, Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], Resource: `${KEY}bucket` },
      { ...Allow, Action: ['kms:CreateGrant', 'kms:DescribeKey'], Resource: `${KEY}volume` },
    ]);
    expect(of('kms', {})).toEqual([]);
  });

  test('keys: of the models, and of the bucket that the script is in, which may be others', () => {
    const key = (stack: Stack, id: string) => kms.Key.fromKeyArn(stack, id, `${KEY}${id}`);
    const both = (code: TrainingCode) => (stack: Stack): Partial<TrainingJobProps> => ({
      code, rungs: [P4D], output: { bucket: s3.Bucket.fromBucketAttributes(stack, 'Encrypted', { bucketName: 'encrypted', encryptionKey: key(stack, 'bucket') }), encryptionKey: key(stack, 'models') },
    });
    const write = { ...Allow, Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'] };
    expect(of('kms', both(script()))).toEqual([{ ...write, Resource: [`${KEY}models`, `${KEY}bucket`] }]);
    expect(of('kms', both(TrainingCode.inImage()))).toEqual([{ ...write, Resource: `${KEY}models` }]);
    // What copies the script writes with the key of the bucket.
    expect(of('kms', both(script()), 'RunnerRole')).toEqual([{ ...write, Resource: `${KEY}bucket` }]);
    expect(of('kms', both(TrainingCode.inImage()), 'RunnerRole')).toEqual([]);
  });

  test('the script is read where it is kept, and not among the assets', () => {
    expect(of('s3', (stack) => ({ rungs: [P4D], output: { bucket: bucketOf(stack, 'other'), prefix: 'a/b' } }))).toEqual([...CODE('other', 'a/b-code/'), WRITE('other', 'a/b/')]);
  });

  test('images are pulled once, however often they are made', () => {
    const image = (stack: Stack, id: string, name = 'own/image') => TrainingImage.fromEcrRepository(ecr.Repository.fromRepositoryName(stack, id, name), { kind: AcceleratorKind.GPU, tag: '1' });
    const pulls = (name?: string) => of('ecr', (stack) => ({ rungs: [{ ...P4D, image: image(stack, 'One') }, { ...P4D, name: 'two', image: image(stack, 'Two', name) }] })).filter(({ Action }) => Array.isArray(Action)).map(({ Resource }) => Resource);
    expect(pulls()).toEqual([`arn:aws:ecr:us-east-1:${ACCOUNT}:repository/own/image`]);
    expect(pulls('other')).toEqual(['own/image', 'other'].map((name) => `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/${name}`));
    // Of one tag in several objects of this library.
    expect(of('ecr', { rungs: [P4D, { ...P4D, name: 'two', image: TrainingImage.of(P4D.image.repository, P4D.image.tag!) }] })).toEqual([PULL('pytorch'), LOGIN]);
  });

  test('the interfaces of a VPC, in its subnets and groups only', () => {
    const arn = (resource: string) => `arn:aws:ec2:us-east-1:${ACCOUNT}:${resource}`;
    expect(of('ec2', (stack) => ({ vpc: vpcOf(stack, 2), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-mine')] }))).toEqual([
      { ...Allow, Action: 'ec2:CreateNetworkInterface', Resource: [arn('network-interface/*'), arn('subnet/subnet-0'), arn('subnet/subnet-1'), arn('security-group/sg-mine')] },
      { ...Allow, Action: ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface', 'ec2:DeleteNetworkInterfacePermission'], Resource: arn('network-interface/*') },
      { ...Allow, Action: ['ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'], Resource: '*' },
    ]);
  });

  test('a shell, only for who wants one', () => {
    expect(of('ssmmessages', {})).toEqual([]);
    expect(of('ssmmessages', { diagnostics: { remoteDebug: true } })).toEqual([
      { ...Allow, Action: ['ssmmessages:CreateControlChannel', 'ssmmessages:CreateDataChannel', 'ssmmessages:OpenControlChannel', 'ssmmessages:OpenDataChannel'], Resource: '*' },
    ]);
  });

  test('of the user gets the same beside it, and says no if it wants', () => {
    const given = (mutable: boolean) => {
      const stack = newStack();
      const role = iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`, { mutable });
      const { training } = trained({ role }, stack);
      const policies = ofType(stack, 'AWS::IAM::Policy').filter(([, { Properties }]) => JSON.stringify(Properties.Roles) === '["mine"]');
      expect(training.role).toBe(role);
      expect(training.grantPrincipal).toBe(role.grantPrincipal);
      expect(request(stack).RoleArn).toBe(`arn:aws:iam::${ENV.account}:role/mine`);
      expect(ofType(stack, 'AWS::IAM::Role').filter(([id]) => id.startsWith('TrainRole'))).toEqual([]);
      return [stack, filled(stack, policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement))];
    };
    const [, statements] = given(true);
    expect(statements).toEqual([LOGS, METRICS, PULL('pytorch-training-neuronx'), LOGIN, ...CODE(), WRITE('models', 'models/'), ...SYNC('models', 'neuron-cache/')]);
    expect(given(false)[1]).toEqual([]);
  });
});

const JOBS = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-job/${PREFIX}-*`;
const OWN_LOGS = (id: string) => ({ ...Allow, Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:${id}:*` });
const BUS = {
  ...Allow, Action: 'events:PutEvents', Resource: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`, Condition: { 'ForAllValues:StringEquals': { 'events:source': ['cdk-accelerators.training'] }, 'Null': { 'events:source': 'false' } },
};

describe('the role of the function that runs a training', () => {
  const base = (stack: Stack) => [
    OWN_LOGS(idOf(stack, 'AWS::Logs::LogGroup', 'RunnerLogs')),
    { ...Allow, Action: ['sagemaker:AddTags', 'sagemaker:CreateTrainingJob', 'sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'], Resource: JOBS },
    { ...Allow, Action: 'iam:PassRole', Resource: `arn:aws:iam::${ACCOUNT}:role/${idOf(stack, 'AWS::IAM::Role', 'TrainRole')}`, Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } } },
    { ...Allow, Action: 'states:DescribeExecution', Resource: `arn:aws:states:us-east-1:${ACCOUNT}:execution:${NAME}:*` },
  ];
  const LIST = { ...Allow, Action: 'states:ListExecutions', Resource: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:${NAME}` };
  const READ_LOGS = [
    { ...Allow, Action: 'logs:DescribeLogStreams', Resource: [LOG_GROUP, `${LOG_GROUP}:log-stream:`] },
    { ...Allow, Action: 'logs:GetLogEvents', Resource: `${LOG_GROUP}:log-stream:${PREFIX}-*` },
  ];

  test('makes, describes and stops jobs of its prefix, and passes one role to SageMaker', () => {
    const { stack } = trained();
    expect(allowed(stack, 'RunnerRole')).toEqual([...base(stack), LIST, ...READ_LOGS, BUS, ...COPY(archiveKey(stack))]);
  });

  test('does not look for others where runs may overlap', () => {
    const { stack } = trained({ allowOverlap: true });
    expect(allowed(stack, 'RunnerRole')).toEqual([...base(stack), ...READ_LOGS, BUS, ...COPY(archiveKey(stack))]);
  });

  test('marks a filled compile cache, with the key of its bucket', () => {
    const { stack } = trained((scope) => ({
      rungs: [{ ...TRN1, precompile: {} }],
      compileCache: { bucket: s3.Bucket.fromBucketAttributes(scope, 'Cache', { bucketName: 'cache', encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY) }), prefix: 'graphs' },
    }));
    expect(allowed(stack, 'RunnerRole').slice(-8)).toEqual([
      BUS,
      ...PUT('cache', 'graphs-filled/'),
      ...COPY(archiveKey(stack)),
      { ...Allow, Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], Resource: KEY },
    ]);
  });

  test('registers in one group', () => {
    const { stack } = trained({ registration: { groupName: 'models', image: ServingImage.HF_INFERENCE_2_6_GPU } });
    expect(allowed(stack, 'RunnerRole').filter(({ Action }) => JSON.stringify(Action).includes('ModelPackage'))).toEqual([{
      ...Allow, Action: 'sagemaker:CreateModelPackage', Resource: [`arn:aws:sagemaker:us-east-1:${ACCOUNT}:model-package-group/models`, `arn:aws:sagemaker:us-east-1:${ACCOUNT}:model-package/models/*`],
    }]);
  });

  test('tells a bus of the user', () => {
    const { stack } = trained((scope) => ({ eventBus: events.EventBus.fromEventBusArn(scope, 'Bus', `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/mine`) }));
    for (const role of ['RunnerRole', 'StopRole']) {
      expect(allowed(stack, role).filter(({ Action }) => JSON.stringify(Action).includes('events:'))).toEqual([{ ...BUS, Resource: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/mine` }]);
    }
  });

  test('uses the plans of its rungs, each once', () => {
    const plan = (name: string) => `arn:aws:sagemaker:us-east-1:${ACCOUNT}:training-plan/${name}`;
    const { stack } = trained({ rungs: [{ ...P4D, trainingPlanArn: plan('a') }, { ...P4D, name: 'two', trainingPlanArn: plan('a') }, { ...TRN1, trainingPlanArn: plan('b') }, { ...P4D, name: 'four' }] });
    expect(allowed(stack, 'RunnerRole').filter(({ Resource }) => JSON.stringify(Resource).includes('training-plan'))).toEqual([
      { ...Allow, Action: 'sagemaker:CreateTrainingJob', Resource: [plan('a'), plan('b'), `arn:aws:sagemaker:us-east-1:${ACCOUNT}:reserved-capacity/*`] },
    ]);
  });

  test('names jobs and groups in lower case, as SageMaker does in its ARNs, and logs as they are', () => {
    const { stack } = trained({ jobNamePrefix: 'My-Jobs', registration: { groupName: 'My-Models', image: ServingImage.HF_INFERENCE_2_6_GPU } });
    const text = JSON.stringify(['TrainRole', 'RunnerRole', 'StopRole'].map((role) => allowed(stack, role)));
    expect([':training-job/my-jobs-*', ':model-package-group/my-models', ':model-package/my-models/*', ':log-stream:My-Jobs-*'].map((part) => text.includes(part))).toEqual([true, true, true, true]);
    expect([text.includes('training-job/My'), text.includes('log-stream:my')]).toEqual([false, false]);
  });

  test('in a state machine of the user it asks for executions of any', () => {
    const stack = newStack();
    new TrainingTask(stack, 'Task', { code: TrainingCode.inImage(), rungs: [P4D], output: { bucket: bucketOf(stack) } });
    expect(allowed(stack, 'RunnerRole').filter(({ Action }) => JSON.stringify(Action).includes('states:'))).toEqual([
      { ...Allow, Action: 'states:DescribeExecution', Resource: `arn:aws:states:us-east-1:${ACCOUNT}:execution:*:*` },
    ]);
  });
});

describe('the other roles', () => {
  test('what stops what is left', () => {
    const { stack } = trained();
    const SEND = { ...Allow, Action: 'sqs:SendMessage', Resource: `arn:aws:sqs:us-east-1:${ACCOUNT}:${idOf(stack, 'AWS::SQS::Queue', 'NotStopped')}` };
    expect(allowed(stack, 'StopRole')).toEqual([
      OWN_LOGS(idOf(stack, 'AWS::Logs::LogGroup', 'StopLogs')),
      // Whether the execution was redriven meanwhile.
      { ...Allow, Action: 'states:DescribeExecution', Resource: expect.stringMatching(/:execution:Stack-Train-\w+:\*$/) },
      { ...Allow, Action: 'sagemaker:ListTrainingJobs', Resource: '*' },
      { ...Allow, Action: ['sagemaker:DescribeTrainingJob', 'sagemaker:StopTrainingJob'], Resource: JOBS },
      BUS,
      SEND,
    ]);
  });

  test('the state machine calls its function, and is of this account', () => {
    const { stack } = trained();
    expect(allowed(stack, 'StateMachineRole')).toEqual([{ ...Allow, Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${idOf(stack, 'AWS::Lambda::Function', 'Runner')}` }]);
    expect(filled(stack, templateOf(stack).Resources[idOf(stack, 'AWS::IAM::Role', 'StateMachineRole')].Properties!.AssumeRolePolicyDocument.Statement)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } },
    ]);
  });

  test('nothing is allowed everywhere but what knows no resources', () => {
    const { stack, training } = trained((scope) => ({
      rungs: [{ ...TRN1, precompile: {} }, P4D],
      checkpoints: {},
      vpc: vpcOf(scope),
      inputs: { train: TrainingInput.s3(bucketOf(scope, 'data'), 'train/') },
      diagnostics: { remoteDebug: true },
      registration: { groupName: 'g', image: ServingImage.HF_INFERENCE_2_6_GPU },
    }));
    training.addTrigger('Data', { eventPattern: { source: ['aws.s3'] } });
    const wide = everythingAllowed(stack).filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => Action);
    expect([...new Set(wide)].sort()).toEqual([
      'cloudwatch:PutMetricData', 'ec2:DescribeDhcpOptions', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs', 'ecr:GetAuthorizationToken', 'sagemaker:ListTrainingJobs',
      'ssmmessages:CreateControlChannel', 'ssmmessages:CreateDataChannel', 'ssmmessages:OpenControlChannel', 'ssmmessages:OpenDataChannel',
    ]);
    expect(everythingAllowed(stack).flatMap(({ Action }) => Action).filter((one: string) => one.includes('*'))).toEqual([]);
  });
});

describe('grants', () => {
  const user = (stack: Stack) => new iam.Role(stack, 'User', { assumedBy: new iam.AccountRootPrincipal() });

  test('to read the models, and nothing else of the bucket', () => {
    const stack = newStack();
    const training = train(stack, { output: { bucket: bucketOf(stack), prefix: 'm', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY) } });
    training.grantReadModels(user(stack));
    expect(allowed(stack, 'User')).toEqual([
      { ...Allow, Action: 'kms:Decrypt', Resource: KEY },
      { ...Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::models/m/*' },
      { ...Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::models', Condition: { StringLike: { 's3:prefix': 'm/*' } } },
    ]);
  });

  test('to start a run', () => {
    const { stack, training } = trained();
    training.grantStart(user(stack));
    expect(allowed(stack, 'User')).toEqual([{ ...Allow, Action: 'states:StartExecution', Resource: filled(stack, { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') }) }]);
  });

  test('to the jobs', () => {
    const { stack, training } = trained();
    s3.Bucket.fromBucketName(stack, 'Extra', 'extra').grantRead(training, 'x/*');
    expect(allowed(stack, 'TrainRole').at(-1)).toEqual({ ...Allow, Action: ['s3:GetObject*', 's3:GetBucket*', 's3:List*'], Resource: ['arn:aws:s3:::extra', 'arn:aws:s3:::extra/x/*'] });
  });

  test('a task grants the same', () => {
    const stack = newStack();
    new TrainingTask(stack, 'Train', { code: TrainingCode.inImage(), rungs: [P4D], output: { bucket: bucketOf(stack) } }).grantReadModels(user(stack));
    expect(allowed(stack, 'User')).toEqual([
      { ...Allow, Action: 's3:GetObject', Resource: 'arn:aws:s3:::models/models/*' },
      { ...Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::models', Condition: { StringLike: { 's3:prefix': 'models/*' } } },
    ]);
  });
});
