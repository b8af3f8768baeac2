import { type Card, type ChainFrame, cardHeight, cardWidth, columnGap, type Link } from "./cards.ts";
import type { Layout } from "./layout.ts";

/**
 * Selects the elements of a layout that are drawn in a viewport: the cards in it, the cards at both ends of lines that
 * cross it, and one block for each branch whose cards would be too small to see. The number of elements depends on the
 * size of the screen, not on the number of processes.
 * See docs/decisions/0024.
 */

/** Corners in the units of the layout; `zoom` is pixels per unit. */
export interface Viewport {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly zoom: number;
}

/** Neighbouring branches that are too small to be drawn card by card. */
export interface Block {
  readonly id: string;
  readonly parent: string | undefined;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly processes: number;
  readonly alerts: number;
  readonly onPath: boolean;
}
export interface ViewportElements {
  readonly cards: readonly Card[];
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  readonly chains: readonly ChainFrame[];
}

/** A branch that is lower than this on the screen is drawn as a block. */
const minPixels = 13;
/** Up to this many sessions and origins are drawn at any zoom, because they show how hosts are connected. */
const maxSideCards = 150;

type MutableBlock = { -readonly [K in keyof Block]: Block[K] };

export function elementsInViewport(layout: Layout, viewport: Viewport): ViewportElements {
  const elements: Elements = { layout, cards: new Map(), links: new Map(), blocks: [] };
  addTree(elements, viewport);
  addCandidateLinks(elements);
  addSideCards(elements, viewport);
  return {
    cards: [...elements.cards.values()],
    blocks: elements.blocks,
    links: [...elements.links.values()],
    chains: layout.chains.filter(
      ({ x, y, width, height }) =>
        cardHeight >= minPixels / viewport.zoom &&
        x <= viewport.x2 &&
        x + width >= viewport.x1 &&
        y <= viewport.y2 &&
        y + height >= viewport.y1,
    ),
  };
}

interface Elements {
  readonly layout: Layout;
  readonly cards: Map<string, Card>;
  readonly links: Map<string, Link>;
  readonly blocks: MutableBlock[];
}

/** Walks the cards in depth-first order and skips every branch outside the viewport as a whole. */
function addTree(elements: Elements, viewport: Viewport): void {
  const { cards, cardById } = elements.layout;
  const minHeight = minPixels / viewport.zoom;
  /** Parents of a drawn child below the viewport: one line is enough, the lines to their other children lie on it. */
  const crossed = new Set<string>();
  for (let index = 0; index < cards.length; ) {
    const card = cards[index];
    if (card === undefined) {
      break;
    }
    if (card.bottom < viewport.y1) {
      index = card.end;
    } else if (card.y > viewport.y2) {
      // All following cards are below, too; the line from a parent in or above the viewport crosses it.
      const parentY = cardById.get(card.parent ?? "")?.y ?? 0;
      if (card.parent !== undefined && !crossed.has(card.parent) && parentY <= viewport.y2) {
        crossed.add(card.parent);
        addCard(elements, card);
      }
      index = card.end;
    } else if (card.x > viewport.x2) {
      addCard(elements, card);
      index = card.end;
    } else if (card.bottom - card.y < minHeight) {
      addToBlock(elements, card, index, minHeight);
      index = card.end;
    } else {
      const inRow = card.y + cardHeight >= viewport.y1;
      if (inRow && card.x + cardWidth + columnGap >= viewport.x1) {
        addCard(elements, card);
      }
      index += 1;
    }
  }
}

/** Adds a card with the line from its parent. */
function addCard({ layout, cards, links }: Elements, card: Card): void {
  cards.set(card.id, card);
  const link = layout.parentLinks.get(card.id);
  const parent = layout.cardById.get(card.parent ?? "");
  if (link !== undefined && parent !== undefined) {
    cards.set(parent.id, parent);
    links.set(link.id, link);
  }
}

/** Merges a branch into the block of the branch above it, or starts a new block. */
function addToBlock({ layout, cards, links, blocks }: Elements, card: Card, index: number, minHeight: number): void {
  const last = blocks.at(-1);
  const extendsLast =
    last !== undefined && last.parent === card.parent && last.x === card.x && card.bottom - last.y < 2 * minHeight;
  const block = extendsLast ? last : emptyBlock(card);
  block.height = card.bottom - block.y;
  for (const { row, x } of layout.cards.slice(index, card.end)) {
    block.width = Math.max(block.width, x + cardWidth - block.x);
    if (row?.kind === "process") {
      block.processes += 1;
      block.alerts += row.node.alerts.filter(({ buildingBlock }) => !buildingBlock).length;
      block.onPath ||= row.onPath;
    } else if (row?.kind === "group") {
      block.processes += row.total;
    } else if (row?.kind === "chain") {
      block.processes += row.members.length;
      block.onPath ||= row.onPath;
    }
  }
  if (extendsLast) {
    return;
  }
  blocks.push(block);
  const parent = layout.cardById.get(card.parent ?? "");
  if (parent !== undefined) {
    cards.set(parent.id, parent);
    const id = `edge:${block.id}`;
    links.set(id, { id, from: parent.id, to: block.id, kind: "group", onPath: block.onPath });
  }
}

/** Lines from the other possible parents of the cards that are drawn. */
function addCandidateLinks({ layout, cards, links }: Elements): void {
  for (const link of layout.candidateLinks) {
    const from = layout.cardById.get(link.from);
    if (from !== undefined && cards.has(link.to)) {
      cards.set(from.id, from);
      links.set(link.id, link);
    }
  }
}

function addSideCards({ layout, cards, links }: Elements, viewport: Viewport): void {
  if (layout.sideCards.length > maxSideCards && cardHeight < minPixels / viewport.zoom) {
    return;
  }
  for (const card of layout.sideCards) {
    if (
      card.y + cardHeight >= viewport.y1 &&
      card.y <= viewport.y2 &&
      card.x + cardWidth >= viewport.x1 &&
      card.x <= viewport.x2
    ) {
      cards.set(card.id, card);
    }
  }
  for (const link of layout.sideLinks) {
    const from = layout.cardById.get(link.from);
    const to = layout.cardById.get(link.to);
    if (from === undefined || to === undefined) {
      continue;
    }
    const hasDrawnEnd = cards.has(link.from) || cards.has(link.to);
    const crosses =
      link.kind !== "session" && Math.min(from.y, to.y) <= viewport.y2 && Math.max(from.y, to.y) >= viewport.y1;
    if (hasDrawnEnd || crosses) {
      cards.set(from.id, from);
      cards.set(to.id, to);
      links.set(link.id, link);
    }
  }
}

function emptyBlock(card: Card): MutableBlock {
  return {
    id: `block:${card.id}`,
    parent: card.parent,
    x: card.x,
    y: card.y,
    width: cardWidth,
    height: cardHeight,
    processes: 0,
    alerts: 0,
    onPath: false,
  };
}
