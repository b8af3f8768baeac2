import { decodeCursor } from "../../../lib/cursor.ts";
import { afterAllIngests, ingestPage } from "../../ingests/page.ts";
import type { IngestReader, IngestWriter } from "../../ingests/port.ts";
import { summaryOf } from "../../ingests/stored-summary.ts";
import type { Queries, Writes } from "../connection.ts";
import { number } from "../row.ts";
import { isIngesting } from "./lease.ts";

export function ingestReader(queries: Queries): IngestReader {
  return {
    async get(id) {
      const [row] = await queries.run("MATCH (i:Ingest {id: $id}) RETURN i.id AS id, i.body AS body", { id });
      return row === undefined ? undefined : summaryOf(row);
    },
    async page({ cursor, limit }) {
      const [startedAt, id] = decodeCursor(cursor, ["string", "string"]) ?? afterAllIngests;
      const [counted] = await queries.run("MATCH (i:Ingest) RETURN count(i) AS total");
      const rows = await queries.run(
        `MATCH (i:Ingest) WHERE i.startedAt < $startedAt OR (i.startedAt = $startedAt AND i.id > $id)
         RETURN i.id AS id, i.startedAt AS startedAt, i.body AS body ORDER BY i.startedAt DESC, i.id LIMIT $limit`,
        { startedAt, id, limit: limit + 1 },
      );
      const total = counted === undefined ? 0 : number(counted, "total");
      return ingestPage(rows, { cursor, limit }, total, () => isIngesting(queries));
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
