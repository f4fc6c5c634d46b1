import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { formula } from './metric-options';
import { alarmStatus, chart, colorOf, heading, row, type Limit, type Line } from './widget-style';
import type { EndpointBenchmark } from '../benchmark';
import type { EndpointVariant, InferenceEndpoint } from '../endpoint';
import { consoleUrl } from '../private/console-url';
import { runbookUrl } from '../private/problems';

/** A benchmark is run now and then: a point for each day that has a measurement. */
const PERIOD = Duration.days(1);
const START = '-P30D';

/**
 * Rows of widgets about a benchmark. Take them alone into a dashboard of your own with `periodOverride: PeriodOverride.INHERIT`, for titles name the period:
 * `dashboard.addWidgets(...BenchmarkWidgets.versions(benchmark))`.
 */
export class BenchmarkWidgets {
  /**
   * What versions were worth in the last 30 days: throughput of an instance, cost of 1,000 requests, p99 and failed requests of each measurement, and each version beside the one before it, with the limits at which alarms go off.
   * Above it what was measured, and where runs are.
   *
   * @param benchmark the benchmark
   * @param variants some of its variants; all when none is said
   * @throws for a variant that the benchmark does not measure
   */
  public static versions(benchmark: EndpointBenchmark, ...variants: EndpointVariant[]): cloudwatch.IWidget[] {
    const of = (metricOf: (variant: EndpointVariant) => cloudwatch.IMetric | undefined) => linesOf(benchmark, variants, metricOf);
    const { throughputDrop, costRise, latencyRise, errorRateIncrease } = benchmark._limits;
    // A target without a price has no alarm on its cost.
    const priced = (variant: EndpointVariant) => benchmark.alarms(variant).cost !== undefined;
    const nothing = 'No target of the benchmark has a price: give `usdPerHour`.';
    const ratio = { unit: 'ratio', axis: 'This version by the one before', start: START };
    return [
      heading(introduction(benchmark)),
      ...row(
        chart({ title: 'Throughput', unit: 'inputs/s', axis: 'Inputs per second of an instance', start: START, lines: of((one) => benchmark.metricThroughputPerInstance(one, { period: PERIOD })) }),
        chart({ title: 'Cost', unit: 'USD per 1,000', axis: 'USD per 1,000 requests', start: START, nothing, lines: of((one) => priced(one) ? benchmark.metricCostPerThousandRequests(one, { period: PERIOD }) : undefined) }),
        chart({ title: 'p99', unit: 'ms', axis: 'Milliseconds, as a caller feels it', start: START, lines: of((one) => benchmark.metricLatencyP99(one, { period: PERIOD })) }),
        chart({ title: 'Failed', unit: '%', axis: 'Percent of requests', start: START, lines: of((one) => percent(benchmark.metricErrorRate(one, { period: PERIOD }))) }),
      ),
      ...row(
        chart({ title: 'Throughput', ...ratio, limits: [limit(1 - throughputDrop)], lines: of((one) => benchmark.metricThroughputRatio(one, { period: PERIOD })) }),
        chart({ title: 'Cost', ...ratio, nothing, limits: [limit(1 + costRise)], lines: of((one) => priced(one) ? benchmark.metricCostRatio(one, { period: PERIOD }) : undefined) }),
        chart({ title: 'p99', ...ratio, limits: [limit(1 + latencyRise)], lines: of((one) => benchmark.metricLatencyRatio(one, { period: PERIOD })) }),
        chart({ title: 'More failed', unit: '%', axis: 'Percent of requests more than before', start: START, limits: [limit(100 * errorRateIncrease)], lines: of((one) => percent(benchmark.metricErrorRateIncrease(one, { period: PERIOD }))) }),
      ),
    ];
  }

  /**
   * How long the first request of each measurement took, in milliseconds, in the last 30 days: a cold start only where nothing was sent to the variant before.
   *
   * @param benchmark the benchmark
   * @param variants some of its variants; all when none is said
   * @throws for a variant that the benchmark does not measure
   */
  public static firstRequest(benchmark: EndpointBenchmark, ...variants: EndpointVariant[]): cloudwatch.IWidget[] {
    return row(firstRequestChart(benchmark, variants));
  }

  /**
   * Whether a version is worse than the one before, could not be measured, or a run failed.
   *
   * @param benchmark the benchmark
   */
  public static alarms(benchmark: EndpointBenchmark): cloudwatch.IWidget[] {
    return alarmStatus(benchmark.node.path, 'Alarms of the benchmark', alarmsOf(benchmark));
  }
}

/** Of its runs, then of each variant. */
export function alarmsOf(benchmark: EndpointBenchmark): cloudwatch.IAlarm[] {
  return [benchmark.runsFailedAlarm, ...benchmark.variants.flatMap((variant) => {
    const { failed, throughput, latency, errors, cost } = benchmark.alarms(variant);
    return [failed, throughput, latency, errors, ...cost === undefined ? [] : [cost]];
  })];
}

export function firstRequestChart(benchmark: EndpointBenchmark, variants: readonly EndpointVariant[]) {
  return chart({ title: 'First request in 30 days', unit: 'ms', axis: 'Milliseconds', start: START, lines: linesOf(benchmark, variants, (one) => benchmark.metricFirstRequestLatency(one, { period: PERIOD })) });
}

/** A variant has the colour that it has on the dashboard of its endpoint. */
function linesOf(benchmark: EndpointBenchmark, variants: readonly EndpointVariant[], metricOf: (variant: EndpointVariant) => cloudwatch.IMetric | undefined): Line[] {
  const order = (benchmark.variants[0].endpoint as InferenceEndpoint).variants;
  return (variants.length > 0 ? variants : benchmark.variants).map((variant) => ({ label: variant.variantName, color: colorOf(Math.max(0, order.indexOf(variant))), metric: metricOf(variant) }));
}

const percent = (share: cloudwatch.Metric): cloudwatch.IMetric => formula(PERIOD, '', '100 * share', { share });

/** 1 - 0.9 is not 0.1. */
const limit = (value: number): Limit => ({ value: Number(value.toPrecision(9)), label: 'Alarm' });

function introduction(benchmark: EndpointBenchmark): string {
  const { benchmarkName, stateMachine } = benchmark;
  const runs = consoleUrl(benchmark, 'states', `#/statemachines/view/${stateMachine.stateMachineArn}`);
  return `## Benchmark ${benchmarkName}, the last 30 days\nWhile it runs its requests count in all metrics of the endpoint, like any others. [Runs](${runs}) · [A version is worse](${runbookUrl('benchmark-throughput')}) · [A run failed](${runbookUrl('benchmark-run-failed')})`;
}
