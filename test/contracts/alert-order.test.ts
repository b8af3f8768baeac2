import fc from "fast-check";
import { expect, it } from "vitest";
import { incidentKey } from "../../server/alert/incident-key.ts";
import { exists } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { rule } from "../factories/alerts.ts";
import { inBatches, renamedHistory } from "../factories/histories.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { sqliteInTemporaryFolder } from "./stores.ts";

/** More runs look deeper: `LINEAGE_RUNS=1000`. */
const RUNS = Number(process.env["LINEAGE_RUNS"] ?? 25);

const detector = createDetector([rule({ condition: exists("event.code") })]);

/** What alerts say, after each of these batches was ingested. */
async function alertsAfter(batches: readonly (readonly StemmaEvent[])[]) {
  const { store, dispose } = await sqliteInTemporaryFolder();
  for (const batch of batches) {
    await ingestEvents(store, detector, batch);
  }
  const { items } = await store.alerts.find({ limit: Number.MAX_SAFE_INTEGER });
  await dispose();
  return items
    .map((alert) => ({
      incident: incidentKey(alert),
      host: alert.host,
      process: alert.processKey,
      time: alert.time,
      events: alert.sources.map(({ eventId }) => eventId).toSorted(),
    }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

it(
  "alerts depend on the set of events only, also where names of hosts and owners of exits become known late",
  async () => {
    await fc.assert(
      fc.asyncProperty(renamedHistory, async ({ events, shuffled, sizes }) => {
        const late = await alertsAfter(inBatches(shuffled, sizes));
        expect(late.flatMap((alert) => alert.events)).toHaveLength(events.length);
        expect(late).toEqual(await alertsAfter([events]));
      }),
      { numRuns: RUNS },
    );
  },
  RUNS * 5_000,
);
