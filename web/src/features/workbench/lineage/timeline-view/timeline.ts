import type { ProcessNode } from "#contracts/lineage";
import type { TimelineEvent, TimelineKind } from "#contracts/timeline";
import type { LineageGraph } from "../graph.ts";
import { accountName, processName, sessionSummary } from "../labels.ts";
import { isRounded } from "../lifetime.ts";
import type { TimeSpan } from "../view-state.ts";

/** What the graph knows itself: the start or end of a process, a logon or logoff. A click selects the process `key`. */
export interface TimelineItem {
  readonly id: string;
  readonly time: string;
  /** Epoch milliseconds. Differs from `time` for a rounded end, which is sorted after what it ends. */
  readonly sortTime: number;
  /** The time was recorded in whole seconds and precedes the start. */
  readonly rounded?: boolean;
  readonly kind: "started" | "ended" | "logon" | "logoff";
  readonly title: string;
  readonly detail: string;
  readonly key?: string;
  readonly session?: string;
  readonly host: string;
  readonly onPath: boolean;
  readonly alerts: ProcessNode["alerts"];
}

/** Starts and ends of processes and logons and logoffs of their sessions, in order of time. */
export function timelineItems(graph: LineageGraph, nodes: readonly ProcessNode[]): readonly TimelineItem[] {
  const items: TimelineItem[] = [];
  for (const node of nodes) {
    const common = { key: node.key, onPath: graph.path.has(node.key), title: processName(node), host: node.host };
    if (node.start !== undefined) {
      items.push({
        ...common,
        id: `start:${node.key}`,
        time: node.start,
        sortTime: Date.parse(node.start),
        kind: "started",
        detail: node.commandLine ?? "",
        alerts: node.alerts,
      });
    }
    if (node.end !== undefined) {
      const end = sortTimeOfEnd(node.end, node.start === undefined ? [] : [node.start]);
      items.push({ ...common, ...end, id: `end:${node.key}`, time: node.end, kind: "ended", detail: "", alerts: [] });
    }
  }
  const ofSession = Map.groupBy(nodes, ({ sessionKey }) => sessionKey);
  for (const session of graph.sessions.values()) {
    const processes = ofSession.get(session.key);
    if (processes === undefined) {
      continue;
    }
    const link = graph.originLinks.get(session.key);
    const by = link?.from.processKey === undefined ? undefined : graph.nodes.get(link.from.processKey);
    const title = session.user === undefined ? `session ${session.logonId}` : accountName(session.user);
    const { key, host } = session;
    const common = { title, session: key, host, onPath: false, alerts: [], detail: sessionSummary(session) };
    const cause = by === undefined ? "" : ` by ${processName(by)} on ${by.host}`;
    if (session.opened !== undefined) {
      const detail = `${common.detail}${cause}`.trim();
      const at = Date.parse(session.opened);
      items.push({ ...common, sortTime: at, detail, id: `open:${session.key}`, time: session.opened, kind: "logon" });
    }
    if (session.closed !== undefined) {
      const starts = [session.opened, ...processes.map(({ start }) => start)].filter((time) => time !== undefined);
      const end = sortTimeOfEnd(session.closed, starts);
      items.push({ ...common, ...end, id: `close:${session.key}`, time: session.closed, kind: "logoff" });
    }
  }
  return items.sort((a, b) => a.sortTime - b.sortTime || order[a.kind] - order[b.kind] || a.id.localeCompare(b.id));
}

/** Order of events with the same time. */
const order = { logon: 0, started: 1, ended: 3, logoff: 4 } as const satisfies Record<TimelineItem["kind"], number>;

/** An end that was rounded down to a second is sorted after the starts in that second. */
function sortTimeOfEnd(end: string, starts: readonly string[]): { readonly sortTime: number; readonly rounded?: true } {
  const time = Date.parse(end);
  const later = starts.map((start) => Date.parse(start)).filter((start) => isRounded(start, time));
  return later.length === 0 ? { sortTime: time } : { sortTime: Math.max(...later), rounded: true };
}

/** A line of the list: what the graph knows, or any other event. */
export type TimelineLine =
  | ({ readonly line: "graph" } & TimelineItem)
  | {
      readonly line: "event";
      readonly id: string;
      readonly time: string;
      readonly sortTime: number;
      readonly host: string;
      /** The process that did it, if it is among the loaded ones. */
      readonly key?: string;
      readonly onPath: boolean;
      /** The alert was raised on it. */
      readonly fired: boolean;
      readonly event: TimelineEvent;
    };

/** The id of the line that an event has: starts and logons that the graph knows are listed from it. */
export function lineIdOf(graph: LineageGraph, event: string): string {
  const started = graph.nodes.values().find(({ sources }) => sources.some(({ eventId }) => eventId === event));
  const session = graph.sessions.values().find(({ openedBy }) => openedBy?.eventId === event);
  return started !== undefined ? `start:${started.key}` : session === undefined ? event : `open:${session.key}`;
}

/** Starts and ends are listed from the graph, with what it knows of them; so their records are left out. */
const ofGraph = { started: "process", ended: "exit", logon: "logon", logoff: "logon" } as const;

export interface LineOptions {
  readonly span: TimeSpan;
  readonly hiddenKinds: ReadonlySet<TimelineKind>;
  readonly alertId: string;
  /** Whether a filter hides processes: then only events of the processes that it shows are listed. */
  readonly filtered: boolean;
}

/** What happened in the span, in order of time. Nothing hides an event that the alert was raised on. */
export function timelineLines(
  graph: LineageGraph,
  nodes: readonly ProcessNode[],
  events: readonly TimelineEvent[],
  { span, hiddenKinds, alertId, filtered }: LineOptions,
): readonly TimelineLine[] {
  const within = (time: number) => time >= span.from && time <= span.to;
  const shown = new Set(nodes.map(({ key }) => key));
  const recorded = new Set([
    ...[...graph.nodes.values()].flatMap(({ sources }) => sources.map(({ eventId }) => eventId)),
    ...[...graph.sessions.values()].flatMap(({ openedBy }) => openedBy?.eventId ?? []),
  ]);
  const known = timelineItems(graph, nodes)
    .filter((item) => within(item.sortTime) && !hiddenKinds.has(ofGraph[item.kind]))
    .map((item): TimelineLine => ({ line: "graph", ...item }));
  const others = events.flatMap((event): TimelineLine[] => {
    const fired = event.alerts.some(({ id }) => id === alertId);
    const sortTime = Date.parse(event.time);
    const { key } = event.process;
    if (!within(sortTime) || (recorded.has(event.id) && !fired) || (!fired && hiddenKinds.has(event.kind))) {
      return [];
    }
    if (filtered && !fired && (key === undefined || !shown.has(key))) {
      return [];
    }
    const loaded = key !== undefined && graph.nodes.has(key) ? key : undefined;
    const { id, time, host } = event;
    return [{ line: "event", id, time, sortTime, host, key: loaded, onPath: graph.path.has(key ?? ""), fired, event }];
  });
  const rank = (line: TimelineLine) => (line.line === "graph" ? order[line.kind] : 2);
  return [...known, ...others].sort(
    (a, b) => a.sortTime - b.sortTime || rank(a) - rank(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}
