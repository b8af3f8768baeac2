import type { LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import {
  type Child,
  type ChildSource,
  type CollapsedGroup,
  childGroupsIn,
  collapsedBelow,
  collapsedChildren,
  groupsThatFit,
  MAX_CHILDREN,
  MAX_GROUPS,
  MAX_SIMILAR,
  shownOf,
} from "./collapse-children.ts";
import { BROKEN_CYCLE } from "./relations.ts";

/** What a neighbourhood is read from. */
export interface NeighbourhoodSource extends ChildSource {
  /** The process, its parent and so on; at most `limit` processes, cycles broken. Empty for an unknown process. */
  path(key: string, limit: number): Promise<readonly ProcessNode[]>;
  nodes(keys: readonly string[]): Promise<readonly ProcessNode[]>;
  /** Keys of the children of a parent that started nearest to one of them, including that one. */
  keysAround(parent: string, child: string, limit: number): Promise<readonly string[]>;
  /** The sessions that processes run in. */
  sessionsOf(keys: readonly string[]): Promise<readonly LogonSession[]>;
}

/** A longer path is truncated at the top. */
export const MAX_ANCESTORS = 64;

/** Siblings get this share of the room (one in so many) before the descendants. */
const SIBLING_SHARE = 3;

/** Processes to show, by key, and the groups that are shown in part. */
interface Selection {
  readonly keys: readonly string[];
  readonly collapsed: readonly CollapsedGroup[];
}

/**
 * The part of the graph around a process: the path to the root, descendants level by level, and siblings. Similar
 * children of one process (image and command-line template) are collapsed into one row. At most `limit` processes; the
 * path counts but is never truncated in favour of others. `truncations` and `childGroups` contain what was left out,
 * with exact totals. The work depends on what is shown, not on how many children a process has.
 */
export async function neighbourhoodOf(
  source: NeighbourhoodSource,
  of: string | readonly ProcessNode[],
  limit: number,
): Promise<Neighbourhood | undefined> {
  const [focus, ...above] = typeof of === "string" ? await source.path(of, MAX_ANCESTORS + 1) : of;
  if (focus === undefined) {
    return undefined;
  }
  const ancestors = above.slice(0, MAX_ANCESTORS);
  const [parent] = ancestors;
  const { below, beside } = await select(source, focus, ancestors, limit);
  // The walk used keys only; the processes are read at once.
  const keys = [...beside.keys, ...below.keys];
  const [found, sessions] = await Promise.all([
    source.nodes(keys),
    source.sessionsOf([focus.key, ...ancestors.map(({ key }) => key), ...keys]),
  ]);
  const read = new Map(found.map((node) => [node.key, node]));
  const siblings = beside.keys.flatMap((one) => read.get(one) ?? []);
  const descendants = below.keys.flatMap((one) => read.get(one) ?? []);
  const nodes = [...ancestors.toReversed(), ...[...siblings, focus].sort(byStart), ...descendants];
  const expanded = [...(parent === undefined ? [] : [parent]), focus, ...descendants];
  const collapsed = [...beside.collapsed, ...below.collapsed];
  return {
    focus: focus.key,
    nodes,
    sessions: inOrderOf(nodes, sessions),
    truncations: [
      ...pathTruncation(focus, above, ancestors),
      ...(await childTruncations(source, nodes, expanded, new Set(collapsed.map(({ of }) => of)), limit)),
    ],
    childGroups: childGroupsIn(nodes, collapsed),
    links: [],
  };
}

/** Chooses descendants first, except for the share of the siblings, and then as many siblings as there is room for. */
async function select(
  source: NeighbourhoodSource,
  focus: ProcessNode,
  ancestors: readonly ProcessNode[],
  limit: number,
): Promise<{ readonly below: Selection; readonly beside: Selection }> {
  const [parent] = ancestors;
  const room = Math.max(0, limit - ancestors.length - 1);
  const siblingCount = parent === undefined ? 0 : Math.max(0, parent.childCount - 1);
  const reserved = Math.min(siblingCount, Math.floor(room / SIBLING_SHARE));
  const path = [focus.key, ...ancestors.map((node) => node.key)];
  const below = await selectDescendants(source, focus, room - reserved, new Set(path));
  const beside =
    parent === undefined
      ? { keys: [], collapsed: [] }
      : await selectSiblings(source, parent, focus, room - below.keys.length, new Set([...path, ...below.keys]));
  return { below, beside };
}

async function selectDescendants(
  source: NeighbourhoodSource,
  focus: ProcessNode,
  room: number,
  path: ReadonlySet<string>,
): Promise<Selection> {
  const found = new Set<string>();
  const collapsed: CollapsedGroup[] = [];
  let level: readonly Child[] = focus.childCount > 0 ? [focus] : [];
  while (level.length > 0 && found.size < room) {
    const next = await collapsedChildren(source, level, room - found.size);
    const fresh = next.children.filter(({ key }) => !path.has(key) && !found.has(key)).slice(0, room - found.size);
    collapsed.push(...next.collapsed);
    for (const { key } of fresh) {
      found.add(key);
    }
    level = fresh.filter(({ childCount }) => childCount > 0);
  }
  return { keys: [...found], collapsed };
}

/** Other children of the parent: one or more of each group if all groups are known, else those that started nearest. */
async function selectSiblings(
  source: NeighbourhoodSource,
  parent: ProcessNode,
  focus: ProcessNode,
  room: number,
  selected: ReadonlySet<string>,
): Promise<Selection> {
  if (room <= 0 || parent.childCount <= 1) {
    return { keys: [], collapsed: [] };
  }
  const known = parent.childCount > MAX_CHILDREN ? await source.childGroups([parent.key], MAX_GROUPS) : undefined;
  const groups = groupsThatFit(known?.get(parent.key), room);
  // The focus itself represents its group.
  const keys =
    groups === undefined
      ? await source.keysAround(parent.key, focus.key, room + 1)
      : groups
          .filter(({ key, total }) => key !== focus.childGroup || total <= MAX_SIMILAR)
          .flatMap((group) => shownOf(group).map(({ key }) => key));
  return {
    keys: keys.filter((key) => !selected.has(key)).slice(0, room),
    collapsed: (groups ?? []).map((group) => collapsedBelow(parent.key, group)),
  };
}

/** The sessions of the nodes, in the order of the nodes. */
function inOrderOf(nodes: readonly ProcessNode[], found: readonly LogonSession[]): LogonSession[] {
  const sessions = new Map(found.map((session) => [session.key, session]));
  const keys = new Set(nodes.flatMap(({ sessionKey }) => sessionKey ?? []));
  return [...keys].flatMap((key) => sessions.get(key) ?? []);
}

function pathTruncation(
  focus: ProcessNode,
  above: readonly ProcessNode[],
  shown: readonly ProcessNode[],
): readonly Truncation[] {
  return above.length === shown.length
    ? []
    : [
        {
          of: shown.at(-1)?.key ?? focus.key,
          relation: "ancestors",
          shown: shown.length,
          total: above.length,
          why: `the path has more than ${MAX_ANCESTORS} processes; open the topmost one to continue`,
        },
      ];
}

async function childTruncations(
  source: NeighbourhoodSource,
  nodes: readonly ProcessNode[],
  expanded: readonly ProcessNode[],
  collapsed: ReadonlySet<string>,
  limit: number,
): Promise<readonly Truncation[]> {
  const shownChildren = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  const truncated = expanded
    .map((node) => ({ of: node.key, shown: shownChildren.get(node.key)?.length ?? 0, total: node.childCount }))
    .filter(({ shown, total }) => shown < total);
  const brokenEdges = await childrenWithBrokenEdge(
    source,
    nodes,
    truncated.map(({ of }) => of),
  );
  return truncated.map(({ of, shown, total }) => {
    const broken = brokenEdges.get(of) ?? 0;
    const why = [
      ...(broken > 0
        ? ["the records name parents in a cycle; a child is shown above, where the cycle was broken"]
        : []),
      ...(collapsed.has(of)
        ? ["similar children are collapsed into one row each"]
        : total - shown > broken
          ? [`limited to ${limit} processes`]
          : []),
    ];
    return { of, relation: "children" as const, shown, total, why: why.join("; ") };
  });
}

/** By parent, how many of its children are among the nodes without an edge to it, because that broke a cycle. */
async function childrenWithBrokenEdge(
  source: NeighbourhoodSource,
  nodes: readonly ProcessNode[],
  parents: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { key } of nodes.filter(({ parentUnknown }) => parentUnknown === BROKEN_CYCLE)) {
    for (const parent of parents) {
      if ((await source.keysAround(parent, key, 1)).includes(key)) {
        counts.set(parent, (counts.get(parent) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function byStart(a: ProcessNode, b: ProcessNode): number {
  const first = a.start ?? "";
  const second = b.start ?? "";
  return first < second ? -1 : first > second ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
