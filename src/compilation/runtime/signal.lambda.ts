import { put } from './cloudformation.client';
import type { SignalEvent } from '../contract';
import { clipFront } from '../core/failure-text';

/** Signals the end of a compilation to the wait condition of a stack. */
export async function handler(event: SignalEvent): Promise<void> {
  const { handle, success, id, data, error } = event;
  await put(handle, JSON.stringify({
    Status: success ? 'SUCCESS' : 'FAILURE',
    UniqueId: id,
    Data: data,
    Reason: success ? 'compiled' : clipFront(error?.Cause ?? error?.Error ?? 'the compilation failed'),
  }));
}
