import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { type Timeline, type TimelineKind, timelineKinds } from "#contracts/timeline";
import { useRoute } from "../../../../api/queries.ts";
import { shownSpan } from "../spans.ts";
import type { Lineage } from "../use-lineage.ts";
import type { TimeSpan } from "../view-state.ts";
import { timelineLines } from "./timeline.ts";

/** Processes that one request may name. */
const PROCESSES = 500;
/** Events of a request, at first and at most. */
const PAGE = 500;
const MOST = 1000;
/** Milliseconds after which a time that is being zoomed is asked for. */
const DELAY = 150;

const iso = (time: number) => new Date(time).toISOString();

/** Starts and ends of loaded processes are known from the graph: their records need no place in a page. */
const besidesGraph: readonly TimelineKind[] = timelineKinds.filter((kind) => kind !== "process" && kind !== "exit");

/** What the timeline shows: lines from the graph and from the server, the counts, and the times it can be fitted to. */
export function useTimeline(lineage: Lineage) {
  const { graph, nodes, view, alertId } = lineage;
  const [limit, setLimit] = useState(PAGE);
  const processes = useMemo(() => processesOf(graph), [graph]);
  const known = useMemo(() => shownSpan(graph, view.span), [graph, view.span]);
  const whole = useRoute(
    "timeline",
    { body: { processes, alerts: [alertId], kinds: [], buckets: 1, limit: 1 } },
    { keep: true, freshFor: 30_000 },
  );
  const extent = useMemo(() => spanOf(whole.data), [whole.data]);
  const span = useMemo(() => known ?? aroundFired(whole.data, alertId) ?? extent, [known, whole.data, alertId, extent]);
  const window = useMemo(() => ({ span, around: view.around }), [span, view.around]);
  const [{ span: asked, around }] = useDebouncedValue(window, DELAY);
  const wanted = around === undefined ? besidesGraph : timelineKinds;
  const page = useRoute(
    "timeline",
    {
      body: {
        processes,
        alerts: [alertId],
        hosts: around === undefined ? [] : [around],
        ...(asked === undefined ? {} : { from: iso(asked.from), to: iso(asked.to) }),
        kinds: wanted.filter((kind) => !view.hiddenKinds.has(kind)),
        buckets: 240,
        limit,
      },
    },
    { keep: true, enabled: asked !== undefined, freshFor: 30_000 },
  );
  const { data } = page;
  const fired = useMemo(
    () => (data ?? whole.data)?.fired.filter(({ alerts }) => alerts.some(({ id }) => id === alertId)) ?? [],
    [data, whole.data, alertId],
  );
  const lines = useMemo(() => {
    if (graph === undefined || span === undefined) {
      return [];
    }
    const events = new Map([...(data?.items ?? []), ...(data?.fired ?? [])].map((event) => [event.id, event]));
    const filtered = view.find.trim() !== "" || view.alertsOnly;
    return timelineLines(graph, nodes, [...events.values()], {
      span,
      hiddenKinds: view.hiddenKinds,
      alertId,
      filtered,
    });
  }, [graph, nodes, data, span, view.hiddenKinds, view.find, view.alertsOnly, alertId]);
  const limits = useMemo(() => union(extent, span), [extent, span]);
  return {
    page,
    /** Of all the time, without a list. */
    whole,
    lines,
    /** The events that the alert was raised on. */
    fired,
    span,
    /** The longest time that can be shown. */
    limits,
    extent,
    loadMore: data?.next !== undefined && limit < MOST ? () => setLimit(MOST) : undefined,
    left: (graph?.nodes.size ?? 0) - processes.length,
  };
}

export type TimelineData = ReturnType<typeof useTimeline>;

/** The processes on the path first: of very many, the rest may be left out. */
function processesOf(graph: Lineage["graph"]): string[] {
  const all = graph === undefined ? [] : [...graph.nodes.values()];
  const rank = (key: string, alerts: number) => (graph?.path.has(key) === true ? 0 : alerts > 0 ? 1 : 2);
  return all
    .toSorted((a, b) => rank(a.key, a.alerts.length) - rank(b.key, b.alerts.length))
    .slice(0, PROCESSES)
    .map(({ key }) => key)
    .sort();
}

/** A minute on both sides of what the alert was raised on: for processes of which no start is known. */
function aroundFired(data: Timeline | undefined, alertId: string): TimeSpan | undefined {
  const times = (data?.fired ?? [])
    .filter(({ alerts }) => alerts.some(({ id }) => id === alertId))
    .map(({ time }) => Date.parse(time));
  return times.length === 0 ? undefined : { from: Math.min(...times) - 60_000, to: Math.max(...times) + 60_000 };
}

function spanOf(data: { readonly from?: string; readonly to?: string } | undefined): TimeSpan | undefined {
  return data?.from === undefined || data.to === undefined
    ? undefined
    : { from: Date.parse(data.from), to: Date.parse(data.to) };
}

function union(a: TimeSpan | undefined, b: TimeSpan | undefined): TimeSpan {
  const [one, other] = [a ?? b ?? { from: 0, to: 1 }, b ?? a ?? { from: 0, to: 1 }];
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}
