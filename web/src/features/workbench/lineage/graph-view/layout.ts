import type { LineageGraph } from "../graph.ts";
import type { ProcessRow } from "../rows.ts";
import { boxAround } from "./boxes.ts";
import {
  type Card,
  type ChainFrame,
  cardBox,
  cardHeight,
  cardWidth,
  chainPadding,
  columnGap,
  columnStep,
  type HostBox,
  hostPadding,
  type Link,
  rowGap,
} from "./cards.ts";
import { type ChainRow, type GraphRow, type OpenChain, weakest } from "./chains.ts";
import { routed } from "./routes.ts";
import { type PlacedRows, placeSessions, sessionEntryRows } from "./session-cards.ts";

/** Pure layout of the graph: generations from left to right, siblings in time from top to bottom, hosts as boxes. */
/** From the last line of one host to the first of the next: the names of hosts are in it. */
const hostGap = 70;
const line = cardHeight + rowGap;

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
  /** Around the cards of open chains. */
  readonly chains: readonly ChainFrame[];
}

type CardRow = Exclude<GraphRow, { readonly kind: "logon" }>;

/** Lays out the visible rows. The card `anchor` stays where it was, so that nothing jumps when the graph grows. */
export function layoutGraph(
  rows: readonly GraphRow[],
  graph: LineageGraph,
  anchor?: { readonly id: string; readonly x: number; readonly y: number },
  openChains: readonly OpenChain[] = [],
): Layout {
  const cardRows = rows.filter((row): row is CardRow => row.kind !== "logon");
  const entries = sessionEntryRows(cardRows, graph);
  const placed = placeRows(cardRows, entries);
  const sessions = placeSessions(placed, graph, entries);
  const dx = anchor === undefined ? 0 : anchor.x - (placed.cardById.get(anchor.id)?.x ?? anchor.x);
  const dy = anchor === undefined ? 0 : anchor.y - (placed.cardById.get(anchor.id)?.y ?? anchor.y);
  const moved = (card: Card): Card => ({ ...card, x: card.x + dx, y: card.y + dy, bottom: card.bottom + dy });
  const cards = placed.cards.map(moved);
  const sideCards = sessions.cards.map(moved);
  const cardById = new Map([...cards, ...sideCards].map((card) => [card.id, card]));
  const hosts = hostBoxes(placed, sessions.cards).map((box) => ({ ...box, x: box.x + dx, y: box.y + dy }));
  return {
    hosts,
    cards,
    parentLinks: parentLinks(cardRows),
    candidateLinks: [...candidateLinks(cardRows, placed.cardById), ...targetLinks(cardRows, placed.cardById)],
    sideCards,
    sideLinks: routed(sessions.links, cardById, hosts),
    cardById,
    chains: openChains.flatMap((chain) => chainFrame(chain, cardById)),
  };
}

/**
 * The first child is placed to the right of its parent, the others below it: nothing above an expanded card ever moves.
 * The first process of a session starts a new line, because the card of the session is placed to its left.
 */
function placeRows(rows: readonly CardRow[], entries: ReadonlyMap<string, readonly ProcessRow[]>): PlacedRows {
  const startsLine = new Set([...entries.values()].flatMap((list) => list[0]?.id ?? []));
  const cards: { -readonly [K in keyof Card]: Card[K] }[] = [];
  const cardById = new Map<string, (typeof cards)[number]>();
  const hostOf = new Map<string, string>();
  const open: (typeof cards)[number][] = [];
  let next = 0;
  let host: string | undefined;
  for (const row of rows) {
    while (open.length > 0 && open.at(-1)?.id !== row.parentId) {
      open.pop();
    }
    const parent = open.at(-1);
    const rowHost = hostOfRow(row) ?? hostOf.get(row.parentId ?? "") ?? "";
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
      x: open.length * columnStep,
      y,
      parent: parent?.id,
      end: 0,
      bottom: y + cardHeight,
      row,
    };
    cards.push(card);
    cardById.set(card.id, card);
    hostOf.set(card.id, rowHost);
    open.push(card);
  }
  for (let index = cards.length - 1; index >= 0; index -= 1) {
    const card = cards[index];
    if (card === undefined) {
      continue;
    }
    card.end = Math.max(card.end, index + 1);
    const parent = cardById.get(card.parent ?? "");
    if (parent !== undefined) {
      parent.end = Math.max(parent.end, card.end);
      parent.bottom = Math.max(parent.bottom, card.bottom);
    }
  }
  return { cards, cardById, hostOf };
}

function hostBoxes({ cards, hostOf }: PlacedRows, sessions: readonly Card[]): readonly HostBox[] {
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
    y: top - rowGap,
    width: right - left + 2 * hostPadding,
    height: bottom - top + 2 * rowGap,
  }));
}

const hostOfRow = (row: CardRow): string | undefined =>
  row.kind === "process" ? row.node.host : row.kind === "chain" ? row.members[0]?.node.host : undefined;

/** All its cards are on one line. */
function chainFrame({ id, members }: OpenChain, at: ReadonlyMap<string, Card>): readonly ChainFrame[] {
  const first = at.get(members[0] ?? "");
  const last = at.get(members.at(-1) ?? "");
  return first === undefined || last === undefined
    ? []
    : [
        {
          id,
          processes: members.length,
          x: first.x - chainPadding,
          y: first.y - chainPadding,
          width: last.x + cardWidth - first.x + 2 * chainPadding,
          height: cardHeight + 2 * chainPadding,
          handle: { x: first.x + cardWidth + columnGap / 2, y: first.y + cardHeight / 2 },
        },
      ];
}

function parentLinks(rows: readonly CardRow[]): ReadonlyMap<string, Link> {
  const chains = new Map(rows.flatMap((row) => (row.kind === "chain" ? [[row.id, row]] : [])));
  return new Map(
    rows.flatMap((row) =>
      row.parentId === undefined ? [] : [[row.id, linkTo(row, row.parentId, chains.get(row.parentId))]],
    ),
  );
}

/** An edge to or from a chain is no more certain than the weakest edge that the chain hides. */
function linkTo(row: CardRow, parentId: string, above: ChainRow | undefined): Link {
  const head = row.kind === "chain" ? row.members[0] : row.kind === "process" ? row : undefined;
  const parent = head?.node.parent;
  const isOwnParent = parent !== undefined && parent.key === (above?.members.at(-1)?.id ?? parentId);
  const hidden = [row.kind === "chain" ? row.certainty : undefined, above?.certainty];
  return {
    id: `edge:${row.id}`,
    from: parentId,
    to: row.id,
    kind: isOwnParent
      ? hidden.reduce(
          (sum: typeof parent.certainty, one) => (one === undefined ? sum : weakest(sum, one)),
          parent.certainty,
        )
      : "group",
    onPath: (row.kind === "process" || row.kind === "chain") && row.onPath,
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

/** From events to the process that they were done to: access and injection. */
function targetLinks(rows: readonly CardRow[], at: ReadonlyMap<string, Card>): readonly Link[] {
  return rows.flatMap((row) => {
    const event = row.kind === "event" ? row.event : undefined;
    const target = event?.target?.key;
    return target === undefined || !at.has(target)
      ? []
      : [
          {
            id: `target:${row.id}`,
            from: row.id,
            to: target,
            kind: "target" as const,
            onPath: false,
            event: event?.kind,
          },
        ];
  });
}

/** The box around all elements. */
export function boundsOf({
  hosts,
  sideCards,
  sideLinks,
}: Layout): { x1: number; y1: number; x2: number; y2: number } | undefined {
  const bends = sideLinks.flatMap(({ route }) => route ?? []).map((point) => boxAround(point, 0, 0));
  const boxes = [...hosts, ...sideCards.map(cardBox), ...bends];
  return boxes.length === 0
    ? undefined
    : {
        x1: Math.min(...boxes.map(({ x }) => x)),
        y1: Math.min(...boxes.map(({ y }) => y)),
        x2: Math.max(...boxes.map(({ x, width }) => x + width)),
        y2: Math.max(...boxes.map(({ y, height }) => y + height)),
      };
}
