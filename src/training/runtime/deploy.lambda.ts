import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { describeRun, invokeLater, pause, runningRuns, startRun, stopRun, type StartedRun } from './deploy.client';
import { saidBy } from '../../compilation/core/failure-text';
import { respond, type Answer } from '../../compilation/runtime/cloudformation.client';
import { clip } from '../core/text';

/** Properties of the custom resource: texts, for CloudFormation makes them of everything. */
export interface DeployProperties {
  readonly StateMachineArn: string;
  /** Beginning of the names of all runs that this part of a stack starts. */
  readonly Group: string;
  /** Digest of the training. */
  readonly Training: string;
  /** Input of the run, as JSON. */
  readonly Input: string;
  /** How long the deploy waits for the run. */
  readonly WaitSeconds?: string;
}

type Event = CloudFormationCustomResourceEvent;
type DeployContext = Pick<Context, 'invokedFunctionArn' | 'logStreamName' | 'getRemainingTimeInMillis'>;

const ENDS = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];
const LOOK_MS = 10_000;
const NEW_ROLE_ATTEMPTS = 4;
/** With less time left an invocation hands over to the next. */
const HANDOVER_MS = 60_000;
/** So long rule and function need to stop the job of a run that ended: they may be deleted after that. */
const SETTLE_MS = 30_000;
/** CloudFormation takes 4,096 bytes of an answer and shows about 1,024 characters of its reason. */
const MOST_CAUSE = 800;

/**
 * The custom resource behind a run that a deploy starts. The name of the run is made of the request, so an event that comes twice starts one run, and
 * the next invocation of a wait that is longer than one finds it: it gets the same event. (Lambda ends a chain of a function that calls itself after 16
 * invocations; 55 minutes are four.)
 */
export async function handler(event: Event, context: DeployContext): Promise<void> {
  const answer = await answerTo(event, context);
  if (answer === undefined) return invokeLater(context.invokedFunctionArn, event);
  // Not answered as failed any more, whatever becomes of the answer: Lambda sends the event again, and it is the same.
  return respond(event, answer);
}

/** The answer, or nothing when the run goes on longer than this invocation. */
async function answerTo(event: Event, context: DeployContext): Promise<Answer | undefined> {
  const properties = event.ResourceProperties as unknown as DeployProperties;
  const own = arnOf(properties, `${prefixOf(properties)}${event.RequestId}`);
  const previous = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  try {
    if (event.RequestType === 'Delete') {
      await remove(properties, event.PhysicalResourceId);
      return { Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId };
    }
    // The run of this content is there: something else was changed, or what failed is taken back.
    if (event.RequestType === 'Update' && event.PhysicalResourceId.startsWith(arnOf(properties, prefixOf(properties)))) {
      await stopOthers(properties, event.PhysicalResourceId);
      return { Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId };
    }
    await whenAllowed(() => start(properties, own));
    if (properties.WaitSeconds === undefined) return { Status: 'SUCCESS', PhysicalResourceId: own };
    const failure = await waitFor(own, Number(properties.WaitSeconds), context);
    if (failure === undefined) return undefined;
    // An update that failed leaves what was there; its run is over.
    return failure === '' ? { Status: 'SUCCESS', PhysicalResourceId: own } : { Status: 'FAILED', PhysicalResourceId: previous ?? own, Reason: failure };
  } catch (error) {
    console.error(error);
    if (event.RequestType === 'Update') await stopRun(own, 'Deploy.Failed', 'the deploy that started it failed').catch(console.error);
    const { name, message } = error as Error;
    // What failed to be made is deleted by its id, and stopped if it was started all the same.
    return { Status: 'FAILED', PhysicalResourceId: previous ?? own, Reason: `${name}: ${clip(message, MOST_CAUSE)} (log stream ${context.logStreamName})` };
  }
}

/** Starts the run of this request, once. */
async function start(properties: DeployProperties, own: string): Promise<void> {
  if (await describeRun(own) !== undefined) return;
  // Runs of one training do not overlap: the one before is about what is not wanted any more.
  await stopOthers(properties, own);
  await startRun(properties.StateMachineArn, own.slice(own.lastIndexOf(':') + 1), properties.Input);
}

/** Rights of a role that was made a moment ago take a while to be everywhere. */
async function whenAllowed(action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if ((error as Error).name !== 'AccessDeniedException' || attempt === NEW_ROLE_ATTEMPTS) throw error;
      await pause(LOOK_MS);
    }
  }
}

/** Why the run is a failure, an empty text when it is none, or nothing when it goes on longer than this invocation. */
async function waitFor(executionArn: string, seconds: number, context: DeployContext): Promise<string | undefined> {
  const failureOf = ({ status, error, cause }: StartedRun): string => status === 'SUCCEEDED' ? '' : `The run ended as ${status}: ${reasonOf(error, cause)} (execution ${executionArn})`;
  let began = Date.now();
  for (;;) {
    const run = await look(executionArn);
    if (run !== undefined && ENDS.includes(run.status)) return failureOf(run);
    began = run?.started ?? began;
    const left = began + seconds * 1000 - Date.now();
    if (left <= 0) break;
    if (context.getRemainingTimeInMillis() < HANDOVER_MS) return undefined;
    await pause(Math.min(LOOK_MS, left));
  }
  await stopRun(executionArn, 'Deploy.WaitOver', `the deploy waits ${seconds / 60} minutes`);
  // It may have ended by itself between the last look and the stop.
  const run = await look(executionArn);
  if (run !== undefined && ['SUCCEEDED', 'FAILED', 'TIMED_OUT'].includes(run.status)) return failureOf(run);
  return `The run was not over after the ${seconds / 60} minutes that the deploy waits. It was stopped, and its job with it: nothing of it is left running (execution ${executionArn})`;
}

/** A look that fails is no end of a run; one that is not allowed will never succeed. */
async function look(executionArn: string): Promise<StartedRun | undefined> {
  try {
    return await describeRun(executionArn);
  } catch (error) {
    if ((error as Error).name === 'AccessDeniedException') throw error;
    console.error(error);
    return undefined;
  }
}

/** What a run threw is JSON in its cause. */
function reasonOf(error = 'no error', cause = ''): string {
  const text = saidBy(cause);
  return text === '' ? error : `${error}: ${clip(text, MOST_CAUSE)}`;
}

async function remove(properties: DeployProperties, id: string): Promise<void> {
  if (id.startsWith('arn:')) return halt([id], 'Deploy.Deleted', 'the stack, or the run in it, was deleted');
  // A creation that CloudFormation cancelled has not answered yet: the id is CloudFormation's own. It may be about to start its run.
  const running = () => runningRuns(properties.StateMachineArn, prefixOf(properties));
  let found = await running();
  if (found.length === 0) {
    await pause(LOOK_MS);
    found = await running();
  }
  return halt(found, 'Deploy.Deleted', 'the deploy that started it was cancelled');
}

/** Stops the other runs that this part of the stack has started. */
async function stopOthers(properties: DeployProperties, own: string): Promise<void> {
  const running = await runningRuns(properties.StateMachineArn, `${properties.Group}-`);
  await halt(running.filter((one) => one !== own), 'Deploy.Replaced', 'a deploy changed the training or its parameters');
}

/** Stops executions, and waits until the rule of the training can have stopped their jobs: also those of runs that failed a moment ago. */
async function halt(executions: readonly string[], error: string, cause: string): Promise<void> {
  let settled = 0;
  for (const executionArn of executions) {
    const run = await describeRun(executionArn);
    if (run === undefined || run.status === 'SUCCEEDED') continue;
    if (!ENDS.includes(run.status)) {
      await stopRun(executionArn, error, cause);
      console.log(`stopped ${executionArn}`);
    }
    settled = Math.max(settled, (run.ended ?? Date.now()) + SETTLE_MS);
  }
  const left = settled - Date.now();
  if (left > 0) await pause(left);
}

const arnOf = ({ StateMachineArn: machine }: DeployProperties, name: string): string => `${machine.replace(':stateMachine:', ':execution:')}:${name}`;

/** Beginning of the names of runs of this content: with values that are known at deploy time only, which no digest of a template sees. */
function prefixOf({ Group: group, StateMachineArn: machine, Training: training, Input: input }: DeployProperties): string {
  return `${group}-${createHash('sha256').update(JSON.stringify([machine, training, input])).digest('hex').slice(0, 8)}-`;
}
