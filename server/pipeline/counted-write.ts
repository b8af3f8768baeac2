import type { Raised } from "../alerting/raise.ts";
import type { Store, StoreTransaction } from "../store/port.ts";
import type { IngestCounters } from "./counters.ts";

/** A write that raises alerts without storing events. What it raised is counted in the summary by the same write. */
export type CountedWrite = (work: (transaction: StoreTransaction) => Promise<Raised>) => Promise<void>;

/** `clock` in epoch milliseconds. */
export function countedWrite(store: Store, counters: IngestCounters, clock: () => number): CountedWrite {
  return async (work) => {
    const raised = await store.write(async (transaction) => {
      const done = await work(transaction);
      if (done.alerts > 0 || done.suppressed > 0) {
        await transaction.ingests.put(counters.summary("running", clock(), { events: 0, duplicates: 0, ...done }));
      }
      return done;
    });
    counters.addRaised(raised);
  };
}
