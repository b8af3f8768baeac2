import { hash } from "node:crypto";
import { type AuditRecord, auditRecord } from "#contracts/audit";
import type { AuditEntry, AuditReader } from "../port.ts";
import { type Connection, number, type Row, text } from "./connection.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { both, type Clause } from "./narrow.ts";

const BATCH = 500;
/** What stands before the first record. */
const GENESIS = "0".repeat(64);

/** The hash of a record: SHA-256 over its canonical JSON (keys sorted, the previous hash among them). */
export function auditHash(record: Omit<AuditRecord, "hash">): string {
  return hash("sha256", canonical(record), "hex");
}

/** JSON with sorted keys and without absent values: the same value always gives the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/**
 * A record as it was written. One whose row was edited since (its text, or a column that lists go by) comes without a
 * hash, so that it cannot pass for genuine, and does not keep the others from being shown.
 */
function recordOf(row: Row): AuditRecord {
  const body = text(row, "body");
  const parsed = auditRecord.safeParse(parseJson(body));
  const columns = {
    sequence: number(row, "sequence"),
    subject: { kind: text(row, "subject_kind"), id: text(row, "subject_id") },
    hash: text(row, "hash"),
  };
  const { data } = parsed;
  const untouched =
    data !== undefined &&
    JSON.stringify(data) === body &&
    data.sequence === columns.sequence &&
    data.hash === columns.hash &&
    data.subject.kind === columns.subject.kind &&
    data.subject.id === columns.subject.id;
  return untouched
    ? data
    : { at: "", actor: "", action: "unreadable", previousHash: "", ...data, ...columns, hash: "" };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
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
        items: shown.map(recordOf),
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
        yield rows.map(recordOf);
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
  const last = headOf(connection);
  const content = {
    sequence: last === undefined ? 1 : last.sequence + 1,
    at: new Date(entry.at).toISOString(),
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    // Through JSON, so that what is hashed is exactly what a reader gets back.
    ...(entry.before === undefined ? {} : { before: plain(entry.before) }),
    ...(entry.after === undefined ? {} : { after: plain(entry.after) }),
    previousHash: last === undefined ? GENESIS : last.hash,
  };
  const record = auditRecord.parse({ ...content, hash: auditHash(content) });
  connection
    .prepare("INSERT INTO audit (sequence, subject_kind, subject_id, body, hash) VALUES (?, ?, ?, ?, ?)")
    .run(record.sequence, record.subject.kind, record.subject.id, JSON.stringify(record), record.hash);
  connection
    .prepare(
      `INSERT INTO audit_head (one, sequence, hash) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash`,
    )
    .run(record.sequence, record.hash);
  return record;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
