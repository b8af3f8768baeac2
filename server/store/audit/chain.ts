import { hash } from "node:crypto";
import { type AuditRecord, auditRecord } from "#contracts/audit";
import { canonicalJson } from "../../lib/canonical-json.ts";
import type { AuditEntry } from "./port.ts";

/** What stands before the first record. */
const GENESIS = "0".repeat(64);

/** The hash of a record: SHA-256 over its canonical JSON (the previous hash is part of it). */
export function auditHash(record: Omit<AuditRecord, "hash">): string {
  return hash("sha256", canonicalJson(record), "hex");
}

/** The record of a change: number and hashes follow from the last one in the store. */
export function recordAfter(last: Pick<AuditRecord, "sequence" | "hash"> | undefined, entry: AuditEntry): AuditRecord {
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
  return auditRecord.parse({ ...content, hash: auditHash(content) });
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/**
 * A record as it was written. One whose row was edited since (its text, or a column that lists go by) comes without a
 * hash, so that it cannot pass for genuine, and does not keep the others from being shown.
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
