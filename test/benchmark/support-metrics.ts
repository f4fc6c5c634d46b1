import type { Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { BenchmarkMetrics } from '../../src/benchmark/benchmark-metrics';
import { regressionAlarms, type RegressionAlarms, type RegressionLimits } from '../../src/benchmark/regression-alarms';
import { newStack } from '../endpoint/support';

/** A benchmark that has metrics only. */
class Measured extends BenchmarkMetrics {
  readonly benchmarkName = 'mine';
}

/** Metrics of a benchmark `mine`, and the alarms of its variants `gpu` and `inf2`. */
export function alarmed(limits?: RegressionLimits, priced = true): { stack: Stack; metrics: BenchmarkMetrics; alarms: Record<'gpu' | 'inf2', RegressionAlarms> } {
  const stack = newStack();
  const metrics = new Measured(stack, 'Benchmark');
  const of = (variant: string) => regressionAlarms(new Construct(metrics, `Alarms-${variant}`), { metrics, variant, priced, limits });
  return { stack, metrics, alarms: { gpu: of('gpu'), inf2: of('inf2') } };
}
