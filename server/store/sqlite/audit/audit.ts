import type { AuditRecord } from "#contracts/audit";
import { recordAfter, storedRecord } from "../../audit/chain.ts";
import type { AuditEntry, AuditReader } from "../../audit/port.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { both, type Clause } from "../events/prefilter.ts";

const BATCH = 500;
export function auditRecordOf(row: Row): AuditRecord {
  return storedRecord({
    sequence: number(row, "sequence"),
    subject: { kind: text(row, "subject_kind"), id: text(row, "subject_id") },
    body: text(row, "body"),
    hash: text(row, "hash"),
  });
}

const columns = "sequence, subject_kind, subject_id, body, hash";

export function auditReader(connection: Connection): AuditReader {
  const equal = (column: string, value: string | undefined): Clause[] =>
    value === undefined ? [] : [{ sql: `${column} = ?`, parameters: [value] }];
  return {
    async page(query) {
      const filter = both(...equal("subject_kind", query.kind), ...equal("subject_id", query.id));
      const counted = connection
        .prepare(`SELECT count(*) AS total FROM audit WHERE ${filter.sql}`)
        .get(...filter.parameters);
      const [before] = decodeCursor(query.cursor, ["number"]) ?? [Number.MAX_SAFE_INTEGER];
      const rows = connection
        .prepare(`SELECT ${columns} FROM audit WHERE ${filter.sql} AND sequence < ? ORDER BY sequence DESC LIMIT ?`)
        .all(...filter.parameters, before, query.limit + 1);
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      return {
        items: shown.map(auditRecordOf),
        total: counted === undefined ? 0 : number(counted, "total"),
        ...(rows.length > shown.length && last !== undefined ? { next: encodeCursor([number(last, "sequence")]) } : {}),
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
    head: async () => headOf(connection),
  };
}

function headOf(connection: Connection): Pick<AuditRecord, "sequence" | "hash"> | undefined {
  const row = connection.prepare("SELECT sequence, hash FROM audit_head").get();
  return row === undefined ? undefined : { sequence: number(row, "sequence"), hash: text(row, "hash") };
}

/** Appends inside the transaction of the change itself: number and hash follow from the record before. */
export function appendAudit(connection: Connection, entry: AuditEntry): AuditRecord {
  const record = recordAfter(headOf(connection), entry);
  putAuditRecord(connection, record);
  return record;
}

/** Appends a record as it is. */
export function putAuditRecord(connection: Connection, record: AuditRecord): void {
  connection
    .prepare("INSERT INTO audit (sequence, subject_kind, subject_id, body, hash) VALUES (?, ?, ?, ?, ?)")
    .run(record.sequence, record.subject.kind, record.subject.id, JSON.stringify(record), record.hash);
  connection
    .prepare(
      `INSERT INTO audit_head (one, sequence, hash) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash`,
    )
    .run(record.sequence, record.hash);
}
