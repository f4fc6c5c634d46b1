import type { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { checkObject, checkPattern } from '../private/checks';
import { throwProblems } from '../private/problems';

/** How the metrics of a namespace are found and read. */
export interface NeuronNamespaceOptions {
  /**
   * What the names of the metrics hold, as terms of a CloudWatch search.
   *
   * @default 'utilization (neuroncore OR core)'
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
   */
  readonly searchTerm?: string;

  /**
   * Whether the metrics are ratios, 0 to 1, as the `neuroncore_utilization_ratio` of the Prometheus exporter of the Neuron tools: they are shown in percent then.
   *
   * @default false
   */
  readonly ratio?: boolean;
}

/** What a search is told beside the namespace. */
interface SearchPlace {
  readonly period: Duration;
  readonly label: string;
  readonly searchAccount?: string;
  readonly searchRegion?: string;
}

/**
 * Where the utilisation of NeuronCores comes from. SageMaker publishes none, neither of endpoints nor of jobs (developer guide, `monitoring-cloudwatch` and the pages on detailed observability, read
 * 2026-06): a container has to.
 */
export class NeuronUtilization {
  /**
   * What the neuron-monitor of a container writes into a namespace of its own (`ServedModel.onNeuron`, `neuronMetricsNamespace`): the average over all metrics that a search finds there. Give each variant a
   * namespace of its own. Neither names nor units of what it writes are documented: look into the namespace after the first deployment, and say `searchTerm` and `ratio`. No alarm can watch a search.
   *
   * @param namespace the CloudWatch namespace
   * @param options how its metrics are found and read
   */
  public static fromNamespace(namespace: string, options: NeuronNamespaceOptions = {}): NeuronUtilization {
    // A term alone would be taken for options without any, and find something else.
    throwProblems('NeuronUtilization.fromNamespace', typeof options === 'object' ? [] : checkObject('options', options, 'searchTerm', 'options', 'give e.g. { searchTerm: \'MetricName="cores"\' }'));
    const { searchTerm = 'utilization (neuroncore OR core)', ratio = false } = options;
    throwProblems('NeuronUtilization.fromNamespace', [
      ...checkPattern('namespace', namespace ?? '', /^(?!AWS\/)[\w.\-/#: ]{1,255}$/, 'a CloudWatch namespace of 1 to 255 characters that does not begin with AWS/'),
      ...checkPattern('searchTerm', searchTerm, /^[^']{1,512}$/, 'a term of a CloudWatch search, 1 to 512 characters without single quotes'),
    ]);
    return new NeuronUtilization(({ period, ...place }) => new cloudwatch.SearchExpression({
      ...place,
      expression: `${ratio ? '100 * ' : ''}AVG(SEARCH('Namespace="${namespace}" ${searchTerm}', 'Average', ${period.toSeconds()}))`,
      period,
    }));
  }

  /**
   * A metric that you publish: by the container (embedded metric format, `PutMetricData`), or from the Prometheus endpoint of the neuron-monitor. Alarms can watch it.
   *
   * @param metric in percent, 0 to 100; of a ratio take `new MathExpression({ expression: '100 * ratio', usingMetrics: { ratio } })`. It is drawn with the period of the metrics beside it
   */
  public static fromMetric(metric: cloudwatch.IMetric): NeuronUtilization {
    throwProblems('NeuronUtilization.fromMetric', checkObject('metric', metric, 'toMetricConfig', 'a metric', 'pass a Metric, or a MathExpression'));
    // All metrics of aws-cdk-lib can be told another period and label; one of somebody else's is drawn as it is.
    return new NeuronUtilization(({ period, label }) => 'with' in metric ? (metric as cloudwatch.Metric).with({ period, label }) : metric);
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
