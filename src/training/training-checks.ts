import { SizeRoundingBehavior, Token, Tokenization, type Duration, type Size } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { hyperParameterProblem } from './core/hyper-parameters';
import { jobFindings, type JobFacts } from './core/job-checks';
import { rungFindings, type Findings } from './core/rung-checks';
import { registrationProblems } from './model-registration';
import { kindOf, otherTypeFacts, processesOf, resolveRung, rungFacts, type ResolvedRung } from './resolved-rung';
import { isolationProblems, marketWarnings, networkWarnings, overrideProblems, reservedProblems, timeoutWarnings } from './training-cautions';
import { IMAGES_COLLECTED_ON } from './training-image';
import { checkChannels } from './training-input-checks';
import { QuotaPolicy, type TrainingPolicies, type TrainingTaskProps } from './training-job-props';
import { placeProblems } from './training-places';
import type { TrainingRung } from './training-rung';
import { AcceleratorKind, InstanceUse } from '../hardware';
import { checkPlacement } from '../model/placement-checks';
import { checkNumber, checkObject, checkPattern, printed } from '../private/checks';
import type { Problem } from '../private/problems';

const MOST_RUNGS = 10;
const RUNG = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/;
/** ProfilingIntervalInMilliseconds (SageMaker API, ProfilerConfig). */
const INTERVALS = [100, 200, 500, 1000, 5000, 60_000];
/** A folder: goes into the resources of policies and into addresses, so nothing that stands for more than itself; with a bucket before it, it is the value of a variable too. */
const PREFIX = /^(?=.{1,400}$)[\w.-]+(\/[\w.-]+)*\/?$/;
const DAY = 24 * 3600;

/** What is wrong with the types of what was given: nothing else can be asked of it then. */
export function typeProblems(props: TrainingTaskProps): Problem[] {
  const { rungs, code, policies, output, checkpoints, compileCache } = props;
  const problems: Problem[] = checkObject('code', code, '_bind', 'a script', 'use TrainingCode.fromDirectory, or TrainingCode.inImage');
  if (!Array.isArray(rungs) || rungs.length === 0 || rungs.length > MOST_RUNGS) {
    problems.push({ prop: 'rungs', got: Array.isArray(rungs) ? `${rungs.length} rungs` : String(rungs), allowed: `1 to ${MOST_RUNGS} kinds of hardware`, fix: 'give e.g. [{ instanceType: AcceleratorInstance.P4D_24XLARGE, image: ... }]' });
  } else {
    problems.push(...rungs.flatMap((rung, i) => rungTypeProblems(rung, `rungs[${i}]`)));
  }
  for (const [name, value] of Object.entries({ 'maxRuntime': props.maxRuntime, 'maxPending': props.maxPending, 'maxWait': props.maxWait, 'warmPool': props.warmPool, 'policies.maxQuotaWait': policies?.maxQuotaWait, 'policies.capacityWait': policies?.capacityWait })) problems.push(...checkDuration(name, value));
  for (const [name, place] of Object.entries({ output, checkpoints, compileCache })) {
    if (place?.bucket !== undefined) problems.push(...checkObject(`${name}.bucket`, place.bucket, 'bucketName', 'a bucket of S3', 'pass a Bucket, or Bucket.fromBucketName'));
    if (place?.prefix !== undefined) {
      if (Token.isUnresolved(place.prefix)) problems.push({ prop: `${name}.prefix`, got: 'a token (a value known only at deploy time)', allowed: 'a folder known at synth', fix: 'give a plain text such as "models"' });
      else problems.push(...checkPattern(`${name}.prefix`, place.prefix, PREFIX, 'a folder of letters, digits, `.`, `_`, `-` and `/`, not with a slash at its beginning, at most 400 characters', 'give e.g. "models"'));
    }
  }
  for (const [name, value] of Object.entries({ 'spot': props.spot, 'networkIsolation': props.networkIsolation, 'encryptInterContainerTraffic': props.encryptInterContainerTraffic, 'output.compressed': output?.compressed, 'policies.spotToOnDemand': policies?.spotToOnDemand })) {
    if (value !== undefined && typeof value !== 'boolean') problems.push({ prop: name, got: JSON.stringify(value), allowed: 'true or false', fix: 'give one of both, without quotes' });
  }
  for (const [name, value] of Object.entries({ hyperParameters: props.hyperParameters, environment: props.environment, inputs: props.inputs, requestOverrides: props.requestOverrides })) {
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) problems.push({ prop: name, got: JSON.stringify(value), allowed: 'an object', fix: 'give e.g. { name: value }' });
  }
  if (output?.encryptionKey !== undefined) problems.push(...checkObject('output.encryptionKey', output.encryptionKey, 'keyArn', 'a key of KMS', 'pass a Key, or Key.fromKeyArn'));
  if (props.role !== undefined) problems.push(...checkObject('role', props.role, 'roleArn', 'a role of IAM', 'pass a Role, or Role.fromRoleArn'));
  if (props.vpc !== undefined) problems.push(...checkObject('vpc', props.vpc, 'vpcId', 'a VPC', 'pass a Vpc, or Vpc.fromLookup'));
  if (Token.isUnresolved(props.jobNamePrefix)) problems.push(token('jobNamePrefix'));
  if (props.eventBus !== undefined) problems.push(...checkObject('eventBus', props.eventBus, 'eventBusArn', 'an event bus', 'pass an EventBus, or EventBus.fromEventBusArn'));
  return [...problems, ...textProblems('environment', props.environment), ...jsonProblems(props)];
}

/** A variable that is no text is refused by the API, when the run has begun. */
function textProblems(prop: string, values: Readonly<Record<string, unknown>> | undefined): Problem[] {
  return Object.entries(values ?? {}).flatMap(([name, value]) => typeof value === 'string' ? [] : [{ prop: `${prop}.${name}`, got: printed(value), allowed: 'a text', fix: 'give it as a text' }]);
}

function rungTypeProblems(rung: TrainingRung | undefined, prop: string): Problem[] {
  if (typeof rung !== 'object' || rung === null) return [{ prop, got: String(rung), allowed: 'a kind of hardware', fix: 'give e.g. { instanceType: AcceleratorInstance.P4D_24XLARGE, image: ... }' }];
  const instances = [rung.instanceType, ...(rung.alternatives ?? []).map(({ instanceType }) => instanceType), ...(rung.instanceGroups ?? []).map(({ instanceType }) => instanceType)];
  const count = (at: string, value: number | undefined) => Token.isUnresolved(value) ? [token(at)] : checkNumber(at, value, { min: 1, max: 1000, integer: true });
  return [
    ...instances.flatMap((instance) => checkObject(`${prop}.instanceType`, instance, 'acceleratorCount', 'an instance type with accelerators', 'use a static of AcceleratorInstance such as AcceleratorInstance.TRN1_32XLARGE')),
    ...checkObject(`${prop}.image`, rung.image, '_facts', 'a training image', 'use a static of TrainingImage, TrainingImage.of, or TrainingImage.fromEcrRepository'),
    ...count(`${prop}.instanceCount`, rung.instanceCount),
    ...(rung.alternatives ?? []).flatMap((one, i) => count(`${prop}.alternatives[${i}].instanceCount`, one.instanceCount)),
    ...(rung.instanceGroups ?? []).flatMap((one, i) => count(`${prop}.instanceGroups[${i}].instanceCount`, one.instanceCount)),
    ...count(`${prop}.processesPerInstance`, rung.processesPerInstance),
    ...rung.precompile === undefined ? [] : [...count(`${prop}.precompile.instanceCount`, rung.precompile.instanceCount), ...checkDuration(`${prop}.precompile.maxRuntime`, rung.precompile.maxRuntime)],
    ...checkDuration(`${prop}.profilerInterval`, rung.profilerInterval),
    ...Token.isUnresolved(rung.usdPerHour) ? [token(`${prop}.usdPerHour`)] : checkNumber(`${prop}.usdPerHour`, rung.usdPerHour, { min: 0 }),
    ...rung.volumeEncryptionKey === undefined ? [] : checkObject(`${prop}.volumeEncryptionKey`, rung.volumeEncryptionKey, 'keyArn', 'a key of KMS', 'pass a Key, or Key.fromKeyArn'),
    ...checkVolume(`${prop}.volumeSize`, rung.volumeSize),
    ...textProblems(`${prop}.environment`, rung.environment),
  ];
}

/** A training whose types are right, with all that is wrong with it. */
export interface CheckedTraining extends Findings {
  readonly rungs: ResolvedRung[];
}

/** What SageMaker refuses, or takes and fails over; `prefix` is the one that is used. */
export function checkTraining(scope: Construct, props: TrainingTaskProps, prefix: string): CheckedTraining {
  const rungs = props.rungs.map((rung, i) => resolveRung(props, rung, i));
  const found = [
    ...rungs.map((rung) => rungFindings(rungFacts(rung))),
    // A job may get any of them: what is wrong with one is wrong with the job.
    ...rungs.flatMap((rung) => otherTypeFacts(rung).map((one) => ({ problems: rungFindings(one).problems, warnings: [] }))),
    ...rungs.map((rung) => ({ problems: singleProblems(rung, props), warnings: [] })),
    ...rungs.map((rung, i) => jobFindings(jobFacts(props, prefix, rung, i === 0))),
  ];
  const problems = [
    ...found.flatMap((one) => one.problems),
    ...names(rungs),
    ...checkChannels(props.inputs, props.code.launcher !== undefined),
    ...inputProblems(props),
    ...checkPlacement('', props, true),
    ...policyProblems(props.policies ?? {}),
    ...registrationProblems(props.registration),
    ...metricProblems(props),
    ...placeProblems(props, rungs.some(({ instance }) => instance.isNeuron)),
    ...overrideProblems(props.requestOverrides),
    ...reservedProblems(props),
    ...isolationProblems(props),
    ...checkNumber('retryAttempts', props.retryAttempts, { min: 1, max: 30, integer: true }),
    ...checkPattern('trainingName', props.trainingName, /^[\w.-]{1,128}$/, '1 to 128 letters, digits, `.`, `_` and `-`'),
    ...checkPattern('checkpoints.localPath', props.checkpoints?.localPath, /^(?!.*\.\.)(?!\/opt\/ml(?!\/checkpoints(\/|$))(\/|$))\/.{1,4095}$/, 'a path that begins with a slash and has no `..`; below /opt/ml, /opt/ml/checkpoints alone'),
  ];
  const warnings = [...found.flatMap((one) => one.warnings), ...rungs.flatMap(supportWarnings), ...rungs.flatMap((rung) => marketWarnings(scope, rung)), ...networkWarnings(props), ...timeoutWarnings(props)];
  // One prop, one finding: a job-wide one shows for every rung.
  return { rungs, problems: unique(problems, (one) => JSON.stringify(one)), warnings: unique(warnings, (one) => JSON.stringify(one)) };
}

function jobFacts(props: TrainingTaskProps, prefix: string, rung: ResolvedRung, first: boolean): JobFacts {
  const seconds = (value: Duration | undefined) => value?.toSeconds();
  const { given } = rung;
  return {
    rung: rung.prop,
    prefix: first ? prefix : undefined,
    maxRuntimeSeconds: seconds(props.maxRuntime),
    maxWaitSeconds: seconds(props.maxWait),
    maxPendingSeconds: seconds(props.maxPending),
    spot: props.spot === true,
    checkpoints: props.checkpoints !== undefined,
    keepAliveSeconds: seconds(props.warmPool),
    networkIsolation: props.networkIsolation === true,
    containerReadsS3: props.compileCache !== undefined ? 'a compile cache in S3' : given.precompile !== undefined ? 'a compile cache in S3, which precompile fills' : variableInS3(rung),
    network: props.vpc === undefined ? undefined : { availabilityZones: zones(props) },
    instanceGroups: (given.instanceGroups ?? []).length > 0,
    preferences: given.alternatives === undefined || given.alternatives.length === 0 ? [] : preferences(given),
  };
}

/** A variable by which toolkits and compilers are told to fetch something themselves. */
function variableInS3({ environment }: ResolvedRung): string | undefined {
  const found = Object.entries({ NEURON_COMPILE_CACHE_URL: /^s3:/, NEURON_CC_FLAGS: /--cache_dir=s3:/, SAGEMAKER_SUBMIT_DIRECTORY: /^s3:/ }).find(([name, pattern]) => pattern.test(environment[name] ?? ''));
  return found === undefined ? undefined : `an address in S3 in ${found[0]}`;
}

/** An imported VPC may not know its zones. */
function zones({ vpc, vpcSubnets }: TrainingTaskProps): number | undefined {
  const { availabilityZones } = vpc!.selectSubnets(vpcSubnets);
  return availabilityZones.some((zone) => Token.isUnresolved(zone) || zone.startsWith('dummy')) ? undefined : new Set(availabilityZones).size;
}

function preferences({ instanceType, instanceCount, alternatives = [] }: TrainingRung): JobFacts['preferences'] {
  const counted = alternatives.some((one) => one.instanceCount !== undefined);
  return [{ instanceType, instanceCount: counted ? instanceCount : undefined }, ...alternatives].map((one) => ({ instanceType: one.instanceType.name, instanceCount: one.instanceCount, kind: kindOf(one.instanceType) }));
}

/** What of a rung concerns the API and no other check. */
function singleProblems(rung: ResolvedRung, { spot }: TrainingTaskProps): Problem[] {
  const { prop, given, instance, allInstances } = rung;
  const { instanceGroups = [], precompile, profilerInterval, trainingPlanArn, image } = given;
  return [
    ...instanceGroups.length > 4 ? [{ prop: `${prop}.instanceGroups`, got: `${instanceGroups.length} groups`, allowed: 'at most 4 beside the instances of the rung', fix: 'merge some' }] : [],
    ...instanceGroups.flatMap(({ name }, i) => name === 'main' ? [{ prop: `${prop}.instanceGroups[${i}].name`, got: '"main"', allowed: 'another name: the instances of the rung are the group main', fix: 'rename it' }] : checkPattern(`${prop}.instanceGroups[${i}].name`, name, /^.{1,64}$/, '1 to 64 characters')),
    ...precompile?.instanceCount !== undefined && (given.alternatives !== undefined || given.instanceGroups !== undefined) ? [{ prop: `${prop}.precompile.instanceCount`, got: `${precompile.instanceCount} beside ${given.alternatives === undefined ? 'instanceGroups' : 'alternatives'}`, allowed: 'nothing: those have counts of their own', fix: 'leave it out' }] : [],
    ...instanceGroups.flatMap(({ name }, i) => instanceGroups.findIndex((one) => one.name === name) === i ? [] : [{ prop: `${prop}.instanceGroups[${i}].name`, got: JSON.stringify(name), allowed: 'a name that no other group has', fix: 'rename it' }]),
    ...precompile?.maxRuntime === undefined || (precompile.maxRuntime.toSeconds() >= 1 && precompile.maxRuntime.toDays({ integral: false }) <= 28)
      ? [] : [{ prop: `${prop}.precompile.maxRuntime`, got: precompile.maxRuntime.toHumanString(), allowed: '1 s to 28 d', fix: 'give 1 s to 28 d' }],
    ...(precompile?.instanceCount ?? 0) <= allInstances ? [] : [{ prop: `${prop}.precompile.instanceCount`, got: `${precompile?.instanceCount}`, allowed: `at most the ${allInstances} of the training`, fix: 'leave it out: graphs are those of as many processes as the training has' }],
    ...precompile !== undefined && !instance.isNeuron ? [{ prop: `${prop}.precompile`, got: `a compilation on ${instance.name}`, allowed: 'Trainium: GPUs compile nothing beforehand', fix: 'leave it out for this rung' }] : [],
    ...precompile !== undefined && image._facts().stack === 'torchNeuron' ? [{ prop: `${prop}.precompile`, got: 'a compilation with TorchNeuron', allowed: 'PyTorch/XLA: TorchNeuron keeps its cache in a file system', fix: 'leave it out for this rung' }] : [],
    ...profilerInterval !== undefined && !INTERVALS.includes(profilerInterval.toMilliseconds()) ? [{ prop: `${prop}.profilerInterval`, got: `${profilerInterval.toMilliseconds()} ms`, allowed: `${INTERVALS.join(', ')} ms`, fix: 'give one of them, e.g. Duration.seconds(1)' }] : [],
    ...trainingPlanArn !== undefined && spot === true ? [{ prop: `${prop}.trainingPlanArn`, got: 'a training plan, with spot', allowed: 'one of both: capacity of a plan is reserved and paid for', fix: 'leave spot out, or the plan' }] : [],
    ...otherLaunches(rung),
    ...checkPattern(`${prop}.trainingPlanArn`, trainingPlanArn, /^arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:training-plan\/.{1,}$/, 'the ARN of a training plan'),
  ];
}

/** The launch of a job is that of the type of its rung, whatever it gets. */
function otherLaunches({ prop, given, instance }: ResolvedRung): Problem[] {
  const wanted = processesOf(instance);
  return (given.alternatives ?? []).flatMap(({ instanceType, instanceCount }, i): Problem[] => {
    const at = `${prop}.alternatives[${i}].instanceType`;
    // What cannot train, or needs another image, is said elsewhere.
    if (kindOf(instanceType) !== kindOf(instance) || !instanceType.supports(InstanceUse.TRAINING)) return [];
    if (given.processesPerInstance === undefined && processesOf(instanceType) !== wanted) {
      return [{ prop: at, got: `${instanceType.name}, which takes ${processesOf(instanceType)} processes where ${instance.name} takes ${wanted}`, allowed: 'a type that is launched alike', fix: 'make a rung of it, or give processesPerInstance' }];
    }
    if ((instanceCount ?? given.instanceCount ?? 1) === 1 || instanceType.efaSupported === instance.efaSupported) return [];
    return [{ prop: at, got: `${instanceType.name} ${instanceType.efaSupported ? 'with' : 'without'} EFA`, allowed: `several instances that all are as ${instance.name}`, fix: 'make a rung of it' }];
  });
}

/** By the day of the data, not by today's: the same app gives the same warnings. */
function supportWarnings({ prop, given: { image } }: ResolvedRung): Findings['warnings'] {
  if (image.supportEnds === undefined || image.supportEnds >= IMAGES_COLLECTED_ON) return [];
  return [{
    id: 'trainingImageSupport',
    problem: {
      prop: `${prop}.image`, got: `${image}, whose support ended on ${image.supportEnds}`, allowed: 'any version: it goes on to run, without patches', fix: image.kind === AcceleratorKind.NEURON ? 'acknowledge it: for PyTorch on this hardware there is no image with support (Trainium2 has TorchNeuron in beta, in an image of your own)' : 'use a newer one',
    },
  }];
}

function names(rungs: readonly ResolvedRung[]): Problem[] {
  return rungs.flatMap(({ prop, name }, i) => {
    const before = rungs.findIndex((one) => one.name === name);
    return [
      ...name.length > 40 ? [{ prop: `${prop}.name`, got: `${name.length} characters`, allowed: 'at most 40', fix: 'shorten it' }] : [],
      ...checkPattern(`${prop}.name`, name, RUNG, 'letters and digits, hyphens between them'),
      ...before < i ? [{ prop: `${prop}.name`, got: JSON.stringify(name), allowed: `a name that rungs[${before}] does not have: events, metrics and checkpoints are told apart by it`, fix: 'give it a name of its own' }] : [],
    ];
  });
}

/** What JSON cannot say would come to the script as something else. */
function jsonProblems({ hyperParameters, rungs }: TrainingTaskProps): Problem[] {
  const ofRungs = Array.isArray(rungs) ? rungs.flatMap((rung, i) => [[`rungs[${i}].hyperParameters`, rung?.hyperParameters], [`rungs[${i}].precompile.hyperParameters`, rung?.precompile?.hyperParameters]]) : [];
  const places = [['hyperParameters', hyperParameters], ...ofRungs] as [string, Record<string, unknown> | undefined][];
  return places.flatMap(([prop, values]) => Object.entries(values ?? {}).flatMap(([name, value]) => {
    const problem = hyperParameterProblem(name, value) ?? tokenProblem(value);
    return problem === undefined ? [] : [{ prop: `${prop}.${name}`, ...problem }];
  }));
}

/** Inside a text, which every value is, a token can stand for a text alone: what stands for a number would be a number, which the API refuses. */
function tokenProblem(value: unknown): Omit<Problem, 'prop'> | undefined {
  const inside = (one: unknown): boolean => typeof one === 'number' ? Token.isUnresolved(one)
    : typeof one === 'object' && one !== null && (Tokenization.reverse(one, { failConcat: false }) !== undefined || Object.values(one).some(inside));
  return inside(value) ? { got: 'a token that stands for a number or a list', allowed: 'what is known at synth, and tokens that stand for texts', fix: 'give a plain value, or Tokenization.stringifyNumber(value)' } : undefined;
}

function inputProblems({ inputs = {}, vpc, networkIsolation }: TrainingTaskProps): Problem[] {
  return Object.entries(inputs).flatMap(([name, input]) => input?.needsVpc === true && (vpc === undefined || networkIsolation === true) ? [{
    prop: `inputs.${name}`, got: `a file system ${vpc === undefined ? 'without a vpc' : 'with network isolation'}`, allowed: 'a file system in the VPC of the job', fix: vpc === undefined ? 'give vpc and vpcSubnets, in which it can be reached' : 'leave networkIsolation out, or use an input in S3',
  }] : []);
}

function metricProblems({ metricDefinitions = [] }: TrainingTaskProps): Problem[] {
  return [
    ...metricDefinitions.length > 40 ? [{ prop: 'metricDefinitions', got: `${metricDefinitions.length}`, allowed: 'at most 40', fix: 'leave some out' }] : [],
    ...metricDefinitions.flatMap(({ name, regex }, i) => [
      ...checkPattern(`metricDefinitions[${i}].name`, name, /^.{1,255}$/, '1 to 255 characters'),
      ...checkPattern(`metricDefinitions[${i}].regex`, regex, /^(?=.*\().{1,500}$/, 'a regular expression of 1 to 500 characters with a group in parentheses, the number'),
    ]),
  ];
}

function policyProblems({ onQuota, maxQuotaWait, capacityAttempts, capacityWait, internalErrorAttempts, timeoutAttempts }: TrainingPolicies): Problem[] {
  const range = (name: string, value: Duration | undefined, least: number, most: number, text: string): Problem[] => value === undefined || (value.toSeconds() >= least && value.toSeconds() <= most) ? [] : [{ prop: `policies.${name}`, got: value.toHumanString(), allowed: text, fix: `give ${text}` }];
  const attempts = (name: string, value: number | undefined, max: number) => Token.isUnresolved(value) ? [token(`policies.${name}`)] : checkNumber(`policies.${name}`, value, { min: 1, max, integer: true });
  return [
    ...onQuota === undefined || Object.values(QuotaPolicy).includes(onQuota) ? [] : [{ prop: 'policies.onQuota', got: JSON.stringify(onQuota), allowed: 'QuotaPolicy.NEXT, QuotaPolicy.WAIT', fix: 'use one of them' }],
    ...range('maxQuotaWait', maxQuotaWait, 300, 28 * DAY, '5 minutes to 28 days'),
    ...range('capacityWait', capacityWait, 0, DAY, '0 to 24 hours'),
    ...attempts('capacityAttempts', capacityAttempts, 20),
    ...attempts('internalErrorAttempts', internalErrorAttempts, 10),
    ...attempts('timeoutAttempts', timeoutAttempts, 20),
  ];
}

function checkDuration(prop: string, value: Duration | undefined): Problem[] {
  if (value === undefined) return [];
  const notOne = checkObject(prop, value, 'toSeconds', 'a duration', 'give e.g. Duration.hours(2)');
  if (notOne.length > 0) return notOne;
  if (value.isUnresolved()) return [{ ...token(prop), fix: 'give a plain duration such as Duration.hours(2)' }];
  const seconds = value.toSeconds({ integral: false });
  return Number.isInteger(seconds) || prop.endsWith('profilerInterval') ? [] : [{ prop, got: `${seconds} seconds`, allowed: 'whole seconds', fix: 'round it' }];
}

/** VolumeSizeInGB: whole, and at least 1 by the developer guide; 16,384 is the largest volume of EBS. */
function checkVolume(prop: string, value: Size | undefined): Problem[] {
  if (value === undefined) return [];
  const notOne = checkObject(prop, value, 'toGibibytes', 'a size', 'give e.g. Size.gibibytes(100)');
  if (notOne.length > 0) return notOne;
  if (value.isUnresolved()) return [{ ...token(prop), fix: 'give a plain size such as Size.gibibytes(100)' }];
  return checkNumber(prop, value.toGibibytes({ rounding: SizeRoundingBehavior.NONE }), { min: 1, max: 16_384, integer: true, unit: 'GiB' });
}

function token(prop: string): Problem {
  return { prop, got: 'a token (a value known only at deploy time)', allowed: 'a value known at synth', fix: 'give a plain value' };
}

function unique<T>(values: readonly T[], key: (value: T) => string): T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}
