import { createHash } from 'node:crypto';
import { Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { checkName } from './benchmark-checks';
import { LONGEST_RUN, resultProblems } from './benchmark-config';
import type { BenchmarkDataset } from './benchmark-dataset';
import { BenchmarkPayload } from './benchmark-payload';
import type { BenchmarkResults } from './benchmark-props';
import { EVENTS, METRICS } from './contract';
import type { EndpointVariant } from '../endpoint';
import type { ParityGateConfig } from './core/parity-gate';
import { asksForExpected, type ParityCheck, type ParityConfig } from './core/parity-verdict';
import { goldenSetProblems } from './golden-set-file';
import { ownEventRule } from './own-events';
import type { ParityMetric } from './parity-metric';
import { parityGateStatements, parityStatements, parityStates, SLICE_TIMEOUT } from './parity-states';
import { grantRead } from './read-grant';
import { runMachine } from './run-machine';
import { ParityFunction } from './runtime/parity-function';
import { ParityGateFunction } from './runtime/parity-gate-function';
import { folderOf } from '../model/core/s3-uri';
import { ownBucket } from '../model/own-bucket';
import { checkNumber, checkObject } from '../private/checks';
import { runbookUrl, throwProblems, type Problem } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

const DEFAULTS = { tolerance: 0.01, minimumShare: 0.99, folder: 'benchmark' };

/** Props of `AccuracyParity`. */
export interface AccuracyParityProps {
  /** The variant that is right by definition, the GPU as a rule: `from` of a migration. */
  readonly reference: EndpointVariant;

  /** The variant that has to answer alike, the Neuron one: `to` of a migration. Of the same endpoint. */
  readonly candidate: EndpointVariant;

  /**
   * Inputs to try: JSON Lines, at most 10,000 of them and 64 MiB. Each is `{"input": ...}`, or `{"input": ..., "expected": ...}`: of metrics of texts and labels, answers to those are compared with what is expected,
   * and the candidate may be as right as the reference without giving the same answers.
   */
  readonly goldenSet: BenchmarkDataset;

  /** How answers are compared. */
  readonly metric: ParityMetric;

  /**
   * How an input becomes a request. Lines are sent one by one.
   *
   * @default BenchmarkPayload.json()
   */
  readonly payload?: BenchmarkPayload;

  /**
   * How far apart the answers may be, from 0 (not at all) to 1; see `ParityMetric` for what it is a part of. Of a metric of your own any number of at least 0.
   *
   * @default 0.01
   */
  readonly tolerance?: number;

  /**
   * Of `relativeError` and `cosineSimilarity`: least share of the lines whose difference is within the tolerance; of a metric of your own: least share that both variants answer. Above 0, at most 1.
   *
   * @default 0.99
   */
  readonly minimumShare?: number;

  /**
   * Where records are kept.
   *
   * @default - a bucket of its own
   */
  readonly results?: BenchmarkResults;

  /**
   * Name in metrics, events and records: letters, digits, hyphens and underscores, at most 60 characters.
   *
   * @default - made of the construct's path
   */
  readonly parityName?: string;

  /**
   * Bus of the events.
   *
   * @default - the default bus
   */
  readonly eventBus?: events.IEventBus;
}

/**
 * Sends every line of a golden set to two variants of an endpoint, by their names (`TargetVariant`), and compares the answers. What came of it is a **parity record** in S3 for the two versions
 * that were live, `parity/<endpoint>/<reference>/<model>/<candidate>/<model>.json`; another model is another version. A line that one of them does not answer is a difference.
 *
 * A deploy makes the machinery and sends nothing. Start a run with `aws stepfunctions start-execution` (output `Start`); at most 8 requests are under way at the same time. An execution ends well when the answers are the same, else
 * as `Parity.Differs` or, when they could not be compared, `Parity.Failed`. `MigrationGate.sameAnswers(parity)` keeps a migration from going on until the versions that
 * are live have passed.
 */
export class AccuracyParity extends Construct {
  /** Name in metrics, events and records. */
  public readonly parityName: string;
  /** A run is an execution of this state machine; its input may be empty. */
  public readonly stateMachine: sfn.StateMachine;
  /** Where the records are. */
  public readonly bucket: s3.IBucket;
  /** Their folder, with a slash at its end. */
  public readonly prefix: string;
  /** What the candidate is compared with. */
  public readonly reference: EndpointVariant;
  /** What is compared. */
  public readonly candidate: EndpointVariant;
  /** Answers whether the versions that both variants serve now were found to give the same answers, under the settings of now: for `MigrationGate.sameAnswers`, or to ask it yourself. */
  public readonly gateFunction: lambda.IFunction;
  /** Goes off when a check was not passed, and is OK again when one is. It has no actions. */
  public readonly parityFailedAlarm: cloudwatch.Alarm;
  /** Goes off when a run did not end well: other answers, no comparison, or a run that died, took too long or was stopped and said nothing itself. It has no actions. */
  public readonly runsFailedAlarm: cloudwatch.Alarm;
  private readonly eventBus?: events.IEventBus;

  constructor(scope: Construct, id: string, props: AccuracyParityProps) {
    super(scope, id);
    throwProblems(this, parityProblems(props));
    const { reference, candidate, metric, results = {} } = props;
    const { endpoint } = reference;
    const stack = Stack.of(this);
    this.reference = reference;
    this.candidate = candidate;
    this.eventBus = props.eventBus;
    this.parityName = props.parityName ?? Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    this.bucket = results.bucket ?? ownBucket(this, 'Results', results.encryptionKey);
    this.prefix = folderOf(results.prefix ?? DEFAULTS.folder);
    const place = { bucket: this.bucket, prefix: this.prefix };
    const goldenSet = props.goldenSet._bind(this);

    const check: ParityCheck = {
      metric: metric._config,
      tolerance: props.tolerance ?? DEFAULTS.tolerance,
      ...asksForExpected(metric._config) ? {} : { minimumShare: props.minimumShare ?? DEFAULTS.minimumShare },
      goldenSet: { bucket: goldenSet.bucket.bucketName, key: goldenSet.key },
      payload: (props.payload ?? BenchmarkPayload.json())._config,
    };
    // The gate has little room in its environment.
    const fingerprint = createHash('sha256').update(JSON.stringify(stack.resolve(check))).digest('hex').slice(0, 16);
    const what = { benchmark: this.parityName, endpoint: endpoint.endpointName, reference: reference.variantName, candidate: candidate.variantName, fingerprint };
    const config: ParityConfig = { ...what, check, results: { bucket: this.bucket.bucketName, prefix: this.prefix }, ...props.eventBus === undefined ? {} : { eventBus: props.eventBus.eventBusArn } };
    const eventBusArn = props.eventBus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });

    const compare = new ParityFunction(this, 'Compare', {
      ...functionOptions(this, 'Compare', 'Compares the answers of two variants', parityStatements(this, { endpoint, goldenSet, results: place, metric: metric._config, eventBusArn })),
      timeout: SLICE_TIMEOUT,
      // The golden set, and some answers.
      memorySize: 1024,
    });
    const { stateMachine, start, runsFailedAlarm } = runMachine(this, {
      what: 'parity check',
      starts: 'a parity check',
      comment: `Compares the answers of ${candidate.variantName} with those of ${reference.variantName}`,
      states: parityStates(new Construct(this, 'States'), config, compare.functionArn),
      functionArns: [compare.functionArn],
      // 10,000 lines of a minute each, four at a time, are two days.
      timeout: LONGEST_RUN,
      runbookEntry: 'parity-run-failed',
    });
    this.stateMachine = stateMachine;
    this.runsFailedAlarm = runsFailedAlarm;
    const gate: ParityGateConfig = { ...what, start };
    this.gateFunction = new ParityGateFunction(this, 'Gate', {
      ...functionOptions(this, 'Gate', 'Says whether two variants give the same answers', parityGateStatements(this, endpoint, place)),
      environment: { PARITY: stack.toJsonString(gate), BUCKET: this.bucket.bucketName, PREFIX: this.prefix },
    });
    this.parityFailedAlarm = this.alarm();
  }

  /** How far apart the answers were, 0 when they are alike; of a check that could not be made there is none. Maximum over 5 minutes by default. */
  public metricParityScore(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.parityScore, props);
  }

  /** 1 when a check was not passed, 0 when it was. Maximum over 5 minutes by default. */
  public metricParityFailed(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.parityFailed, props);
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets a principal read the records, and list their folder. */
  public grantReadResults(grantee: iam.IGrantable): iam.Grant {
    return grantRead({ bucket: this.bucket, prefix: `${this.prefix}parity/` }, grantee);
  }

  /**
   * A rule for checks that are over: `Parity Checked`, with `benchmark` (the name of the check), `run`, `endpoint`, `reference`, `candidate`, `outcome` (`passed`, `differs`, `failed`), `reason`, `score`, and `record`, the
   * address of the record.
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ownEventRule(this, id, { name: this.parityName, detailTypes: [EVENTS.parity], bus: this.eventBus }, options);
  }

  private metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this.parityName, [METRICS.variant]: this.candidate.variantName },
      statistic: cloudwatch.Stats.MAXIMUM,
      ...props,
    }).attachTo(this);
  }

  private alarm(): cloudwatch.Alarm {
    const { candidate, reference, parityName } = this;
    return new cloudwatch.Alarm(this, 'ParityFailedAlarm', {
      alarmDescription: `Variant ${candidate.variantName} does not answer as ${reference.variantName} does, or parity check ${parityName} could not find out. Read the reason in its record. See ${runbookUrl('parity-failed')}`,
      metric: this.metricParityFailed({ period: Duration.minutes(5) }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // A check is one data point: what was found out lasts until the next.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }
}

function parityProblems(props: AccuracyParityProps): Problem[] {
  if (typeof props !== 'object' || props === null) return [{ prop: 'props', got: String(props), allowed: 'the props of a parity check', fix: 'give at least { reference, candidate, goldenSet, metric }' }];
  const { goldenSet, metric, payload, parityName, eventBus, results } = props;
  const notMetric = checkObject('metric', metric, '_config', 'a metric', 'use ParityMetric.exactMatch, topLabel, relativeError, cosineSimilarity or lambdaFunction');
  const notSet = checkObject('goldenSet', goldenSet, '_bind', 'a golden set', 'use BenchmarkDataset.fromBucket or fromFile');
  return [
    ...variantProblems(props),
    ...notSet.length > 0 ? notSet : goldenSetProblems(goldenSet),
    ...notMetric,
    ...payload === undefined ? [] : checkObject('payload', payload, '_config', 'a payload', 'use BenchmarkPayload.json, line or template'),
    ...notMetric.length > 0 ? [] : limitProblems(props),
    ...resultProblems(results),
    ...checkName('parityName', parityName),
    ...eventBus === undefined ? [] : checkObject('eventBus', eventBus, 'eventBusArn', 'a bus of EventBridge', 'pass an EventBus, or EventBus.fromEventBusArn'),
  ];
}

function variantProblems({ reference, candidate }: AccuracyParityProps): Problem[] {
  const not = (['reference', 'candidate'] as const).flatMap((prop) => checkObject(prop, { reference, candidate }[prop], 'instanceType', 'a variant made by InferenceEndpoint.addVariant', 'pass what addVariant returned'));
  if (not.length > 0) return not;
  const of = `variant '${candidate.variantName}' of ${candidate.endpoint.node.path}`;
  return [
    ...reference.asynchronous ? [{ prop: 'reference', got: `a variant of ${reference.endpoint.node.path}, an asynchronous endpoint`, allowed: 'variants of a real-time endpoint', fix: 'check the model on a real-time endpoint' }] : [],
    ...candidate.endpoint === reference.endpoint ? [] : [{ prop: 'candidate', got: of, allowed: `a variant of ${reference.endpoint.node.path}, the endpoint of the reference`, fix: 'add both variants to one endpoint' }],
    ...candidate === reference ? [{ prop: 'candidate', got: `${of}, which is the reference`, allowed: 'another variant than the reference', fix: 'pass the variant that takes over' }] : [],
  ];
}

function limitProblems({ metric, tolerance, minimumShare }: AccuracyParityProps): Problem[] {
  const { _config: config } = metric;
  const token = (prop: string, value: unknown): Problem[] => Token.isUnresolved(value) ? [{ prop, got: 'a token (a value known only at deploy time)', allowed: 'a number that is known at synth', fix: 'give a plain number' }] : [];
  const share = { min: Number.MIN_VALUE, max: 1 };
  const noShare = asksForExpected(config) && minimumShare !== undefined;
  return [
    ...token('tolerance', tolerance),
    ...checkNumber('tolerance', tolerance, { min: 0, ...config.kind === 'lambda' ? {} : { max: 1 } }, 'give e.g. 0.01'),
    ...token('minimumShare', minimumShare),
    ...noShare ? [{ prop: 'minimumShare', got: `${String(minimumShare)}, with ParityMetric.${config.kind}`, allowed: 'metrics of numbers and of your own: of this one the tolerance is a share of lines', fix: 'remove it, and set the tolerance' }]
      : minimumShare === undefined || Token.isUnresolved(minimumShare) || checkNumber('minimumShare', minimumShare, share).length === 0 ? []
        : [{ prop: 'minimumShare', got: String(minimumShare), allowed: 'a number above 0 and at most 1', fix: 'give e.g. 0.99' }],
  ];
}
