import * as fc from 'fast-check';
import { CAPACITY_PATTERNS, clipFront, lastErrorLines, MAX_REASON } from '../../../src/compilation/core/failure-text';

describe('lastErrorLines', () => {
  test.each([
    ['[ERROR] [NCC_EVRF004] Complex data types are not supported'], ['RuntimeError: boom'], ['ValueException in thread'], ['assert [NCC_IXYZ] x'],
    ['neuronx-cc failed with exit code 70'], ['Killed'], ['Traceback (most recent call last):'], ['CUDA out of memory'], ['OSError: No space left on device'],
  ])('%s tells something', (line) => {
    expect(lastErrorLines(['Exporting', line, 'Done'])).toEqual([line]);
  });

  test('of telling lines the last eight, in their order', () => {
    const lines = Array.from({ length: 12 }, (_, i) => `error ${i}`);
    expect(lastErrorLines(lines)).toEqual(lines.slice(4));
    expect(lastErrorLines(lines, 2)).toEqual(['error 10', 'error 11']);
  });

  test('of a log that tells nothing the last lines', () => {
    expect(lastErrorLines(['one', 'two  ', 'three'], 2)).toEqual(['two', 'three']);
  });

  test('blanks, dots and progress bars are no lines, whatever is in them', () => {
    expect(lastErrorLines(['', '   ', '....', ' 45%|####      | error 1/2', 'left'])).toEqual(['left']);
    expect(lastErrorLines([])).toEqual([]);
    expect(lastErrorLines(['  ', '100%|##########| 2/2'])).toEqual([]);
  });

  test('what is at the beginning of a line stays: it is the indentation of a trace', () => {
    expect(lastErrorLines(['  File "x.py", line 1, in error\r'])).toEqual(['  File "x.py", line 1, in error']);
  });
});

describe('clipFront', () => {
  test.each([['abc', 3, 'abc'], ['abcd', 4, 'abcd'], ['abcdef', 5, '...ef'], ['', 5, '']])('%p to %p is %p', (text, most, clipped) => {
    expect(clipFront(text, most)).toBe(clipped);
  });

  test('the end is always there, and the length is kept', () => {
    fc.assert(fc.property(fc.string({ maxLength: 3000 }), (text) => {
      const clipped = clipFront(text);
      expect(clipped.length).toBe(Math.min(text.length, MAX_REASON));
      expect(text.endsWith(clipped.length === text.length ? clipped : clipped.slice(3))).toBe(true);
    }), { numRuns: 100 });
  });

  test('a reason fits into what CloudFormation takes, in the longest spelling of UTF-8', () => {
    // 4,096 bytes for the data of a wait condition; most letters outside ASCII that a log has are of two bytes.
    expect(MAX_REASON).toBe(1500);
    expect(Buffer.byteLength(clipFront('ä'.repeat(5000)))).toBeLessThan(4096);
  });
});

test('capacity, as both kinds of job say it', () => {
  const matches = (text: string) => CAPACITY_PATTERNS.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text));
  expect(matches('CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.')).toBe(true);
  expect(matches('InternalServerError: Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.')).toBe(true);
  expect(matches('AlgorithmError: , exit code: 1')).toBe(false);
  expect(CAPACITY_PATTERNS).toEqual(['*CapacityError*', '*InsufficientCapacity*', '*Unable to provision requested ML compute capacity*']);
});
