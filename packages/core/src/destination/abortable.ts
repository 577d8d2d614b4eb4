import { throwIfAborted } from '../errors.ts';

/** Settles as `promise` does, or rejects with ABORTED as soon as the signal fires; what is under way then goes on unseen. */
export const abortable = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  if (signal.aborted) promise.catch(() => {});
  throwIfAborted(signal);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => {
    try {
      throwIfAborted(signal);
    } catch (error) {
      reject(error);
    }
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

/** Yields what `items` yields, and throws ABORTED as soon as the signal fires, even while `items` hangs. `watch` waits for each of them. */
export async function* abortableItems<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
  watch: typeof abortable = abortable,
): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      throwIfAborted(signal);
      const next = await watch(iterator.next(), signal);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited after an abort: the return of a hanging generator waits for the hanging step.
    const returned = ended ? undefined : iterator.return?.();
    if (signal.aborted) returned?.catch(() => {});
    else await returned;
  }
}
