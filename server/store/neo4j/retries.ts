import { setTimeout } from "node:timers/promises";
import { failureOf, isLost } from "./failure.ts";

/** How long work is retried, in milliseconds. */
const RETRY_TIMEOUT = 10_000;
/** The pause before the first retry, in milliseconds. Each further pause is twice as long. */
const FIRST_PAUSE = 250;

/**
 * Retries work on transient failures and lost connections for some seconds, as the driver does for its managed
 * transactions. While the server is known not to respond, work is tried once, so that nobody waits for what others have
 * waited for in vain.
 */
export function retries(): <T>(work: () => Promise<T>) => Promise<T> {
  let lost = false;
  return async (work) => {
    const until = lost ? 0 : Date.now() + RETRY_TIMEOUT;
    for (let pause = FIRST_PAUSE; ; pause *= 2) {
      try {
        const result = await work();
        lost = false;
        return result;
      } catch (error) {
        const failure = failureOf(error);
        if (failure?.transient !== true) {
          throw error;
        }
        if (Date.now() + pause > until) {
          lost = isLost(failure);
          throw error;
        }
        await setTimeout(pause * (0.8 + 0.4 * Math.random()));
      }
    }
  };
}
