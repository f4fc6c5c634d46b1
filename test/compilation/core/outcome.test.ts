import { clipFront, MAX_REASON } from '../../../src/compilation/core/failure-text';
import { factsOf, failureReason, type Failure, type JobFacts } from '../../../src/compilation/core/outcome';

describe('factsOf', () => {
  test('a processing job', () => {
    expect(factsOf('processing', {
      ProcessingJobStatus: 'Failed',
      FailureReason: ' AlgorithmError: , exit code: 1 ',
      ExitMessage: 'out of memory\n',
      ProcessingStartTime: '2026-11-23T06:00:00.000Z',
      ProcessingEndTime: '2026-11-23T06:02:00.500Z',
      TrainingJobStatus: 'Completed',
    })).toEqual({ status: 'Failed', failureReason: 'AlgorithmError: , exit code: 1', message: 'out of memory', seconds: 120.5, maxRuntimeExceeded: false });
  });

  test('a training job has no message of its own', () => {
    expect(factsOf('training', {
      TrainingJobStatus: 'Completed', ExitMessage: 'x', TrainingStartTime: '2026-11-23T06:00:00Z', TrainingEndTime: '2026-11-23T06:00:30Z', ProcessingJobStatus: 'Failed',
    })).toEqual({ status: 'Completed', failureReason: undefined, message: undefined, seconds: 30, maxRuntimeExceeded: false });
  });

  test.each<[string, 'processing' | 'training', Record<string, unknown>, boolean]>([
    ['a training job says so', 'training', { SecondaryStatus: 'MaxRuntimeExceeded' }, true],
    ['a processing job says it in words', 'processing', { FailureReason: 'ClientError: Job exceeded MaxRuntimeInSeconds' }, true],
    ['and in other words', 'processing', { FailureReason: 'the maximum runtime was reached' }, true],
    ['another reason', 'processing', { FailureReason: 'AlgorithmError' }, false],
    ['no reason', 'training', { SecondaryStatus: 'Failed' }, false],
  ])('ran too long: %s', (_, kind, described, exceeded) => {
    expect(factsOf(kind, described).maxRuntimeExceeded).toBe(exceeded);
  });

  test.each<[string, Record<string, unknown>, number | undefined]>([
    ['never started', { ProcessingEndTime: '2026-11-23T06:00:00Z' }, undefined],
    ['did not end', { ProcessingStartTime: '2026-11-23T06:00:00Z' }, undefined],
    ['ended before it started', { ProcessingStartTime: '2026-11-23T06:00:01Z', ProcessingEndTime: '2026-11-23T06:00:00Z' }, undefined],
    ['took no time', { ProcessingStartTime: '2026-11-23T06:00:00Z', ProcessingEndTime: '2026-11-23T06:00:00Z' }, 0],
    ['has no dates', { ProcessingStartTime: 'soon', ProcessingEndTime: 'later' }, undefined],
    ['has numbers for dates', { ProcessingStartTime: 1, ProcessingEndTime: 2 }, undefined],
  ])('seconds of a job that %s', (_, described, seconds) => {
    expect(factsOf('processing', described).seconds).toBe(seconds);
  });

  test.each([{}, { ProcessingJobStatus: null, FailureReason: '', ExitMessage: '  \n' }, { ProcessingJobStatus: 5, FailureReason: {}, ExitMessage: [] }])('nothing is known from %j', (described) => {
    expect(factsOf('processing', described)).toEqual({ status: undefined, failureReason: undefined, message: undefined, seconds: undefined, maxRuntimeExceeded: false });
  });
});

describe('failureReason', () => {
  const FAILED: JobFacts = { status: 'Failed', failureReason: 'AlgorithmError: , exit code: 1', maxRuntimeExceeded: false };
  const NONE: JobFacts = { maxRuntimeExceeded: false };
  const TAIL = '\n(log group /aws/sagemaker/ProcessingJobs, streams neuron-x-0/)';
  const reason = (more: Partial<Failure> = {}) => failureReason({ kind: 'processing', name: 'neuron-x-0', job: FAILED, lines: [], state: {}, ...more });

  test.each<[string, Partial<Failure>, string]>([
    ['nothing but a reason', {}, `the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1${TAIL}`],
    ['not even that', { job: { ...FAILED, failureReason: undefined } }, `the compile job failed (processing job neuron-x-0): no reason given${TAIL}`],
    ['no job at all', { job: NONE, name: undefined }, 'the compile job failed: no reason given'],
    ['the other kind', { kind: 'training' }, 'the compile job failed (training job neuron-x-0): AlgorithmError: , exit code: 1\n(log group /aws/sagemaker/TrainingJobs, streams neuron-x-0/)'],
    ['lines of its log', { lines: ['one', 'two'] }, `the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1\none\ntwo${TAIL}`],
    ['a message', { job: { ...FAILED, message: 'told' } }, `the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1\ntold${TAIL}`],
    ['a message and lines', { job: { ...FAILED, message: 'told' }, lines: ['one'] }, `the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1\ntold\none${TAIL}`],
    ['an error elsewhere', { state: { error: { Error: 'S3.AccessDenied', Cause: 'not allowed' } } }, 'S3.AccessDenied: not allowed (processing job neuron-x-0)'],
    ['a function that failed', { state: { error: { Error: 'TypeError', Cause: JSON.stringify({ errorType: 'TypeError', errorMessage: 'no "key"', trace: ['x'.repeat(5000)] }) } } }, 'TypeError: no "key" (processing job neuron-x-0)'],
    ['a function that failed without a message', { state: { error: { Error: 'Runtime.ExitError', Cause: '{"errorType":"Runtime.ExitError"}' } } }, 'Runtime.ExitError: {"errorType":"Runtime.ExitError"} (processing job neuron-x-0)'],
    ['an error without its name', { state: { error: { Cause: 'not allowed' } } }, 'error: not allowed (processing job neuron-x-0)'],
    ['an error without a cause', { state: { error: { Error: 'States.Timeout' } } }, 'States.Timeout: no cause given (processing job neuron-x-0)'],
    ['a job that could not be made', { job: NONE, state: { job: { error: { Error: 'SageMaker.ValidationException', Cause: 'no' } } } }, 'SageMaker.ValidationException: no (processing job neuron-x-0)'],
    ['an older error of a job that was made later', { state: { job: { error: { Error: 'SageMaker.ResourceLimitExceededException', Cause: 'later' } } } },
      `the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1${TAIL}`],
    ['an error elsewhere before one of the job', { job: NONE, state: { error: { Error: 'A', Cause: 'a' }, job: { error: { Error: 'B', Cause: 'b' } } } }, 'A: a (processing job neuron-x-0)'],
    ['a reason of the state machine', { state: { reason: 'no names left' } }, 'no names left (processing job neuron-x-0)'],
    ['such a reason without a job', { name: undefined, state: { reason: 'no names left' } }, 'no names left'],
    ['stopped', { job: { ...FAILED, status: 'Stopped' }, lines: ['one'] }, 'the compile job was stopped (processing job neuron-x-0)'],
    ['stopped for its time', { job: { status: 'Stopped', maxRuntimeExceeded: true } }, 'the compile job ran longer than it may, raise maxRuntime of the job (processing job neuron-x-0)'],
  ])('%s', (_, failure, text) => {
    expect(reason(failure)).toBe(text);
  });

  test('a failure for its time is shown with the reason that SageMaker gives', () => {
    expect(reason({ job: { status: 'Failed', failureReason: 'MaxRuntimeExceeded', maxRuntimeExceeded: true } })).toBe(`the compile job failed (processing job neuron-x-0): MaxRuntimeExceeded${TAIL}`);
  });

  test('the head of a long story stays, and its end, also when the signal cuts it once more', () => {
    const head = 'the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1\n';
    const text = reason({ lines: [`${'x'.repeat(2000)}end`] });
    expect(text).toBe(`${head}...${'x'.repeat(MAX_REASON - head.length - TAIL.length - 6)}end${TAIL}`);
    expect(text).toHaveLength(MAX_REASON);
    expect(clipFront(text)).toBe(text);
  });

  test('a story that just fits is told whole', () => {
    const head = 'the compile job failed (processing job neuron-x-0): AlgorithmError: , exit code: 1\n';
    const told = 'x'.repeat(MAX_REASON - head.length - TAIL.length);
    expect(reason({ lines: [told] })).toBe(`${head}${told}${TAIL}`);
    expect(reason({ lines: [`y${told}`] })).toBe(`${head}...${told.slice(3)}${TAIL}`);
  });

  test('a long reason is cut from its front, and leaves half of the room to the story and where to read on', () => {
    const head = `the compile job failed (processing job neuron-x-0): ...${'x'.repeat(MAX_REASON / 2 - 3)}`;
    const job = { ...FAILED, failureReason: 'x'.repeat(5000) };
    expect(reason({ job })).toBe(`${head}${TAIL}`);
    const text = reason({ job, lines: [`${'y'.repeat(2000)}end`] });
    expect(text).toBe(`${head}\n...${'y'.repeat(MAX_REASON - head.length - TAIL.length - 7)}end${TAIL}`);
    expect(text).toHaveLength(MAX_REASON);
    expect(clipFront(text)).toBe(text);
  });

  test('a reason of half the room is whole', () => {
    const half = 'x'.repeat(MAX_REASON / 2);
    expect(reason({ job: { ...FAILED, failureReason: half } })).toBe(`the compile job failed (processing job neuron-x-0): ${half}${TAIL}`);
  });

  test('a long cause is cut from its front', () => {
    const where = ' (processing job neuron-x-0)';
    expect(reason({ state: { error: { Error: 'E', Cause: 'x'.repeat(5000) } } })).toBe(`...${'x'.repeat(MAX_REASON - 3 - where.length)}${where}`);
  });
});
