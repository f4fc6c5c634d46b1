import { Buffer } from 'node:buffer';

/**
 * A minimal, deterministic writer of tar archives (POSIX ustar, with pax headers
 * for long and non-ASCII names) inside a gzip frame.
 *
 * Nothing of the machine goes in: no times, no owners, one mode. The gzip frame
 * holds the bytes uncompressed ("stored" blocks), since what a compressor makes
 * of them depends on its version and on the processor.
 */
const BLOCK = 512;
const MODE = 0o644;

/** Header of one file; the content follows, padded to whole blocks. */
export function tarHeader(path: string, size: number): Buffer {
  const fitting = fitUstar(path);
  if (fitting !== undefined) return ustar(fitting.name, fitting.prefix, size, '0');
  const record = paxRecord('path', path);
  const body = Buffer.from(record, 'utf8');
  // The short name is for programs without pax; it must not depend on anything but the path.
  const short = Buffer.from(path, 'utf8').subarray(-90).toString('latin1').replace(/[^\x21-\x7e]/g, '_');
  return Buffer.concat([
    ustar('PaxHeader', '', body.length, 'x'),
    body, tarPadding(body.length),
    ustar(short, '', size, '0'),
  ]);
}

/** Zero bytes that fill the last block of a file's content. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - size % BLOCK) % BLOCK);
}

/** The two zero blocks that end an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/** Splits a path over ustar's name (100 bytes) and prefix (155 bytes), or says that it does not fit. */
function fitUstar(path: string): { name: string; prefix: string } | undefined {
  if (!/^[\x20-\x7e]*$/.test(path)) return undefined;
  if (path.length <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1 && at <= 155; at = path.indexOf('/', at + 1)) {
    if (at > 0 && path.length - at - 1 <= 100) return { name: path.slice(at + 1), prefix: path.slice(0, at) };
  }
  return undefined;
}

/** `<length> key=value\n`, where the length counts its own digits too. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes;
  while (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function ustar(name: string, prefix: string, size: number, type: '0' | 'x'): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) => header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 100, 'latin1');
  octal(MODE, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(prefix, 345, 155, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}
