import type { AuditRecord } from "#contracts/audit";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { storedRecord } from "../../audit/chain.ts";
import type { AuditHead, AuditLookup, AuditReader } from "../../audit/port.ts";
import { allOf, equalsIfSet } from "../clause.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import type { AuditAnchor } from "./anchor.ts";

const BATCH = 500;
const columns = "sequence, subject_kind, subject_id, body, hash";

/** The ids in `?2`, and of alerts their other ids. */
const isOneOf = `subject_id IN (
  WITH requested (id) AS (SELECT value FROM json_each(?2)),
    known (id) AS (SELECT id FROM requested
      UNION SELECT a.id FROM alert_aliases a JOIN requested r ON a.old_id = r.id WHERE ?1 = 'alert')
  SELECT id FROM known UNION SELECT a.old_id FROM alert_aliases a JOIN known k ON a.id = k.id WHERE ?1 = 'alert')`;

export function auditLookup(connection: Connection): AuditLookup {
  return {
    async about({ kind, ids }, { from = 0, limit = -1 }) {
      return connection
        .prepare(
          `SELECT ${columns} FROM audit WHERE subject_kind = ?1 AND ${ids === undefined ? "?2 IS NULL" : isOneOf}
           AND sequence >= ?3 ORDER BY sequence DESC LIMIT ?4`,
        )
        .all(kind, ids === undefined ? null : JSON.stringify(ids), from, limit)
        .map(auditRecordOf);
    },
  };
}

export function auditReader(connection: Connection, anchor: AuditAnchor): AuditReader {
  return {
    ...auditLookup(connection),
    async page(query) {
      const filter = allOf(...equalsIfSet("subject_kind", query.kind), ...equalsIfSet("subject_id", query.id));
      const [before, known] = decodeCursor(query.cursor, ["number", "number"]) ?? [Number.MAX_SAFE_INTEGER];
      const count = () =>
        connection.prepare(`SELECT count(*) AS total FROM audit WHERE ${filter.sql}`).get(...filter.parameters) ?? {};
      const total = known ?? number(count(), "total");
      const rows = connection
        .prepare(`SELECT ${columns} FROM audit WHERE ${filter.sql} AND sequence < ? ORDER BY sequence DESC LIMIT ?`)
        .all(...filter.parameters, before, query.limit + 1);
      const page = rows.slice(0, query.limit);
      const last = page.at(-1);
      return {
        items: page.map(auditRecordOf),
        total,
        ...(rows.length > page.length && last !== undefined
          ? { next: encodeCursor([number(last, "sequence"), total]) }
          : {}),
      };
    },
    async *all() {
      for (let after = 0; ; ) {
        const rows = connection
          .prepare(`SELECT ${columns} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`)
          .all(after, BATCH);
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        yield rows.map(auditRecordOf);
        after = number(last, "sequence");
      }
    },
    head: async () => auditHead(connection),
    noted: async () => anchor.noted(),
  };
}

export function auditRecordOf(row: Row): AuditRecord {
  return storedRecord({
    sequence: number(row, "sequence"),
    subject: { kind: text(row, "subject_kind"), id: text(row, "subject_id") },
    body: text(row, "body"),
    hash: text(row, "hash"),
  });
}

export function auditHead(connection: Connection): AuditHead | undefined {
  const row = connection.prepare("SELECT sequence, hash FROM audit_head").get();
  return row === undefined ? undefined : { sequence: number(row, "sequence"), hash: text(row, "hash") };
}

/** The last record that is there, which is the head unless one of the two was changed or removed. */
export function lastRecord(connection: Connection): AuditHead | undefined {
  const row = connection.prepare("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1").get();
  return row === undefined ? undefined : { sequence: number(row, "sequence"), hash: text(row, "hash") };
}
