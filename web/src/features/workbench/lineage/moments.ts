import type { ProcessNode } from "#contracts/lineage";
import type { LineageGraph } from "./graph.ts";
import { isRounded } from "./lifetime.ts";
import { accountName, processName, sessionSummary } from "./words.ts";

/** One line of the timeline. `key` is the process that it selects. */
export interface TimelineItem {
  readonly id: string;
  readonly time: string;
  /** Where it stands; epoch milliseconds. */
  readonly at: number;
  /** Recorded in whole seconds: it stands where it must have been, after what it ends. */
  readonly rounded?: boolean;
  readonly kind: "started" | "ended" | "logon" | "logoff";
  readonly title: string;
  readonly detail: string;
  readonly key?: string;
  readonly session?: string;
  readonly onPath: boolean;
  readonly alerts: ProcessNode["alerts"];
}

/** What happened, in order of time: starts and ends of processes, logons and logoffs of the sessions that they ran in. */
export function momentsOf(graph: LineageGraph, nodes: readonly ProcessNode[]): readonly TimelineItem[] {
  const items: TimelineItem[] = [];
  for (const node of nodes) {
    const common = { key: node.key, onPath: graph.path.has(node.key), title: processName(node) };
    if (node.start !== undefined) {
      items.push({
        ...common,
        id: `start:${node.key}`,
        time: node.start,
        at: Date.parse(node.start),
        kind: "started",
        detail: node.commandLine ?? "",
        alerts: node.alerts,
      });
    }
    if (node.end !== undefined) {
      const place = placeOfEnd(node.end, node.start === undefined ? [] : [node.start]);
      items.push({ ...common, ...place, id: `end:${node.key}`, time: node.end, kind: "ended", detail: "", alerts: [] });
    }
  }
  const ofSession = Map.groupBy(nodes, ({ sessionKey }) => sessionKey);
  for (const session of graph.sessions.values()) {
    const processes = ofSession.get(session.key);
    if (processes === undefined) {
      continue;
    }
    const link = graph.cameBy.get(session.key);
    const by = link?.from.processKey === undefined ? undefined : graph.nodes.get(link.from.processKey);
    const title = session.user === undefined ? `session ${session.logonId}` : accountName(session.user);
    const common = { title, session: session.key, onPath: false, alerts: [], detail: sessionSummary(session) };
    const cause = by === undefined ? "" : ` by ${processName(by)} on ${by.host}`;
    if (session.opened !== undefined) {
      const detail = `${common.detail}${cause}`.trim();
      const at = Date.parse(session.opened);
      items.push({ ...common, at, detail, id: `open:${session.key}`, time: session.opened, kind: "logon" });
    }
    if (session.closed !== undefined) {
      const starts = [session.opened, ...processes.map(({ start }) => start)].filter((time) => time !== undefined);
      const place = placeOfEnd(session.closed, starts);
      items.push({ ...common, ...place, id: `close:${session.key}`, time: session.closed, kind: "logoff" });
    }
  }
  return items.sort((a, b) => a.at - b.at || order[a.kind] - order[b.kind] || a.id.localeCompare(b.id));
}

/** Of what is recorded at one time. */
const order = { logon: 0, started: 1, ended: 2, logoff: 3 } as const satisfies Record<TimelineItem["kind"], number>;

/** An end stands behind all that it ends, where its time is only known to the second. */
function placeOfEnd(end: string, starts: readonly string[]): { readonly at: number; readonly rounded?: true } {
  const time = Date.parse(end);
  const later = starts.map((start) => Date.parse(start)).filter((start) => isRounded(start, time));
  return later.length === 0 ? { at: time } : { at: Math.max(...later), rounded: true };
}
