import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { RequestError, request } from "../../../api/client.ts";
import { useRoute } from "../../../api/queries.ts";
import { buildGraph, buildRows, emptyState, type MoreRow, type Row, reduceLineage } from "./model.ts";

const pageSize = 50;

/** The lineage of one alert with all that was expanded in place: the state that the four views share. */
export function useLineage(alertId: string, selected: string | undefined) {
  const first = useRoute("lineage", { params: { id: alertId } });
  const [state, dispatch] = useReducer(reduceLineage, emptyState);
  const [loading, setLoading] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<RequestError>();
  const graph = useMemo(
    () => (first.data === undefined ? undefined : buildGraph(first.data, state.parts)),
    [first.data, state.parts],
  );
  const folded = useMemo(() => (graph === undefined ? [] : buildRows(graph, state)), [graph, state]);
  const shown = useMemo(() => new Set(folded.map((row) => row.id)), [folded]);
  // A selection inside of a fold comes out of it; any other leaves the rows as they are, so that views need not redraw.
  const apart = selected !== undefined && !shown.has(selected) && graph?.nodes.has(selected) ? selected : undefined;
  const rows = useMemo(
    () => (graph === undefined || apart === undefined ? folded : buildRows(graph, state, apart)),
    [graph, state, apart, folded],
  );

  const load = useCallback(async (key: string, cursor: string | undefined) => {
    setLoading((before) => new Set(before).add(key));
    try {
      const page = await request("children", { params: { key }, query: { cursor, limit: pageSize } });
      dispatch({ kind: "children", of: key, items: page.items, total: page.total, next: page.next });
      setFailure(undefined);
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setFailure(error);
    } finally {
      setLoading((before) => new Set([...before].filter((other) => other !== key)));
    }
  }, []);

  // A selection that is not part of the picture (a link from a query, an address from a colleague) brings its own surroundings.
  const brought = useRef(new Set<string>());
  useEffect(() => {
    if (graph === undefined || selected === undefined || graph.nodes.has(selected) || brought.current.has(selected)) {
      return;
    }
    // Folds and "more" rows can be selected, too.
    if (rows.some((row) => row.id === selected)) {
      return;
    }
    brought.current.add(selected);
    request("processNeighbourhood", { params: { key: selected } }).then(
      (value) => dispatch({ kind: "neighbourhood", value }),
      (error: unknown) => {
        if (error instanceof RequestError) {
          setFailure(error);
        }
      },
    );
  }, [graph, rows, selected]);

  const loadMore = useCallback((row: MoreRow) => void load(row.parentId, row.next), [load]);

  /** Opens or closes a row: folds, loads children that are not there yet, or the next page of them. */
  const toggle = useCallback(
    (row: Row) => {
      if (row.kind === "more") {
        loadMore(row);
      } else if (row.kind === "group") {
        dispatch({ kind: "unfold", group: row.id, open: !row.open });
      } else if (row.expansion === "open") {
        dispatch({ kind: "collapse", key: row.id, collapsed: true });
      } else if (row.expansion === "closed") {
        if ((graph?.children.get(row.id)?.length ?? 0) > 0) {
          dispatch({ kind: "collapse", key: row.id, collapsed: false });
        } else {
          void load(row.id, undefined);
        }
      }
    },
    [graph, load, loadMore],
  );

  const undo = useCallback(() => dispatch({ kind: "undo" }), []);
  return {
    query: first,
    graph,
    rows,
    toggle,
    undo,
    canUndo: state.past.length > 0,
    loading,
    failure,
    dismissFailure: useCallback(() => setFailure(undefined), []),
  };
}

export type Lineage = ReturnType<typeof useLineage>;
