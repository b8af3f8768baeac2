import type { Certainty } from "#contracts/lineage";
import type { LineageGraph } from "../graph.ts";
import type { Position, ProcessRow, Row } from "../rows.ts";

/**
 * Chains of the graph: runs of processes with one child each that carry no information of their own. Each is one card,
 * which opens in place. Rows in, rows out; the tree and the table show every process.
 */

/** A closed chain, in the place of its processes. */
export interface ChainRow extends Position {
  readonly kind: "chain";
  readonly parentId?: string;
  /** From the first process down to the last one, whose child, if any, is below the chain. */
  readonly members: readonly ProcessRow[];
  readonly onPath: boolean;
  /** The weakest certainty of the edges between the members. */
  readonly certainty: Certainty;
}
export type GraphRow = Row | ChainRow;

/** A chain that is shown process by process. */
export interface OpenChain {
  readonly id: string;
  readonly members: readonly string[];
}

/** Shorter runs stay. What led to the alert is read first: there a chain must save more to be worth it. */
const minLength = 2;
const minLengthOnPath = 3;

export const chainId = (first: string): string => `chain:${first}`;

/** The key of the first process of a chain; undefined for any other id. */
export const firstOfChain = (id: string): string | undefined => (id.startsWith("chain:") ? id.slice(6) : undefined);

const byCertainty = ["exact", "pid-time", "declared", "ambiguous"] as const satisfies readonly Certainty[];

export function weakest(one: Certainty, other: Certainty): Certainty {
  return byCertainty.indexOf(one) > byCertainty.indexOf(other) ? one : other;
}

/**
 * Collapses the chains. One that contains a process for which `isShown` holds, such as the selected one, or whose first
 * process is in `open`, is shown process by process. `isKept` names processes that never belong to a chain.
 */
export function collapseChains(
  rows: readonly Row[],
  graph: LineageGraph,
  view: {
    readonly open: ReadonlySet<string>;
    readonly isShown: (key: string) => boolean;
    readonly isKept?: (row: ProcessRow) => boolean;
  },
): { readonly rows: readonly GraphRow[]; readonly open: readonly OpenChain[] } {
  const collapsed: GraphRow[] = [];
  const open: OpenChain[] = [];
  const isMember = memberTest(rows, graph, view.isKept);
  /** The card that stands for a process that is no longer shown, by its key. */
  const standIns = new Map<string, string>();
  for (let index = 0; index < rows.length; ) {
    const members = chainFrom(rows, index, isMember);
    const [first] = members;
    const row = rows[index];
    if (row !== undefined && (first === undefined || !isWorthIt(members))) {
      const parentId = standIns.get(row.parentId ?? "");
      collapsed.push(parentId === undefined ? row : { ...row, parentId });
      index += 1;
      continue;
    }
    if (first === undefined) {
      break;
    }
    const id = chainId(first.id);
    const parentId = standIns.get(first.parentId ?? "") ?? first.parentId;
    if (view.open.has(first.id) || members.some((member) => view.isShown(member.id))) {
      collapsed.push({ ...first, parentId }, ...members.slice(1));
      open.push({ id, members: members.map((member) => member.id) });
    } else {
      standIns.set(members.at(-1)?.id ?? "", id);
      const { depth, position, siblings } = first;
      const onPath = members.some((member) => member.onPath);
      collapsed.push({
        kind: "chain",
        id,
        depth,
        position,
        siblings,
        parentId,
        members,
        onPath,
        certainty: innerCertainty(members),
      });
    }
    index += members.length;
  }
  return { rows: collapsed, open };
}

const isWorthIt = (members: readonly ProcessRow[]): boolean =>
  members.length >= (members.some(({ onPath }) => onPath) ? minLengthOnPath : minLength);

const innerCertainty = (members: readonly ProcessRow[]): Certainty =>
  members.slice(1).reduce<Certainty>((sum, { node }) => weakest(sum, node.parent?.certainty ?? "declared"), "exact");

/** The longest run of members that begins at a row. Rows are in depth-first order: an only child follows its parent. */
function chainFrom(
  rows: readonly Row[],
  start: number,
  isMember: (row: Row | undefined) => row is ProcessRow,
): readonly ProcessRow[] {
  const members: ProcessRow[] = [];
  for (let row = rows[start]; isMember(row); row = rows[start + members.length]) {
    const last = members.at(-1);
    if (last !== undefined && (row.parentId !== last.id || row.userChanged || row.hostChanged)) {
      break;
    }
    members.push(row);
  }
  return members;
}

/**
 * A process with at most one child, of which everything is shown, and nothing that an analyst would look for: no alert,
 * no logon, no possible other parent, no event, no edge to it from elsewhere.
 */
function memberTest(rows: readonly Row[], graph: LineageGraph, isKept: (row: ProcessRow) => boolean = () => false) {
  const childCounts = new Map<string, number>();
  /** Processes with an edge besides those of the tree, or with something else below them. */
  const linked = new Set<string>();
  for (const row of rows) {
    const parentId = row.parentId ?? "";
    childCounts.set(parentId, (childCounts.get(parentId) ?? 0) + 1);
    if (row.kind !== "process") {
      linked.add(parentId);
    }
    for (const key of row.kind === "process" ? (row.node.parent?.candidates ?? []) : []) {
      linked.add(key);
    }
    if (row.kind === "event") {
      linked.add(row.event?.target?.key ?? "");
    }
  }
  for (const { from } of graph.links) {
    linked.add(from.processKey ?? "");
  }
  return (row: Row | undefined): row is ProcessRow =>
    row?.kind === "process" &&
    row.node.alerts.length === 0 &&
    !row.isFocus &&
    row.expansion !== "closed" &&
    (childCounts.get(row.id) ?? 0) <= 1 &&
    !linked.has(row.id) &&
    row.node.parent?.certainty !== "ambiguous" &&
    row.originLink === undefined &&
    !opensSession(row, graph) &&
    !isKept(row);
}

/** Whether a card of its logon session is placed beside a process. */
function opensSession({ node }: ProcessRow, graph: LineageGraph): boolean {
  return (
    graph.sessions.get(node.sessionKey ?? "")?.service === false &&
    graph.nodes.get(node.parent?.key ?? "")?.sessionKey !== node.sessionKey
  );
}
