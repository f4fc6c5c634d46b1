/** One published case: what part of its peak an accelerator reached. */
export interface BenchmarkCase {
  readonly parametersBillion: number;
  readonly accelerator: string;
  /** Model FLOPs of 6ND over the peak: a fraction. */
  readonly utilization: number;
}

/** The lower and the upper end of what is published, and how much that is. */
export interface UtilizationRange {
  /** A tenth of the cases is below. */
  readonly low: number;
  readonly median: number;
  /** A tenth of the cases is above. */
  readonly high: number;
  readonly cases: number;
}

/** Fewer cases are no basis: one vendor's best run says nothing about yours. */
const LEAST_CASES = 10;

/** How well an accelerator was used in published trainings of language models; undefined when too few are published. */
export function utilizationOf(cases: readonly BenchmarkCase[], accelerator: string): UtilizationRange | undefined {
  const values = cases.filter((one) => one.accelerator === accelerator).map(({ utilization }) => utilization).sort((a, b) => a - b);
  if (values.length < LEAST_CASES) return undefined;
  const quantile = (share: number) => {
    const at = share * (values.length - 1);
    const [below, above] = [values[Math.floor(at)], values[Math.ceil(at)]];
    return below + (above - below) * (at - Math.floor(at));
  };
  return { low: quantile(0.1), median: quantile(0.5), high: quantile(0.9), cases: values.length };
}

export interface TrainingSize {
  readonly parametersBillion: number;
  readonly tokensBillion: number;
  /** Devices of all instances together. */
  readonly accelerators: number;
  /** Dense BF16, FLOP/s of one device. */
  readonly peakFlops: number;
}

/** Hours of a training: 6 FLOPs for each parameter and token (forward 2, backward 4), at a share of the peak. */
export function trainingHours({ parametersBillion, tokensBillion, accelerators, peakFlops }: TrainingSize, utilization: number): number {
  return 6 * parametersBillion * 1e9 * tokensBillion * 1e9 / (accelerators * peakFlops * utilization) / 3600;
}
