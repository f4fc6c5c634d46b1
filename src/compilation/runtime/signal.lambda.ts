import { put } from './cloudformation.client';
import type { CompilationInput, ExecutionEvent, SignalEvent } from '../contract';
import { clipFront } from '../core/failure-text';

/**
 * Signals the end of a compilation to the wait condition of a stack: told by the state machine, or by EventBridge of an execution that could not
 * tell any more.
 */
export async function handler(event: SignalEvent | ExecutionEvent): Promise<void> {
  if ('detail' in event) return endedEarly(event);
  const { handle, success, id, data, error } = event;
  return put(handle, JSON.stringify({
    Status: success ? 'SUCCESS' : 'FAILURE',
    UniqueId: id,
    Data: data,
    Reason: success ? 'compiled' : clipFront(error?.Cause ?? error?.Error ?? 'the compilation failed'),
  }));
}

const ENDS: Readonly<Record<string, string>> = {
  ABORTED: 'the execution of the compilation was stopped',
  FAILED: 'the execution of the compilation failed',
  TIMED_OUT: 'the time to wait is over: what it was spent on is in the history of the execution',
};

async function endedEarly({ detail: { status, input, cause } }: ExecutionEvent): Promise<void> {
  const { handle } = JSON.parse(input ?? '{}') as CompilationInput;
  if (handle === undefined) return;
  const what = ENDS[status] ?? `the execution of the compilation ended as ${status}`;
  await put(handle, JSON.stringify({ Status: 'FAILURE', UniqueId: 'ended-early', Data: '', Reason: clipFront(cause ? `${what}: ${cause}` : what) }));
}
