import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { stopLeftStatements } from './compile-statements';
import { STOP_KIND, STOP_PREFIX } from './contract';
import { StopFunction } from './runtime/stop-function';
import type { TrainedModelCompilationTask } from './trained-model-compilation-task';
import { endedEarly } from '../private/aws-task';
import { functionOptions } from '../private/runtime-function';

/**
 * States poll: an execution that is stopped, fails or runs out of time leaves its compile job running, for hours. From now on it is stopped with it.
 *
 * @param machine what the task is a part of
 */
export function stopCompilationsOf(scope: Construct, machine: sfn.IStateMachine, task: TrainedModelCompilationTask): void {
  const { kind, jobPrefix, name } = task._task;
  const stop = new StopFunction(scope, 'StopCompilations', {
    ...functionOptions(scope, 'StopCompilations', 'Stops the compile jobs that an execution left', stopLeftStatements(scope, kind, jobPrefix, name)),
    environment: { [STOP_KIND]: kind, [STOP_PREFIX]: jobPrefix },
  });
  new events.Rule(scope, 'CompilationsEndedEarly', {
    description: 'Stops the compile jobs of an execution that did not end well',
    eventPattern: endedEarly(machine),
    targets: [new targets.LambdaFunction(stop)],
  });
}
