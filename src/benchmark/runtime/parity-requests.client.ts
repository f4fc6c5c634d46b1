import { setTimeout as sleep } from 'node:timers/promises';
import type { Invoker } from './invoke.client';
import type { PayloadConfig } from '../core/types';

/** A benchmark counts each of these; here the same request once more says what the model answers. Not a request that took too long: the next one would, too. */
const PASSING = /^(ThrottlingException|ServiceUnavailable|InternalFailure|InternalDependencyException|ModelNotReadyException|ModelError (429|503)|E[A-Z]+)$/;
const PAUSES_MS = [1000, 4000];

/** The answer of a variant; what passes by itself is waited out. Fails with the name of the error that stayed. */
export async function ask(invoker: Invoker, variant: string, body: string, payload: PayloadConfig): Promise<string> {
  for (const pause of PAUSES_MS) {
    try {
      return await invoker.invoke(variant, body, payload);
    } catch (error) {
      if (!PASSING.test((error as Error).name)) throw error;
      await sleep(pause);
    }
  }
  return invoker.invoke(variant, body, payload);
}
