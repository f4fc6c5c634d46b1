import { limitExceeded } from './capacity';
import type { JobKind } from './job-program';
import type { CallContext } from '../service';
import type { JobPlan, JobRecord } from '../state';

const OVER = ['Completed', 'Failed', 'Stopped'];

/** Whether nothing will happen to the job any more. */
export function isOver(job: JobRecord): boolean {
  return OVER.includes(job.status);
}

/** The jobs of one kind. */
export function jobsOf(context: CallContext, kind: JobKind): Map<string, JobRecord> {
  return kind === 'processing' ? context.state.processingJobs : context.state.trainingJobs;
}

/** Name of the quota, and of the capacity, of a type. */
function usage(kind: JobKind, type: string): string {
  return `${type} for ${kind} job usage`;
}

function count(jobs: JobRecord[], fleets: (job: JobRecord) => JobPlan['fleets'], type: string): number {
  return jobs.filter((job) => !isOver(job)).flatMap(fleets).filter((fleet) => fleet.type === type).reduce((sum, fleet) => sum + fleet.count, 0);
}

/** Refuses a job that would go over a quota. With preferences every listed type has to be within its own (developer guide, 2026-09-15). */
export function checkJobQuotas(context: CallContext, kind: JobKind, plan: JobPlan): void {
  const jobs = [...jobsOf(context, kind).values()];
  for (const { type, count: more } of plan.fleets) {
    const limit = context.control.quotas.get(usage(kind, type));
    // A job that has not got its instances yet counts with all that it may get.
    const now = count(jobs, (job) => (job.fleet ? [job.fleet] : job.plan.fleets), type);
    if (limit !== undefined && now + more > limit) throw limitExceeded(usage(kind, type), limit, now, more);
  }
}

/** The first of the job's fleets that there are instances for. */
export function availableFleet(context: CallContext, job: JobRecord): JobPlan['fleets'][number] | undefined {
  const jobs = [...jobsOf(context, job.kind).values()].filter((other) => other !== job);
  return job.plan.fleets.find(({ type, count: wanted }) => {
    const limit = context.control.capacity.get(usage(job.kind, type));
    return limit === undefined || count(jobs, (other) => (other.fleet ? [other.fleet] : []), type) + wanted <= limit;
  });
}
