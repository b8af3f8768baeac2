import { cardTone } from "./card-text.ts";
import { type Card, cardHeight, cardWidth } from "./cards.ts";
import { boundsOf, type Layout } from "./layout.ts";

/** Where the graph is looked at: pure geometry of zoom and position. */
export interface Camera {
  readonly zoom: number;
  readonly pan: { readonly x: number; readonly y: number };
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Corners {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Fits ten thousand processes below each other into half of a small window. */
export const minZoom = 0.0003;
export const maxZoom = 2.5;
/** The zoom at which a graph opens that is too large to be seen as a whole. */
const readableZoom = 0.6;
/** The least at which every card still has a name, see `graph-labels.ts`. */
const smallestZoom = 0.3;
const padding = 24;
/** For the tools above the graph (36 pixels) and, below them, the name of the topmost host. */
const topPadding = 60;

export const clampedZoom = (zoom: number): number => Math.min(maxZoom, Math.max(minZoom, zoom));

/** Pans so that a point is in the middle. */
export const panTo = (size: Size, middle: { readonly x: number; readonly y: number }, zoom: number): Camera["pan"] => ({
  x: size.width / 2 - middle.x * zoom,
  y: size.height / 2 - middle.y * zoom,
});

/** Shows all of a box, not larger than `largest`. */
export function cameraFor(size: Size, { x1, y1, x2, y2 }: Corners, largest: number): Camera {
  const free = size.height - padding - topPadding;
  const fitting = Math.min((size.width - 2 * padding) / (x2 - x1), free / (y2 - y1));
  const zoom = Math.min(largest, Math.max(minZoom, fitting));
  const { x, y } = panTo(size, { x: (x1 + x2) / 2, y: (y1 + y2) / 2 }, zoom);
  return { zoom, pan: { x, y: y + (topPadding - padding) / 2 } };
}

/**
 * Shows the whole graph if its names can be read then; else the cards of the incident, if there is room with what they
 * come from; else the process of the alert.
 */
export function startCamera(size: Size, layout: Layout, focus: string): Camera | undefined {
  const bounds = boundsOf(layout);
  if (bounds === undefined) {
    return undefined;
  }
  const concerned = layout.cards.filter((card) => card.id === focus || cardTone(card) !== undefined);
  const incidents = concerned.length === 0 ? [] : [withOrigins(concerned, layout), concerned].map(cornersOf);
  const whole = cameraFor(size, bounds, 1);
  const cameras = [whole, ...incidents.map((corners) => cameraFor(size, corners, 1))];
  const card = layout.cardById.get(focus);
  const fits = cameras.find(({ zoom }) => zoom >= smallestZoom);
  if (fits !== undefined || card === undefined) {
    return fits ?? whole;
  }
  // Its ancestors are to the left: they get the larger part of the viewport.
  const middle = { x: card.x + Math.min(0, cardWidth - size.width / 2 / readableZoom) + cardWidth, y: card.y };
  return withoutVoid(size, bounds, { zoom: readableZoom, pan: panTo(size, middle, readableZoom) });
}

/** Moves a camera back to a graph that is larger than the view, so that no part of the view stays empty beside it. */
function withoutVoid({ width, height }: Size, { x1, y1, x2, y2 }: Corners, { zoom, pan }: Camera): Camera {
  const along = (at: number, from: number, to: number, start: number, end: number) =>
    (to - from) * zoom < end - start ? at : Math.min(start - from * zoom, Math.max(end - to * zoom, at));
  return {
    zoom,
    pan: {
      x: along(pan.x, x1, x2, padding, width - padding),
      y: along(pan.y, y1, y2, topPadding, height - padding),
    },
  };
}

/** The cards, their parents, and the sessions that they run in. */
function withOrigins(cards: readonly Card[], { cardById, sideLinks }: Layout): readonly Card[] {
  const ids = new Set(cards.map(({ id }) => id));
  const origins = [
    ...cards.map(({ parent }) => parent),
    ...sideLinks.filter(({ kind, to }) => kind === "session" && ids.has(to)).map(({ from }) => from),
  ];
  return [...cards, ...origins.flatMap((id) => cardById.get(id ?? "") ?? [])];
}

const cornersOf = (cards: readonly Card[]): Corners => ({
  x1: Math.min(...cards.map(({ x }) => x)),
  y1: Math.min(...cards.map(({ y }) => y)),
  x2: Math.max(...cards.map(({ x }) => x + cardWidth)),
  y2: Math.max(...cards.map(({ y }) => y + cardHeight)),
});
