import { Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { AiBenchmarkProps, AiBenchmarkTarget } from './ai-benchmark-props';
import { checkDuration, checkName, checkPlace, checkPositive, checkShare, checkString, type TimeUnit } from './benchmark-checks';
import { resultProblems } from './benchmark-config';
import { InferenceEndpoint, type IInferenceEndpoint } from '../endpoint';
import { checkObject } from '../private/checks';
import type { Problem } from '../private/problems';

const MOST_TARGETS = 8;
const MINUTES: TimeUnit = { words: 'minutes', milliseconds: 60_000 };
const LONGEST_MINUTES = 240;
/** What a run may take beside its jobs, for each target: an endpoint that changes, a quota that is in use. */
const SLACK = Duration.hours(2);

/** A look is a minute and 9 of the 25,000 events of an execution: 8 jobs of 4 hours and all their waits are about 22,500. */
export function runTimeout(targets: number, job: Duration): Duration {
  return Duration.minutes(targets * (job.toMinutes() + SLACK.toMinutes()));
}

/** What is wrong with the props. */
export function aiBenchmarkProblems(scope: IConstruct, props: AiBenchmarkProps): Problem[] {
  if (typeof props !== 'object' || props === null) return [{ prop: 'props', got: String(props), allowed: 'the props of an AI benchmark', fix: 'give at least { targets, workload }' }];
  const { eventBus } = props;
  return [
    ...targetProblems(scope, props.targets),
    ...checkObject('workload', props.workload, '_spec', 'a workload', 'use AiWorkload.synthetic or inline'),
    ...checkDuration('jobTimeout', props.jobTimeout, MINUTES, 10, LONGEST_MINUTES, '10 minutes to 4 hours, in whole minutes', 'give e.g. Duration.hours(2)'),
    ...checkShare('maximumErrorRate', props.maximumErrorRate, 'give e.g. 0.05 for 5 %'),
    ...resultProblems(props.results),
    ...checkName('benchmarkName', props.benchmarkName),
    ...eventBus === undefined ? [] : checkObject('eventBus', eventBus, 'eventBusArn', 'a bus of EventBridge', 'pass an EventBus, or EventBus.fromEventBusArn'),
  ];
}

function targetProblems(scope: IConstruct, targets: AiBenchmarkTarget[]): Problem[] {
  const allowed = `1 to ${MOST_TARGETS} endpoints`;
  if (!Array.isArray(targets)) return [{ prop: 'targets', got: targets === undefined ? 'nothing' : 'another object', allowed, fix: 'give e.g. [{ endpoint: gpu }, { endpoint: neuron }]' }];
  if (targets.length === 0 || targets.length > MOST_TARGETS) return [{ prop: 'targets', got: targets.length === 0 ? 'an empty list' : `${targets.length} endpoints`, allowed, fix: targets.length === 0 ? 'name the endpoint to measure' : 'use several benchmarks' }];
  return targets.flatMap((target, i) => {
    const prop = `targets[${i}]`;
    const not = checkObject(`${prop}.endpoint`, target?.endpoint, 'endpointName', 'an InferenceEndpoint', 'pass an InferenceEndpoint, or InferenceEndpoint.fromEndpointAttributes');
    if (not.length > 0) return not;
    const { endpoint, usdPerHour, label } = target;
    return [
      ...checkPlace(`${prop}.endpoint`, scope, endpoint),
      // Endpoints made elsewhere have the member too.
      ...(endpoint as { asynchronous?: boolean }).asynchronous === true ? [{ prop: `${prop}.endpoint`, got: `${endpoint.node.path}, an asynchronous endpoint`, allowed: 'a real-time endpoint: jobs wait for the answer of each request', fix: 'measure the model on a real-time endpoint' }] : [],
      ...targets.findIndex((one) => one?.endpoint === endpoint) < i ? [{ prop: `${prop}.endpoint`, got: `${endpoint.node.path} again`, allowed: 'each endpoint once', fix: 'remove it' }] : [],
      ...checkPositive(`${prop}.usdPerHour`, usdPerHour, 'a price above 0, in USD per instance-hour'),
      ...label === undefined ? [] : checkString(`${prop}.label`, label, /^.{1,256}$/, 'a text of 1 to 256 characters'),
    ];
  });
}

/** What shows only when all variants are there: of an endpoint made elsewhere a run finds out. */
export function variantProblems(endpoints: readonly IInferenceEndpoint[]): Problem[] {
  return endpoints.flatMap((endpoint, i) => {
    const names = endpoint instanceof InferenceEndpoint ? endpoint.variants.map(({ variantName }) => variantName) : [];
    return names.length <= 1 ? [] : [{ prop: `targets[${i}].endpoint`, got: `${endpoint.node.path} with the variants ${names.join(', ')}`, allowed: 'an endpoint with one variant: a job cannot choose one, and would measure what the weights mix', fix: 'use EndpointBenchmark, or give each side an endpoint of its own' }];
  });
}
