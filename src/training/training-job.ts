import { Aws, CfnOutput, Duration, Names, Stack, type ITaggableV2, type TagManager } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from './contract';
import { deadLetters } from './dead-letters';
import { parameterProblems } from './run-parameters';
import { StopFunction } from './runtime/stop-function';
import { failedAlarm, fallbackAlarm, notStoppedAlarm } from './training-alarms';
import { TrainingDeployRun, type TrainingDeployRunOptions } from './training-deploy-run';
import type { ITrainingLadder, TrainingRungFacts } from './training-estimate';
import type { TrainingJobProps } from './training-job-props';
import { TrainingMetricsBase } from './training-metrics';
import { TrainingParts } from './training-parts';
import { TrainingSchedule, type TrainingScheduleOptions } from './training-schedule';
import { stopStatements } from './training-statements';
import { TrainingTrigger, type TrainingTriggerOptions } from './training-trigger';
import { endedEarly } from '../private/aws-task';
import { consoleUrl } from '../private/console-url';
import { throwProblems } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/** Step Functions allows an execution a year; waits, tries and rungs together stay below it. */
const LONGEST_RUN = Duration.days(364);

/**
 * A training of a model: SageMaker training jobs, one after another, on one kind of hardware after another, until the training is complete or cannot be.
 *
 * A deploy makes the state machine and runs no job, but with `runOnDeploy`: start it with `aws stepfunctions start-execution`, with `addSchedule`, or with `addTrigger`. Each run ends with a result that says why:
 * completed with a model, or failed as `Training.NoHardware`, `.TimedOut`, `.Stopped`, `.UserError` (with the last lines of the log), `.InternalError` or `.Skipped`. What a run leaves running when it is called off is
 * stopped. CloudFormation has no provisionable training job, and a stack waits an hour at most.
 *
 * An execution is given `{}`, or `{ "hyperParameters": { ... }, "environment": { ... }, "inputs": { "<channel>": "s3://..." }, "runId": "..." }` over what is said here. `runId` makes a run one that is made once: of two executions
 * with the same the second ends as `Training.Skipped`, unless the first came to nothing: then it goes on from its checkpoints. Redrive a failed execution to go on from its last checkpoint. A completed one ends with
 * `{ outcome, reason, job, rung, model: { uri, revision, modelPackageArn } }`.
 */
export class TrainingJob extends TrainingMetricsBase implements ITaggableV2, ec2.IConnectable, iam.IGrantable, ITrainingLadder {
  /** Name of the training in metrics and events. */
  public readonly trainingName: string;
  /** Beginning of the names of the jobs, e.g. to follow their logs. */
  public readonly jobNamePrefix: string;
  /** The state machine: an execution is a run. */
  public readonly stateMachine: sfn.StateMachine;
  /** Tags of the jobs. */
  public readonly cdkTagManager: TagManager;
  /** Kinds of hardware, in the order in which they are tried. */
  public readonly rungs: TrainingRungFacts[];
  /** The role of the jobs. */
  public readonly role: iam.IRole;
  /** The role of the jobs, for grants. */
  public readonly grantPrincipal: iam.IPrincipal;
  /** The bucket of the models. */
  public readonly bucket: s3.IBucket;
  /** `s3://` address of the folder that models lie below, with a slash at its end; each is in a folder with the name of its job. */
  public readonly outputUri: string;
  /** Goes off when a run made no model. */
  public readonly failedAlarm: cloudwatch.Alarm;
  /** Goes off when a run was made on another rung than the first; there is none where there is one rung. */
  public readonly fallbackAlarm?: cloudwatch.Alarm;

  /** Goes off when the function failed that stops what a run left running. */
  public readonly notStoppedAlarm: cloudwatch.Alarm;

  /** @internal */
  public readonly _parts: TrainingParts;
  private readonly eventBus?: events.IEventBus;

  constructor(scope: Construct, id: string, props: TrainingJobProps) {
    super(scope, id);
    const stack = Stack.of(this);
    // Known at synth: the role of the function names the executions of a machine that needs the function.
    const machineName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });
    const parts = new TrainingParts(this, props, { machineName, allowOverlap: props.allowOverlap ?? false });
    this._parts = parts;
    this.trainingName = parts.trainingName;
    this.jobNamePrefix = parts.jobNamePrefix;
    this.cdkTagManager = parts.tags;
    this.rungs = parts.rungs;
    this.role = parts.role;
    this.grantPrincipal = parts.role.grantPrincipal;
    this.bucket = parts.bucket;
    this.outputUri = parts.outputUri;
    this.eventBus = props.eventBus;

    const machine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: machineName,
      comment: `Training ${parts.trainingName} on ${parts.rungs.map(({ name }) => name).join(', then ')}`,
      definitionBody: sfn.DefinitionBody.fromChainable(parts.states.start),
      timeout: LONGEST_RUN,
      // Of our own: whom the L2's trusts depends on the version of aws-cdk-lib.
      role: new iam.Role(this, 'StateMachineRole', {
        description: 'Runs a training',
        assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      }),
    });
    this.stateMachine = machine;
    machine.node.addDependency(...parts.before);
    this.notStoppedAlarm = this.stopsWhatIsLeft(machine, machineName, parts, props);
    this.failedAlarm = failedAlarm(this, this.trainingName, this.metricFailedRuns());
    if (this.rungs.length > 1) this.fallbackAlarm = fallbackAlarm(this, this.trainingName, this.metricRungUsed());
    new CfnOutput(this, 'Runs', { description: 'Runs of the training', value: consoleUrl(this, 'states', `#/statemachines/view/${machine.stateMachineArn}`) });
    new CfnOutput(this, 'Start', { description: 'Starts a run', value: `aws stepfunctions start-execution --region ${stack.region} --state-machine-arn ${machine.stateMachineArn}` });
  }

  /**
   * The network of the jobs, when they have a `vpc`: what they need to reach there lets them in.
   *
   * @throws without a `vpc`
   */
  public get connections(): ec2.Connections {
    return this._parts.connections;
  }

  /** Runs the training on a schedule. An event that comes twice makes one run. */
  public addSchedule(id: string, options: TrainingScheduleOptions): TrainingSchedule {
    throwProblems(this, parameterProblems(options.parameters, this._parts.config));
    return new TrainingSchedule(this, id, { ...options, stateMachine: this.stateMachine });
  }

  /** Runs the training on an event: new data, an approval. An event that comes twice makes one run. */
  public addTrigger(id: string, options: TrainingTriggerOptions): TrainingTrigger {
    throwProblems(this, parameterProblems(options.parameters, this._parts.config));
    return new TrainingTrigger(this, id, { ...options, stateMachine: this.stateMachine });
  }

  /**
   * Has a deploy start a run: the first that makes it, and each that changes its parameters or the training. The deploy goes on at once, or waits 55 minutes at most; with a `wait`, a run that fails makes the
   * deploy fail, and on the first creation of a stack that takes the whole stack back.
   */
  public runOnDeploy(id: string, options: TrainingDeployRunOptions = {}): TrainingDeployRun {
    return new TrainingDeployRun(this, id, { ...options, training: this });
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets a principal list and read the models, and nothing else of the bucket. */
  public grantReadModels(grantee: iam.IGrantable): iam.Grant {
    return this._parts.grantReadModels(grantee);
  }

  /**
   * A rule for what happens in runs: `Training Started`, `Training Job Ended`, `Training Ended`, `Training Job Stopped`, and of a pipeline `Model Ready` (the event's `detail-type`); narrow it with
   * `eventPattern.detailType` and `eventPattern.detail`. All have `training` and `execution`. A job that ended has `job`, `rung`, `instanceType`, `purpose` (`train` or `compile`), `attempt`, `outcome`
   * (`completed`, `capacity`, `spotInterrupted`, `timedOut`, `stopped`, `userError`, `internalError`; refused requests `quota`, `unavailable`), `reason`, `waited`, `ran`, `billable` (seconds) and `cost` (USD). A run that ended has `outcome`
   * (`completed`, `noHardware`, `timedOut`, `stopped`, `userError`, `internalError`, `skipped`), `reason`, `job`, `rung`, `model`, `seconds`, `billable` and `cost`.
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { eventPattern = {}, crossStackScope, target, ...rest } = options;
    throwProblems(this, eventPattern.detail?.training === undefined ? [] : [{ prop: 'eventPattern.detail.training', got: JSON.stringify(eventPattern.detail.training), allowed: 'other keys: this one says whose events they are', fix: 'leave it out' }]);
    const rule = new events.Rule(crossStackScope ?? this, id, { ...rest, eventBus: this.eventBus });
    rule.addEventPattern({ ...eventPattern, source: [EVENT_SOURCE], detail: { ...eventPattern.detail, training: [this.trainingName] } });
    rule.addTarget(target);
    return rule;
  }

  /** States poll: an execution that ends early leaves its job running, and a role that pays for it. */
  private stopsWhatIsLeft(machine: sfn.StateMachine, machineName: string, parts: TrainingParts, props: TrainingJobProps): cloudwatch.Alarm {
    // What fails three times is kept, and somebody is told: an instance may be paid for.
    const notStopped = deadLetters(this, 'NotStopped');
    const alarm = notStoppedAlarm(this, notStopped.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }));
    const stop = new StopFunction(this, 'Stop', {
      ...functionOptions(this, 'Stop', 'Stops the training jobs that a run left', stopStatements(this, parts.jobNamePrefix, machineName, parts.eventBusArn)),
      deadLetterQueue: notStopped,
      environment: { TRAINING: this.trainingName, PREFIX: parts.jobNamePrefix, ...props.eventBus === undefined ? {} : { EVENT_BUS: props.eventBus.eventBusArn } },
    });
    new events.Rule(this, 'EndedEarly', {
      description: 'Stops the training jobs of a run that did not end well',
      eventPattern: endedEarly(machine),
      targets: [new targets.LambdaFunction(stop, { deadLetterQueue: notStopped })],
    });
    return alarm;
  }
}
