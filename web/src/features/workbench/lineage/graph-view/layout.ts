import type { LogonLink, LogonSession } from "#contracts/lineage";
import type { LineageGraph } from "../graph.ts";
import { sessionOrigin } from "../labels.ts";
import type { ProcessRow, Row } from "../rows.ts";

/** Pure layout of the graph: generations from left to right, siblings in time from top to bottom, hosts as boxes. */
export const cardWidth = 208;
export const cardHeight = 50;
export const columnGap = 64;
const rowGap = 14;
const hostGap = 90;
const hostPadding = 24;
const step = cardWidth + columnGap;
const line = cardHeight + rowGap;

/** `x` and `y` are those of the upper left corner, in the units of the layout. */
export interface Card {
  readonly id: string;
  readonly kind: "process" | "group" | "more" | "session" | "endpoint";
  readonly x: number;
  readonly y: number;
  /** The card to the left that it is linked to. */
  readonly parent?: string;
  /** Index after the last card of its branch, in the order of `Layout.cards`; for a leaf the index after its own. */
  readonly end: number;
  /** Lowest edge of its branch. */
  readonly bottom: number;
  readonly row?: Row;
  readonly session?: LogonSession;
  readonly label?: string;
}
export interface Link {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind:
    | "exact"
    | "pid-time"
    | "declared"
    | "ambiguous"
    | "group"
    | "candidate"
    | "session"
    | "logon"
    | "logon-ambiguous";
  readonly onPath: boolean;
}
export interface HostBox {
  readonly host: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Layout {
  readonly hosts: readonly HostBox[];
  /** Processes, groups and "more" cards, each before the cards of its branch. */
  readonly cards: readonly Card[];
  /** By the id of the child. */
  readonly parentLinks: ReadonlyMap<string, Link>;
  /** From the other possible parents, where they are part of the layout. */
  readonly candidateLinks: readonly Link[];
  /** Sessions and the hosts they were opened from, to the left of the tree. */
  readonly sideCards: readonly Card[];
  readonly sideLinks: readonly Link[];
  readonly cardById: ReadonlyMap<string, Card>;
}

type CardRow = Exclude<Row, { readonly kind: "logon" }>;

/** Lays out the visible rows. The card `anchor` stays where it was, so that nothing jumps when the graph grows. */
export function layoutGraph(
  rows: readonly Row[],
  graph: LineageGraph,
  anchor?: { readonly id: string; readonly x: number; readonly y: number },
): Layout {
  const cardRows = rows.filter((row): row is CardRow => row.kind !== "logon");
  const entries = sessionEntryRows(cardRows, graph);
  const placed = placeRows(cardRows, entries);
  const sessions = placeSessions(placed, graph, entries);
  const dx = anchor === undefined ? 0 : anchor.x - (placed.at.get(anchor.id)?.x ?? anchor.x);
  const dy = anchor === undefined ? 0 : anchor.y - (placed.at.get(anchor.id)?.y ?? anchor.y);
  const moved = (card: Card): Card => ({ ...card, x: card.x + dx, y: card.y + dy, bottom: card.bottom + dy });
  const cards = placed.cards.map(moved);
  const sideCards = sessions.cards.map(moved);
  return {
    hosts: hostBoxes(placed, sessions.cards).map((box) => ({ ...box, x: box.x + dx, y: box.y + dy })),
    cards,
    parentLinks: new Map(cardRows.flatMap((row) => (row.parentId === undefined ? [] : [[row.id, linkTo(row)]]))),
    candidateLinks: candidateLinks(cardRows, placed.at),
    sideCards,
    sideLinks: sessions.links,
    cardById: new Map([...cards, ...sideCards].map((card) => [card.id, card])),
  };
}

/** The topmost processes of each session that is not a service session. */
function sessionEntryRows(rows: readonly CardRow[], graph: LineageGraph): ReadonlyMap<string, readonly ProcessRow[]> {
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

interface Placed {
  readonly cards: readonly Card[];
  readonly at: ReadonlyMap<string, Card>;
  readonly hostOf: ReadonlyMap<string, string>;
}

/**
 * The first child is placed to the right of its parent, the others below it: nothing above an expanded card ever moves. The
 * first process of a session starts a new line, because the card of the session is placed to its left.
 */
function placeRows(rows: readonly CardRow[], entries: ReadonlyMap<string, readonly ProcessRow[]>): Placed {
  const startsLine = new Set([...entries.values()].flatMap((list) => list[0]?.id ?? []));
  const cards: { -readonly [K in keyof Card]: Card[K] }[] = [];
  const at = new Map<string, (typeof cards)[number]>();
  const hostOf = new Map<string, string>();
  const open: (typeof cards)[number][] = [];
  let next = 0;
  let host: string | undefined;
  for (const row of rows) {
    while (open.length > 0 && open.at(-1)?.id !== row.parentId) {
      open.pop();
    }
    const parent = open.at(-1);
    const rowHost = row.kind === "process" ? row.node.host : (hostOf.get(row.parentId) ?? "");
    if (parent === undefined && host !== undefined && rowHost !== host) {
      next += hostGap;
    }
    host = parent === undefined ? rowHost : host;
    const onParentLine = parent !== undefined && cards.at(-1) === parent && !startsLine.has(row.id);
    const y = onParentLine ? parent.y : next;
    next = y + line;
    const card = {
      id: row.id,
      kind: row.kind,
      x: open.length * step,
      y,
      parent: parent?.id,
      end: 0,
      bottom: y + cardHeight,
      row,
    };
    cards.push(card);
    at.set(card.id, card);
    hostOf.set(card.id, rowHost);
    open.push(card);
  }
  for (let index = cards.length - 1; index >= 0; index -= 1) {
    const card = cards[index];
    if (card === undefined) {
      continue;
    }
    card.end = Math.max(card.end, index + 1);
    const parent = at.get(card.parent ?? "");
    if (parent !== undefined) {
      parent.end = Math.max(parent.end, card.end);
      parent.bottom = Math.max(parent.bottom, card.bottom);
    }
  }
  return { cards, at, hostOf };
}

/** Places each session to the left of its first process, and its origin to the left of the host or on the other host. */
function placeSessions(
  { at, hostOf }: Placed,
  graph: LineageGraph,
  entries: ReadonlyMap<string, readonly ProcessRow[]>,
): { readonly cards: readonly Card[]; readonly links: readonly Link[] } {
  const cards: Card[] = [];
  const links: Link[] = [];
  const origins = new Set<string>();
  for (const [key, rows] of entries) {
    const session = graph.sessions.get(key);
    const first = at.get(rows[0]?.id ?? "");
    if (session === undefined || first === undefined) {
      continue;
    }
    const id = `session:${key}`;
    const common = { y: first.y, end: 0, bottom: first.bottom };
    cards.push({ ...common, id, kind: "session", x: first.x - step, session });
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
    const source = link === undefined ? undefined : sourceOf(link, at, entries);
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
        cards.push({ ...common, id: endpoint, kind: "endpoint", x: -2 * step - hostPadding, label: origin });
      }
      links.push(logonLink(key, endpoint, id, link, graph));
    }
  }
  return { cards, links };
}

/** The card of a logon's source: the process, else the first process of the session on the other host. */
function sourceOf(
  { from }: LogonLink,
  at: ReadonlyMap<string, Card>,
  entries: ReadonlyMap<string, readonly ProcessRow[]>,
): string | undefined {
  const entry = from.processKey ?? entries.get(from.sessionKey ?? "")?.[0]?.id;
  return entry !== undefined && at.has(entry) ? entry : undefined;
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

function hostBoxes({ cards, hostOf }: Placed, sessions: readonly Card[]): readonly HostBox[] {
  const boxes = new Map<string, { left: number; top: number; right: number; bottom: number; host: string }>();
  let run = 0;
  let before: string | undefined;
  // A host whose processes are in two places gets two boxes: one box around both would contain other hosts.
  for (const card of cards) {
    const host = hostOf.get(card.id) ?? "";
    if (card.parent === undefined && host !== before) {
      run += 1;
      before = host;
    }
    const id = `${run}:${host}`;
    const box = boxes.get(id) ?? { left: card.x, top: card.y, right: card.x, bottom: card.y, host };
    boxes.set(id, {
      host,
      left: Math.min(box.left, card.x),
      top: Math.min(box.top, card.y),
      right: Math.max(box.right, card.x + cardWidth),
      bottom: Math.max(box.bottom, card.y + cardHeight),
    });
  }
  for (const card of sessions) {
    const box =
      card.session === undefined
        ? undefined
        : [...boxes.values()].find(
            (one) => one.host === card.session?.host && card.y >= one.top && card.y < one.bottom,
          );
    if (box !== undefined) {
      box.left = Math.min(box.left, card.x);
    }
  }
  return [...boxes.values()].map(({ host, left, top, right, bottom }) => ({
    host,
    x: left - hostPadding,
    y: top - hostPadding,
    width: right - left + 2 * hostPadding,
    height: bottom - top + 2 * hostPadding,
  }));
}

function linkTo(row: CardRow): Link {
  const isMember = row.kind === "process" && row.parentId !== row.node.parent?.key;
  return {
    id: `edge:${row.id}`,
    from: row.parentId ?? "",
    to: row.id,
    kind: row.kind === "process" && !isMember ? (row.node.parent?.certainty ?? "group") : "group",
    onPath: row.kind === "process" && row.onPath,
  };
}

function candidateLinks(rows: readonly CardRow[], at: ReadonlyMap<string, Card>): readonly Link[] {
  return rows.flatMap((row) => {
    const parent = row.kind === "process" ? row.node.parent : undefined;
    return (parent?.candidates ?? [])
      .filter((key) => key !== parent?.key && at.has(key))
      .map((key) => ({ id: `or:${key}:${row.id}`, from: key, to: row.id, kind: "candidate" as const, onPath: false }));
  });
}

/** The box around all elements. */
export function boundsOf({ hosts, sideCards }: Layout): { x1: number; y1: number; x2: number; y2: number } | undefined {
  const boxes = [...hosts, ...sideCards.map(({ x, y }) => ({ x, y, width: cardWidth, height: cardHeight }))];
  return boxes.length === 0
    ? undefined
    : {
        x1: Math.min(...boxes.map(({ x }) => x)),
        y1: Math.min(...boxes.map(({ y }) => y)),
        x2: Math.max(...boxes.map(({ x, width }) => x + width)),
        y2: Math.max(...boxes.map(({ y, height }) => y + height)),
      };
}
