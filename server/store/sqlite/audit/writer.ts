import type { AuditRecord } from "#contracts/audit";
import { nextRecord } from "../../audit/chain.ts";
import type { AuditHead, AuditWriter } from "../../audit/port.ts";
import { DamagedValue } from "../../damage.ts";
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
      const record = nextRecord(endOf(connection, options?.acceptsTrail === true), entry);
      putAuditRecord(connection, record, end);
      end.acceptsTrail ||= options?.acceptsTrail === true;
      return record;
    },
  };
}

/**
 * What the next record continues from: the end of the trail, which its last record must be. A trail without it is only
 * continued by whoever accepts it as it is, since its gap could not be told from a later one.
 */
function endOf(connection: Connection, acceptsTrail: boolean): AuditHead | undefined {
  const [head, last] = [auditHead(connection), lastRecord(connection)];
  if (acceptsTrail || (head?.sequence === last?.sequence && head?.hash === last?.hash)) {
    return last;
  }
  const isShort = (head?.sequence ?? 0) > (last?.sequence ?? 0);
  const [name, reason] = isShort
    ? [head?.sequence, "it is the end of the audit trail, and is missing"]
    : [last?.sequence, "it is not what the store has as the end of the audit trail"];
  throw new DamagedValue("audit record", String(name), reason);
}

/** Appends a record unchanged and moves the head of the chain to it. */
export function putAuditRecord(connection: Connection, record: AuditRecord, end: TrailEnd): void {
  connection
    .prepare("INSERT INTO audit (sequence, subject_kind, subject_id, body, hash) VALUES (?, ?, ?, ?, ?)")
    .run(record.sequence, record.subject.kind, record.subject.id, JSON.stringify(record), record.hash);
  connection
    .prepare(
      `INSERT INTO audit_head (one, sequence, hash) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash`,
    )
    .run(record.sequence, record.hash);
  end.head = record;
}
