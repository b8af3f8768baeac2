import { useCallback, useEffect, useMemo, useRef } from "react";
import { RequestError, request } from "../../../api/client.ts";
import type { useAddress } from "../use-address.ts";
import type { LineageGraph } from "./graph.ts";
import {
  buildRows,
  type EventRow,
  filterRows,
  type LogonRow,
  type ProcessEvents,
  processFilter,
  type Row,
} from "./rows.ts";
import { useLineageData } from "./use-lineage-data.ts";
import { useProcessEvents } from "./use-process-events.ts";
import {
  type ViewState,
  withChainToggled,
  withCollapsed,
  withEvents,
  withNeighbourhood,
  withNextPage,
} from "./view-state.ts";

/** The lineage of one alert as the analyst expanded and filtered it: the state that all views share. */
export function useLineage(
  alertId: string,
  requestedKey: string | undefined,
  { address, changeView, undo, canUndo }: ReturnType<typeof useAddress>,
) {
  const view = address.lineage;
  const { query, graph, loaded, loading, failure, setFailure, reload } = useLineageData(alertId, view);
  // The address may contain the key of a placeholder that was replaced since: the focus of its neighbourhood is the new
  // key.
  const selected = loaded.neighbourhoods.get(requestedKey ?? "")?.focus ?? requestedKey;
  const events = useProcessEvents(view.events);
  const { rows, nodes, hiddenByFilter } = useRows(graph, view, selected, events);

  const addNeighbourhood = useCallback(
    (key: string) => changeView(({ lineage }) => ({ lineage: withNeighbourhood(lineage, key) })),
    [changeView],
  );
  useNeighbourhoodOfSelection(graph, selected, addNeighbourhood);

  /** Follows a logon to the first process of the session it opened; reports a failure when there is none. */
  const followLogon = useCallback(
    async (row: LogonRow, select: (key: string) => void) => {
      try {
        select(row.target ?? (await firstProcessOf(row)));
      } catch (error) {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        setFailure({ part: row.id, error });
      }
    },
    [setFailure],
  );

  /** Expands or collapses a row; loads children that are not loaded yet, or the next page of them. */
  const toggle = useCallback(
    (row: Row) => {
      if (row.kind !== "logon" && row.kind !== "event") {
        const hasLoadedChildren = (graph?.children.get(row.id)?.length ?? 0) > 0;
        changeView(({ lineage }) => ({ lineage: toggled(lineage, row, hasLoadedChildren) }));
      }
    },
    [changeView, graph],
  );

  return {
    alertId,
    query,
    /** The selected row, under the current key of its process. */
    selected,
    graph,
    rows,
    /** Processes that pass the filter, including members of collapsed groups. */
    nodes,
    hiddenByFilter,
    view,
    setView: useCallback(
      (part: Partial<ViewState>) =>
        changeView(
          ({ lineage }) => ({ lineage: { ...lineage, ...part } }),
          part.find === undefined ? ("span" in part ? "span" : undefined) : "find",
        ),
      [changeView],
    ),
    toggle,
    /** Lists what a process did below it, or no longer. */
    toggleEvents: useCallback(
      (key: string) => changeView(({ lineage }) => ({ lineage: withEvents(lineage, key) })),
      [changeView],
    ),
    /** Shows a chain of the graph process by process, or as one card again. */
    toggleChain: useCallback(
      (first: string) => changeView(({ lineage }) => ({ lineage: withChainToggled(lineage, first) })),
      [changeView],
    ),
    followLogon,
    reload,
    undo,
    canUndo,
    loading,
    failure: failure?.error,
    dismissFailure: useCallback(() => setFailure(undefined), [setFailure]),
  };
}

export type Lineage = ReturnType<typeof useLineage>;

/** Rows and processes that pass the filter. */
function useRows(
  graph: LineageGraph | undefined,
  view: ViewState,
  selected: string | undefined,
  events: ProcessEvents,
) {
  const { expanded, collapsed, find, alertsOnly } = view;
  const grouped = useMemo(
    () => (graph === undefined ? [] : buildRows(graph, { expanded, collapsed }, undefined, events)),
    [graph, expanded, collapsed, events],
  );
  // A selected member of a group gets its own row. Any other selection keeps the same rows, so that the views need not
  // redraw.
  const visible = useMemo(() => new Set(grouped.map((row) => row.id)), [grouped]);
  const hiddenMember =
    selected !== undefined && !visible.has(selected) && graph?.nodes.has(selected) ? selected : undefined;
  const all = useMemo(
    () =>
      graph === undefined || hiddenMember === undefined
        ? grouped
        : buildRows(graph, { expanded, collapsed }, hiddenMember, events),
    [graph, expanded, collapsed, hiddenMember, grouped, events],
  );
  const matches = useMemo(() => processFilter({ find, alertsOnly }), [find, alertsOnly]);
  const rows = useMemo(() => (matches === undefined ? all : filterRows(all, matches)), [all, matches]);
  const nodes = useMemo(() => {
    const known = [...(graph?.nodes.values() ?? [])];
    return matches === undefined ? known : known.filter(matches);
  }, [graph, matches]);
  return { rows, nodes, hiddenByFilter: all.length - rows.length };
}

/**
 * Adds the neighbourhood of a selected process that is not loaded: the target of a link, or of a colleague's address.
 */
function useNeighbourhoodOfSelection(
  graph: LineageGraph | undefined,
  selected: string | undefined,
  addNeighbourhood: (key: string) => void,
): void {
  const added = useRef(new Set<string>());
  useEffect(() => {
    const isKnown = selected === undefined || graph === undefined || graph.nodes.has(selected);
    // Groups, logons and "more" rows can be selected as well: their ids contain characters that no process key has.
    if (isKnown || /[.:]/.test(selected) || added.current.has(selected)) {
      return;
    }
    added.current.add(selected);
    addNeighbourhood(selected);
  }, [graph, selected, addNeighbourhood]);
}

function toggled(view: ViewState, row: Exclude<Row, LogonRow | EventRow>, hasLoadedChildren: boolean): ViewState {
  switch (row.kind) {
    case "more":
      return withNextPage(view, row.parentId);
    case "group":
      return row.open ? withCollapsed(view, row.id, true) : withNextPage(view, row.id);
    case "process":
      return row.expansion === "open"
        ? withCollapsed(view, row.id, true)
        : hasLoadedChildren
          ? withCollapsed(view, row.id, false)
          : withNextPage(view, row.id);
  }
}

/** Key of the earliest process of the session that a logon opened. */
async function firstProcessOf({ link }: LogonRow): Promise<string> {
  const { processes } = await request("session", { params: { key: link.to.sessionKey } });
  const [earliest] = processes.items.toSorted((a, b) => ((a.start ?? "") < (b.start ?? "") ? -1 : 1));
  if (earliest === undefined) {
    throw new RequestError({
      title: "No process recorded",
      status: 404,
      detail: `No process of this session was recorded on ${link.to.host}.`,
    });
  }
  return earliest.key;
}
