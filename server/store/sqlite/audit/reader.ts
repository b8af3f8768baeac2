import type { AuditRecord } from "#contracts/audit";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { storedRecord } from "../../audit/chain.ts";
import type { AuditHead, AuditLookup, AuditReader } from "../../audit/port.ts";
import { auditTime, LATEST } from "../../audit/times.ts";
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

/** The time of a record, in ISO 8601, which sorts as text. It is part of the body, which may be damaged. */
const time = "CASE WHEN json_valid(body) THEN json_extract(body, '$.at') END";

/** Records by the time of their change. */
export const auditTimeIndex = `
  CREATE INDEX audit_time ON audit (${time}, sequence);
`;

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
  const after = (sequence: number, limit: number) =>
    connection
      .prepare(`SELECT ${columns} FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?`)
      .all(sequence, limit)
      .map(auditRecordOf);
  return {
    ...auditLookup(connection),
    after: async (sequence, limit) => after(sequence, limit),
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
    async *within({ from, to = LATEST }) {
      const until = auditTime(to);
      for (let [at, sequence] = [auditTime(from), 0]; ; ) {
        const rows = connection
          .prepare(
            `SELECT ${columns}, ${time} AS at FROM audit
             WHERE ${time} >= ?1 AND ${time} < ?3 AND (${time} > ?1 OR sequence > ?2)
             ORDER BY ${time}, sequence LIMIT ?4`,
          )
          .all(at, sequence, until, BATCH);
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        yield rows.map(auditRecordOf);
        [at, sequence] = [text(last, "at"), number(last, "sequence")];
      }
    },
    async *all() {
      for (let end = 0; ; ) {
        const records = after(end, BATCH);
        const last = records.at(-1);
        if (last === undefined) {
          return;
        }
        yield records;
        end = last.sequence;
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
