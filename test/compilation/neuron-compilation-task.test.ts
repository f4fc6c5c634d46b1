import { Duration, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { ACCOUNT, allowed, bucketOf, compile, compiled, definition, DECODER, ENCODER, ENV, filled, newStack, ofType, REVISION, state, thrownBy } from './support';
import { AcceleratorInstance, CompilationJob, InferenceEndpoint, InstanceUse, ModelSource, NeuronCompilationTask, ServedModel, type NeuronCompilationTaskProps } from '../../src';
import { statesOf, validateDefinition } from '../support/state-machine';

/** A state machine of the user's own, with the compilation in its middle. */
function pipeline(props: Partial<NeuronCompilationTaskProps> = {}, stack = newStack()): { stack: Stack; task: NeuronCompilationTask; machine: sfn.StateMachine } {
  const task = new NeuronCompilationTask(stack, 'Compile', { ...ENCODER, artifacts: { bucket: bucketOf(stack) }, ...props });
  const single = task.toSingleState({ resultPath: '$.compiled' });
  single.addCatch(new sfn.Pass(stack, 'Tell somebody'), { errors: ['NeuronCompilationFailed'], resultPath: '$.error' });
  const machine = new sfn.StateMachine(stack, 'Pipeline', {
    definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Before').next(single).next(new sfn.Pass(stack, 'After'))), timeout: Duration.hours(13),
  });
  return { stack, task, machine };
}

test('is a part of a state machine of the user', () => {
  const { stack } = pipeline();
  const one = definition(stack);
  expect(validateDefinition(one)).toEqual([]);
  expect(Object.keys(one.States)).toEqual(['Before', 'Compile', 'After', 'Tell somebody']);
  expect(one.States.Compile).toMatchObject({ Type: 'Parallel', ResultPath: '$.compiled', Next: 'After', Catch: [{ ErrorEquals: ['NeuronCompilationFailed'], ResultPath: '$.error', Next: 'Tell somebody' }] });
  expect(state(stack, 'Failed')).toMatchObject({ Type: 'Fail', Error: 'NeuronCompilationFailed', CausePath: '$.record.reason' });
});

test('makes no deploy wait: no handle, no custom resource, one function', () => {
  const { stack } = pipeline();
  const counts = ['AWS::CloudFormation::WaitCondition', 'AWS::CloudFormation::WaitConditionHandle', 'Custom::NeuronCompilation', 'AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine'].map((type) => ofType(stack, type).length);
  expect(counts).toEqual([0, 0, 0, 1, 1]);
});

test('its rights come to the role of that state machine', () => {
  const { stack, task } = pipeline();
  const jobs = `arn:aws:sagemaker:us-east-1:${ACCOUNT}:processing-job/neuron-${task.key.slice(0, 16)}-*`;
  const actions = allowed(stack, 'PipelineRole').map(({ Action, Resource }) => [Action, Resource]);
  expect(actions).toHaveLength(6);
  expect(actions).toEqual(expect.arrayContaining([
    ['sagemaker:DescribeProcessingJob', jobs], [['sagemaker:CreateProcessingJob', 'sagemaker:AddTags'], jobs], ['s3:PutObject', `arn:aws:s3:::artifacts/neuron/${task.key}/complete.json`],
  ]));
});

test('says what it makes', () => {
  const { task } = pipeline();
  expect(task.artifactUri).toBe(`s3://artifacts/neuron/${task.key}/`);
  expect(task.modelUri).toBe(`s3://artifacts/neuron/${task.key}/model.tar.gz`);
  expect([task.jobKind, task.instanceType, task.bucket.bucketName]).toEqual([InstanceUse.PROCESSING, 'ml.m5.2xlarge', 'artifacts']);
  expect([InstanceUse.PROCESSING, InstanceUse.TRAINING]).toEqual(['processing', 'training']);
  expect(task.compiled).toMatchObject({ key: task.key, target: 'inf2', batchSize: 4, sequenceLength: 128, tensorParallelDegree: 1 });
});

test('has the key and the address of a compilation of a deploy', () => {
  const stack = newStack();
  const one = compile(stack, { artifacts: { bucket: bucketOf(stack) } }, 'Deploy');
  const { task } = pipeline();
  expect([task.key, task.artifactUri]).toEqual([one.key, one.artifactUri]);
});

test('two in one state machine do not get into each other\'s way', () => {
  const stack = newStack();
  const [one, two] = [ENCODER, DECODER].map((spec, i) => new NeuronCompilationTask(stack, `Compile${i}`, { ...spec, artifacts: { bucket: bucketOf(stack) } }));
  new sfn.StateMachine(stack, 'Pipeline', {
    definitionBody: sfn.DefinitionBody.fromChainable(one.toSingleState({ resultPath: '$.one' }).next(two.toSingleState({ resultPath: '$.two' }))), timeout: Duration.hours(25),
  });
  const names = statesOf(definition(stack)).map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(validateDefinition(definition(stack))).toEqual([]);
  expect(names.filter((name) => name.endsWith('Create the job'))).toEqual(['Compile0: Create the job', 'Compile1: Create the job']);
});

test('without a state of its own around it, the states go on by themselves', () => {
  const stack = newStack();
  const task = new NeuronCompilationTask(stack, 'Compile', { ...ENCODER, artifacts: { bucket: bucketOf(stack) } });
  new sfn.StateMachine(stack, 'Pipeline', { definitionBody: sfn.DefinitionBody.fromChainable(sfn.Chain.start(task).next(new sfn.Succeed(stack, 'End'))), timeout: Duration.hours(12) });
  expect(validateDefinition(definition(stack))).toEqual([]);
  expect(definition(stack).States.Done).toMatchObject({ Next: 'End' });
});

describe('long jobs are looked at less often, so that their events fit an execution', () => {
  test.each<[Duration, number, number]>([
    [Duration.hours(15), 54_000, 35], [Duration.minutes(910), 54_600, 36], [Duration.days(5), 432_000, 280], [Duration.days(9), 777_600, 504],
  ])('%s', (maxRuntime, seconds, poll) => {
    const { stack } = pipeline({ maxRuntime });
    expect(state(stack, 'Wait for the job').Seconds).toBe(poll);
    expect((state(stack, 'Create the job').Parameters as any).StoppingCondition).toEqual({ MaxRuntimeInSeconds: seconds });
    // 25,000 events in the history of an execution (Step Functions quotas); a look is a wait, a task and a choice. A used name takes 18.
    expect(seconds / poll * 11 + 400 * 18).toBeLessThan(25_000);
  });

  test('by default a job runs for 11 hours and 50 minutes at most', () => {
    expect((state(pipeline().stack, 'Create the job').Parameters as any).StoppingCondition).toEqual({ MaxRuntimeInSeconds: 42_600 });
  });
});

test('the name in its metrics is a tag of its jobs', () => {
  const { stack, task } = pipeline();
  expect((state(stack, 'Create the job').Parameters as any).Tags).toEqual([{ Key: 'cdk-accelerators:compilation', Value: task._name }, { Key: 'cdk-accelerators:key', Value: task.key }]);
  expect(task._name.length).toBeLessThanOrEqual(128);
});

describe('tags of the app', () => {
  const tagsOf = (stack: Stack) => (state(stack, 'Create the job').Parameters as any).Tags;
  const own = (task: NeuronCompilationTask) => [{ Key: 'cdk-accelerators:compilation', Value: task._name }, { Key: 'cdk-accelerators:key', Value: task.key }];

  test.each<[string, Partial<NeuronCompilationTaskProps>]>([['processing', {}], ['training', { job: CompilationJob.onTrainium() }]])('are tags of its %s jobs, beside ours', (_, props) => {
    const { stack, task } = pipeline(props);
    Tags.of(stack).add('cost-center', 'x');
    expect(tagsOf(stack)).toEqual([{ Key: 'cost-center', Value: 'x' }, ...own(task)]);
  });

  test('are tags of the jobs of a deploy, too', () => {
    const { stack, compilation } = compiled();
    Tags.of(compilation).add('cost-center', 'x');
    expect(tagsOf(stack)).toEqual([{ Key: 'cost-center', Value: 'x' }, ...own(compilation._task)]);
  });

  test('do not take the place of ours', () => {
    const { stack, task } = pipeline();
    for (const { Key } of own(task)) Tags.of(stack).add(Key, 'x');
    Tags.of(stack).add('cost-center', 'x');
    const tags: { Key: string; Value: string }[] = tagsOf(stack);
    expect([...tags].sort((a, b) => a.Key < b.Key ? -1 : 1)).toEqual([...own(task), { Key: 'cost-center', Value: 'x' }]);
  });

  test('can be left out for the jobs alone', () => {
    const { stack, task } = pipeline();
    Tags.of(stack).add('cost-center', 'x', { excludeResourceTypes: ['SageMaker::CompileJob'] });
    expect(tagsOf(stack)).toEqual(own(task));
  });
});

describe('is a source of a model', () => {
  test('and says what it is', () => {
    const profile = { parametersBillion: 0.1 };
    const { task } = pipeline({ source: ModelSource.huggingFace('org/m', { revision: REVISION, profile }) });
    expect([task.description, task.profile, task.bringsImage]).toEqual([`Hugging Face model org/m at ${REVISION} compiled for inf2`, profile, false]);
    expect(task.compiled?.key).toBe(task.key);
  });

  test('that nothing waits for', () => {
    const { stack, task } = pipeline();
    const { policyStatements, ...config } = task.bind(stack, {});
    expect(config).toEqual({ archiveUrl: task.modelUri, decryptionKeys: [], contentId: task.key });
    expect(filled(stack, stack.resolve(policyStatements!.map((one) => one.toStatementJson())))).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::artifacts/neuron/${task.key}/model.tar.gz` },
    ]);
  });

  test('of files, encrypted', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', `arn:aws:kms:us-east-1:${ACCOUNT}:key/k`);
    const { task } = pipeline({ ...DECODER, artifacts: { bucket: bucketOf(stack), encryptionKey } }, stack);
    const { policyStatements, ...config } = task.bind(stack, {});
    expect(config).toEqual({ prefixUrl: `s3://artifacts/neuron/${task.key}/model/`, decryptionKeys: [encryptionKey], contentId: task.key });
    expect(filled(stack, stack.resolve(policyStatements!.map((one) => one.toStatementJson())))).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::artifacts/neuron/${task.key}/model/*` },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': `neuron/${task.key}/model/*` } } },
    ]);
  });

  test('and is served', () => {
    const { stack, task } = pipeline({ task: 'feature-extraction' });
    new InferenceEndpoint(stack, 'Endpoint').addVariant('inf2', { model: ServedModel.onNeuron(task), instanceType: AcceleratorInstance.INF2_XLARGE });
    const [[, { Properties, DependsOn }]] = ofType(stack, 'AWS::SageMaker::Model');
    expect(Properties.PrimaryContainer).toMatchObject({
      ModelDataUrl: task.modelUri, Environment: { HF_OPTIMUM_BATCH_SIZE: '4', HF_OPTIMUM_SEQUENCE_LENGTH: '128', HF_TASK: 'feature-extraction' },
    });
    expect(JSON.stringify(DependsOn ?? []).includes('Pipeline')).toBe(false);
  });

  test('and is not compiled again', () => {
    const { stack, task } = pipeline();
    expect(thrownBy(() => compile(stack, { source: task }, 'Again'))).toBe(
      `Stack/Again/Task: \`source\`: got ${task.description}; allowed: a model that is not compiled yet; fix: pass the source that was compiled`);
  });

  test('that may be read', () => {
    const { stack, task } = pipeline();
    expect(task.grantRead(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() })).success).toBe(true);
    expect(allowed(stack, 'Reader')).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::artifacts/neuron/${task.key}/*` },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts', Condition: { StringLike: { 's3:prefix': `neuron/${task.key}/*` } } },
    ]);
  });
});

test('has the metrics of its name', () => {
  const { task } = pipeline();
  const metrics = [task.metricDuration(), task.metricCompiled(), task.metricCacheHits(), task.metricFailures({ statistic: 'max' })];
  expect(metrics.map(({ namespace, metricName, statistic, dimensions, unit }) => [namespace, metricName, statistic, dimensions, unit])).toEqual([
    ['CdkAccelerators/NeuronCompilation', 'Duration', 'Average', { Compilation: task._name }, 'Seconds'],
    ['CdkAccelerators/NeuronCompilation', 'Compiled', 'Sum', { Compilation: task._name }, undefined],
    ['CdkAccelerators/NeuronCompilation', 'CacheHits', 'Sum', { Compilation: task._name }, undefined],
    ['CdkAccelerators/NeuronCompilation', 'Failures', 'Maximum', { Compilation: task._name }, undefined],
  ]);
});

test('a role of the user is passed on', () => {
  const stack = newStack();
  const role = iam.Role.fromRoleArn(stack, 'Mine', `arn:aws:iam::${ENV.account}:role/mine`);
  const { task } = pipeline({ role }, stack);
  expect(task.role).toBe(role);
  expect(allowed(stack, 'PipelineRole').find(({ Action }) => Action === 'iam:PassRole')?.Resource).toBe(`arn:aws:iam::${ENV.account}:role/mine`);
});
