import type { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Variants } from './support';
import type { EndpointVariant } from '../../src';
import { BenchmarkMetrics } from '../../src/benchmark/benchmark-metrics';
import { regressionAlarms, type RegressionAlarms, type RegressionLimits } from '../../src/benchmark/regression-alarms';
import { twoVariants } from '../endpoint/support';

/** A benchmark that has metrics only. */
class Measured extends BenchmarkMetrics {
  readonly benchmarkName = 'mine';

  constructor(stack: Stack, id: string, readonly variants: EndpointVariant[]) {
    super(stack, id);
  }
}

/** Metrics of a benchmark `mine`, and the alarms of its variants `gpu` and `inf2`. */
export function alarmed(limits?: RegressionLimits, priced = true): Variants & { metrics: BenchmarkMetrics; alarms: Record<'gpu' | 'inf2', RegressionAlarms> } {
  const all = twoVariants();
  const metrics = new Measured(all.stack, 'Benchmark', [all.gpu, all.inf2]);
  const of = (variant: EndpointVariant) => regressionAlarms(new Construct(metrics, `Alarms-${variant.variantName}`), { metrics, variant, priced, limits });
  return { ...all, metrics, alarms: { gpu: of(all.gpu), inf2: of(all.inf2) } };
}
