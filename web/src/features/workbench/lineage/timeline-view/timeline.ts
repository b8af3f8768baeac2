import type { ProcessNode } from "#contracts/lineage";
import type { LineageGraph } from "../graph.ts";
import { accountName, processName, sessionSummary } from "../labels.ts";
import { isRounded } from "../lifetime.ts";

/** One event of the timeline. A click selects the process `key`. */
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
  readonly onPath: boolean;
  readonly alerts: ProcessNode["alerts"];
}

/** Starts and ends of processes and logons and logoffs of their sessions, in order of time. */
export function timelineItems(graph: LineageGraph, nodes: readonly ProcessNode[]): readonly TimelineItem[] {
  const items: TimelineItem[] = [];
  for (const node of nodes) {
    const common = { key: node.key, onPath: graph.path.has(node.key), title: processName(node) };
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
    const common = { title, session: session.key, onPath: false, alerts: [], detail: sessionSummary(session) };
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
const order = { logon: 0, started: 1, ended: 2, logoff: 3 } as const satisfies Record<TimelineItem["kind"], number>;

/** An end that was rounded down to a second is sorted after the starts in that second. */
function sortTimeOfEnd(end: string, starts: readonly string[]): { readonly sortTime: number; readonly rounded?: true } {
  const time = Date.parse(end);
  const later = starts.map((start) => Date.parse(start)).filter((start) => isRounded(start, time));
  return later.length === 0 ? { sortTime: time } : { sortTime: Math.max(...later), rounded: true };
}
