import type { AuditRecord } from "#contracts/audit";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { storedRecord } from "../../audit/chain.ts";
import type { AuditHead, AuditLookup, AuditReader } from "../../audit/port.ts";
import { auditTime, LATEST } from "../../audit/times.ts";
import type { Queries } from "../connection.ts";
import { countOf } from "../count-of.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { number, type Row, text } from "../row.ts";
import { index } from "../schema.ts";

const BATCH = 500;

/** `subjectId` is shortened if it is too long for an index; `fullSubjectId` is not. */
export const auditColumns =
  "r.sequence AS sequence, r.kind AS kind, r.fullSubjectId AS subjectId, r.body AS body, r.hash AS hash";

/** Records by the time of their change. */
export const auditTimeSchema: readonly string[] = [index("audit_at", "AuditRecord", "at")];

export function auditLookup(queries: Queries): AuditLookup {
  return {
    async about({ kind, ids }, { from = 0, limit }) {
      const some = `
        UNWIND $ids AS requested
        OPTIONAL MATCH (former:AlertAlias {oldId: requested}) WHERE $kind = 'alert'
        WITH requested, coalesce(former.id, requested) AS current
        OPTIONAL MATCH (alias:AlertAlias {id: current}) WHERE $kind = 'alert'
        WITH collect(requested) + collect(current) + collect(alias.oldId) AS ids
        MATCH (r:AuditRecord) WHERE r.kind = $kind AND r.subjectId IN ids`;
      const all = "MATCH (r:AuditRecord) WHERE r.kind = $kind";
      const rows = await queries.run(
        `${ids === undefined ? all : some} AND r.sequence >= $from
         RETURN ${auditColumns} ORDER BY sequence DESC ${limit === undefined ? "" : "LIMIT $limit"}`,
        { kind, ids: ids?.map(indexed), from, limit },
      );
      return rows.map(auditRecordOf);
    },
  };
}

export function auditReader(queries: Queries): AuditReader {
  const after = async (sequence: number, limit: number) => {
    const rows = await queries.run(
      `MATCH (r:AuditRecord) WHERE r.sequence > $sequence RETURN ${auditColumns} ORDER BY sequence LIMIT $limit`,
      { sequence, limit },
    );
    return rows.map(auditRecordOf);
  };
  return {
    ...auditLookup(queries),
    after,
    async page(query) {
      const filter = [
        query.kind === undefined ? "true" : "r.kind = $kind",
        query.id === undefined ? "true" : "r.subjectId = $id",
      ].join(" AND ");
      const parameters = { kind: indexedIfAny(query.kind), id: indexedIfAny(query.id) };
      const [before, known] = decodeCursor(query.cursor, ["number", "number"]) ?? [Number.MAX_SAFE_INTEGER];
      const total = known ?? (await countOf(queries, `MATCH (r:AuditRecord) WHERE ${filter}`, "r", parameters));
      const rows = await queries.run(
        `MATCH (r:AuditRecord) WHERE ${filter} AND r.sequence < $before
         RETURN ${auditColumns} ORDER BY sequence DESC LIMIT $limit`,
        { ...parameters, before, limit: query.limit + 1 },
      );
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
        const rows = await queries.run(
          `MATCH (r:AuditRecord) WHERE r.at >= datetime($at) AND r.at < datetime($until)
             AND (r.at > datetime($at) OR r.sequence > $sequence)
           RETURN ${auditColumns}, toString(r.at) AS at ORDER BY r.at, sequence LIMIT $limit`,
          { at, until, sequence, limit: BATCH },
        );
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
        const records = await after(end, BATCH);
        const last = records.at(-1);
        if (last === undefined) {
          return;
        }
        yield records;
        end = last.sequence;
      }
    },
    head: () => auditHead(queries),
    // Several servers on several machines have no place in common but the database.
    noted: async () => ({ isKept: false, ends: [], unreadable: 0 }),
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

export async function auditHead(queries: Queries): Promise<AuditHead | undefined> {
  const [row] = await queries.run("MATCH (h:AuditHead {name: 'head'}) RETURN h.sequence AS sequence, h.hash AS hash");
  return row === undefined ? undefined : { sequence: number(row, "sequence"), hash: text(row, "hash") };
}
