import { useCallback, useState } from "react";
import type { Incident, QueueQuery } from "#contracts/queue";

/** Which rows are selected: some by their keys, or all that match the filters, whether they are loaded or not. */
export interface Selection {
  readonly all: boolean;
  /** The selected rows among those that are loaded. */
  readonly rows: readonly Incident[];
  readonly has: (key: string) => boolean;
  /** Without one row, "all" is what is loaded besides it. */
  readonly toggle: (key: string) => void;
  readonly selectAll: () => void;
  readonly clear: () => void;
}

/** The selection among `items`; other filters end "all". */
export function useSelection(items: readonly Incident[], query: QueueQuery): Selection {
  const filters = JSON.stringify(query);
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const [allOf, setAllOf] = useState<string>();
  const all = allOf === filters;
  const toggle = useCallback(
    (key: string) => {
      setKeys((before) => (all ? new Set(items.map((item) => item.key)) : before).symmetricDifference(new Set([key])));
      setAllOf(undefined);
    },
    [all, items],
  );
  const has = useCallback((key: string) => all || keys.has(key), [all, keys]);
  const selectAll = useCallback(() => setAllOf(filters), [filters]);
  const clear = useCallback(() => {
    setKeys(new Set());
    setAllOf(undefined);
  }, []);
  return { all, rows: items.filter(({ key }) => has(key)), has, toggle, selectAll, clear };
}
