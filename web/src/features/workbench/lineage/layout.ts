import type { LogonLink, LogonSession } from "#contracts/lineage";
import type { LineageGraph } from "./graph.ts";
import type { ProcessRow, Row } from "./rows.ts";
import { sessionOrigin } from "./words.ts";

/** Pure layout of the graph: generations from left to right, siblings in time from top to bottom, hosts as boxes. */
export const cardWidth = 208;
export const cardHeight = 50;
export const columnGap = 64;
const rowGap = 14;
const hostGap = 90;
const hostPadding = 24;
const step = cardWidth + columnGap;
const line = cardHeight + rowGap;

/** Places are of the upper left corner, in the units of the picture. */
export interface Card {
  readonly id: string;
  readonly kind: "process" | "group" | "more" | "session" | "endpoint";
  readonly x: number;
  readonly y: number;
  /** The card to its left that it hangs on. */
  readonly parent?: string;
  /** Index behind the last card of what hangs below it, in the order of the cards; its own index and one for a leaf. */
  readonly end: number;
  /** Lowest edge of all that hangs below it. */
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
    | "fold"
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
  /** Processes, folds and "more" cards, each before what hangs below it. */
  readonly cards: readonly Card[];
  /** By the card that it leads to. */
  readonly parentLinks: ReadonlyMap<string, Link>;
  /** From the other parents that fit, where they are in the picture. */
  readonly otherLinks: readonly Link[];
  /** Sessions and the places that they came from: they stand beside the tree. */
  readonly aside: readonly Card[];
  readonly asideLinks: readonly Link[];
  readonly at: ReadonlyMap<string, Card>;
}

type Drawn = Exclude<Row, { readonly kind: "logon" }>;

/** Lays out the visible rows. `anchor` keeps one card where it was, so that nothing jumps under the eye when it grows. */
export function layoutGraph(
  rows: readonly Row[],
  graph: LineageGraph,
  anchor?: { readonly id: string; readonly x: number; readonly y: number },
): Layout {
  const drawn = rows.filter((row): row is Drawn => row.kind !== "logon");
  const entries = sessionEntries(drawn, graph);
  const placed = place(drawn, entries);
  const sessions = placeSessions(placed, graph, entries);
  const dx = anchor === undefined ? 0 : anchor.x - (placed.at.get(anchor.id)?.x ?? anchor.x);
  const dy = anchor === undefined ? 0 : anchor.y - (placed.at.get(anchor.id)?.y ?? anchor.y);
  const moved = (card: Card): Card => ({ ...card, x: card.x + dx, y: card.y + dy, bottom: card.bottom + dy });
  const cards = placed.cards.map(moved);
  const aside = sessions.cards.map(moved);
  return {
    hosts: hostBoxes(placed, sessions.cards).map((box) => ({ ...box, x: box.x + dx, y: box.y + dy })),
    cards,
    parentLinks: new Map(drawn.flatMap((row) => (row.parentId === undefined ? [] : [[row.id, linkTo(row)]]))),
    otherLinks: candidateLinks(drawn, placed.at),
    aside,
    asideLinks: sessions.links,
    at: new Map([...cards, ...aside].map((card) => [card.id, card])),
  };
}

/** The processes through which each session that is no service's enters the picture, topmost first. */
function sessionEntries(rows: readonly Drawn[], graph: LineageGraph): ReadonlyMap<string, readonly ProcessRow[]> {
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
 * The first child stands beside its parent, the others below: what stands above never moves when something is opened. Where a
 * session enters, its card takes the place to the left, so the process starts a line of its own.
 */
function place(rows: readonly Drawn[], entries: ReadonlyMap<string, readonly ProcessRow[]>): Placed {
  const needsLeft = new Set([...entries.values()].flatMap((list) => list[0]?.id ?? []));
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
    const own = row.kind === "process" ? row.node.host : (hostOf.get(row.parentId) ?? "");
    if (parent === undefined && host !== undefined && own !== host) {
      next += hostGap;
    }
    host = parent === undefined ? own : host;
    const beside = parent !== undefined && cards.at(-1) === parent && !needsLeft.has(row.id);
    const y = beside ? parent.y : next;
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
    hostOf.set(card.id, own);
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

/** Each session stands left of the process through which it enters; what it came from left of its host, or on the other host. */
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
    const link = graph.cameBy.get(key);
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
        // A root that a session enters has the session left of it: the origin stands one column further.
        cards.push({ ...common, id: endpoint, kind: "endpoint", x: -2 * step - hostPadding, label: origin });
      }
      links.push(logonLink(key, endpoint, id, link, graph));
    }
  }
  return { cards, links };
}

/** The card that a logon came from: the process, else where the session on the other host enters. */
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

function hostBoxes({ cards, hostOf }: Placed, aside: readonly Card[]): readonly HostBox[] {
  const boxes = new Map<string, { left: number; top: number; right: number; bottom: number; host: string }>();
  let run = 0;
  let before: string | undefined;
  // A host whose processes stand in two places has two boxes: a box around both would hold those of others.
  const boxOf = new Map<string, string>();
  for (const card of cards) {
    const host = hostOf.get(card.id) ?? "";
    if (card.parent === undefined && host !== before) {
      run += 1;
      before = host;
    }
    const id = `${run}:${host}`;
    boxOf.set(card.id, id);
    const box = boxes.get(id) ?? { left: card.x, top: card.y, right: card.x, bottom: card.y, host };
    boxes.set(id, {
      host,
      left: Math.min(box.left, card.x),
      top: Math.min(box.top, card.y),
      right: Math.max(box.right, card.x + cardWidth),
      bottom: Math.max(box.bottom, card.y + cardHeight),
    });
  }
  for (const card of aside) {
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

function linkTo(row: Drawn): Link {
  const isMember = row.kind === "process" && row.parentId !== row.node.parent?.key;
  return {
    id: `edge:${row.id}`,
    from: row.parentId ?? "",
    to: row.id,
    kind: row.kind === "process" && !isMember ? (row.node.parent?.certainty ?? "fold") : "fold",
    onPath: row.kind === "process" && row.onPath,
  };
}

function candidateLinks(rows: readonly Drawn[], at: ReadonlyMap<string, Card>): readonly Link[] {
  return rows.flatMap((row) => {
    const parent = row.kind === "process" ? row.node.parent : undefined;
    return (parent?.candidates ?? [])
      .filter((key) => key !== parent?.key && at.has(key))
      .map((key) => ({ id: `or:${key}:${row.id}`, from: key, to: row.id, kind: "candidate" as const, onPath: false }));
  });
}

/** Around everything: what "fit" shows. */
export function boundsOf({ hosts, aside }: Layout): { x1: number; y1: number; x2: number; y2: number } | undefined {
  const boxes = [...hosts, ...aside.map(({ x, y }) => ({ x, y, width: cardWidth, height: cardHeight }))];
  return boxes.length === 0
    ? undefined
    : {
        x1: Math.min(...boxes.map(({ x }) => x)),
        y1: Math.min(...boxes.map(({ y }) => y)),
        x2: Math.max(...boxes.map(({ x, width }) => x + width)),
        y2: Math.max(...boxes.map(({ y, height }) => y + height)),
      };
}
