/** The value of a promise, or `undefined` if it fails or takes longer than `milliseconds`. */
export async function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work(), late]);
  } catch {
    // Why a store does not answer is logged by the requests that need it; here only counts that it does not.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Repeats an expensive read at most every `milliseconds` (on the clock `now`), however many ask, and never twice at the
 * same time.
 */
export function rarely<T>(
  milliseconds: number,
  read: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined;
  let reading = false;
  return () => {
    if (last === undefined || (!reading && now() - last.at >= milliseconds)) {
      reading = true;
      const value = read().finally(() => {
        reading = false;
      });
      last = { at: now(), value };
    }
    return last.value;
  };
}
