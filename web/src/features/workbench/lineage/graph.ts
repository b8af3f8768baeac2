import type { ChildGroup, LogonLink, LogonSession, Neighbourhood, ProcessNode, Truncation } from "#contracts/lineage";

/**
 * The one model behind tree, graph, table and timeline: the processes that are known here and how they hang together. It
 * knows neither the server nor the screen; every function takes values and returns values.
 */

/** Children of one process, or of one group of them (`cluster`), as far as they were loaded. */
export interface ChildrenPart {
  readonly kind: "children";
  readonly of: string;
  readonly cluster?: string;
  readonly items: readonly ProcessNode[];
  readonly total: number;
}
export interface NeighbourhoodPart {
  readonly kind: "neighbourhood";
  readonly value: Neighbourhood;
}
export type Part = ChildrenPart | NeighbourhoodPart;

export interface LineageGraph {
  readonly focus: string;
  readonly nodes: ReadonlyMap<string, ProcessNode>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly roots: readonly string[];
  readonly sessions: ReadonlyMap<string, LogonSession>;
  /** Known number of children per process, and why not all of them are here. */
  readonly totals: ReadonlyMap<string, { readonly total: number; readonly why?: string }>;
  /** Groups of alike children of which not all are here, by the process above them. */
  readonly clusters: ReadonlyMap<string, readonly ChildGroup[]>;
  readonly links: readonly LogonLink[];
  /** The link by which a session was opened from another host, by the key of the session. */
  readonly cameBy: ReadonlyMap<string, LogonLink>;
  /** The process of the alert and everything that led to it, across hosts too. */
  readonly path: ReadonlySet<string>;
  /** What was left out as a whole: ancestors, levels, nodes. */
  readonly cuts: readonly Truncation[];
}

/** A link as one value for the eye: two sessions may be tied by several records. */
const linkId = ({ from, to }: LogonLink) =>
  `${from.host}\n${from.sessionKey ?? ""}\n${from.processKey ?? ""}\n${to.sessionKey}`;

/** Joins the neighbourhood of the alert with all that was loaded since. Loops in the data are cut at the first repeat. */
export function buildGraph(first: Neighbourhood, parts: readonly Part[]): LineageGraph {
  const nodes = new Map<string, ProcessNode>();
  const sessions = new Map<string, LogonSession>();
  const totals = new Map<string, { total: number; why?: string }>();
  const clusters = new Map<string, ChildGroup[]>();
  const links = new Map<string, LogonLink>();
  const cuts: Truncation[] = [];
  const add = (items: readonly ProcessNode[]) => {
    for (const node of items) {
      nodes.set(node.key, nodes.get(node.key) ?? node);
    }
  };
  const take = (value: Neighbourhood, main: boolean) => {
    add(value.nodes);
    for (const session of value.sessions) {
      sessions.set(session.key, session);
    }
    for (const link of value.links) {
      links.set(linkId(link), links.get(linkId(link)) ?? link);
    }
    for (const cluster of value.childGroups) {
      const known = clusters.get(cluster.of) ?? [];
      if (!known.some(({ key }) => key === cluster.key)) {
        clusters.set(cluster.of, [...known, cluster]);
      }
    }
    for (const cut of value.truncations) {
      if (cut.relation === "children") {
        totals.set(cut.of, totals.get(cut.of) ?? { total: cut.total, why: cut.why });
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
      add(part.items);
      if (part.cluster === undefined) {
        totals.set(part.of, { total: part.total });
      }
    }
  }

  const { children, roots } = hang(nodes);
  const cameBy = new Map([...links.values()].map((link) => [link.to.sessionKey, link]));
  const path = pathOf(first.focus, nodes, cameBy);
  // What led to the alert stands above the rest, the first cause on top.
  const order = [...path].reverse();
  const rank = (key: string) => (path.has(key) ? order.indexOf(key) : order.length);
  roots.sort((a, b) => rank(a) - rank(b));
  return {
    focus: first.focus,
    nodes,
    children,
    roots,
    sessions,
    totals,
    clusters,
    links: [...links.values()],
    cameBy,
    path,
    cuts,
  };
}

function hang(nodes: ReadonlyMap<string, ProcessNode>): { children: Map<string, string[]>; roots: string[] } {
  const children = new Map<string, string[]>();
  const roots: string[] = [];
  const looped = loopHeads(nodes);
  for (const node of [...nodes.values()].sort(byStart)) {
    const parent = node.parent?.key;
    if (parent === undefined || !nodes.has(parent) || looped.has(node.key)) {
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
  return { children, roots };
}

function byStart(a: ProcessNode, b: ProcessNode): number {
  const one = a.start ?? "";
  const other = b.start ?? "";
  return one < other ? -1 : one > other ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function parentOf(nodes: ReadonlyMap<string, ProcessNode>, node: ProcessNode): ProcessNode | undefined {
  return node.parent === undefined ? undefined : nodes.get(node.parent.key);
}

/** One process of each loop: the one with the smallest key, so that the cut does not depend on order. Each is looked at once. */
function loopHeads(nodes: ReadonlyMap<string, ProcessNode>): ReadonlySet<string> {
  const heads = new Set<string>();
  const done = new Set<string>();
  for (const start of nodes.values()) {
    const way: string[] = [];
    const onWay = new Set<string>();
    let at: ProcessNode | undefined = start;
    while (at !== undefined && !done.has(at.key) && !onWay.has(at.key)) {
      way.push(at.key);
      onWay.add(at.key);
      at = parentOf(nodes, at);
    }
    if (at !== undefined && onWay.has(at.key)) {
      const loop = way.slice(way.indexOf(at.key));
      const [least = at.key] = loop.sort();
      heads.add(least);
    }
    for (const key of way) {
      done.add(key);
    }
  }
  return heads;
}

/** From the process of the alert upwards; where its session came from a process on another host, on from there. */
function pathOf(
  focus: string,
  nodes: ReadonlyMap<string, ProcessNode>,
  cameBy: ReadonlyMap<string, LogonLink>,
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
    const link = climbed.map(({ sessionKey }) => cameBy.get(sessionKey ?? "")).find((one) => one !== undefined);
    climbed = link === undefined || link.certainty === "ambiguous" ? [] : climb(link.from.processKey);
  }
  return path;
}

/** Processes through which a session enters the picture: what is above them runs in another one. */
export function entriesOf(graph: LineageGraph): ReadonlyMap<string, readonly string[]> {
  const entries = new Map<string, string[]>();
  for (const node of [...graph.nodes.values()].sort(byStart)) {
    if (node.sessionKey !== undefined && parentOf(graph.nodes, node)?.sessionKey !== node.sessionKey) {
      const known = entries.get(node.sessionKey);
      if (known === undefined) {
        entries.set(node.sessionKey, [node.key]);
      } else {
        known.push(node.key);
      }
    }
  }
  return entries;
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

/** Whether a process is known under a text that a person looks for; `text` in lower case. */
export function holdsText(node: ProcessNode, text: string): boolean {
  return [node.name, node.commandLine, node.executable, node.host, node.user?.name, node.pid?.toString()].some(
    (value) => value?.toLowerCase().includes(text),
  );
}
