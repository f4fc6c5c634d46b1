import * as fc from 'fast-check';
import { configOf, failedSlice, settingsOf, sliceOf, target } from './builders';
import { ended, errorsText, measurements, next, paceOf, perSecond, resultKeys, shares, start, workOf, type Next, type RunState, type WorkerFailure } from '../../../src/benchmark/core/plan';
import type { BenchmarkConfig, SliceResult, WorkerEvent } from '../../../src/benchmark/core/types';

/** A whole run, each slice answered by `answer`. */
function drive(config: BenchmarkConfig, answer: (event: WorkerEvent) => SliceResult | WorkerFailure = ({ phase }) => sliceOf(phase, 10)) {
  const [slices, ends]: [WorkerEvent[][], NonNullable<Next['ended']>[]] = [[], []];
  let state: RunState | undefined = start('run');
  let work: readonly WorkerEvent[] = workOf(config, state);
  while (state !== undefined) {
    slices.push([...work]);
    const following: Next = next(config, state, work.map(answer));
    if (following.ended !== undefined) ends.push(following.ended);
    ({ state, work } = following);
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
    expect(ends).toEqual([{ measurement: { round: 1, target: 0, batchSize: 16 }, outcome: 'measured' }, { measurement: { round: 1, target: 1, batchSize: 16 }, outcome: 'measured' }]);
  });

  it('leaves a warm-up of 0 seconds out', () => {
    expect(drive(configOf({ targets: [target('gpu')], settings: settingsOf({ warmUpSeconds: 0, durationSeconds: 10 }) })).slices.map(([{ phase }]) => phase)).toEqual(['first', 'saturate', 'pace']);
  });

  it('begins with one request of one worker', () => {
    const config = configOf();
    expect(start('run')).toEqual({ run: 'run', measurement: 0, phase: 'first', slice: 0, answered: 0, elapsedMs: 0 });
    expect(workOf(config, start('run'))).toEqual([{
      phase: 'first',
      endpoint: 'endpoint',
      variant: 'gpu',
      dataset: config.settings.dataset,
      payload: config.settings.payload,
      batchSize: 16,
      concurrency: 1,
      seconds: 60,
      worker: 0,
      workers: 1,
      slice: 0,
      result: { bucket: 'results', key: 'benchmark/runs/run/gpu/round-1-batch-16/first-0-0.json' },
    }]);
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
      ['benchmark/runs/run/neuron/round-2-batch-4/saturate-0-0.json', 'benchmark/runs/run/neuron/round-2-batch-4/saturate-0-1.json'],
      ['benchmark/runs/run/neuron/round-2-batch-4/saturate-1-0.json', 'benchmark/runs/run/neuron/round-2-batch-4/saturate-1-1.json'],
    ]);
    expect(resultKeys(configOf({ settings: settingsOf({ warmUpSeconds: 0 }) }), 'run', 0).warmUp).toEqual([]);
  });
});

describe('a measurement that fails', () => {
  const config = configOf();
  const at = (phase: RunState['phase'], over: Partial<RunState> = {}): RunState => ({ ...start('run'), phase, ...over });

  it('says which errors there were, how many, and the first message; the run goes on with the next variant', () => {
    const following = next(config, at('saturate'), [
      failedSlice('saturate', { 'TimeoutError': 3, 'ModelError 500': 10 }, { 'ModelError 500': 'out of "memory"' }),
      failedSlice('saturate', { 'ModelError 500': 2 }, { 'ModelError 500': 'another' }),
    ]);
    expect(following.ended).toEqual({
      measurement: { round: 1, target: 0, batchSize: 16 },
      outcome: 'failed',
      reason: 'no request was answered in the phase "full concurrency": 12 x ModelError 500 ("out of \\"memory\\""), 3 x TimeoutError',
    });
    expect(following.state).toEqual({ run: 'run', measurement: 1, phase: 'first', slice: 0, answered: 0, elapsedMs: 0 });
    expect(following.work.map(({ variant, phase }) => [variant, phase])).toEqual([['neuron', 'first']]);
  });

  it('does not fail for some errors', () => {
    const following = next(config, at('saturate'), [failedSlice('saturate', { 'ModelError 500': 9 }), sliceOf('saturate', 1)]);
    expect([following.ended, following.state?.slice]).toEqual([undefined, 1]);
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
    expect(next(config, first, [idle]).state).toMatchObject({ phase: 'pace', slice: 1, requestsPerSecond: 0.001 });
    expect(next(config, { ...second, answered: 1 }, [idle]).ended?.outcome).toBe('measured');
    expect(next(config, second, [idle]).ended?.reason).toBe('no request was sent in the phase "pace": it is too short for its rate');
  });

  it('ends the run when it is the last', () => {
    const end = { measurement: { round: 1, target: 1, batchSize: 16 }, outcome: 'failed', reason: 'no such variant' };
    expect(ended(config, { ...start('run'), measurement: 1 }, 'failed', 'no such variant')).toEqual({ work: [], ended: end });
  });

  it('fails alone: a run of nothing but failures ends too, each with its reason', () => {
    const { ends } = drive(configOf({ targets: [target('gpu', { batchSizes: [1, 2] }), target('neuron')] }), ({ phase }) => failedSlice(phase, { 'ModelError 500': 1 }));
    expect(ends.map(({ outcome, reason }) => [outcome, reason])).toEqual(Array(4).fill(['failed', 'no request was answered in the phase "first request": 1 x ModelError 500']));
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
