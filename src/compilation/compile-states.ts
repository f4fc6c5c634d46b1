import { Duration } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { CompileStatements } from './compile-statements';
import { heldValues, member, type CompileValues } from './compile-values';
import { MARKER, OWNER, type JobKind, type Outcome } from './contract';
import { AwsTask } from '../private/aws-task';
import { CAPACITY_PATTERNS } from './core/failure-text';
import { MAX_ATTEMPTS } from './core/job-name';
import { findSource, makeKey, type TrainedModelStates } from './trained-model-states';

/** What the states need to know; values may be tokens. */
export interface CompileStatesProps {
  readonly kind: JobKind;
  readonly values: CompileValues;
  readonly jobPrefix: string;
  readonly request: object;
  readonly capacityRetries: number;
  readonly maxRuntime: Duration;
  readonly recorderArn: string;
  /** Value of the dimension of the metrics. */
  readonly compilation: string;
  readonly statements: CompileStatements;
  /** Where the source comes with the execution: what makes its key. */
  readonly trained?: TrainedModelStates;
}

/** First and last state. */
export interface CompileStates {
  readonly start: sfn.State;
  readonly end: sfn.INextable;
}

const CAPACITY_WAIT = Duration.minutes(5);

const REDRIVES = '$$.Execution.RedriveCount';

/** Members of the answers of DescribeProcessingJob and DescribeTrainingJob. */
const FIELDS = {
  processing: { operation: 'ProcessingJob', name: 'ProcessingJobName', status: 'ProcessingJobStatus' },
  training: { operation: 'TrainingJob', name: 'TrainingJobName', status: 'TrainingJobStatus' },
} as const;

/**
 * The states of a compilation. The data of an execution, made by the first one:
 *
 *     bucket, folder, uri, owner   where the artefact goes, and who may stop the job
 *     key, arguments, ...          with a source that comes with the execution: what else follows from it
 *     attempt.number               counts the jobs tried under this key, by whomever
 *     capacity.number              counts the waits for capacity
 *     job                          name; error, when it could not be made; described, when it was; waited: whether it ran while we looked on
 *
 * A name is used once by SageMaker, so the name is the lock: whoever makes the job compiles, whoever comes second takes it over and waits. A job
 * that ended badly before we came says nothing about this compilation, and the next name is tried.
 */
export function compileStates(scope: Construct, props: CompileStatesProps): CompileStates {
  const { kind, statements, values } = props;
  const fields = FIELDS[kind];
  const described = '$.job.described';
  const pass = (id: string, value: Pick<sfn.PassProps, 'parameters' | 'result' | 'resultPath'>): sfn.Pass => new sfn.Pass(scope, id, value);
  const count = (id: string, counter: string): sfn.Pass => pass(id, { parameters: { 'number.$': `States.MathAdd($.${counter}.number, 1)` }, resultPath: `$.${counter}` });
  const found = sfn.Condition.numberGreaterThanEquals('$.found.number', 1);
  const list = (id: string, what: string): AwsTask => retried(new AwsTask(scope, id, {
    integration: 'aws-sdk:s3:listObjectsV2',
    parameters: { 'Bucket.$': '$.bucket', 'Prefix.$': `States.Format('{}${what}', $.folder)`, 'MaxKeys': 1 },
    resultSelector: { 'number.$': '$.KeyCount' },
    resultPath: '$.found',
    statements: [statements.list],
  }));
  const record = (id: string, outcome: Outcome): AwsTask => retried(new AwsTask(scope, id, {
    integration: 'lambda:invoke',
    parameters: { FunctionName: props.recorderArn, Payload: { outcome, kind, 'compilation': props.compilation, 'state.$': '$' } },
    resultSelector: { 'reason.$': '$.Payload.reason' },
    resultPath: '$.record',
    statements: [statements.record],
  }));

  // The end, first: everything leads there.
  const done = pass('Done', {
    parameters: { ...member('key', values.key), 'artifactUri.$': '$.uri', ...values.modelUri === undefined ? {} : member('modelUri', values.modelUri), 'cached.$': '$.cached' },
  });
  const failed = new sfn.Fail(scope, 'Failed', { error: 'NeuronCompilationFailed', causePath: '$.record.reason' });
  const recordFailure = record('Record failure', 'failed').next(failed);
  const failedUnrecorded = new sfn.Fail(scope, 'Failed without a record', { error: 'NeuronCompilationFailed', cause: 'the compilation failed, and so did the function that finds out why: see the history of this execution' });
  (recordFailure.startState as AwsTask).addCatch(failedUnrecorded, { resultPath: '$.error' });
  const giveUp = (id: string, reason: string): sfn.IChainable => pass(id, { result: sfn.Result.fromString(reason), resultPath: '$.reason' }).next(recordFailure);
  const orRecord = <T extends AwsTask>(task: T): T => {
    task.addCatch(recordFailure, { resultPath: '$.error' });
    return task;
  };
  /** Whether there are a manifest and a model; the order of an upload says nothing about what is there. */
  const whole = (id: string, yes: sfn.IChainable, no: sfn.IChainable): sfn.IChainable => orRecord(list(`${id}: find the manifest`, 'manifest.json'))
    .next(new sfn.Choice(scope, `${id}: a manifest?`).otherwise(no)
      .when(found, orRecord(list(`${id}: find the model`, 'model')).next(new sfn.Choice(scope, `${id}: a model?`).when(found, yes).otherwise(no))));
  const success = (outcome: 'compiled' | 'cached'): sfn.IChainable => {
    const cached = pass(outcome === 'cached' ? 'Artifact is there' : 'Compiled', { result: sfn.Result.fromBoolean(outcome === 'cached'), resultPath: '$.cached' });
    const recorded = record(`Record ${outcome}`, outcome);
    // A metric that is lost is no reason to lose an artefact.
    recorded.addCatch(done, { resultPath: '$.record' });
    return cached.next(recorded).next(done);
  };

  const begin = pass('Begin', {
    parameters: {
      ...heldValues(values), 'owner.$': '$$.Execution.Id', 'attempt': { number: 0 }, 'capacity': { number: 0 },
    },
  });
  const nameJob = pass('Name the job', {
    parameters: { 'name.$': `States.Format('${props.jobPrefix}-{}-{}', States.Hash($.uri, 'MD5'), $.attempt.number)`, 'waited': false }, resultPath: '$.job',
  });
  const create = new AwsTask(scope, 'Create the job', {
    integration: `aws-sdk:sagemaker:create${fields.operation}`,
    parameters: props.request,
    resultPath: sfn.JsonPath.DISCARD,
    statements: statements.create,
  });
  create.addRetry({ errors: ['SageMaker.ResourceInUseException', 'SageMaker.ResourceLimitExceededException'], maxAttempts: 0 });
  create.addRetry(BRIEF);
  const describe = orRecord(retried(new AwsTask(scope, 'Look at the job', {
    integration: `aws-sdk:sagemaker:describe${fields.operation}`,
    parameters: { [`${fields.name}.$`]: '$.job.name' },
    resultPath: described,
    statements: [statements.describe],
  })));
  const waited = pass('The job runs', { result: sfn.Result.fromBoolean(true), resultPath: '$.job.waited' });
  const wait = new sfn.Wait(scope, 'Wait for the job', { time: sfn.WaitTime.duration(pollInterval(props.maxRuntime)) });
  waited.next(wait).next(describe);

  const another = count('Next name', 'attempt').next(new sfn.Choice(scope, 'Names left?')
    .when(sfn.Condition.numberLessThan('$.attempt.number', MAX_ATTEMPTS), nameJob)
    .otherwise(giveUp('No names left', `${MAX_ATTEMPTS} jobs were tried for this key: change the spec, or clear its folder and the names with DeleteProcessingJob or DeleteTrainingJob`)));

  // No capacity, or the quota is in use: the first has used up a name, the second has not.
  const quota = sfn.Condition.isPresent('$.job.error');
  const shortage = new sfn.Choice(scope, 'Wait for capacity?')
    .when(sfn.Condition.numberLessThan('$.capacity.number', props.capacityRetries), count('Count the wait', 'capacity')
      .next(new sfn.Wait(scope, 'Wait for capacity', { time: sfn.WaitTime.duration(CAPACITY_WAIT) }))
      .next(new sfn.Choice(scope, 'Was a job made?').when(quota, nameJob).otherwise(another)))
    .otherwise(recordFailure);
  create.addCatch(describe, { errors: ['SageMaker.ResourceInUseException'], resultPath: sfn.JsonPath.DISCARD });
  create.addCatch(new sfn.Choice(scope, 'Is there a quota?')
    // "The account-level service limit '...' is 0 Instances": waiting does not help.
    .when(sfn.Condition.stringMatches('$.job.error.Cause', '* is 0 Instances*'), recordFailure)
    .otherwise(shortage), { errors: ['SageMaker.ResourceLimitExceededException'], resultPath: '$.job.error' });
  create.addCatch(recordFailure, { resultPath: '$.job.error' });

  const mark = orRecord(retried(new AwsTask(scope, 'Mark it complete', {
    integration: 'aws-sdk:s3:putObject',
    parameters: { 'Bucket.$': '$.bucket', 'Key.$': `States.Format('{}${MARKER}', $.folder)`, 'Body': { 'job.$': '$.job.name', 'execution.$': '$.owner' } },
    resultPath: sfn.JsonPath.DISCARD,
    statements: statements.mark,
  })));
  const ours = sfn.Condition.booleanEquals('$.job.waited', true);
  const uploaded = whole('Made', mark.next(success('compiled')), new sfn.Choice(scope, 'Was it our job?')
    .when(ours, giveUp('Nothing was made', 'the compile job ended well, and left no artefact with a manifest.json'))
    // An older job whose artefact somebody deleted.
    .otherwise(another));

  const status = (value: string): sfn.Condition => sfn.Condition.stringEquals(`${described}.${fields.status}`, value);
  const owner = `${described}.Environment.${OWNER}`;
  const stoppedByOther = sfn.Condition.and(status('Stopped'), sfn.Condition.or(
    sfn.Condition.isNotPresent(owner), sfn.Condition.not(sfn.Condition.stringEqualsJsonPath(owner, '$.owner')),
  ));
  // Stopped with the execution, which goes on in a redrive.
  const stoppedBefore = sfn.Condition.and(status('Stopped'), sfn.Condition.isPresent(REDRIVES), sfn.Condition.numberGreaterThan(REDRIVES, 0));
  const noCapacity = sfn.Condition.and(
    status('Failed'),
    sfn.Condition.isPresent(`${described}.FailureReason`),
    sfn.Condition.or(...CAPACITY_PATTERNS.map((pattern) => sfn.Condition.stringMatches(`${described}.FailureReason`, pattern))),
  );
  describe.next(new sfn.Choice(scope, 'How is the job?')
    .when(sfn.Condition.or(status('InProgress'), status('Stopping')), waited)
    .when(status('Completed'), uploaded)
    // It ended badly before we came, or its owner called it off.
    .when(sfn.Condition.or(sfn.Condition.not(ours), stoppedByOther, stoppedBefore), another)
    .when(noCapacity, shortage)
    .otherwise(recordFailure));
  create.next(waited);
  nameJob.next(create);
  const careful = (task: AwsTask): AwsTask => orRecord(retried(task));
  const { trained } = props;
  const compile = trained === undefined ? nameJob : findSource(scope, trained, { careful, found: nameJob, failed: recordFailure });
  begin.next(orRecord(list('Find the artifact', MARKER))).next(new sfn.Choice(scope, 'Is it there?')
    // What somebody deleted in parts is made again.
    .when(found, whole('There', success('cached'), compile))
    .otherwise(compile));
  return { start: trained === undefined ? begin : makeKey(scope, trained, { careful, found: begin, failed: recordFailure }), end: done };
}

/**
 * Throttling passes, and so do the rights of roles and policies that were made a moment ago. Hours of work hang on most of these calls: some
 * minutes of it are waited out.
 */
const PATIENT: sfn.RetryProps = { errors: [sfn.Errors.TASKS_FAILED], interval: Duration.seconds(5), backoffRate: 2, maxAttempts: 10, maxDelay: Duration.minutes(1) };
/** What is wrong with a request shows at the creation of the job, and is not to be waited out for long. */
const BRIEF: sfn.RetryProps = { ...PATIENT, maxAttempts: 4, maxDelay: undefined };

function retried(task: AwsTask): AwsTask {
  return task.addRetry(PATIENT) as AwsTask;
}

/**
 * How long to wait between two looks at a job: 30 seconds, and more where a job may run so long that the events of its looks, 11 each, would not
 * fit an execution beside those of going through used names. An execution has 25,000 (Step Functions quotas); a name takes 18.
 */
function pollInterval(maxRuntime: Duration): Duration {
  return Duration.seconds(Math.max(30, Math.ceil(maxRuntime.toSeconds() * 11 / 17_000)));
}
