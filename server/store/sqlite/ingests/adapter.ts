import type { IngestReader, IngestWriter } from "../../ingests/port.ts";
import { withCurrentState } from "../../ingests/state.ts";
import { readStoredSummary } from "../../ingests/stored-summary.ts";
import { type Connection, text } from "../connection.ts";

/** `isIngesting`: whether some process holds the ingest lease now. */
export function ingestReader(connection: Connection, isIngesting: () => boolean): IngestReader {
  return {
    async all(limit) {
      const summaries = connection
        .prepare("SELECT body FROM ingests ORDER BY started_at DESC, id LIMIT ?")
        .all(limit)
        .map((row) => readStoredSummary(text(row, "body")));
      return withCurrentState(summaries, async () => isIngesting());
    },
  };
}

export function ingestWriter(connection: Connection): IngestWriter {
  return {
    async put(summary) {
      connection
        .prepare(
          `INSERT INTO ingests (id, started_at, body) VALUES (?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
        )
        .run(summary.id, summary.startedAt, JSON.stringify(summary));
    },
  };
}
