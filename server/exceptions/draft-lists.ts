import type { ExceptionDraft } from "#contracts/exception";
import { listLookup } from "../alerting/list-lookup.ts";
import type { ListLookup } from "../exception/lists.ts";
import { listsOf } from "../exception/lists.ts";
import type { Store } from "../store/port.ts";

/** The value lists that a draft or an exception refers to, as they are now. */
export function draftLists(
  { valueLists }: Pick<Store, "valueLists">,
  draft: Pick<ExceptionDraft, "hostList" | "entries" | "alternatives">,
): Promise<ListLookup> {
  return listLookup(valueLists, listsOf(draft));
}

/** All value lists, for what reads or writes many exceptions. */
export async function allLists({ valueLists }: Pick<Store, "valueLists">): Promise<ListLookup> {
  return listLookup(
    valueLists,
    (await valueLists.all()).map(({ id }) => id),
  );
}
