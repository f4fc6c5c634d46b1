import type { Tag } from '@aws-sdk/client-sagemaker';
import { checkJobQuotas, isOver, jobsOf } from './job-capacity';
import { JobLife } from './job-life';
import type { JobKind } from './job-program';
import { list, type ListInput } from './lists';
import { family, localStorageRule } from './local-storage';
import { checkNewTags, putTags } from './tags';
import { invalid, ServiceError } from '../errors';
import { sagemakerArn, timestamp, type CallContext, type CheckedAction } from '../service';
import { SAGEMAKER_SHAPES } from '../shapes';
import type { JobPlan, JobRecord } from '../state';

/** What the two kinds of jobs have in common. */

export function jobArn(context: CallContext, kind: JobKind, name: string): string {
  return sagemakerArn(context, `${kind}-job`, name);
}

/**
 * The job, or the service's error when there is none. Both texts are seen in public reports, of DescribeProcessingJob and
 * DescribeTrainingJob; that stopping and deleting use them as well is assumed.
 */
export function findJob(context: CallContext, kind: JobKind, name: string): JobRecord {
  const found = jobsOf(context, kind).get(name.toLowerCase());
  if (!found) throw invalid(kind === 'processing' ? `Could not find requested job with name: ${name}` : 'Requested resource not found.');
  return found;
}

/** A name is taken until its job is deleted. The text is seen in a public report of CreateProcessingJob. */
function refuseTaken(context: CallContext, kind: JobKind, name: string): void {
  const taken = jobsOf(context, kind).get(name.toLowerCase());
  if (!taken) return;
  throw new ServiceError('ResourceInUse', `Job name must be unique within an AWS account and region, and a job with this name already exists (${taken.arn})`);
}

export interface Creation {
  readonly kind: JobKind;
  readonly operation: string;
  readonly name: string;
  readonly input: JobRecord['input'];
  /** Checks the request and says what the job does. */
  plan(): JobPlan;
}

/** Makes a job and starts its course. Returns its ARN. */
export function createJob(context: CallContext, creation: Creation): string {
  const { kind, name, input } = creation;
  refuseTaken(context, kind, name);
  const plan = creation.plan();
  checkNewTags(input.Tags);
  checkJobQuotas(context, kind, plan);
  noteSharedOutputs(context, name, plan);
  const created = context.clock.now();
  const job: JobRecord = {
    kind,
    name,
    arn: jobArn(context, kind, name),
    created,
    input,
    plan,
    transitions: [],
    intervals: [],
    modified: created,
    status: 'InProgress',
    fault: context.control.takeFault(creation.operation, input),
  };
  jobsOf(context, kind).set(name.toLowerCase(), job);
  putTags(context, job.arn, input.Tags);
  const life = new JobLife(context, job);
  job.life = life;
  life.start();
  return job.arn;
}

/** AWS lets two jobs write to one place at the same time, and what is there afterwards is of both. */
function noteSharedOutputs(context: CallContext, name: string, plan: JobPlan): void {
  const running = [...context.state.processingJobs.values(), ...context.state.trainingJobs.values()].filter((job) => !isOver(job));
  for (const other of running) {
    const shared = plan.outputs.find(({ uri }) => other.plan.outputs.some((output) => output.uri === uri));
    if (shared) context.control.hazard('shared-output', `jobs ${other.name} and ${name} write to ${shared.uri} at the same time`);
  }
}

/**
 * Refused for a job that is over. The text is seen in public reports for training jobs and transform jobs; a processing job's is
 * made after them. Stopping a job that is already stopping is accepted here, which is not known of AWS.
 */
export function stopJob(context: CallContext, kind: JobKind, name: string): void {
  const job = findJob(context, kind, name);
  if (isOver(job)) throw invalid(`The request was rejected because the ${kind} job is in status ${job.status}`);
  job.life!.stop();
}

/** Frees the name. Only a job that is over can be deleted (API reference); the text of the refusal is ours. */
export function deleteJob(context: CallContext, kind: JobKind, name: string): void {
  const job = findJob(context, kind, name);
  if (!isOver(job)) throw new ServiceError('ResourceInUse', `Cannot delete ${kind} job ${job.arn} in status ${job.status}: it has to be Completed, Failed or Stopped.`);
  if (job.pool?.status === 'Available') throw new ServiceError('ResourceInUse', `Cannot delete ${kind} job ${job.arn}: its warm pool is still available.`);
  jobsOf(context, kind).delete(name.toLowerCase());
  context.state.tags.delete(job.arn);
}

/** What the request and the description of a job share. */
export function described(job: JobRecord, shape: string): Record<string, unknown> {
  const members = SAGEMAKER_SHAPES.shapes[shape].members!;
  return Object.fromEntries(Object.entries(job.input).filter(([name]) => name in members));
}

/** Which of its preferences a job got; nothing before it has instances. */
export function selectedOf({ held }: JobRecord): { readonly SelectedInstanceType: string; readonly SelectedInstanceCount: number } | undefined {
  return held && { SelectedInstanceType: held[0].type, SelectedInstanceCount: held[0].count };
}

/** A time of the API, when there is one. */
export function moment(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : timestamp(milliseconds);
}

/** One page of the jobs of a kind. */
export function listJobs(context: CallContext, kind: JobKind, input: ListInput): { items: JobRecord[]; next?: string } {
  return list(jobsOf(context, kind).values(), input);
}

/** A creation with tags needs the right to tag as well. */
export function taggingOf(context: CallContext, kind: JobKind, name: string, tags: Tag[] | undefined): CheckedAction[] {
  return tags === undefined || tags.length === 0 ? [] : [{ action: 'sagemaker:AddTags', resources: [jobArn(context, kind, name)] }];
}

interface Cluster {
  readonly InstanceType?: string;
  readonly InstanceCount?: number;
  readonly InstancePreferences?: { readonly InstanceType?: string; readonly InstanceCount?: number }[];
  readonly VolumeKmsKeyId?: string;
  readonly SelectedInstanceType?: string;
  readonly SelectedInstanceCount?: number;
}

/**
 * The types that a cluster may consist of: one type, or preferences with one count for all or one each (API reference; the texts
 * are ours). `usual` is the count when none is given.
 */
export function fleetsOf(cluster: Cluster, where: string, usual?: number): JobPlan['fleets'] {
  const { InstanceType, InstanceCount, InstancePreferences: preferences } = cluster;
  if (cluster.SelectedInstanceType !== undefined || cluster.SelectedInstanceCount !== undefined) {
    throw invalid(`SelectedInstanceType and SelectedInstanceCount of ${where} are read-only.`);
  }
  if ((InstanceType === undefined) === (preferences === undefined)) throw invalid(`Specify either InstanceType or InstancePreferences in ${where}.`);
  const counts = (preferences ?? []).map((preference) => preference.InstanceCount ?? 0).filter((count) => count > 0).length;
  if (preferences && (InstanceCount === undefined ? counts !== preferences.length : counts > 0)) {
    throw invalid(`Specify InstanceCount either in ${where} or in every one of its InstancePreferences.`);
  }
  const fleets = preferences?.map((preference) => ({ type: preference.InstanceType!, count: preference.InstanceCount ?? InstanceCount! }))
    ?? [{ type: InstanceType!, count: InstanceCount ?? usual ?? 0 }];
  if (fleets.some(({ count }) => count < 1)) throw invalid(`InstanceCount of ${where} must be at least 1.`);
  const types = fleets.map(({ type }) => type);
  const twice = types.find((type, index) => types.indexOf(type) !== index);
  if (twice !== undefined) throw invalid(`Instance type ${twice} appears more than once in InstancePreferences of ${where}.`);
  const local = types.find((type) => localStorageRule(type) !== undefined);
  // "You can't request a VolumeKmsKeyId when using an instance type with local storage" (API reference).
  if (cluster.VolumeKmsKeyId !== undefined && local !== undefined) {
    throw invalid(`VolumeKmsKeyId of ${where} is not supported for ${local}: instances of the family ${family(local)} have local storage.`);
  }
  return fleets;
}

/** Refuses names that appear twice. */
export function checkUnique(names: (string | undefined)[], what: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`Duplicate ${what}: ${twice}`);
}

/** Jobs read and write `s3://` addresses here; the API takes `https://` ones too. */
export function checkAddress(uri: string, where: string): string {
  if (!uri.startsWith('s3://')) throw invalid(`${where} must be an s3:// address here, got ${uri}`);
  return uri;
}
