import type { AuditRecord } from "#contracts/audit";
import { nextRecord } from "../../audit/chain.ts";
import type { AuditHead, AuditWriter } from "../../audit/port.ts";
import type { Connection } from "../connection.ts";
import { auditHead, auditLookup, lastRecord } from "./reader.ts";

/** The end of the trail after a transaction, to be noted when that was committed. */
export interface TrailEnd {
  head?: AuditHead;
  acceptsTrail?: boolean;
}

export function auditWriter(connection: Connection, end: TrailEnd): AuditWriter {
  return {
    ...auditLookup(connection),
    async append(entry, options) {
      // Whoever appended before in this transaction knows the end.
      const record = nextRecord(end.head ?? endOf(connection, options?.acceptsTrail === true), entry);
      putAuditRecord(connection, record, end);
      end.acceptsTrail ||= options?.acceptsTrail === true;
      return record;
    },
  };
}

/**
 * What the next record continues from: the end that is kept, so that missing last records show from then on, or the
 * last record, if that is later or somebody accepts the trail as it is.
 */
function endOf(connection: Connection, acceptsTrail: boolean): AuditHead | undefined {
  const [head, last] = [auditHead(connection), lastRecord(connection)];
  const isShort = (head?.sequence ?? 0) > (last?.sequence ?? 0);
  return isShort && !acceptsTrail ? head : last;
}

/** Appends a record unchanged; the head of the chain follows with `putAuditHead` at the end of the transaction. */
export function putAuditRecord(connection: Connection, record: AuditRecord, end: TrailEnd): void {
  connection
    .prepare("INSERT INTO audit (sequence, subject_kind, subject_id, body, hash) VALUES (?, ?, ?, ?, ?)")
    .run(record.sequence, record.subject.kind, record.subject.id, JSON.stringify(record), record.hash);
  end.head = record;
}

export function putAuditHead(connection: Connection, { sequence, hash }: AuditHead): void {
  connection
    .prepare(
      `INSERT INTO audit_head (one, sequence, hash) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash`,
    )
    .run(sequence, hash);
}
