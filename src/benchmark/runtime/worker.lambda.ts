import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { withInvoker } from './invoke.client';
import { readDataset, writeResult } from './results.client';
import { batchOf, parseDataset } from '../core/dataset';
import { runLoad, type Clock } from '../core/load';
import { bodyOf } from '../core/payload';
import type { DatasetConfig, SliceResult, WorkerEvent } from '../core/types';

/** What the state machine carries on; everything else is in the result. */
export type WorkerSummary = Pick<WorkerEvent, 'variant' | 'worker' | 'slice' | 'result'> & Pick<SliceResult, 'phase' | 'elapsedMs' | 'requests' | 'answered' | 'errors' | 'notSent'>;

/** Timers fire up to a millisecond or two late. */
const TIMER_MS = 2;

/** Sleeps, and looks at the clock for the rest: a timer alone would make every latency longer. */
const clock: Clock = {
  now: () => performance.now(),
  until: async (moment) => {
    for (let left = moment - performance.now(); left > 0; left = moment - performance.now()) {
      await (left > TIMER_MS ? sleep(left - TIMER_MS) : turn());
    }
  },
};

/** Puts its share of the load on a variant for one slice, and keeps what it saw in S3. */
export async function handler(event: WorkerEvent): Promise<WorkerSummary> {
  const { endpoint, variant, worker, slice, payload, result: place } = event;
  const lines = await linesOf(event.dataset);
  const bodyOfRequest = (request: number) => bodyOf(payload, batchOf(lines, request, event));
  // What no request can be made of is said before the load, and not counted as its errors.
  bodyOfRequest(0);
  const result = await withInvoker(endpoint, event.concurrency, async (invoker) => runLoad(event, clock, async (request) => invoker.invoke(variant, bodyOfRequest(request), payload)));
  await writeResult(place, result);
  const { phase, elapsedMs, requests, answered, errors, notSent } = result;
  return { variant, worker, slice, phase, elapsedMs, requests, answered, errors, notSent, result: place };
}

let kept: { readonly place: string; readonly etag?: string; readonly lines: readonly string[] } | undefined;

/** The dataset: a container that has it already reads it again only when it was changed. */
async function linesOf(dataset: DatasetConfig): Promise<readonly string[]> {
  const place = `s3://${dataset.bucket}/${dataset.key}`;
  if (kept?.place !== place) kept = undefined;
  const read = await readDataset(dataset, kept?.etag);
  if (read !== undefined) kept = { place, etag: read.etag, lines: parseDataset(read.text, place) };
  return kept!.lines;
}
