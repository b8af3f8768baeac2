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

/** What audit records are about. */
export interface AuditSubject {
  readonly kind: string;
  /** Absent: all subjects of the kind. */
  readonly ids?: readonly string[];
}

export interface AuditLookup {
  /**
   * Records about a subject from a sequence number on, newest first. An alert can be named by its current or a former
   * id; either way the records under all of them are found.
   */
  about(
    subject: AuditSubject,
    query: { readonly from?: number; readonly limit?: number },
  ): Promise<readonly AuditRecord[]>;
}

export interface AuditReader extends AuditLookup {
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

export interface AuditWriter extends AuditLookup {
  append(entry: AuditEntry): Promise<AuditRecord>;
}
