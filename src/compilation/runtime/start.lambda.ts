import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { respond } from './cloudformation.client';
import { describeJob, stopJob } from './jobs.client';
import { startExecution, stopExecution } from './start.client';
import type { StartProperties } from '../contract';
import { jobName, MAX_ATTEMPTS } from '../core/job-name';

/** A job that was being made when its execution was stopped appears a moment later. */
const LOOKS = 3;
const PAUSE_MS = 3000;
/** So many unused names in a row are the end of the used ones. */
const MOST_MISSING = 5;

/**
 * The custom resource behind a compilation: made, it starts an execution and does not wait; deleted, it stops the execution and the job that
 * this execution made. CloudFormation waits on the wait condition beside it, which waits longer than a custom resource can.
 */
export async function handler(event: CloudFormationCustomResourceEvent, context: Pick<Context, 'logStreamName'>): Promise<void> {
  const previous = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  let id: string;
  try {
    const properties = event.ResourceProperties as unknown as StartProperties;
    id = event.RequestType === 'Create' ? await start(properties)
      : event.RequestType === 'Delete' ? await stop(previous!, properties)
        // What has to be compiled again has an id of its own: an update changes nothing that was started.
        : previous!;
  } catch (error) {
    console.error(error);
    const { name, message } = error as Error;
    // An id is demanded of a failure too; what failed to be made is deleted by it, and `stop` knows that there is nothing.
    return respond(event, { Status: 'FAILED', PhysicalResourceId: previous ?? 'not-started', Reason: `${name}: ${message} (log stream ${context.logStreamName})` });
  }
  // Not answered as failed any more, whatever becomes of the answer: something runs under this id. Lambda sends the event again, and it is the same.
  return respond(event, { Status: 'SUCCESS', PhysicalResourceId: id });
}

async function start({ Handle: handle, StateMachineArn: machine, JobPrefix: prefix }: StartProperties): Promise<string> {
  const digest = createHash('sha256').update(handle).digest('hex').slice(0, 16);
  return startExecution(machine, `${prefix}-${digest}`, { handle });
}

async function stop(execution: string, { JobKind: kind, JobPrefix: prefix, ArtifactUri: uri }: StartProperties): Promise<string> {
  if (!execution.startsWith('arn:')) return execution;
  await stopExecution(execution);
  for (let look = 1; look <= LOOKS; look++) {
    // Names are used in order; those of jobs that somebody deleted are free again.
    for (let attempt = 0, missing = 0; attempt < MAX_ATTEMPTS && missing < MOST_MISSING; attempt++) {
      const name = jobName(prefix, uri, attempt);
      const job = await describeJob(kind, name);
      missing = job === undefined ? missing + 1 : 0;
      if (job === undefined) continue;
      // Somebody else's job with the same inputs goes on: they wait for it.
      if (job.status !== 'InProgress' || job.owner !== execution) continue;
      await stopJob(kind, name);
      console.log(`stopped ${kind} job ${name}`);
      return execution;
    }
    if (look < LOOKS) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return execution;
}
