import type { Bundle, BundleCheck } from "#contracts/bundle";
import { auditHash } from "../store/audit/chain.ts";
import type { Store } from "../store/port.ts";
import { verifyChain } from "../triage/audit-trail.ts";
import { valueHash } from "./seal.ts";

/**
 * Compares a bundle with a store: whether that has its source records and audit records unchanged, and its trail still
 * has the end that the bundle names. What people did since then is no difference.
 */
export async function compareWithStore({ sections }: Bundle, store: Store): Promise<readonly BundleCheck[]> {
  const checks: BundleCheck[] = [];
  const differs = (text: string, at: string) => checks.push({ name: "store", state: "failed", text, at });
  for (const [index, { eventId, sha256 }] of sections.records.entries()) {
    const record = await store.events.original(eventId);
    if (record === undefined || valueHash(record) !== sha256) {
      const text = record === undefined ? "The store does not have this record." : "The store has another record here.";
      differs(text, `records.${index} (event ${eventId})`);
    }
  }
  const { records, trail } = sections.audit;
  const wanted = new Map(records.map((record) => [record.sequence, record.hash]));
  for await (const batch of store.audit.all()) {
    for (const { hash, ...record } of batch) {
      // What a record has as its hash says nothing: it is computed again.
      if (wanted.get(record.sequence) === hash && auditHash(record) === hash) {
        wanted.delete(record.sequence);
      }
    }
  }
  for (const sequence of wanted.keys()) {
    differs("The store does not have this audit record.", `audit record ${sequence}`);
  }
  const chain = await verifyChain(store.audit, auditHash, trail.head === undefined ? [] : [trail.head]);
  if (!chain.intact) {
    differs("The audit trail of the store is not intact, or lacks the end that the bundle names.", "audit trail");
  }
  const text = `The store has its ${sections.records.length} source records and ${records.length} audit records.`;
  return checks.length > 0 ? checks : [{ name: "store", state: "ok", text }];
}
