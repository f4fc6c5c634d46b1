import data from '../data/benchmarks.json';

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

/** From the least to the most. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Fewer cases are no basis: one vendor's best run says nothing about yours. */
const LEAST_CASES = 10;

/** Keys of the catalogue of accelerators -> names in `data/benchmarks.json`. */
const BENCHMARKED = new Map([
  ['aws-trainium1', 'trainium1'], ['aws-trainium2', 'trainium2'], ['aws-trainium3', 'trainium3'],
  ['nvidia-a100-40', 'a100-40gb'], ['nvidia-a100-80', 'a100-80gb'], ['nvidia-h100', 'h100-80gb'], ['nvidia-h200', 'h200'],
]);

/**
 * How well an accelerator was used in published trainings of language models; undefined when too few are published.
 * The cases are a sample of what there is, so a quantile lies at share x (n + 1) in their order: for few cases further out than their own tenth.
 */
export function utilizationOf(cases: readonly BenchmarkCase[], accelerator: string): UtilizationRange | undefined {
  const values = cases.filter((one) => one.accelerator === accelerator).map(({ utilization }) => utilization).sort((a, b) => a - b);
  if (values.length < LEAST_CASES) return undefined;
  const quantile = (share: number) => {
    const at = share * (values.length + 1) - 1;
    const [below, above] = [values[Math.floor(at)], values[Math.ceil(at)]];
    return below + (above - below) * (at - Math.floor(at));
  };
  return { low: quantile(0.1), median: quantile(0.5), high: quantile(0.9), cases: values.length };
}

/** What is computed, and on how much hardware. */
export interface TrainingWork {
  readonly parametersBillion: number;
  readonly tokensBillion: number;
  /** Devices of all instances together. */
  readonly accelerators: number;
  /** Dense BF16, FLOP/s of one device. */
  readonly peakFlops: number;
}

/** Hours of a training: 6 FLOPs for each parameter and token (forward 2, backward 4), at a share of the peak. */
export function trainingHours({ parametersBillion, tokensBillion, accelerators, peakFlops }: TrainingWork, utilization: number): number {
  return 6 * parametersBillion * 1e9 * tokensBillion * 1e9 / (accelerators * peakFlops * utilization) / 3600;
}

/** The accelerator of a job, as the catalogue has it. */
export interface DeviceFacts {
  readonly key: string;
  readonly name: string;
  /** Dense BF16 rate, where the device has such units. */
  readonly bf16Tflops?: number;
}

/** The time that a training may take, and what that rests on: words that begin with `no basis:` when there is no time. */
export interface TrainingTime {
  readonly hours?: Interval;
  readonly basis: string;
}

/** Hours of a training by the published utilization of its accelerator: nothing when too little is published. `accelerators` is undefined when it is not known at synth. */
export function publishedTime(size: Pick<TrainingWork, 'parametersBillion' | 'tokensBillion'>, device: DeviceFacts, accelerators: number | undefined): TrainingTime {
  if (accelerators === undefined) return { basis: 'no basis: the number of instances is known at deploy time only' };
  const name = BENCHMARKED.get(device.key);
  const peakFlops = name === undefined ? undefined : (data.peakBf16Flops as Record<string, number>)[name];
  if (peakFlops === undefined && device.bf16Tflops === undefined) return { basis: `no basis: no figure for the BF16 peak of ${device.name}` };
  const cases = data.cases.filter(({ accelerator }) => accelerator === name);
  const used = name === undefined ? undefined : utilizationOf(cases, name);
  if (used === undefined || peakFlops === undefined) return { basis: `no basis: ${cases.length} published cases on ${device.name}, ${LEAST_CASES} are the least` };
  const work = { ...size, accelerators, peakFlops };
  const [models, devices] = [extent(cases.map(({ parametersBillion }) => parametersBillion)), extent(cases.map((one) => one.accelerators))];
  const dates = cases.map(({ asOf }) => asOf).sort();
  const sources = [...new Set(cases.map(({ source }) => source.split('@')[0]))].sort();
  return {
    hours: { low: trainingHours(work, used.high), high: trainingHours(work, used.low) },
    basis: [
      `${used.cases} published cases on ${device.name} (BF16 language models of ${words(models)} billion parameters on ${words(devices)} accelerators):`,
      `${percent(used.low)} to ${percent(used.high)} % of ${Math.round(peakFlops / 1e12)} TFLOPS, a tenth of the cases below, a tenth above;`,
      `${sources.join(' and ')}, ${[...new Set([dates[0], dates[dates.length - 1]])].join(' to ')}`,
    ].join(' ') + outside('billion parameters', size.parametersBillion, models) + outside('accelerators', accelerators, devices),
  };
}

const extent = (values: readonly number[]): Interval => ({ low: Math.min(...values), high: Math.max(...values) });
const percent = (share: number) => (100 * share).toFixed(1);
const words = ({ low, high }: Interval) => `${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}`;
const outside = (what: string, value: number, { low, high }: Interval) => value >= low && value <= high ? '' : `; ${value} ${what} are ${value < low ? 'fewer' : 'more'} than in any of them`;
