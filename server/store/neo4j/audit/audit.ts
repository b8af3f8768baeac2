import type { AuditRecord } from "#contracts/audit";
import { recordAfter, storedRecord } from "../../audit/chain.ts";
import type { AuditEntry, AuditReader } from "../../audit/port.ts";
import { decodeCursor, encodeCursor } from "../../cursor.ts";
import { number, type Queries, type Row, text, type Writes } from "../connection.ts";
import { indexedIfAny } from "../indexed.ts";

const BATCH = 500;

type Head = Pick<AuditRecord, "sequence" | "hash">;

/** `subjectId` is cut where it is too long for an index; the one that counts is in the body. */
export const auditColumns =
  "r.sequence AS sequence, r.kind AS kind, r.fullSubjectId AS subjectId, r.body AS body, r.hash AS hash";

export function auditReader(queries: Queries): AuditReader {
  return {
    async page(query) {
      const filter = [
        query.kind === undefined ? "true" : "r.kind = $kind",
        query.id === undefined ? "true" : "r.subjectId = $id",
      ].join(" AND ");
      const wanted = { kind: indexedIfAny(query.kind), id: indexedIfAny(query.id) };
      const [counted] = await queries.run(`MATCH (r:AuditRecord) WHERE ${filter} RETURN count(r) AS total`, wanted);
      const [before] = decodeCursor(query.cursor, ["number"]) ?? [Number.MAX_SAFE_INTEGER];
      const rows = await queries.run(
        `MATCH (r:AuditRecord) WHERE ${filter} AND r.sequence < $before
         RETURN ${auditColumns} ORDER BY sequence DESC LIMIT $limit`,
        { ...wanted, before, limit: query.limit + 1 },
      );
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
        const rows = await queries.run(
          `MATCH (r:AuditRecord) WHERE r.sequence > $after RETURN ${auditColumns} ORDER BY sequence LIMIT $limit`,
          { after, limit: BATCH },
        );
        const last = rows.at(-1);
        if (last === undefined) {
          return;
        }
        yield rows.map(auditRecordOf);
        after = number(last, "sequence");
      }
    },
    head: () => headOf(queries),
  };
}

export function auditRecordOf(row: Row): AuditRecord {
  return storedRecord({
    sequence: number(row, "sequence"),
    subject: { kind: text(row, "kind"), id: text(row, "subjectId") },
    body: text(row, "body"),
    hash: text(row, "hash"),
  });
}

async function headOf(queries: Queries): Promise<Head | undefined> {
  const [row] = await queries.run("MATCH (h:AuditHead {name: 'head'}) RETURN h.sequence AS sequence, h.hash AS hash");
  return row === undefined ? undefined : { sequence: number(row, "sequence"), hash: text(row, "hash") };
}

/** Appends inside the transaction of the change itself; writers of all processes take turns, so the chain stays one. */
export function auditAppender(writes: Writes): (entry: AuditEntry) => Promise<AuditRecord> {
  let known: Promise<Head | undefined> | undefined;
  return (entry) => {
    known ??= headOf(writes);
    const next = known.then((last) => {
      const record = recordAfter(last, entry);
      putAuditRecord(writes, record);
      return record;
    });
    known = next;
    return next;
  };
}

/** Appends a record as it is. */
export function putAuditRecord(writes: Writes, record: AuditRecord): void {
  writes.later(
    `CREATE (:AuditRecord {
       sequence: $sequence, kind: $kind, subjectId: $subjectId, fullSubjectId: $fullSubjectId, body: $body, hash: $hash,
       at: datetime($at), actor: $actor, action: $action})
     MERGE (h:AuditHead {name: 'head'}) SET h.sequence = $sequence, h.hash = $hash`,
    {
      sequence: record.sequence,
      kind: record.subject.kind,
      subjectId: indexedIfAny(record.subject.id),
      fullSubjectId: record.subject.id,
      body: JSON.stringify(record),
      hash: record.hash,
      at: record.at,
      actor: record.actor,
      action: record.action,
    },
  );
}
