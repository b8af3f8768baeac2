import { hash } from "node:crypto";
import { actorOrigin } from "#contracts/actor";
import { type AuditRecord, auditRecord } from "#contracts/audit";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { parseJson } from "../../lib/parse-json.ts";
import type { AuditEntry } from "./port.ts";

/** The previous hash of the first record. */
const GENESIS = "0".repeat(64);

/** The hash of a record: SHA-256 of its canonical JSON, which includes the hash of the previous record. */
export function auditHash(record: Omit<AuditRecord, "hash">): string {
  return hash("sha256", canonicalJson(record), "hex");
}

/** The record of a change: number and hashes continue from the last record of the store. */
export function nextRecord(last: Pick<AuditRecord, "sequence" | "hash"> | undefined, entry: AuditEntry): AuditRecord {
  // In the order of the schema, as a reader gets it back.
  const content = {
    sequence: last === undefined ? 1 : last.sequence + 1,
    at: new Date(entry.at).toISOString(),
    actor: entry.actor.name,
    ...(entry.actor.origin === undefined ? {} : { origin: actorOrigin.parse(entry.actor.origin) }),
    action: entry.action,
    subject: { kind: entry.subject.kind, id: entry.subject.id },
    // Through JSON, so that exactly what a reader gets back is hashed.
    ...(entry.before === undefined ? {} : { before: jsonValue(entry.before) }),
    ...(entry.after === undefined ? {} : { after: jsonValue(entry.after) }),
    previousHash: last === undefined ? GENESIS : last.hash,
  };
  return { ...content, hash: auditHash(content) };
}

function jsonValue(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/**
 * Reads a record back. If its row was edited since (the body or a column), the hash is empty, so that the record cannot
 * pass for genuine, while all others can still be read.
 */
export function storedRecord({
  body,
  ...columns
}: {
  readonly sequence: number;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly body: string;
  readonly hash: string;
}): AuditRecord {
  const parsed = auditRecord.safeParse(parseJson(body));
  const { data } = parsed;
  const isUnchanged =
    data !== undefined &&
    JSON.stringify(data) === body &&
    data.sequence === columns.sequence &&
    data.hash === columns.hash &&
    data.subject.kind === columns.subject.kind &&
    data.subject.id === columns.subject.id;
  return isUnchanged
    ? data
    : { at: "", actor: "", action: "unreadable", previousHash: "", ...data, ...columns, hash: "" };
}
