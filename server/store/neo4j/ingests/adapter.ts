import type { IngestReader, IngestWriter } from "../../ingests/port.ts";
import { withCurrentState } from "../../ingests/state.ts";
import { readStoredSummary } from "../../ingests/stored-summary.ts";
import { type Queries, text, type Writes } from "../connection.ts";
import { isIngesting } from "./lease.ts";

export function ingestReader(queries: Queries): IngestReader {
  return {
    async all(limit) {
      const rows = await queries.run(
        "MATCH (i:Ingest) RETURN i.body AS body ORDER BY i.startedAt DESC, i.id LIMIT $limit",
        { limit },
      );
      return withCurrentState(
        rows.map((row) => readStoredSummary(text(row, "body"))),
        () => isIngesting(queries),
      );
    },
  };
}

export function ingestWriter(writes: Writes): IngestWriter {
  return {
    async put(summary) {
      writes.later("MERGE (i:Ingest {id: $id}) SET i.startedAt = $startedAt, i.body = $body", {
        id: summary.id,
        startedAt: summary.startedAt,
        body: JSON.stringify(summary),
      });
    },
  };
}
