import { createHash } from 'node:crypto';
import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { deployWaitProblems } from './core/job-checks';
import type { TrainingConfig } from './core/types';
import { parameterProblems, runInput, type TrainingRunParameters } from './run-parameters';
import { DeployFunction } from './runtime/deploy-function';
import type { DeployProperties } from './runtime/deploy.lambda';
import type { TrainingJob } from './training-job';
import { checkObject } from '../private/checks';
import { throwProblems, type Problem } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/** A run that a deploy starts. */
export interface TrainingDeployRunOptions {
  /**
   * What the run is given.
   *
   * @default - nothing: what the training says
   */
  readonly parameters?: TrainingRunParameters;

  /**
   * How long the deploy waits for the run, 1 to 55 minutes: a custom resource has an hour. The deploy fails when the run fails; when the time is over it fails too, and the run is stopped.
   *
   * @default - the deploy starts the run and goes on
   */
  readonly wait?: Duration;
}

/** A run that a deploy starts, and of which training. */
export interface TrainingDeployRunProps extends TrainingDeployRunOptions {
  /** The training. */
  readonly training: TrainingJob;
}

/** What CloudFormation has beside the wait: to start functions, to stop a run that is replaced. With the longest wait it is the hour of a custom resource. */
const MARGIN = Duration.minutes(5);

/**
 * A run that a deploy starts: when it is new, and whenever its parameters or the training change (script, data, hardware, hyperparameters; not its tags or prices).
 *
 * A deploy that changes neither starts nothing, nor does one that is taken back. A run that still goes on when another takes its place, or when it is deleted, is stopped, and its job with it: redrive it when the deploy
 * that stopped it was taken back. With `wait`, what needs the end of the run depends on this construct (`node.addDependency`).
 */
export class TrainingDeployRun extends Construct {
  /** The execution of the last run that was started. */
  public readonly executionArn: string;

  constructor(scope: Construct, id: string, props: TrainingDeployRunProps) {
    super(scope, id);
    const { training, parameters, wait } = props;
    throwProblems(this, checkObject('training', training, '_parts', 'a TrainingJob of this app', 'pass a TrainingJob'));
    throwProblems(this, [...waitProblems(wait), ...parameterProblems(parameters, training._parts.config)]);
    const stack = Stack.of(this);
    const machine = training.stateMachine;
    const group = `deploy-${this.node.addr.slice(-8)}`;
    const runs = stack.formatArn({ service: 'states', resource: 'execution', resourceName: `${machine.stateMachineName}:${group}-*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const starter = new DeployFunction(this, 'Starter', {
      ...functionOptions(this, 'Starter', 'Starts a run of a training in a deploy, and stops it', [
        new iam.PolicyStatement({ actions: ['states:ListExecutions', 'states:StartExecution'], resources: [machine.stateMachineArn] }),
        new iam.PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [runs] }),
      ]),
      // With a wait each invocation lasts as long as one may, and then calls the next.
      ...wait === undefined ? {} : { timeout: Duration.minutes(15) },
    });
    // Beside the role: the function needs the role, and this needs the function.
    const again = wait === undefined ? [] : [new iam.Policy(this, 'Again', { roles: [starter.role!], statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [starter.functionArn] })] })];

    const input = runInput(parameters);
    const digest = createHash('sha256').update(JSON.stringify(stack.resolve([contentOf(training._parts.config), input]))).digest('hex').slice(0, 8);
    const properties: DeployProperties = {
      StateMachineArn: machine.stateMachineArn,
      Group: group,
      Training: digest,
      Input: stack.toJsonString(input),
      ...wait === undefined ? {} : { WaitSeconds: String(wait.toSeconds()) },
    };
    // Something else to run is another resource: when a deploy is taken back, the new one is deleted, and the old one is as it was.
    const run = new CustomResource(this, `Run${digest}`, {
      serviceToken: starter.functionArn,
      resourceType: 'Custom::TrainingRun',
      serviceTimeout: (wait ?? Duration.seconds(0)).plus(MARGIN),
      properties: { ...properties },
    });
    this.executionArn = run.ref;
    // A run needs all of it from its first moment, and what stops its job has to be there when it is stopped.
    const needed = ['Stop', 'EndedEarly', 'SecurityGroup'].flatMap((child) => training.node.tryFindChild(child) ?? []);
    run.node.addDependency(machine, training.role, starter, ...needed, ...again);
  }
}

/** What a run is about: tags are about money, prices for a metric. */
function contentOf({ rungs, ...config }: TrainingConfig): object {
  return { ...config, rungs: rungs.map(({ request: { Tags: _tags, ...request }, hourlyPrice: _price, ...rung }) => ({ ...rung, request })) };
}

function waitProblems(wait: Duration | undefined): Problem[] {
  if (wait === undefined) return [];
  const notOne = checkObject('wait', wait, 'toSeconds', 'a duration', 'give e.g. Duration.minutes(30)');
  if (notOne.length > 0) return notOne;
  if (wait.isUnresolved()) return [{ prop: 'wait', got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth', fix: 'give a plain duration such as Duration.minutes(30)' }];
  return deployWaitProblems(wait.toSeconds({ integral: false }));
}
