import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { alarmStatus } from './migration-widgets';
import type { TrainingMetrics } from './training-metrics';
import { BAD, chart, CHART_HEIGHT, colorOf, row, text } from './widget-style';
import type { TrainingJob } from '../training';
import { THROUGHPUT } from '../training/contract';

/**
 * Rows of widgets about a training. A training tells its metrics at the end of a run: choose a time range of days.
 * Take them alone into a dashboard of your own: `dashboard.addWidgets(...TrainingWidgets.runs(metrics))`.
 */
export class TrainingWidgets {
  /**
   * Runs by how they ended, the rung that made the model (0 is the first), and the jobs that a run took.
   *
   * @param metrics of the training
   */
  public static runs(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    return row(
      chart({
        title: 'Runs',
        unit: 'count',
        axis: 'Runs',
        lines: [
          { label: 'Completed', metric: metrics.metricCompletedRuns(), color: colorOf(2) },
          { label: 'Failed', metric: metrics.metricFailedRuns(), color: BAD },
          { label: 'Skipped', metric: metrics.metricSkippedRuns(), color: colorOf(6) },
        ],
      }),
      chart({ title: 'Rung that made the model', unit: 'from 0', axis: 'Rung', lines: [{ label: 'Rung, 0 is the first', metric: metrics.metricRungUsed() }] }),
      chart({ title: 'Jobs of a run', unit: 'count', axis: 'Jobs', lines: [{ label: 'Jobs', metric: metrics.metricAttempts() }] }),
    );
  }

  /**
   * How long the job that made the model ran and waited for instances, in seconds, and how many tokens it took a second.
   *
   * @param metrics of the training
   */
  public static duration(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    return row(
      chart({ title: 'Run time of the job', unit: 's', axis: 'Seconds', lines: [{ label: 'Run time', metric: metrics.metricDuration() }] }),
      chart({ title: 'Wait for instances', unit: 's', axis: 'Seconds', lines: [{ label: 'Wait', metric: metrics.metricWaitingTime(), color: colorOf(1) }] }),
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
   * Instance seconds that all jobs of runs are billed for, and what they cost in USD, of rungs with a `usdPerHour`.
   *
   * @param metrics of the training
   */
  public static cost(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    return row(
      chart({ title: 'Billed instance time', unit: 's', axis: 'Seconds', lines: [{ label: 'Billed, tries that failed included', metric: metrics.metricBillableSeconds() }] }),
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
   * Use of GPUs, CPUs and memory of the instances in percent, on average over all instances, while jobs run: 100 for each processor. SageMaker publishes nothing of NeuronCores.
   *
   * @param metrics of the training
   */
  public static utilization(metrics: TrainingMetrics): cloudwatch.IWidget[] {
    const gpu = metrics.metricGpuUtilization();
    const neuron = metrics.training.rungs.filter(({ instanceType }) => instanceType.isNeuron).map(({ instanceType }) => instanceType.name);
    return row(
      ...gpu === undefined ? [] : [chart({ title: 'GPU utilisation of jobs', unit: '%', axis: 'Percent, 100 for each GPU', lines: [{ label: 'GPUs of an instance', metric: gpu }] })],
      ...neuron.length > 0 ? [text(`### NeuronCore utilisation of jobs\nSageMaker publishes nothing about those of ${neuron.join(', ')}. Tokens per second tell how busy it is, and \`neuron-monitor\` in the job tells the rest.`, CHART_HEIGHT)] : [],
      chart({ title: 'CPU utilisation of jobs', unit: '%', axis: 'Percent, 100 for each vCPU', lines: [{ label: 'CPUs of an instance', metric: metrics.metricCpuUtilization() }] }),
      chart({ title: 'Memory of the instances', unit: '%', axis: 'Percent', max: 100, lines: [{ label: 'Memory of an instance', metric: metrics.metricMemoryUtilization() }] }),
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

const rungsOf = ({ training }: TrainingMetrics) => training._parts.config.rungs;

/** Requests are passed on as the API knows them. */
const tellsThroughput = ({ request }: ReturnType<typeof rungsOf>[number]): boolean =>
  (request.AlgorithmSpecification as { readonly MetricDefinitions?: readonly { readonly Name: string }[] }).MetricDefinitions?.some(({ Name }) => Name === THROUGHPUT) ?? false;
