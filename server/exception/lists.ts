import type { ExceptionDraft } from "#contracts/exception";
import { type FieldEntry, isFieldEntry } from "#contracts/exception-entry";

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

/** Ids of the value lists that an exception refers to. */
export function listsOf({ hostList, entries, alternatives = [] }: Referring): readonly string[] {
  return [
    ...(hostList === undefined ? [] : [hostList]),
    ...[entries, ...alternatives].flat().flatMap((entry) => {
      const fields: readonly FieldEntry[] = isFieldEntry(entry) ? [entry] : entry.entries;
      return fields.flatMap((one) => (one.type === "list" ? [one.list] : []));
    }),
  ];
}

type Referring = Pick<ExceptionDraft, "hostList" | "entries" | "alternatives">;
