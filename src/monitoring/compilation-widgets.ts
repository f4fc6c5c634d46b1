import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { CompilationMetrics } from './compilation-metrics';
import { formula } from './metric-options';
import { BAD, bars, chart, colorOf, row } from './widget-style';

/** Widgets about a compilation. It tells its metrics when it ends: choose a time range of days. */
export class CompilationWidgets {
  /**
   * Compilations in the time shown by how they ended, and how long the jobs took that made an artefact, in minutes.
   *
   * @param metrics of the compilation
   */
  public static runs(metrics: CompilationMetrics): cloudwatch.IWidget[] {
    const { period } = metrics;
    return row(
      bars({
        title: 'Compilations',
        unit: 'count',
        axis: 'Compilations',
        lines: [
          { label: 'Compiled', metric: metrics.metricCompiled(), color: colorOf(2) },
          { label: 'Found compiled', metric: metrics.metricCacheHits(), color: colorOf(0) },
          { label: 'Failed', metric: metrics.metricFailures(), color: BAD },
        ],
      }),
      chart({ title: 'Run time of the compile job', unit: 'min', axis: 'Minutes', lines: [{ label: 'Run time', metric: formula(period, '', 'seconds / 60', { seconds: metrics.metricDuration() }) }] }),
    );
  }
}
