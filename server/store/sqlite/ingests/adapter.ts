import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAllIngests, ingestPage } from "../../ingests/page.ts";
import type { IngestReader, IngestWriter } from "../../ingests/port.ts";
import { summaryOf } from "../../ingests/stored-summary.ts";
import { type Connection, number } from "../connection.ts";

/** `isIngesting`: whether some process holds the ingest lease now. */
export function ingestReader(connection: Connection, isIngesting: () => boolean): IngestReader {
  return {
    async get(id) {
      const row = connection.prepare("SELECT id, body FROM ingests WHERE id = ?").get(id);
      return row === undefined ? undefined : summaryOf(row);
    },
    async page({ cursor, limit }) {
      const after = decodeCursor(cursor, ["string", "string"]);
      const counted = connection.prepare("SELECT count(*) AS total FROM ingests").get();
      const rows = connection
        .prepare(
          `SELECT id, started_at AS startedAt, body FROM ingests WHERE started_at < ?1 OR (started_at = ?1 AND id > ?2)
           ORDER BY started_at DESC, id LIMIT ?3`,
        )
        .all(...(after ?? afterAllIngests), limit + 1);
      const total = counted === undefined ? 0 : number(counted, "total");
      return ingestPage(rows, { cursor, limit }, total, async () => isIngesting());
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
