import { Buffer } from 'node:buffer';

/** Largest content of one stored block (RFC 1951, 3.2.4). */
const MAX_BLOCK = 0xffff;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) value = shiftRight(value, value % 2 === 1);
  return value;
});

function shiftRight(value: number, odd: boolean): number {
  const half = Math.floor(value / 2);
  // eslint-disable-next-line no-bitwise
  return odd ? (half ^ 0xedb88320) >>> 0 : half;
}

/** CRC-32 (RFC 1952, 8), continued from an earlier value; written out because Node has it only from 20.15 on. */
export function crc32(chunk: Uint8Array, previous = 0): number {
  /* eslint-disable no-bitwise */
  let crc = ~previous >>> 0;
  for (let i = 0; i < chunk.length; i++) crc = (TABLE[(crc ^ chunk[i]) & 0xff] ^ (crc >>> 8)) >>> 0;
  return ~crc >>> 0;
  /* eslint-enable no-bitwise */
}

/** A gzip frame (RFC 1952) around uncompressed blocks: same input, same bytes, on any machine and any version of Node. */
export class StoredGzip {
  private readonly block = Buffer.alloc(MAX_BLOCK);
  private filled = 0;
  private crc = 0;
  private length = 0;

  /** @param write takes each piece of the frame in order, and is done with it when it returns */
  constructor(private readonly write: (chunk: Uint8Array) => void) {
    // Method deflate, no flags, no time, no level, unknown system.
    write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]));
  }

  /** Adds content. Where it is cut into pieces leaves no trace in the frame. */
  public add(chunk: Uint8Array): void {
    this.crc = crc32(chunk, this.crc);
    this.length += chunk.length;
    for (let at = 0; at < chunk.length;) {
      const take = Math.min(MAX_BLOCK - this.filled, chunk.length - at);
      this.block.set(chunk.subarray(at, at + take), this.filled);
      this.filled += take;
      at += take;
      if (this.filled === MAX_BLOCK) this.flush(false);
    }
  }

  /** Ends the frame. */
  public end(): void {
    this.flush(true);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.crc, 0);
    trailer.writeUInt32LE(this.length % 2 ** 32, 4);
    this.write(trailer);
  }

  private flush(last: boolean): void {
    const head = Buffer.alloc(5);
    head.writeUInt8(last ? 1 : 0, 0);
    head.writeUInt16LE(this.filled, 1);
    head.writeUInt16LE(MAX_BLOCK - this.filled, 3);
    this.write(head);
    this.write(this.block.subarray(0, this.filled));
    this.filled = 0;
  }
}
