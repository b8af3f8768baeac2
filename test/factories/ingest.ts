import type { IngestSummary } from "#contracts/ingest";
import type { Detector } from "../../server/detection/rule.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { T0 } from "./events.ts";

/** Ingests events through the whole pipeline, as if they were read from one file. */
export function ingestEvents(
  store: Store,
  detector: Detector,
  events: readonly StemmaEvent[],
  now: number = T0 + 3_600_000,
): Promise<IngestSummary> {
  async function* batches() {
    yield {
      file: "test",
      events: events.map((event) => ({ event, original: {} })),
      problems: [],
      ignored: [],
      bytes: 0,
      fileStart: true,
      fileDone: true,
    };
  }
  return ingest({ store, detector, paths: ["test"], batches: batches(), actor: { name: "tester" }, clock: () => now });
}
