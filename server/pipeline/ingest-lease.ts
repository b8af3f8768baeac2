import { setTimeout } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";

/** How often a waiting ingest tries to get the lease, in milliseconds. */
const INTERVAL = 250;

/** The store's lease to ingest, which one ingest holds at a time. See docs/decisions/0018. */
export class IngestLease {
  readonly #store: Store;
  readonly #signal: AbortSignal | undefined;
  readonly #onWaiting: () => void;
  #release: (() => Promise<void>) | undefined;

  constructor(store: Store, signal: AbortSignal | undefined, onWaiting: () => void) {
    this.#store = store;
    this.#signal = signal;
    this.#onWaiting = onWaiting;
  }

  /** Waits until no other ingest holds the lease. Fails if the store refuses it, or without a problem on abort. */
  async acquire(): Promise<Result<undefined, Problem | undefined>> {
    for (;;) {
      const lease = await this.#store.ingestLease();
      if (lease.ok) {
        this.#release = lease.value.release;
        return ok(undefined);
      }
      if (lease.error.code !== "store.ingest-running") {
        return fail(lease.error);
      }
      if (this.#signal?.aborted === true) {
        return fail(undefined);
      }
      this.#onWaiting();
      await setTimeout(INTERVAL);
    }
  }

  /** Acquires the lease again after the connection to the store was lost. */
  async renew(): Promise<void> {
    await this.release();
    await this.acquire();
  }

  async release(): Promise<void> {
    await this.#release?.();
    this.#release = undefined;
  }
}
