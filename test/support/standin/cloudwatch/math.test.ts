import { evaluate, type Value } from './math';

const PERIODS = [0, 60, 120];
const series = (...values: (number | undefined)[]): Value => new Map(values.flatMap((value, index) => value === undefined ? [] : [[PERIODS[index], value] as [number, number]]));
const KNOWN: Record<string, Value> = { a: series(1, 2, 3), b: series(10, undefined, 0), none: series(), zero: series(0, 0, 0) };

function of(text: string): (number | undefined)[] | number {
  const value = evaluate(text, { periods: PERIODS, value: (id) => KNOWN[id] });
  return typeof value === 'number' ? value : PERIODS.map((time) => value.get(time));
}

test.each<[string, (number | undefined)[] | number]>([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['2 ^ 3 - 1', 7],
  ['-a + 1', [0, -1, -2]],
  ['7 - 2 - 1', 4],
  ['1e3 / 4', 250],
  ['a * 2', [2, 4, 6]],
  ['a + b', [11, undefined, 3]],
  ['a / b', [0.1, undefined, undefined]],
  ['a / zero', [undefined, undefined, undefined]],
  ['a > 1', [0, 1, 1]],
  ['a >= 2 AND a < 3', [0, 1, 0]],
  ['a == 1 || a == 3', [1, 0, 1]],
  ['a != 1 && b > 0', [0, undefined, 0]],
  ['1 > 2 OR 1 > 0 AND 1 > 2', 0],
  ['FILL(b, 5)', [10, 5, 0]],
  ['FILL(b, a)', [10, 2, 0]],
  ['FILL(none, 0)', [0, 0, 0]],
  ['FILL(3, 0)', 3],
  ['IF(a > 1, 1, 0)', [0, 1, 1]],
  ['IF(a > 1, b, a)', [1, undefined, 0]],
  ['IF(b > 5, a)', [1, undefined, undefined]],
  ['IF(1 > 0, a, b)', [1, 2, 3]],
  ['IF(1 < 0, a)', [undefined, undefined, undefined]],
  ['IF(none > 0, 1, 0)', [undefined, undefined, undefined]],
  ['MAX([a, FILL(b, 0)])', [10, 2, 3]],
  ['MIN([a, zero])', [0, 0, 0]],
  ['SUM([a, a])', [2, 4, 6]],
  ['AVG([a, zero])', [0.5, 1, 1.5]],
  ['ABS(-a)', [1, 2, 3]],
])('%s is %j', (text, expected) => expect(of(text)).toEqual(expected));

test('an alarm on counts as a watchdog has it', () => {
  const known: Record<string, Value> = { inv_c: series(100, 10, 100), err_c: series(50, 10, 4), inv_g: series(1000, undefined, 1000), err_g: series(10, undefined, 5) };
  const value = evaluate('IF(inv_c >= 20 AND err_c/inv_c > 0.05 AND err_c/inv_c > 2*FILL(err_g/inv_g,0), 1, 0)', { periods: PERIODS, value: (id) => known[id] });
  expect([...value as Map<number, number>]).toEqual([[0, 1], [60, 0], [120, 0]]);
});

test.each<[string, string]>([
  ['1 +', "Error in expression '1 +': unexpected end"],
  ['(a', "Error in expression '(a': unexpected end"],
  ['a b', "Error in expression 'a b': unexpected b"],
  ['MAX([a)', "Error in expression 'MAX([a)': unexpected )"],
  ['ANOMALY_DETECTION_BAND(a)', "Error in expression 'ANOMALY_DETECTION_BAND(a)': unexpected ("],
  ['RATE(a)', 'Unsupported function in the stand-in: RATE'],
  ['a ; b', "Error in expression 'a ; b': unexpected ;"],
])('%s is refused', (text, message) => expect(() => of(text)).toThrow(message));
