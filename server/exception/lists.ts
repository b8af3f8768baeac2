import type { FieldEntry } from "#contracts/exception-entry";

/** The values of a value list that exceptions refer to. */
export interface ListValues {
  /** `keyword`: whole values; `wildcard`: values with `*`; `ip`: addresses and networks in CIDR notation. */
  readonly type: "keyword" | "wildcard" | "ip";
  readonly values: readonly string[];
}

/** Finds a value list by its id. */
export type ListLookup = (id: string) => ListValues | undefined;

/** For exceptions without lists. */
export const noLists: ListLookup = () => undefined;

/** Ids of the value lists that entries refer to. */
export function listsIn(entries: readonly FieldEntry[]): readonly string[] {
  return entries.flatMap((entry) => (entry.type === "list" ? [entry.list] : []));
}
