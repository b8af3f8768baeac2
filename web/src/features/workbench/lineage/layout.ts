import { hierarchy } from "d3-hierarchy";
import type { LogonSession } from "#contracts/lineage";
import type { LineageGraph, Row } from "./model.ts";
import { sessionOrigin } from "./words.ts";

/** Pure layout of the graph: generations from left to right, siblings in time from top to bottom, hosts as boxes. */
export const cardWidth = 208;
export const cardHeight = 50;
const columnGap = 64;
const rowGap = 14;
const hostGap = 90;

export interface Card {
  readonly id: string;
  readonly kind: "process" | "group" | "more" | "session" | "endpoint";
  readonly host?: string;
  readonly x: number;
  readonly y: number;
  readonly row?: Row;
  readonly session?: LogonSession;
  readonly label?: string;
}
export interface Link {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: "exact" | "pid-time" | "declared" | "ambiguous" | "fold" | "session" | "logon";
  readonly onPath: boolean;
}
export interface Layout {
  readonly hosts: readonly string[];
  readonly cards: readonly Card[];
  readonly links: readonly Link[];
}

/**
 * The rows that a picture can hold: the way to each of `keep` first, then level by level from the roots, in the order of the
 * tree. A row is only taken with the row above it.
 */
export function nearestRows(
  rows: readonly Row[],
  limit: number,
  keep: readonly (string | undefined)[],
): readonly Row[] {
  if (rows.length <= limit) {
    return rows;
  }
  const byId = new Map(rows.map((row) => [row.id, row]));
  const taken = new Set<string>();
  for (const id of keep) {
    for (let at = byId.get(id ?? ""); at !== undefined && !taken.has(at.id); at = byId.get(at.parentId ?? "")) {
      taken.add(at.id);
    }
  }
  // The sort is stable: within a level the order of the tree stays.
  for (const row of rows.toSorted((a, b) => a.depth - b.depth)) {
    if (taken.size >= limit) {
      break;
    }
    if (row.parentId === undefined || taken.has(row.parentId)) {
      taken.add(row.id);
    }
  }
  return rows.filter((row) => taken.has(row.id));
}

interface Branch {
  readonly row: Row | undefined;
  readonly children: Branch[];
}

function hostOf(row: Row, graph: LineageGraph): string {
  return row.kind === "process" ? row.node.host : (graph.nodes.get(ownerOf(row))?.host ?? "");
}

function ownerOf(row: Row): string {
  return row.kind === "process" ? row.id : row.parentId;
}

/** The process above each session's processes is in another session: these are where the session enters the picture. */
function entries(rows: readonly Row[], graph: LineageGraph): ReadonlyMap<string, readonly string[]> {
  const result = new Map<string, string[]>();
  for (const row of rows) {
    if (row.kind !== "process" || row.node.sessionKey === undefined) {
      continue;
    }
    const parent = row.node.parent === undefined ? undefined : graph.nodes.get(row.node.parent.key);
    if (parent?.sessionKey !== row.node.sessionKey) {
      result.set(row.node.sessionKey, [...(result.get(row.node.sessionKey) ?? []), row.id]);
    }
  }
  return result;
}

/** Lays out the visible rows. `anchor` keeps one card where it was, so that nothing jumps under the eye when it grows. */
export function layoutGraph(
  rows: readonly Row[],
  graph: LineageGraph,
  anchor?: { readonly id: string; readonly x: number; readonly y: number },
): Layout {
  const branches = new Map<string, Branch>();
  const roots = new Map<string, Branch>();
  for (const row of rows) {
    const branch: Branch = { row, children: [] };
    branches.set(row.id, branch);
    const parent = row.parentId === undefined ? undefined : branches.get(row.parentId);
    if (parent === undefined) {
      const host = hostOf(row, graph);
      const root = roots.get(host) ?? { row: undefined, children: [] };
      root.children.push(branch);
      roots.set(host, root);
    } else {
      parent.children.push(branch);
    }
  }

  const cards: Card[] = [];
  const links: Link[] = [];
  const entered = entries(rows, graph);
  let top = 0;
  for (const [host, root] of roots) {
    const at = new Map<string, number>();
    const origins = new Map<string, Card>();
    let bottom = top;
    let next = top;
    // The first child stands beside its parent, the others below: what stands above never moves when something is opened.
    hierarchy(root).eachBefore((point) => {
      const { row } = point.data;
      if (row === undefined) {
        return;
      }
      const isFirst = point.parent?.data.row !== undefined && point.parent.children?.[0] === point;
      const y = isFirst ? next - (cardHeight + rowGap) : next;
      next = y + cardHeight + rowGap;
      bottom = Math.max(bottom, y);
      at.set(row.id, (point.depth - 1) * (cardWidth + columnGap));
      cards.push({ id: row.id, kind: row.kind, host, x: (point.depth - 1) * (cardWidth + columnGap), y, row });
      const link = linkTo(row);
      if (link !== undefined) {
        links.push(link);
      }
    });
    for (const session of graph.sessions.values()) {
      const first = entered.get(session.key) ?? [];
      if (session.host !== host || session.service || first.length === 0) {
        continue;
      }
      bottom += cardHeight + rowGap * 2;
      const x = Math.max(0, Math.min(...first.map((id) => at.get(id) ?? 0)) - (cardWidth + columnGap));
      cards.push({ id: `session:${session.key}`, kind: "session", host, x, y: bottom, session });
      links.push(
        ...first.map((to) => ({
          id: `in:${session.key}:${to}`,
          from: `session:${session.key}`,
          to,
          kind: "session" as const,
          onPath: graph.path.has(to),
        })),
      );
      const origin = sessionOrigin(session);
      if (origin !== undefined) {
        const id = `endpoint:${origin.toLowerCase()}`;
        if (!origins.has(id)) {
          origins.set(id, { id, kind: "endpoint", x: x - (cardWidth + columnGap) / 2, y: 0, label: origin });
        }
        links.push({ id: `from:${session.key}`, from: id, to: `session:${session.key}`, kind: "logon", onPath: false });
      }
    }
    // Where the sessions came from stands outside of the box of the host, below it.
    top = bottom + cardHeight + hostGap;
    const fresh = [...origins.values()].filter((card) => !cards.some((other) => other.id === card.id));
    cards.push(...fresh.map((card, index) => ({ ...card, x: card.x + index * (cardWidth + columnGap), y: top })));
    if (fresh.length > 0) {
      top += cardHeight + hostGap;
    }
  }
  return { hosts: [...roots.keys()], cards: anchored(cards, anchor), links };
}

function linkTo(row: Row): Link | undefined {
  if (row.parentId === undefined) {
    return undefined;
  }
  const kind =
    row.kind === "process" && !row.parentId.startsWith("fold:") ? (row.node.parent?.certainty ?? "fold") : "fold";
  return {
    id: `edge:${row.id}`,
    from: row.parentId,
    to: row.id,
    kind,
    onPath: row.kind === "process" && row.onPath,
  };
}

function anchored(cards: readonly Card[], anchor: { id: string; x: number; y: number } | undefined): readonly Card[] {
  const now = cards.find((card) => card.id === anchor?.id);
  if (anchor === undefined || now === undefined) {
    return cards;
  }
  const dx = anchor.x - now.x;
  const dy = anchor.y - now.y;
  return cards.map((card) => ({ ...card, x: card.x + dx, y: card.y + dy }));
}
