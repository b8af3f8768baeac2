import type { ChildGroup, ProcessNode } from "#contracts/lineage";
import { childGroupLabel } from "./child-group.ts";

/** A child as the walk down needs it. */
export type Child = Pick<ProcessNode, "key" | "childCount">;

/** Groups of a parent's children, with exact totals. */
export interface ChildGroups {
  readonly groups: readonly {
    readonly key: string;
    readonly total: number;
    /** The earliest children of the group, at most three. */
    readonly first: readonly Child[];
  }[];
  /** False if there are more groups than were asked for; then `groups` is empty. */
  readonly complete: boolean;
}

type Group = ChildGroups["groups"][number];

/** A group of children that is shown in part. */
export interface CollapsedGroup {
  readonly of: string;
  readonly key: string;
  readonly total: number;
  readonly first: readonly string[];
}

/** What children are read from. */
export interface ChildSource {
  /** The first children by time of each parent, in the parents' order, at most `limit` each. */
  firstChildren(parents: readonly string[], limit: number): Promise<readonly Child[]>;
  /** Groups of similar children by parent: see `LineageReader.childGroups`. */
  childGroups(parents: readonly string[], limit: number): Promise<ReadonlyMap<string, ChildGroups>>;
}

/** A process with more children than this has similar ones collapsed. */
export const MAX_CHILDREN = 8;

/** A group of more children than this is shown by its first one. */
export const MAX_SIMILAR = 3;

/** If a process has more groups of children than this, its first children are shown instead. */
export const MAX_GROUPS = 64;

/** The children to show of some parents, in the parents' order; each parent gets at most its share of the room. */
export async function collapsedChildren(
  source: ChildSource,
  parents: readonly Child[],
  room: number,
): Promise<{ readonly children: readonly Child[]; readonly collapsed: readonly CollapsedGroup[] }> {
  const share = Math.max(MAX_CHILDREN, Math.floor(room / parents.length));
  const wide = parents.filter(({ childCount }) => childCount > MAX_CHILDREN).map(({ key }) => key);
  const groups = wide.length === 0 ? new Map<string, ChildGroups>() : await source.childGroups(wide, MAX_GROUPS);
  const children: Child[] = [];
  const collapsed: CollapsedGroup[] = [];
  // Neighbouring parents whose children are not collapsed share one query.
  let pending: string[] = [];
  const addPending = async () => {
    children.push(...(pending.length === 0 ? [] : await source.firstChildren(pending, share)));
    pending = [];
  };
  for (const { key: of } of parents) {
    const collapsible = groupsThatFit(groups.get(of), share);
    if (collapsible === undefined) {
      pending.push(of);
      continue;
    }
    await addPending();
    children.push(...collapsible.flatMap(shownOf));
    collapsed.push(...collapsible.map((group) => collapsedBelow(of, group)));
  }
  await addPending();
  return { children, collapsed };
}

/** All groups of a parent's children if they are known and fit into the room; otherwise children are shown by time. */
export function groupsThatFit(known: ChildGroups | undefined, room: number): readonly Group[] | undefined {
  return known?.complete === true && known.groups.flatMap(shownOf).length <= room ? known.groups : undefined;
}

export function shownOf({ total, first }: Group): readonly Child[] {
  return total > MAX_SIMILAR ? first.slice(0, 1) : first;
}

export function collapsedBelow(of: string, { key, total, first }: Group): CollapsedGroup {
  return { of, key, total, first: first.map((child) => child.key) };
}

/** The collapsed groups as they are shown, with those of their members that are among the nodes. */
export function childGroupsIn(nodes: readonly ProcessNode[], collapsed: readonly CollapsedGroup[]): ChildGroup[] {
  const children = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  return collapsed.flatMap(({ of, key, total, first }) => {
    const members = (children.get(of) ?? []).filter((node) => first.includes(node.key) || node.childGroup === key);
    const [member] = members;
    return member === undefined || members.length >= total
      ? []
      : [{ of, key, total, ...childGroupLabel(member), shown: members.map((node) => node.key) }];
  });
}
