import * as fc from 'fast-check';
import { configOf, failedSlice, settingsOf, sliceOf, target } from './builders';
import { errorsText, following, historyEvents, isOver, measurements, next, paceOf, perSecond, resultKeys, runSeconds, shares, sliceOf as workOf, start, targetOf, type Ended, type RunState, type WorkerFailure } from '../../../src/benchmark/core/plan';
import type { BenchmarkConfig, SliceResult, SliceWork, WorkerShare } from '../../../src/benchmark/core/types';

type Work = SliceWork & WorkerShare;
const eachOf = (config: BenchmarkConfig, state: RunState): Work[] => {
  const { common, shares: all } = workOf(config, state);
  return all.map((share) => ({ ...common, ...share }));
};

/** A whole run, each slice answered by `answer`. */
function drive(config: BenchmarkConfig, answer: (work: Work) => SliceResult | WorkerFailure = ({ phase }) => sliceOf(phase, 10)) {
  const [slices, ends]: [Work[][], Ended[]] = [[], []];
  for (let state = start('run'); !isOver(config, state);) {
    const work = eachOf(config, state);
    slices.push(work);
    const after = next(config, state, work.map(answer));
    if (after.ended !== undefined) ends.push(after.ended);
    state = after.ended === undefined ? after.state : following(state);
  }
  return { slices, ends };
}

const summed = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('the plan of a run', () => {
  it('measures every variant at the batch of all, then each at its own other ones', () => {
    const config = configOf({ targets: [target('gpu', { batchSizes: [8, 16, 32] }), target('neuron', { batchSizes: [1, 1] })] });
    expect(measurements(config)).toEqual([
      { round: 1, target: 0, batchSize: 16 }, { round: 1, target: 1, batchSize: 16 },
      { round: 2, target: 0, batchSize: 8 }, { round: 2, target: 0, batchSize: 32 }, { round: 2, target: 1, batchSize: 1 },
    ]);
  });

  it('goes through the phases in their order, variant after variant', () => {
    const { slices, ends } = drive(configOf());
    expect(slices.map(([{ variant, phase, slice }]) => `${variant} ${phase} ${slice}`)).toEqual([
      'gpu first 0', 'gpu warmUp 0', 'gpu saturate 0', 'gpu saturate 1', 'gpu pace 0', 'gpu pace 1',
      'neuron first 0', 'neuron warmUp 0', 'neuron saturate 0', 'neuron saturate 1', 'neuron pace 0', 'neuron pace 1',
    ]);
    expect(ends).toEqual([{ outcome: 'measured' }, { outcome: 'measured' }]);
    expect([0, 1].map((measurement) => targetOf(configOf(), { ...start('run'), measurement }).variant)).toEqual(['gpu', 'neuron']);
  });

  it('leaves a warm-up of 0 seconds out', () => {
    expect(drive(configOf({ targets: [target('gpu')], settings: settingsOf({ warmUpSeconds: 0, durationSeconds: 10 }) })).slices.map(([{ phase }]) => phase)).toEqual(['first', 'saturate', 'pace']);
  });

  it('begins with one request of one worker', () => {
    const config = configOf();
    expect(start('run')).toEqual({ run: 'run', measurement: 0, phase: 'first', slice: 0, answered: 0, elapsedMs: 0 });
    expect(workOf(config, start('run'))).toEqual({
      common: { phase: 'first', endpoint: 'endpoint', variant: 'gpu', dataset: config.settings.dataset, payload: config.settings.payload, batchSize: 16, seconds: 60, slice: 0, workers: 1 },
      shares: [{ worker: 0, concurrency: 1, result: { bucket: 'results', key: 'benchmark/slices/run/gpu/round-1-batch-16/first-0-0.json' } }],
    });
  });

  it('has the concurrency of the settings at each moment of each phase, in at most 40 workers of 64 places', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2560 }), fc.double({ min: 0.001, max: 1, noNaN: true }), fc.integer({ min: 1, max: 1e6 }), (concurrency, share, answered) => {
      const settings = settingsOf({ concurrency, durationSeconds: 10, pace: { share } });
      const config = configOf({ targets: [target('gpu')], settings });
      const { slices } = drive(config, ({ phase, worker }) => sliceOf(phase, 1, { answered: worker === 0 ? answered : 0 }));
      for (const work of slices.slice(1)) {
        const places = work.map((event) => event.concurrency);
        expect(summed(places)).toBe(concurrency);
        expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
        expect(Math.max(...places)).toBeLessThanOrEqual(64);
        expect(work).toHaveLength(Math.ceil(concurrency / 64));
        expect(work.every((event, i) => event.worker === i && event.workers === work.length)).toBe(true);
      }
      const pace = slices[slices.length - 1].map(({ requestsPerSecond }) => requestsPerSecond!);
      // To the last digit, and never more.
      expect(summed(pace)).toBe(share * answered);
      expect(pace.every((rate) => rate > 0)).toBe(true);
    }));
  });

  it('gives no rate to phases that have none', () => {
    const { slices } = drive(configOf());
    expect(slices.flat().filter(({ phase, requestsPerSecond }) => (phase === 'pace') !== (requestsPerSecond !== undefined))).toEqual([]);
  });

  it('cuts long phases into slices of at most 240 seconds that add up', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 21600 }), (durationSeconds) => {
      const { slices } = drive(configOf({ targets: [target('gpu')], settings: settingsOf({ durationSeconds, concurrency: 1 }) }));
      for (const phase of ['saturate', 'pace']) {
        const seconds = slices.flat().filter((event) => event.phase === phase).map((event) => event.seconds);
        expect(summed(seconds)).toBe(durationSeconds);
        expect(Math.max(...seconds)).toBeLessThanOrEqual(240);
        expect(Math.max(...seconds) - Math.min(...seconds)).toBeLessThanOrEqual(1);
      }
    }), { numRuns: 30 });
  });

  it('has one slice of 240 seconds, and two of 241', () => {
    const of = (durationSeconds: number) => drive(configOf({ targets: [target('gpu')], settings: settingsOf({ durationSeconds, concurrency: 1 }) })).slices.flat().filter(({ phase }) => phase === 'saturate').map(({ seconds }) => seconds);
    expect(of(240)).toEqual([240]);
    expect(of(241)).toEqual([121, 120]);
  });

  it('paces by what was answered in all slices at full concurrency, in the longest time of each', () => {
    const config = configOf({ targets: [target('gpu')] });
    // Two slices of two workers: 300 in 2 s, then 100 in 2 s.
    const { slices } = drive(config, ({ phase, slice, worker }) => phase === 'saturate' ? sliceOf(phase, 1, { answered: slice === 0 ? 150 : 50, elapsedMs: worker === 0 ? 2000 : 1500 }) : sliceOf(phase, 5));
    expect(summed(slices[slices.length - 1].map(({ requestsPerSecond }) => requestsPerSecond!))).toBe(0.7 * 100);
  });

  it('paces at the rate of the settings where there is one', () => {
    const { slices } = drive(configOf({ settings: settingsOf({ pace: { requestsPerSecond: 33.3 } }) }));
    expect(slices.filter(([{ phase }]) => phase === 'pace').map((work) => summed(work.map(({ requestsPerSecond }) => requestsPerSecond!)))).toEqual([33.3, 33.3, 33.3, 33.3]);
    expect(paceOf(settingsOf({ pace: { requestsPerSecond: 5 } }), 100)).toBe(5);
    expect(paceOf(settingsOf({ pace: { share: 0.5 } }), 100)).toBe(50);
  });

  it('is the same when it is asked twice, and its state is small', () => {
    const config = configOf({ settings: settingsOf({ concurrency: 2560, durationSeconds: 21600 }) });
    const state: RunState = { run: 'r'.repeat(80), measurement: 1, phase: 'pace', slice: 89, answered: 123456789, elapsedMs: 21600000.123, requestsPerSecond: 5714.285714 };
    expect(workOf(config, state)).toEqual(workOf(config, JSON.parse(JSON.stringify(state))));
    expect(JSON.stringify(state).length).toBeLessThan(250);
  });

  it('knows where everything of a measurement is', () => {
    const config = configOf({ targets: [target('gpu'), target('neuron', { batchSizes: [4] })] });
    const { slices } = drive(config);
    const told = slices.flat().map(({ result }) => result.key);
    expect(new Set(told).size).toBe(told.length);
    expect([0, 1, 2].flatMap((measurement) => Object.values(resultKeys(config, 'run', measurement)).flat(2))).toEqual(told);
    expect(resultKeys(config, 'run', 2).saturate).toEqual([
      ['benchmark/slices/run/neuron/round-2-batch-4/saturate-0-0.json', 'benchmark/slices/run/neuron/round-2-batch-4/saturate-0-1.json'],
      ['benchmark/slices/run/neuron/round-2-batch-4/saturate-1-0.json', 'benchmark/slices/run/neuron/round-2-batch-4/saturate-1-1.json'],
    ]);
    expect(resultKeys(configOf({ settings: settingsOf({ warmUpSeconds: 0 }) }), 'run', 0).warmUp).toEqual([]);
  });
});

describe('a measurement that fails', () => {
  const config = configOf();
  const at = (phase: RunState['phase'], over: Partial<RunState> = {}): RunState => ({ ...start('run'), phase, ...over });

  it('says which errors there were, how many, and the first message; the next variant begins anew', () => {
    expect(next(config, at('saturate'), [
      failedSlice('saturate', { 'TimeoutError': 3, 'ModelError 500': 10 }, { 'ModelError 500': 'out of "memory"' }),
      failedSlice('saturate', { 'ModelError 500': 2 }, { 'ModelError 500': 'another' }),
    ])).toEqual({ ended: { outcome: 'failed', reason: 'no request was answered in the phase "full concurrency": 12 x ModelError 500 ("out of \\"memory\\""), 3 x TimeoutError' } });
    expect(following(at('saturate', { slice: 1, answered: 9 }))).toEqual({ run: 'run', measurement: 1, phase: 'first', slice: 0, answered: 0, elapsedMs: 0 });
  });

  it('does not fail for some errors', () => {
    expect(next(config, at('saturate'), [failedSlice('saturate', { 'ModelError 500': 9 }), sliceOf('saturate', 1)])).toMatchObject({ state: { phase: 'saturate', slice: 1 } });
  });

  it('says which worker failed', () => {
    const reason = (...results: (SliceResult | WorkerFailure)[]) => next(config, at('pace', { requestsPerSecond: 5 }), results).ended?.reason;
    expect(reason(sliceOf('pace', 5), { error: 'Lambda.Unknown', cause: 'signal: killed' })).toBe('1 of 2 workers failed in the phase "pace": Lambda.Unknown: signal: killed');
    expect(reason({ error: 'States.Timeout' }, { error: 'Other' })).toBe('2 of 2 workers failed in the phase "pace": States.Timeout');
    expect(reason({ error: 'E', cause: 'x'.repeat(1000) })).toHaveLength('1 of 1 workers failed in the phase "pace": E: '.length + 300);
    expect(reason()).toBe('nothing is known of slice 0 in the phase "pace"');
  });

  it('fails where requests came to nothing at all', () => {
    expect(next(config, at('pace'), [sliceOf('pace', 0, { requests: 0, notSent: 4 })]).ended?.reason).toBe('no request was answered in the phase "pace", and none failed');
  });

  it('may have a slice without a request, but no phase', () => {
    const idle = sliceOf('pace', 0);
    const [first, second] = [at('pace', { requestsPerSecond: 0.001 }), at('pace', { requestsPerSecond: 0.001, slice: 1 })];
    expect(next(config, first, [idle])).toMatchObject({ state: { phase: 'pace', slice: 1, requestsPerSecond: 0.001 } });
    expect(next(config, { ...second, answered: 1 }, [idle]).ended?.outcome).toBe('measured');
    expect(next(config, second, [idle]).ended?.reason).toBe('no request was sent in the phase "pace": it is too short for its rate');
  });

  it('is none for a first request that is lost: the warm-up decides', () => {
    const lost = failedSlice('first', { TimeoutError: 1 });
    expect(next(config, at('first'), [lost])).toEqual({ state: at('warmUp', { elapsedMs: 0 }) });
    expect(next(config, at('warmUp'), [failedSlice('warmUp', { TimeoutError: 9 })]).ended?.reason).toBe('no request was answered in the phase "warm-up": 9 x TimeoutError');
    expect(next(config, at('first'), [{ error: 'Lambda.Unknown' }]).ended?.reason).toBe('1 of 1 workers failed in the phase "first request": Lambda.Unknown');
  });

  it('says what a function threw, without its stack', () => {
    const reason = (cause: string) => next(config, at('pace'), [{ error: 'Error', cause }]).ended?.reason;
    expect(reason(JSON.stringify({ errorType: 'Error', errorMessage: 's3://data/lines.jsonl has no lines', trace: ['at x', 'at y'] }))).toBe('1 of 1 workers failed in the phase "pace": Error: s3://data/lines.jsonl has no lines');
    expect([reason('null'), reason('{"a":1}')]).toEqual(['1 of 1 workers failed in the phase "pace": Error: null', '1 of 1 workers failed in the phase "pace": Error: {"a":1}']);
  });

  it('may have workers that begin 3 % of a slice apart, and not more, where it counts', () => {
    // Slices of 150 s.
    const apart = (phase: RunState['phase'], ms: number) => next(config, at(phase, { requestsPerSecond: 5 }), [sliceOf(phase, 5, { startedAt: 1e12 + ms }), sliceOf(phase, 5, { startedAt: 1e12 })]).ended?.reason;
    expect([apart('saturate', 4500), apart('pace', 4500), apart('warmUp', 60_000)]).toEqual([undefined, undefined, undefined]);
    expect(apart('saturate', 4501)).toBe('the workers began 4.5 s apart in the phase "full concurrency", more than 3 % of a slice of 150 s: let the account run more Lambda functions at a time, or lower load.concurrency');
    expect(apart('pace', 30_000)).toContain('the workers began 30 s apart in the phase "pace"');
  });

  it('fails alone: a run of nothing but failures ends too, each with its reason', () => {
    const { ends } = drive(configOf({ targets: [target('gpu', { batchSizes: [1, 2] }), target('neuron')] }), ({ phase }) => failedSlice(phase, { 'ModelError 500': 1 }));
    expect(ends).toEqual(Array(4).fill({ outcome: 'failed', reason: 'no request was answered in the phase "warm-up": 2 x ModelError 500' }));
  });
});

describe('the size of a run', () => {
  const sized = (concurrency: number, durationSeconds: number, warmUpSeconds: number, targets = [target('gpu')]) => {
    const config = configOf({ targets, settings: settingsOf({ concurrency, durationSeconds, warmUpSeconds }) });
    return [historyEvents(config), runSeconds(config)];
  };

  it('is its events and its seconds, with all waits', () => {
    // Slices: 18 of the first, 18 each of three others; 9 x 9 + 2 beside; 10 around. Half an hour of waits, and twice 8 minutes.
    expect(sized(1, 240, 60)).toEqual([10 + 4 * 18 + 83, 60 + 60 + 240 + 240 + 400 + 1800 + 960]);
    expect(sized(1, 240, 0)).toEqual([10 + 3 * 18 + 83, 60 + 240 + 240 + 300 + 1800 + 960]);
    expect(sized(65, 241, 60)).toEqual([10 + 18 + 25 + 4 * 25 + 85, 60 + 60 + 482 + 600 + 1800 + 960]);
  });

  it('grows with measurements', () => {
    const [one, two] = [sized(1, 240, 60), sized(1, 240, 60, [target('gpu', { batchSizes: [1, 2] }), target('neuron')])];
    expect(two).toEqual([10 + 4 * (one[0] - 10), 4 * one[1]]);
  });

  it('is too much for one execution where many workers work for long', () => {
    expect(sized(2560, 21_600, 60)[0]).toBeGreaterThan(50_000);
  });
});

describe('helpers of the plan', () => {
  it('shares a number in whole parts', () => {
    expect([shares(10, 3), shares(0, 0), shares(2, 3), shares(65, 2)]).toEqual([[4, 3, 3], [], [1, 1, 0], [33, 32]]);
  });

  it('has no rate without time', () => {
    expect([perSecond(5, 0), perSecond(0, 100), perSecond(5, 2000)]).toEqual([0, 0, 2.5]);
  });

  it('lists errors, the most frequent first, then by name', () => {
    expect(errorsText([failedSlice('pace', { b: 1, a: 1, c: 5 }, { a: '' })])).toBe('5 x c, 1 x a, 1 x b');
    expect(errorsText([])).toBe('');
  });
});
