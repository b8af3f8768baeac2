import type { AuditRecord } from "#contracts/audit";
import { nextRecord } from "../../audit/chain.ts";
import type { AuditHead, AuditWriter } from "../../audit/port.ts";
import type { Writes } from "../connection.ts";
import { indexedIfAny } from "../indexed.ts";
import { auditHead, auditLookup } from "./reader.ts";

/** Writers of all processes are serialized, so that there is a single chain. */
export function auditWriter(writes: Writes): AuditWriter {
  let head: Promise<AuditHead | undefined> | undefined;
  return {
    ...auditLookup(writes),
    append(entry) {
      head ??= auditHead(writes);
      const next = head.then((last) => {
        const record = nextRecord(last, entry);
        putAuditRecord(writes, record);
        return record;
      });
      head = next;
      return next;
    },
  };
}

/** Appends a record unchanged and moves the head of the chain to it. */
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
