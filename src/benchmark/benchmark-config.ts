import { Duration, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { checkCount, checkDuration, checkName, checkPlace, checkPositive, checkShare, checkString, DAYS, MILLISECONDS, SECONDS, TOKEN } from './benchmark-checks';
import { BenchmarkPayload } from './benchmark-payload';
import type { BenchmarkTarget, EndpointBenchmarkProps } from './benchmark-props';
import { historyEvents, measurements, runSeconds } from './core/plan';
import type { BenchmarkConfig, DatasetConfig, LoadSettings } from './core/types';
import { regressionLimitProblems, regressionLimits } from './regression-alarms';
import { checkNumber, checkObject, printed } from '../private/checks';
import type { Problem } from '../private/problems';

/** A worker has 64 places; a Map state of Step Functions runs 40 at once. */
const MOST_CONCURRENT = 2560;
const MOST_TARGETS = 10;
const MOST_BATCHES = 10;
const LARGEST_BATCH = 1024;
/** Step Functions would let it go on for a year. */
export const LONGEST_RUN = Duration.days(7);
/** Step Functions ends an execution with 25,000 events (developer guide, Quotas); calls that are repeated have events of their own. */
const MOST_EVENTS = 20_000;
const DEFAULTS = { pace: 0.7, duration: 300, warmUp: 60, maximumErrorRate: 0.05 };

/** What is wrong with the props of a benchmark. */
export function benchmarkProblems(scope: IConstruct, props: EndpointBenchmarkProps): Problem[] {
  if (typeof props !== 'object' || props === null) return [{ prop: 'props', got: String(props), allowed: 'the props of a benchmark', fix: 'give at least { targets, dataset, load }' }];
  const problems = [
    ...targetProblems(scope, props),
    ...checkObject('dataset', props.dataset, '_bind', 'a dataset', 'use BenchmarkDataset.fromBucket or fromFile'),
    ...loadProblems(props),
    ...checkDuration('latencyLimit', props.latencyLimit, MILLISECONDS, 1, 60_000, '1 ms to 60 seconds, in whole milliseconds', 'give e.g. Duration.millis(200)'),
    ...resultProblems(props.results),
    ...regressionLimitProblems(props.regressionLimits),
    ...checkName('benchmarkName', props.benchmarkName),
    ...checkDuration('maxAge', props.maxAge, DAYS, 1, 3650, '1 day to 3650 days, in whole days', 'give e.g. Duration.days(90)'),
    ...props.eventBus === undefined ? [] : checkObject('eventBus', props.eventBus, 'eventBusArn', 'a bus of EventBridge', 'pass an EventBus, or EventBus.fromEventBusArn'),
  ];
  return problems.length > 0 ? problems : runProblems(props);
}

/** A run that could not come to its end would be known for it after days. */
function runProblems(props: EndpointBenchmarkProps): Problem[] {
  // Names do not matter here.
  const config = benchmarkConfig(props, '', { bucket: '', key: '' }, { bucket: '', prefix: '' });
  const number = measurements(config).length;
  const found = `${number} measurement${number === 1 ? '' : 's'} with a concurrency of ${config.settings.concurrency}`;
  const fix = 'take a shorter load.duration, a lower load.concurrency or fewer batchSizes, or use several benchmarks with the same `results`';
  const [events, hours, most] = [historyEvents(config), Math.ceil(runSeconds(config) / 3600), LONGEST_RUN.toHours()];
  return [
    ...events <= MOST_EVENTS ? [] : [{ prop: 'load', got: `${found}: up to ${events} events in an execution`, allowed: `at most ${MOST_EVENTS} events: Step Functions ends an execution at 25000`, fix }],
    ...hours <= most ? [] : [{ prop: 'load', got: `${found}: up to ${hours} hours`, allowed: `at most ${most} hours`, fix }],
  ];
}

function targetProblems(scope: IConstruct, { targets, load }: EndpointBenchmarkProps): Problem[] {
  const allowed = `1 to ${MOST_TARGETS} variants of one endpoint`;
  if (!Array.isArray(targets)) return [{ prop: 'targets', got: targets === undefined ? 'nothing' : 'another object', allowed, fix: 'give e.g. [{ variant: gpu }, { variant: neuron }]' }];
  if (targets.length === 0 || targets.length > MOST_TARGETS) return [{ prop: 'targets', got: targets.length === 0 ? 'an empty list' : `${targets.length} variants`, allowed, fix: targets.length === 0 ? 'name the variant to measure' : 'use several benchmarks' }];
  const notVariants = targets.flatMap((target, i) => checkObject(`targets[${i}].variant`, target?.variant, 'instanceType', 'a variant made by InferenceEndpoint.addVariant', 'pass what addVariant returned'));
  if (notVariants.length > 0) return notVariants;
  const [{ variant: { endpoint, asynchronous } }] = targets;
  return [
    ...checkPlace('targets', scope, endpoint),
    ...asynchronous ? [{ prop: 'targets', got: `variants of ${endpoint.node.path}, an asynchronous endpoint`, allowed: 'variants of real-time endpoints: what waits in a queue has no latency of its own', fix: 'measure the model on a real-time endpoint' }] : [],
    ...targets.flatMap((target, i) => [
      ...target.variant.endpoint === endpoint ? [] : [{ prop: `targets[${i}].variant`, got: `variant '${target.variant.variantName}' of ${target.variant.endpoint.node.path}`, allowed: `a variant of ${endpoint.node.path}, the endpoint of targets[0]`, fix: 'use a benchmark of its own, with the same `results`' }],
      ...targets.findIndex(({ variant }) => variant === target.variant) < i ? [{ prop: `targets[${i}].variant`, got: `variant '${target.variant.variantName}' again`, allowed: 'each variant once', fix: 'remove it, or use batchSizes' }] : [],
      ...oneTarget(target, `targets[${i}]`, load?.payload?._single === true),
    ]),
  ];
}

function oneTarget({ usdPerHour, precision, label, batchSizes }: BenchmarkTarget, prop: string, single: boolean): Problem[] {
  return [
    ...checkPositive(`${prop}.usdPerHour`, usdPerHour, 'a price above 0, in USD per instance-hour'),
    ...[['precision', precision, 20], ['label', label, 256]].flatMap(([name, value, most]) => value === undefined ? [] : checkString(`${prop}.${name}`, value, new RegExp(`^.{1,${most}}$`), `a text of 1 to ${most} characters`)),
    ...batchProblems(`${prop}.batchSizes`, batchSizes, single),
  ];
}

function batchProblems(prop: string, sizes: number[] | undefined, single: boolean): Problem[] {
  if (sizes === undefined) return [];
  if (!Array.isArray(sizes) || sizes.length > MOST_BATCHES) return [{ prop, got: Array.isArray(sizes) ? `${sizes.length} sizes` : 'another object', allowed: `at most ${MOST_BATCHES} sizes`, fix: 'leave some out: powers of two are enough' }];
  const twice = sizes.find((one, i) => sizes.indexOf(one) !== i);
  return [
    ...sizes.flatMap((one, i) => checkCount(`${prop}[${i}]`, one, 1, LARGEST_BATCH)),
    ...twice === undefined ? [] : [{ prop, got: `${twice} twice`, allowed: 'each size once', fix: 'remove one of them' }],
    ...single && sizes.some((one) => one > 1) ? [{ prop, got: sizes.join(', '), allowed: '1: the payload takes one line at a time', fix: 'use BenchmarkPayload.json, or a template with {inputs}' }] : [],
  ];
}

function loadProblems({ load }: EndpointBenchmarkProps): Problem[] {
  if (typeof load !== 'object' || load === null) return [{ prop: 'load', got: load === undefined ? 'nothing' : String(load), allowed: 'a load', fix: 'give e.g. { concurrency: 16 }' }];
  const { concurrency, batchSize, pace, requestsPerSecond, payload, lengths } = load;
  const notPayload = payload === undefined ? [] : checkObject('load.payload', payload, '_config', 'a payload', 'use BenchmarkPayload.json, line or template');
  return [
    ...checkCount('load.concurrency', concurrency, 1, MOST_CONCURRENT),
    ...batchSize === undefined ? [] : checkCount('load.batchSize', batchSize, 1, LARGEST_BATCH),
    ...checkDuration('load.duration', load.duration, SECONDS, 10, 6 * 3600, '10 seconds to 6 hours, in whole seconds', 'give e.g. Duration.minutes(5)'),
    ...checkDuration('load.warmUp', load.warmUp, SECONDS, 0, 3600, '0 seconds to 1 hour, in whole seconds', 'give e.g. Duration.minutes(1)'),
    ...checkShare('load.maximumErrorRate', load.maximumErrorRate, 'give e.g. 0.05 for 5 %'),
    ...checkPositive('load.pace', pace, 'a part of the throughput, above 0 and at most 1', 1),
    ...checkPositive('load.requestsPerSecond', requestsPerSecond, 'a rate above 0 and at most 100,000', 100_000),
    ...pace !== undefined && requestsPerSecond !== undefined ? [{ prop: 'load.pace', got: `${pace}, beside requestsPerSecond ${requestsPerSecond}`, allowed: 'one of the two', fix: 'remove one of them' }] : [],
    ...notPayload,
    ...notPayload.length === 0 && payload?._single === true && batchSize !== undefined && batchSize > 1 ? [{ prop: 'load.batchSize', got: String(batchSize), allowed: '1: the payload takes one line at a time', fix: 'use BenchmarkPayload.json, or a template with {inputs}' }] : [],
    ...lengthProblems(lengths),
  ];
}

function lengthProblems(lengths: Record<string, number> | undefined): Problem[] {
  if (lengths === undefined) return [];
  const fix = 'give e.g. { inputTokens: 128 }';
  if (typeof lengths !== 'object' || lengths === null || Array.isArray(lengths)) return [{ prop: 'load.lengths', got: printed(lengths), allowed: 'numbers by name', fix }];
  return Object.entries(lengths).flatMap(([name, value]) => {
    if (Token.isUnresolved(value)) return [{ prop: `load.lengths.${name}`, got: TOKEN, allowed: 'a number of at least 0', fix: 'give a plain number' }];
    return checkNumber(`load.lengths.${name}`, value, { min: 0 }, fix);
  });
}

export function resultProblems(results: EndpointBenchmarkProps['results']): Problem[] {
  if (results === undefined) return [];
  const { bucket, prefix, encryptionKey } = results;
  return [
    ...bucket === undefined ? [] : checkObject('results.bucket', bucket, 'bucketArn', 'a bucket of S3', 'pass a Bucket, or Bucket.fromBucketAttributes({ bucketName, encryptionKey })'),
    ...prefix === undefined ? [] : checkString('results.prefix', prefix, /^[\w!.*'()-]+(\/[\w!.*'()-]+)*\/?$/, 'a folder without a slash at its beginning', 'give e.g. "benchmark/"'),
    ...encryptionKey === undefined ? [] : checkObject('results.encryptionKey', encryptionKey, 'keyArn', 'a key of KMS', 'pass a Key, or Key.fromKeyArn'),
    ...bucket !== undefined && encryptionKey !== undefined ? [{ prop: 'results.encryptionKey', got: 'a key, beside a bucket', allowed: 'a key for a bucket of its own: a bucket that is given has its own', fix: 'remove it; a key of a bucket that is not in this app: Bucket.fromBucketAttributes({ bucketName, encryptionKey })' }] : [],
  ];
}

/** What the director is told. */
export function benchmarkConfig(props: EndpointBenchmarkProps, benchmark: string, dataset: DatasetConfig, results: BenchmarkConfig['results']): BenchmarkConfig {
  const { load, targets, latencyLimit, eventBus } = props;
  const settings: LoadSettings = {
    batchSize: load.batchSize ?? 1,
    concurrency: load.concurrency,
    warmUpSeconds: load.warmUp?.toSeconds() ?? DEFAULTS.warmUp,
    durationSeconds: load.duration?.toSeconds() ?? DEFAULTS.duration,
    pace: load.requestsPerSecond === undefined ? { share: load.pace ?? DEFAULTS.pace } : { requestsPerSecond: load.requestsPerSecond },
    dataset,
    payload: (load.payload ?? BenchmarkPayload.json())._config,
    ...load.lengths === undefined ? {} : { lengths: load.lengths },
  };
  return {
    benchmark,
    endpoint: targets[0].variant.endpoint.endpointName,
    settings,
    targets: targets.map(({ variant: { variantName: variant }, usdPerHour, precision, label, batchSizes = [] }) => ({
      variant, batchSizes, ...usdPerHour === undefined ? {} : { usdPerHour }, ...precision === undefined ? {} : { precision }, ...label === undefined ? {} : { label },
    })),
    ...latencyLimit === undefined ? {} : { latencyLimitMs: latencyLimit.toMilliseconds() },
    results,
    limits: regressionLimits(props.regressionLimits),
    maximumErrorRate: load.maximumErrorRate ?? DEFAULTS.maximumErrorRate,
    allowOtherTraffic: props.allowOtherTraffic ?? false,
    ...eventBus === undefined ? {} : { eventBus: eventBus.eventBusArn },
  };
}
