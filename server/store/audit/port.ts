import type { Actor } from "#contracts/actor";
import type { AuditRecord } from "#contracts/audit";
import type { Page } from "#contracts/page";

/** A change to record. The store adds number and hashes in the transaction of the change itself. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface AuditReader {
  /** Newest first. */
  page(query: {
    readonly kind?: string;
    readonly id?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<AuditRecord>>;
  /** All records in batches, oldest first, for verifying the chain. A record edited in the store has an empty hash. */
  all(): AsyncIterable<readonly AuditRecord[]>;
  /** Number and hash of the last appended record, stored apart from the records so that removed ones are noticed. */
  head(): Promise<Pick<AuditRecord, "sequence" | "hash"> | undefined>;
}

export interface AuditWriter {
  append(entry: AuditEntry): Promise<AuditRecord>;
}
