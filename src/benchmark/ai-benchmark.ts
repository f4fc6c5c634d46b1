import { Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { aiBenchmarkProblems, runTimeout, variantProblems } from './ai-benchmark-checks';
import type { AiBenchmarkProps } from './ai-benchmark-props';
import { aiJobRole, aiRunStatements } from './ai-benchmark-statements';
import { aiBenchmarkStates, LOOK_TIMEOUT } from './ai-benchmark-states';
import { AI_ENDED, AI_METRICS, aiFolder } from './ai-contract';
import { METRICS } from './contract';
import type { AiBenchmarkConfig } from './core/ai-types';
import { ownEventRule } from './own-events';
import { grantRead } from './read-grant';
import { runMachine } from './run-machine';
import type { IInferenceEndpoint } from '../endpoint';
import { AiBenchmarkFunction } from './runtime/ai-benchmark-function';
import { folderOf } from '../model/core/s3-uri';
import { ownBucket } from '../model/own-bucket';
import { endedEarly } from '../private/aws-task';
import { problemText, throwProblems } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

const DEFAULTS = { jobTimeout: Duration.hours(2), maximumErrorRate: 0.05, folder: 'benchmark' };

/**
 * Measures chat models with SageMaker's own AI benchmark jobs (NVIDIA AIPerf): time to the first token, time between tokens, latency of requests and output tokens per second, of one endpoint after the other under the same workload.
 * What came of each is an **AI benchmark record** in S3 (schema: `assets/benchmark/ai-benchmark-record-1.json` in the package); a report compares each endpoint with the first.
 *
 * A job sends to an endpoint and cannot choose a variant, so each side is an endpoint of its own, with one variant; for variants beside each other, and for models that do not chat, there is `EndpointBenchmark`. No gate of a migration
 * reads these records: what is promoted is a variant, and was not measured as one.
 *
 * A deploy makes the machinery and sends nothing. Start a run with `aws stepfunctions start-execution` (output `Start`). The service runs a training job for each endpoint, which is paid for. An endpoint that cannot be measured is a failed record, and
 * the run goes on with the next one; the execution then fails (`AiBenchmark.Failed`) and says where the report is. A run that ends early stops its job.
 */
export class AiBenchmark extends Construct {
  /** Name in metrics, events and records. */
  public readonly benchmarkName: string;
  /** A run is an execution of this state machine; its input may be empty. */
  public readonly stateMachine: sfn.StateMachine;
  /** Where the jobs write, and where records and reports are. */
  public readonly bucket: s3.IBucket;
  /** Their folder, with a slash at its end. */
  public readonly prefix: string;
  /** What is measured; the first one is what the others are compared with. */
  public readonly endpoints: IInferenceEndpoint[];
  /** Role of the jobs. What a job of a new kind needs beside is added with `addToPrincipalPolicy`. */
  public readonly jobRole: iam.Role;
  /** Goes off when a run did not end well: an endpoint was not measured, or the run died, took too long or was stopped. It has no actions. */
  public readonly runsFailedAlarm: cloudwatch.Alarm;
  private readonly eventBus?: events.IEventBus;

  constructor(scope: Construct, id: string, props: AiBenchmarkProps) {
    super(scope, id);
    throwProblems(this, aiBenchmarkProblems(this, props));
    const { workload, results = {}, eventBus, jobTimeout = DEFAULTS.jobTimeout } = props;
    const stack = Stack.of(this);
    this.eventBus = eventBus;
    this.endpoints = props.targets.map(({ endpoint }) => endpoint);
    this.node.addValidation({ validate: () => variantProblems(this.endpoints).map(problemText) });
    this.benchmarkName = props.benchmarkName ?? Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    this.bucket = results.bucket ?? ownBucket(this, 'Results', results.encryptionKey);
    this.prefix = folderOf(results.prefix ?? DEFAULTS.folder);
    const place = { bucket: this.bucket, prefix: this.prefix };
    this.jobRole = aiJobRole(this, { endpoints: this.endpoints, results: place, secrets: workload._secrets });

    // Known at synth: the role of the function names a machine that needs the function. SageMaker writes the names in its ARNs in lower case.
    const machineName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });
    const names = { jobPrefix: Names.uniqueResourceName(this, { maxLength: 40, separator: '-' }).toLowerCase(), workloadPrefix: Names.uniqueResourceName(this, { maxLength: 40 }).toLowerCase() };
    const eventBusArn = eventBus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    const run = new AiBenchmarkFunction(this, 'Run', {
      ...functionOptions(this, 'Run', 'Runs the AI benchmark jobs of SageMaker', aiRunStatements(this, { endpoints: this.endpoints, results: place, ...names, jobRoleArn: this.jobRole.roleArn, machineName, eventBusArn })),
      timeout: LOOK_TIMEOUT,
      memorySize: 1024,
      // For runs that ended early: their events say no more than their name.
      environment: { JOB_PREFIX: names.jobPrefix, TARGETS: String(props.targets.length) },
    });
    const config: AiBenchmarkConfig = {
      benchmark: this.benchmarkName,
      targets: props.targets.map(({ endpoint: { endpointName: endpoint }, usdPerHour, label }) => ({ endpoint, ...usdPerHour === undefined ? {} : { usdPerHour }, ...label === undefined ? {} : { label } })),
      spec: workload._spec,
      ...names,
      jobRole: this.jobRole.roleArn,
      timeoutMinutes: jobTimeout.toMinutes(),
      maximumErrorRate: props.maximumErrorRate ?? DEFAULTS.maximumErrorRate,
      results: { bucket: this.bucket.bucketName, prefix: this.prefix },
      ...eventBus === undefined ? {} : { eventBus: eventBus.eventBusArn },
    };
    const { stateMachine, runsFailedAlarm } = runMachine(this, {
      what: 'AI benchmark',
      starts: 'a run of the AI benchmark',
      stateMachineName: machineName,
      comment: `AI benchmark ${this.benchmarkName} of ${props.targets.length} endpoints`,
      states: aiBenchmarkStates(new Construct(this, 'States'), config, run.functionArn),
      functionArns: [run.functionArn],
      timeout: runTimeout(props.targets.length, jobTimeout),
      runbookEntry: 'ai-benchmark-run-failed',
    });
    this.stateMachine = stateMachine;
    this.runsFailedAlarm = runsFailedAlarm;
    new events.Rule(this, 'EndedEarly', {
      description: 'Stops the job of a run that did not end well',
      eventPattern: endedEarly(stateMachine),
      targets: [new targets.LambdaFunction(run)],
    });
  }

  /** Time to the first token that 99 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricTimeToFirstTokenP99(endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(AI_METRICS.firstTokenP99, endpoint, props);
  }

  /** Time between tokens that 99 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricInterTokenLatencyP99(endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(AI_METRICS.interTokenP99, endpoint, props);
  }

  /** Latency of whole answers that 99 % of the requests do not exceed, in milliseconds. Average over 5 minutes by default. */
  public metricLatencyP99(endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.p99, endpoint, props);
  }

  /** Output tokens per second of one instance. Average over 5 minutes by default. */
  public metricOutputTokensPerInstance(endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(AI_METRICS.outputTokens, endpoint, props);
  }

  /** What 1,000 output tokens cost, in USD; of endpoints with a `usdPerHour`. Average over 5 minutes by default. */
  public metricCostPerThousandOutputTokens(endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(AI_METRICS.cost, endpoint, props);
  }

  /** 1 when an endpoint could not be measured, 0 when it was. Average over 5 minutes by default. */
  public metricFailedMeasurements(endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failed, endpoint, props);
  }

  /**
   * A metric of an endpoint, for names that this class does not list: `TimeToFirstTokenP50`, `InterTokenLatencyP50`, `LatencyP50`, `ErrorRate`. They are published when the endpoint has been measured, and not at all between runs.
   *
   * @throws for an endpoint that is none of `endpoints`
   */
  public metric(metricName: string, endpoint: IInferenceEndpoint, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    throwProblems(this, this.endpoints.includes(endpoint) ? [] : [{ prop: 'endpoint', got: endpoint?.node?.path ?? String(endpoint), allowed: this.endpoints.map(({ node }) => node.path).join(', '), fix: 'pass an endpoint that this benchmark measures' }]);
    return new cloudwatch.Metric({
      namespace: METRICS.namespace,
      metricName,
      dimensionsMap: { [METRICS.dimension]: this.benchmarkName, [AI_METRICS.endpoint]: endpoint.endpointName },
      ...props,
    }).attachTo(this);
  }

  /**
   * A rule for runs that are over: `AI Benchmark Ended`, with `benchmark`, `run`, `outcome` (`measured`, `partlyMeasured`, `failed`), `report`, the address of the report, `measurements` (of each endpoint `endpoint`, `label`, `outcome`,
   * `reason`, `throughput`, `cost`) and `comparisons` (ratios to the first endpoint). A run that dies says nothing: `runsFailedAlarm`.
   *
   * @throws for a pattern with `detail.benchmark`, or with a detail type of somebody else
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ownEventRule(this, id, { name: this.benchmarkName, detailTypes: [AI_ENDED], bus: this.eventBus }, options);
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets a principal read records, reports and what the jobs wrote, and list their folder. */
  public grantReadResults(grantee: iam.IGrantable): iam.Grant {
    return grantRead({ bucket: this.bucket, prefix: aiFolder(this.prefix) }, grantee);
  }
}
