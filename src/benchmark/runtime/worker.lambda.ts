import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { withInvoker } from './invoke.client';
import { readDataset, writeResult } from './results.client';
import { batchOf, parseDataset } from '../core/dataset';
import { runLoad, type Clock } from '../core/load';
import { bodyOf } from '../core/payload';
import type { DatasetConfig, SliceResult, WorkerEvent } from '../core/types';

/** What people see of it in the execution; everything else is in the result. */
export type WorkerSummary = Pick<WorkerEvent, 'worker'> & Pick<SliceResult, 'requests' | 'answered' | 'notSent'>;

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

/** A worker that waits for the others waits no longer: what is further away is another clock, and the result says when it began. */
const LONGEST_WAIT_MS = 30_000;

/** Puts its share of the load on a variant for one slice, and keeps what it saw in S3. */
export async function handler(event: WorkerEvent): Promise<WorkerSummary> {
  const { endpoint, variant, worker, payload, result: place } = event;
  const { lines, etag } = await datasetOf(event.dataset);
  const bodyOfRequest = (request: number) => bodyOf(payload, batchOf(lines, request, event));
  // What no request can be made of is said before the load, and not counted as its errors.
  bodyOfRequest(0);
  const wait = event.startAt - Date.now();
  if (wait <= LONGEST_WAIT_MS) await clock.until(performance.now() + wait);
  const startedAt = Date.now();
  const seen = await withInvoker(endpoint, event.concurrency, async (invoker) => runLoad(event, clock, async (request) => invoker.invoke(variant, bodyOfRequest(request), payload)));
  const result: SliceResult = { ...seen, startedAt, ...etag === undefined ? {} : { dataset: etag } };
  await writeResult(place, result);
  const { requests, answered, notSent } = result;
  return { worker, requests, answered, notSent };
}

interface Dataset {
  readonly lines: readonly string[];
  readonly etag?: string;
}

let kept: Dataset & { readonly place: string } | undefined;

/** A container that has the dataset already reads it again only when it was changed. */
async function datasetOf(dataset: DatasetConfig): Promise<Dataset> {
  const place = `s3://${dataset.bucket}/${dataset.key}`;
  if (kept?.place !== place) kept = undefined;
  const read = await readDataset(dataset, kept?.etag);
  if (read !== undefined) kept = { place, etag: read.etag, lines: parseDataset(read.text, place) };
  return kept!;
}
