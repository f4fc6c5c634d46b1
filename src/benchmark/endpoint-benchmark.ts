import { Duration, Names, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { benchmarkConfig, benchmarkProblems, LONGEST_RUN } from './benchmark-config';
import { BenchmarkMetrics } from './benchmark-metrics';
import type { EndpointBenchmarkProps } from './benchmark-props';
import { directorStatements, resultStatements, versionStatements, workerStatements } from './benchmark-statements';
import { benchmarkStates } from './benchmark-states';
import { warnOfBenchmark } from './benchmark-warnings';
import { EVENTS } from './contract';
import type { EndpointVariant } from '../endpoint';
import type { Limits } from './core/compare';
import { WORKER_SECONDS } from './core/plan';
import { ownEventRule } from './own-events';
import { grantRead } from './read-grant';
import { regressionAlarms, regressionLimits, type RegressionAlarms } from './regression-alarms';
import { runMachine } from './run-machine';
import { DirectorFunction } from './runtime/director-function';
import { VersionGateFunction } from './runtime/version-gate-function';
import { WorkerFunction } from './runtime/worker-function';
import { folderOf } from '../model/core/s3-uri';
import { ownBucket } from '../model/own-bucket';
import { throwProblems } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/**
 * Sends the same load to each variant of an endpoint, one after the other, and records what came of it: throughput, latency, errors, cost, settings, versions and date, as a **baseline
 * record** in S3 (schema: `assets/benchmark/baseline-record-1.json` in the package). At the end a report compares the variants, and each version with the one before it: alarms tell of a
 * version that is slower or costs more, and a migration can be kept from promoting a version that nobody measured (`MigrationGate.measuredVersion`).
 *
 * A deploy makes the machinery and sends nothing. Start a run with `aws stepfunctions start-execution` (output `Start`). It takes (`warmUp` + 2 x `duration`) for each measurement: each variant, and each of its `batchSizes`.
 * **A run takes all that a variant has**: at full concurrency its latency is high for whoever else sends to it, and requests count in its metrics, alarms and scaling like any others. Measure before a variant has traffic, or on an
 * endpoint of its own; a variant that others send to is not measured unless `allowOtherTraffic` is set.
 *
 * A variant that fails is a failed record, and the run goes on with the next one: an execution fails (`Benchmark.Failed`) only when nothing was measured, or when another run goes on.
 */
export class EndpointBenchmark extends BenchmarkMetrics {
  /** Name in metrics, events and records. */
  public readonly benchmarkName: string;
  /** A run is an execution of this state machine; its input may be empty. */
  public readonly stateMachine: sfn.StateMachine;
  /** Where records and reports are. */
  public readonly bucket: s3.IBucket;
  /** Their folder, with a slash at its end. */
  public readonly prefix: string;
  /** What is measured; the first one is what the others are compared with. */
  public readonly variants: EndpointVariant[];
  /** Answers whether the version that a variant serves was measured: for `MigrationGate.measuredVersion`, or to ask it yourself. */
  public readonly gateFunction: lambda.IFunction;
  /** Goes off when a run failed, took too long or was stopped, whatever it was able to say itself. It has no actions. */
  public readonly runsFailedAlarm: cloudwatch.Alarm;
  /**
   * How much worse a version may be, for dashboards.
   *
   * @internal
   */
  public readonly _limits: Limits;
  private readonly eventBus?: events.IEventBus;
  private readonly alarmsOf = new Map<string, RegressionAlarms>();

  constructor(scope: Construct, id: string, props: EndpointBenchmarkProps) {
    super(scope, id);
    throwProblems(this, benchmarkProblems(this, props));
    const { targets, results = {}, eventBus } = props;
    const stack = Stack.of(this);
    const { endpoint } = targets[0].variant;
    warnOfBenchmark(this, props);
    this.eventBus = eventBus;
    this._limits = regressionLimits(props.regressionLimits);
    this.benchmarkName = props.benchmarkName ?? Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    this.variants = targets.map(({ variant }) => variant);
    this.prefix = folderOf(results.prefix ?? 'benchmark');
    // Records are made of them, and stay.
    this.bucket = results.bucket ?? ownBucket(this, 'Results', results.encryptionKey, [{ prefix: `${this.prefix}slices/`, expiration: Duration.days(30) }]);
    const place = { bucket: this.bucket, prefix: this.prefix };
    const dataset = props.dataset._bind(this);
    const eventBusArn = eventBus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    // Known at synth: the role of the director names a machine that needs the director.
    const machineName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });

    const worker = new WorkerFunction(this, 'Worker', {
      ...functionOptions(this, 'Worker', 'Sends the requests of a benchmark', workerStatements(endpoint, dataset, place)),
      // The dataset, a slice of 4 minutes, the last answers, and what was seen: 7 minutes with a slow S3.
      timeout: Duration.seconds(WORKER_SECONDS),
      // One whole vCPU: 64 requests at a time and their clocks.
      memorySize: 1769,
    });
    const director = new DirectorFunction(this, 'Director', {
      ...functionOptions(this, 'Director', 'Says what comes next in a benchmark', directorStatements(this, endpoint, place, machineName, eventBusArn)),
      timeout: Duration.minutes(5),
      memorySize: 1024,
    });
    const config = benchmarkConfig(props, this.benchmarkName, { bucket: dataset.bucket.bucketName, key: dataset.key }, { bucket: this.bucket.bucketName, prefix: this.prefix });
    const { stateMachine, start, runsFailedAlarm } = runMachine(this, {
      what: 'benchmark',
      starts: 'a run of the benchmark',
      stateMachineName: machineName,
      comment: `Benchmark ${this.benchmarkName} of ${this.variants.map(({ variantName }) => variantName).join(', ')}`,
      states: benchmarkStates(new Construct(this, 'States'), config, director.functionArn, worker.functionArn),
      functionArns: [director.functionArn, worker.functionArn],
      timeout: LONGEST_RUN,
      runbookEntry: 'benchmark-run-failed',
    });
    this.stateMachine = stateMachine;
    this.runsFailedAlarm = runsFailedAlarm;
    this.gateFunction = new VersionGateFunction(this, 'Gate', {
      ...functionOptions(this, 'Gate', 'Says whether a version was measured', [...versionStatements(this, endpoint), ...resultStatements(place, ['s3:GetObject'])]),
      environment: {
        BENCHMARK: this.benchmarkName,
        BENCHMARK_BUCKET: this.bucket.bucketName,
        BENCHMARK_PREFIX: this.prefix,
        BENCHMARK_START: start,
        ...props.maxAge === undefined ? {} : { BENCHMARK_MAX_AGE_DAYS: String(props.maxAge.toDays()) },
      },
    });
    targets.forEach(({ variant, usdPerHour }) => {
      const { variantName } = variant;
      this.alarmsOf.set(variantName, regressionAlarms(new Construct(this, `Alarms-${variantName}`), { metrics: this, variant, priced: usdPerHour !== undefined, limits: props.regressionLimits }));
    });
  }

  /**
   * The alarms of a variant: a version of it is worse than the one before, or could not be measured. They have no actions of their own.
   *
   * @param variant one of `variants`
   * @throws for another variant
   */
  public alarms(variant: EndpointVariant): RegressionAlarms {
    this._own(variant);
    return this.alarmsOf.get(variant.variantName)!;
  }

  /**
   * A rule for what happens in runs, by the event's `detail-type`: `Variant Measured` and `Measurement Failed` for each measurement, `Version Regressed` for a version that is worse than the one before, and `Benchmark Ended`; narrow it
   * with `eventPattern.detailType` and `eventPattern.detail`. All have `benchmark` and `endpoint`. A measurement has `run`, `variant`, `round`, `batchSize`, `version`, `reason`, `throughput`, `latency`, `cost`, and `record`, the address
   * of its record; a version that is worse has `run`, `variant`, `version`, `before`, `regressions`, `comparison` and `record`; a run that ended has `run`, `outcome` (`measured`, `partlyMeasured`, `failed`), `report` and `records`. Events come at least
   * once. A run that dies says nothing: `runsFailedAlarm`.
   *
   * @throws for a pattern with `detail.benchmark`, or with a detail type of somebody else
   */
  public onEvent(id: string, options: events.OnEventOptions = {}): events.Rule {
    return ownEventRule(this, id, { name: this.benchmarkName, detailTypes: [EVENTS.measured, EVENTS.failed, EVENTS.regressed, EVENTS.ended], bus: this.eventBus }, options);
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets a principal read records and reports, and list their folder. */
  public grantReadResults(grantee: iam.IGrantable): iam.Grant {
    return grantRead(this, grantee);
  }
}
