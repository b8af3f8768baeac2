import type { LineageGraph } from "./model.ts";
import { accountName, processName, sessionSummary } from "./words.ts";

/** One line of the timeline. `key` is the process that it selects. */
export interface TimelineItem {
  readonly id: string;
  readonly time: string;
  readonly kind: "started" | "ended" | "logon" | "logoff";
  readonly title: string;
  readonly detail: string;
  readonly key?: string;
  readonly session?: string;
  readonly onPath: boolean;
  readonly alerts: number;
}

/** What happened, in order of time: starts and ends of processes, logons and logoffs of the sessions that they ran in. */
export function momentsOf(graph: LineageGraph): readonly TimelineItem[] {
  const items: TimelineItem[] = [];
  for (const node of graph.nodes.values()) {
    const common = { key: node.key, onPath: graph.path.has(node.key), title: processName(node) };
    if (node.start !== undefined) {
      items.push({
        ...common,
        id: `start:${node.key}`,
        time: node.start,
        kind: "started",
        detail: node.commandLine ?? "",
        alerts: node.alerts.filter((alert) => !alert.buildingBlock).length,
      });
    }
    if (node.end !== undefined) {
      items.push({ ...common, id: `end:${node.key}`, time: node.end, kind: "ended", detail: "", alerts: 0 });
    }
  }
  for (const session of graph.sessions.values()) {
    const title = session.user === undefined ? `session ${session.logonId}` : accountName(session.user);
    const common = { title, session: session.key, onPath: false, alerts: 0, detail: sessionSummary(session) };
    if (session.opened !== undefined) {
      items.push({ ...common, id: `open:${session.key}`, time: session.opened, kind: "logon" });
    }
    if (session.closed !== undefined) {
      items.push({ ...common, id: `close:${session.key}`, time: session.closed, kind: "logoff" });
    }
  }
  return items.sort((a, b) => a.time.localeCompare(b.time) || a.id.localeCompare(b.id));
}
