import type { ChildGroup, LogonLink, LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";

/**
 * The model that all views of the lineage share: the loaded processes and the relations between them. It depends
 * neither on the server nor on the screen; its functions are pure.
 */

/** Loaded children of one process, or of one child group of it. */
export interface ChildrenPart {
  readonly kind: "children";
  readonly parent: string;
  readonly childGroup?: string;
  readonly items: readonly ProcessNode[];
  readonly total: number;
}
export interface NeighbourhoodPart {
  readonly kind: "neighbourhood";
  readonly value: Neighbourhood;
}
export type LoadedPart = ChildrenPart | NeighbourhoodPart;

export interface LineageGraph {
  readonly focus: string;
  readonly nodes: ReadonlyMap<string, ProcessNode>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly string[];
  readonly sessions: ReadonlyMap<string, LogonSession>;
  /** Known number of children per process, and why some of them are not loaded. */
  readonly totals: ReadonlyMap<string, { readonly total: number; readonly why?: string }>;
  /** Groups of similar children that are not all loaded, by the key of their parent. */
  readonly childGroups: ReadonlyMap<string, readonly ChildGroup[]>;
  readonly links: readonly LogonLink[];
  /** The link through which a session was opened from another host, by the key of the session. */
  readonly originLinks: ReadonlyMap<string, LogonLink>;
  /** The process of the alert and everything that led to it, across hosts too. */
  readonly path: ReadonlySet<string>;
  /** What was left out as a whole: ancestors, levels, nodes. */
  readonly truncations: readonly Truncation[];
}

/** Several records may show the same link between two sessions: it is drawn once. */
const linkId = ({ from, to }: LogonLink) =>
  `${from.host}\n${from.sessionKey ?? ""}\n${from.processKey ?? ""}\n${to.sessionKey}`;

/**
 * Merges the neighbourhood of the alert with everything loaded since. Loops in the data are cut at the first repeat.
 */
export function buildGraph(initial: Neighbourhood, parts: readonly LoadedPart[]): LineageGraph {
  const nodes = new Map<string, ProcessNode>();
  const sessions = new Map<string, LogonSession>();
  const totals = new Map<string, { total: number; why?: string }>();
  const childGroups = new Map<string, ChildGroup[]>();
  const links = new Map<string, LogonLink>();
  const addNodes = (items: readonly ProcessNode[]) => {
    for (const node of items) {
      nodes.set(node.key, nodes.get(node.key) ?? node);
    }
  };
  const addNeighbourhood = (value: Neighbourhood) => {
    addNodes(value.nodes);
    for (const session of value.sessions) {
      // Only some answers say which session is the other half of a split token.
      sessions.set(session.key, { ...sessions.get(session.key), ...session });
    }
    for (const link of value.links) {
      links.set(linkId(link), links.get(linkId(link)) ?? link);
    }
    for (const group of value.childGroups) {
      const known = childGroups.get(group.of) ?? [];
      if (!known.some(({ key }) => key === group.key)) {
        childGroups.set(group.of, [...known, group]);
      }
    }
    for (const { relation, of, total, why } of value.truncations) {
      if (relation === "children") {
        totals.set(of, totals.get(of) ?? { total, why });
      }
    }
  };
  addNeighbourhood(initial);
  for (const part of parts) {
    if (part.kind === "neighbourhood") {
      addNeighbourhood(part.value);
    } else {
      addNodes(part.items);
      if (part.childGroup === undefined) {
        totals.set(part.parent, { total: part.total });
      }
    }
  }

  const { children, roots } = linkChildren(nodes);
  const originLinks = new Map([...links.values()].map((link) => [link.to.sessionKey, link]));
  const path = pathToFocus(initial.focus, nodes, originLinks);
  // Roots on the path to the alert come first, the earliest cause on top.
  const order = [...path].reverse();
  const rank = (key: string) => (path.has(key) ? order.indexOf(key) : order.length);
  roots.sort((a, b) => rank(a) - rank(b));
  return {
    focus: initial.focus,
    nodes,
    children,
    roots,
    sessions,
    totals,
    childGroups,
    links: [...links.values()],
    originLinks,
    path,
    truncations: initial.truncations.filter(({ relation }) => relation !== "children"),
  };
}

function linkChildren(nodes: ReadonlyMap<string, ProcessNode>) {
  const looped = loopHeads(nodes);
  const sorted = [...nodes.values()].sort(byStart);
  const isRoot = (node: ProcessNode) => parentOf(nodes, node) === undefined || looped.has(node.key);
  const byParent = Map.groupBy(
    sorted.filter((node) => !isRoot(node)),
    ({ parent }) => parent?.key ?? "",
  );
  return { children: keysOf(byParent), roots: sorted.filter(isRoot).map(({ key }) => key) };
}

const keysOf = (groups: ReadonlyMap<string, readonly ProcessNode[]>): ReadonlyMap<string, readonly string[]> =>
  new Map([...groups].map(([name, nodes]) => [name, nodes.map(({ key }) => key)]));

function byStart(a: ProcessNode, b: ProcessNode): number {
  const one = a.start ?? "";
  const other = b.start ?? "";
  return one < other ? -1 : one > other ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function parentOf(nodes: ReadonlyMap<string, ProcessNode>, node: ProcessNode): ProcessNode | undefined {
  return node.parent === undefined ? undefined : nodes.get(node.parent.key);
}

/**
 * One process of each loop: the one with the smallest key, so that the result does not depend on order. Linear time.
 */
function loopHeads(nodes: ReadonlyMap<string, ProcessNode>): ReadonlySet<string> {
  const heads = new Set<string>();
  const done = new Set<string>();
  for (const start of nodes.values()) {
    const climbed: string[] = [];
    const onClimb = new Set<string>();
    let at: ProcessNode | undefined = start;
    while (at !== undefined && !done.has(at.key) && !onClimb.has(at.key)) {
      climbed.push(at.key);
      onClimb.add(at.key);
      at = parentOf(nodes, at);
    }
    if (at !== undefined && onClimb.has(at.key)) {
      const loop = climbed.slice(climbed.indexOf(at.key));
      const [least = at.key] = loop.sort();
      heads.add(least);
    }
    for (const key of climbed) {
      done.add(key);
    }
  }
  return heads;
}

/**
 * Climbs from the process of the alert; where its session was opened by a process on another host, on from that
 * process.
 */
function pathToFocus(
  focus: string,
  nodes: ReadonlyMap<string, ProcessNode>,
  originLinks: ReadonlyMap<string, LogonLink>,
): ReadonlySet<string> {
  const path = new Set<string>();
  const climb = (key: string | undefined): ProcessNode[] => {
    const climbed: ProcessNode[] = [];
    for (let at = nodes.get(key ?? ""); at !== undefined && !path.has(at.key); at = parentOf(nodes, at)) {
      path.add(at.key);
      climbed.push(at);
    }
    return climbed;
  };
  let climbed = climb(focus);
  while (climbed.length > 0) {
    const link = climbed.map(({ sessionKey }) => originLinks.get(sessionKey ?? "")).find((one) => one !== undefined);
    climbed = link === undefined || link.certainty === "ambiguous" ? [] : climb(link.from.processKey);
  }
  return path;
}

/** The topmost loaded processes of each session: their parents run in another one. */
export function sessionEntries({ nodes }: LineageGraph): ReadonlyMap<string, readonly string[]> {
  const entries = [...nodes.values()].filter(
    (node) => node.sessionKey !== undefined && parentOf(nodes, node)?.sessionKey !== node.sessionKey,
  );
  return keysOf(Map.groupBy(entries.sort(byStart), ({ sessionKey }) => sessionKey ?? ""));
}

/** The loaded processes from the root down to one. */
export function pathTo(graph: LineageGraph, key: string): readonly ProcessNode[] {
  const path: ProcessNode[] = [];
  const visited = new Set<string>();
  for (let at = graph.nodes.get(key); at !== undefined && !visited.has(at.key); at = parentOf(graph.nodes, at)) {
    visited.add(at.key);
    path.unshift(at);
  }
  return path;
}

/** Whether a text that is searched for occurs in a process; `text` in lower case. */
export function matchesText(node: ProcessNode, text: string): boolean {
  return [node.name, node.commandLine, node.executable, node.host, node.user?.name, node.pid?.toString()].some(
    (value) => value?.toLowerCase().includes(text),
  );
}
