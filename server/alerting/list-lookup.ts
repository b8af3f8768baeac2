import type { ListLookup, ListValues } from "../exception/lists.ts";
import type { ValueListReader } from "../store/value-lists/port.ts";

/** Values that are kept in memory, over all lists. */
const mostKept = 4_000_000;

/** By hash of the values and type: the same values are read once per process, however often exceptions are compiled. */
const kept = new Map<string, ListValues>();

/** The value lists with these ids, read where they are not in memory. */
export async function listLookup(
  lists: Pick<ValueListReader, "get" | "values">,
  ids: Iterable<string>,
): Promise<ListLookup> {
  const found = new Map<string, ListValues>();
  for (const id of new Set(ids)) {
    const list = await lists.get(id);
    if (list !== undefined) {
      const key = `${list.type} ${list.hash}`;
      const values = kept.get(key) ?? { type: list.type, values: await lists.values(id) };
      keep(key, values);
      found.set(id, values);
    }
  }
  return (id) => found.get(id);
}

/** The least recently used lists go first. */
function keep(key: string, values: ListValues): void {
  kept.delete(key);
  kept.set(key, values);
  let size = [...kept.values()].reduce((sum, one) => sum + one.values.length, 0);
  for (const [oldest, { values: some }] of kept) {
    if (size <= mostKept || oldest === key) {
      return;
    }
    kept.delete(oldest);
    size -= some.length;
  }
}
