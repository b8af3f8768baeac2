import { setTimeout } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import type { Result } from "../lib/result.ts";
import { storeLost } from "../store/failure.ts";
import type { Store } from "../store/port.ts";

/** Milliseconds between two attempts. */
const PAUSE = 1_000;

/**
 * Opens the store of a server. A database that does not respond yet is waited for: a machine may start it later than
 * the server. `onWaiting` is called once, before the wait. Anything else that is wrong does not pass by itself.
 */
export async function openWhenUp(
  open: () => Promise<Result<Store, Problem>>,
  options: { readonly timeout: number; readonly signal?: AbortSignal; readonly onWaiting: (problem: Problem) => void },
): Promise<Result<Store, Problem>> {
  const until = performance.now() + options.timeout;
  for (let attempt = 1; ; attempt += 1) {
    const opened = await open();
    if (opened.ok || opened.error.code !== storeLost) {
      return opened;
    }
    if (options.signal?.aborted === true || performance.now() + PAUSE > until) {
      return opened;
    }
    if (attempt === 1) {
      options.onWaiting(opened.error);
    }
    await setTimeout(PAUSE, undefined, { signal: options.signal }).catch(() => undefined);
  }
}
