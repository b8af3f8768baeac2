import type { IngestSummary } from "#contracts/ingest";
import type { IngestReader } from "../../ingests/port.ts";
import { withCurrentState } from "../../ingests/state.ts";
import { readStoredSummary } from "../../ingests/stored-summary.ts";
import { type Connection, text } from "../connection.ts";

/** `isRunning` tells whether some process is ingesting now. */
export function ingestReader(connection: Connection, isRunning: () => boolean): IngestReader {
  return {
    async all(limit) {
      const summaries = connection
        .prepare("SELECT body FROM ingests ORDER BY started_at DESC, id LIMIT ?")
        .all(limit)
        .map((row) => readStoredSummary(text(row, "body")));
      return withCurrentState(summaries, async () => isRunning());
    },
  };
}

export function putIngest(connection: Connection, summary: IngestSummary): void {
  connection
    .prepare(
      `INSERT INTO ingests (id, started_at, body) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
    )
    .run(summary.id, summary.startedAt, JSON.stringify(summary));
}
