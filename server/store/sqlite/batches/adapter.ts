import { isUnended } from "#contracts/batch";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { batchOf, batchPartOf } from "../../batches/body.ts";
import { itemCount, leftPage } from "../../batches/left.ts";
import type { BatchReader, BatchWriter } from "../../batches/port.ts";
import { readable } from "../../damage.ts";
import { type Connection, number, text } from "../connection.ts";

/** Changes of many incidents or alerts: see docs/decisions/0065. */
export const batchTables = `
  CREATE TABLE batches (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, ended INTEGER NOT NULL, body TEXT NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE INDEX batches_started ON batches (started_at, id);
  CREATE INDEX batches_unended ON batches (started_at) WHERE ended = 0;
  CREATE TABLE batch_parts (batch TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (batch, number))
    STRICT;
`;

/** What parts of batches left, by reason: see docs/decisions/0072. */
export const batchLeftTable = `
  CREATE TABLE batch_left (batch TEXT NOT NULL, code TEXT NOT NULL, number INTEGER NOT NULL, items INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (batch, code, number)) STRICT;
`;

export function batchReader(connection: Connection): BatchReader {
  return {
    async get(id) {
      const row = connection.prepare("SELECT id, body FROM batches WHERE id = ?").get(id);
      return row === undefined ? undefined : batchOf(row);
    },
    async page({ cursor, limit }) {
      const [at, id] = decodeCursor(cursor, ["string", "string"]) ?? ["~", ""];
      const rows = connection
        .prepare(
          `SELECT id, started_at, body FROM batches WHERE (started_at, id) < (?, ?)
           ORDER BY started_at DESC, id DESC LIMIT ?`,
        )
        .all(at, id, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: readable(page, batchOf),
        total: number(connection.prepare("SELECT count(*) AS total FROM batches").get() ?? {}, "total"),
        ...(rows.length > limit && last !== undefined
          ? { next: encodeCursor([text(last, "started_at"), text(last, "id")]) }
          : {}),
      };
    },
    unended: async () =>
      readable(
        connection.prepare("SELECT id, body FROM batches WHERE ended = 0 ORDER BY started_at, id").all(),
        batchOf,
      ),
    async part(batch, part) {
      const row = connection.prepare(
        "SELECT batch AS id, number, body FROM batch_parts WHERE batch = ? AND number = ?",
      );
      const found = row.get(batch, part);
      return found === undefined ? undefined : batchPartOf(found);
    },
    async left(batch, { code, ...page }) {
      const ofReason = "FROM batch_left WHERE batch = ? AND code = coalesce(?, code)";
      const counted = connection.prepare(`SELECT coalesce(sum(items), 0) AS total ${ofReason}`).get(batch, code);
      return leftPage(page, number(counted ?? {}, "total"), async (from, limit) =>
        connection
          .prepare(
            `SELECT batch AS id, code, number, body ${ofReason} AND (code, number) >= (?, ?) ORDER BY code, number LIMIT ?`,
          )
          .all(batch, code, from.code, from.number, limit),
      );
    },
  };
}

export function batchWriter(connection: Connection): BatchWriter {
  return {
    ...batchReader(connection),
    async put(batch) {
      connection
        .prepare(
          `INSERT INTO batches (id, started_at, ended, body) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, ended = excluded.ended, body = excluded.body`,
        )
        .run(batch.id, batch.startedAt, Number(!isUnended(batch)), JSON.stringify(batch));
      if (batch.state !== "waiting") {
        // Also a part of which every alert was left as it was is progress, which those who follow it want to see.
        connection.prepare("UPDATE alert_changes SET changes = changes + 1").run();
      }
    },
    async putPart(part) {
      connection
        .prepare(
          `INSERT INTO batch_parts (batch, number, body) VALUES (?, ?, ?)
           ON CONFLICT (batch, number) DO UPDATE SET body = excluded.body`,
        )
        .run(part.batch, part.number, JSON.stringify(part));
    },
    async putLeft(left) {
      connection
        .prepare(
          `INSERT INTO batch_left (batch, code, number, items, body) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT (batch, code, number) DO UPDATE SET items = excluded.items, body = excluded.body`,
        )
        .run(left.batch, left.code, left.number, itemCount(left), JSON.stringify(left));
    },
  };
}
