import * as fc from 'fast-check';
import { isRunning, outcomeOf, refusalOf, type EndedJob } from '../../../src/training/core/outcome';

const STARTED = new Date(0);
const NO_INSTANCES = 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.';

describe('a job that ended', () => {
  test.each<[string, EndedJob, string]>([
    ['Completed', { TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed', TrainingStartTime: STARTED }, 'completed'],
    ['Completed, whatever else is said', { TrainingJobStatus: 'Completed', SecondaryStatus: 'MaxRuntimeExceeded', FailureReason: NO_INSTANCES }, 'completed'],
    ['the instances that there were not', { TrainingJobStatus: 'Failed', FailureReason: NO_INSTANCES }, 'capacity'],
    ['the instances that there were not, in other words', { TrainingJobStatus: 'Failed', FailureReason: 'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.' }, 'capacity'],
    ['a wait for instances that was over', { TrainingJobStatus: 'Failed', FailureReason: 'InsufficientCapacityError: no capacity' }, 'capacity'],
    ['Stopped and never started', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' }, 'capacity'],
    ['Stopped and never started, with null', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped', TrainingStartTime: null }, 'capacity'],
    ['spot that did not come in time', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded' }, 'spotInterrupted'],
    ['spot that was taken away', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded', TrainingStartTime: STARTED }, 'spotInterrupted'],
    ['the time it may run', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded', TrainingStartTime: STARTED }, 'timedOut'],
    ['somebody', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped', TrainingStartTime: STARTED }, 'stopped'],
    ['somebody, at the first moment of time', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped', TrainingStartTime: 0 }, 'stopped'],
    ['the script', { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: ExecuteUserScriptError: ExitCode 1' }, 'userError'],
    ['the data', { TrainingJobStatus: 'Failed', FailureReason: 'ClientError: Data download failed' }, 'userError'],
    ['a script that says capacity', { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: the queue is at its capacity, CapacityError' }, 'userError'],
    ['a script that met an error of another service', { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: botocore: InternalServerError' }, 'userError'],
    ['the service', { TrainingJobStatus: 'Failed', FailureReason: 'InternalServerError: We encountered an internal error' }, 'internalError'],
    ['nobody says', { TrainingJobStatus: 'Failed' }, 'userError'],
    ['nobody says, with null', { TrainingJobStatus: 'Failed', FailureReason: null as unknown as string }, 'userError'],
  ])('by %s', (_, job, outcome) => expect(outcomeOf(job)).toBe(outcome));

  test('is never completed unless it says so', () => {
    fc.assert(fc.property(fc.constantFrom('Stopped', 'Failed'), fc.constantFrom('Completed', 'Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded', undefined), fc.option(fc.string(), { nil: undefined }), fc.constantFrom(STARTED, undefined), (TrainingJobStatus, SecondaryStatus, FailureReason, TrainingStartTime) => {
      expect(outcomeOf({ TrainingJobStatus, SecondaryStatus, FailureReason, TrainingStartTime })).not.toBe('completed');
    }));
  });

  test.each([['InProgress', true], ['Stopping', true], ['Completed', false], ['Failed', false], ['Stopped', false], [undefined, false]])('%s is running: %p', (status, running) => expect(isRunning(status)).toBe(running));
});

describe('a request that was refused', () => {
  test.each([
    ['ResourceLimitExceeded', 'The account-level service limit \'ml.trn1.32xlarge for training job usage\' is 0 Instances', 'quota'],
    ['ValidationException', 'resource training-job/ml.p5.48xlarge is not available in this region', 'unavailable'],
    ['ValidationException', 'ml.p5.48xlarge is not supported in this Region', 'unavailable'],
    ['ResourceInUse', 'Training job names must be unique within an AWS account and region', 'exists'],
    ['ValidationException', 'Training job names must be unique within an AWS account and region, and a training job with this name already exists', 'exists'],
    ['ThrottlingException', 'Rate exceeded', 'retry'],
    ['Throttling', 'slow down', 'retry'],
    ['TooManyRequestsException', 'slow down', 'retry'],
    ['ClientError', 'Rate exceeded', 'retry'],
    ['InternalFailure', 'oh', 'retry'],
    ['InternalServerException', 'oh', 'retry'],
    ['ServiceUnavailable', 'oh', 'retry'],
    ['ServiceUnavailableException', 'oh', 'retry'],
    ['ValidationException', '1 validation error detected', 'userError'],
    ['ResourceNotFound', 'no such training plan', 'userError'],
    ['AccessDeniedException', 'not authorized to perform: sagemaker:CreateTrainingJob', 'userError'],
  ])('%s: %s', (name, message, refusal) => expect(refusalOf({ name, message })).toBe(refusal));
});
