import { invalid } from '../errors';
import { Bucket } from '../traffic';
import { Distribution } from '../traffic/distribution';

/** Values of a metric in a period, as statistics see them. */
export interface Samples {
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** How many are at most so much. */
  atMost(limit: number): number;
  quantile(share: number): number;
}

/** So many samples of 1 among samples of 0. */
function zerosAndOnes(count: number, ones: number): Samples {
  return {
    count,
    sum: ones,
    minimum: ones < count ? 0 : 1,
    maximum: ones > 0 ? 1 : 0,
    atMost: (limit) => limit >= 1 ? count : limit >= 0 ? count - ones : 0,
    quantile: (share) => share * count > count - ones ? 1 : 0,
  };
}

function ofDistribution(values: Distribution): Samples {
  return {
    count: values.count,
    get sum() { return values.sum; },
    get minimum() { return values.minimum; },
    get maximum() { return values.maximum; },
    atMost: (limit) => values.atMost(limit),
    quantile: (share) => values.quantile(share),
  };
}

/**
 * The metrics of a variant (SageMaker developer guide, "Monitor Amazon SageMaker AI with Amazon CloudWatch", 2026-11). What the model
 * answers with 5XX is a model error; so is 4XX, as it is not 2XX. Times are in microseconds.
 */
export const VARIANT_METRICS: Readonly<Record<string, (bucket: Bucket) => Samples>> = {
  Invocations: ({ requests }) => zerosAndOnes(requests, requests),
  Invocation4XXErrors: ({ requests, clientErrors }) => zerosAndOnes(requests, clientErrors),
  Invocation5XXErrors: ({ requests, serverErrors }) => zerosAndOnes(requests, serverErrors),
  InvocationModelErrors: ({ requests, serverErrors, clientErrors }) => zerosAndOnes(requests, serverErrors + clientErrors),
  InvocationsPerInstance: ({ requests, perInstance }) => {
    const each = requests === 0 ? 0 : perInstance / requests;
    return { count: requests, sum: perInstance, minimum: each, maximum: each, atMost: (limit) => limit >= each ? requests : 0, quantile: () => each };
  },
  ModelLatency: ({ latency }) => ofDistribution(latency),
  OverheadLatency: ({ requests }) => ({ count: requests, sum: requests * 3000, minimum: 3000, maximum: 3000, atMost: (limit) => limit >= 3000 ? requests : 0, quantile: () => 3000 }),
};

const PLAIN: Readonly<Record<string, (samples: Samples) => number>> = {
  Sum: ({ sum }) => sum,
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
};

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/;
const RANK = /^(PR|TC)\((\d+(?:\.\d{1,10})?)?:(\d+(?:\.\d{1,10})?)?\)$/;

/** Percentiles, percentile ranks and trimmed counts: what CloudWatch does not always have. */
export function isExtended(statistic: string): boolean {
  return PERCENTILE.test(statistic) || RANK.test(statistic);
}

/**
 * A statistic by its name, refused when there is no such one here. Bounds are exclusive below and inclusive above (CloudWatch user
 * guide, "CloudWatch statistics definitions").
 */
export function statisticOf(name: string): (samples: Samples) => number {
  if (Object.hasOwn(PLAIN, name)) return PLAIN[name];
  const percentile = PERCENTILE.exec(name);
  if (percentile) return (samples) => samples.quantile(Number(percentile[1]) / 100);
  const rank = RANK.exec(name);
  if (!rank || (rank[2] === undefined && rank[3] === undefined)) throw invalid(`The value ${name} for parameter Stat is not supported.`);
  return (samples) => {
    const between = (rank[3] === undefined ? samples.count : samples.atMost(Number(rank[3]))) - (rank[2] === undefined ? 0 : samples.atMost(Number(rank[2])));
    return rank[1] === 'TC' ? between : (100 * between) / samples.count;
  };
}
