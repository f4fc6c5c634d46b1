import { isRunning, outcomeOf, refusalOf, type EndedJob } from '../../../src/training/core/outcome';

const STARTED = new Date(0);

describe('a job that ended', () => {
  test.each<[string, EndedJob, string]>([
    ['Completed', { TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed', TrainingStartTime: STARTED }, 'completed'],
    ['the instances that there were not', { TrainingJobStatus: 'Failed', FailureReason: 'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.' }, 'capacity'],
    ['a wait for instances that was over', { TrainingJobStatus: 'Failed', FailureReason: 'InsufficientCapacityError: no capacity' }, 'capacity'],
    ['Stopped and never started', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' }, 'capacity'],
    ['Stopped and never started, with null', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped', TrainingStartTime: null }, 'capacity'],
    ['spot that did not come in time', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded' }, 'spotInterrupted'],
    ['spot that was taken away', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded', TrainingStartTime: STARTED }, 'spotInterrupted'],
    ['the time it may run', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded', TrainingStartTime: STARTED }, 'timedOut'],
    ['somebody', { TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped', TrainingStartTime: STARTED }, 'stopped'],
    ['the script', { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: ExecuteUserScriptError: ExitCode 1' }, 'userError'],
    ['the data', { TrainingJobStatus: 'Failed', FailureReason: 'ClientError: Data download failed' }, 'userError'],
    ['a script that says capacity', { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: the queue is at its capacity, CapacityError' }, 'userError'],
    ['the service', { TrainingJobStatus: 'Failed', FailureReason: 'InternalServerError: We encountered an internal error' }, 'internalError'],
    ['nobody says', { TrainingJobStatus: 'Failed' }, 'userError'],
  ])('by %s', (_, job, outcome) => expect(outcomeOf(job)).toBe(outcome));

  test.each([['InProgress', true], ['Stopping', true], ['Completed', false], ['Failed', false], ['Stopped', false], [undefined, false]])('%s is running: %p', (status, running) => expect(isRunning(status)).toBe(running));
});

describe('a request that was refused', () => {
  test.each([
    ['ResourceLimitExceeded', 'The account-level service limit \'ml.trn1.32xlarge for training job usage\' is 0 Instances', 'quota'],
    ['ValidationException', 'resource training-job/ml.p5.48xlarge is not available in this region', 'unavailable'],
    ['ResourceInUse', 'Training job names must be unique within an AWS account and region', 'exists'],
    ['ThrottlingException', 'Rate exceeded', 'retry'],
    ['InternalFailure', 'oh', 'retry'],
    ['ServiceUnavailable', 'oh', 'retry'],
    ['ValidationException', '1 validation error detected', 'userError'],
    ['AccessDeniedException', 'not authorized to perform: sagemaker:CreateTrainingJob', 'userError'],
  ])('%s: %s', (name, message, refusal) => expect(refusalOf({ name, message })).toBe(refusal));
});
