/**
 * The same items, until `signal` is aborted: then its reason is thrown at once, even while the next item is awaited.
 * The source is told to end, but not waited for.
 */
export async function* untilAborted<T>(items: AsyncGenerator<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  let ended = false;
  try {
    signal?.throwIfAborted();
    for (;;) {
      const next = items.next();
      // Nobody waits for it after an interruption.
      next.catch(() => undefined);
      const item = await Promise.race([next, aborted.promise]);
      if (item.done === true) {
        ended = true;
        return;
      }
      yield item.value;
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    if (!ended) {
      const ending = items.return(undefined).catch(() => undefined);
      // A generator ends only between two items: one that waits for its source would keep the ingest waiting.
      if (signal?.aborted !== true) {
        await ending;
      }
    }
  }
}
