import { describeJob, runningJobs, stopJob } from './jobs.client';
import { STOP_KIND, STOP_PREFIX, type EndedEarlyEvent, type JobKind } from '../contract';

/** A job that was being made when its execution ended appears a moment later. */
const LOOKS = 3;
const PAUSE_MS = 3000;
/** What is made later than this after the end is of an execution that was redriven meanwhile, whose ARN is the same: an event can come hours late. */
const GRACE_MS = 60_000;

/** Stops the compile jobs that an execution made and left running: somebody called it off, its time was over, or it could not go on. */
export async function handler({ detail: { executionArn, status, stopDate } }: EndedEarlyEvent): Promise<void> {
  const { [STOP_KIND]: kind, [STOP_PREFIX]: prefix } = process.env as { readonly [STOP_KIND]: JobKind; readonly [STOP_PREFIX]: string };
  const before = typeof stopDate === 'number' ? new Date(stopDate + GRACE_MS) : undefined;
  const known = new Set<string>();
  for (let look = 1; look <= LOOKS; look++) {
    for (const name of await runningJobs(kind, `${prefix}-`, before)) {
      if (known.has(name)) continue;
      known.add(name);
      // Somebody else's job with the same inputs goes on: they wait for it.
      if ((await describeJob(kind, name))?.owner !== executionArn) continue;
      await stopJob(kind, name);
      console.log(`stopped ${kind} job ${name}: its execution ended as ${status}`);
    }
    if (look < LOOKS) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
