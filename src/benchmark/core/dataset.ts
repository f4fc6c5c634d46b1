import type { Phase, WorkerEvent } from './types';

/** A worker holds it in memory. */
export const LARGEST_DATASET = 64 * 1024 * 1024;

/** A dataset that no request can be made of. Its name is what a state machine sees. */
export class DatasetRefused extends Error {
  readonly name = 'DatasetRefused';
}

/** The inputs of a dataset, each as the JSON that it is; `place` says in messages which dataset. Empty lines are none. */
export function parseDataset(text: string, place: string): string[] {
  checkSize(Buffer.byteLength(text), place);
  const lines: string[] = [];
  text.split('\n').forEach((line, i) => {
    const input = line.trim();
    if (input === '') return;
    if (!isJson(input)) throw new DatasetRefused(`line ${i + 1} of ${place} is no JSON: ${input.slice(0, 60)}`);
    lines.push(input);
  });
  if (lines.length === 0) throw new DatasetRefused(`${place} has no lines; write one input as JSON on each`);
  return lines;
}

/** Refuses what is too large, also before it is read. */
export function checkSize(bytes: number, place: string): void {
  if (bytes > LARGEST_DATASET) throw new DatasetRefused(`${place} has ${Math.ceil(bytes / 1024 / 1024)} MiB, at most 64 are allowed; take a part of it, it is read from the beginning again when it is over`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const PHASES: readonly Phase[] = ['first', 'warmUp', 'saturate', 'pace'];
/** Parts of a circle that are this far apart never come to lie on each other, however many there are. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The inputs of one request of a worker: the same for every variant. The workers of a slice take turns, so that together they read on from line to line; each
 * phase and slice begins elsewhere, or an endpoint that keeps the answers of its warm-up would only have to look them up.
 */
export function batchOf(lines: readonly string[], request: number, { batchSize, worker, workers, phase, slice }: Pick<WorkerEvent, 'batchSize' | 'worker' | 'workers' | 'phase' | 'slice'>): string[] {
  const turn = (PHASES.length * slice + PHASES.indexOf(phase)) * GOLDEN;
  const begin = Math.floor(lines.length * (turn - Math.floor(turn))) + (request * workers + worker) * batchSize;
  return Array.from({ length: batchSize }, (_, i) => lines[(begin + i) % lines.length]);
}
