import { createHash } from 'node:crypto';
import { ArnFormat, Aws, CfnOutput, CfnWaitCondition, CfnWaitConditionHandle, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { stopStatements } from './compile-statements';
import { LOG_GROUPS, type JobKind, type StartProperties } from './contract';
import { NeuronCompilationTask, type NeuronCompilationTaskProps } from './neuron-compilation-task';
import type { InstanceUse } from '../hardware';
import type { CompiledArtifact, IModelSource, ModelProfile, ModelSourceBindOptions, ModelSourceConfig } from '../model';
import { AwsTask, endedEarly } from '../private/aws-task';
import { consoleUrl } from '../private/console-url';
import { SignalFunction } from './runtime/signal-function';
import { StartFunction } from './runtime/start-function';
import { checkTimes, MAX_WAIT } from './task-checks';
import { throwProblems } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/** A compilation that a deploy waits for. */
export interface NeuronCompilationProps extends NeuronCompilationTaskProps {
  /**
   * How long the deploy waits, 15 minutes to 12 hours: for capacity, for every try and for the upload.
   *
   * @default Duration.hours(12)
   */
  readonly timeout?: Duration;
}

/** Between the longest run of a job and the end of the wait: a host is found, the artefact is uploaded, the end is signalled. */
const MARGIN = Duration.minutes(10);

/**
 * A model compiled for Neuron as a step of a deploy: keyed by its inputs, run once, awaited by what needs it.
 *
 * The deploy waits until the artefact is there. With the same inputs it has been there before, and neither the template nor anything in the account
 * changes. When it fails, so does the deploy, with the compiler's last lines; what was there before stays, a GPU variant of the same stack
 * included. **On the first creation of a stack a failure takes the whole stack back: give the compilation a stack of its own then, and deploy it
 * first.** Artefacts stay when the stack is deleted; a job that runs then is stopped.
 *
 * It is a source of a model: `ServedModel.onNeuron(compilation)` takes image, settings and cores from it.
 */
export class NeuronCompilation extends Construct implements IModelSource {
  /** The source in a few words. */
  public readonly description: string;
  /** What is known about the model's size and shape. */
  public readonly profile?: ModelProfile;
  /** False: the container is the serving image. */
  public readonly bringsImage?: boolean = false;
  /** What the artefact can be served with. */
  public readonly compiled?: CompiledArtifact;
  /** The content key: 32 hexadecimal digits, made of everything that changes the artefact and of nothing else. */
  public readonly key: string;
  /** `s3://` address of the artefact's folder, with the key in it and a slash at its end. */
  public readonly artifactUri: string;
  /** `s3://` address of what is served: a `model.tar.gz`, or a folder of files for language models. */
  public readonly modelUri: string;
  /** The bucket of the artefact. */
  public readonly bucket: s3.IBucket;
  /** The state machine that compiles. Start it by hand, with an empty input, to have a deleted artefact made again. */
  public readonly stateMachine: sfn.IStateMachine;
  /** The role of the compile job. */
  public readonly role: iam.IRole;
  /** What the job is in SageMaker: a processing or a training job. */
  public readonly jobKind: InstanceUse;
  /** The host that compiles, e.g. `ml.m5.2xlarge`. */
  public readonly instanceType: string;
  /** Where to watch it: the executions of the state machine in the console. */
  public readonly progressUrl: string;
  /** Where to read the log of the job in the console. */
  public readonly logsUrl: string;

  /** @internal */
  public readonly _task: NeuronCompilationTask;

  private readonly compilationDone: CfnWaitCondition;

  constructor(scope: Construct, id: string, props: NeuronCompilationProps) {
    super(scope, id);
    const timeout = props.timeout ?? MAX_WAIT;
    throwProblems(this, checkTimes(timeout, props.maxRuntime));
    const task = new NeuronCompilationTask(this, 'Task', { ...props, maxRuntime: props.maxRuntime ?? timeout.minus(MARGIN) });
    this._task = task;
    this.key = task.key;
    this.artifactUri = task.artifactUri;
    this.modelUri = task.modelUri;
    this.bucket = task.bucket;
    this.role = task.role;
    this.jobKind = task.jobKind;
    this.instanceType = task.instanceType;
    this.compiled = task.compiled;
    this.profile = task.profile;
    this.description = task.description;

    const machine = this.machine(task, timeout);
    this.stateMachine = machine;
    this.compilationDone = this.awaited(task, machine, timeout);

    this.progressUrl = consoleUrl(this, 'states', `#/statemachines/view/${machine.stateMachineArn}`);
    const group = encodeURIComponent(encodeURIComponent(LOG_GROUPS[String(task.jobKind) as JobKind])).replaceAll('%', '$');
    this.logsUrl = consoleUrl(this, 'cloudwatch', `#logsV2:log-groups/log-group/${group}$3FlogStreamNameFilter$3D${task._jobPrefix}`);
    new CfnOutput(this, 'Progress', { description: 'Executions of the Neuron compilation', value: this.progressUrl });
    new CfnOutput(this, 'Logs', { description: 'Log of the compile job', value: this.logsUrl });
  }

  /** Says where the artefact is. What is made of it waits for the compilation. */
  public bind(scope: Construct, options: ModelSourceBindOptions): ModelSourceConfig {
    return { ...this._task.bind(scope, options), dependables: [this.compilationDone] };
  }

  /** Lets a principal list and read the artefact with its `manifest.json`, and nothing else of the bucket. */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this._task.grantRead(grantee);
  }

  /**
   * A rule for what happens to the compilation: started, succeeded, failed, timed out, stopped (`detail.status` of the event).
   *
   * `detail.input` has the address that ends the deploy's wait: whoever gets the event could signal it. Send people an excerpt
   * (`RuleTargetInput.fromText` with `EventField.fromPath('$.detail.status')`).
   */
  public onStatusChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = new events.Rule(options.crossStackScope ?? this, id, options);
    rule.addEventPattern({
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [this.stateMachine.stateMachineArn] },
    });
    rule.addTarget(options.target);
    return rule;
  }

  /** Run time of the compile jobs that made an artefact, in seconds. Average over 5 minutes by default. */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this._task.metricDuration(props);
  }

  /** Compilations that made an artefact. Sum over 5 minutes by default. */
  public metricCompiled(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this._task.metricCompiled(props);
  }

  /** Compilations that found their artefact and started no job. Sum over 5 minutes by default. */
  public metricCacheHits(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this._task.metricCacheHits(props);
  }

  /** Compilations that failed. Sum over 5 minutes by default. */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this._task.metricFailures(props);
  }

  /** The compilation, and its end signalled to whoever waits: an execution started by hand has nobody waiting. */
  private machine(task: NeuronCompilationTask, timeout: Duration): sfn.StateMachine {
    const signal = new SignalFunction(this, 'Signal', functionOptions(this, 'Signal', 'Signals the end of a Neuron compilation to CloudFormation', []));
    const send = (id: string, success: boolean): AwsTask => new AwsTask(this, id, {
      integration: 'lambda:invoke',
      parameters: {
        FunctionName: signal.functionArn,
        Payload: { 'handle.$': '$.handle', success, 'id': task.key, 'data': task.artifactUri, ...success ? {} : { 'error.$': '$.error' } },
      },
      resultPath: sfn.JsonPath.DISCARD,
      statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [signal.functionArn] })],
    }).addRetry({ errors: [sfn.Errors.ALL], interval: Duration.seconds(10), backoffRate: 2, maxAttempts: 5 }) as AwsTask;
    const waitedFor = sfn.Condition.isPresent('$.handle');
    const failed = new sfn.Fail(this, 'Compilation failed', { errorPath: '$.error.Error', causePath: '$.error.Cause' });
    const compile = task.toSingleState({ stateId: 'Compile', prefixStates: '', resultPath: '$.compilation' });
    compile.addCatch(new sfn.Choice(this, 'Failure to signal?').when(waitedFor, send('Signal failure', false).next(failed)).otherwise(failed), { resultPath: '$.error' });
    const definition = compile.next(new sfn.Choice(this, 'Success to signal?')
      .when(waitedFor, send('Signal success', true))
      .otherwise(new sfn.Succeed(this, 'Nobody waits')));
    const machine = new sfn.StateMachine(this, 'StateMachine', {
      comment: task._resolved.full.shapes.toString(),
      definitionBody: sfn.DefinitionBody.fromChainable(definition),
      // A little less than the deploy waits, so that even this end is signalled.
      timeout: timeout.minus(Duration.minutes(1)),
      // Of our own: whom the L2's trusts depends on the version of aws-cdk-lib.
      role: new iam.Role(this, 'StateMachineRole', {
        description: 'Runs a Neuron compilation',
        assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
      }),
    });
    // Who stops an execution in the console means to end the deploy, and not to wait for the rest of its time; and some failures no state can catch
    // (States.Runtime, States.DataLimitExceeded). A second signal of a failure does no harm.
    new events.Rule(this, 'EndedEarly', {
      description: 'Tells CloudFormation of a Neuron compilation that ended without telling it',
      eventPattern: endedEarly(machine),
      // Once: a stack that is gone takes no signal.
      targets: [new targets.LambdaFunction(signal, { retryAttempts: 0 })],
    });
    return machine;
  }

  /**
   * Start, wait, and what ends it early. A wait condition cannot be updated and a handle not signalled twice, so all three are new ones with a new
   * key, address, kind of job or time to wait: an update that fails takes them away, stops what they started, and leaves the old ones as they were.
   */
  private awaited(task: NeuronCompilationTask, machine: sfn.StateMachine, timeout: Duration): CfnWaitCondition {
    const stack = Stack.of(this);
    const kind = String(task.jobKind) as JobKind;
    const start = new StartFunction(this, 'Start', functionOptions(this, 'Start', 'Starts and stops a Neuron compilation', [
      new iam.PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }),
      new iam.PolicyStatement({
        actions: ['states:StopExecution'],
        resources: [stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${machine.stateMachineName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME })],
      }),
      ...stopStatements(this, task._name),
    ]));
    // What a run is about: a change of any of it is another run. Names of buckets and the like are tokens, which resolve to what names them in the template.
    const what = createHash('sha256').update(JSON.stringify(stack.resolve([task.artifactUri, kind, timeout.toSeconds()]))).digest('hex').slice(0, 8);
    const run = new Construct(this, `Run-${task.key}-${what}`);
    const handle = new CfnWaitConditionHandle(run, 'Handle');
    const properties: StartProperties = {
      Handle: handle.ref, StateMachineArn: machine.stateMachineArn, JobKind: kind, JobPrefix: task._jobPrefix, ArtifactUri: task.artifactUri,
    };
    const started = new CustomResource(run, 'Started', {
      serviceToken: start.functionArn,
      resourceType: 'Custom::NeuronCompilation',
      serviceTimeout: Duration.minutes(5),
      properties: { ...properties },
    });
    // An execution needs all of it from its first moment: rights, function, bucket.
    started.node.addDependency(machine, task, start, this.node.findChild('EndedEarly'), ...task._before);
    const done = new CfnWaitCondition(run, 'Done', { handle: handle.ref, timeout: String(timeout.toSeconds()), count: 1 });
    done.node.addDependency(started);
    return done;
  }
}
