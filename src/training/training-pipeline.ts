import { Aws, CfnOutput, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { EVENTS, EVENT_SOURCE } from './contract';
import { parameterProblems } from './run-parameters';
import { pipelineAlarm } from './training-alarms';
import type { TrainingJob } from './training-job';
import { TrainingSchedule, type TrainingScheduleOptions } from './training-schedule';
import { TrainingTrigger, type TrainingTriggerOptions } from './training-trigger';
import { TrainedModelCompilationTask, type CompilationTaskOptions, type NeuronCompilationOptions } from '../compilation';
import { stopCompilationsOf } from '../compilation/stop-compilations';
import type { ModelProfile } from '../model';
import { AwsTask, childStatements, putEventsStatement } from '../private/aws-task';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';

/** How trained models are compiled. */
export interface TrainedModelCompilation extends NeuronCompilationOptions, CompilationTaskOptions {
  /**
   * What is known about the size and shape of the models: it decides which host compiles.
   *
   * @default - unknown
   */
  readonly profile?: ModelProfile;
}

/** A training, and what comes after it. */
export interface TrainingPipelineProps {
  /** The training. Its output has to be compressed: what is compiled is a `model.tar.gz`. */
  readonly training: TrainingJob;

  /**
   * How each model is compiled for Neuron once it is trained.
   *
   * @default - it is not: GPUs serve it
   */
  readonly compilation?: TrainedModelCompilation;
}

const PATIENT: sfn.RetryProps = { errors: [sfn.Errors.ALL], interval: Duration.seconds(5), backoffRate: 2, maxAttempts: 8 };
/** A year is the limit of Step Functions; a training has 364 days, of which a compilation has nine hours. */
const LONGEST = Duration.days(365);

/**
 * Trains, registers, compiles: one object for "every week a fine-tune that is ready to be migrated to". When a run is through, the parameter `readyParameter` holds, as JSON, what the next deploy needs:
 * `{ modelUri, revision, modelPackageArn, artifactUri, compiledUri, key }`, and the event `Model Ready` is sent with the same. Nothing is deployed by it: a deploy that gives the model as
 * `ModelSource.s3Archive(bucket, key, { revision })` to a `NeuronCompilation` with the same options and the same bucket of artefacts finds the program and compiles nothing; a `TrafficMigration` moves the traffic.
 *
 * The executions are started with what the training takes. Redrive a failed one: it goes on from the last checkpoint of its training, or with the compilation alone. One whose training gave way to another run fails too, with
 * `Training.Skipped` in its cause; that rings no alarm.
 */
export class TrainingPipeline extends Construct {
  /** The state machine: an execution makes one model ready. */
  public readonly stateMachine: sfn.IStateMachine;
  /** What compiles, when there is a compilation. */
  public readonly compilation?: TrainedModelCompilationTask;
  /** Holds what the last run made ready. The first run makes it, and it stays when the stack is deleted: what CloudFormation has made it would set back with a change of its tags. */
  public readonly readyParameter: ssm.IStringParameter;
  /** Goes off when a training or a compilation failed; runs of the training that others started count too. */
  public readonly failedAlarm: cloudwatch.Alarm;

  private readonly training: TrainingJob;

  constructor(scope: Construct, id: string, props: TrainingPipelineProps) {
    super(scope, id);
    const { training } = props;
    this.training = training;
    throwProblems(this, checkObject('training', training, 'stateMachine', 'a TrainingJob of this app', 'pass a TrainingJob'));
    throwProblems(this, props.compilation === undefined || training._parts.compressed ? [] : [{
      prop: 'training', got: 'a training whose output is a folder of files', allowed: 'one whose output is compressed: what is compiled is a model.tar.gz', fix: 'leave `output.compressed` out, or leave `compilation` out',
    }]);
    const stack = Stack.of(this);
    throwProblems(this, environmentProblems(stack, Stack.of(training)));
    this.readyParameter = ssm.StringParameter.fromStringParameterAttributes(this, 'Ready', {
      parameterName: `/cdk-accelerators/${Names.uniqueResourceName(this, { maxLength: 200, separator: '-' })}/ready`,
      // It is not there when the stack is made: a parameter of the template would ask for it.
      forceDynamicReference: true,
    });

    this.compilation = props.compilation === undefined ? undefined : this.compilationOf(training, props.compilation);
    const machine = new sfn.StateMachine(this, 'StateMachine', {
      comment: `Makes models of the training ${training.trainingName} ready`,
      definitionBody: sfn.DefinitionBody.fromChainable(this.definition(training)),
      timeout: LONGEST,
      role: new iam.Role(this, 'StateMachineRole', {
        description: 'Trains a model and makes it ready',
        assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      }),
    });
    this.stateMachine = machine;
    if (this.compilation !== undefined) stopCompilationsOf(this, machine, this.compilation);
    this.failedAlarm = pipelineAlarm(this, [training.metricFailedRuns(), ...this.compilation === undefined ? [] : [this.compilation.metricFailures()]]);
    new CfnOutput(this, 'Start', { description: 'Trains a model and makes it ready', value: `aws stepfunctions start-execution --region ${stack.region} --state-machine-arn ${machine.stateMachineArn}` });
    new CfnOutput(this, 'ReadyModel', { description: 'Parameter that holds what the last run made ready', value: this.readyParameter.parameterName });
  }

  /** Runs all of it on a schedule. An event that comes twice makes one model. */
  public addSchedule(id: string, options: TrainingScheduleOptions): TrainingSchedule {
    throwProblems(this, parameterProblems(options.parameters, this.training._parts.config));
    return new TrainingSchedule(this, id, { ...options, stateMachine: this.stateMachine });
  }

  /** Runs all of it on an event. An event that comes twice makes one model. */
  public addTrigger(id: string, options: TrainingTriggerOptions): TrainingTrigger {
    throwProblems(this, parameterProblems(options.parameters, this.training._parts.config));
    return new TrainingTrigger(this, id, { ...options, stateMachine: this.stateMachine });
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  private compilationOf(training: TrainingJob, options: TrainedModelCompilation): TrainedModelCompilationTask {
    const { profile, ...compilation } = options;
    const { network, artifacts } = training._parts.forCompilation(options);
    const { bucket, _parts: { outputPrefix, encryptionKey } } = training;
    return new TrainedModelCompilationTask(this, 'Compile', { ...compilation, network, artifacts, models: { bucket, prefix: outputPrefix, decryptionKey: encryptionKey, profile }, modelPath: '$.trained.model' });
  }

  private definition(training: TrainingJob): sfn.IChainable {
    const { stateMachine: child } = training;
    // States are constructs: their names are not to meet those of the resources.
    const states = new Construct(this, 'States');
    const begin = new sfn.Pass(states, 'Begin', { parameters: { 'given.$': '$' } });
    // A redriven pipeline trains in another execution, which is to go on from the checkpoints of the one before.
    const name = new sfn.Pass(states, 'Name the run', { parameters: { 'runId.$': 'States.Format(\'{}/{}\', $$.StateMachine.Name, $$.Execution.Name)' }, resultPath: '$.run' })
      .next(new sfn.Pass(states, 'Give it its name', { parameters: { 'given.$': 'States.JsonMerge($.given, $.run, false)' } }));
    const train = new AwsTask(states, 'Train', {
      integration: 'states:startExecution.sync:2',
      parameters: { 'StateMachineArn': child.stateMachineArn, 'Input.$': '$.given' },
      resultSelector: { 'model.$': '$.Output.model' },
      resultPath: '$.trained',
      statements: childStatements(this, child, child.stateMachineName),
    });
    const model = { 'modelUri.$': '$.trained.model.uri', 'revision.$': '$.trained.model.revision', 'modelPackageArn.$': '$.trained.model.modelPackageArn' };
    const program = this.compilation === undefined ? {} : { 'artifactUri.$': '$.compiled[0].artifactUri', 'compiledUri.$': '$.compiled[0].modelUri', 'key.$': '$.compiled[0].key' };
    const ready = new sfn.Pass(states, 'Ready', { parameters: { training: training.trainingName, ...model, ...program } });
    const put = new AwsTask(states, 'Put the parameter', {
      integration: 'aws-sdk:ssm:putParameter',
      parameters: { 'Name': this.readyParameter.parameterName, 'Value.$': 'States.JsonToString($)', 'Type': 'String', 'Overwrite': true },
      resultPath: sfn.JsonPath.DISCARD,
      statements: [new iam.PolicyStatement({ actions: ['ssm:PutParameter'], resources: [this.readyParameter.parameterArn] })],
    }).addRetry(PATIENT);
    const { eventBusArn } = training._parts;
    const tell = new AwsTask(states, 'Tell', {
      integration: 'events:putEvents',
      parameters: { Entries: [{ 'Source': EVENT_SOURCE, 'DetailType': EVENTS.ready, 'EventBusName': eventBusArn, 'Detail.$': '$' }] },
      resultPath: sfn.JsonPath.DISCARD,
      statements: [putEventsStatement(eventBusArn, EVENT_SOURCE)],
    }).addRetry(PATIENT);
    // The parameter holds it: an event that is lost is no reason to fail.
    const done = new sfn.Succeed(states, 'Model is ready');
    tell.addCatch(done, { resultPath: sfn.JsonPath.DISCARD });
    const last = ready.next(put).next(tell).next(done);
    const compile = this.compilation?.toSingleState({ stateId: 'Compile', prefixStates: '', resultPath: '$.compiled' });
    const named = new sfn.Choice(states, 'Has the run a name?').when(sfn.Condition.isPresent('$.given.runId'), train).otherwise(name.next(train));
    if (compile === undefined) train.next(last);
    else train.next(compile).next(last);
    return begin.next(named);
  }
}

/** Roles, executions and models of both are named by account and region. */
function environmentProblems(own: Stack, training: Stack): Problem[] {
  const differ = (a: string, b: string) => !Token.isUnresolved(a) && !Token.isUnresolved(b) && a !== b;
  return [
    ...differ(own.region, training.region) ? [{ prop: 'training', got: `a training in ${training.region}`, allowed: `one in ${own.region}, as the pipeline`, fix: 'put both into one region' }] : [],
    ...differ(own.account, training.account) ? [{ prop: 'training', got: `a training in account ${training.account}`, allowed: `one in ${own.account}, as the pipeline`, fix: 'put both into one account' }] : [],
  ];
}
