import fc from 'fast-check';
import type { MetricConfig } from '../../../src/benchmark/core/parity';
import { isHopeless, judged, measured, NOTHING, tallied, talliedBatch, type LineResult, type ParityCheck, type Tally } from '../../../src/benchmark/core/parity-verdict';

const check = (kind: MetricConfig['kind'], more: Partial<ParityCheck> = {}): ParityCheck => ({
  metric: { kind }, tolerance: 0.01, goldenSet: { bucket: 'b', key: 'k' }, payload: { template: '{input}', contentType: 'application/json' }, ...kind === 'exactMatch' || kind === 'topLabel' ? {} : { minimumShare: 0.99 }, ...more,
});
const EXACT = check('exactMatch');
const COSINE = check('cosineSimilarity');

type Given = Omit<LineResult, 'line'>;
const all = (given: ParityCheck, lines: readonly Given[]): Tally => lines.reduce<Tally>((tally, one, i) => tallied(tally, given, { line: i + 1, ...one }), NOTHING);
const verdict = (given: ParityCheck, lines: readonly Given[], of = lines.length) => judged(given, all(given, lines), of);
const times = (count: number, one: Given): Given[] => Array.from({ length: count }, () => one);

const SAME: Given = { difference: 0 };
const OTHER: Given = { difference: 1 };
const FAILED: Given = { failure: { kind: 'ModelError 500', message: 'inf2: no' } };
const right = (reference: boolean, candidate: boolean): Given => ({ expects: true, difference: reference === candidate ? 0 : 1, right: { reference, candidate } });

describe('texts and labels', () => {
  test.each(['exactMatch', 'topLabel'] as const)('%s: so many may differ as the tolerance says, and not one more', (kind) => {
    expect(verdict(check(kind), [...times(99, SAME), OTHER])).toEqual({ outcome: 'passed', score: 0.01, reason: '1 of 100 answers differ, a share of 0.01; the tolerance is 0.01' });
    expect(verdict(check(kind), [...times(98, SAME), ...times(2, OTHER)])).toEqual({ outcome: 'differs', score: 0.02, reason: '2 of 100 answers differ, a share of 0.02; the tolerance is 0.01' });
  });

  test.each([[0, 1000], [0.07, 100], [0.29, 100], [0.57, 100], [1, 7]])('a tolerance of %p over %p lines is exact', (tolerance, lines) => {
    const most = Math.round(tolerance * lines);
    const outcome = (differing: number) => verdict({ ...EXACT, tolerance }, [...times(lines - differing, SAME), ...times(differing, OTHER)]).outcome;
    expect(outcome(most)).toBe('passed');
    if (most < lines) expect(outcome(most + 1)).toBe('differs');
  });

  test('a line that failed is a difference', () => {
    expect(verdict({ ...EXACT, tolerance: 0.02 }, [...times(98, SAME), OTHER, FAILED])).toMatchObject({ outcome: 'passed', score: 0.02 });
    expect(verdict({ ...EXACT, tolerance: 0.02 }, [...times(97, SAME), OTHER, OTHER, FAILED])).toEqual({ outcome: 'differs', score: 0.03, reason: '3 of 100 answers differ, a share of 0.03; the tolerance is 0.02' });
  });
});

describe('lines that say what they expect', () => {
  test('the candidate may lose that part of the accuracy of the reference', () => {
    const lines = (candidate: number) => [...times(candidate, right(true, true)), ...times(80 - candidate, right(true, false)), ...times(20, right(false, false))];
    expect(verdict({ ...EXACT, tolerance: 0.05 }, lines(76))).toEqual({ outcome: 'passed', score: 0.05, reason: 'the candidate is right in 76 of 100 lines, the reference in 80, a loss of 0.05; the tolerance is 0.05' });
    expect(verdict({ ...EXACT, tolerance: 0.05 }, lines(75))).toMatchObject({ outcome: 'differs', score: 0.0625 });
  });

  test('other answers that are as right are the same', () => {
    expect(verdict(EXACT, [...times(50, right(true, false)), ...times(50, right(false, true))])).toEqual({ outcome: 'passed', score: 0, reason: 'the candidate is right in 50 of 100 lines, the reference in 50, a loss of 0; the tolerance is 0.01' });
  });

  test('a better candidate has lost nothing', () => {
    expect(verdict(EXACT, [...times(9, right(false, true)), right(true, true)])).toMatchObject({ outcome: 'passed', score: 0 });
  });

  test('a reference that is never right says nothing', () => {
    expect(verdict(EXACT, times(5, right(false, false)))).toEqual({ outcome: 'failed', score: 0, reason: 'none of 5 answers of the reference is what its line expects: correct `expected`, or the path of the metric' });
  });

  test('a line that failed speaks against the candidate, whoever failed', () => {
    const tally = all(EXACT, [...times(99, right(true, true)), { ...FAILED, expects: true }]);
    expect(tally.expecting).toEqual({ lines: 100, reference: 100, candidate: 99 });
    expect(judged(EXACT, tally, 100)).toMatchObject({ outcome: 'passed', score: 0.01 });
  });

  test('beside lines that do not: both have to be right', () => {
    const good = times(100, right(true, true));
    expect(verdict(EXACT, [...good, ...times(100, SAME)])).toMatchObject({ outcome: 'passed', reason: 'the candidate is right in 100 of 100 lines, the reference in 100, a loss of 0; the tolerance is 0.01; 0 of 100 answers differ, a share of 0; the tolerance is 0.01' });
    expect(verdict(EXACT, [...good, ...times(98, SAME), OTHER, OTHER])).toEqual({ outcome: 'differs', score: 0.02, reason: '2 of 100 answers differ, a share of 0.02; the tolerance is 0.01' });
    expect(verdict(EXACT, [...times(98, right(true, true)), ...times(2, right(true, false)), ...times(100, SAME)])).toMatchObject({ outcome: 'differs', score: 0.02 });
  });
});

describe('numbers', () => {
  test('the mean is within the tolerance, and all lines but a few are', () => {
    expect(verdict(COSINE, [...times(99, { difference: 0.001 }), { difference: 0.5 }])).toEqual({
      outcome: 'passed', score: 0.00599, reason: 'the mean difference is 0.00599, the largest 0.5 in line 100; 99 of 100 lines are within the tolerance of 0.01, a share of 0.99 has to be',
    });
    expect(verdict(COSINE, [...times(98, SAME), { difference: 0.011 }, { difference: 0.011 }])).toMatchObject({ outcome: 'differs', score: 0.00022 });
    expect(verdict(COSINE, [...times(99, SAME), { difference: 2 }])).toMatchObject({ outcome: 'differs', score: 0.02 });
  });

  test('what is just at the tolerance is within it', () => {
    expect(verdict(COSINE, times(3, { difference: 0.01 }))).toMatchObject({ outcome: 'passed', score: 0.01 });
    expect(verdict(COSINE, times(3, { difference: 0.0100001 })).outcome).toBe('differs');
    expect(verdict({ ...COSINE, tolerance: 0 }, times(3, SAME))).toEqual({ outcome: 'passed', score: 0, reason: 'the mean difference is 0; 3 of 3 lines are within the tolerance of 0, a share of 0.99 has to be' });
  });

  test('a line that failed is not within it, and not in the mean', () => {
    const lines = [...times(99, { difference: 0.004 }), FAILED];
    expect(verdict(COSINE, lines)).toMatchObject({ outcome: 'passed', score: 0.004 });
    expect(measured(COSINE, all(COSINE, lines))).toMatchObject({ failed: 1, share: 0.99, mean: 0.004, failedByKind: { 'ModelError 500': 1 } });
    expect(verdict(COSINE, [...times(198, SAME), OTHER, OTHER, FAILED])).toMatchObject({ outcome: 'differs' });
  });

  test('half of the lines is enough where that is said', () => {
    expect(verdict({ ...COSINE, minimumShare: 0.5 }, [...times(2, SAME), ...times(2, { difference: 0.019 })])).toMatchObject({ outcome: 'passed', score: 0.0095 });
  });
});

describe('a function', () => {
  const LAMBDA = check('lambda');
  const scored = (...batches: { lines: number; score: number; pass?: boolean }[]) => {
    const lines = batches.reduce((sum, one) => sum + one.lines, 0);
    return judged(LAMBDA, batches.reduce(talliedBatch, all(LAMBDA, times(lines, {}))), lines);
  };

  test('its scores are weighed by lines', () => {
    expect(scored({ lines: 50, score: 0.004 }, { lines: 10, score: 0.04 })).toEqual({ outcome: 'passed', score: 0.01, reason: 'the function of the metric gave a score of 0.01 over 60 lines; the tolerance is 0.01' });
    expect(scored({ lines: 50, score: 0.005 }, { lines: 10, score: 0.04 }).outcome).toBe('differs');
  });

  test('it refuses, and lets pass', () => {
    expect(scored({ lines: 50, score: 0, pass: true }, { lines: 10, score: 0, pass: false })).toEqual({ outcome: 'differs', score: 0, reason: 'the function of the metric refused 10 of 60 lines, with a score of 0' });
    expect(scored({ lines: 50, score: 3, pass: true }, { lines: 10, score: 3, pass: true })).toEqual({ outcome: 'passed', score: 3, reason: 'the function of the metric let all 60 lines pass, with a score of 3' });
    expect(scored({ lines: 50, score: 3, pass: true }, { lines: 10, score: 3 })).toMatchObject({ outcome: 'differs', score: 3 });
  });

  test('lines that failed are not its own, and there may be a few', () => {
    const tally = talliedBatch(all(LAMBDA, [...times(99, {}), FAILED]), { lines: 99, score: 0 });
    expect(judged(LAMBDA, tally, 100)).toMatchObject({ outcome: 'passed' });
    expect(measured(LAMBDA, tally)).toEqual({ lines: 100, failed: 1, failedByKind: { 'ModelError 500': 1 }, mean: 0, examples: [{ line: 100, reason: 'ModelError 500: inf2: no' }] });
    expect(judged(LAMBDA, tallied(tally, LAMBDA, { line: 101, ...FAILED }), 101).outcome).toBe('failed');
  });
});

describe('too many failures', () => {
  test('cannot be judged: they are told, with the first one', () => {
    expect(verdict(EXACT, [...times(96, SAME), { failure: { kind: 'TimeoutError', message: 'gpu: no answer within 65 s' } }, ...times(3, FAILED)])).toEqual({
      outcome: 'failed', reason: '4 of 100 lines could not be compared (3 ModelError 500, 1 TimeoutError), where 1 may fail; line 97: TimeoutError: gpu: no answer within 65 s',
    });
  });

  test('what was not asked for is told', () => {
    expect(verdict(EXACT, times(10, FAILED), 500).reason).toBe('10 of 10 lines could not be compared (10 ModelError 500), and the rest of 500 lines was not asked for, where 5 may fail; line 1: ModelError 500: inf2: no');
  });

  test('a tolerance of 1 does not make a check of nothing', () => {
    expect(verdict({ ...EXACT, tolerance: 1 }, [FAILED])).toMatchObject({ outcome: 'failed' });
  });

  test.each([
    [EXACT, 100, 9, false], [EXACT, 100, 10, true], [EXACT, 1000, 10, false], [EXACT, 1000, 11, true], [{ ...EXACT, tolerance: 0.2 }, 100, 20, false], [{ ...EXACT, tolerance: 0.2 }, 100, 21, true],
    [COSINE, 2000, 20, false], [COSINE, 2000, 21, true], [{ ...COSINE, minimumShare: 0.5 }, 100, 50, false], [{ ...COSINE, minimumShare: 0.5 }, 100, 51, true],
  ])('%# ends a run as soon as nothing can change it', (given, lines, failed, hopeless) => {
    expect(isHopeless(given, { ...NOTHING, failed }, lines)).toBe(hopeless);
    if (hopeless) expect(judged(given, all(given, times(failed, FAILED)), lines).outcome).toBe('failed');
  });

  test('nothing at all', () => expect(judged(EXACT, NOTHING, 0)).toEqual({ outcome: 'failed', reason: 'the golden set has no lines' }));

  test('kinds beyond twenty are others', () => {
    const { byKind, failed } = all(EXACT, Array.from({ length: 30 }, (_, i) => ({ failure: { kind: `k${i}`, message: '' } })));
    expect(Object.keys(byKind)).toHaveLength(21);
    expect(byKind.others).toBe(10);
    expect(failed).toBe(30);
  });
});

describe('what is recorded', () => {
  test('shares, mean, the worst line, and accuracies', () => {
    const tally = all(EXACT, [right(true, true), right(true, false), right(false, false), { difference: 0 }]);
    expect(measured(EXACT, tally)).toEqual({
      lines: 4,
      failed: 0,
      failedByKind: {},
      mean: 0.25,
      share: 0.75,
      worst: { line: 2, difference: 1 },
      accuracy: { lines: 3, reference: 0.666666667, candidate: 0.333333333 },
      examples: [{ line: 2, reason: 'the answers differ, the reference is right' }],
    });
  });

  test('ten examples', () => {
    const { examples } = all(COSINE, [{ difference: 0.5 }, { difference: 1, note: '"A" and "B"' }, { expects: true, difference: 1, right: { reference: false, candidate: true } }, FAILED, ...times(20, OTHER)]);
    expect(examples.map(({ reason }) => reason)).toEqual(['difference 0.5', '"A" and "B"', 'the answers differ, the candidate is right', 'ModelError 500: inf2: no', ...Array.from({ length: 6 }, () => 'the answers differ')]);
    expect(examples[9].line).toBe(10);
  });

  test('no message is long', () => expect(all(EXACT, [{ failure: { kind: 'k', message: 'x'.repeat(1000) } }]).examples[0].reason).toHaveLength(300));
});

describe('whatever the lines are', () => {
  const line = fc.oneof(fc.constant(FAILED), fc.double({ min: 0, max: 2, noNaN: true }).map((difference) => ({ difference })));
  const labelled = fc.oneof(fc.constant(FAILED), fc.constant({ ...FAILED, expects: true }), fc.constantFrom(SAME, OTHER), fc.tuple(fc.boolean(), fc.boolean()).map(([a, b]) => right(a, b)));

  test('counts add up, and order does not matter', () => {
    fc.assert(fc.property(fc.array(labelled, { minLength: 1, maxLength: 60 }), (lines) => {
      const tally = all(EXACT, lines);
      expect(tally.lines).toBe(lines.length);
      expect(tally.compared + tally.failed).toBe(lines.length);
      expect(tally.plain.lines + tally.expecting.lines).toBe(lines.length);
      expect(Object.values(tally.byKind).reduce((sum, one) => sum + one, 0)).toBe(tally.failed);
      expect(judged(EXACT, all(EXACT, [...lines].reverse()), lines.length)).toMatchObject({ outcome: judged(EXACT, tally, lines.length).outcome });
    }));
  });

  test('a larger tolerance never refuses what a smaller one lets pass', () => {
    const tolerance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(fc.array(fc.oneof(labelled, line), { minLength: 1, maxLength: 60 }), tolerance, tolerance, (lines, a, b) => {
      const [small, large] = [Math.min(a, b), Math.max(a, b)];
      for (const given of [EXACT, COSINE]) {
        if (verdict({ ...given, tolerance: small }, lines).outcome === 'passed') expect(verdict({ ...given, tolerance: large }, lines).outcome).toBe('passed');
      }
    }));
  });

  test('one more difference, and one more failure, never makes it pass', () => {
    fc.assert(fc.property(fc.array(labelled, { minLength: 1, maxLength: 60 }), fc.constantFrom(OTHER, FAILED, right(true, false)), (lines, worse) => {
      // Replaced, not added: another line changes what a share is.
      const changed = lines.map((one, i) => i === 0 ? { ...worse, expects: one.expects } : one);
      const now = outcome(changed);
      if (outcome(lines) !== 'passed' && lines[0] === SAME) expect(now).not.toBe('passed');
    }));
    function outcome(lines: Given[]): string {
      return verdict({ ...EXACT, tolerance: 0.2 }, lines).outcome;
    }
  });

  test('all alike pass with a score of 0', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.constantFrom(EXACT, COSINE), (count, given) => {
      expect(verdict({ ...given, tolerance: 0 }, times(count, SAME))).toMatchObject({ outcome: 'passed', score: 0 });
    }));
  });
});
