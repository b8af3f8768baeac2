import type { Cut, LogonSession, Neighbourhood, ProcessNode } from "#contracts/lineage";

/** What a store has to be able to do for a neighbourhood to be put together. */
export interface NeighbourhoodSource {
  process(key: string): Promise<ProcessNode | undefined>;
  ancestors(key: string, limit: number): Promise<readonly ProcessNode[]>;
  nodes(keys: readonly string[]): Promise<readonly ProcessNode[]>;
  /** Keys of the first children by time of each parent, in the parents' order, at most `limit` in all. */
  childKeys(parents: readonly string[], limit: number): Promise<readonly string[]>;
  /** Keys of the children of a parent that started nearest to one of them, itself included. */
  keysAround(parent: string, child: string, limit: number): Promise<readonly string[]>;
  sessionsByKey(keys: readonly string[]): Promise<readonly LogonSession[]>;
}

/** A path longer than this is shown from the process upwards and said to be cut. */
const ANCESTORS = 64;

/** The share of the limit that siblings may take before the descendants have had theirs. */
const SIBLING_SHARE = 3;

/**
 * The part of the graph around a process: the path to the root, descendants level by level, siblings nearest in time. At most
 * `limit` processes (the path counts too, but is never cut for the others' sake); what is left out is said in `cuts`.
 */
export async function neighbourhoodOf(
  source: NeighbourhoodSource,
  key: string,
  limit: number,
): Promise<Neighbourhood | undefined> {
  const focus = await source.process(key);
  if (focus === undefined) {
    return undefined;
  }
  const cuts: Cut[] = [];
  const path = await source.ancestors(focus.key, ANCESTORS + 1);
  const ancestors = path.slice(0, ANCESTORS);
  if (path.length > ANCESTORS) {
    cuts.push({
      of: ancestors.at(-1)?.key ?? focus.key,
      relation: "ancestors",
      shown: ancestors.length,
      total: path.length,
      why: `the path is longer than ${ANCESTORS} processes; open its topmost one to go on`,
    });
  }
  const parent = ancestors[0];
  const room = Math.max(0, limit - ancestors.length - 1);
  const siblingsTotal = parent === undefined ? 0 : Math.max(0, parent.childCount - 1);
  const reserved = Math.min(siblingsTotal, Math.floor(room / SIBLING_SHARE));

  const taken = new Set([focus.key, ...ancestors.map((node) => node.key)]);
  const descendants = await descend(source, focus, room - reserved, taken);
  for (const node of descendants) {
    taken.add(node.key);
  }
  const siblings =
    parent === undefined ? [] : await siblingsOf(source, parent, focus, room - descendants.length, taken);
  const nodes = [...ancestors.toReversed(), ...[...siblings, focus].sort(byStart), ...descendants];

  const shownChildren = Map.groupBy(nodes, (node) => node.parent?.key ?? "");
  const expanded = [...(parent === undefined ? [] : [parent]), focus, ...descendants];
  for (const node of expanded) {
    const shown = shownChildren.get(node.key)?.length ?? 0;
    if (shown < node.childCount) {
      cuts.push({
        of: node.key,
        relation: "children",
        shown,
        total: node.childCount,
        why: `at most ${limit} processes are shown at once`,
      });
    }
  }
  const sessionKeys = new Set(nodes.flatMap((node) => node.sessionKey ?? []));
  return { focus: focus.key, nodes, sessions: [...(await source.sessionsByKey([...sessionKeys]))], cuts };
}

async function descend(
  source: NeighbourhoodSource,
  focus: ProcessNode,
  room: number,
  taken: ReadonlySet<string>,
): Promise<readonly ProcessNode[]> {
  const found = new Map<string, ProcessNode>();
  let level: readonly string[] = focus.childCount > 0 ? [focus.key] : [];
  while (level.length > 0 && found.size < room) {
    const keys = (await source.childKeys(level, room - found.size)).filter((key) => !taken.has(key) && !found.has(key));
    const nodes = await source.nodes(keys);
    for (const node of nodes) {
      found.set(node.key, node);
    }
    level = nodes.filter((node) => node.childCount > 0).map((node) => node.key);
  }
  return [...found.values()];
}

async function siblingsOf(
  source: NeighbourhoodSource,
  parent: ProcessNode,
  focus: ProcessNode,
  room: number,
  taken: ReadonlySet<string>,
): Promise<readonly ProcessNode[]> {
  if (room <= 0 || parent.childCount <= 1) {
    return [];
  }
  const keys = await source.keysAround(parent.key, focus.key, room + 1);
  return source.nodes(keys.filter((key) => !taken.has(key)).slice(0, room));
}

function byStart(a: ProcessNode, b: ProcessNode): number {
  const first = a.start ?? "";
  const second = b.start ?? "";
  return first < second ? -1 : first > second ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
