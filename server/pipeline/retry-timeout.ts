import { setTimeout } from "node:timers/promises";
import { StoreFailure } from "../store/failure.ts";

/** Between two looks whether the store is back, in milliseconds. */
const PAUSE = 500;

export interface RetryTimeout {
  /** How long to wait for a store that is gone, in milliseconds. */
  readonly atMost: number;
  readonly signal?: AbortSignal;
  /** Called again and again while the store is gone. */
  readonly onWaiting: () => void;
  /**
   * Takes everything up again that rests on the store; fails with a `StoreFailure` while it is still gone. `seconds` is how
   * long it was away.
   */
  readonly resume: (seconds: number) => Promise<void>;
}

/**
 * Does work on a store that may go away for a while (a server that is restarted): when it is back, the work is done again
 * from the beginning. So each piece of work has to be one write, or to leave everything as it was when done twice.
 */
export function withRetryTimeout(patience: RetryTimeout): <T>(work: () => Promise<T>) => Promise<T> {
  const back = async (failure: unknown): Promise<void> => {
    const since = performance.now();
    for (let last = failure; ; ) {
      const waited = performance.now() - since;
      if (!isLost(last) || waited > patience.atMost || patience.signal?.aborted === true) {
        throw last;
      }
      patience.onWaiting();
      await setTimeout(PAUSE);
      try {
        return await patience.resume((performance.now() - since) / 1000);
      } catch (error) {
        last = error;
      }
    }
  };
  return async (work) => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        await back(error);
      }
    }
  };
}

function isLost(error: unknown): boolean {
  return error instanceof StoreFailure && error.lost;
}
