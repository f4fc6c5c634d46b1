import { createHash } from 'node:crypto';
import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { bucketOf, compile, compiled, DECODER, definition, ENCODER, ENV, filled, idOf, madeBefore, newStack, ofType, templateOf, vpcOf } from './support';
import { CompilationJob, CompilationShapes, InstanceUse, ModelCheck, ModelSource, NeuronCompilation, ProcessingInstance, type NeuronCompilationProps } from '../../src';

const HANDLE = 'AWS::CloudFormation::WaitConditionHandle';
const STARTED = 'Custom::NeuronCompilation';
const DONE = 'AWS::CloudFormation::WaitCondition';
const BUCKET = 'AWS::S3::Bucket';

/** Types of the resources of a stack, and how many of each. */
function counted(stack: Stack): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { Type } of Object.values(templateOf(stack).Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}

describe('what is made', () => {
  const FUNCTIONS = { 'AWS::Lambda::Function': 3, 'AWS::Logs::LogGroup': 3 };
  const RUN = { [HANDLE]: 1, [STARTED]: 1, [DONE]: 1, 'AWS::Events::Rule': 1, 'AWS::Lambda::Permission': 1 };

  test('for an encoder with every default', () => {
    expect(counted(compiled().stack)).toEqual({
      ...FUNCTIONS, ...RUN, [BUCKET]: 1, 'AWS::S3::BucketPolicy': 1, 'AWS::IAM::Role': 5, 'AWS::IAM::Policy': 1, 'AWS::StepFunctions::StateMachine': 1,
    });
  });

  test('with bucket and role of the user', () => {
    const { stack } = compiled((scope) => ({
      artifacts: { bucket: bucketOf(scope) }, role: iam.Role.fromRoleArn(scope, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`),
    }));
    expect(counted(stack)).toEqual({ ...FUNCTIONS, ...RUN, 'AWS::IAM::Role': 4, 'AWS::IAM::Policy': 2, 'AWS::StepFunctions::StateMachine': 1 });
  });

  test('in a VPC, with a security group of its own', () => {
    const { stack } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) }, network: { vpc: vpcOf(scope) } }));
    expect(ofType(stack, 'AWS::EC2::SecurityGroup').map(([, { Properties }]) => Properties)).toEqual([{
      GroupDescription: 'The compile job: nothing in, everything out',
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', Description: 'Allow all outbound traffic by default', IpProtocol: '-1' }],
      VpcId: 'vpc-0a1b2c3d',
    }]);
  });

  test('two compilations share nothing but what is given to both', () => {
    const stack = newStack();
    const bucket = bucketOf(stack);
    compile(stack, { artifacts: { bucket } }, 'One');
    compile(stack, { ...DECODER, artifacts: { bucket } }, 'Two');
    expect(counted(stack)).toEqual({ 'AWS::Lambda::Function': 6, 'AWS::Logs::LogGroup': 6, [HANDLE]: 2, [STARTED]: 2, [DONE]: 2, 'AWS::Events::Rule': 2, 'AWS::Lambda::Permission': 2, 'AWS::IAM::Role': 10, 'AWS::IAM::Policy': 2, 'AWS::StepFunctions::StateMachine': 2 });
  });
});

describe('the bucket', () => {
  test('is private, encrypted, TLS only and stays', () => {
    const { stack, compilation } = compiled();
    const [[id, bucket]] = ofType(stack, BUCKET);
    expect(bucket).toEqual({
      Type: BUCKET,
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' }] },
      },
    });
    const [[, policy]] = ofType(stack, 'AWS::S3::BucketPolicy');
    const arn = { 'Fn::GetAtt': [id, 'Arn'] };
    expect(policy.Properties).toEqual({
      Bucket: { Ref: id },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny', Principal: { AWS: '*' }, Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }] }],
      },
    });
    expect(stack.resolve(compilation.artifactUri)).toEqual({ 'Fn::Join': ['', ['s3://', { Ref: id }, `/neuron/${compilation.key}/`]] });
    expect(stack.resolve(compilation.modelUri)).toEqual({ 'Fn::Join': ['', ['s3://', { Ref: id }, `/neuron/${compilation.key}/model.tar.gz`]] });
  });

  test('is encrypted with a key that is given', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    compile(stack, { artifacts: { encryptionKey: key } });
    const [[, bucket]] = ofType(stack, BUCKET);
    expect(bucket.Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [{
        BucketKeyEnabled: true, ServerSideEncryptionByDefault: { KMSMasterKeyID: { 'Fn::GetAtt': [idOf(stack, 'AWS::KMS::Key'), 'Arn'] }, SSEAlgorithm: 'aws:kms' },
      }],
    });
  });

  test('of the user is used as it is, in a folder of the user', () => {
    const { compilation } = compiled((stack) => ({ artifacts: { bucket: bucketOf(stack), prefix: 'models/neuron/' } }));
    expect(compilation.artifactUri).toBe(`s3://artifacts/models/neuron/${compilation.key}/`);
    expect(compilation.modelUri).toBe(`s3://artifacts/models/neuron/${compilation.key}/model.tar.gz`);
  });

  test('holds files of a language model as they are', () => {
    const { compilation } = compiled((stack) => ({ ...DECODER, artifacts: { bucket: bucketOf(stack) } }));
    expect(compilation.modelUri).toBe(`s3://artifacts/neuron/${compilation.key}/model/`);
  });
});

describe('start, wait and handle', () => {
  /** Logical ids of handle, custom resource and wait condition. */
  const ids = (stack: Stack) => [HANDLE, STARTED, DONE].map((type) => idOf(stack, type));

  test('the wait condition waits for the handle, and begins when the execution has been started', () => {
    const { stack, compilation } = compiled();
    const { Resources } = templateOf(stack);
    const [handle, started, done] = ids(stack);
    expect(Resources[handle]).toEqual({ Type: HANDLE });
    expect(Resources[done]).toEqual({ Type: DONE, DependsOn: [started], Properties: { Count: 1, Handle: { Ref: handle }, Timeout: '43200' } });
    expect(Resources[started]).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    expect(Resources[started].Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': [idOf(stack, 'AWS::Lambda::Function', 'Start'), 'Arn'] },
      ServiceTimeout: '300',
      Handle: { Ref: handle },
      StateMachineArn: { Ref: idOf(stack, 'AWS::StepFunctions::StateMachine') },
      JobKind: 'processing',
      JobPrefix: `neuron-${compilation.key.slice(0, 16)}`,
      ArtifactUri: { 'Fn::Join': ['', ['s3://', { Ref: idOf(stack, BUCKET) }, `/neuron/${compilation.key}/`]] },
    });
  });

  test.each<[string, Partial<NeuronCompilationProps>, string, number]>([
    ['as they are by default', {}, 'processing', 43_200],
    ['two hours of a training job', { job: CompilationJob.onTrainium(), timeout: Duration.hours(2) }, 'training', 7200],
  ])('key, and digits of address, kind of job and time to wait are in the ids: %s', (_, props, kind, seconds) => {
    const { stack, compilation } = compiled(props);
    const uri = { 'Fn::Join': ['', ['s3://', { Ref: idOf(stack, BUCKET) }, `/neuron/${compilation.key}/`]] };
    const what = createHash('sha256').update(JSON.stringify([uri, kind, seconds])).digest('hex').slice(0, 8);
    expect(ids(stack).map((id) => id.slice(0, -8))).toEqual(['Handle', 'Started', 'Done'].map((id) => `CompileRun${compilation.key}${what}${id}`));
  });

  test('the start waits for all that an execution needs', () => {
    const { stack } = compiled();
    const before = madeBefore(stack, ids(stack)[1]);
    const needed = ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'AWS::StepFunctions::StateMachine', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'AWS::Events::Rule', 'AWS::Lambda::Permission'];
    expect(needed.flatMap((type) => ofType(stack, type)).map(([id]) => id).filter((id) => !before.has(id))).toEqual([]);
  });

  test('rights beside a role of the user come before the start, too', () => {
    const { stack } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) }, role: iam.Role.fromRoleArn(scope, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`) }));
    const policies = ofType(stack, 'AWS::IAM::Policy').map(([id]) => id);
    expect(policies).toHaveLength(2);
    const before = madeBefore(stack, ids(stack)[1]);
    expect(policies.filter((id) => !before.has(id))).toEqual([]);
  });

  const original = () => compiled().stack;
  const change = (props: Partial<NeuronCompilationProps> | ((stack: Stack) => Partial<NeuronCompilationProps>)) => compiled(props).stack;

  test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>]>([
    ['shapes', () => ({ shapes: CompilationShapes.textEncoder({ batchSize: 8, sequenceLength: 128 }) })],
    ['source', () => ({ source: ModelSource.huggingFace('BAAI/bge-base-en-v1.5', { revision: 'b'.repeat(40) }) })],
    ['time to wait', () => ({ timeout: Duration.minutes(719) })],
    ['kind of job', () => ({ job: CompilationJob.onTrainium() })],
    // The same key somewhere else is not there yet: what serves it has to wait for it again.
    ['prefix', () => ({ artifacts: { prefix: 'elsewhere' } })],
    ['bucket', (stack) => ({ artifacts: { bucket: bucketOf(stack) } })],
  ])('another %s makes all three new', (_, props) => {
    const [before, after] = [ids(original()), ids(change(props))];
    expect(before.filter((id) => after.includes(id))).toEqual([]);
  });

  test.each<[string, (stack: Stack) => Partial<NeuronCompilationProps>]>([
    ['nothing', () => ({})],
    ['the volume', () => ({ job: CompilationJob.onCpu({ volumeSize: Size.gibibytes(500) }) })],
    ['the host', () => ({ job: CompilationJob.onCpu({ instanceType: ProcessingInstance.R5_4XLARGE }) })],
    ['the kind of job in other words', () => ({ job: CompilationJob.onCpu() })],
    ['the tries for capacity', () => ({ job: CompilationJob.onCpu({ capacityRetries: 0 }) })],
    ['the longest run', () => ({ maxRuntime: Duration.hours(3) })],
    ['the network', (stack) => ({ network: { vpc: vpcOf(stack) } })],
    ['the role', (stack) => ({ role: iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`) })],
    ['checks', () => ({ skipChecks: [ModelCheck.HOST_MEMORY] })],
    ['the time to wait in other words', () => ({ timeout: Duration.minutes(720) })],
  ])('%s changes none of them', (_, props) => {
    expect(ids(change(props))).toEqual(ids(original()));
  });

  test('nothing of it is in a state machine or a function: unchanged inputs leave no difference', () => {
    const [one, two] = [compiled().stack, compiled().stack];
    expect(templateOf(two)).toEqual(templateOf(one));
  });
});

describe('an execution that ends early', () => {
  test('is told to CloudFormation by a rule that knows this state machine only', () => {
    const { stack } = compiled();
    const machine = idOf(stack, 'AWS::StepFunctions::StateMachine');
    const signal = idOf(stack, 'AWS::Lambda::Function', 'Signal');
    const [[rule, { Properties }]] = ofType(stack, 'AWS::Events::Rule');
    expect(Properties).toEqual({
      Description: 'Tells CloudFormation of a Neuron compilation that ended without telling it',
      EventPattern: { 'source': ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'], 'detail': { stateMachineArn: [{ Ref: machine }], status: ['ABORTED', 'FAILED', 'TIMED_OUT'] } },
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': [signal, 'Arn'] }, Id: 'Target0', RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    expect(ofType(stack, 'AWS::Lambda::Permission').map(([, permission]) => permission.Properties)).toEqual([{
      Action: 'lambda:InvokeFunction', FunctionName: { 'Fn::GetAtt': [signal, 'Arn'] }, Principal: 'events.amazonaws.com', SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] },
    }]);
  });
});

describe('timeouts', () => {
  test('by default 12 hours, of which the state machine has all but one minute and the job all but ten', () => {
    const { stack } = compiled();
    expect(definition(stack).TimeoutSeconds).toBe(43_140);
    expect(JSON.stringify(definition(stack)).includes('"StoppingCondition":{"MaxRuntimeInSeconds":42600}')).toBe(true);
    expect((templateOf(stack).Resources[idOf(stack, DONE)].Properties as any).Timeout).toBe('43200');
  });

  test('a shorter wait shortens all three', () => {
    const { stack } = compiled({ timeout: Duration.minutes(15) });
    expect(definition(stack).TimeoutSeconds).toBe(840);
    expect(JSON.stringify(definition(stack)).includes('"StoppingCondition":{"MaxRuntimeInSeconds":300}')).toBe(true);
    expect((templateOf(stack).Resources[idOf(stack, DONE)].Properties as any).Timeout).toBe('900');
  });

  test('the run of a job by itself', () => {
    const { stack } = compiled({ maxRuntime: Duration.minutes(90) });
    expect(definition(stack).TimeoutSeconds).toBe(43_140);
    expect(JSON.stringify(definition(stack)).includes('"StoppingCondition":{"MaxRuntimeInSeconds":5400}')).toBe(true);
  });
});

describe('functions', () => {
  test('each has a log group of its own that goes with it, and the bundled handler', () => {
    const { stack } = compiled();
    for (const [name, description] of [['Record', 'Records how a Neuron compilation ended'], ['Signal', 'Signals the end of a Neuron compilation to CloudFormation'], ['Start', 'Starts and stops a Neuron compilation']]) {
      const logs = idOf(stack, 'AWS::Logs::LogGroup', `${name}Logs`);
      const role = idOf(stack, 'AWS::IAM::Role', `${name}Role`);
      const { Properties } = templateOf(stack).Resources[idOf(stack, 'AWS::Lambda::Function', name)];
      expect({ ...Properties, Code: undefined, Runtime: undefined }).toEqual({
        Description: description,
        Handler: 'index.handler',
        LoggingConfig: { LogGroup: { Ref: logs } },
        MemorySize: 256,
        Role: { 'Fn::GetAtt': [role, 'Arn'] },
        Timeout: 120,
        Code: undefined,
        Runtime: undefined,
      });
      expect(templateOf(stack).Resources[logs]).toEqual({ Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    }
  });
});

describe('outputs', () => {
  test('say where to watch it, and where its log is', () => {
    const { stack, compilation } = compiled();
    const outputs = filled<Record<string, { Value: string; Description: string }>>(stack, Template.fromStack(stack).toJSON().Outputs);
    const machine = `arn:aws:states:us-east-1:${ENV.account}:stateMachine:${idOf(stack, 'AWS::StepFunctions::StateMachine')}`;
    expect(Object.entries(outputs).map(([id, { Description, Value }]) => [id.slice(0, -8), Description, Value])).toEqual([
      ['CompileProgress', 'Executions of the Neuron compilation', `https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/statemachines/view/${machine}`],
      ['CompileLogs', 'Log of the compile job',
        `https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FProcessingJobs$3FlogStreamNameFilter$3Dneuron-${compilation.key.slice(0, 16)}`],
    ]);
    expect([stack.resolve(compilation.progressUrl), compilation.logsUrl]).toEqual(Object.values(Template.fromStack(stack).toJSON().Outputs).map(({ Value }: any) => Value));
  });

  test.each([['cn-north-1', 'cn-north-1.console.amazonaws.cn'], ['us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'], ['eu-west-1', 'eu-west-1.console.aws.amazon.com']])('in %s the console is %s', (region, host) => {
    const stack = newStack({ env: { account: ENV.account, region } });
    const { logsUrl } = compile(stack, { job: CompilationJob.onTrainium() });
    expect(logsUrl.split('/')[2]).toBe(host);
    expect(logsUrl.includes('$252Faws$252Fsagemaker$252FTrainingJobs')).toBe(true);
  });

  test('without a region they are put together at deploy time', () => {
    const stack = newStack({});
    expect(filled(stack, stack.resolve(compile(stack).progressUrl)).split('/')[2]).toBe('us-east-1.console.aws.amazon.com');
  });
});

test('what a compilation says of itself', () => {
  const { compilation } = compiled({ source: ModelSource.huggingFace('org/m', { revision: 'a'.repeat(40), profile: { parametersBillion: 0.1 } }) });
  expect(compilation).toMatchObject({
    description: `Hugging Face model org/m at ${'a'.repeat(40)} compiled for inf2`, profile: { parametersBillion: 0.1 }, bringsImage: false, jobKind: InstanceUse.PROCESSING, instanceType: 'ml.m5.2xlarge',
  });
  expect(compilation.compiled?.key).toBe(compilation.key);
  expect(compilation.key.split('').every((digit) => '0123456789abcdef'.includes(digit))).toBe(true);
  expect(compilation.key).toHaveLength(32);
});

test('an app may decide otherwise about what stays', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: ENV });
  const bucket = new s3.Bucket(stack, 'Mine', { removalPolicy: RemovalPolicy.DESTROY });
  new NeuronCompilation(stack, 'Compile', { ...ENCODER, artifacts: { bucket } });
  expect(ofType(stack, BUCKET).map(([, { DeletionPolicy }]) => DeletionPolicy)).toEqual(['Delete']);
});
