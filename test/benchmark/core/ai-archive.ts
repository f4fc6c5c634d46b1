import { gzipSync } from 'node:zlib';

/** A tar archive as Python's `tarfile` writes it: ustar headers, and pax attributes for names that are too long. */
export function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const pax = `path=${name}\n`;
    const length = pax.length + 1 + String(pax.length + 4).length;
    return [...name.length > 100 ? [header('././@PaxHeader', length, 'x'), padded(Buffer.from(`${length} ${pax}`))] : [], header(name.slice(0, 100), Buffer.byteLength(text), '0'), padded(Buffer.from(text))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const archiveOf = (files: Readonly<Record<string, string>>): Buffer => gzipSync(tarOf(files));

export function header(name: string, size: number, type: string, prefix = ''): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write(size.toString(8).padStart(11, '0'), 124);
  block.write(type, 156);
  block.write('ustar\0' + '00', 257, 'latin1');
  block.write(prefix, 345);
  return block;
}

export function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - content.length % 512) % 512)]);
}

/** A summary as AIPerf 0.8 writes it; `more` takes the place of whole members. */
export function summaryOf(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    schema_version: '1.3',
    aiperf_version: '0.8.0',
    request_throughput: { unit: 'requests/sec', avg: 2 },
    output_token_throughput: { unit: 'tokens/sec', avg: 300 },
    request_count: { unit: 'requests', avg: 99 },
    error_request_count: { unit: 'requests', avg: 1 },
    input_sequence_length: { unit: 'tokens', avg: 550 },
    output_sequence_length: { unit: 'tokens', avg: 150 },
    time_to_first_token: { unit: 'ms', avg: 205, p50: 200, p90: 240, p95: 250, p99: 300, min: 100, max: 310, std: 30 },
    inter_token_latency: { unit: 'ms', avg: 21, p50: 20, p90: 24, p99: 30 },
    request_latency: { unit: 'ms', avg: 3250, p50: 3200, p99: 4800 },
    input_config: { endpoint: { model_names: ['m'] } },
    ...more,
  };
}
