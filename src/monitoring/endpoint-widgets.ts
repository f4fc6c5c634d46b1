import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EndpointMetrics } from './endpoint-metrics';
import type { MigrationMetrics } from './migration-metrics';
import type { VariantMetrics } from './variant-metrics';
import { chart, CHART_HEIGHT, colorOf, numbers, row, text, type Line } from './widget-style';
import { METRICS as BENCHMARK } from '../benchmark/contract';

/** Where the latency of first requests comes from. */
export interface FirstRequestOptions {
  /**
   * Name of the `EndpointBenchmark` that measured the first request of each run.
   *
   * @default - no measurements are shown
   */
  readonly benchmarkName?: string;

  /**
   * Whether the endpoint streams its answers: then the time to the first chunk is shown.
   *
   * @default false
   */
  readonly streaming?: boolean;
}

/**
 * Rows of widgets about an endpoint. Each draws the variants side by side, a variant in the same colour everywhere; take them alone into a dashboard of your own:
 * `dashboard.addWidgets(...EndpointWidgets.latency(metrics))`.
 */
export class EndpointWidgets {
  /**
   * The newest values of each variant side by side: requests per second, p99 in milliseconds, failed requests in percent, USD per 1,000 requests.
   *
   * @param metrics of the endpoint
   */
  public static summary(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    return row(...metrics.variants.map((variant) => numbers(variant.label, [
      { label: 'Requests per second', metric: variant.metricRequestsPerSecond() },
      { label: 'p99, ms', metric: variant.metricLatency(99) },
      { label: 'Failed, %', metric: variant.metricErrorRate() },
      { label: 'USD per 1,000 requests', metric: variant.metricCostPerThousandRequests() },
    ])));
  }

  /**
   * Share of the requests of each variant in percent, and what a migration wants for the newcomer beside what it got.
   *
   * @param metrics of the endpoint
   * @param migration of the migration between two of its variants; left out: only the realised shares
   */
  public static traffic(metrics: EndpointMetrics, migration?: MigrationMetrics): cloudwatch.IWidget[] {
    const realised = chart({ title: 'Traffic realised', unit: '%', axis: 'Percent of requests', max: 100, stacked: true, lines: lines(metrics, (one) => metrics.metricTrafficShare(one.variant)) });
    return migration === undefined ? row(realised) : row(realised, sharesOfMigration(migration));
  }

  /**
   * Requests of each variant, and those of all together.
   *
   * @param metrics of the endpoint
   */
  public static requests(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    return row(
      chart({ title: 'Requests', unit: 'count', axis: 'Requests', stacked: true, lines: lines(metrics, (one) => one.metricRequests()) }),
      chart({ title: 'Requests under way, most', unit: 'count', axis: 'Requests under way', lines: lines(metrics, (one) => one.metricConcurrentRequests()) }),
      chart({ title: 'Requests per instance', unit: 'count', axis: 'Requests per instance', lines: lines(metrics, (one) => one.metricRequestsPerInstance()) }),
    );
  }

  /**
   * Time that the containers took, in milliseconds: p50, p95 and p99, with all variants on the same axis.
   *
   * @param metrics of the endpoint
   */
  public static latency(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    return row(...[50, 95, 99].map((percentile) => chart({ title: `Latency p${percentile}`, unit: 'ms', axis: 'Milliseconds', lines: lines(metrics, (one) => one.metricLatency(percentile)) })));
  }

  /**
   * Requests that failed in percent of all: in the container or in SageMaker, and by the caller's fault; and the time SageMaker added, p99 in milliseconds.
   *
   * @param metrics of the endpoint
   */
  public static errors(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    return row(
      chart({ title: 'Failed requests', unit: '%', axis: 'Percent of requests', lines: lines(metrics, (one) => one.metricErrorRate()) }),
      chart({ title: 'Requests refused as wrong (4xx)', unit: '%', axis: 'Percent of requests', lines: lines(metrics, (one) => one.metricClientErrorRate()) }),
      chart({ title: 'Overhead of SageMaker p99', unit: 'ms', axis: 'Milliseconds', lines: lines(metrics, (one) => one.metricOverheadLatency(99)) }),
    );
  }

  /**
   * Instances that serve each variant, and what they cost: USD per hour, and per 1,000 requests.
   *
   * @param metrics of the endpoint
   */
  public static cost(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    const nothing = 'No price is known: give the variants `usdPerHour`, or the stack a region that the price book knows.';
    return row(
      chart({ title: 'Instances in service', unit: 'count', axis: 'Instances', lines: lines(metrics, (one) => one.metricInstances()) }),
      chart({ title: 'Cost of the instances', unit: 'USD per hour', axis: 'USD per hour', stacked: true, nothing, lines: lines(metrics, (one) => one.metricCostPerHour()) }),
      chart({ title: 'Cost of requests', unit: 'USD per 1,000', axis: 'USD per 1,000 requests', nothing, lines: lines(metrics, (one) => one.metricCostPerThousandRequests()) }),
    );
  }

  /**
   * Use of accelerators and hosts in percent. SageMaker publishes nothing of Neuron cores: they are drawn where the variant publishes it itself, and where it does
   * not, a line says how it could.
   *
   * @param metrics of the endpoint
   */
  public static utilization(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    const gpu = lines(metrics, (one) => one.metricGpuUtilization());
    const neuron = lines(metrics, (one) => one.metricNeuronUtilization());
    // Of an instance type that nobody knows, 100 is one processor of several.
    const max = metrics.variants.every(({ instanceType }) => instanceType !== undefined) ? 100 : undefined;
    const percent = { unit: '%', axis: 'Percent', max };
    const silent = metrics.variants.filter((one) => one.metricGpuUtilization() === undefined && one.metricNeuronUtilization() === undefined).map(({ label }) => label);
    return row(
      ...gpu.some(isThere) ? [chart({ title: 'GPU utilisation', ...percent, lines: gpu })] : [],
      ...neuron.some(isThere) ? [chart({ title: 'NeuronCore utilisation', ...percent, lines: neuron })] : [],
      ...silent.length > 0 ? [text(NO_NEURON_METRIC(silent), CHART_HEIGHT)] : [],
      chart({ title: 'CPU utilisation', ...percent, lines: lines(metrics, (one) => one.metricCpuUtilization()) }),
      chart({ title: 'Memory of the hosts', ...percent, max: 100, lines: lines(metrics, (one) => one.metricMemoryUtilization()) }),
    );
  }

  /**
   * How long first requests take, in milliseconds: as a benchmark measured them in the last 30 days, the time to the first chunk of streamed answers, or both. Nothing else
   * in CloudWatch tells of them: without either a line says what to do.
   *
   * @param metrics of the endpoint
   * @param options where it comes from
   */
  public static firstRequest(metrics: EndpointMetrics, options: FirstRequestOptions = {}): cloudwatch.IWidget[] {
    const { benchmarkName, streaming = false } = options;
    return row(
      ...benchmarkName === undefined ? [] : [chart({
        title: 'First request of a benchmark', unit: 'ms', axis: 'Milliseconds', start: '-P30D', lines: lines(metrics, (one) => firstRequestLatency(benchmarkName, one)),
      })],
      ...streaming ? [50, 99].map((percentile) => chart({ title: `First chunk p${percentile}`, unit: 'ms', axis: 'Milliseconds', lines: lines(metrics, (one) => one.metricFirstChunkLatency(percentile)) })) : [],
      ...benchmarkName === undefined && !streaming ? [text('**First request**: CloudWatch does not tell how long it takes. Measure it with an `EndpointBenchmark` and give `benchmarkName`, or say that answers are `streaming`.', 2)] : [],
    );
  }
}

/** What a migration wants and gets, in percent of the requests. */
export function sharesOfMigration(migration: MigrationMetrics) {
  return chart({
    title: 'Share of the newcomer',
    unit: '%',
    axis: 'Percent of requests',
    max: 100,
    lines: [
      { label: 'Realised', metric: migration.metricRealisedShare(), color: colorOf(1) },
      // On top of the one that wavers around it.
      { label: 'Wanted', metric: migration.metricWantedShare(), color: colorOf(3) },
    ],
  });
}

/** One line for each variant, in its colour. */
export function lines(metrics: EndpointMetrics, metricOf: (variant: VariantMetrics) => cloudwatch.IMetric | undefined): Line[] {
  return metrics.variants.map((variant, i) => ({ label: variant.label, color: colorOf(i), metric: metricOf(variant) }));
}

/** A benchmark is run now and then: a point for each day that has one. */
function firstRequestLatency(benchmarkName: string, { variant }: VariantMetrics): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: BENCHMARK.namespace,
    metricName: BENCHMARK.firstRequest,
    dimensionsMap: { [BENCHMARK.dimension]: benchmarkName, [BENCHMARK.variant]: variant.variantName },
    statistic: cloudwatch.Stats.AVERAGE,
    period: Duration.days(1),
  });
}

const isThere = ({ metric }: Line): boolean => metric !== undefined;

const NO_NEURON_METRIC = (labels: readonly string[]): string => `### NeuronCore utilisation\nSageMaker publishes nothing about those of ${labels.join(', ')}. Give the model \`neuronMetricsNamespace\`, or the metrics \`neuronUtilization\`. Until then requests under way and the CPU tell how busy it is.`;
