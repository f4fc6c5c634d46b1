import * as fc from 'fast-check';
import { clip } from '../../../src/training/core/text';

const FACE = '\u{1F600}';
/** What is half a character, in a text of whole ones. */
const HALF = /\p{Surrogate}/u;
const most = fc.integer({ min: 7, max: 60 });

describe('a text', () => {
  test.each(['', 'a', 'two\nlines', 'x'.repeat(2000), FACE.repeat(1000)])('of at most 2,000 characters is whole: %#', (text) => expect(clip(text)).toBe(text));

  test('of one more has both of its ends', () => {
    const text = `${'a'.repeat(1000)}${'b'.repeat(1001)}`;
    expect(clip(text)).toBe(`${'a'.repeat(997)}\n...\n${'b'.repeat(997)}`);
    expect(clip('x'.repeat(1_000_000))).toBe(`${'x'.repeat(997)}\n...\n${'x'.repeat(997)}`);
  });

  test.each([
    ['abcdefghijk', 11, 'abcdefghijk'], ['abcdefghijkl', 11, 'abc\n...\njkl'], ['abcdefghijklm', 12, 'abc\n...\nklm'], ['abcdefgh', 7, 'a\n...\nh'],
  ])('%j to %p is %j', (text, length, clipped) => expect(clip(text, length)).toBe(clipped));

  test.each([
    ['at the first cut', `ab${FACE}cdefghijklm`, 'ab\n...\nklm'],
    ['at the second cut', `abcdefghijk${FACE}lm`, 'abc\n...\nlm'],
    ['at both', `ab${FACE}cdefghijk${FACE}lm`, 'ab\n...\nlm'],
    ['next to the cuts', `a${FACE}bcdefghijkl${FACE}m`, `a${FACE}\n...\n${FACE}m`],
  ])('has no half of a character %s', (_, text, clipped) => expect(clip(text, 11)).toBe(clipped));

  test('of whole characters stays one, is never longer than is said, and keeps its ends', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), most, (text, length) => {
      const clipped = clip(text, length);
      expect(clipped).not.toMatch(HALF);
      expect(clipped.length).toBeLessThanOrEqual(length);
      if (text.length <= length) {
        expect(clipped).toBe(text);
        return;
      }
      // The middle costs 5, a half that is odd 1, and each cut through a character 1.
      expect(clipped.length).toBeGreaterThanOrEqual(length - 3);
      const half = Math.floor((length - 5) / 2);
      const [first, last] = [clipped.slice(0, clipped.indexOf('\n...\n', half - 1)), clipped.slice(clipped.indexOf('\n...\n', half - 1) + 5)];
      expect(text.startsWith(first)).toBe(true);
      expect(text.endsWith(last)).toBe(true);
      for (const end of [first, last]) expect([half - 1, half]).toContain(end.length);
    }), { numRuns: 500 });
  });

  test('that was clipped is not clipped again', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), most, (text, length) => {
      expect(clip(clip(text, length), length)).toBe(clip(text, length));
    }));
  });
});
