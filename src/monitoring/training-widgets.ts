import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { formula } from './metric-options';
import type { TrainingMetrics } from './training-metrics';
import { alarmStatus, BAD, bars, chart, CHART_HEIGHT, colorOf, percentOf, row, text, type Line } from './widget-style';
import type { TrainingJob } from '../training';
import { THROUGHPUT } from '../training/contract';

/**
 * Rows of widgets about a training. A training tells its metrics at the end of a run: choose a time range of days.
 * Take them alone into a dashboard of your own with `periodOverride: PeriodOverride.INHERIT`, for titles name the period: `dashboard.addWidgets(...TrainingWidgets.runs(metrics))`.
 */
export class TrainingWidgets {
  /**
   * Runs in the time shown by how they ended, the rung that made the model (0 is the first), and the jobs that a run took.
   *
   * @param metrics of the training
   */
  public static runs(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    return row(
      bars({
        title: 'Runs',
        unit: 'count',
        axis: 'Runs',
        lines: [
          { label: 'Completed', metric: metrics.metricCompletedRuns(), color: colorOf(2) },
          { label: 'Failed', metric: metrics.metricFailedRuns(), color: BAD },
          { label: 'Skipped', metric: metrics.metricSkippedRuns(), color: colorOf(6) },
        ],
      }),
      chart({ title: 'Hardware that made the model', unit: 'rung', axis: 'Rung, 0 is the first choice', lines: [{ label: 'Rung', metric: metrics.metricRungUsed() }] }),
      chart({ title: 'Jobs of a run', unit: 'count', axis: 'Jobs', lines: [{ label: 'Jobs', metric: metrics.metricAttempts() }] }),
    );
  }

  /**
   * How long the job that made the model ran, in hours, and waited for instances, in minutes, and how many tokens it took a second.
   *
   * @param metrics of the training
   */
  public static duration(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    return row(
      chart({ title: 'Run time of the job', unit: 'h', axis: 'Hours', lines: [{ label: 'Run time', metric: divided(metrics, metrics.metricDuration(), 3600) }] }),
      chart({ title: 'Wait for instances', unit: 'min', axis: 'Minutes', lines: [{ label: 'Wait', metric: divided(metrics, metrics.metricWaitingTime(), 60), color: colorOf(1) }] }),
      chart({
        title: 'Throughput',
        unit: 'tokens per second',
        axis: 'Tokens per second',
        nothing: `No rung tells it: give the training a metric definition of the name \`${THROUGHPUT}\`.`,
        lines: rungsOf(metrics).some(tellsThroughput) ? [{ label: 'Tokens per second', metric: metrics.metricTokensPerSecond(), color: colorOf(2) }] : [],
      }),
    );
  }

  /**
   * Instance hours that all jobs of runs are billed for, and what they cost in USD, of rungs with a `usdPerHour`.
   *
   * @param metrics of the training
   */
  public static cost(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    return row(
      chart({ title: 'Billed time', unit: 'instance hours', axis: 'Instance hours', lines: [{ label: 'Billed, tries that failed included', metric: divided(metrics, metrics.metricBillableSeconds(), 3600) }] }),
      chart({
        title: 'Cost of rungs with a price',
        unit: 'USD',
        axis: 'USD',
        nothing: 'No rung has a price: give `usdPerHour`.',
        lines: rungsOf(metrics).some(({ hourlyPrice }) => hourlyPrice !== undefined) ? [{ label: 'Cost', metric: metrics.metricCost() }] : [],
      }),
    );
  }

  /**
   * Use of GPUs, CPUs and memory of the instances in percent in the last 14 days, while jobs run: on average over all instances, of the busiest and of the idlest one, which may hang. SageMaker publishes nothing of NeuronCores.
   *
   * @param metrics of the training
   */
  public static utilization(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    const gpus = overInstances((over) => metrics.metricGpuUtilization(over));
    const neuron = metrics.training.rungs.filter(({ instanceType }) => instanceType.isNeuron).map(({ instanceType }) => instanceType.name);
    return row(
      ...gpus.some(({ metric }) => metric !== undefined) ? [chart({ title: 'GPUs, last 14 days', ...SEARCHED, ...percentOf(metrics._isNormalised('gpu'), 'GPU'), lines: gpus })] : [],
      ...neuron.length > 0 ? [text(`### NeuronCore utilisation of jobs\nSageMaker publishes nothing about those of ${neuron.join(', ')}. Tokens per second tell how busy it is, and \`neuron-monitor\` in the job tells the rest.`, CHART_HEIGHT)] : [],
      chart({ title: 'CPUs, last 14 days', ...SEARCHED, ...percentOf(metrics._isNormalised('cpu'), 'vCPU'), lines: overInstances((over) => metrics.metricCpuUtilization(over)) }),
      chart({ title: 'Memory, last 14 days', ...SEARCHED, ...percentOf(true), lines: overInstances((over) => metrics.metricMemoryUtilization(over)) }),
    );
  }

  /**
   * Whether runs came to nothing, were made on other hardware, or left a job running; with other alarms, if they are given.
   *
   * @param training the training
   * @param more other alarms, at most 97
   */
  public static alarms(training: TrainingJob, more: cloudwatch.IAlarm[] = []): cloudwatch.IWidget[] {
    const { failedAlarm, fallbackAlarm, notStoppedAlarm } = training;
    return alarmStatus(training.node.path, 'Alarms of the training', [failedAlarm, ...fallbackAlarm === undefined ? [] : [fallbackAlarm], notStoppedAlarm, ...more]);
  }
}

/** Seconds are what is published, and a training takes hours. */
const divided = ({ period }: TrainingMetrics, seconds: cloudwatch.IMetric, by: number): cloudwatch.IMetric => formula(period, '', `seconds / ${by}`, { seconds });

/** One that hangs, or is alone with the work, is not seen in an average. */
const overInstances = (metricOf: (over: string) => cloudwatch.IMetric | undefined): Line[] => [
  { label: 'Busiest', metric: metricOf(cloudwatch.Stats.MAXIMUM), color: colorOf(6) },
  { label: 'Idlest', metric: metricOf(cloudwatch.Stats.MINIMUM), color: colorOf(1) },
  { label: 'Average', metric: metricOf(cloudwatch.Stats.AVERAGE), color: colorOf(0) },
];

/** A search finds what told something in the last two weeks (CloudWatch user guide, search expressions): before that it would look as if nothing had run. */
const SEARCHED = { start: '-P14D' };

const rungsOf = ({ training }: TrainingMetrics) => training._parts.config.rungs;

/** Requests are passed on as the API knows them. */
const tellsThroughput = ({ request }: ReturnType<typeof rungsOf>[number]): boolean =>
  (request.AlgorithmSpecification as { readonly MetricDefinitions?: readonly { readonly Name: string }[] }).MetricDefinitions?.some(({ Name }) => Name === THROUGHPUT) ?? false;
