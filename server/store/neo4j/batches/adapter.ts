import { isUnended } from "#contracts/batch";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { batchOf, batchPartOf } from "../../batches/body.ts";
import { itemCount, leftPage } from "../../batches/left.ts";
import type { BatchReader, BatchWriter } from "../../batches/port.ts";
import { readable } from "../../damage.ts";
import type { Queries, Writes } from "../connection.ts";
import { number, text } from "../row.ts";
import { index, unique } from "../schema.ts";

export const batchSchema: readonly string[] = [
  unique("batch_id", "Batch", "id"),
  index("batch_started", "Batch", "startedAt"),
  index("batch_ended", "Batch", "ended"),
  unique("batch_part", "BatchPart", "batch", "number"),
];

/** What parts of batches left, by reason: see docs/decisions/0072. */
export const batchLeftSchema: readonly string[] = [
  unique("batch_left", "BatchLeft", "batch", "code", "number"),
  index("batch_left_of", "BatchLeft", "batch"),
];

export function batchReader(queries: Queries): BatchReader {
  return {
    async get(id) {
      const [row] = await queries.run("MATCH (b:Batch {id: $id}) RETURN b.id AS id, b.body AS body", { id });
      return row === undefined ? undefined : batchOf(row);
    },
    async page({ cursor, limit }) {
      const [at, id] = decodeCursor(cursor, ["string", "string"]) ?? ["~", ""];
      const [rows, [counted]] = await Promise.all([
        queries.run(
          `MATCH (b:Batch) WHERE b.startedAt < $at OR b.startedAt = $at AND b.id < $id
           RETURN b.id AS id, b.startedAt AS startedAt, b.body AS body
           ORDER BY startedAt DESC, id DESC LIMIT ${Math.trunc(limit) + 1}`,
          { at, id },
        ),
        queries.run("MATCH (b:Batch) RETURN count(b) AS total"),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: readable(page, batchOf),
        total: number(counted ?? {}, "total"),
        ...(rows.length > limit && last !== undefined
          ? { next: encodeCursor([text(last, "startedAt"), text(last, "id")]) }
          : {}),
      };
    },
    async unended() {
      const rows = await queries.run(
        "MATCH (b:Batch {ended: false}) RETURN b.id AS id, b.body AS body ORDER BY b.startedAt, b.id",
      );
      return readable(rows, batchOf);
    },
    async part(batch, part) {
      const [row] = await queries.run(
        "MATCH (p:BatchPart {batch: $batch, number: $part}) RETURN p.batch AS id, p.number AS number, p.body AS body",
        { batch, part },
      );
      return row === undefined ? undefined : batchPartOf(row);
    },
    async left(batch, { code, ...page }) {
      const ofReason = "MATCH (l:BatchLeft {batch: $batch}) WHERE l.code = coalesce($code, l.code)";
      const asked = { batch, code: code ?? null };
      const [counted] = await queries.run(`${ofReason} RETURN sum(l.items) AS total`, asked);
      return leftPage(page, number(counted ?? {}, "total"), (from, limit) =>
        queries.run(
          `${ofReason} AND (l.code > $from OR l.code = $from AND l.number >= $number)
           WITH l ORDER BY l.code, l.number LIMIT ${Math.trunc(limit)}
           RETURN l.batch AS id, l.code AS code, l.number AS number, l.body AS body ORDER BY code, number`,
          { ...asked, from: from.code, number: from.number },
        ),
      );
    },
  };
}

export function batchWriter(writes: Writes): BatchWriter {
  return {
    ...batchReader(writes),
    async put(batch) {
      writes.later("MERGE (b:Batch {id: $id}) SET b.startedAt = $startedAt, b.ended = $ended, b.body = $body", {
        id: batch.id,
        startedAt: batch.startedAt,
        ended: !isUnended(batch),
        body: JSON.stringify(batch),
      });
    },
    async putPart(part) {
      writes.later("MERGE (p:BatchPart {batch: $batch, number: $number}) SET p.body = $body", {
        batch: part.batch,
        number: part.number,
        body: JSON.stringify(part),
      });
    },
    async putLeft(left) {
      writes.later(
        "MERGE (l:BatchLeft {batch: $batch, code: $code, number: $number}) SET l.items = $items, l.body = $body",
        {
          ...{ batch: left.batch, code: left.code, number: left.number },
          ...{ items: itemCount(left), body: JSON.stringify(left) },
        },
      );
    },
  };
}
