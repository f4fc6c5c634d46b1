import * as fc from 'fast-check';
import { merged, ones, same, times } from '../../../scripts/render-dashboard/points';
import { DAY, HOUR, MINUTE, NOW } from '../../../scripts/render-dashboard/time';
import { World, type Metric } from '../../../scripts/render-dashboard/world';
import { METRICS as BENCHMARK } from '../../../src/benchmark/contract';
import { METRICS as COMPILATION } from '../../../src/compilation/contract';
import { METRICS as MIGRATION } from '../../../src/migration/contract';
import { METRICS as TRAINING } from '../../../src/training/contract';

const WINDOW = { start: NOW - DAY, end: NOW };
const of = (VariantName: string, name = 'Invocations', namespace = 'AWS/SageMaker'): Metric => ({ namespace, name, dimensions: { EndpointName: 'web', VariantName } });
const own = (namespace: string, dimension: string) => (name: string): Metric => ({ namespace, name, dimensions: { [dimension]: 'x' } });
const migration = own('CdkAccelerators/TrafficMigration', 'Migration');
const training = own('CdkAccelerators/Training', 'Training');
const world = new World(WINDOW, [of('gpu'), of('inf2')]);
const values = (metric: Metric, stat: string, period = 300) => [...world.series(metric, stat, period).values()];

describe('two variants during a migration', () => {
  test('the share of Neuron goes from nothing to a half', () => {
    const [gpu, inf2] = [world.series(of('gpu'), 'Sum', 3600), world.series(of('inf2'), 'Sum', 3600)];
    const share = (time: number) => (inf2.get(time) ?? 0) / ((inf2.get(time) ?? 0) + gpu.get(time)!);
    expect([inf2.has(NOW - DAY), inf2.has(NOW - HOUR)]).toEqual([false, true]);
    expect(share(NOW - HOUR)).toBeCloseTo(0.5, 1);
    expect(share(NOW - 14 * HOUR)).toBeCloseTo(0.05, 2);
  });

  test('a metric of a variant without requests has no points, rather than zeros', () => {
    for (const name of ['Invocations', 'Invocation5XXErrors', 'ModelLatency', 'InvocationsPerInstance']) expect(world.series(of('inf2', name), 'Sum', 60).has(WINDOW.start)).toBe(false);
  });

  test('the load has a day: it is least at night', () => {
    const sums = world.series(of('gpu'), 'Sum', 3600);
    expect(sums.get(NOW - 21 * HOUR)!).toBeGreaterThan(3 * sums.get(NOW - 9 * HOUR)!);
  });

  test('instances are whole numbers: requests by requests per instance', () => {
    const [all, each] = [world.series(of('gpu'), 'Sum', 60), world.series(of('gpu', 'InvocationsPerInstance'), 'Sum', 60)];
    const counts = [...all].map(([time, requests]) => requests / each.get(time)!);
    for (const count of counts) expect(count).toBeCloseTo(Math.round(count), 6);
    expect(new Set(counts.map(Math.round)).size).toBeGreaterThan(1);
  });

  test('percentiles rise, in microseconds, and Neuron answers faster', () => {
    const latest = (variant: string, stat: string) => values(of(variant, 'ModelLatency'), stat).at(-1)!;
    const gpu = ['Minimum', 'p50', 'p90', 'p95', 'p99', 'Maximum'].map((stat) => latest('gpu', stat));
    expect([...gpu].sort((a, b) => a - b)).toEqual(gpu);
    expect(gpu[1]).toBeGreaterThan(20_000);
    expect(latest('inf2', 'p99')).toBeLessThan(latest('gpu', 'p99'));
  });

  test('a variant by itself has all requests of its endpoint', () => {
    const alone = new World(WINDOW, [of('inf2')]);
    expect(alone.series(of('inf2'), 'Sum', 60).has(WINDOW.start)).toBe(true);
  });

  test('a shadow gets a tenth of what its endpoint gets, and takes nothing of it', () => {
    const shadowed = new World(WINDOW, [of('gpu'), of('inf2-shadow')]);
    const sum = (variant: string) => [...shadowed.series(of(variant), 'Sum', 3600).values()].reduce((a, b) => a + b, 0);
    expect(sum('inf2-shadow') / sum('gpu')).toBeCloseTo(0.1, 2);
    expect([...shadowed.series(of('gpu'), 'Sum', 60)]).toEqual([...new World(WINDOW, [of('gpu')]).series(of('gpu'), 'Sum', 60)]);
  });

  test('percent of the hosts', () => {
    for (const name of ['MemoryUtilization', 'GPUUtilization', 'GPUMemoryUtilization', 'DiskUtilization']) {
      for (const value of values(of('gpu', name, '/aws/sagemaker/Endpoints'), 'Average')) expect(value >= 0 && value <= 100).toBe(true);
    }
    expect(values(of('inf2', 'GPUUtilization', '/aws/sagemaker/Endpoints'), 'Average')).toEqual([]);
    expect(Math.max(...values(of('gpu', 'CPUUtilization', '/aws/sagemaker/Endpoints'), 'Average'))).toBeGreaterThan(100);
  });
});

test.each<[string, Metric]>([
  ['name', of('gpu', 'Invocation')],
  ['namespace', of('gpu', 'ModelLatency', 'AWS/Sagemaker')],
  ['namespace of the hosts', of('gpu', 'GPUUtilization')],
  ['missing dimension', { ...of('gpu'), dimensions: { EndpointName: 'web' } }],
  ['further dimension', { ...of('gpu'), dimensions: { ...of('gpu').dimensions, InstanceId: 'i' } }],
  ['dimension of a migration', { ...migration('WantedShare'), dimensions: { Run: 'x' } }],
  ['further dimension of a training', { ...training('Cost'), dimensions: { Training: 'x', Rung: '0' } }],
  ['name of a migration', migration('wantedShare')],
  ['no dimension', { ...migration('Step'), dimensions: {} }],
])('another %s has no data', (_what, metric) => expect(values(metric, 'Sum')).toEqual([]));

test('a statistic that there is not', () => expect(() => values(of('gpu'), 'Mean')).toThrow('The value Mean for parameter Stat is not supported.'));

test.each<[string, Metric[]]>([
  ['migration', Object.entries(MIGRATION).filter(([key]) => key !== 'namespace' && key !== 'dimension').map(([, name]) => own(MIGRATION.namespace, MIGRATION.dimension)(name))],
  ['training', Object.entries(TRAINING).filter(([key]) => key !== 'namespace' && key !== 'dimension').map(([, name]) => own(TRAINING.namespace, TRAINING.dimension)(name))],
  ['compilation', Object.entries(COMPILATION).filter(([key]) => key !== 'namespace' && key !== 'dimension').map(([, name]) => own(COMPILATION.namespace, COMPILATION.dimension)(name))],
  ['benchmark', Object.entries(BENCHMARK).filter(([key]) => !['namespace', 'dimension', 'variant'].includes(key))
    .map(([, name]) => ({ namespace: BENCHMARK.namespace, name, dimensions: { [BENCHMARK.dimension]: 'x', [BENCHMARK.variant]: 'inf2' } }))],
])('there is data for every metric of a %s, in a range of three hours too', (_room, metrics) => {
  const short = new World({ start: NOW - 3 * HOUR, end: NOW }, []);
  expect(metrics.length).toBeGreaterThan(3);
  expect(metrics.filter((metric) => world.series(metric, 'Sum', 300).size === 0 || short.series(metric, 'Sum', 300).size === 0)).toEqual([]);
});

describe('a migration', () => {
  test('wanted shares rise step by step', () => expect([...new Set(values(migration('WantedShare'), 'Maximum', 60))]).toEqual([1, 5, 25, 50]));

  test('in a step evidence rises and the requests that are needed fall', () => {
    const last = <T>(list: T[]) => list.slice(-60);
    const [evidence, needed] = [last(values(migration('EvidenceFor'), 'Maximum', 60)), last(values(migration('RequestsNeeded'), 'Minimum', 60))];
    expect(evidence.at(-1)! - evidence[0]).toBeGreaterThan(10);
    expect([...needed].sort((a, b) => b - a)).toEqual(needed);
  });

  test('it is on its way: neither promoted nor rolled back', () => {
    for (const name of ['Promotions', 'Rollbacks']) expect(new Set(values(migration(name), 'Sum'))).toEqual(new Set([0]));
  });
});

test('a training runs once a day and tells when a run ends', () => {
  const week = new World({ start: NOW - 7 * DAY, end: NOW }, []);
  const ended = [...week.series(training('CompletedRuns'), 'Sum', 60)];
  expect(ended.length).toBe(7);
  expect(new Set(ended.map(([time]) => Math.floor(time / DAY))).size).toBe(7);
  expect(new Set(week.series(training('RungUsed'), 'Maximum', 60).values())).toEqual(new Set([0, 1]));
});

test('a run ends in one way, and only one that made a model tells of it', () => {
  const month = new World({ start: NOW - 30 * DAY, end: NOW }, []);
  const of30 = (name: string) => month.series(training(name), 'Sum', 300);
  const [completed, failed, skipped, duration, cost] = ['CompletedRuns', 'FailedRuns', 'SkippedRuns', 'Duration', 'Cost'].map(of30);
  for (const [time, value] of completed) {
    expect(value + failed.get(time)! + skipped.get(time)!).toBe(1);
    expect([duration.has(time), cost.has(time)]).toEqual([value === 1, skipped.get(time) === 0]);
  }
  expect([completed, failed, skipped].map((series) => [...series.values()].filter((value) => value === 1).length).every((count) => count > 2)).toBe(true);
});

test('what is billed is what ran: a run that fell to the second rung paid for the first as well', () => {
  const month = new World({ start: NOW - 30 * DAY, end: NOW }, []);
  const [duration, billed, cost, attempts] = ['Duration', 'BillableSeconds', 'Cost', 'Attempts'].map((name) => month.series(training(name), 'Sum', 300));
  for (const [time, seconds] of duration) {
    expect(billed.get(time)! - seconds).toBe(attempts.get(time) === 2 ? 900 : 0);
    expect(cost.get(time)).toBeCloseTo(billed.get(time)! / 3600 * 1.4, 9);
  }
  expect(new Set([...duration.keys()].map((time) => attempts.get(time)))).toEqual(new Set([1, 2]));
});

test('points of a minute are gone after 15 days', () => {
  const month = new World({ start: NOW - 30 * DAY, end: NOW }, []);
  const first = (period: number) => [...month.series(training('CompletedRuns'), 'Sum', period)][0][0];
  expect([first(60) >= NOW - 15 * DAY, first(60) < NOW - 14 * DAY, first(300) < NOW - 28 * DAY]).toEqual([true, true, true]);
});

test.each<[Metric[], object]>([
  [[], { from: 'gpu', to: 'inferentia2' }],
  [[of('a100'), of('trn1')], { from: 'a100', to: 'trn1' }],
  [[of('a100'), of('trn1-shadow')], { from: 'gpu', to: 'inferentia2' }],
  [[{ ...of('trainium'), dimensions: { EndpointName: 'alone', VariantName: 'trainium' } }, of('gpu'), of('inf2')], { from: 'gpu', to: 'inf2' }],
])('the sides of the migration', (asked, sides) => expect(new World(WINDOW, asked).sides).toEqual(sides));

describe('SEARCH', () => {
  test('finds what the dashboard names', () => {
    expect(world.search('{AWS/SageMaker,EndpointName,VariantName} MetricName="Invocations"').map(({ dimensions }) => dimensions.VariantName)).toEqual(['gpu', 'inf2']);
    expect(world.search('{AWS/SageMaker,EndpointName,VariantName} MetricName="Invocations" VariantName="gpu"')).toEqual([of('gpu')]);
    expect(world.search('{AWS/SageMaker,EndpointName,VariantName} invocations')).toHaveLength(2);
    expect(world.search('Namespace="AWS/SageMaker" web')).toHaveLength(2);
  });

  test.each(['{AWS/SageMaker,EndpointName} Invocations', '{AWS/SageMaker,EndpointName,VariantName} MetricName="Latency"', '{AWS/EC2,InstanceId} CPUUtilization', 'Invocations', '{CdkAccelerators/Training,Host} x', '{/aws/sagemaker/TrainingJobs,Host} MetricName="GPUUtilization" Host="nightly"'])('finds nothing: %s', (query) =>
    expect(world.search(query)).toEqual([]));

  test.each(['{/aws/sagemaker/TrainingJobs,Host} MetricName="GPUUtilization" nightly', '{/aws/sagemaker/TrainingJobs,Host} MetricName="GPUUtilization" Host=nightly-', '{/aws/sagemaker/TrainingJobs,Host} MetricName="GPUUtilization" AND Host=nightly*'])('finds the hosts of a training: %s', (query) => {
    const found = world.search(query);
    expect(found.map(({ name, dimensions: { Host: host } }) => [name, /^nightly-11-2\d-\d\/algo-1$/.test(host)])).toEqual([['GPUUtilization', true], ['GPUUtilization', true], ['GPUUtilization', true]]);
    for (const metric of found) expect(world.series(metric, 'Average', 300).size).toBeGreaterThan(3);
  });

  test('what is quoted is exact', () => {
    expect(new Set(world.search('{/aws/sagemaker/TrainingJobs,Host} MetricName="MemoryUtilization" Host=nightly').map(({ name }) => name))).toEqual(new Set(['MemoryUtilization']));
    expect(new Set(world.search('{/aws/sagemaker/TrainingJobs,Host} MemoryUtilization Host=nightly').map(({ name }) => name))).toEqual(new Set(['MemoryUtilization', 'GPUMemoryUtilization']));
    expect(world.search('{"/aws/sagemaker/TrainingJobs","Host"} MetricName="memoryutilization" Host=nightly')).toHaveLength(3);
  });

  test('jobs of the last two weeks are found', () => {
    const month = new World({ start: NOW - 30 * DAY, end: NOW }, []);
    expect(month.search('{/aws/sagemaker/TrainingJobs,Host} MetricName="GPUUtilization" nightly')).toHaveLength(14);
  });

  test('jobs on Trainium tell nothing of GPUs', () => {
    expect(world.search('{/aws/sagemaker/TrainingJobs,Host} MetricName="GPUUtilization" trainium-nightly')).toEqual([]);
    expect(world.search('{/aws/sagemaker/TrainingJobs,Host} MetricName="CPUUtilization" trainium-nightly')).toHaveLength(3);
  });

  test('a namespace of a neuron-monitor has cores', () => {
    const found = world.search('Namespace="my/neuron"');
    expect(found.map(({ name }) => name)).toEqual(['NeuronCore0Utilization', 'NeuronCore1Utilization']);
    expect(world.series(found[0], 'Average', 300).size).toBeGreaterThan(100);
  });
});

test('the same at every run', () => expect([...new World(WINDOW, [of('gpu'), of('inf2')]).series(of('gpu', 'ModelLatency'), 'p99', 60)]).toEqual([...world.series(of('gpu', 'ModelLatency'), 'p99', 60)]));

describe('samples', () => {
  test('no points are no samples', () => {
    expect(merged([])).toBeUndefined();
    expect(merged([ones(0, 0)])).toBeUndefined();
  });

  test('counts and extremes', () => {
    const { count, sum, minimum, maximum } = merged([ones(2, 10), ones(0, 5), same(3)])!;
    expect({ count, sum, minimum, maximum }).toEqual({ count: 16, sum: 5, minimum: 0, maximum: 3 });
    expect([ones(2, 10).quantile(0.8), ones(2, 10).quantile(0.81)]).toEqual([0, 1]);
  });

  test('times: the median is the median, and quantiles and shares are each other\'s inverse', () => {
    expect(times(40, 0.3, 1000).quantile(0.5)).toBeCloseTo(40, 6);
    expect(times(40, 0.3, 1000).quantile(0.99)).toBeCloseTo(40 * Math.exp(0.3 * 2.326), 0);
    fc.assert(fc.property(fc.double({ min: 0.02, max: 0.98, noNaN: true }), (share) => {
      const samples = merged([times(40, 0.3, 1000), times(60, 0.3, 500)])!;
      expect(samples.atMost(samples.quantile(share)) / samples.count).toBeCloseTo(share, 3);
    }));
  });

  test('all of a minute in one period', () => expect(world.series(of('gpu'), 'Sum', 300).get(WINDOW.start)).toBe([0, 1, 2, 3, 4].reduce((sum, index) => sum + world.series(of('gpu'), 'Sum', 60).get(WINDOW.start + index * MINUTE)!, 0)));
});
