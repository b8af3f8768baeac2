import { type Card, cardHeight, cardWidth, columnGap, type Layout, type Link } from "./layout.ts";

/**
 * What of a layout has to be drawn to look right through a window: the cards in it, the ends of lines that cross it, and where
 * cards would be too small to see, whole branches as one block. So the work depends on the size of the screen, not on the
 * number of processes.
 */

/** Corners in the units of the layout; `zoom` is pixels per unit. */
export interface Window {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly zoom: number;
}

/** Neighbouring branches that are too small to be drawn one by one. */
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
export interface Picture {
  readonly cards: readonly Card[];
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
}

/** What is lower than this on the screen is no card any more. */
const leastPixels = 13;
/** So many sessions and origins are drawn however small: they tell how hosts hang together. */
const mostAside = 150;

type MutableBlock = { -readonly [K in keyof Block]: Block[K] };

export function pictureOf(layout: Layout, window: Window): Picture {
  const { cards, at } = layout;
  const taken = new Map<string, Card>();
  const links = new Map<string, Link>();
  const blocks: MutableBlock[] = [];
  const least = leastPixels / window.zoom;

  const take = (card: Card) => {
    taken.set(card.id, card);
    const link = layout.parentLinks.get(card.id);
    const parent = at.get(card.parent ?? "");
    if (link !== undefined && parent !== undefined) {
      taken.set(parent.id, parent);
      links.set(link.id, link);
    }
  };
  const fold = (card: Card, index: number) => {
    const last = blocks.at(-1);
    const joins =
      last !== undefined && last.parent === card.parent && last.x === card.x && card.bottom - last.y < 2 * least;
    const block = joins ? last : emptyBlock(card);
    block.height = card.bottom - block.y;
    for (const { row, x } of cards.slice(index, card.end)) {
      block.width = Math.max(block.width, x + cardWidth - block.x);
      if (row?.kind === "process") {
        block.processes += 1;
        block.alerts += row.node.alerts.filter(({ buildingBlock }) => !buildingBlock).length;
        block.onPath ||= row.onPath;
      } else if (row?.kind === "group") {
        block.processes += row.total;
      }
    }
    if (!joins) {
      blocks.push(block);
      const parent = at.get(card.parent ?? "");
      if (parent !== undefined) {
        taken.set(parent.id, parent);
        links.set(`edge:${block.id}`, {
          id: `edge:${block.id}`,
          from: parent.id,
          to: block.id,
          kind: "fold",
          onPath: block.onPath,
        });
      }
    }
  };

  /** Parents of which a child below the window was taken: one line is enough, the others lie on it. */
  const crossed = new Set<string>();
  for (let index = 0; index < cards.length; ) {
    const card = cards[index];
    if (card === undefined) {
      break;
    }
    const above = card.bottom < window.y1;
    const below = card.y > window.y2;
    const beyond = card.x > window.x2;
    if (above) {
      index = card.end;
    } else if (below) {
      // Everything that follows lies below, too; what hangs on a parent that is in view or above has its line cross the window.
      if (card.parent !== undefined && !crossed.has(card.parent) && (at.get(card.parent)?.y ?? 0) <= window.y2) {
        crossed.add(card.parent);
        take(card);
      }
      index = card.end;
    } else if (beyond) {
      take(card);
      index = card.end;
    } else if (card.bottom - card.y < least) {
      fold(card, index);
      index = card.end;
    } else {
      const inRow = card.y + cardHeight >= window.y1;
      if (inRow && card.x + cardWidth + columnGap >= window.x1) {
        take(card);
      }
      index += 1;
    }
  }

  const drawAside = layout.aside.length <= mostAside || cardHeight >= least;
  for (const card of layout.aside) {
    const inside =
      card.y + cardHeight >= window.y1 && card.y <= window.y2 && card.x + cardWidth >= window.x1 && card.x <= window.x2;
    if (inside && drawAside) {
      taken.set(card.id, card);
    }
  }
  for (const link of layout.otherLinks) {
    const from = at.get(link.from);
    if (from !== undefined && taken.has(link.to)) {
      taken.set(from.id, from);
      links.set(link.id, link);
    }
  }
  for (const link of layout.asideLinks) {
    const from = at.get(link.from);
    const to = at.get(link.to);
    const seen = taken.has(link.from) || taken.has(link.to);
    const crosses =
      link.kind !== "session" &&
      from !== undefined &&
      to !== undefined &&
      Math.min(from.y, to.y) <= window.y2 &&
      Math.max(from.y, to.y) >= window.y1;
    if (from !== undefined && to !== undefined && drawAside && (seen || crosses)) {
      taken.set(from.id, from);
      taken.set(to.id, to);
      links.set(link.id, link);
    }
  }
  return { cards: [...taken.values()], blocks, links: [...links.values()] };
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
