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
    ['a script that says all of it', { TrainingJobStatus: 'Failed', FailureReason: `AlgorithmError: ExecuteUserScriptError: ${NO_INSTANCES} InsufficientCapacity` }, 'userError'],
    ['data that say it', { TrainingJobStatus: 'Failed', FailureReason: 'ClientError: s3://data/InsufficientCapacityError/ is empty' }, 'userError'],
    ['the service, which says that there were none', { TrainingJobStatus: 'Failed', FailureReason: 'InternalServerError: Unable to provision requested ML compute capacity' }, 'capacity'],
    ['words before an error of capacity', { TrainingJobStatus: 'Failed', FailureReason: 'some CapacityError: x' }, 'userError'],
    ['words before an error of the service', { TrainingJobStatus: 'Failed', FailureReason: 'some InternalServerError: x' }, 'userError'],
    ['who deletes it', { TrainingJobStatus: 'Deleting', TrainingStartTime: STARTED }, 'stopped'],
    ['who deletes it before it started', { TrainingJobStatus: 'Deleting' }, 'stopped'],
    ['who deletes what had failed', { TrainingJobStatus: 'Deleting', SecondaryStatus: 'Failed', FailureReason: NO_INSTANCES }, 'stopped'],
    ['a script that met an error of another service', { TrainingJobStatus: 'Failed', FailureReason: 'AlgorithmError: botocore: InternalServerError' }, 'userError'],
    ['the service', { TrainingJobStatus: 'Failed', FailureReason: 'InternalServerError: We encountered an internal error' }, 'internalError'],
    ['nobody says', { TrainingJobStatus: 'Failed' }, 'userError'],
    ['nobody says, with null', { TrainingJobStatus: 'Failed', FailureReason: null as unknown as string }, 'userError'],
  ])('by %s', (_, job, outcome) => expect(outcomeOf(job)).toBe(outcome));

  test('is never completed unless it says so', () => {
    fc.assert(fc.property(fc.constantFrom('Stopped', 'Failed', 'Deleting', undefined), fc.constantFrom('Completed', 'Stopped', 'MaxRuntimeExceeded', 'MaxWaitTimeExceeded', undefined), fc.option(fc.string(), { nil: undefined }), fc.constantFrom(STARTED, undefined), (TrainingJobStatus, SecondaryStatus, FailureReason, TrainingStartTime) => {
      expect(outcomeOf({ TrainingJobStatus, SecondaryStatus, FailureReason, TrainingStartTime })).not.toBe('completed');
    }));
  });

  test('by its script is never lack of hardware nor an error of the service, whatever the script says', () => {
    const words = fc.array(fc.oneof(fc.constantFrom('CapacityError', 'InsufficientCapacity', 'InternalServerError', 'Unable to provision requested ML compute capacity', '\n', ': '), fc.string())).map((all) => all.join(''));
    fc.assert(fc.property(fc.constantFrom('AlgorithmError', 'ClientError'), words, fc.constantFrom(STARTED, undefined), (who, said, TrainingStartTime) => {
      expect(outcomeOf({ TrainingJobStatus: 'Failed', FailureReason: `${who}${said}`, TrainingStartTime })).toBe('userError');
    }));
  });

  test.each([['InProgress', true], ['Stopping', true], ['Completed', false], ['Failed', false], ['Stopped', false], ['Deleting', false], [undefined, false]])('%s is running: %p', (status, running) => expect(isRunning(status)).toBe(running));
});

const UNIQUE = 'Training job names must be unique within an AWS account and region';
const LIMIT = 'The account-level service limit \'ml.trn1.32xlarge for training job usage\' is 0 Instances';

describe('a request that was refused', () => {
  test.each<[number | undefined, string, string, string]>([
    [400, 'ResourceLimitExceeded', LIMIT, 'quota'],
    [undefined, 'ResourceLimitExceeded', LIMIT, 'quota'],
    [400, 'ResourceLimitExceeded', 'Rate exceeded', 'quota'],
    [400, 'ValidationException', 'resource training-job/ml.p5.48xlarge is not available in this region', 'unavailable'],
    [400, 'ValidationException', 'ml.p5.48xlarge is not supported in this Region', 'unavailable'],
    [400, 'ResourceInUse', UNIQUE, 'exists'],
    [undefined, 'ResourceInUse', UNIQUE, 'exists'],
    [400, 'ValidationException', `${UNIQUE}, and a training job with this name already exists`, 'exists'],
    [400, 'ThrottlingException', 'Rate exceeded', 'retry'],
    [400, 'Throttling', 'slow down', 'retry'],
    [429, 'TooManyRequestsException', 'slow down', 'retry'],
    [400, 'TooManyRequestsException', 'slow down', 'retry'],
    [400, 'ClientError', 'Rate exceeded', 'retry'],
    [400, 'ExpiredTokenException', 'The security token included in the request is expired', 'retry'],
    [400, 'RequestExpired', 'Request has expired', 'retry'],
    [400, 'RequestTimeoutException', 'oh', 'retry'],
    [400, 'InternalFailure', 'oh', 'retry'],
    [400, 'InternalServerException', 'oh', 'retry'],
    [400, 'ServiceUnavailable', 'oh', 'retry'],
    [400, 'ServiceUnavailableException', 'oh', 'retry'],
    [500, 'InternalFailure', 'oh', 'retry'],
    [503, 'ValidationException', 'oh', 'retry'],
    [undefined, 'TimeoutError', 'socket hang up', 'retry'],
    [undefined, 'ECONNRESET', 'read ECONNRESET', 'retry'],
    [undefined, 'ValidationException', '1 validation error detected', 'retry'],
    [200, 'SyntaxError', 'Unexpected token < in JSON', 'retry'],
    [302, 'ValidationException', 'oh', 'retry'],
    [399, 'ValidationException', 'oh', 'retry'],
    [400, 'ValidationException', '1 validation error detected', 'userError'],
    [400, 'ResourceNotFound', 'no such training plan', 'userError'],
    [403, 'AccessDeniedException', 'not authorized to perform: sagemaker:CreateTrainingJob', 'userError'],
    [499, 'ValidationException', 'oh', 'userError'],
    [408, 'ValidationException', 'oh', 'retry'],
    [429, 'ValidationException', 'oh', 'retry'],
    [500, 'ValidationException', 'oh', 'retry'],
    [400, 'ValidationException', 'the value ThrottlingException is not allowed', 'userError'],
  ])('%p %s: %s is %s', (status, name, message, refusal) => expect(refusalOf({ name, message, status })).toBe(refusal));

  test('is what a person has to mend only by an answer that says so', () => {
    const status = fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined });
    fc.assert(fc.property(fc.oneof(fc.string(), fc.constantFrom('ValidationException', 'AccessDeniedException', 'ResourceNotFound', 'Error')), fc.string(), status, (name, message, code) => {
      if (code === undefined || code < 400 || code >= 500 || code === 408 || code === 429) expect(refusalOf({ name, message, status: code })).not.toBe('userError');
    }), { numRuns: 300 });
  });
});
