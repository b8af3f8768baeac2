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

/** Number and hash of the last record of a trail. */
export type AuditHead = Pick<AuditRecord, "sequence" | "hash">;

/** What was noted outside of the store about the end of its trail. */
export interface NotedEnds extends NotesState {
  /** In the order of noting. The trail has all of them, unless its end was removed. */
  readonly ends: readonly AuditHead[];
}

/** Whether what was noted can show that the end of the trail was removed. */
export interface NotesState {
  /** Whether something is there. */
  readonly isKept: boolean;
  /** The file for it; absent if the store has no such place. */
  readonly file?: string;
  /** Notes that cannot be read. */
  readonly unreadable: number;
  /** The error of the file, if it is there and cannot be read as a whole, such as `EACCES`. */
  readonly failure?: string;
}

export interface AuditReader extends AuditLookup {
  /** Newest first. */
  page(query: {
    readonly kind?: string;
    readonly id?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<AuditRecord>>;
  /**
   * Records whose change was made from `from` on and before `to`, in batches, oldest first. One whose time cannot be
   * read is in no range; `all` has it.
   */
  within(range: { readonly from: number; readonly to?: number }): AsyncIterable<readonly AuditRecord[]>;
  /** The records after a sequence number, oldest first. */
  after(sequence: number, limit: number): Promise<readonly AuditRecord[]>;
  /** All records in batches, oldest first, for verifying the chain. A record edited in the store has an empty hash. */
  all(): AsyncIterable<readonly AuditRecord[]>;
  /** Number and hash of the last appended record, stored apart from the records so that removed ones are noticed. */
  head(): Promise<AuditHead | undefined>;
  /** Ends of the trail that were noted outside of the store. */
  noted(): Promise<NotedEnds>;
}

export interface AuditWriter extends AuditLookup {
  /** `acceptsTrail`: what was noted before about the end of the trail does not count from now on. */
  append(entry: AuditEntry, options?: { readonly acceptsTrail?: boolean }): Promise<AuditRecord>;
}
