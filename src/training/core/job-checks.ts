import { SUFFIX } from './job-name';
import type { Findings } from './rung-checks';
import { MAX_JOB_NAME } from '../../compilation/core/job-name';
import type { Problem } from '../../private/problems';

/** What is known at synth of a training, whatever hardware it gets; what is a token is left out. */
export interface JobFacts {
  /** Where the props of the rung are whose preferences these are: `rungs[0]`. */
  readonly rung: string;
  readonly prefix?: string;
  readonly maxRuntimeSeconds?: number;
  readonly maxWaitSeconds?: number;
  readonly maxPendingSeconds?: number;
  readonly spot: boolean;
  readonly checkpoints: boolean;
  readonly keepAliveSeconds?: number;
  readonly networkIsolation: boolean;
  /** The compile cache, or the script's archive, is read from S3 by the container itself. */
  readonly containerReadsS3?: string;
  /** Where the job runs in a VPC. */
  readonly network?: NetworkFacts;
  readonly instanceGroups: boolean;
  readonly preferences: readonly PreferenceFacts[];
}

export interface NetworkFacts {
  readonly availabilityZones?: number;
}

export interface PreferenceFacts {
  readonly instanceType: string;
  readonly instanceCount?: number;
  readonly kind: 'neuron' | 'gpu';
}

/** The data of a task are 256 KB at most (Step Functions quotas): room is left for the state of a run and what it was given. */
export const MAX_CONFIG = 110_000;

const HOUR = 3600;
const DAY = 24 * HOUR;
/** StoppingCondition (API reference and botocore 1.43.67, 2026-08-07). */
const LONGEST_RUN = 28 * DAY;
/** MaxPendingTimeInSeconds of botocore 1.44.5; the API reference has two hours. */
const LEAST_PENDING = HOUR / 2;
const SHORTEST_PENDING = 2 * HOUR;
/** Documented; botocore has six hours. */
const DOCUMENTED_KEEP_ALIVE = HOUR;
const LONGEST_KEEP_ALIVE = 6 * HOUR;
/** A custom resource waits an hour at most, and CloudFormation needs some of it. */
const LONGEST_DEPLOY_WAIT = 55 * 60;
const SHORTEST_DEPLOY_WAIT = 60;
const PREFIX = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;
const MOST_PREFERENCES = 5;

/** Developer guide, train-vpc: all traffic to the group itself, in and out. */
export const NO_SELF_RULES: Problem = { prop: 'securityGroups', got: 'no group that allows all traffic to and from itself', allowed: 'one that does: EFA takes nothing else', fix: 'leave securityGroups out, or add a CfnSecurityGroupIngress and a CfnSecurityGroupEgress of protocol -1 from the group to itself' };

/** What SageMaker refuses, or takes and fails over, of a training as a whole. */
export function jobFindings(job: JobFacts): Findings {
  const problems: Problem[] = [...nameProblems(job), ...timeProblems(job), ...preferenceProblems(job)];
  const warnings: Findings['warnings'] = [];
  const { spot, checkpoints, maxRuntimeSeconds, maxPendingSeconds, keepAliveSeconds, network } = job;
  if (spot && !checkpoints && (maxRuntimeSeconds ?? DAY) > HOUR) {
    warnings.push({ id: 'spotWithoutCheckpoints', problem: { prop: 'checkpoints', got: `nothing, with spot and ${hours(maxRuntimeSeconds ?? DAY)}`, allowed: 'a folder in S3', fix: 'give checkpoints: an interruption begins the training anew otherwise' } });
  }
  // Developer guide, train-warm-pools, "Considerations".
  if (keepAliveSeconds !== undefined && keepAliveSeconds > 0 && (spot || job.instanceGroups)) {
    problems.push({ prop: 'warmPool', got: `${hours(keepAliveSeconds)}, with ${spot ? 'spot' : 'instance groups'}`, allowed: 'one of both: such instances are not kept', fix: 'leave one of both out' });
  }
  if (maxPendingSeconds !== undefined && maxPendingSeconds < SHORTEST_PENDING) {
    warnings.push({ id: 'shortPending', problem: { prop: 'maxPending', got: hours(maxPendingSeconds), allowed: '2 h to 28 d in the API; one page of AWS shows half an hour', fix: 'give Duration.hours(2)' } });
  }
  if (keepAliveSeconds !== undefined && keepAliveSeconds > DOCUMENTED_KEEP_ALIVE && keepAliveSeconds <= LONGEST_KEEP_ALIVE) {
    warnings.push({ id: 'longWarmPool', problem: { prop: 'warmPool', got: hours(keepAliveSeconds), allowed: '1 h in the documentation, 6 h in the API', fix: 'give Duration.hours(1)' } });
  }
  if (job.networkIsolation && job.containerReadsS3 !== undefined) {
    problems.push({ prop: 'networkIsolation', got: `true, with ${job.containerReadsS3}`, allowed: 'a container without a network reads its channels only', fix: 'leave networkIsolation out, or give the files as a channel' });
  }
  if (network?.availabilityZones !== undefined && network.availabilityZones < 3) {
    warnings.push({ id: 'fewAvailabilityZones', problem: { prop: 'vpcSubnets', got: `${network.availabilityZones} Availability Zone${network.availabilityZones === 1 ? '' : 's'}`, allowed: 'any number; capacity is found in 3 and more', fix: 'give subnets of at least 3 Availability Zones' } });
  }
  return { problems, warnings };
}

function nameProblems({ prefix }: JobFacts): Problem[] {
  if (prefix === undefined) return [];
  const most = MAX_JOB_NAME - SUFFIX;
  if (prefix.length <= most && PREFIX.test(prefix)) return [];
  return [{ prop: 'jobNamePrefix', got: JSON.stringify(prefix), allowed: `1 to ${most} letters and digits, hyphens between them: run and number come behind it`, fix: 'shorten it, or leave it out' }];
}

function timeProblems({ maxRuntimeSeconds, maxWaitSeconds, maxPendingSeconds, keepAliveSeconds, spot }: JobFacts): Problem[] {
  const range = (prop: string, value: number | undefined, least: number, most: number, text: string) => value === undefined || (value >= least && value <= most) ? [] : [{ prop, got: hours(value), allowed: text, fix: `give ${text}` }];
  return [
    ...range('maxRuntime', maxRuntimeSeconds, 1, LONGEST_RUN, '1 s to 28 d'),
    ...range('maxPending', maxPendingSeconds, LEAST_PENDING, LONGEST_RUN, '2 h to 28 d'),
    ...range('warmPool', keepAliveSeconds, 0, LONGEST_KEEP_ALIVE, '0 s to 1 h'),
    ...maxWaitSeconds !== undefined && !spot ? [{ prop: 'maxWait', got: `${hours(maxWaitSeconds)}, without spot`, allowed: 'with spot only', fix: 'leave it out, or set spot: true; for instances that are not to be had there is maxPending' }] : [],
    ...maxWaitSeconds !== undefined && spot && maxWaitSeconds < (maxRuntimeSeconds ?? DAY) ? [{ prop: 'maxWait', got: hours(maxWaitSeconds), allowed: `at least maxRuntime (${hours(maxRuntimeSeconds ?? DAY)}): it counts the run too`, fix: 'raise it' }] : [],
  ];
}

/** How long a deploy waits for a run. */
export function deployWaitProblems(seconds: number): Problem[] {
  if (seconds > LONGEST_DEPLOY_WAIT) return [{ prop: 'wait', got: hours(seconds), allowed: 'at most 55 min', fix: 'start the training by a schedule or a pipeline, and let no deploy wait for it' }];
  if (seconds >= SHORTEST_DEPLOY_WAIT && Number.isInteger(seconds)) return [];
  return [{ prop: 'wait', got: hours(seconds), allowed: 'whole seconds, 1 min to 55 min', fix: 'give e.g. Duration.minutes(30), or leave it out: the deploy goes on then' }];
}

/** Rules of InstancePreferences (developer guide, "train-instance-preferences", 2026-09-15). */
function preferenceProblems({ rung, preferences, spot, instanceGroups }: JobFacts): Problem[] {
  const prop = `${rung}.alternatives`;
  if (preferences.length === 0) return [];
  const counted = preferences.filter(({ instanceCount }) => instanceCount !== undefined).length;
  const types = preferences.map(({ instanceType }) => instanceType);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  return [
    ...preferences.length > MOST_PREFERENCES ? [{ prop, got: `${preferences.length} types`, allowed: `1 to ${MOST_PREFERENCES}`, fix: 'make another rung of the rest' }] : [],
    ...twice === undefined ? [] : [{ prop, got: `${twice} twice`, allowed: 'each type once', fix: 'name it once' }],
    ...counted > 0 && counted < preferences.length ? [{ prop, got: `${counted} of ${preferences.length} with a count`, allowed: 'a count for all, or for none', fix: 'give each a count' }] : [],
    ...spot ? [{ prop, got: `${types.join(', ')} with spot`, allowed: 'on demand only', fix: 'leave spot out, or make rungs of the types' }] : [],
    ...instanceGroups ? [{ prop, got: `${types.join(', ')} beside instance groups`, allowed: 'one of both', fix: 'leave one of both out' }] : [],
    ...new Set(preferences.map(({ kind }) => kind)).size > 1 ? [{ prop, got: types.join(', '), allowed: 'types of one family: a job has one image', fix: 'make a rung of each family' }] : [],
  ];
}

/** `90 min`, `28 d`. */
function hours(seconds: number): string {
  for (const [size, unit] of [[DAY, 'd'], [HOUR, 'h'], [60, 'min']] as const) if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`;
  return `${seconds} s`;
}
