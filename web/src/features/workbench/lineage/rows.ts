import type { LogonLink, ProcessNode } from "#contracts/lineage";
import { entriesOf, holdsText, type LineageGraph } from "./graph.ts";
import { groupId, type ViewState } from "./view-state.ts";
import { accountName } from "./words.ts";

/** The visible rows, top to bottom: what tree and graph show, and in which order. */

interface Placed {
  readonly id: string;
  readonly depth: number;
  readonly position: number;
  readonly siblings: number;
}
export interface ProcessRow extends Placed {
  readonly kind: "process";
  readonly node: ProcessNode;
  readonly parentId?: string;
  /** `none`: has no children; `closed`: has some that are not shown or not loaded. */
  readonly expansion: "none" | "open" | "closed";
  readonly onPath: boolean;
  readonly isFocus: boolean;
  /** Its account is another one than its parent's. */
  readonly userChanged: boolean;
  /** The first of its host, where there are several hosts. */
  readonly hostChanged: boolean;
  /** How its session was opened from another host, on the processes through which that session entered. */
  readonly cameBy?: LogonLink;
}
/** Alike children as one line. */
export interface GroupRow extends Placed {
  readonly kind: "group";
  readonly parentId: string;
  readonly name: string;
  readonly shape: string;
  /** Those of them that are loaded. */
  readonly members: readonly ProcessNode[];
  readonly total: number;
  readonly open: boolean;
}
/** Children, or members of a group, that are not loaded. */
export interface MoreRow extends Placed {
  readonly kind: "more";
  readonly parentId: string;
  readonly hidden: number;
  readonly total: number;
  readonly why?: string;
}
/** A logon on another host that a process made: the way on. */
export interface LogonRow extends Placed {
  readonly kind: "logon";
  readonly parentId: string;
  readonly link: LogonLink;
  /** The process that the way leads to, where it is loaded. */
  readonly target?: string;
}
export type Row = ProcessRow | GroupRow | MoreRow | LogonRow;

/** Fewer alike children than this stand for themselves. */
const foldFrom = 3;

const accountKey = (node: ProcessNode) => (node.user === undefined ? undefined : accountName(node.user).toLowerCase());

interface Fold {
  readonly kind: "group";
  readonly id: string;
  readonly name: string;
  readonly shape: string;
  readonly members: readonly ProcessNode[];
  readonly total: number;
}
type Sibling = { readonly kind: "single"; readonly node: ProcessNode } | Fold;

/**
 * Folds alike children that say nothing on their own: no children, no alert, not selected. A group that the server folded
 * counts its members exactly, whether they are loaded or not.
 */
function foldChildren(graph: LineageGraph, parent: string, selected: string | undefined): readonly Sibling[] {
  const children = (graph.children.get(parent) ?? []).flatMap((key) => graph.nodes.get(key) ?? []);
  const plain = (node: ProcessNode) =>
    node.childCount === 0 && node.alerts.length === 0 && !graph.path.has(node.key) && node.key !== selected;
  const alike = Map.groupBy(children, (node) => node.childGroup);
  const told = new Map((graph.clusters.get(parent) ?? []).map((cluster) => [cluster.key, cluster]));
  const folds = new Map<string, Fold>();
  for (const [cluster, nodes] of alike) {
    const known = told.get(cluster);
    const members = nodes.filter(plain);
    const hidden = Math.max(0, (known?.total ?? 0) - nodes.length);
    if (hidden > 0 || members.length >= foldFrom) {
      const [first] = nodes;
      folds.set(cluster, {
        kind: "group",
        id: groupId(parent, cluster),
        name: known?.name ?? first?.name ?? "unknown",
        shape: known?.commandTemplate ?? first?.commandLine ?? "",
        members,
        total: members.length + hidden,
      });
    }
  }
  const placed = new Set<string>();
  const result: Sibling[] = [];
  for (const node of children) {
    const fold = folds.get(node.childGroup);
    if (fold === undefined || !plain(node)) {
      result.push({ kind: "single", node });
    }
    // A fold stands where the first of its kind would, members or not.
    if (fold !== undefined && !placed.has(node.childGroup)) {
      placed.add(node.childGroup);
      result.push(fold);
    }
  }
  return result;
}

type Unplaced =
  | Omit<ProcessRow, keyof Placed>
  | Omit<GroupRow, keyof Placed>
  | Omit<MoreRow, keyof Placed>
  | Omit<LogonRow, keyof Placed>;
/** A row with what hangs below it. */
interface Branch {
  readonly id: string;
  readonly row: Unplaced;
  readonly below: () => readonly Branch[];
}

/** All rows that are open. Nothing recurses: chains of processes can be thousands long. */
export function buildRows(
  graph: LineageGraph,
  view: Pick<ViewState, "open" | "shut">,
  selected?: string,
): readonly Row[] {
  const entries = entriesOf(graph);
  const entered = new Set([...entries.values()].flat());
  const onward = Map.groupBy(
    graph.links.filter(({ from, to }) => from.host !== to.host),
    ({ from }) => from.processKey ?? entries.get(from.sessionKey ?? "")?.[0] ?? "",
  );
  const hosts = new Set([...graph.nodes.values()].map(({ host }) => host));

  const loadedChildren = (node: ProcessNode) => graph.children.get(node.key)?.length ?? 0;
  const totalOf = (node: ProcessNode) =>
    Math.max(graph.totals.get(node.key)?.total ?? 0, node.childCount, loadedChildren(node));

  const branchOf = (node: ProcessNode, parent: ProcessNode | undefined, parentId: string | undefined): Branch => {
    const below = loadedChildren(node) > 0 || onward.has(node.key);
    const open = below && !view.shut.has(node.key);
    const account = accountKey(node);
    const cameBy = entered.has(node.key) ? graph.cameBy.get(node.sessionKey ?? "") : undefined;
    return {
      id: node.key,
      row: {
        kind: "process",
        node,
        parentId,
        expansion: totalOf(node) === 0 && !below ? "none" : open ? "open" : "closed",
        onPath: graph.path.has(node.key),
        isFocus: node.key === graph.focus,
        userChanged: account !== undefined && (parent === undefined || account !== accountKey(parent)),
        hostChanged: hosts.size > 1 && parent?.host !== node.host,
        cameBy: cameBy !== undefined && cameBy.from.host !== node.host ? cameBy : undefined,
      },
      below: () => (open ? belowProcess(node) : []),
    };
  };
  const belowProcess = (node: ProcessNode): readonly Branch[] => {
    const parts = foldChildren(graph, node.key, selected);
    const folded = parts.reduce((sum, part) => sum + (part.kind === "group" ? part.total - part.members.length : 0), 0);
    const hidden = totalOf(node) - loadedChildren(node) - folded;
    return [
      ...(onward.get(node.key) ?? []).map((link) => logonBranch(node.key, link)),
      ...parts.map((part) => (part.kind === "single" ? branchOf(part.node, node, node.key) : groupBranch(node, part))),
      ...(hidden > 0 ? [moreBranch(node.key, hidden, totalOf(node), graph.totals.get(node.key)?.why)] : []),
    ];
  };
  const groupBranch = (parent: ProcessNode, fold: Fold): Branch => {
    const { id, name, shape, members, total } = fold;
    const open = view.open.has(id);
    const hidden = total - members.length;
    return {
      id,
      row: { kind: "group", parentId: parent.key, name, shape, members, total, open },
      below: () =>
        open
          ? [
              ...members.map((member) => branchOf(member, parent, id)),
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

  const rows: Row[] = [];
  const open: { readonly branches: readonly Branch[]; at: number }[] = [
    {
      branches: graph.roots.flatMap((key) => {
        const node = graph.nodes.get(key);
        return node === undefined ? [] : [branchOf(node, undefined, undefined)];
      }),
      at: 0,
    },
  ];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const branch = level.branches[level.at];
    if (branch === undefined) {
      open.pop();
      continue;
    }
    level.at += 1;
    rows.push({
      ...branch.row,
      id: branch.id,
      depth: open.length - 1,
      position: level.at,
      siblings: level.branches.length,
    });
    open.push({ branches: branch.below(), at: 0 });
  }
  return rows;
}

function moreBranch(parentId: string, hidden: number, total: number, why: string | undefined): Branch {
  return { id: `more:${parentId}`, row: { kind: "more", parentId, hidden, total, why }, below: () => [] };
}

/** Which processes a person asked for; undefined: all of them. */
export function wantedBy(view: Pick<ViewState, "find" | "alertsOnly">): ((node: ProcessNode) => boolean) | undefined {
  const text = view.find.trim().toLowerCase();
  if (text === "" && !view.alertsOnly) {
    return undefined;
  }
  return (node) =>
    (text === "" || holdsText(node, text)) &&
    (!view.alertsOnly || node.alerts.some(({ buildingBlock }) => !buildingBlock));
}

/** The rows of wanted processes and what leads to them, placed anew. A group stays when one of its members is wanted. */
export function filterRows(rows: readonly Row[], wanted: (node: ProcessNode) => boolean): readonly Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const kept = new Set<string>();
  for (const row of rows) {
    const matches = row.kind === "process" ? wanted(row.node) : row.kind === "group" && row.members.some(wanted);
    for (let at = matches ? row : undefined; at !== undefined && !kept.has(at.id); at = byId.get(at.parentId ?? "")) {
      kept.add(at.id);
    }
  }
  const left = rows.filter((row) => kept.has(row.id));
  const numbers = Map.groupBy(left, (row) => row.parentId ?? "");
  const positions = new Map<string, number>();
  return left.map((row) => {
    const above = row.parentId ?? "";
    const position = (positions.get(above) ?? 0) + 1;
    positions.set(above, position);
    return { ...row, position, siblings: numbers.get(above)?.length ?? 1 };
  });
}

/** The row a key leads to: the next or previous row, the parent, the first child. */
export function moveIn(
  rows: readonly Row[],
  from: string | undefined,
  to: "up" | "down" | "first" | "last" | "parent" | "child",
): Row | undefined {
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
