import type { ProcessNode } from "#contracts/lineage";
import type { LineageGraph } from "./graph.ts";
import { groupId } from "./view-state.ts";

/** Similar children of one process, shown as one row. */
export interface CollapsedGroup {
  readonly kind: "group";
  readonly id: string;
  readonly name: string;
  readonly commandTemplate: string;
  /** The loaded ones. */
  readonly members: readonly ProcessNode[];
  readonly total: number;
}
export type Sibling = { readonly kind: "single"; readonly node: ProcessNode } | CollapsedGroup;

/** Fewer similar children than this are shown one by one. */
const minGroupSize = 3;

/**
 * Collapses similar children that carry no information of their own: no children, no alert, not on the path, not
 * selected. The total of a group that the server left out in part is exact.
 */
export function collapseChildren(
  graph: LineageGraph,
  parent: string,
  selected: string | undefined,
): readonly Sibling[] {
  const children = (graph.children.get(parent) ?? []).flatMap((key) => graph.nodes.get(key) ?? []);
  const canCollapse = (node: ProcessNode) =>
    node.childCount === 0 && node.alerts.length === 0 && !graph.path.has(node.key) && node.key !== selected;
  const partlyLoaded = new Map((graph.childGroups.get(parent) ?? []).map((group) => [group.key, group]));
  const groups = new Map<string, CollapsedGroup>();
  for (const [childGroup, similar] of Map.groupBy(children, (node) => node.childGroup)) {
    const known = partlyLoaded.get(childGroup);
    const members = similar.filter(canCollapse);
    const notLoaded = Math.max(0, (known?.total ?? 0) - similar.length);
    if (notLoaded > 0 || members.length >= minGroupSize) {
      const [first] = similar;
      groups.set(childGroup, {
        kind: "group",
        id: groupId(parent, childGroup),
        name: known?.name ?? first?.name ?? "unknown",
        commandTemplate: known?.commandTemplate ?? first?.commandLine ?? "",
        members,
        total: members.length + notLoaded,
      });
    }
  }
  const placed = new Set<string>();
  return children.flatMap((node): readonly Sibling[] => {
    const group = groups.get(node.childGroup);
    const single: readonly Sibling[] = group === undefined || !canCollapse(node) ? [{ kind: "single", node }] : [];
    // The group takes the place of its first child, whether that one is a member or not.
    if (group === undefined || placed.has(node.childGroup)) {
      return single;
    }
    placed.add(node.childGroup);
    return [...single, group];
  });
}
