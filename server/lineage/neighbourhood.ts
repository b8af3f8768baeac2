import type { ChildGroup, LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";
import { childGroupLabel } from "./child-group.ts";
import { CUT_HERE } from "./relations.ts";

/** What a store has to be able to do for a neighbourhood to be put together. */
export interface NeighbourhoodSource {
  /** The process, its parent and so on to the root; at most `limit` ancestors, loops cut. Empty: no such process. */
  path(key: string, limit: number): Promise<readonly ProcessNode[]>;
  nodes(keys: readonly string[]): Promise<readonly ProcessNode[]>;
  /** The first children by time of each parent, in the parents' order, at most `limit` of each. */
  firstChildren(parents: readonly string[], limit: number): Promise<readonly Child[]>;
  /** Keys of the children of a parent that started nearest to one of them, itself included. */
  keysAround(parent: string, child: string, limit: number): Promise<readonly string[]>;
  /** Groups of alike children by parent: `LineageReader.childClusters`. */
  childGroups(parents: readonly string[], limit: number): Promise<ReadonlyMap<string, ChildGroups>>;
  sessionsByKey(keys: readonly string[]): Promise<readonly LogonSession[]>;
}

/** A process as the walk down needs it. */
export type Child = Pick<ProcessNode, "key" | "childCount">;

/** Groups of a parent's children: the number of each is exact. */
export interface ChildGroups {
  readonly groups: readonly {
    readonly key: string;
    readonly total: number;
    /** The earliest of them, at most three. */
    readonly first: readonly Child[];
  }[];
  /** False: there are more groups than were asked for, and none is told. */
  readonly complete: boolean;
}

/** A path longer than this is shown from the process upwards and said to be cut. */
const ANCESTORS = 64;

/** The share of the limit that siblings may take before the descendants have had theirs. */
const SIBLING_SHARE = 3;

/** So many children of one process are shown one by one, and so many of one kind; more of a kind are folded. */
const FEW = 8;
const FEW_ALIKE = 3;

/** A process with more kinds of children than this has its first children shown, unfolded. */
const KINDS = 64;

/**
 * The part of the graph around a process: the path to the root, descendants level by level, siblings. Alike children of
 * one process (image and command-line template) are folded into one line. At most `limit` processes (the path counts
 * too, but is never cut for the others' sake); what is left out is said in `cuts` and `childGroups`, with exact totals.
 * The work depends on what is shown, not on how many children a process has.
 */
export async function neighbourhoodOf(
  source: NeighbourhoodSource,
  key: string,
  limit: number,
): Promise<Neighbourhood | undefined> {
  const [focus, ...above] = await source.path(key, ANCESTORS + 1);
  if (focus === undefined) {
    return undefined;
  }
  const cuts: Truncation[] = [];
  const ancestors = above.slice(0, ANCESTORS);
  if (above.length > ANCESTORS) {
    cuts.push({
      of: ancestors.at(-1)?.key ?? focus.key,
      relation: "ancestors",
      shown: ancestors.length,
      total: above.length,
      why: `the path is longer than ${ANCESTORS} processes; open its topmost one to go on`,
    });
  }
  const parent = ancestors[0];
  const room = Math.max(0, limit - ancestors.length - 1);
  const siblingsTotal = parent === undefined ? 0 : Math.max(0, parent.childCount - 1);
  const reserved = Math.min(siblingsTotal, Math.floor(room / SIBLING_SHARE));

  const taken = new Set([focus.key, ...ancestors.map((node) => node.key)]);
  const below = await descend(source, focus, room - reserved, taken);
  for (const key of below.keys) {
    taken.add(key);
  }
  const beside =
    parent === undefined
      ? { keys: [], folded: [] }
      : await siblingsOf(source, parent, focus, room - below.keys.length, taken);
  // The walk went by keys alone: what is shown is read at once.
  const read = new Map((await source.nodes([...beside.keys, ...below.keys])).map((node) => [node.key, node]));
  const [siblings, descendants] = [beside, below].map(({ keys }) => keys.flatMap((one) => read.get(one) ?? []));
  const nodes = [...ancestors.toReversed(), ...[...(siblings ?? []), focus].sort(byStart), ...(descendants ?? [])];

  const expanded = [...(parent === undefined ? [] : [parent]), focus, ...(descendants ?? [])];
  const folded = [...beside.folded, ...below.folded];
  cuts.push(...(await childCuts(source, nodes, expanded, new Set(folded.map(({ of }) => of)), limit)));
  const sessionKeys = [...new Set(nodes.flatMap((node) => node.sessionKey ?? []))];
  // Stores give them in any order; here they stand as their processes do.
  const sessions = new Map((await source.sessionsByKey(sessionKeys)).map((session) => [session.key, session]));
  return {
    focus: focus.key,
    nodes,
    sessions: sessionKeys.flatMap((one) => sessions.get(one) ?? []),
    truncations: cuts,
    childGroups: childGroupsIn(nodes, folded),
    links: [],
  };
}

async function childCuts(
  source: NeighbourhoodSource,
  nodes: readonly ProcessNode[],
  expanded: readonly ProcessNode[],
  folded: ReadonlySet<string>,
  limit: number,
): Promise<readonly Truncation[]> {
  const shownChildren = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  const cuts = expanded
    .map((node) => ({ of: node.key, shown: shownChildren.get(node.key)?.length ?? 0, total: node.childCount }))
    .filter(({ shown, total }) => shown < total);
  const around = await circleChildren(
    source,
    nodes,
    cuts.map(({ of }) => of),
  );
  return cuts.map(({ of, shown, total }) => {
    const above = around.get(of) ?? 0;
    const why = [
      ...(above > 0 ? ["the records name parents in a circle: one stands above it, where the circle was cut"] : []),
      ...(folded.has(of)
        ? ["alike children are folded into one line each"]
        : total - shown > above
          ? [`at most ${limit} processes are shown at once`]
          : []),
    ];
    return { of, relation: "children" as const, shown, total, why: why.join("; ") };
  });
}

/** By parent, how many of its children are in the picture without an edge to it, since a circle was cut there. */
async function circleChildren(
  source: NeighbourhoodSource,
  nodes: readonly ProcessNode[],
  parents: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const around = new Map<string, number>();
  for (const { key } of nodes.filter(({ parentUnknown }) => parentUnknown === CUT_HERE)) {
    for (const parent of parents) {
      if ((await source.keysAround(parent, key, 1)).includes(key)) {
        around.set(parent, (around.get(parent) ?? 0) + 1);
      }
    }
  }
  return around;
}

/** A group of which not all need to stand in the nodes. */
export interface Folded {
  readonly of: string;
  readonly key: string;
  readonly total: number;
  readonly first: readonly string[];
}

/** The folded groups as they are told, with those of their members that are among the nodes. */
export function childGroupsIn(nodes: readonly ProcessNode[], folded: readonly Folded[]): ChildGroup[] {
  const children = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  return folded.flatMap(({ of, key, total, first }) => {
    const members = (children.get(of) ?? []).filter((node) => first.includes(node.key) || node.childGroup === key);
    const [member] = members;
    return member === undefined || members.length >= total
      ? []
      : [{ of, key, total, ...childGroupLabel(member), shown: members.map((node) => node.key) }];
  });
}

interface Part {
  readonly keys: readonly string[];
  readonly folded: readonly Folded[];
}

async function descend(
  source: NeighbourhoodSource,
  focus: ProcessNode,
  room: number,
  taken: ReadonlySet<string>,
): Promise<Part> {
  const found = new Set<string>();
  const folded: Folded[] = [];
  let level: readonly Child[] = focus.childCount > 0 ? [focus] : [];
  while (level.length > 0 && found.size < room) {
    const next = await childrenOf(source, level, room - found.size);
    const fresh = next.children.filter(({ key }) => !taken.has(key) && !found.has(key)).slice(0, room - found.size);
    folded.push(...next.folded);
    for (const { key } of fresh) {
      found.add(key);
    }
    level = fresh.filter(({ childCount }) => childCount > 0);
  }
  return { keys: [...found], folded };
}

/**
 * Children to show of some parents, in the parents' order; one that has many takes no more than its share of the room.
 */
async function childrenOf(
  source: NeighbourhoodSource,
  parents: readonly Child[],
  room: number,
): Promise<{ readonly children: readonly Child[]; readonly folded: readonly Folded[] }> {
  const share = Math.max(FEW, Math.floor(room / parents.length));
  const wide = parents.filter(({ childCount }) => childCount > FEW).map(({ key }) => key);
  const groups = wide.length === 0 ? new Map<string, ChildGroups>() : await source.childGroups(wide, KINDS);
  const children: Child[] = [];
  const folded: Folded[] = [];
  let plain: string[] = [];
  const takePlain = async () => {
    children.push(...(plain.length === 0 ? [] : await source.firstChildren(plain, share)));
    plain = [];
  };
  for (const { key: of } of parents) {
    const known = foldedOf(groups.get(of), share);
    if (known === undefined) {
      plain.push(of);
      continue;
    }
    await takePlain();
    for (const childGroup of known) {
      children.push(...shownOf(childGroup));
      folded.push(foldedBelow(of, childGroup));
    }
  }
  await takePlain();
  return { children, folded };
}

/**
 * All groups of a process's children where that is known and they fit; else the children are shown in order of time.
 */
function foldedOf(known: ChildGroups | undefined, room: number): readonly Group[] | undefined {
  return known?.complete === true && known.groups.flatMap(shownOf).length <= room ? known.groups : undefined;
}

type Group = ChildGroups["groups"][number];

function shownOf({ total, first }: Group): readonly Child[] {
  return total > FEW_ALIKE ? first.slice(0, 1) : first;
}

function foldedBelow(of: string, { key, total, first }: Group): Folded {
  return { of, key, total, first: first.map((child) => child.key) };
}

/** Others below the same parent: all kinds of them where that is known, else those that started nearest. */
async function siblingsOf(
  source: NeighbourhoodSource,
  parent: ProcessNode,
  focus: ProcessNode,
  room: number,
  taken: ReadonlySet<string>,
): Promise<Part> {
  if (room <= 0 || parent.childCount <= 1) {
    return { keys: [], folded: [] };
  }
  const groups = parent.childCount > FEW ? await source.childGroups([parent.key], KINDS) : undefined;
  const childGroups = foldedOf(groups?.get(parent.key), room);
  const keys =
    childGroups === undefined
      ? await source.keysAround(parent.key, focus.key, room + 1)
      : childGroups.flatMap((childGroup) =>
          childGroup.key === focus.childGroup && childGroup.total > FEW_ALIKE
            ? []
            : shownOf(childGroup).map(({ key }) => key),
        );
  return {
    keys: keys.filter((key) => !taken.has(key)).slice(0, room),
    folded: (childGroups ?? []).map((childGroup) => foldedBelow(parent.key, childGroup)),
  };
}

function byStart(a: ProcessNode, b: ProcessNode): number {
  const first = a.start ?? "";
  const second = b.start ?? "";
  return first < second ? -1 : first > second ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
