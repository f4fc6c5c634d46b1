import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkObject, checkPattern } from '../private/checks';
import { throwProblems } from '../private/problems';

/** What a search is told beside the namespace. */
interface SearchPlace {
  readonly period: Duration;
  readonly label: string;
  readonly region?: string;
}

/**
 * Where the utilisation of NeuronCores comes from. SageMaker publishes none, neither of endpoints nor of jobs (developer guide, `monitoring-cloudwatch` and the pages on detailed observability, read
 * 2026-06): a container has to.
 */
export class NeuronUtilization {
  /**
   * What the neuron-monitor of a container writes into a namespace of its own (`ServedModel.onNeuron`, `neuronMetricsNamespace`): the average over all metrics that a search finds there. Give each variant a
   * namespace of its own. The names that it writes are not documented: look into the namespace after the first deployment. No alarm can watch a search.
   *
   * @param namespace the CloudWatch namespace
   * @param searchTerm what the names of the metrics hold, as a term of a CloudWatch search; by default `utilization`
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
   */
  public static fromNamespace(namespace: string, searchTerm: string = 'utilization'): NeuronUtilization {
    throwProblems('NeuronUtilization.fromNamespace', [
      ...checkPattern('namespace', namespace ?? '', /^(?!AWS\/)[\w.\-/#: ]{1,255}$/, 'a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/'),
      ...checkPattern('searchTerm', searchTerm, /^[^']{1,512}$/, 'a term of a CloudWatch search, 1 to 512 characters without single quotes'),
    ]);
    return new NeuronUtilization(({ period, label, region }) => new cloudwatch.SearchExpression({
      expression: `AVG(SEARCH('Namespace="${namespace}" ${searchTerm}', 'Average', ${period.toSeconds()}))`,
      period,
      label,
      searchRegion: region,
    }));
  }

  /**
   * A metric that you publish: by the container (embedded metric format, `PutMetricData`), or from the Prometheus endpoint of the neuron-monitor. Alarms can watch it.
   *
   * @param metric in percent, 0 to 100; of a ratio take `new MathExpression({ expression: '100 * ratio', usingMetrics: { ratio } })`
   */
  public static fromMetric(metric: cloudwatch.IMetric): NeuronUtilization {
    throwProblems('NeuronUtilization.fromMetric', checkObject('metric', metric, 'toMetricConfig', 'a metric', 'pass a Metric, or a MathExpression'));
    return new NeuronUtilization(() => metric);
  }

  private constructor(private readonly make: (place: SearchPlace) => cloudwatch.IMetric) {}

  /**
   * The metric of a variant.
   *
   * @internal
   */
  public _metric(place: SearchPlace): cloudwatch.IMetric {
    return this.make(place);
  }
}
