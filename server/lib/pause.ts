import { setImmediate } from "node:timers/promises";

/**
 * Between two pieces of long work: lets signals and timers through, which a store in a file would keep out because it
 * answers within the same turn of the event loop. Throws the reason of `signal` if it is aborted.
 */
export async function pauseUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** In milliseconds: how long work that holds the thread goes on before it lets requests through. */
const SLICE = 20;

/** For a loop that cannot be split: to be awaited in every round, it lets requests through every few milliseconds. */
export function pauses(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since > SLICE) {
      await setImmediate();
      since = performance.now();
    }
  };
}
