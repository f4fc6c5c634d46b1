import { Token, type Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { firstRequestChart } from './benchmark-widgets';
import type { EndpointMetrics } from './endpoint-metrics';
import { formula } from './metric-options';
import type { MigrationMetrics } from './migration-metrics';
import type { VariantMetrics } from './variant-metrics';
import { chart, CHART_HEIGHT, colorOf, numbers, pairs, percentOf, row, text, WANTED, type Limit, type Line } from './widget-style';
import type { EndpointBenchmark } from '../benchmark';
import type { EndpointVariant, InferenceEndpoint } from '../endpoint';

/** What widgets of an endpoint show beyond what CloudWatch tells of every endpoint. */
export interface EndpointWidgetOptions {
  /**
   * The benchmark that measures its variants: how long first requests take, and what versions are worth.
   *
   * @default - no measurements are shown
   */
  readonly benchmark?: EndpointBenchmark;

  /**
   * Whether the endpoint streams its answers: then the time to the first chunk is shown, and streams that broke.
   *
   * @default false
   */
  readonly streaming?: boolean;

  /**
   * The p99 of the containers that was promised: a line in the chart of p99.
   *
   * @default - none
   */
  readonly p99Limit?: Duration;
}

/**
 * Rows of widgets about an endpoint. Each draws the variants side by side, a variant in the same colour everywhere; take them alone into a dashboard of your own:
 * `dashboard.addWidgets(...EndpointWidgets.latency(metrics))`. Give it `periodOverride: PeriodOverride.INHERIT`: titles name the period, and the console changes it with the time range otherwise.
 */
export class EndpointWidgets {
  /**
   * Each variant side by side: its share of the requests in percent and its requests per second, which are 0 while others have all of them; and p99 in milliseconds, failed requests in percent and USD per 1,000
   * requests, of the newest period in which it had requests.
   *
   * @param metrics of the endpoint
   */
  public static summary(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    return pairs(...metrics.variants.map((variant) => numbers(variant.label, [
      { label: 'Share, %', metric: metrics.metricTrafficShare(variant.variant) },
      { label: 'Requests/s', metric: perSecond(metrics, variant) },
      { label: 'p99, ms', metric: variant.metricLatency(99) },
      { label: '5xx, %', metric: variant.metricErrorRate() },
      { label: 'USD per 1,000', metric: variant.metricCostPerThousandRequests() },
    ], 'last requests')));
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
   * Requests of each variant, one upon the other; the most that one model had at the same time; and those of an instance, with the number at which the variant scales.
   *
   * @param metrics of the endpoint
   */
  public static requests(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    const targets = limitsOf(metrics, 'target', ({ period }, { scaling }) => scaling?.invocationsPerInstance === undefined || Token.isUnresolved(scaling.invocationsPerInstance)
      ? undefined : scaling.invocationsPerInstance * period.toSeconds() / 60);
    return row(
      chart({ title: 'Requests', unit: 'count', axis: 'Requests', stacked: true, lines: lines(metrics, (one) => one.metricRequests()) }),
      chart({ title: 'Concurrent requests', unit: 'count', axis: 'Requests, most at a time in a model', lines: lines(metrics, (one) => one.metricConcurrentRequests()) }),
      chart({ title: 'Requests per instance', unit: 'count', axis: 'Requests per instance', limits: targets.map((one) => ({ ...one, color: WANTED })), lines: lines(metrics, (one) => one.metricRequestsPerInstance()) }),
    );
  }

  /**
   * Time that the containers took, in milliseconds: p50, p95 and p99, with all variants on the same axis; and what SageMaker added, p99. A percentile of few requests is one of the slowest of them: look at the number of
   * requests before you compare variants.
   *
   * @param metrics of the endpoint
   * @param options `p99Limit`
   */
  public static latency(metrics: EndpointMetrics, options: EndpointWidgetOptions = {}): cloudwatch.IWidget[] {
    const promised = options.p99Limit === undefined ? [] : [{ value: options.p99Limit.toMilliseconds(), label: 'Promised' }];
    return row(
      ...[50, 95, 99].map((percentile) => chart({
        title: `Latency p${percentile}`, unit: 'ms', axis: 'Milliseconds', limits: percentile === 99 ? promised : [], lines: lines(metrics, (one) => one.metricLatency(percentile)),
      })),
      chart({ title: 'Overhead p99', unit: 'ms', axis: 'Milliseconds of SageMaker', lines: lines(metrics, (one) => one.metricOverheadLatency(99)) }),
    );
  }

  /**
   * Requests that failed in percent of all: answered with 5xx; those that the container did not answer as it should, time-outs and broken connections included; answered with 4xx, throttling included; and streams that
   * broke, of an endpoint with `streaming`.
   *
   * @param metrics of the endpoint
   * @param options `streaming`
   */
  public static errors(metrics: EndpointMetrics, options: EndpointWidgetOptions = {}): cloudwatch.IWidget[] {
    const axis = 'Percent of requests';
    return row(
      chart({ title: '5xx', unit: '%', axis, lines: lines(metrics, (one) => one.metricErrorRate()) }),
      chart({ title: 'Container errors', unit: '%', axis: `${axis}, time-outs included`, lines: lines(metrics, (one) => one.metricModelErrorRate()) }),
      chart({ title: '4xx', unit: '%', axis: `${axis}, throttling included`, lines: lines(metrics, (one) => one.metricClientErrorRate()) }),
      ...options.streaming === true ? [chart({ title: 'Broken streams', unit: '%', axis, lines: lines(metrics, (one) => one.metricMidStreamErrorRate()) })] : [],
    );
  }

  /**
   * Instances that serve each variant, with the most that it scales to, and what they cost: USD per hour, and per 1,000 requests. Beside others a variant with a small share of the requests has no cost per 1,000: an instance that
   * waits for them costs as much as one that is busy, and the others would be flat lines at the bottom.
   *
   * @param metrics of the endpoint
   */
  public static cost(metrics: EndpointMetrics): cloudwatch.IWidget[] {
    const nothing = 'No price is known: give the variants `usdPerHour`, or the stack a region that the price book knows.';
    const least = metrics.variants.length === 1 ? '' : `, from ${leastShare(metrics)} % of the traffic on`;
    const unpriced = metrics.variants.filter((one) => one.metricCostPerHour() === undefined).map(({ label }) => label);
    const of = unpriced.length === 0 || unpriced.length === metrics.variants.length ? '' : `, without ${unpriced.join(', ')}`;
    return row(
      chart({ title: 'Instances that answered', unit: 'count', axis: 'Instances', limits: limitsOf(metrics, 'maximum', (_metrics, { scaling }) => scaling?.maxInstances), lines: lines(metrics, (one) => one.metricInstances()) }),
      chart({ title: 'Cost of the instances', unit: 'USD per hour', axis: `USD per hour at least${of}`, stacked: true, nothing, lines: lines(metrics, (one) => one.metricCostPerHour()) }),
      chart({ title: 'Cost of requests', unit: 'USD per 1,000', axis: `USD per 1,000 requests${least}`, nothing, lines: lines(metrics, (one) => costOfSome(metrics, one)) }),
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
    const gpus = percentOf(metrics.variants.every((one) => one.metricGpuUtilization() === undefined || one._isNormalised('gpu')), 'GPU');
    const cpus = percentOf(metrics.variants.every((one) => one._isNormalised('cpu')), 'vCPU');
    const whole = percentOf(true);
    const silent = metrics.variants.filter((one) => one.metricGpuUtilization() === undefined && one.metricNeuronUtilization() === undefined).map(({ label }) => label);
    return [
      ...row(
        ...gpu.some(isThere) ? [
          chart({ title: 'GPU utilisation', ...gpus, lines: gpu }),
          chart({ title: 'GPU memory', ...gpus, lines: lines(metrics, (one) => one.metricGpuMemoryUtilization()) }),
        ] : [],
        ...neuron.some(isThere) ? [chart({ title: 'NeuronCore utilisation', ...whole, lines: neuron })] : [],
        ...silent.length > 0 ? [text(NO_NEURON_METRIC(silent), CHART_HEIGHT)] : [],
      ),
      ...row(
        chart({ title: 'CPU utilisation', ...cpus, lines: lines(metrics, (one) => one.metricCpuUtilization()) }),
        chart({ title: 'Memory of the hosts', ...whole, lines: lines(metrics, (one) => one.metricMemoryUtilization()) }),
        chart({ title: 'Disks of the hosts', ...whole, lines: lines(metrics, (one) => one.metricDiskUtilization()) }),
      ),
    ];
  }

  /**
   * How long first requests take, in milliseconds: as the benchmark measured them in the last 30 days, the time to the first chunk of streamed answers, or both. Nothing else
   * in CloudWatch tells of them: without either a line says what to do.
   *
   * @param metrics of the endpoint
   * @param options `benchmark`, `streaming`
   */
  public static firstRequest(metrics: EndpointMetrics, options: EndpointWidgetOptions = {}): cloudwatch.IWidget[] {
    const { benchmark, streaming = false } = options;
    return row(
      ...benchmark === undefined ? [] : [firstRequestChart(benchmark, [])],
      ...streaming ? [50, 99].map((percentile) => chart({ title: `First chunk p${percentile}`, unit: 'ms', axis: 'Milliseconds', lines: lines(metrics, (one) => one.metricFirstChunkLatency(percentile)) })) : [],
      ...benchmark === undefined && !streaming ? [text('**First request**: CloudWatch does not tell how long it takes. Measure it with an `EndpointBenchmark` and give `benchmark`, or say that answers are `streaming`.', 2)] : [],
    );
  }

  /**
   * A shadow variant beside the production variants whose requests it gets copies of: p99 in milliseconds, failed requests in percent, instances, and what they cost in USD per hour.
   *
   * @param metrics of the endpoint
   * @param shadow of the shadow variant, e.g. `new VariantMetrics(endpoint.shadowVariant)`
   */
  public static shadow(metrics: EndpointMetrics, shadow: VariantMetrics): cloudwatch.IWidget[] {
    const both = (metricOf: (variant: VariantMetrics) => cloudwatch.IMetric | undefined): Line[] => [
      ...lines(metrics, metricOf), { label: `${shadow.label} (shadow)`, color: colorOf(metrics.variants.length), metric: metricOf(shadow) },
    ];
    return row(
      chart({ title: 'Shadow p99', unit: 'ms', axis: 'Milliseconds', lines: both((one) => one.metricLatency(99)) }),
      chart({ title: 'Shadow 5xx', unit: '%', axis: 'Percent of requests', lines: both((one) => one.metricErrorRate()) }),
      chart({ title: 'Shadow hosts', unit: 'count', axis: 'Instances', lines: both((one) => one.metricInstances()) }),
      chart({ title: 'Shadow cost', unit: 'USD/h', axis: 'USD per hour, shadow included', stacked: true, nothing: 'No price is known: give `usdPerHour`.', lines: both((one) => one.metricCostPerHour()) }),
    );
  }
}

/** What a migration wants and gets, in percent of the requests. The newcomer has the colour that it has everywhere. */
export function sharesOfMigration(metrics: MigrationMetrics) {
  const { from, to } = metrics.migration._props;
  const index = (from.endpoint as InferenceEndpoint).variants.indexOf(to);
  return chart({
    title: 'Share of the newcomer',
    unit: '%',
    axis: 'Percent of requests',
    max: 100,
    lines: [
      { label: `${to.variantName} realised`, metric: metrics.metricRealisedShare(), color: colorOf(index) },
      // On top of the one that wavers around it.
      { label: `${to.variantName} wanted`, metric: metrics.metricWantedShare(), color: WANTED },
    ],
  });
}

/** One line for each variant, in its colour. */
export function lines(metrics: EndpointMetrics, metricOf: (variant: VariantMetrics) => cloudwatch.IMetric | undefined): Line[] {
  return metrics.variants.map((variant, i) => ({ label: variant.label, color: colorOf(i), metric: metricOf(variant) }));
}

/** What the template says of variants made here; those with the same value share a line. */
function limitsOf(metrics: EndpointMetrics, what: string, valueOf: (metrics: VariantMetrics, variant: Partial<EndpointVariant>) => number | undefined): Limit[] {
  const found = new Map<number, string[]>();
  for (const one of metrics.variants) {
    const value = valueOf(one, one.variant);
    if (value !== undefined && !Token.isUnresolved(value)) found.set(value, [...found.get(value) ?? [], one.label]);
  }
  return [...found].map(([value, labels]) => ({ value, label: `${labels.length > 1 && labels.length === metrics.variants.length ? 'each' : labels.join(', ')}: ${what}` }));
}

/** 0 while all requests go to other variants: a variant that lost its traffic must not show what it once had. */
function perSecond(metrics: EndpointMetrics, { variant }: VariantMetrics): cloudwatch.IMetric {
  return formula(metrics.period, '', `share * all / ${100 * metrics.period.toSeconds()}`, { share: metrics.metricTrafficShare(variant), all: metrics.metricRequests() });
}

/** Share of the traffic from which on the cost of a request says something beside those of other variants: a tenth, or less where even shares are less than two tenths. */
const leastShare = ({ variants }: EndpointMetrics): number => Number(Math.min(10, 50 / variants.length).toPrecision(2));

function costOfSome(metrics: EndpointMetrics, one: VariantMetrics): cloudwatch.IMetric | undefined {
  const cost = one.metricCostPerThousandRequests();
  // A share is known for periods of the endpoint's metrics.
  if (cost === undefined || metrics.variants.length === 1 || one.period.toSeconds() !== metrics.period.toSeconds()) return cost;
  return formula(metrics.period, '', `IF(share >= ${leastShare(metrics)}, cost)`, { share: metrics.metricTrafficShare(one.variant), cost });
}

const isThere = ({ metric }: Line): boolean => metric !== undefined;

const NO_NEURON_METRIC = (labels: readonly string[]): string => `### NeuronCore utilisation\nSageMaker publishes nothing about those of ${labels.join(', ')}. Give the model \`neuronMetricsNamespace\`, or the metrics \`neuronUtilization\`. Until then concurrent requests and the CPU tell how busy it is.`;
