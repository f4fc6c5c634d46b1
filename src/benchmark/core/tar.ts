/** A file out of an archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;
const TYPE = { file: ['0', '\0', '7'], longName: 'L', attributes: 'x' };

/**
 * The wanted files of a tar archive (POSIX ustar and pax, GNU long names), as it comes in; the others are passed over and never held.
 *
 * @param limit bytes that a wanted file may have
 * @throws when the archive is none, ends too early, or a wanted file is larger
 */
export async function tarFiles(chunks: AsyncIterable<Uint8Array>, wanted: (name: string) => boolean, limit: number): Promise<ArchivedFile[]> {
  const bytes = new Bytes(chunks);
  const found: ArchivedFile[] = [];
  let longName: string | undefined;
  for (;;) {
    const header = await bytes.take(BLOCK, true);
    // Two empty blocks are the end; writers forget them.
    if (header === undefined || header.every((byte) => byte === 0)) return found;
    if (header.toString('latin1', 257, 262) !== 'ustar') throw new Error('it is no tar archive');
    const size = sizeIn(header);
    const rest = (BLOCK - size % BLOCK) % BLOCK;
    const type = header.toString('latin1', 156, 157);
    const name = longName ?? nameIn(header);
    const named = type === TYPE.longName || type === TYPE.attributes;
    longName = undefined;
    if (named || (TYPE.file.includes(type) && wanted(name))) {
      if (size > limit) throw new Error(`${name} in it has ${size} bytes, more than ${limit}`);
      const text = (await bytes.take(size))!.toString('utf8');
      if (type === TYPE.longName) longName = textTo(text, '\0');
      else if (type === TYPE.attributes) longName = /^\d+ path=(.+)$/m.exec(text)?.[1];
      else found.push({ name, text });
      await bytes.skip(rest);
    } else {
      await bytes.skip(size + rest);
    }
  }
}

const textTo = (text: string, end: string): string => text.split(end)[0];
const field = (header: Buffer, from: number, length: number): string => textTo(header.toString('utf8', from, from + length), '\0');

function nameIn(header: Buffer): string {
  const prefix = field(header, 345, 155);
  return `${prefix === '' ? '' : `${prefix}/`}${field(header, 0, 100)}`;
}

function sizeIn(header: Buffer): number {
  const digits = field(header, 124, 12).trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error('a file in it has no size');
  return parseInt(digits, 8);
}

/** Bytes by the number, of chunks as they come. */
class Bytes {
  private readonly source: AsyncIterator<Uint8Array>;
  private held = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.source = chunks[Symbol.asyncIterator]();
  }

  /** So many; undefined at the end, where that `mayEnd`. */
  async take(count: number, mayEnd = false): Promise<Buffer | undefined> {
    const parts: Buffer[] = [this.held];
    let length = this.held.length;
    while (length < count) {
      const { value, done } = await this.source.next();
      if (done === true) {
        if (mayEnd && length === 0) return undefined;
        throw new Error('it ends in the middle');
      }
      parts.push(Buffer.from(value));
      length += value.length;
    }
    const all = Buffer.concat(parts);
    this.held = all.subarray(count);
    return all.subarray(0, count);
  }

  async skip(count: number): Promise<void> {
    let left = count;
    while (left > this.held.length) {
      left -= this.held.length;
      const { value, done } = await this.source.next();
      if (done === true) throw new Error('it ends in the middle');
      this.held = Buffer.from(value);
    }
    this.held = this.held.subarray(left);
  }
}
