import { Duration, Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { bucketOf, config, configOf, definition, newStack, P4D, REGION, ACCOUNT, script, stateOf, templateOf, trained, TRN1, valuesOf, idOf } from './support';
import { CompilationShapes, QuotaPolicy, ServingImage, TrainingCode, TrainingInput, TrainingPipeline, TrainingTask, type TrainingJobProps, type TrainingTaskProps } from '../../src';
import { MAX_CONFIG } from '../../src/training/core/job-checks';
import { definitionOf, statesOf, unsupported, validateDefinition, type Definition } from '../support/state-machine';

/** States that no other state leads to. */
function unreached(one: Definition): string[] {
  const reached = new Set<string>();
  const visit = (name: string | undefined) => {
    if (name === undefined || reached.has(name)) return;
    reached.add(name);
    const found: any = one.States[name];
    for (const next of [found.Next, found.Default, ...(found.Choices ?? []).map(({ Next }: any) => Next), ...(found.Catch ?? []).map(({ Next }: any) => Next)]) visit(next);
  };
  visit(one.StartAt);
  return Object.keys(one.States).filter((name) => !reached.has(name));
}

const KINDS: [string, (stack: Stack) => Partial<TrainingJobProps>][] = [
  ['with every default', () => ({})],
  ['with everything', (stack) => ({
    rungs: [{ ...TRN1, precompile: { hyperParameters: { steps: 10 } }, usdPerHour: 21.5 }, P4D],
    checkpoints: {},
    spot: true,
    inputs: { train: TrainingInput.s3(bucketOf(stack, 'data'), 'train/') },
    registration: { groupName: 'g', image: ServingImage.HF_INFERENCE_2_6_GPU, environment: { A: 'x' } },
    hyperParameters: { 'a.b': '$.x', 'c': ['States.Format'] },
    policies: { onQuota: QuotaPolicy.WAIT },
  })],
];

describe.each(KINDS)('the state machine of a training %s', (_, props) => {
  const one = () => definition(trained(props).stack);

  test('is valid, has a timeout, and nothing that only AWS runs', () => {
    expect(validateDefinition(one())).toEqual([]);
    expect(one().TimeoutSeconds).toBe(364 * 86_400);
    expect(unsupported(one())).toEqual([]);
  });

  test('every state is reached and leads on', () => {
    expect(unreached(one())).toEqual([]);
    expect(statesOf(one()).filter(([, { Type, Next, End }]) => Next === undefined && End !== true && Type !== 'Choice').map(([name]) => name)).toEqual([]);
  });

  test('fits its limit', () => {
    // 1 MiB (Step Functions quotas, size of a request of CreateStateMachine).
    expect(Buffer.byteLength(JSON.stringify(one()))).toBeLessThan(1_048_576);
  });
});

describe('the states', () => {
  const one = definition(trained().stack);
  const PATIENT = {
    ErrorEquals: ['Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException', 'Lambda.TooManyRequestsException', 'States.TaskFailed', 'States.Timeout'],
    IntervalSeconds: 2,
    MaxAttempts: 20,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
  };

  test('of a loop', () => {
    expect(one.StartAt).toBe('Begin');
    expect(one.States.Begin).toEqual({ Type: 'Pass', Parameters: { 'input.$': '$' }, Next: 'Nothing yet' });
    expect(one.States['Nothing yet']).toEqual({ Type: 'Pass', Result: { state: null }, ResultPath: '$.tick', Next: 'Tick' });
    expect(one.States['Run over?']).toEqual({
      Type: 'Choice',
      Choices: [{ Variable: '$.tick.done', BooleanEquals: false, Next: 'Wait' }, { Variable: '$.tick.outcome', StringEquals: 'completed', Next: 'Trained' }],
      Default: 'Fail the run',
    });
    expect(one.States.Wait).toEqual({ Type: 'Wait', SecondsPath: '$.tick.wait', Next: 'Tick' });
    expect(one.States.Trained).toEqual({ Type: 'Pass', OutputPath: '$.tick.output', End: true });
  });

  test('of the function: what it is told, and what is kept of its answer', () => {
    const { Parameters: { Payload: { config: _, ...payload } }, Retry, ResultSelector, ResultPath, TimeoutSeconds, Next } = stateOf(one, 'Tick');
    expect(payload).toEqual({ 'machine.$': '$$.StateMachine.Id', 'input.$': '$.input', 'arn.$': '$$.Execution.Id', 'state.$': '$.tick.state', 'now.$': '$$.State.EnteredTime' });
    expect(ResultSelector).toEqual({ 'state.$': '$.Payload.state', 'wait.$': '$.Payload.wait', 'done.$': '$.Payload.done', 'outcome.$': '$.Payload.outcome', 'output.$': '$.Payload.output' });
    expect([Retry, ResultPath, TimeoutSeconds, Next]).toEqual([[PATIENT], '$.tick', 180, 'Run over?']);
  });

  test('of the failure: what it throws is how the run ended, and is not tried again', () => {
    const { Parameters: { Payload }, Retry, Next } = stateOf(one, 'Fail the run');
    expect(Payload).toEqual({ 'ending': true, 'arn.$': '$$.Execution.Id', 'state.$': '$.tick.state', 'now.$': '$$.State.EnteredTime' });
    expect(Retry).toEqual([
      { ErrorEquals: ['Training.NoHardware', 'Training.TimedOut', 'Training.Stopped', 'Training.UserError', 'Training.InternalError', 'Training.Skipped'], MaxAttempts: 0 },
      PATIENT,
    ]);
    expect(Next).toBe('Run over?');
  });
});

describe('what a run is told', () => {
  test('by default', () => {
    const { rungs: [{ request: _, ...rung }], code, ...rest } = config(trained().stack);
    expect(rung).toEqual({ name: 'trn1-32xlarge', instanceType: 'ml.trn1.32xlarge', instanceCount: 1 });
    expect(rest).toEqual({
      training: 'Stack-Train-3B520A86',
      prefix: 'stack-train-3b520a86',
      policies: expect.objectContaining({ onQuota: 'next', maxQuotaWaitSeconds: 21_600, capacityAttempts: 1, capacityWaitSeconds: 600, spotToOnDemand: true, internalErrorAttempts: 2, timeoutAttempts: 1 }),
      inputs: {},
      overlap: false,
    });
    const [file] = code!.from.key.split('/').slice(-1);
    expect(file).toMatch(/^[0-9a-f]{64}\.gz$/);
    expect(code).toEqual({ from: { bucket: `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`, key: file }, to: { bucket: 'models', key: `models-code/${file}` } });
  });

  test('policies, 0 among them', () => {
    const { policies } = config(trained({
      policies: { onQuota: QuotaPolicy.WAIT, maxQuotaWait: Duration.minutes(5), capacityAttempts: 3, capacityWait: Duration.seconds(0), spotToOnDemand: false, internalErrorAttempts: 1, timeoutAttempts: 20 },
    }).stack);
    expect(policies).toMatchObject({ onQuota: 'wait', maxQuotaWaitSeconds: 300, capacityAttempts: 3, capacityWaitSeconds: 0, spotToOnDemand: false, internalErrorAttempts: 1, timeoutAttempts: 20 });
  });

  test('prices, 0 among them; groups count', () => {
    const { rungs } = config(trained({ rungs: [{ ...TRN1, usdPerHour: 0 }, { ...P4D, usdPerHour: 21.96, instanceCount: 2, instanceGroups: [{ name: 'x', instanceType: P4D.instanceType, instanceCount: 3 }] }] }).stack);
    expect(rungs.map(({ name, instanceCount, hourlyPrice }) => [name, instanceCount, hourlyPrice])).toEqual([['trn1-32xlarge', 1, 0], ['p4d-24xlarge', 5, 21.96]]);
  });

  test('channels that it may be given others below of', () => {
    const { inputs } = config(trained((stack) => ({
      inputs: { train: TrainingInput.s3(bucketOf(stack, 'data'), 'train/'), fast: TrainingInput.fastFile(bucketOf(stack, 'data'), 'fast'), list: TrainingInput.manifest(bucketOf(stack, 'data'), 'a.manifest', { dataPrefix: '' }) },
    })).stack);
    expect(inputs).toEqual({ train: 's3://data/train/', fast: 's3://data/fast' });
  });

  test('where the script is kept: beside the models, wherever those are; nothing for code in the image', () => {
    const { code } = config(trained((stack) => ({ output: { bucket: bucketOf(stack, 'other'), prefix: 'a/b/' } })).stack);
    expect(code!.to).toEqual({ bucket: 'other', key: `a/b-code/${code!.from.key}` });
    expect(config(trained({ code: TrainingCode.inImage() }).stack).code).toBeUndefined();
  });

  test('a bus, and that runs may overlap', () => {
    expect(config(trained({ allowOverlap: true }).stack).overlap).toBe(true);
    expect(config(trained().stack).eventBus).toBeUndefined();
  });

  test('as much as fits the data of a task, and no more', () => {
    const hyperParameters = Object.fromEntries(Array.from({ length: 44 }, (_, i) => [`p${i}`, 'x'.repeat(2400)]));
    const { rungs } = config(trained({ code: TrainingCode.inImage(), hyperParameters }).stack);
    const { length } = JSON.stringify(rungs);
    expect([length > MAX_CONFIG * 0.9, length <= MAX_CONFIG]).toEqual([true, true]);
  });
});

describe('in a state machine of the user', () => {
  const task = (stack: Stack, id: string, props: Partial<TrainingTaskProps> = {}) => new TrainingTask(stack, id, { code: script(), rungs: [TRN1], output: { bucket: bucketOf(stack) }, ...props });

  test('two trainings, one after the other, each with states and jobs of its own', () => {
    const stack = newStack();
    const [first, second] = [task(stack, 'First'), task(stack, 'Second', { rungs: [P4D] })];
    for (const one of [first, second]) one.prefixStates();
    new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(first.next(second)), timeout: Duration.days(2) });
    const one = definition(stack);
    expect(validateDefinition(one)).toEqual([]);
    expect(unreached(one)).toEqual([]);
    expect(Object.keys(one.States)).toHaveLength(14);
    expect(one.States['First: Trained']).toMatchObject({ Next: 'Second: Begin' });
    const ticks = statesOf(one).filter(([name]) => name.endsWith(': Tick')).map(([, found]: [string, any]) => found.Parameters.Payload.config);
    expect(ticks.map(({ prefix, overlap, rungs }) => [prefix, overlap, rungs[0].instanceType])).toEqual([[first.jobNamePrefix, true, 'ml.trn1.32xlarge'], [second.jobNamePrefix, true, 'ml.p4d.24xlarge']]);
    expect(first.jobNamePrefix).not.toBe(second.jobNamePrefix);
    // Both call functions of their own.
    expect(new Set(statesOf(one).filter(([name]) => name.endsWith(': Tick')).map(([, found]: [string, any]) => found.Parameters.FunctionName)).size).toBe(2);
  });

  test('as a single state, beside other data', () => {
    const stack = newStack();
    new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(task(stack, 'Task').toSingleState({ inputPath: '$.training', resultPath: '$.trained' })), timeout: Duration.days(2) });
    const one = definition(stack);
    expect(validateDefinition(one)).toEqual([]);
    expect(one.States.Task).toMatchObject({ Type: 'Parallel', InputPath: '$.training', ResultPath: '$.trained', End: true });
    const inside = (one.States.Task.Branches as Definition[])[0];
    expect(configOf(inside).training.startsWith('Stack-Task-')).toBe(true);
    expect(unreached(inside)).toEqual([]);
  });

  test('twice in a state machine is no state machine', () => {
    const stack = newStack();
    const one = task(stack, 'Task');
    const machine = new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(one), timeout: Duration.days(1) });
    expect(machine.stateMachineArn).toBeDefined();
    expect(() => new sfn.StateMachine(stack, 'Other', { definitionBody: sfn.DefinitionBody.fromChainable(one) })).toThrow('Every state can only be used in one graph.');
  });
});

test.each([[true], [false]])('the state machine of a pipeline is valid (compiles: %p)', (compiles) => {
  const { stack, training } = trained();
  new TrainingPipeline(stack, 'Pipeline', { training, compilation: compiles ? { shapes: CompilationShapes.textEncoder({ batchSize: 1, sequenceLength: 128 }) } : undefined });
  const template = templateOf(stack);
  const one = definitionOf(template, valuesOf(template), idOf(stack, 'AWS::StepFunctions::StateMachine', 'Pipeline'));
  expect(validateDefinition(one)).toEqual([]);
  expect(unreached(one)).toEqual([]);
  expect(unsupported(one)).toEqual([]);
  expect(JSON.stringify(one).includes(`arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:`)).toBe(true);
});
