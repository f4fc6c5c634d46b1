import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as zlib from 'node:zlib';
import * as fc from 'fast-check';
import { crc32, StoredGzip } from '../../../src/model/core/stored-gzip';
import { tarEnd, tarHeader, tarPadding } from '../../../src/model/core/tar';

function gzip(...chunks: Uint8Array[]): Buffer {
  const out: Uint8Array[] = [];
  const frame = new StoredGzip((chunk) => out.push(Uint8Array.from(chunk)));
  for (const chunk of chunks) frame.add(chunk);
  frame.end();
  return Buffer.concat(out);
}

/** Reads an archive the way the standard says, independently of the writer. */
function untar(tar: Buffer): { path: string; mode: string; content: string }[] {
  const files: { path: string; mode: string; content: string }[] = [];
  let longPath: string | undefined;
  for (let at = 0; tar[at] !== 0;) {
    const field = (from: number, length: number) => tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(field(124, 12), 8);
    const content = tar.toString('utf8', at + 512, at + 512 + size);
    const stored = parseInt(field(148, 8), 8);
    const sum = tar.subarray(at, at + 512).reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    expect(sum).toBe(stored);
    expect(field(257, 6)).toBe('ustar');
    if (field(156, 1) === 'x') {
      const [, length, value] = /^(\d+) path=(.*)\n$/s.exec(content)!;
      expect(Number(length)).toBe(size);
      longPath = value;
    } else {
      const prefix = field(345, 155);
      files.push({ path: longPath ?? (prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`), mode: field(100, 8), content });
      longPath = undefined;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

function tarOf(files: Record<string, string>): Buffer {
  return Buffer.concat([
    ...Object.entries(files).flatMap(([name, text]) => {
      const content = Buffer.from(text);
      return [tarHeader(name, content.length), content, tarPadding(content.length)];
    }),
    tarEnd(),
  ]);
}

describe('tar', () => {
  test.each([
    ['a short name', 'config.json'],
    ['a name of 100 bytes', `${'d'.repeat(49)}/${'f'.repeat(50)}`],
    ['a name that has to be split', `${'d'.repeat(90)}/${'f'.repeat(90)}`],
    ['the longest prefix', `${'d'.repeat(155)}/${'f'.repeat(100)}`],
    ['a name too long for ustar', `${'d'.repeat(156)}/${'f'.repeat(101)}`],
    ['a file name of 200 bytes', 'f'.repeat(200)],
    ['a deep path', Array(30).fill('directory').join('/')],
    ['letters outside ASCII', 'modèle/größe.json'],
    ['a name that ends in a digit of its own length', 'x'.repeat(101)],
  ])('keeps %s', (_, name) => {
    expect(untar(tarOf({ [name]: 'content' }))).toEqual([{ path: name, mode: '0000644', content: 'content' }]);
  });

  test('fills blocks: 0, 1, 511, 512 and 513 bytes', () => {
    const files = Object.fromEntries([0, 1, 511, 512, 513].map((size) => [`f${size}`, 'x'.repeat(size)]));
    expect(untar(tarOf(files)).map((file) => file.content.length)).toEqual([0, 1, 511, 512, 513]);
    expect(tarOf(files).length % 512).toBe(0);
  });

  test('holds no time, owner or machine', () => {
    const header = tarHeader('config.json', 5);
    expect(header.toString('latin1', 108, 124).split('\u0000')).toEqual(['0000000', '0000000', '']);
    expect(header.toString('latin1', 136, 147)).toBe('00000000000');
    expect(header.subarray(265, 345).every((byte) => byte === 0)).toBe(true);
  });

  test('sizes up to the limit of the library fit the header', () => {
    expect(parseInt(tarHeader('f', 5 * 1024 ** 3).toString('latin1', 124, 135), 8)).toBe(5 * 1024 ** 3);
  });

  test('any path comes back', () => {
    const segment = fc.string({ minLength: 1, maxLength: 60 }).filter((name) => !/[\0/\n]/.test(name) && name.trim() !== '');
    fc.assert(fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
      const name = segments.join('/');
      expect(untar(tarOf({ [name]: 'x' })).map((file) => file.path)).toEqual([name]);
    }), { numRuns: 60 });
  });

  test('the system\'s own tar reads it', () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tar-test-'));
    const file = path.join(directory, 'model.tar.gz');
    const names = ['config.json', `${'d'.repeat(156)}/${'f'.repeat(101)}`, 'code/inference.py'];
    fs.writeFileSync(file, gzip(tarOf(Object.fromEntries(names.map((name) => [name, 'content'])))));
    const listed = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
    fs.rmSync(directory, { recursive: true });
    expect(listed).toEqual(names);
  });
});

describe('gzip', () => {
  test('crc of the standard\'s check text', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(Buffer.alloc(0))).toBe(0);
  });

  test.each([0, 1, 32767, 32768, 32769, 65534, 65535, 65536, 131070, 131071])('zlib reads %i bytes back', (size) => {
    const content = Buffer.alloc(size, 'model');
    expect(zlib.gunzipSync(gzip(content)).equals(content)).toBe(true);
  });

  test.each([[32768, 1], [65534, 1], [65535, 2], [65536, 2], [131070, 3]])('%i bytes take %i stored blocks, each with its own length', (size, count) => {
    const frame = gzip(Buffer.alloc(size, 'x'));
    const lengths: number[] = [];
    let at = 10;
    for (let last = false; !last;) {
      last = frame[at] === 1;
      const length = frame.readUInt16LE(at + 1);
      expect(frame.readUInt16LE(at + 3)).toBe(0xffff - length);
      lengths.push(length);
      at += 5 + length;
    }
    expect(at).toBe(frame.length - 8);
    expect(lengths).toHaveLength(count);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(size);
  });

  test('any content, cut anywhere, makes the same bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (content, cut) => {
      const whole = gzip(content);
      expect(gzip(content.subarray(0, cut), content.subarray(cut)).equals(whole)).toBe(true);
      expect(zlib.gunzipSync(whole).equals(Buffer.from(content))).toBe(true);
    }), { numRuns: 60 });
  });

  test('cuts across blocks leave no trace either', () => {
    const content = Buffer.alloc(200_000, 'weights');
    expect(gzip(content.subarray(0, 70_001), content.subarray(70_001, 70_002), content.subarray(70_002)).equals(gzip(content))).toBe(true);
  });

  test('is stored, not compressed: only the frame is added', () => {
    expect(gzip(Buffer.alloc(1000)).length).toBe(1000 + 10 + 5 + 8);
  });
});
