import { visibleString } from "../../../../ui/visible-text.ts";
import { kindLabels } from "../timeline-view/kinds.ts";
import { boxAround, boxIndex, grown, middleOf } from "./boxes.ts";
import { blockText, cardText, cardTone } from "./card-text.ts";
import { type Box, type Card, cardBox, type HostBox, type Link } from "./cards.ts";
import { shortened, type TextWidth } from "./text-width.ts";
import type { Block, Viewport, ViewportElements } from "./viewport.ts";

/**
 * Which texts of the graph are drawn, where and how large: no two of them overlap at any zoom. A text stays in its card
 * and never gets smaller than can be read: it is shortened, then left out. What matters most may be written over cards
 * that are too small for a text: the process of the alert, processes with alerts, roots.
 *
 * Texts scale with everything else until the next drawing, so boxes that are apart stay apart.
 */
export interface Label {
  /** That of the card, block or link it belongs to, or of the host's box. */
  readonly id: string;
  readonly kind: "card" | "host" | "edge";
  readonly lines: readonly string[];
  /** In the units of the layout, as is the box around the text. */
  readonly size: number;
  readonly isBold: boolean;
  readonly box: Box;
  /** Whether the box lies in the card or block that it belongs to. */
  readonly isInside: boolean;
}

/** Size of the text at the scale of the layout, and on the screen at the least. */
const textSize = 11;
const minPixels = 10.5;
export const lineHeight = 1.2;
/** Between the text and the edge of its card. */
const padding = 8;
/** The card of a session ends in an arrow. */
const sessionPadding = 20;
/** By how much its text is to the left of the middle. */
export const sessionShift = (sessionPadding - padding) / 2;
/** Longest text over a card that is too small for it, as a multiple of the size of the text. */
const maxOver = 14;
const maxHost = 32;
/** Least space between two texts, as a multiple of their size. */
const gap = 0.15;
/** Of the index of boxes, as a multiple of the size of the text. */
const cellSize = 16;

interface Candidate {
  readonly order: number;
  /** The first place that is free is taken. */
  readonly places: () => Iterable<Label>;
  /** Keeps away from cards and blocks, too. */
  readonly avoidsCards: boolean;
}

export function placeLabels(
  { cards, blocks, links }: Pick<ViewportElements, "cards" | "blocks" | "links">,
  hosts: readonly HostBox[],
  view: Viewport,
  width: TextWidth,
): readonly Label[] {
  const size = Math.max(textSize, minPixels / view.zoom);
  const byId = new Map<string, Box>([
    ...cards.map((card) => [card.id, cardBox(card)] as const),
    ...blocks.map((block) => [block.id, block] as const),
  ]);
  const candidates: Candidate[] = [
    ...cards.map((card) => ofCard(card, size, width)),
    ...blocks.map((block) => ofBlock(block, size, width)),
    ...hosts.filter((host) => isVisible(host, view)).map((host, index) => ofHost(host, index, size, view, width)),
    ...links.flatMap((link) => ofLink(link, byId, size, width)),
  ];
  const texts = boxIndex(size * cellSize);
  const shapes = boxIndex(size * cellSize);
  for (const shape of byId.values()) {
    shapes.add(shape);
  }
  return candidates
    .sort((one, other) => one.order - other.order)
    .flatMap(({ places, avoidsCards }) => {
      for (const label of places()) {
        if (!texts.hits(grown(label.box, size * gap)) && !(avoidsCards && shapes.hits(label.box))) {
          texts.add(label.box);
          return [label];
        }
      }
      return [];
    });
}

const isVisible = ({ x, y, width, height }: Box, { x1, y1, x2, y2 }: Viewport) =>
  x <= x2 && x + width >= x1 && y <= y2 && y + height >= y1;

/** The process of the alert, alerts, hosts, roots, the path, everything else, edges. */
const orders = { focus: 0, high: 1, medium: 2, host: 3, root: 4, path: 5, rest: 6, edge: 7 } as const;

function ofCard(card: Card, size: number, width: TextWidth): Candidate {
  const row = card.row?.kind === "process" ? card.row : undefined;
  const isBold = isBoldCard(card);
  const isRoot = card.parent === undefined && (card.kind === "process" || card.kind === "chain");
  const importance = row?.isFocus ? "focus" : (cardTone(card) ?? (isRoot ? "root" : row?.onPath ? "path" : "rest"));
  const order = orders[importance];
  return {
    order,
    avoidsCards: false,
    *places() {
      const text = cardText(card);
      const inner = card.kind === "session" ? sessionPadding : padding;
      const common = { id: card.id, isBold, size };
      const inside = (mayShorten: boolean) =>
        insideLabel(common, cardBox(card), inner, text.lines, text.brief, width, mayShorten);
      // Part of an address says nothing: rather all of it across the edges of its card.
      const isAddress = card.kind === "endpoint";
      const fitting = inside(!isAddress);
      if (fitting !== undefined) {
        yield fitting;
      } else if (order <= orders.root || isAddress) {
        yield* overLabels(common, cardBox(card), text.brief.at(-1) ?? "", width);
        const short = inside(true);
        if (short !== undefined) {
          yield short;
        }
      }
    },
  };
}

/** Texts on the path to the alert are bold. */
export const isBoldCard = (card: Card): boolean =>
  card.kind === "endpoint" || ((card.row?.kind === "process" || card.row?.kind === "chain") && card.row.onPath);

function ofBlock(block: Block, size: number, width: TextWidth): Candidate {
  const texts = blockText(block);
  const common = { id: block.id, isBold: block.onPath, size };
  return {
    order: block.alerts > 0 ? orders.medium : orders.rest,
    avoidsCards: false,
    *places() {
      const inside = insideLabel(common, block, padding, [], texts, width, false);
      if (inside !== undefined) {
        yield inside;
      } else if (block.alerts > 0) {
        yield* overLabels(common, block, texts.at(-1) ?? "", width);
      }
    },
  };
}

interface Style {
  readonly id: string;
  readonly isBold: boolean;
  readonly size: number;
}

/** Both lines if they fit below each other, else the longest of the brief texts that fits, else the last shortened. */
function insideLabel(
  { id, isBold, size }: Style,
  shape: Box,
  inner: number,
  lines: readonly string[],
  brief: readonly string[],
  width: TextWidth,
  mayShorten = true,
): Label | undefined {
  const space = shape.width - 2 * inner;
  const fits = (text: string) => width(text, isBold) * size <= space;
  const rows = Math.floor(shape.height / (lineHeight * size));
  if (rows === 0) {
    return undefined;
  }
  const texts =
    rows >= lines.length && lines.length > 1
      ? lines.map((line) => shortened(line, fits))
      : [brief.find(fits) ?? (mayShorten ? shortened(brief.at(-1) ?? "", fits) : undefined)];
  const shown = texts.filter((text) => text !== undefined && text !== "") as readonly string[];
  if (shown.length === 0) {
    return undefined;
  }
  const widest = Math.max(...shown.map((text) => width(text, isBold) * size));
  // A session's arrow is at its right: the text is a little to the left of the middle.
  const middle = middleOf(shape);
  const box = boxAround({ ...middle, x: middle.x - (inner - padding) / 2 }, widest, shown.length * lineHeight * size);
  return { id, kind: "card", lines: shown, size, isBold, box, isInside: true };
}

/** On a shape that is too small for its text: in its middle, above, below, to its right. */
function* overLabels({ id, isBold, size }: Style, shape: Box, text: string, width: TextWidth): Iterable<Label> {
  const line = shortened(text, (part) => width(part, isBold) <= maxOver);
  if (line === undefined) {
    return;
  }
  const [w, h] = [width(line, isBold) * size, lineHeight * size];
  const { x, y } = middleOf(shape);
  const over = (middle: { readonly x: number; readonly y: number }): Label => ({
    id,
    kind: "card",
    lines: [line],
    size,
    isBold,
    box: boxAround(middle, w, h),
    isInside: false,
  });
  yield over({ x, y });
  yield over({ x, y: shape.y - h / 2 });
  yield over({ x, y: shape.y + shape.height + h / 2 });
  yield over({ x: shape.x + shape.width + w / 2, y });
}

/** Above the box of the host, at the first place from the left that can be seen; else beside it. */
function ofHost(host: HostBox, index: number, size: number, view: Viewport, width: TextWidth): Candidate {
  const isBold = true;
  const larger = size * 1.15;
  return {
    order: orders.host,
    avoidsCards: true,
    *places() {
      const text = shortened(visibleString(host.host), (part) => width(part, isBold) <= maxHost);
      if (text === undefined) {
        return;
      }
      const [w, h] = [width(text, isBold) * larger, lineHeight * larger];
      const at = (x: number, y: number): Label => ({
        id: `host:${index}`,
        kind: "host",
        lines: [text],
        size: larger,
        isBold,
        box: { x, y, width: w, height: h },
        isInside: false,
      });
      const right = host.x + host.width;
      const left = Math.min(Math.max(host.x + padding, view.x1 + padding), Math.max(host.x, right - w));
      const above = host.y - h - h / 4;
      for (const x of [left, left + w, left + 2 * w, right - w]) {
        yield at(x, above);
      }
      yield at(host.x - w - padding, host.y);
      yield at(right + padding, host.y);
    },
  };
}

/** What an event did to its target, beside the line between them. */
function ofLink(link: Link, shapes: ReadonlyMap<string, Box>, size: number, width: TextWidth): readonly Candidate[] {
  const [from, to] = [shapes.get(link.from), shapes.get(link.to)];
  if (link.event === undefined || from === undefined || to === undefined) {
    return [];
  }
  const text = kindLabels[link.event].label;
  return [
    {
      order: orders.edge,
      avoidsCards: true,
      *places() {
        const [start, end] = [middleOf(from), middleOf(to)];
        const box = { width: width(text, false) * size, height: lineHeight * size };
        for (const share of [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8]) {
          const middle = { x: start.x + (end.x - start.x) * share, y: start.y + (end.y - start.y) * share };
          yield {
            id: link.id,
            kind: "edge",
            lines: [text],
            size,
            isBold: false,
            box: boxAround(middle, box.width, box.height),
            isInside: false,
          };
        }
      },
    },
  ];
}
