import { Annotations, Aws, CfnOutput, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { benchmarkConfig, benchmarkProblems } from './benchmark-config';
import { BenchmarkMetrics } from './benchmark-metrics';
import type { EndpointBenchmarkProps } from './benchmark-props';
import { directorStatements, resultStatements, versionStatements, workerStatements } from './benchmark-statements';
import { benchmarkStates } from './benchmark-states';
import { regressionAlarms, type RegressionAlarms } from './regression-alarms';
import type { EndpointVariant } from '../endpoint';
import { InstanceUse, PriceBook } from '../hardware';
import { DirectorFunction } from './runtime/director-function';
import { VersionGateFunction } from './runtime/version-gate-function';
import { WorkerFunction } from './runtime/worker-function';
import { ownBucket } from '../model/own-bucket';
import { consoleUrl } from '../private/console-url';
import { problemText, throwProblems } from '../private/problems';
import { functionOptions } from '../private/runtime-function';

/** Two measured phases of 6 hours, 10 targets, 10 batches would be more; then Step Functions ends it. */
const LONGEST_RUN = Duration.days(7);

/**
 * Sends the same load to each variant of an endpoint, one after the other, and records what came of it: throughput, latency, errors, cost, settings, versions and date, as a **baseline
 * record** in S3 (schema: `schema/baseline-record-1.json` in the package). At the end a report compares the variants, and each version with the one before it: alarms tell of a
 * version that is slower or costs more, and a migration can be kept from promoting a version that nobody measured (`MigrationGate.measuredVersion`).
 *
 * A deploy makes the machinery and sends nothing. Start a run with `aws stepfunctions start-execution` (output `Start`). Requests go to a variant by its name and count in its metrics
 * like any others: measure where nobody else is served, or before a variant has traffic.
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
  private readonly alarmsOf = new Map<string, RegressionAlarms>();

  constructor(scope: Construct, id: string, props: EndpointBenchmarkProps) {
    super(scope, id);
    throwProblems(this, benchmarkProblems(props));
    const { targets, results = {}, eventBus } = props;
    const stack = Stack.of(this);
    const { endpoint } = targets[0].variant;
    this.warnOfPrices(props);
    this.benchmarkName = props.benchmarkName ?? Names.uniqueResourceName(this, { maxLength: 60, separator: '-' });
    this.variants = targets.map(({ variant }) => variant);
    this.bucket = results.bucket ?? ownBucket(this, 'Results', results.encryptionKey);
    this.prefix = folder(results.prefix ?? 'benchmark/');
    const place = { bucket: this.bucket, prefix: this.prefix };
    const dataset = props.dataset._bind(this);
    const eventBusArn = eventBus?.eventBusArn ?? stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
    // Known at synth: the role of the director names a machine that needs the director.
    const machineName = Names.uniqueResourceName(this, { maxLength: 80, separator: '-' });

    const worker = new WorkerFunction(this, 'Worker', {
      ...functionOptions(this, 'Worker', 'Sends the requests of a benchmark', workerStatements(endpoint, dataset, place)),
      // A slice of 4 minutes, the last answers, and the dataset before it.
      timeout: Duration.minutes(6),
      // One whole vCPU: 64 requests at a time and their clocks.
      memorySize: 1769,
    });
    const director = new DirectorFunction(this, 'Director', {
      ...functionOptions(this, 'Director', 'Says what comes next in a benchmark', directorStatements(this, endpoint, place, machineName, eventBusArn)),
      timeout: Duration.minutes(5),
      memorySize: 1024,
    });
    const config = benchmarkConfig(props, this.benchmarkName, dataset, { bucket: this.bucket.bucketName, prefix: this.prefix });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: machineName,
      comment: `Benchmark ${this.benchmarkName} of ${this.variants.map(({ variantName }) => variantName).join(', ')}`,
      definitionBody: sfn.DefinitionBody.fromChainable(benchmarkStates(new Construct(this, 'States'), config, director.functionArn, worker.functionArn)),
      timeout: LONGEST_RUN,
      role: new iam.Role(this, 'StateMachineRole', {
        description: 'Runs a benchmark',
        assumedBy: new iam.ServicePrincipal('states.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
        inlinePolicies: { Machine: new iam.PolicyDocument({ statements: [new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [director.functionArn, worker.functionArn] })] }) },
      }).withoutPolicyUpdates(),
    });
    const start = `aws stepfunctions start-execution --region ${stack.region} --state-machine-arn ${this.stateMachine.stateMachineArn}`;
    this.gateFunction = new VersionGateFunction(this, 'Gate', {
      ...functionOptions(this, 'Gate', 'Says whether a version was measured', [...versionStatements(this, endpoint), ...resultStatements(place, ['s3:GetObject'])]),
      environment: { BENCHMARK: this.benchmarkName, BENCHMARK_BUCKET: this.bucket.bucketName, BENCHMARK_PREFIX: this.prefix, BENCHMARK_START: start },
    });
    targets.forEach(({ variant: { variantName: variant }, usdPerHour }) => {
      this.alarmsOf.set(variant, regressionAlarms(new Construct(this, `Alarms-${variant}`), { metrics: this, variant, priced: usdPerHour !== undefined, limits: props.regressionLimits }));
    });
    new CfnOutput(this, 'Runs', { description: 'Runs of the benchmark', value: consoleUrl(this, 'states', `#/statemachines/view/${this.stateMachine.stateMachineArn}`) });
    new CfnOutput(this, 'Start', { description: 'Starts a run', value: start });
  }

  /**
   * The alarms of a variant: a version of it is worse than the one before, or could not be measured. They have no actions of their own.
   *
   * @param variant one of `variants`
   * @throws for another variant
   */
  public alarms(variant: EndpointVariant): RegressionAlarms {
    const found = this.alarmsOf.get(variant.variantName);
    if (found === undefined || !this.variants.includes(variant)) {
      throwProblems(this, [{ prop: 'variant', got: `'${variant.variantName}' of ${variant.endpoint.node.path}`, allowed: this.variants.map(({ variantName }) => `'${variantName}'`).join(', '), fix: 'name one of them' }]);
    }
    return found!;
  }

  /** Lets a principal start a run. */
  public grantStart(grantee: iam.IGrantable): iam.Grant {
    return this.stateMachine.grantStartExecution(grantee);
  }

  /** Lets a principal read records and reports. */
  public grantReadResults(grantee: iam.IGrantable): iam.Grant {
    return this.bucket.grantRead(grantee, `${this.prefix}*`);
  }

  /** Cost is half of what a benchmark is made for. */
  private warnOfPrices({ targets }: EndpointBenchmarkProps): void {
    const { region } = Stack.of(this);
    targets.forEach(({ variant: { instanceType, variantName }, usdPerHour }, i) => {
      if (usdPerHour !== undefined) return;
      const price = Token.isUnresolved(region) ? undefined : PriceBook.bundled().price(region, instanceType, InstanceUse.HOSTING);
      Annotations.of(this).addWarningV2('cdk-accelerators:benchmarkWithoutPrice', problemText({
        prop: `targets[${i}].usdPerHour`,
        got: `nothing, for variant '${variantName}' on ${instanceType.name}`,
        allowed: 'a benchmark without a price: it says nothing of cost, and no alarm watches it',
        fix: price === undefined ? 'give what an instance-hour costs you, or acknowledge this warning' : `give what an instance-hour costs you, e.g. ${price.usdPerHour} (list price in ${region}${price.asOf === undefined ? '' : ` of ${price.asOf}`}), or acknowledge this warning`,
      }));
    });
  }
}

function folder(prefix: string): string {
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}
