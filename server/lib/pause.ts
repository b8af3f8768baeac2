import { setImmediate } from "node:timers/promises";

/**
 * Between two pieces of long work: lets signals and timers through, which a store in a file would keep out because it
 * answers within the same turn of the event loop. Throws the reason of `signal` if it is aborted.
 */
export async function pauseUnlessAborted(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
