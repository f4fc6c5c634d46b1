import { limitExceeded } from './capacity';
import type { JobKind } from './job-program';
import type { CallContext } from '../service';
import type { JobFleet, JobPlan, JobRecord } from '../state';

const OVER = ['Completed', 'Failed', 'Stopped'];

/** Whether nothing will happen to the job any more. */
export function isOver(job: JobRecord): boolean {
  return OVER.includes(job.status);
}

/** The jobs of one kind. */
export function jobsOf(context: CallContext, kind: JobKind): Map<string, JobRecord> {
  return kind === 'processing' ? context.state.processingJobs : context.state.trainingJobs;
}

/** Name of the quota, and of the capacity, of a type. Spot instances have their own. */
function usage(kind: JobKind, plan: JobPlan, type: string): string {
  return `${type} for ${plan.spot ? 'spot ' : ''}${kind} job usage`;
}

/** Instances of a use that these jobs have, by what each of them has. */
function used(jobs: JobRecord[], fleets: (job: JobRecord) => readonly JobFleet[], name: string): number {
  return jobs.flatMap((job) => fleets(job).filter(({ type }) => usage(job.kind, job.plan, type) === name)).reduce((sum, { count }) => sum + count, 0);
}

/** The instances of each type; groups of a cluster may share one. */
function byType(fleets: readonly JobFleet[]): [string, number][] {
  const types = [...new Set(fleets.map(({ type }) => type))];
  return types.map((type) => [type, fleets.filter((fleet) => fleet.type === type).reduce((sum, { count }) => sum + count, 0)]);
}

/**
 * Refuses a job that would go over a quota. With preferences every listed type has to be within its own (developer guide, 2026-09-15).
 * Instances that are kept for the next job have a quota besides.
 */
export function checkJobQuotas(context: CallContext, kind: JobKind, plan: JobPlan): void {
  const jobs = [...jobsOf(context, kind).values()];
  const check = (name: string, now: number, more: number): void => {
    const limit = context.control.quotas.get(name);
    if (limit !== undefined && now + more > limit) throw limitExceeded(name, limit, now, more);
  };
  for (const [type, more] of byType(plan.fleets)) {
    const name = usage(kind, plan, type);
    // A job that has not got its instances yet counts with all that it may get.
    check(name, used(jobs.filter((job) => !isOver(job)), (job) => job.held ?? job.plan.fleets, name), more);
    if (plan.keepAlive === undefined) continue;
    const keeping = jobs.filter((job) => job.plan.keepAlive !== undefined && (!isOver(job) || job.pool?.status === 'Available'));
    check(`${type} for training warm pool usage`, used(keeping, (job) => job.held ?? job.plan.fleets, name), more);
  }
}

/** The first of the job's fleets that there are instances for, or all of its groups. */
export function availableFleets(context: CallContext, job: JobRecord): readonly JobFleet[] | undefined {
  const { fleets, together } = job.plan;
  // A warm pool holds its instances too.
  const holding = [...jobsOf(context, job.kind).values()].filter((other) => other !== job && (!isOver(other) || other.pool?.status === 'Available'));
  return (together ? [fleets] : fleets.map((fleet) => [fleet])).find((option) => byType(option).every(([type, wanted]) => {
    const name = usage(job.kind, job.plan, type);
    const limit = context.control.capacity.get(name);
    return limit === undefined || used(holding, (other) => other.held ?? [], name) + wanted <= limit;
  }));
}
