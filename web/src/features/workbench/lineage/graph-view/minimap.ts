import type { Corners, Size } from "./camera.ts";

/** Pure geometry of the minimap: the whole graph in a small area, and the visible part as a rectangle in it. */
export interface MapFrame {
  /** Pixels of the map per unit of the layout. */
  readonly scale: number;
  /** Where the origin of the layout is on the map. */
  readonly left: number;
  readonly top: number;
  readonly size: Size;
}

const padding = 4;
/** The rectangle is never smaller, so that it can be seen and grabbed. */
const minRectangle = 8;

/** Fits the whole layout into the map, in its middle. */
export function mapFrame({ x1, y1, x2, y2 }: Corners, size: Size): MapFrame {
  const scale = Math.min(
    (size.width - 2 * padding) / Math.max(1, x2 - x1),
    (size.height - 2 * padding) / Math.max(1, y2 - y1),
  );
  return {
    scale,
    left: (size.width - (x1 + x2) * scale) / 2,
    top: (size.height - (y1 + y2) * scale) / 2,
    size,
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export const toMap = ({ scale, left, top }: MapFrame, { x, y }: Point): Point => ({
  x: left + x * scale,
  y: top + y * scale,
});

export const toLayout = ({ scale, left, top }: MapFrame, { x, y }: Point): Point => ({
  x: (x - left) / scale,
  y: (y - top) / scale,
});

/** The visible part on the map, cut off at its edges. */
export function visibleRectangle(frame: MapFrame, { x1, y1, x2, y2 }: Corners) {
  const from = toMap(frame, { x: x1, y: y1 });
  const to = toMap(frame, { x: x2, y: y2 });
  const [left, width] = within(from.x, to.x, frame.size.width);
  const [top, height] = within(from.y, to.y, frame.size.height);
  return { left, top, width, height };
}

function within(from: number, to: number, limit: number): readonly [start: number, length: number] {
  const smallest = Math.min(minRectangle, limit);
  const start = Math.min(Math.max(0, from), limit - smallest);
  return [start, Math.max(smallest, Math.min(limit, to) - start)];
}

/** Whether all of a layout is visible: then a map says nothing. */
export const isAllVisible = (bounds: Corners, visible: Corners): boolean =>
  visible.x1 <= bounds.x1 && visible.y1 <= bounds.y1 && visible.x2 >= bounds.x2 && visible.y2 >= bounds.y2;

/** How much of the layout is to the left of the visible part, and above it, in percent. */
export function positionText(bounds: Corners, visible: Corners): string {
  const percent = (from: number, to: number, start: number, end: number) => {
    const share = (value: number) =>
      Math.round(Math.min(1, Math.max(0, (value - from) / Math.max(1, to - from))) * 100);
    return `${share(start)} to ${share(end)} %`;
  };
  return `${percent(bounds.x1, bounds.x2, visible.x1, visible.x2)} of its width, ${percent(bounds.y1, bounds.y2, visible.y1, visible.y2)} of its height`;
}
