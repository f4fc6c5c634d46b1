/**
 * A value that may still be on its way. In-memory stores answer at once, so that virtual time never waits for the event loop;
 * stores behind HTTP answer with a promise, and what depends on the answer waits for it.
 */
export type Eventually<T> = T | Promise<T>;

/** `next` with the value: at once when it is there. */
export function andThen<T, R>(value: Eventually<T>, next: (value: T) => Eventually<R>): Eventually<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** One step after the other, each only when the one before is done. The results are in the order of the items. */
export function inOrder<T, R>(items: readonly T[], step: (item: T) => Eventually<R>): Eventually<R[]> {
  return items.reduce<Eventually<R[]>>(
    (before, item) => andThen(before, (results) => andThen(step(item), (result) => [...results, result])),
    [],
  );
}

/** Runs `action`; what it throws, now or later, goes to `failed`. */
export function guarded(action: () => Eventually<void>, failed: (error: Error) => void): Eventually<void> {
  try {
    const done = action();
    return done instanceof Promise ? done.catch(failed) : done;
  } catch (error) {
    failed(error as Error);
  }
}
