import { basename } from "node:path";
import type { AuditRecord } from "#contracts/audit";
import type { Page } from "#contracts/page";
import type { AuditHead, AuditReader, NotesState } from "../store/audit/port.ts";

export interface ChainState {
  readonly intact: boolean;
  readonly checked: number;
  /** Sequence number of the first record whose hash or place in the chain is wrong. */
  readonly brokenAt?: number;
  /** The last record, if the chain is intact. */
  readonly head?: AuditHead;
  /** An end of the trail that was noted and that the trail does not have: its last records were removed. */
  readonly lacks?: AuditHead;
  /** Whether what was noted outside of the store can be relied on: an intact trail without it may have been cut. */
  readonly notes: NotesState;
}

/** Computes the hash that a record should have; the store, which writes the records, defines it. */
export type AuditHash = (record: Omit<AuditRecord, "hash">) => string;

/**
 * Verifies that every record of the trail follows from the previous one, up to the last one appended. Detects changes
 * to single records, and that records are missing which were noted outside of the store or by a person (`alsoNoted`).
 * See docs/decisions/0054.
 */
export async function verifyChain(
  audit: Pick<AuditReader, "all" | "head" | "noted">,
  hashOf: AuditHash,
  alsoNoted: readonly AuditHead[] = [],
): Promise<ChainState> {
  const { ends, ...notes } = await audit.noted();
  const noted = Map.groupBy([...ends, ...alsoNoted], ({ sequence }) => sequence);
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
        return { intact: false, checked, brokenAt: record.sequence, notes };
      }
      reachesHead ||= isHead;
      const other = noted.get(record.sequence)?.find((end) => end.hash !== hash);
      if (other !== undefined) {
        return { intact: false, checked, brokenAt: record.sequence, lacks: other, notes };
      }
      noted.delete(record.sequence);
      checked += 1;
      previous = record;
    }
  }
  const lacks = [...noted.values()].flat().toSorted((left, right) => right.sequence - left.sequence)[0];
  if (!reachesHead || lacks !== undefined) {
    return { intact: false, checked, brokenAt: (previous?.sequence ?? 0) + 1, ...(lacks && { lacks }), notes };
  }
  const last = previous && { head: { sequence: previous.sequence, hash: previous.hash } };
  return { intact: true, checked, ...last, notes };
}

/** A page of the trail, newest first, with the state of its chain. The file of notes is named without its folder. */
export async function auditPageOf(
  audit: AuditReader,
  hashOf: AuditHash,
  query: { readonly kind?: string; readonly id?: string; readonly cursor?: string; readonly limit: number },
): Promise<Page<AuditRecord> & { readonly chain: ChainState }> {
  const [page, chain] = await Promise.all([audit.page(query), verifyChain(audit, hashOf)]);
  const { file, ...notes } = chain.notes;
  return { ...page, chain: { ...chain, notes: { ...notes, ...(file !== undefined && { file: basename(file) }) } } };
}
