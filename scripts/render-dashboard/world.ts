/** What CloudWatch might have to tell: generated data for every metric that this library's dashboards can ask for. */
import { merged, ones, same, times, type Point } from './points';
import { DAY, HOUR, keptSince, MINUTE, type Window } from './time';
import { statisticOf } from '../../test/support/standin/cloudwatch/statistics';
import { Random } from '../../test/support/standin/traffic/random';

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export type Series = Map<number, number>;

interface Run {
  readonly start: number;
  readonly end: number;
}

const ENDPOINT = ['EndpointName', 'VariantName'];
const isNeuron = (variant: string) => /inf|trn|neuron|trainium/i.test(variant);
const isShadow = (variant: string) => /shadow/i.test(variant);
const hashes = new Map<string, number>();
/** A number that stands for a text. */
function hash(text: string): number {
  const known = hashes.get(text) ?? [...text].reduce((sum, letter) => Math.imul(sum, 31) + letter.codePointAt(0)!, 7);
  hashes.set(text, known);
  return known;
}
/** Chance of its own for each text and minute. */
const draw = (key: string, time: number) => new Random(hash(key) + Math.imul(time / MINUTE, 0x9e3779b1));

/** Weights that a migration sets one after the other, in percent. */
export const STEPS = [1, 5, 25, 50];

/** Trainings: USD of an instance-hour, and seconds that the job before was billed for when a run fell to the second rung. */
const TRAINING = { usdPerHour: 1.4, failedTry: 900 };

/**
 * Two variants of each endpoint under the load of a day, while a migration takes the one on Neuron from 0 to 50 %; a training run a day;
 * benchmarks and compilations now and then. A metric with other dimensions, or of another name, has no data: as in CloudWatch.
 */
export class World {
  private readonly variants = new Map<string, Set<string>>();
  private readonly hosts = new Map<string, readonly [number, number]>();
  private readonly runs: readonly Run[];

  /** @param asked every metric of the dashboard: which variants there are is known by them only */
  constructor(private readonly window: Window, private readonly asked: readonly Metric[]) {
    for (const { dimensions: { EndpointName: endpoint, VariantName: variant } } of asked) {
      if (endpoint === undefined || variant === undefined) continue;
      this.variants.set(endpoint, (this.variants.get(endpoint) ?? new Set()).add(variant));
    }
    this.runs = runsOf(window);
  }

  /** Between which variants the migration moves traffic. */
  get sides(): { readonly from: string; readonly to: string } {
    const production = [...this.variants.values()].map((names) => [...names].filter((name) => !isShadow(name)));
    const both = production.map((names) => ({ from: names.find((name) => !isNeuron(name)), to: names.find(isNeuron) }));
    const { from = 'gpu', to = 'inferentia2' } = both.find((names) => names.from !== undefined && names.to !== undefined) ?? {};
    return { from, to };
  }

  series(metric: Metric, stat: string, period: number): Series {
    const statistic = statisticOf(stat);
    const length = period * 1000;
    const found: Series = new Map();
    const key = JSON.stringify(metric);
    for (let from = Math.ceil(Math.max(this.window.start, keptSince(period)) / length) * length; from < this.window.end; from += length) {
      const points: Point[] = [];
      for (let minute = from; minute < Math.min(from + length, this.window.end); minute += MINUTE) {
        const point = this.point(metric, minute, key);
        if (point) points.push(point);
      }
      const samples = merged(points);
      if (samples) found.set(from, statistic(samples));
    }
    return found;
  }

  /**
   * The metrics that a SEARCH finds, as far as they can be known: those that were asked for by name, hosts of training jobs, and cores of the
   * neuron-monitor in a namespace of its own.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
   */
  search(query: string): Metric[] {
    const scheme = /^\s*\{\s*"?([^",}]+)"?\s*((?:,\s*"?[^",}]+"?\s*)*)\}/.exec(query);
    const namespace = scheme?.[1].trim() ?? /\bNamespace="?([^"\s]+)"?/i.exec(query)?.[1];
    if (namespace === undefined) return [];
    const names = scheme?.[2].split(',').map((name) => name.trim().replace(/"/g, '')).filter((name) => name !== '');
    const rest = query.slice(scheme?.[0].length ?? 0).replace(/\bNamespace="?[^"\s]+"?/i, '');
    const found = [...this.asked, ...this.unasked(namespace, rest)].filter((metric) => metric.namespace === namespace
      && (names === undefined || names.join() === Object.keys(metric.dimensions).join()) && matches(metric, rest));
    return [...new Map(found.map((metric) => [JSON.stringify(metric), metric])).values()];
  }

  private unasked(namespace: string, query: string): Metric[] {
    if (namespace === '/aws/sagemaker/TrainingJobs') {
      // A job's name begins as its training is named; words of the query are all that is known of it.
      const prefix = /\bHost[=:]\s*"?\(?\s*"?([\w-]+)/.exec(query)?.[1] ?? /(?:^|\s)"?([a-z][\w-]*)"?(?=\s|$)/.exec(query.replace(/\w+[=:]\s*("[^"]*"|\S+)/g, '').replace(/\b(AND|OR|NOT)\b/g, ''))?.[1] ?? 'training';
      // What told nothing for two weeks is not found ("Using search expressions in graphs").
      return this.runs.filter(({ end }) => end > this.window.end - 14 * DAY).flatMap(({ start, end }, index) => {
        const host = `${prefix.replace(/-$/, '')}-${new Date(end).toISOString().slice(5, 10)}-${index + 1}/algo-1`;
        this.hosts.set(host, [start, end]);
        const gpu = isNeuron(prefix) ? [] : ['GPUUtilization', 'GPUMemoryUtilization'];
        return ['CPUUtilization', 'MemoryUtilization', 'DiskUtilization', ...gpu].map((name) => ({ namespace, name, dimensions: { Host: host } }));
      });
    }
    if (/^AWS\/|^\/aws\/|^CdkAccelerators\//.test(namespace)) return [];
    return ['NeuronCore0Utilization', 'NeuronCore1Utilization'].map((name) => ({ namespace, name, dimensions: { InstanceId: 'i-0a1b2c3d4e5f60718' } }));
  }

  private point(metric: Metric, time: number, key: string): Point | undefined {
    const keys = Object.keys(metric.dimensions).sort().join();
    const only = (name: string) => keys === name ? metric.dimensions[name] : undefined;
    switch (metric.namespace) {
      case 'AWS/SageMaker': return keys === ENDPOINT.join() ? this.variant(metric, time, key) : undefined;
      case '/aws/sagemaker/Endpoints': return keys === ENDPOINT.join() ? this.host(metric, time, key) : undefined;
      case '/aws/sagemaker/TrainingJobs': return this.trainingHost(metric, time, key);
      case 'CdkAccelerators/TrafficMigration': return only('Migration') === undefined ? undefined : this.migration(metric, time, key);
      case 'CdkAccelerators/Training': return only('Training') === undefined ? undefined : this.training(metric, time, key);
      case 'CdkAccelerators/NeuronCompilation': return only('Compilation') === undefined ? undefined : this.compilation(metric, time, key);
      case 'CdkAccelerators/Benchmark': return keys === 'Benchmark' || keys === 'Benchmark,Variant' ? this.benchmark(metric, time, key) : undefined;
      default: return metric.name.startsWith('NeuronCore') ? same(this.shareOf(time) === 0 ? 0 : 35 + this.shareOf(time) / 2 + 4 * draw(key, time).normal()) : undefined;
    }
  }

  /** Percent of the requests that go to the newcomer at this time. */
  private shareOf(time: number): number {
    const done = (time - this.window.start) / (this.window.end - this.window.start);
    return done < 0.1 ? 0 : STEPS[Math.min(STEPS.length - 1, Math.floor((done - 0.1) / 0.9 * STEPS.length))];
  }

  /** How far the step of this time has come, 0 to 1. */
  private progress(time: number): number {
    const done = (time - this.window.start) / (this.window.end - this.window.start);
    return ((done - 0.1) / 0.9 * STEPS.length) % 1;
  }

  /** Requests of a variant in a minute, and how many instances answer them. */
  private load({ EndpointName: endpoint, VariantName: name }: Metric['dimensions'], time: number): { readonly requests: number; readonly instances: number } {
    const all = [...this.variants.get(endpoint) ?? [name]].filter((other) => !isShadow(other));
    const neuron = all.filter(isNeuron);
    const moving = neuron.length > 0 && neuron.length < all.length;
    const peers = isShadow(name) ? 1 : all.filter((other) => isNeuron(other) === isNeuron(name)).length;
    // A shadow gets a copy of a tenth.
    const percent = isShadow(name) ? 10 : moving ? (isNeuron(name) ? this.shareOf(time) : 100 - this.shareOf(time)) : 100;
    const peak = 600 + new Random(hash(endpoint)).next() * 1800;
    const day = 0.6 - 0.4 * Math.cos(2 * Math.PI * (time - 3 * HOUR) / DAY);
    const mean = peak * day * percent / 100 / peers;
    return { requests: draw(`${endpoint} ${name}`, time).poisson(mean), instances: mean === 0 ? 0 : Math.max(1, Math.ceil(mean / (isNeuron(name) ? 900 : 600))) };
  }

  private variant({ name, dimensions }: Metric, time: number, key: string): Point | undefined {
    const { requests, instances } = this.load(dimensions, time);
    if (requests === 0) return undefined;
    const neuron = isNeuron(dimensions.VariantName);
    const random = draw(key, time);
    const busy = 1 + 0.25 * requests / instances / 900 + 0.03 * random.normal();
    const latency = (share: number) => times((neuron ? 31_000 : 42_000) * busy * share, neuron ? 0.28 : 0.36, requests);
    const errors = (rate: number) => ones(random.poisson(requests * rate), requests);
    switch (name) {
      case 'Invocations': return ones(requests, requests);
      case 'InvocationsPerInstance': return same(1 / instances, requests);
      case 'Invocation4XXErrors': return errors(0.002);
      case 'Invocation5XXErrors': return errors(neuron ? 0.0008 : 0.001);
      case 'InvocationModelErrors': return errors(0.0026);
      case 'MidStreamErrors': return errors(0.0002);
      case 'ModelLatency': return latency(1);
      case 'OverheadLatency': return times(2_600 * busy, 0.3, requests);
      case 'FirstChunkLatency': case 'FirstChunkModelLatency': return latency(0.35);
      case 'FirstChunkOverheadLatency': return times(1_900, 0.3, requests);
      case 'ConcurrentRequestsPerModel': return times(Math.max(1, requests / instances / 60 * 0.05 * busy * 12), 0.3, requests);
      default: return undefined;
    }
  }

  private host({ name, dimensions }: Metric, time: number, key: string): Point | undefined {
    const { requests, instances } = this.load(dimensions, time);
    const [cpu, use] = [isNeuron(dimensions.VariantName) ? 4 : 8, instances === 0 ? 0 : Math.min(1, requests / instances / 900)];
    const jitter = draw(key, time).normal();
    switch (name) {
      case 'CPUUtilization': return same(Math.max(1, cpu * (8 + 40 * use) / 2 + 3 * jitter));
      case 'MemoryUtilization': return same(38 + 10 * use + 0.3 * jitter);
      case 'DiskUtilization': return same(21 + 0.05 * jitter);
      case 'GPUUtilization': return isNeuron(dimensions.VariantName) ? undefined : same(Math.min(100, Math.max(0, 92 * use + 3 * jitter)));
      case 'GPUMemoryUtilization': return isNeuron(dimensions.VariantName) ? undefined : same(61 + 2 * use);
      default: return undefined;
    }
  }

  private migration({ name }: Metric, time: number, key: string): Point | undefined {
    const share = this.shareOf(time);
    // A tick a minute, and none before the run.
    if (share === 0) return undefined;
    const [progress, random] = [this.progress(time), draw(key, time)];
    const judged = random.poisson(12 * share);
    switch (name) {
      case 'WantedShare': return same(share);
      case 'RealisedShare': return judged === 0 ? undefined : same(share * (1 + 0.5 * random.normal() / Math.sqrt(judged)));
      case 'EvidenceFor': return same(Math.min(100, Math.max(0, 100 * progress + 2 * random.normal())));
      case 'EvidenceAgainst': return same(Math.max(0, 12 * (1 - progress) + 3 * random.normal()));
      case 'RequestsNeeded': return same(Math.round(4200 * (1 - progress)));
      case 'JudgedRequests': return same(judged);
      case 'JudgedErrors': return same(random.poisson(judged * 0.001));
      case 'Step': return same(STEPS.indexOf(share));
      case 'NeedsAttention': return same(0);
      case 'Rollbacks': return same(0);
      case 'Promotions': return same(0);
      default: return undefined;
    }
  }

  private training({ name, dimensions: { Training: training } }: Metric, time: number, key: string): Point | undefined {
    const run = this.runs.findIndex(({ end }) => end === time);
    if (run < 0) return undefined;
    const { start } = this.runs[run];
    // Trainings have their good and bad days apart.
    const index = run + Math.abs(hash(training)) % 60;
    const [seconds, random] = [(time - start) / 1000, draw(key, time)];
    // One of five fails, one of six finds another still running, one of four has to take the second rung.
    const failed = index % 5 === 3;
    const skipped = !failed && index % 6 === 5;
    const fell = index % 4 === 2;
    const billable = seconds + (fell ? TRAINING.failedTry : 0);
    const made: Readonly<Record<string, number>> = {
      Duration: seconds, WaitingTime: Math.round((fell ? 1500 : 240) * (1 + 0.3 * random.next())), TokensPerSecond: (fell ? 2600 : 3400) + 90 * random.normal(), RungUsed: fell ? 1 : 0,
    };
    switch (name) {
      case 'CompletedRuns': return same(failed || skipped ? 0 : 1);
      case 'FailedRuns': return same(failed ? 1 : 0);
      case 'SkippedRuns': return same(skipped ? 1 : 0);
      case 'BillableSeconds': return skipped ? undefined : same(billable);
      case 'Cost': return skipped ? undefined : same(billable / 3600 * TRAINING.usdPerHour);
      case 'Attempts': return skipped ? undefined : same(fell ? 2 : 1);
      // Only of a model that was made.
      default: return failed || skipped || made[name] === undefined ? undefined : same(made[name]);
    }
  }

  private trainingHost({ name, dimensions: { Host: host } }: Metric, time: number, key: string): Point | undefined {
    const [start, end] = this.hosts.get(host ?? '') ?? [0, 0];
    if (time < start || time >= end) return undefined;
    const means: Record<string, number> = { CPUUtilization: 240, MemoryUtilization: 44, DiskUtilization: 30, GPUUtilization: 93, GPUMemoryUtilization: 81 };
    return means[name] === undefined ? undefined : same(Math.min(name === 'CPUUtilization' ? 800 : 100, means[name] * (1 + 0.03 * draw(key, time).normal())));
  }

  private compilation({ name }: Metric, time: number, key: string): Point | undefined {
    const index = this.runs.findIndex(({ start }) => start + 30 * MINUTE === time);
    if (index < 0) return undefined;
    switch (name) {
      case 'Duration': return index % 3 === 0 ? same(1500 + 200 * draw(key, time).next()) : undefined;
      case 'Compiled': return same(index % 3 === 0 ? 1 : 0);
      case 'CacheHits': return same(index % 3 === 0 ? 0 : 1);
      case 'Failures': return same(0);
      default: return undefined;
    }
  }

  private benchmark({ name, dimensions: { Variant: variant = '' } }: Metric, time: number, key: string): Point | undefined {
    if (!this.runs.some(({ start }) => start + 10 * MINUTE === time)) return undefined;
    const [neuron, jitter] = [isNeuron(variant), 1 + 0.03 * draw(key, time).normal()];
    const values: Readonly<Record<string, number>> = {
      ThroughputPerInstance: neuron ? 184 : 121,
      CostPerThousandRequests: neuron ? 0.0015 : 0.0032,
      LatencyP50: neuron ? 31 : 42,
      LatencyP95: neuron ? 49 : 76,
      LatencyP99: neuron ? 60 : 97,
      FirstRequestLatency: neuron ? 310 : 140,
      ErrorRate: 0.001,
      ThroughputRatio: 1.01,
      CostRatio: 0.99,
      LatencyRatio: 1.02,
      ParityScore: 0.997,
    };
    const flags = ['FailedMeasurements', 'ErrorRateIncrease', 'ParityFailed'];
    return values[name] !== undefined ? same(values[name] * jitter) : flags.includes(name) ? same(0) : undefined;
  }
}

/** A training run a day; three in a range that is shorter. */
function runsOf({ start, end }: Window): Run[] {
  const every = Math.floor(Math.min(DAY, (end - start) / 3) / MINUTE) * MINUTE;
  const found: Run[] = [];
  for (let begin = Math.ceil(start / every) * every; begin < end; begin += every) {
    const last = Math.floor((begin + every * (0.14 + 0.03 * new Random(hash(String(begin))).next())) / MINUTE) * MINUTE;
    if (last < end) found.push({ start: begin, end: last });
  }
  return found;
}

/** `MetricName="x"` is exact, `Host=y` a part of it; bare words may be parts of names and values, or exact as well. */
function matches({ name, dimensions }: Metric, query: string): boolean {
  const terms = [...query.matchAll(/(?:(\w+)\s*=\s*)?(?:"([^"]*)"|([^\s()"=]+))/g)].filter(([text]) => !/^(AND|OR|NOT)$/.test(text));
  return terms.every(([, key, exact, part]) => {
    const texts = key === undefined ? [name, ...Object.entries(dimensions).flat()] : key === 'MetricName' ? [name] : [dimensions[key] ?? ''];
    return texts.some((text) => exact === undefined ? text.toLowerCase().includes(part.replace(/\*/g, '').toLowerCase()) : text.toLowerCase() === exact.toLowerCase());
  });
}
