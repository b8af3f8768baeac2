import type { AuditRecord } from "#contracts/audit";
import type { Page } from "#contracts/page";
import type { AuditReader } from "../store/audit/port.ts";

export interface ChainState {
  readonly intact: boolean;
  readonly checked: number;
  /** Sequence number of the first record whose hash or place in the chain is wrong. */
  readonly brokenAt?: number;
}

/** Computes the hash that a record should have; the store, which writes the records, defines it. */
export type AuditHash = (record: Omit<AuditRecord, "hash">) => string;

/**
 * Verifies that every record of the trail follows from the previous one, up to the last one appended. Detects changes
 * to single records. An attacker with write access to the store can still compute a complete new chain.
 */
export async function verifyChain(audit: Pick<AuditReader, "all" | "head">, hashOf: AuditHash): Promise<ChainState> {
  // Records may be appended during verification: those after this head are only checked against each other.
  const head = await audit.head();
  let checked = 0;
  let reachesHead = head === undefined;
  let previous: AuditRecord | undefined;
  for await (const batch of audit.all()) {
    for (const record of batch) {
      const { hash, ...content } = record;
      const follows =
        previous === undefined
          ? record.sequence === 1
          : record.sequence === previous.sequence + 1 && record.previousHash === previous.hash;
      const isHead = head !== undefined && record.sequence === head.sequence;
      if (!follows || hashOf(content) !== hash || (isHead && hash !== head.hash)) {
        return { intact: false, checked, brokenAt: record.sequence };
      }
      reachesHead ||= isHead;
      checked += 1;
      previous = record;
    }
  }
  return reachesHead ? { intact: true, checked } : { intact: false, checked, brokenAt: (previous?.sequence ?? 0) + 1 };
}

/** A page of the trail, newest first, with the state of its chain. */
export async function auditPageOf(
  audit: AuditReader,
  hashOf: AuditHash,
  query: { readonly kind?: string; readonly id?: string; readonly cursor?: string; readonly limit: number },
): Promise<Page<AuditRecord> & { readonly chain: ChainState }> {
  const [page, chain] = await Promise.all([audit.page(query), verifyChain(audit, hashOf)]);
  return { ...page, chain };
}
