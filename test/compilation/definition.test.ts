import { Duration, type Stack } from 'aws-cdk-lib';
import { bucketOf, compiled, dead, DECODER, definition, idOf, sent, state, unreached } from './support';
import { CompilationJob, type NeuronCompilationProps } from '../../src';
import { jobName, MAX_ATTEMPTS } from '../../src/compilation/core/job-name';
import { VirtualClock } from '../support/standin/clock';
import { Scheduler, statesOf, TestStateMachine, unsupported, validateDefinition } from '../support/state-machine';

type Props = (stack: Stack) => Partial<NeuronCompilationProps>;
const KINDS: [string, Props][] = [['processing', () => ({})], ['training', () => ({ job: CompilationJob.onTrainium() })], ['of a language model', () => DECODER]];
const machine = (props: Props = () => ({})) => compiled((stack) => ({ artifacts: { bucket: bucketOf(stack) }, ...props(stack) })).stack;

describe.each(KINDS)('the state machine of a job %s', (_, props) => {
  test('is valid, has a timeout, and nothing that only AWS runs', () => {
    const one = definition(machine(props));
    expect(validateDefinition(one)).toEqual([]);
    // A minute less than the deploy waits.
    expect(one.TimeoutSeconds).toBe(43_140);
    expect(unsupported(one)).toEqual([]);
  });

  test('every state is reached and leads on', () => {
    const one = definition(machine(props));
    expect(unreached(one)).toEqual([]);
    expect(dead(one)).toEqual([]);
  });

  test('every task but those that tell of a failure or success is retried, and its failure is caught', () => {
    const tasks = statesOf(definition(machine(props))).filter(([, { Type }]) => Type === 'Task') as [string, any][];
    expect(tasks.filter(([, { Retry }]) => Retry === undefined).map(([name]) => name)).toEqual([]);
    expect(tasks.filter(([, { Catch }]) => Catch === undefined).map(([name]) => name)).toEqual(['Signal success', 'Signal failure']);
  });
});

test('the tasks of a processing job, and of a training job', () => {
  const resources = (props: Props) => statesOf(definition(machine(props))).flatMap(([, { Resource }]) => Resource === undefined ? [] : [Resource]).sort();
  const of = (operation: string) => [
    ...Array.from({ length: 5 }, () => 'arn:aws:states:::aws-sdk:s3:listObjectsV2'), 'arn:aws:states:::aws-sdk:s3:putObject',
    `arn:aws:states:::aws-sdk:sagemaker:create${operation}`, `arn:aws:states:::aws-sdk:sagemaker:describe${operation}`,
    ...Array.from({ length: 5 }, () => 'arn:aws:states:::lambda:invoke'),
  ];
  expect(resources(() => ({}))).toEqual(of('ProcessingJob'));
  expect(resources(() => DECODER)).toEqual(of('TrainingJob'));
});

describe('the data of an execution', () => {
  test('begins with where the artefact goes', () => {
    const { stack, compilation } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) } }));
    const folder = `neuron/${compilation.key}/`;
    expect(state(stack, 'Begin').Parameters).toEqual({
      'bucket': 'artifacts', folder, 'uri': `s3://artifacts/${folder}`, 'owner.$': '$$.Execution.Id', 'attempt': { number: 0 }, 'capacity': { number: 0 },
    });
    expect(state(stack, 'Done').Parameters).toEqual({ 'key': compilation.key, 'artifactUri.$': '$.uri', 'cached.$': '$.cached' });
  });

  test('ends in the output of a branch, beside the handle', () => {
    expect(definition(machine()).States.Compile).toMatchObject({ Type: 'Parallel', ResultPath: '$.compilation', Next: 'Success to signal?', Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Failure to signal?' }] });
  });

  test('marker, manifest and model are looked for one by one', () => {
    const stack = machine();
    const looked = (what: string) => ({ 'Bucket.$': '$.bucket', 'Prefix.$': `States.Format('{}${what}', $.folder)`, 'MaxKeys': 1 });
    expect(state(stack, 'Find the artifact').Parameters).toEqual(looked('complete.json'));
    for (const when of ['There', 'Made']) {
      expect(state(stack, `${when}: find the manifest`).Parameters).toEqual(looked('manifest.json'));
      expect(state(stack, `${when}: find the model`).Parameters).toEqual(looked('model'));
    }
    expect(state(stack, 'Mark it complete').Parameters).toEqual({ 'Bucket.$': '$.bucket', 'Key.$': "States.Format('{}complete.json', $.folder)", 'Body': { 'job.$': '$.job.name', 'execution.$': '$.owner' } });
  });

  test('who is told what', () => {
    const stack = machine(() => DECODER);
    const arn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${idOf(stack, 'AWS::Lambda::Function', name)}`;
    const key = state(stack, 'Done').Parameters.key;
    for (const outcome of ['failure', 'compiled', 'cached']) {
      expect(state(stack, `Record ${outcome}`).Parameters).toEqual({
        FunctionName: arn('Record'), Payload: { 'outcome': outcome === 'failure' ? 'failed' : outcome, 'kind': 'training', 'compilation': 'Stack-Compile-Task-F08B45AA', 'state.$': '$' },
      });
    }
    const told = { 'handle.$': '$.handle', 'id': key, 'data': `s3://artifacts/neuron/${key}/` };
    expect(state(stack, 'Signal success').Parameters).toEqual({ FunctionName: arn('Signal'), Payload: { ...told, success: true } });
    expect(state(stack, 'Signal failure').Parameters).toEqual({ FunctionName: arn('Signal'), Payload: { ...told, 'success': false, 'error.$': '$.error' } });
  });
});

test('the name of a job is the same here and in the handler that stops it', async () => {
  const { stack, compilation } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope, 'b.c-d') } }));
  const scheduler = new Scheduler(new VirtualClock());
  const one = new TestStateMachine({ definition: { StartAt: 'Name', States: { Name: { ...state(stack, 'Name the job'), Next: undefined, End: true } }, TimeoutSeconds: 60 }, role: 'Role', scheduler, name: 'name', integrations: {} });
  const attempts = [0, 1, 9, 10, MAX_ATTEMPTS - 1];
  for (const [i, number] of attempts.entries()) one.start({ uri: compilation.artifactUri, attempt: { number } }, `run-${i}`);
  await scheduler.runUntilIdle();
  const prefix = `neuron-${compilation.key.slice(0, 16)}`;
  expect(one.executions.map(({ result }) => (result.output as any).job)).toEqual(attempts.map((number) => ({ name: jobName(prefix, compilation.artifactUri, number), waited: false })));
});

describe('waits and limits', () => {
  test.each<[string, Duration, number]>([
    ['a minute', Duration.minutes(1), 30], ['12 hours', Duration.hours(12), 30],
  ])('a job of %s is looked at every %p', (_, maxRuntime, seconds) => {
    expect(state(machine(() => ({ maxRuntime })), 'Wait for the job').Seconds).toBe(seconds);
  });

  test.each([0, 12, 90])('%p waits for capacity, five minutes each', (capacityRetries) => {
    const stack = machine(() => ({ job: CompilationJob.onCpu({ capacityRetries }) }));
    expect(state(stack, 'Wait for capacity?').Choices).toEqual([{ Variable: '$.capacity.number', NumericLessThan: capacityRetries, Next: 'Compile: Count the wait' }]);
    expect(state(stack, 'Wait for capacity').Seconds).toBe(300);
  });

  test('as many names as there are', () => {
    const stack = machine();
    expect(state(stack, 'Names left?').Choices).toEqual([{ Variable: '$.attempt.number', NumericLessThan: MAX_ATTEMPTS, Next: 'Compile: Name the job' }]);
    expect(state(stack, 'Names left?').Default).toBe('Compile: No names left');
  });

  test('a name that is taken, and a quota, are no reason to try the same again', () => {
    const { Retry, Catch } = state(machine(), 'Create the job') as any;
    expect(Retry).toEqual([
      { ErrorEquals: ['SageMaker.ResourceInUseException', 'SageMaker.ResourceLimitExceededException'], MaxAttempts: 0 },
      { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 5, MaxAttempts: 4, BackoffRate: 2 },
    ]);
    expect(Catch.map(({ ErrorEquals, Next }: any) => [ErrorEquals[0], Next])).toEqual([
      ['SageMaker.ResourceInUseException', 'Compile: Look at the job'], ['SageMaker.ResourceLimitExceededException', 'Compile: Is there a quota?'], ['States.ALL', 'Compile: Record failure'],
    ]);
  });

  test('the result of a describe of the longest job fits the data of an execution', () => {
    // 262,144 bytes (Step Functions quotas, input or result data); a description has the request in it.
    const flags = Array.from({ length: 40 }, (_, i) => `--flag-${i}=${'x'.repeat(228)}`);
    const { stack, compilation } = compiled((scope) => ({ artifacts: { bucket: bucketOf(scope) }, compiler: { flags } }));
    expect(Buffer.byteLength(JSON.stringify(sent(stack, compilation.key))) * 2).toBeLessThan(262_144);
    // 1 MiB (Step Functions quotas, size of a request of CreateStateMachine).
    expect(Buffer.byteLength(JSON.stringify(definition(stack)))).toBeLessThan(1_048_576);
  });
});
