import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Neighbourhood, ProcessNode } from "#contracts/lineage";
import { RequestError, request } from "../../../api/client.ts";
import { useRoute } from "../../../api/queries.ts";
import type { useAddress } from "../use-address.ts";
import { buildGraph, type Part } from "./graph.ts";
import { buildRows, filterRows, type LogonRow, type Row, wantedBy } from "./rows.ts";
import { groupOf, type ViewState, withBrought, withPage, withShut } from "./view-state.ts";

const pageSize = 50;

/** A page of children of a process, or of members of a group. */
interface LoadedPage {
  readonly items: readonly ProcessNode[];
  readonly total: number;
  readonly next?: string;
}

/** What was loaded for a view, whether it is shown now or not: undoing and doing again costs no request. */
interface Loaded {
  readonly pages: ReadonlyMap<string, readonly LoadedPage[]>;
  readonly around: ReadonlyMap<string, Neighbourhood>;
}
const nothing: Loaded = { pages: new Map(), around: new Map() };

/** The parts that a view asks for, as far as they are here. */
function partsOf(view: ViewState, loaded: Loaded): readonly Part[] {
  const around = view.brought.flatMap((key): Part[] => {
    const value = loaded.around.get(key);
    return value === undefined ? [] : [{ kind: "neighbourhood", value }];
  });
  const children = [...view.open].flatMap(([id, count]): Part[] => {
    const pages = loaded.pages.get(id)?.slice(0, count);
    const last = pages?.at(-1);
    const { of, cluster } = groupOf(id) ?? { of: id, cluster: undefined };
    return pages === undefined || last === undefined
      ? []
      : [{ kind: "children", of, cluster, items: pages.flatMap(({ items }) => items), total: last.total }];
  });
  return [...around, ...children];
}

/** What a view asks for and is not here: the next page of each, and surroundings. */
function missing(view: ViewState, loaded: Loaded, needed: (groupId: string) => boolean): readonly string[] {
  const pages = [...view.open].flatMap(([id, count]) => {
    const known = loaded.pages.get(id) ?? [];
    const ended = known.length > 0 && known.at(-1)?.next === undefined;
    return ended || known.length >= count || !needed(id) ? [] : [id];
  });
  return [...pages, ...view.brought.filter((key) => !loaded.around.has(key)).map((key) => `around:${key}`)];
}

/** The lineage of one alert as a person made it: the state that the four views share. */
export function useLineage(
  alertId: string,
  asked: string | undefined,
  { address, changeView, undo, canUndo }: ReturnType<typeof useAddress>,
) {
  const first = useRoute("lineage", { params: { id: alertId } });
  const view = address.lineage;
  const [loaded, setLoaded] = useState<Loaded>(nothing);
  const [loading, setLoading] = useState<ReadonlySet<string>>(new Set());
  const [failure, setFailure] = useState<{ readonly error: RequestError; readonly of: string }>();
  // An address may hold the key of a placeholder that gave way since: what its surroundings are about is meant.
  const selected = loaded.around.get(asked ?? "")?.focus ?? asked;
  const graph = useMemo(
    () => (first.data === undefined ? undefined : buildGraph(first.data, partsOf(view, loaded))),
    [first.data, view, loaded],
  );
  const { open, shut, find, alertsOnly } = view;
  const folded = useMemo(() => (graph === undefined ? [] : buildRows(graph, { open, shut })), [graph, open, shut]);
  // A selection inside of a fold comes out of it; any other leaves the rows as they are, so that views need not redraw.
  const shown = useMemo(() => new Set(folded.map((row) => row.id)), [folded]);
  const apart = selected !== undefined && !shown.has(selected) && graph?.nodes.has(selected) ? selected : undefined;
  const all = useMemo(
    () => (graph === undefined || apart === undefined ? folded : buildRows(graph, { open, shut }, apart)),
    [graph, open, shut, apart, folded],
  );
  const wanted = useMemo(() => wantedBy({ find, alertsOnly }), [find, alertsOnly]);
  const rows = useMemo(() => (wanted === undefined ? all : filterRows(all, wanted)), [all, wanted]);
  const nodes = useMemo(() => {
    const known = [...(graph?.nodes.values() ?? [])];
    return wanted === undefined ? known : known.filter(wanted);
  }, [graph, wanted]);

  // Records that came or a parent that was chosen meanwhile: what was loaded below is stale with the rest.
  const { data } = first;
  const read = useRef(data);
  const reload = useCallback(() => setLoaded(nothing), []);
  useEffect(() => {
    if (read.current !== undefined && read.current !== data) {
      reload();
    }
    read.current = data;
  }, [data, reload]);

  // The data follows the view, and so the address: one request for each part that is missing and not on its way.
  const inFlight = useRef(new Set<string>());
  const failed = failure?.of;
  useEffect(() => {
    if (graph === undefined) {
      return;
    }
    const isFolded = (id: string) => {
      const group = groupOf(id);
      return group === undefined || (graph.clusters.get(group.of) ?? []).some(({ key }) => key === group.cluster);
    };
    const load = async (part: string) => {
      const key = part.startsWith("around:") ? part.slice("around:".length) : undefined;
      inFlight.current.add(part);
      setLoading(new Set(inFlight.current));
      try {
        if (key !== undefined) {
          const value = await request("processNeighbourhood", { params: { key } });
          setLoaded((before) => ({ ...before, around: new Map(before.around).set(key, value) }));
        } else {
          const { of, cluster } = groupOf(part) ?? { of: part, cluster: undefined };
          const cursor = loaded.pages.get(part)?.at(-1)?.next;
          const page = await request("children", {
            params: { key: of },
            query: { childGroup: cluster, cursor, limit: pageSize },
          });
          setLoaded((before) => ({
            ...before,
            pages: new Map(before.pages).set(part, [...(before.pages.get(part) ?? []), page]),
          }));
        }
        setFailure((before) => (before?.of === part ? undefined : before));
      } catch (error) {
        if (!(error instanceof RequestError)) {
          throw error;
        }
        setFailure({ error, of: part });
      } finally {
        inFlight.current.delete(part);
        setLoading(new Set(inFlight.current));
      }
    };
    for (const part of missing(view, loaded, isFolded)) {
      if (!inFlight.current.has(part) && part !== failed) {
        void load(part);
      }
    }
  }, [graph, view, loaded, failed]);

  // A selection that is not part of the picture (a link from a query, an address from a colleague) brings its surroundings.
  const bring = useCallback(
    (key: string) => changeView(({ lineage }) => ({ lineage: withBrought(lineage, key) })),
    [changeView],
  );
  const broughtFor = useRef(new Set<string>());
  useEffect(() => {
    const isKnown = selected === undefined || graph === undefined || graph.nodes.has(selected);
    // Folds, logons and "more" rows can be selected, too: their names hold what no key of a process holds.
    if (isKnown || /[.:]/.test(selected) || broughtFor.current.has(selected)) {
      return;
    }
    broughtFor.current.add(selected);
    bring(selected);
  }, [graph, selected, bring]);

  /** Goes the way of a logon to the other host: to the process that it led to, loaded on demand. */
  const follow = useCallback(async (row: LogonRow, select: (key: string) => void) => {
    if (row.target !== undefined) {
      select(row.target);
      return;
    }
    try {
      const page = await request("session", { params: { key: row.link.to.sessionKey } });
      const [earliest] = page.processes.items.toSorted((a, b) => ((a.start ?? "") < (b.start ?? "") ? -1 : 1));
      if (earliest === undefined) {
        setFailure({ error: nothingRan(row), of: row.id });
      } else {
        select(earliest.key);
      }
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setFailure({ error, of: row.id });
    }
  }, []);

  /** Opens or closes a row: folds, loads children that are not there yet, or the next page of them. */
  const toggle = useCallback(
    (row: Row) => {
      if (row.kind === "logon") {
        return;
      }
      changeView(({ lineage }) => {
        if (row.kind === "more") {
          return { lineage: withPage(lineage, row.parentId) };
        }
        if (row.kind === "group") {
          return { lineage: row.open ? withShut(lineage, row.id, true) : withPage(lineage, row.id) };
        }
        const isLoaded = (graph?.children.get(row.id)?.length ?? 0) > 0;
        return {
          lineage:
            row.expansion === "open"
              ? withShut(lineage, row.id, true)
              : isLoaded
                ? withShut(lineage, row.id, false)
                : withPage(lineage, row.id),
        };
      });
    },
    [changeView, graph],
  );

  return {
    query: first,
    /** The selected row, under the key that its process has now. */
    selected,
    graph,
    rows,
    /** Processes that are shown, folded ones too. */
    nodes,
    /** How many rows the filter hides. */
    filtered: all.length - rows.length,
    view,
    setView: useCallback(
      (part: Partial<ViewState>) =>
        changeView(
          ({ lineage }) => ({ lineage: { ...lineage, ...part } }),
          part.find === undefined ? undefined : "find",
        ),
      [changeView],
    ),
    toggle,
    follow,
    bring,
    reload,
    undo,
    canUndo,
    loading,
    failure: failure?.error,
    dismissFailure: useCallback(() => setFailure(undefined), []),
  };
}

export type Lineage = ReturnType<typeof useLineage>;

function nothingRan(row: LogonRow): RequestError {
  return new RequestError({
    type: "about:blank",
    title: "The way ends here",
    status: 404,
    detail: `No process of that session was recorded on ${row.link.to.host}.`,
  });
}
