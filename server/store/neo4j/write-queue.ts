import { StoreFailure, storeLost } from "../failure.ts";

export interface WriteQueue {
  /** Runs a write after those before it. Writes are numbered from 1. */
  run<T>(write: (number: number) => Promise<T>): Promise<T>;
  /** Resolves when the writes so far have ended, however they ended. */
  ended(): Promise<unknown>;
}

/**
 * One write of this process at a time. If the server does not respond to one, those that already wait behind it fail
 * with it: otherwise each would wait as long, one after the other.
 */
export function writeQueue(): WriteQueue {
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  /** The failure of a write, and the newest one that waited behind it. */
  let inVain: { readonly until: number; readonly failure: StoreFailure } | undefined;
  return {
    run(write) {
      count += 1;
      const number = count;
      const result = last.then(() => {
        if (inVain !== undefined && number <= inVain.until) {
          throw inVain.failure;
        }
        return write(number);
      });
      last = result.catch((error: unknown) => {
        if (error instanceof StoreFailure && error.lost && error !== inVain?.failure) {
          inVain = { until: count, failure: notBegun(error) };
        }
      });
      return result;
    },
    ended: () => last,
  };
}

/** Whatever is known of the write that failed: those behind it have not begun. */
function notBegun({ problem }: StoreFailure): StoreFailure {
  return new StoreFailure({
    code: storeLost,
    message: "Neo4j does not respond: the write before this one waited in vain",
    at: problem.at,
    remedy: "Check the address and that the server is running. Nothing of this change was stored.",
  });
}
