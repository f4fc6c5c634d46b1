import type { CreateTrainingJobCommandInput, UpdateTrainingJobCommandInput, WarmPoolStatus } from '@aws-sdk/client-sagemaker';
import { invalid } from '../errors';
import type { CallContext } from '../service';
import type { JobFleet, JobRecord } from '../state';

/** Instances that a training job leaves to the next one like it (developer guide, train-warm-pools). */

/** What has to be equal for a job to take the instances of another. */
export function poolKey(input: CreateTrainingJobCommandInput): string {
  const { RoleArn, ResourceConfig: resources, VpcConfig: vpc, EnableNetworkIsolation = false, EnableInterContainerTrafficEncryption = false } = input;
  const { InstanceType, InstanceCount, VolumeSizeInGB, VolumeKmsKeyId } = resources ?? {};
  const network = [[...vpc?.SecurityGroupIds ?? []].sort(), [...vpc?.Subnets ?? []].sort()];
  return JSON.stringify([RoleArn, InstanceType, InstanceCount, VolumeSizeInGB, VolumeKmsKeyId, network, EnableNetworkIsolation, EnableInterContainerTrafficEncryption]);
}

/** The instances of a job that has just ended wait for the next. */
export function keepPool(context: CallContext, job: JobRecord): void {
  const since = context.clock.now();
  job.pool = { status: 'Available', since, cancel: context.clock.after(job.plan.keepAlive! * 1000, () => leave(context, job, 'Terminated')) };
}

function leave(context: CallContext, job: JobRecord, status: 'Reused' | 'Terminated', reusedBy?: string): void {
  const { since, cancel } = job.pool!;
  cancel();
  job.pool = { status, since, reusedBy, retained: Math.round((context.clock.now() - since) / 1000), cancel: () => undefined };
}

/** The instances of a pool that fits this job, which has them from now on. */
export function takePool(context: CallContext, job: JobRecord): readonly JobFleet[] | undefined {
  if (job.plan.poolKey === undefined) return undefined;
  const found = [...context.state.trainingJobs.values()].find((other) => other.pool?.status === 'Available' && other.plan.poolKey === job.plan.poolKey);
  if (!found) return undefined;
  leave(context, found, 'Reused', job.name);
  return found.held;
}

/** As DescribeTrainingJob shows it. Of a job that has not got its instances yet there is none, and a service error ends it. */
export function poolStatus({ plan, pool, held, ended }: JobRecord): WarmPoolStatus | undefined {
  if (pool) return { Status: pool.status, ResourceRetainedBillableTimeInSeconds: pool.retained, ReusedByJob: pool.reusedBy };
  return plan.keepAlive !== undefined && held !== undefined ? { Status: ended === undefined ? 'InUse' : 'Terminated' } : undefined;
}

/** UpdateTrainingJob: how long the pool is kept, from now on; 0 ends it. */
export function updatePool(context: CallContext, job: JobRecord, input: UpdateTrainingJobCommandInput): object {
  const { ResourceConfig: resources, ...rest } = input;
  const others = Object.keys(rest).filter((name) => name !== 'TrainingJobName');
  if (others.length > 0) throw invalid(`${others.join(', ')} of UpdateTrainingJob are not known to the stand-in.`);
  if (resources === undefined) return { TrainingJobArn: job.arn };
  if (job.pool?.status !== 'Available') throw invalid(`KeepAlivePeriodInSeconds of training job ${job.arn} cannot be changed: it has no warm pool that is available.`);
  job.pool.cancel();
  const seconds = resources.KeepAlivePeriodInSeconds!;
  if (seconds === 0) leave(context, job, 'Terminated');
  else job.pool.cancel = context.clock.after(seconds * 1000, () => leave(context, job, 'Terminated'));
  return { TrainingJobArn: job.arn };
}
