import { setTimeout } from "node:timers/promises";
import { StoreFailure } from "../store/failure.ts";

/** Time between two attempts to reach the store, in milliseconds. */
const PAUSE = 500;

export interface RetryOptions {
  /** How long to wait for a store that is gone, in milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Called before each attempt while the store is gone. */
  readonly onWaiting: () => void;
  /**
   * Restores whatever depends on the store; throws a `StoreFailure` while the store is still gone. `seconds` is how
   * long it was gone.
   */
  readonly resume: (seconds: number) => Promise<void>;
}

/**
 * Runs work on a store that may be gone for a while, such as a server that restarts, and repeats it once the store is
 * back. Each piece of work must be one write or safe to repeat.
 */
export function withRetryTimeout(options: RetryOptions): <T>(work: () => Promise<T>) => Promise<T> {
  const waitForStore = async (failure: unknown): Promise<void> => {
    const since = performance.now();
    for (let last = failure; ; ) {
      const waited = performance.now() - since;
      if (!isLost(last) || waited > options.timeout || options.signal?.aborted === true) {
        throw last;
      }
      options.onWaiting();
      await setTimeout(PAUSE);
      try {
        return await options.resume((performance.now() - since) / 1000);
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
        await waitForStore(error);
      }
    }
  };
}

function isLost(error: unknown): boolean {
  return error instanceof StoreFailure && error.lost;
}
