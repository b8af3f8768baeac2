import type { LogonLink, ProcessNode } from "#contracts/lineage";
import type { TimelineEvent } from "#contracts/timeline";
import { type CollapsedGroup, collapseChildren } from "./child-groups.ts";
import { type LineageGraph, matchesText, sessionEntries } from "./graph.ts";
import { accountName } from "./labels.ts";
import type { ViewState } from "./view-state.ts";

/** The visible rows from top to bottom, shared by tree and graph. */

export interface Position {
  readonly id: string;
  readonly depth: number;
  readonly position: number;
  readonly siblings: number;
}
export interface ProcessRow extends Position {
  readonly kind: "process";
  readonly node: ProcessNode;
  readonly parentId?: string;
  /** `none`: no children; `closed`: children that are hidden or not loaded. */
  readonly expansion: "none" | "open" | "closed";
  readonly onPath: boolean;
  readonly isFocus: boolean;
  /** Runs under another account than its parent. */
  readonly userChanged: boolean;
  /** The first row of its host, when the lineage spans several hosts. */
  readonly hostChanged: boolean;
  /** How the session was opened from another host; only on the topmost processes of the session. */
  readonly originLink?: LogonLink;
}
/** Similar children collapsed into one row. */
export interface GroupRow extends Position, Omit<CollapsedGroup, "id" | "kind"> {
  readonly kind: "group";
  readonly parentId: string;
  readonly open: boolean;
}
/** Children, or members of a group, that are not loaded. */
export interface MoreRow extends Position {
  readonly kind: "more";
  readonly parentId: string;
  readonly hidden: number;
  readonly total: number;
  readonly why?: string;
}
/** A logon from a process to another host. */
export interface LogonRow extends Position {
  readonly kind: "logon";
  readonly parentId: string;
  readonly link: LogonLink;
  /** The first process of the opened session, when it is loaded. */
  readonly target?: string;
}
/** Something that a process did, or what is to be said about the list of these. */
export interface EventRow extends Position {
  readonly kind: "event";
  readonly parentId: string;
  readonly event?: TimelineEvent;
  readonly note?: string;
}
export type Row = ProcessRow | GroupRow | MoreRow | LogonRow | EventRow;

/** What processes did, as far as it is loaded, by the keys of processes whose events are listed. */
export type ProcessEvents = ReadonlyMap<string, { readonly items: readonly TimelineEvent[]; readonly note?: string }>;

/** Whether rows below this one are visible. */
export const isExpanded = (row: Row): boolean =>
  row.kind === "process" ? row.expansion === "open" : row.kind === "group" && row.open;

/** A process without children. Groups expand, "more" rows load, logons lead to another host. */
export const isLeaf = (row: Row): boolean => row.kind === "process" && row.expansion === "none";

type Unplaced =
  | Omit<ProcessRow, keyof Position>
  | Omit<GroupRow, keyof Position>
  | Omit<MoreRow, keyof Position>
  | Omit<LogonRow, keyof Position>
  | Omit<EventRow, keyof Position>;
/** A row and, on demand, the rows below it. */
interface Branch {
  readonly id: string;
  readonly row: Unplaced;
  readonly below: () => readonly Branch[];
}

/** All visible rows. A `selected` process is not collapsed into a group. */
export function buildRows(
  graph: LineageGraph,
  view: Pick<ViewState, "expanded" | "collapsed">,
  selected?: string,
  events: ProcessEvents = new Map(),
): readonly Row[] {
  return flatten(rootBranches(graph, view, selected, events));
}

function rootBranches(
  graph: LineageGraph,
  view: Pick<ViewState, "expanded" | "collapsed">,
  selected: string | undefined,
  events: ProcessEvents,
): readonly Branch[] {
  const entries = sessionEntries(graph);
  const entryKeys = new Set([...entries.values()].flat());
  const outboundLogons = Map.groupBy(
    graph.links.filter(({ from, to }) => from.host !== to.host),
    ({ from }) => from.processKey ?? entries.get(from.sessionKey ?? "")?.[0] ?? "",
  );
  const hosts = new Set([...graph.nodes.values()].map(({ host }) => host));
  const loadedChildren = (node: ProcessNode) => graph.children.get(node.key)?.length ?? 0;
  const totalChildren = (node: ProcessNode) =>
    Math.max(graph.totals.get(node.key)?.total ?? 0, node.childCount, loadedChildren(node));

  const processBranch = (node: ProcessNode, parent: ProcessNode | undefined, parentId: string | undefined): Branch => {
    const hasRowsBelow = loadedChildren(node) > 0 || outboundLogons.has(node.key) || events.has(node.key);
    const open = hasRowsBelow && !view.collapsed.has(node.key);
    const account = accountKey(node);
    const originLink = entryKeys.has(node.key) ? graph.originLinks.get(node.sessionKey ?? "") : undefined;
    return {
      id: node.key,
      row: {
        kind: "process",
        node,
        parentId,
        expansion: totalChildren(node) === 0 && !hasRowsBelow ? "none" : open ? "open" : "closed",
        onPath: graph.path.has(node.key),
        isFocus: node.key === graph.focus,
        userChanged: account !== undefined && (parent === undefined || account !== accountKey(parent)),
        hostChanged: hosts.size > 1 && parent?.host !== node.host,
        originLink: originLink !== undefined && originLink.from.host !== node.host ? originLink : undefined,
      },
      below: () => (open ? childBranches(node) : []),
    };
  };
  const childBranches = (node: ProcessNode): readonly Branch[] => {
    const siblings = collapseChildren(graph, node.key, selected);
    const inGroups = siblings.reduce(
      (sum, sibling) => sum + (sibling.kind === "group" ? sibling.total - sibling.members.length : 0),
      0,
    );
    const hidden = totalChildren(node) - loadedChildren(node) - inGroups;
    return [
      ...eventBranches(node.key, events.get(node.key)),
      ...(outboundLogons.get(node.key) ?? []).map((link) => logonBranch(node.key, link)),
      ...siblings.map((sibling) =>
        sibling.kind === "single" ? processBranch(sibling.node, node, node.key) : groupBranch(node, sibling),
      ),
      ...(hidden > 0 ? [moreBranch(node.key, hidden, totalChildren(node), graph.totals.get(node.key)?.why)] : []),
    ];
  };
  const groupBranch = (parent: ProcessNode, group: CollapsedGroup): Branch => {
    const { id, members, total } = group;
    const open = view.expanded.has(id);
    const hidden = total - members.length;
    return {
      id,
      row: { ...group, parentId: parent.key, open },
      below: () =>
        open
          ? [
              ...members.map((member) => processBranch(member, parent, id)),
              ...(hidden > 0 ? [moreBranch(id, hidden, total, undefined)] : []),
            ]
          : [],
    };
  };
  const logonBranch = (parentId: string, link: LogonLink): Branch => ({
    id: `logon:${parentId}:${link.to.sessionKey}`,
    row: { kind: "logon", parentId, link, target: entries.get(link.to.sessionKey)?.[0] },
    below: () => [],
  });
  return graph.roots.flatMap((key) => {
    const node = graph.nodes.get(key);
    return node === undefined ? [] : [processBranch(node, undefined, undefined)];
  });
}

function eventBranches(parentId: string, listed: ReturnType<ProcessEvents["get"]>): readonly Branch[] {
  const rows: Branch[] = (listed?.items ?? []).map((event) => ({
    id: `event:${parentId}:${event.id}`,
    row: { kind: "event", parentId, event },
    below: () => [],
  }));
  const { note } = listed ?? {};
  return note === undefined
    ? rows
    : [...rows, { id: `event:${parentId}:note`, row: { kind: "event", parentId, note }, below: () => [] }];
}

const accountKey = (node: ProcessNode) => (node.user === undefined ? undefined : accountName(node.user).toLowerCase());

function moreBranch(parentId: string, hidden: number, total: number, why: string | undefined): Branch {
  return { id: `more:${parentId}`, row: { kind: "more", parentId, hidden, total, why }, below: () => [] };
}

/** Rows in depth-first order. Iterative, because chains of processes can be thousands long. */
function flatten(roots: readonly Branch[]): readonly Row[] {
  const rows: Row[] = [];
  const stack: { readonly branches: readonly Branch[]; next: number }[] = [{ branches: roots, next: 0 }];
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const branch = level.branches[level.next];
    if (branch === undefined) {
      stack.pop();
      continue;
    }
    level.next += 1;
    rows.push({
      ...branch.row,
      id: branch.id,
      depth: stack.length - 1,
      position: level.next,
      siblings: level.branches.length,
    });
    stack.push({ branches: branch.below(), next: 0 });
  }
  return rows;
}

/** Which processes the filter shows; undefined when it shows all. */
export function processFilter(
  view: Pick<ViewState, "find" | "alertsOnly">,
): ((node: ProcessNode) => boolean) | undefined {
  const text = view.find.trim().toLowerCase();
  if (text === "" && !view.alertsOnly) {
    return undefined;
  }
  return (node) =>
    (text === "" || matchesText(node, text)) &&
    (!view.alertsOnly || node.alerts.some(({ buildingBlock }) => !buildingBlock));
}

/** The rows of matching processes and their ancestors. A group is kept when one of its members matches. */
export function filterRows(rows: readonly Row[], matches: (node: ProcessNode) => boolean): readonly Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const kept = new Set<string>();
  for (const row of rows) {
    const isMatch = row.kind === "process" ? matches(row.node) : row.kind === "group" && row.members.some(matches);
    for (let at = isMatch ? row : undefined; at !== undefined && !kept.has(at.id); at = byId.get(at.parentId ?? "")) {
      kept.add(at.id);
    }
  }
  const visible = rows.filter((row) => kept.has(row.id));
  const siblings = Map.groupBy(visible, (row) => row.parentId ?? "");
  const positions = new Map<string, number>();
  return visible.map((row) => {
    const parent = row.parentId ?? "";
    const position = (positions.get(parent) ?? 0) + 1;
    positions.set(parent, position);
    return { ...row, position, siblings: siblings.get(parent)?.length ?? 1 };
  });
}

/** The row that a key moves to. */
export function rowAfterMove<R extends Position & { readonly parentId?: string }>(
  rows: readonly R[],
  from: string | undefined,
  to: "up" | "down" | "first" | "last" | "parent" | "child",
): R | undefined {
  const at = rows.findIndex((row) => row.id === from);
  const row = rows[at];
  switch (to) {
    case "first":
      return rows[0];
    case "last":
      return rows.at(-1);
    case "up":
      return at === -1 ? rows[0] : rows[Math.max(0, at - 1)];
    case "down":
      return at === -1 ? rows[0] : rows[Math.min(rows.length - 1, at + 1)];
    case "parent":
      return row?.parentId === undefined ? undefined : rows.find((other) => other.id === row.parentId);
    case "child": {
      const next = rows[at + 1];
      return row !== undefined && next !== undefined && next.depth > row.depth ? next : undefined;
    }
  }
}
