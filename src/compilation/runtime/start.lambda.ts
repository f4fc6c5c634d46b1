import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { respond } from './cloudformation.client';
import { describeJob, startExecution, stopExecution, stopJob } from './start.client';
import type { StartProperties } from '../contract';
import { jobName, MAX_ATTEMPTS } from '../core/job-name';

/** A job that was being made when its execution was stopped appears a moment later. */
const LOOKS = 3;
const PAUSE_MS = 3000;

/**
 * The custom resource behind a compilation: made, it starts an execution and does not wait; deleted, it stops the execution and the job that
 * this execution made. CloudFormation waits on the wait condition beside it, which waits longer than a custom resource can.
 */
export async function handler(event: CloudFormationCustomResourceEvent, context: Pick<Context, 'logStreamName'>): Promise<void> {
  const previous = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
  try {
    const properties = event.ResourceProperties as unknown as StartProperties;
    const id = event.RequestType === 'Delete' ? await stop(previous!, properties) : await start(properties);
    await respond(event, { Status: 'SUCCESS', PhysicalResourceId: id });
  } catch (error) {
    console.error(error);
    const { name, message } = error as Error;
    // An id is demanded of a failure too; what failed to be made is deleted by it, and `stop` knows that there is nothing.
    await respond(event, { Status: 'FAILED', PhysicalResourceId: previous ?? 'not-started', Reason: `${name}: ${message} (log stream ${context.logStreamName})` });
  }
}

async function start({ Handle: handle, StateMachineArn: machine, JobPrefix: prefix }: StartProperties): Promise<string> {
  const digest = createHash('sha256').update(handle).digest('hex').slice(0, 16);
  return startExecution(machine, `${prefix}-${digest}`, { handle });
}

async function stop(execution: string, { JobKind: kind, JobPrefix: prefix, ArtifactUri: uri }: StartProperties): Promise<string> {
  if (!execution.startsWith('arn:')) return execution;
  await stopExecution(execution);
  for (let look = 1; look <= LOOKS; look++) {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const name = jobName(prefix, uri, attempt);
      const job = await describeJob(kind, name);
      if (job === undefined) break;
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
