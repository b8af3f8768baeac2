import type { LogonLink } from "#contracts/lineage";
import type { LineageGraph } from "../graph.ts";
import { sessionOrigin } from "../labels.ts";
import type { ProcessRow } from "../rows.ts";
import { type Card, columnStep, hostPadding, type Link } from "./cards.ts";
import type { GraphRow } from "./chains.ts";

/** Cards of the tree, and the host of each. */
export interface PlacedRows {
  readonly cards: readonly Card[];
  readonly cardById: ReadonlyMap<string, Card>;
  readonly hostOf: ReadonlyMap<string, string>;
}

/** The topmost processes of each session that is not a service session. */
export function sessionEntryRows(
  rows: readonly GraphRow[],
  graph: LineageGraph,
): ReadonlyMap<string, readonly ProcessRow[]> {
  const entries = new Map<string, ProcessRow[]>();
  for (const row of rows) {
    const key = row.kind === "process" ? row.node.sessionKey : undefined;
    if (row.kind !== "process" || key === undefined || graph.sessions.get(key)?.service !== false) {
      continue;
    }
    const parent = graph.nodes.get(row.node.parent?.key ?? "");
    if (parent?.sessionKey !== key) {
      entries.set(key, [...(entries.get(key) ?? []), row]);
    }
  }
  return entries;
}

/**
 * Places each session to the left of its first process, and its origin to the left of the host or on the other host.
 */
export function placeSessions(
  { cardById, hostOf }: PlacedRows,
  graph: LineageGraph,
  entries: ReadonlyMap<string, readonly ProcessRow[]>,
): { readonly cards: readonly Card[]; readonly links: readonly Link[] } {
  const cards: Card[] = [];
  const links: Link[] = [];
  const origins = new Set<string>();
  for (const [key, rows] of entries) {
    const session = graph.sessions.get(key);
    const first = cardById.get(rows[0]?.id ?? "");
    if (session === undefined || first === undefined) {
      continue;
    }
    const id = `session:${key}`;
    const common = { y: first.y, end: 0, bottom: first.bottom };
    cards.push({ ...common, id, kind: "session", x: first.x - columnStep, session });
    links.push(
      ...rows.map((row) => ({
        id: `in:${key}:${row.id}`,
        from: id,
        to: row.id,
        kind: "session" as const,
        onPath: graph.path.has(row.id),
      })),
    );
    const link = graph.originLinks.get(key);
    const source = link === undefined ? undefined : sourceOf(link, cardById, entries);
    if (link !== undefined && source !== undefined) {
      links.push(logonLink(key, source, id, link, graph));
      continue;
    }
    const origin = link?.from.host ?? sessionOrigin(session);
    if (origin !== undefined) {
      const endpoint = `endpoint:${hostOf.get(first.id)}:${origin.toLowerCase()}`;
      if (!origins.has(endpoint)) {
        origins.add(endpoint);
        // The session of a root is one column to the left of it, its origin another column.
        cards.push({ ...common, id: endpoint, kind: "endpoint", x: -2 * columnStep - hostPadding, label: origin });
      }
      links.push(logonLink(key, endpoint, id, link, graph));
    }
  }
  return { cards, links };
}

/** The card of a logon's source: the process, else the first process of the session on the other host. */
function sourceOf(
  { from }: LogonLink,
  cardById: ReadonlyMap<string, Card>,
  entries: ReadonlyMap<string, readonly ProcessRow[]>,
): string | undefined {
  const entry = from.processKey ?? entries.get(from.sessionKey ?? "")?.[0]?.id;
  return entry !== undefined && cardById.has(entry) ? entry : undefined;
}

function logonLink(key: string, from: string, to: string, link: LogonLink | undefined, graph: LineageGraph): Link {
  return {
    id: `from:${key}`,
    from,
    to,
    kind: link?.certainty === "ambiguous" ? "logon-ambiguous" : "logon",
    onPath: link?.from.processKey !== undefined && graph.path.has(link.from.processKey),
  };
}
