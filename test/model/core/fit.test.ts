import * as fc from 'fast-check';
import { checkFit, HOST_OVERHEAD_GIB, USABLE_DEVICE_SHARE, weightsGiBOf, type FitInput } from '../../../src/model/core/fit';
import { problemText } from '../../../src/private/problems';

const INF2_XLARGE: FitInput = {
  kind: 'neuron', instance: 'ml.inf2.xlarge', devices: 2, deviceMemoryGiB: 32, hostMemoryGiB: 16, defaultDegree: 'one', copyPerWorker: true,
};
const INF2_48XLARGE: FitInput = { ...INF2_XLARGE, instance: 'ml.inf2.48xlarge', devices: 24, deviceMemoryGiB: 384, hostMemoryGiB: 768, defaultDegree: 'all', copyPerWorker: false };
const G5_12XLARGE: FitInput = {
  kind: 'gpu', instance: 'ml.g5.12xlarge', devices: 4, deviceMemoryGiB: 89.4, hostMemoryGiB: 192, defaultDegree: 'one', copyPerWorker: false,
};

const problems = (input: FitInput) => checkFit(input).problems.map(({ problem }) => problemText(problem));
const warnings = (input: FitInput) => checkFit(input).warnings.map(({ id }) => id);

test('weights from parameters: 8.03 billion at 2 bytes', () => {
  expect(weightsGiBOf(8.03)).toBeCloseTo(14.957, 3);
  expect(weightsGiBOf(8.03, 4)).toBeCloseTo(29.914, 3);
  expect(weightsGiBOf(8.03, 0.5)).toBeCloseTo(3.739, 3);
});

test('nothing known, nothing said', () => {
  expect(checkFit(INF2_XLARGE)).toEqual({ problems: [], warnings: [] });
  expect(checkFit(G5_12XLARGE)).toEqual({ problems: [], warnings: [] });
});

describe('degree and devices', () => {
  test('more than there are', () => {
    expect(problems({ ...INF2_XLARGE, tensorParallelDegree: 4 })).toEqual([
      '`settings.tensorParallelDegree`: got 4; allowed: at most 2, the logical NeuronCores of ml.inf2.xlarge; fix: lower the degree or choose an instance with more devices',
    ]);
    expect(problems({ ...G5_12XLARGE, tensorParallelDegree: 8 })).toEqual([
      '`settings.tensorParallelDegree`: got 8; allowed: at most 4, the GPUs of ml.g5.12xlarge; fix: lower the degree or choose an instance with more devices',
    ]);
  });

  test('exactly as many', () => {
    expect(checkFit({ ...INF2_48XLARGE, tensorParallelDegree: 24 })).toEqual({ problems: [], warnings: [] });
  });

  test('a degree that leaves devices idle is a warning', () => {
    expect(checkFit({ ...INF2_48XLARGE, tensorParallelDegree: 16 }).warnings).toEqual([
      { check: 'tensor-parallelism', id: 'idleDevices', text: 'tensorParallelDegree 16 does not divide the 24 logical NeuronCores of ml.inf2.48xlarge: 8 stay idle and are paid for' },
    ]);
  });

  test('more server processes than cores', () => {
    expect(problems({ ...INF2_XLARGE, tensorParallelDegree: 2, workers: 2 })).toEqual([
      '`settings.workers`: got 2 workers of 2 cores; allowed: at most 1: ml.inf2.xlarge has 2 logical NeuronCores, and a process holds its cores alone; fix: lower workers or settings.tensorParallelDegree',
    ]);
    expect(problems({ ...INF2_XLARGE, workers: 3 })[0]).toContain('got 3 workers of 1 core; allowed: at most 2');
    expect(problems({ ...INF2_XLARGE, workers: 2 })).toEqual([]);
  });

  test('server processes share a GPU', () => {
    expect(problems({ ...G5_12XLARGE, copyPerWorker: true, workers: 8 })).toEqual([]);
  });
});

describe('heads', () => {
  test('must divide on GPUs', () => {
    expect(problems({ ...G5_12XLARGE, tensorParallelDegree: 3, attentionHeads: 32 })).toEqual([
      '`settings.tensorParallelDegree`: got 3; allowed: a divisor of the model\'s 32 attention heads; fix: choose one of 1, 2, 4',
    ]);
    expect(problems({ ...G5_12XLARGE, tensorParallelDegree: 4, attentionHeads: 32, keyValueHeads: 8 })).toEqual([]);
  });

  test('are padded on Neuron, as in the published Llama 2 at degree 24', () => {
    const llama = { ...INF2_48XLARGE, tensorParallelDegree: 24, attentionHeads: 32 };
    expect(problems(llama)).toEqual([]);
    expect(warnings(llama)).toEqual(['headsPadded']);
  });

  test('key-value heads are replicated where the degree is a multiple of them', () => {
    const grouped = { ...G5_12XLARGE, tensorParallelDegree: 4, attentionHeads: 32, keyValueHeads: 2 };
    expect(problems(grouped)).toEqual([]);
    expect(warnings(grouped)).toEqual(['keyValueHeadsReplicated']);
  });

  test('key-value heads that fit neither way are refused on GPUs', () => {
    expect(problems({ ...G5_12XLARGE, tensorParallelDegree: 4, attentionHeads: 36, keyValueHeads: 3 })).toEqual([
      '`settings.tensorParallelDegree`: got 4; allowed: a divisor or a multiple of the model\'s 3 key-value heads; fix: choose another degree',
    ]);
    expect(warnings({ ...INF2_48XLARGE, tensorParallelDegree: 12, keyValueHeads: 8 })).toEqual(['keyValueHeadsReplicated']);
  });

  test('have no say for one device', () => {
    expect(checkFit({ ...G5_12XLARGE, tensorParallelDegree: 1, attentionHeads: 7, keyValueHeads: 3 })).toEqual({ problems: [], warnings: [] });
  });
});

describe('device memory', () => {
  test('one GPU of four is not enough for 8 billion parameters in 32 bit', () => {
    expect(problems({ ...G5_12XLARGE, weightsGiB: weightsGiBOf(8.03, 4) })).toEqual([
      '`profile`: got 29.9 GiB of weights on 1 of 4 GPUs of ml.g5.12xlarge; allowed: at most 20.1 GiB, 90 % of their 22.4 GiB; fix: raise settings.tensorParallelDegree or choose an instance with more device memory',
    ]);
    expect(problems({ ...G5_12XLARGE, tensorParallelDegree: 2, weightsGiB: weightsGiBOf(8.03, 4) })).toEqual([]);
  });

  test('all devices are not enough for 70 billion', () => {
    expect(problems({ ...G5_12XLARGE, tensorParallelDegree: 4, weightsGiB: weightsGiBOf(70.6) })).toEqual([
      '`profile`: got 131.5 GiB of weights on 4 of 4 GPUs of ml.g5.12xlarge; allowed: at most 80.5 GiB, 90 % of their 89.4 GiB; fix: choose an instance with more device memory',
    ]);
  });

  test('an image that takes all devices by itself gets all their memory', () => {
    expect(problems({ ...INF2_48XLARGE, weightsGiB: weightsGiBOf(70.6) })).toEqual([]);
  });

  test('the limit itself passes', () => {
    expect(problems({ ...G5_12XLARGE, deviceMemoryGiB: 80, weightsGiB: 20 * USABLE_DEVICE_SHARE })).toEqual([]);
    expect(problems({ ...G5_12XLARGE, deviceMemoryGiB: 80, weightsGiB: 20 * USABLE_DEVICE_SHARE + 0.01 })).toHaveLength(1);
  });
});

describe('host memory while loading on Neuron', () => {
  const large = { ...INF2_XLARGE, tensorParallelDegree: 2 };

  test('CodeLlama-7B in 16 bit loads on inf2.xlarge, as published', () => {
    const codeLlama = { ...large, weightsGiB: weightsGiBOf(6.74) };
    expect(checkFit(codeLlama)).toEqual({ problems: [], warnings: [] });
  });

  test('close to all of it is a warning', () => {
    expect(checkFit({ ...large, weightsGiB: 15 }).warnings).toEqual([
      { check: 'host-memory', id: 'hostMemoryTight', text: 'loading takes about 15 GiB of host memory, and ml.inf2.xlarge has 16 GiB: models that load on larger sizes of the family have been killed or hung here' },
    ]);
  });

  test('exactly all of it is still only a warning', () => {
    const found = checkFit({ ...large, weightsGiB: 16 });
    expect(found.problems).toEqual([]);
    expect(found.warnings.map(({ id }) => id)).toEqual(['hostMemoryTight']);
  });

  test('more than all of it is a problem', () => {
    expect(problems({ ...large, weightsGiB: 18 })).toEqual([
      '`profile`: got 18 GiB of weights in host memory while 1 copy loads; allowed: less than the 16 GiB of ml.inf2.xlarge; fix: choose a larger instance of the family: it has the same chips and more host memory',
    ]);
  });

  test('every server process loads a copy', () => {
    expect(problems({ ...INF2_XLARGE, weightsGiB: 9 })[0]).toContain('got 18 GiB of weights in host memory while 2 copies load');
    expect(problems({ ...INF2_XLARGE, weightsGiB: 9, workers: 1 })).toEqual([]);
  });

  test('is not asked of GPUs, which load by parts', () => {
    expect(checkFit({ ...G5_12XLARGE, hostMemoryGiB: 1, weightsGiB: 10 })).toEqual({ problems: [], warnings: [] });
  });

  test('a bigger host never makes it worse', () => {
    fc.assert(fc.property(fc.double({ min: 0.1, max: 28, noNaN: true }), fc.double({ min: 8, max: 512, noNaN: true }), (weightsGiB, hostMemoryGiB) => {
      const here = checkFit({ ...large, weightsGiB, hostMemoryGiB });
      const there = checkFit({ ...large, weightsGiB, hostMemoryGiB: hostMemoryGiB + HOST_OVERHEAD_GIB });
      expect(there.problems.length).toBeLessThanOrEqual(here.problems.length);
      expect(there.problems.length + there.warnings.length).toBeLessThanOrEqual(here.problems.length + here.warnings.length);
    }), { numRuns: 60 });
  });
});
