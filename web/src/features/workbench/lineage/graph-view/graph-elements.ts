import type { ElementDefinition } from "cytoscape";
import { middleOf } from "./boxes.ts";
import { cardTone } from "./card-text.ts";
import { type Box, type Card, cardBox, type HostBox, type Link } from "./cards.ts";
import type { Label } from "./graph-labels.ts";
import type { Route } from "./routes.ts";
import type { Block, ViewportElements } from "./viewport.ts";

/** What is drawn, as Cytoscape's elements; their looks are in `graph-style.ts`. */
export function graphElements(
  { cards, blocks, links, chains }: ViewportElements,
  hosts: readonly HostBox[],
  labels: readonly Label[],
): ElementDefinition[] {
  const byId = new Map(cards.map((card) => [card.id, card]));
  const inside = new Map(labels.filter(({ isInside }) => isInside).map((label) => [label.id, label]));
  return [
    ...hosts.map((host, index) => boxElement(`host:${index}`, "host", host)),
    ...chains.flatMap((chain): ElementDefinition[] => [
      boxElement(`frame:${chain.id}`, "frame", chain),
      { data: { id: `close:${chain.id}`, kind: "handle" }, position: { ...chain.handle } },
    ]),
    ...blocks.map((block) => blockElement(block, inside.get(block.id))),
    ...cards.map((card) => cardElement(card, inside.get(card.id))),
    ...labels.filter(({ isInside }) => !isInside).map(labelElement),
    ...links.map((link) => linkElement(link, byId)),
  ];
}

function boxElement(id: string, kind: string, box: Box): ElementDefinition {
  return { data: { id, kind, width: box.width, height: box.height }, position: middleOf(box) };
}

/** Always all of these: values that an element no longer has would stay. */
const textOf = (label: Label | undefined) => ({
  label: label?.lines.join("\n") ?? "",
  font: label?.size ?? 1,
  bold: label?.isBold ? "yes" : undefined,
});

function blockElement(block: Block, label: Label | undefined): ElementDefinition {
  const { data, position } = boxElement(block.id, "block", block);
  return {
    data: {
      ...data,
      ...textOf(label),
      path: block.onPath ? "yes" : undefined,
      severity: block.alerts > 0 ? "medium" : undefined,
    },
    position,
  };
}

function cardElement(card: Card, label: Label | undefined): ElementDefinition {
  const row = card.row?.kind === "process" ? card.row : undefined;
  const onPath = row?.onPath || (card.row?.kind === "chain" && card.row.onPath);
  return {
    data: {
      id: card.id,
      kind: card.kind,
      ...textOf(label),
      placeholder: row?.node.placeholder ? "yes" : undefined,
      path: onPath ? "yes" : undefined,
      focus: row?.isFocus ? "yes" : undefined,
      severity: cardTone(card),
    },
    position: middleOf(cardBox(card)),
  };
}

function labelElement(label: Label): ElementDefinition {
  const { data, position } = boxElement(`label:${label.id}`, "label", label.box);
  return { data: { ...data, ...textOf(label), of: label.kind }, position };
}

function linkElement(link: Link, cards: ReadonlyMap<string, Card>): ElementDefinition {
  const { id, from, to, kind, onPath, route } = link;
  const [source, target] = [cards.get(from), cards.get(to)];
  const bends =
    route === undefined || source === undefined || target === undefined ? {} : bendsOf(route, source, target);
  return { data: { id, source: from, target: to, kind, path: onPath ? "yes" : undefined, ...bends } };
}

/**
 * A route in the terms of Cytoscape: both ends from the middles of their cards, and each bend by how far along and
 * beside the line between these middles it is.
 */
function bendsOf(route: Route, source: Card, target: Card) {
  const [from, to] = [middleOf(cardBox(source)), middleOf(cardBox(target))];
  const [start = from, end = to] = [route[0], route.at(-1)];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  // One bend is needed, on the line itself if it is straight.
  const bends = route.length > 2 ? route.slice(1, -1) : [middleOf({ ...start, width: end.x - start.x, height: 0 })];
  const relative = bends.map(({ x, y }) => ({ x: x - from.x, y: y - from.y }));
  return {
    start: [start.x - from.x, start.y - from.y],
    end: [end.x - to.x, end.y - to.y],
    along: relative.map(({ x, y }) => (x * dx + y * dy) / length ** 2),
    beside: relative.map(({ x, y }) => (y * dx - x * dy) / length),
  };
}
