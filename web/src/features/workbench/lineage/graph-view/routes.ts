import { type Card, cardHeight, cardWidth, type HostBox, type Link, rowGap, turnAt } from "./cards.ts";

/**
 * Lines of sessions and logons. They run in the gaps between cards: below the card that they come from, down along the
 * left of all hosts, and into the left side of the session. So none is drawn across a card or the name of a host, and
 * the logons that one process made share a line.
 */
export interface Point {
  readonly x: number;
  readonly y: number;
}
/** From an edge of the first card to an edge of the last one. */
export type Route = readonly Point[];

/** From a card to a line that runs along it, in the middle of the gap. */
const beside = rowGap / 2;
/** Where a line leaves the lower or upper edge of its card, from the left. */
const exitAt = 24;
/** From the hosts to the first line at their left, and from one line to the next. */
const laneMargin = 12;
const laneStep = 6;
/** More would run into the cards of origins. */
const lanes = 6;
/** Lines of sessions turn a little later than those between processes. */
const sessionTurnAt = turnAt + 10;
/** To the left of a card, where a line turns to it. */
const turnBefore = 10;

const middle = ({ y }: Card) => y + cardHeight / 2;
const left = (card: Card): Point => ({ x: card.x, y: middle(card) });
const right = (card: Card): Point => ({ x: card.x + cardWidth, y: middle(card) });

/** From a vertical line at `x`: straight, or through the gap above the row if there may be cards between them. */
const into = (card: Card, x: number, isNext: boolean): Route =>
  isNext
    ? [{ x, y: middle(card) }, left(card)]
    : [
        { x, y: card.y - beside },
        { x: card.x - turnBefore, y: card.y - beside },
        { x: card.x - turnBefore, y: middle(card) },
        left(card),
      ];

/** The links with their routes, in the same order. */
export function routed(
  links: readonly Link[],
  cardById: ReadonlyMap<string, Card>,
  hosts: readonly HostBox[],
): readonly Link[] {
  const edge = Math.min(...hosts.map(({ x }) => x));
  const sources = [...new Set(links.flatMap(({ kind, from }) => (kind === "session" ? [] : [from])))];
  return links.map((link) => {
    const [from, to] = [cardById.get(link.from), cardById.get(link.to)];
    if (from === undefined || to === undefined) {
      return link;
    }
    const lane = edge - laneMargin - (sources.indexOf(link.from) % lanes) * laneStep;
    return { ...link, route: link.kind === "session" ? sessionRoute(from, to) : logonRoute(from, to, lane, edge) };
  });
}

function sessionRoute(from: Card, to: Card): Route {
  const start = right(from);
  const isNext = to.x > start.x && to.x - start.x < cardWidth;
  return isNext && from.y === to.y
    ? [start, left(to)]
    : [start, { x: start.x + sessionTurnAt, y: start.y }, ...into(to, start.x + sessionTurnAt, isNext)];
}

function logonRoute(from: Card, to: Card, lane: number, edge: number): Route {
  const way = into(to, lane, to.x - edge < cardWidth);
  if (from.kind === "endpoint") {
    return from.y === to.y && way.length === 2
      ? [right(from), left(to)]
      : [right(from), { ...right(from), x: lane }, ...way];
  }
  const isBelow = to.y > from.y;
  const y = isBelow ? from.y + cardHeight : from.y;
  const along = isBelow ? y + beside : y - beside;
  return [{ x: from.x + exitAt, y }, { x: from.x + exitAt, y: along }, { x: lane, y: along }, ...way];
}
