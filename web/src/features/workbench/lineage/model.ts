import type { Cut, LogonSession, Neighbourhood, ProcessNode } from "#contracts/lineage";

/**
 * The one model behind tree, graph, table and timeline: what was loaded, what is folded, in which order it stands. It knows
 * neither the server nor the screen; every function takes values and returns values.
 */

/** Children of one process, loaded in place; pages add up. */
export interface ChildrenPart {
  readonly kind: "children";
  readonly of: string;
  readonly items: readonly ProcessNode[];
  readonly total: number;
  readonly next?: string;
}
export interface NeighbourhoodPart {
  readonly kind: "neighbourhood";
  readonly value: Neighbourhood;
}
export type Part = ChildrenPart | NeighbourhoodPart;

interface Snapshot {
  readonly parts: readonly Part[];
  readonly collapsed: ReadonlySet<string>;
  /** Sibling groups that stand open. */
  readonly unfolded: ReadonlySet<string>;
}
export interface LineageState extends Snapshot {
  readonly past: readonly Snapshot[];
}
export type LineageAction =
  | Part
  | { readonly kind: "collapse"; readonly key: string; readonly collapsed: boolean }
  | { readonly kind: "unfold"; readonly group: string; readonly open: boolean }
  | { readonly kind: "undo" };

export const emptyState: LineageState = { parts: [], collapsed: new Set(), unfolded: new Set(), past: [] };

const undoDepth = 100;

function toggled(set: ReadonlySet<string>, key: string, on: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (on) {
    next.add(key);
  } else {
    next.delete(key);
  }
  return next;
}

/** Applies a change of the view; everything but `undo` can be undone. */
export function reduceLineage(state: LineageState, action: LineageAction): LineageState {
  if (action.kind === "undo") {
    const before = state.past.at(-1);
    return before === undefined ? state : { ...before, past: state.past.slice(0, -1) };
  }
  const { past, ...present } = state;
  const change = (next: Partial<Snapshot>): LineageState => ({
    ...present,
    ...next,
    past: [...past.slice(1 - undoDepth), present],
  });
  switch (action.kind) {
    case "collapse":
      return change({ collapsed: toggled(state.collapsed, action.key, action.collapsed) });
    case "unfold":
      return change({ unfolded: toggled(state.unfolded, action.group, action.open) });
    case "children":
      return change({ parts: [...state.parts, action], collapsed: toggled(state.collapsed, action.of, false) });
    case "neighbourhood":
      return change({ parts: [...state.parts, action] });
  }
}

export interface LineageGraph {
  readonly focus: string;
  readonly nodes: ReadonlyMap<string, ProcessNode>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly string[];
  readonly sessions: ReadonlyMap<string, LogonSession>;
  /** Known number of children and where the next page starts, per process. */
  readonly totals: ReadonlyMap<string, { readonly total: number; readonly next?: string; readonly why?: string }>;
  /** The process of the alert and everything above it. */
  readonly path: ReadonlySet<string>;
  /** What was left out as a whole: ancestors, levels, nodes. */
  readonly cuts: readonly Cut[];
}

function byStart(a: ProcessNode, b: ProcessNode): number {
  return (a.start ?? "").localeCompare(b.start ?? "") || a.key.localeCompare(b.key);
}

/** Joins the neighbourhood of the alert with all that was loaded since. Loops in the data are cut at the first repeat. */
export function buildGraph(first: Neighbourhood, parts: readonly Part[]): LineageGraph {
  const nodes = new Map<string, ProcessNode>();
  const sessions = new Map<string, LogonSession>();
  const totals = new Map<string, { total: number; next?: string; why?: string }>();
  const cuts: Cut[] = [];
  const take = (value: Neighbourhood, main: boolean) => {
    for (const node of value.nodes) {
      nodes.set(node.key, nodes.get(node.key) ?? node);
    }
    for (const session of value.sessions) {
      sessions.set(session.key, session);
    }
    for (const cut of value.cuts) {
      if (cut.relation === "children") {
        totals.set(cut.of, totals.get(cut.of) ?? { total: cut.total, next: cut.next, why: cut.why });
      } else if (main) {
        cuts.push(cut);
      }
    }
  };
  take(first, true);
  for (const part of parts) {
    if (part.kind === "neighbourhood") {
      take(part.value, false);
    } else {
      for (const node of part.items) {
        nodes.set(node.key, nodes.get(node.key) ?? node);
      }
      totals.set(part.of, { total: part.total, next: part.next });
    }
  }

  const children = new Map<string, string[]>();
  const roots: string[] = [];
  for (const node of [...nodes.values()].sort(byStart)) {
    const parent = node.parent?.key;
    if (parent === undefined || !nodes.has(parent) || isLoop(nodes, node)) {
      roots.push(node.key);
    } else {
      const siblings = children.get(parent);
      if (siblings === undefined) {
        children.set(parent, [node.key]);
      } else {
        siblings.push(node.key);
      }
    }
  }
  const path = new Set<string>();
  for (let at = nodes.get(first.focus); at !== undefined && !path.has(at.key); at = parentOf(nodes, at)) {
    path.add(at.key);
  }
  roots.sort((a, b) => Number(path.has(b)) - Number(path.has(a)));
  return { focus: first.focus, nodes, children, roots, sessions, totals, path, cuts };
}

function parentOf(nodes: ReadonlyMap<string, ProcessNode>, node: ProcessNode): ProcessNode | undefined {
  return node.parent === undefined ? undefined : nodes.get(node.parent.key);
}

/** True for exactly one node of each loop: the one with the smallest key, so that the cut does not depend on order. */
function isLoop(nodes: ReadonlyMap<string, ProcessNode>, node: ProcessNode): boolean {
  const seen = new Set<string>();
  for (let at = parentOf(nodes, node); at !== undefined && !seen.has(at.key); at = parentOf(nodes, at)) {
    seen.add(at.key);
  }
  return seen.has(node.key) && [...seen].every((key) => node.key <= key);
}

/** A command line with its variable parts replaced by `*`: numbers, ids and long random words. */
export function commandShape(commandLine: string | undefined): string {
  return (commandLine ?? "")
    .toLowerCase()
    .replace(/\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?/g, "*")
    .replace(/0x[0-9a-f]+/g, "*")
    .replace(/\d+(?:\.\d+)*/g, "*")
    .trim();
}

export interface ProcessRow {
  readonly kind: "process";
  readonly id: string;
  readonly node: ProcessNode;
  readonly depth: number;
  readonly parentId?: string;
  readonly position: number;
  readonly siblings: number;
  /** `none`: has no children; `closed`: has some that are not shown or not loaded. */
  readonly expansion: "none" | "open" | "closed";
  readonly onPath: boolean;
  readonly isFocus: boolean;
  /** Its account is another one than its parent's. */
  readonly userChanged: boolean;
}
export interface GroupRow {
  readonly kind: "group";
  readonly id: string;
  readonly depth: number;
  readonly parentId: string;
  readonly position: number;
  readonly siblings: number;
  readonly name: string;
  readonly shape: string;
  readonly members: readonly ProcessNode[];
  readonly open: boolean;
}
export interface MoreRow {
  readonly kind: "more";
  readonly id: string;
  readonly depth: number;
  readonly parentId: string;
  readonly position: number;
  readonly siblings: number;
  readonly hidden: number;
  readonly total: number;
  readonly next?: string;
  readonly why?: string;
}
export type Row = ProcessRow | GroupRow | MoreRow;

export const foldFrom = 3;

const accountKey = (node: ProcessNode) =>
  node.user === undefined ? undefined : `${node.user.domain ?? ""}\\${node.user.name}`.toLowerCase();

type Sibling = { readonly kind: "single"; readonly node: ProcessNode } | { readonly kind: "group"; readonly row: Fold };
interface Fold {
  readonly id: string;
  readonly name: string;
  readonly shape: string;
  readonly members: ProcessNode[];
}

/** Folds siblings of one image and command shape that say nothing on their own: no children, no alert, not selected. */
function foldSiblings(graph: LineageGraph, parent: string, selected: string | undefined): readonly Sibling[] {
  const kept: ProcessNode[] = (graph.children.get(parent) ?? []).flatMap((key) => graph.nodes.get(key) ?? []);
  const plain = (node: ProcessNode) =>
    node.childCount === 0 && node.alerts.length === 0 && !graph.path.has(node.key) && node.key !== selected;
  const groups = Map.groupBy(kept.filter(plain), (node) => `${node.name ?? ""}\n${commandShape(node.commandLine)}`);
  const result: Sibling[] = [];
  const placed = new Map<string, Fold>();
  for (const node of kept) {
    const id = `${node.name ?? ""}\n${commandShape(node.commandLine)}`;
    const members = plain(node) ? (groups.get(id) ?? []) : [];
    if (members.length < foldFrom) {
      result.push({ kind: "single", node });
    } else if (!placed.has(id)) {
      const row = { id: `fold:${parent}:${id}`, name: node.name ?? "unknown", shape: id.split("\n")[1] ?? "", members };
      placed.set(id, row);
      result.push({ kind: "group", row });
    }
  }
  return result;
}

/** The visible rows, top to bottom: the order of tree and graph. */
export function buildRows(
  graph: LineageGraph,
  view: Pick<LineageState, "collapsed" | "unfolded">,
  selected?: string,
): readonly Row[] {
  const rows: Row[] = [];
  const visit = (
    node: ProcessNode,
    depth: number,
    parent: ProcessNode | undefined,
    parentId: string | undefined,
    position: number,
    siblings: number,
  ) => {
    const loaded = graph.children.get(node.key)?.length ?? 0;
    const total = Math.max(graph.totals.get(node.key)?.total ?? 0, node.childCount, loaded);
    const open = loaded > 0 && !view.collapsed.has(node.key);
    rows.push({
      kind: "process",
      id: node.key,
      node,
      depth,
      parentId,
      position,
      siblings,
      expansion: total === 0 ? "none" : open ? "open" : "closed",
      onPath: graph.path.has(node.key),
      isFocus: node.key === graph.focus,
      userChanged: accountKey(node) !== undefined && (parent === undefined || accountKey(node) !== accountKey(parent)),
    });
    if (!open) {
      return;
    }
    const parts = foldSiblings(graph, node.key, selected);
    const hidden = total - loaded;
    const count = parts.length + (hidden > 0 ? 1 : 0);
    parts.forEach((part, index) => {
      if (part.kind === "single") {
        visit(part.node, depth + 1, node, node.key, index + 1, count);
        return;
      }
      const { row } = part;
      const isOpen = view.unfolded.has(row.id);
      rows.push({
        kind: "group",
        depth: depth + 1,
        parentId: node.key,
        position: index + 1,
        siblings: count,
        open: isOpen,
        ...row,
      });
      if (isOpen) {
        row.members.forEach((member, at) => {
          visit(member, depth + 2, node, row.id, at + 1, row.members.length);
        });
      }
    });
    if (hidden > 0) {
      const known = graph.totals.get(node.key);
      rows.push({
        kind: "more",
        id: `more:${node.key}`,
        depth: depth + 1,
        parentId: node.key,
        position: count,
        siblings: count,
        hidden,
        total,
        next: known?.next,
        why: known?.why,
      });
    }
  };
  graph.roots.forEach((key, index) => {
    const node = graph.nodes.get(key);
    if (node !== undefined) {
      visit(node, 0, undefined, undefined, index + 1, graph.roots.length);
    }
  });
  return rows;
}

/** Processes from the root down to one, as far as they are loaded. */
export function pathTo(graph: LineageGraph, key: string): readonly ProcessNode[] {
  const path: ProcessNode[] = [];
  const seen = new Set<string>();
  for (let at = graph.nodes.get(key); at !== undefined && !seen.has(at.key); at = parentOf(graph.nodes, at)) {
    seen.add(at.key);
    path.unshift(at);
  }
  return path;
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
