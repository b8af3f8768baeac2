import type { Account } from "#contracts/account";
import type { AuditRecord } from "#contracts/audit";
import type { AlertAlias, SectionName, SnapshotSections } from "./sections.ts";

/** Reads everything a store holds, section by section, as values that any other store can write. */
export type SnapshotReader = { readonly [S in SectionName]: SectionSource<SnapshotSections[S]> };

/** One section of a store, read page by page. */
export interface SectionSource<T> {
  count(): Promise<number>;
  /** Some hundred values after the cursor of an earlier page, in an order that is stable while nothing is written. */
  page(cursor: string | undefined): Promise<SectionPage<T>>;
}

export interface SectionPage<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; absent on the last one. */
  readonly next?: string;
}

/** Restores the values to which the other writers would assign a new number, hash or name. */
export interface SnapshotWriter {
  accounts(accounts: readonly Account[]): Promise<void>;
  alertAliases(aliases: readonly AlertAlias[]): Promise<void>;
  /** Appends records with the numbers and hashes they already have; they must continue the chain. */
  audit(records: readonly AuditRecord[]): Promise<void>;
}
