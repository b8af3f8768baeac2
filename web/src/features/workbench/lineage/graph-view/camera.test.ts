import { describe, expect, it } from "vitest";
import { alertMark, neighbourhood, processNode } from "../fixtures.ts";
import { buildGraph } from "../graph.ts";
import { buildRows } from "../rows.ts";
import { emptyViewState } from "../view-state.ts";
import { type Camera, cameraFor, type Size, startCamera } from "./camera.ts";
import { cardHeight, cardWidth } from "./cards.ts";
import { boundsOf, type Layout, layoutGraph } from "./layout.ts";

const size: Size = { width: 600, height: 400 };
const layoutOf = (given: Parameters<typeof buildGraph>[0]): Layout => {
  const graph = buildGraph(given, []);
  return layoutGraph(buildRows(graph, emptyViewState), graph);
};
/** Where a point of the layout is on the screen. */
const onScreen = ({ zoom, pan }: Camera, { x, y }: { readonly x: number; readonly y: number }) => ({
  x: x * zoom + pan.x,
  y: y * zoom + pan.y,
});
const children = (count: number, withAlert: (index: number) => boolean) =>
  Array.from({ length: count }, (_, index) =>
    processNode(`c${index}`, "root", {
      start: new Date(Date.UTC(2026, 2, 4) + index * 1000).toISOString(),
      alerts: withAlert(index) ? [alertMark(`a${index}`)] : [],
    }),
  );
const open = (layout: Layout, focus: string) => {
  const camera = startCamera(size, layout, focus);
  expect(camera).toBeDefined();
  return camera ?? { zoom: 0, pan: { x: 0, y: 0 } };
};

describe("the part of the graph that is seen first", () => {
  it("is the whole graph, below the tools, if its names can be read then", () => {
    const layout = layoutOf(neighbourhood("c1", [processNode("root"), ...children(8, () => true)]));
    const camera = open(layout, "c1");
    const { x1 = 0, y1 = 0, x2 = 0, y2 = 0 } = boundsOf(layout) ?? {};
    expect(onScreen(camera, { x: x1, y: y1 }).x).toBeGreaterThanOrEqual(24 - 1e-6);
    expect(onScreen(camera, { x: x1, y: y1 }).y).toBeGreaterThanOrEqual(60 - 1e-6);
    expect(onScreen(camera, { x: x2, y: y2 }).x).toBeLessThanOrEqual(size.width - 24 + 1e-6);
    expect(onScreen(camera, { x: x2, y: y2 }).y).toBeLessThanOrEqual(size.height - 24 + 1e-6);
  });

  it("is the incident in a graph that is too large, with what it comes from", () => {
    const far = children(60, (index) => index < 3);
    const layout = layoutOf(neighbourhood("c1", [processNode("root"), ...far]));
    const camera = open(layout, "c1");
    for (const key of ["root", "c0", "c1", "c2"]) {
      const { x = 0, y = 0 } = layout.cardById.get(key) ?? {};
      const [from, to] = [onScreen(camera, { x, y }), onScreen(camera, { x: x + cardWidth, y: y + cardHeight })];
      expect(from.x).toBeGreaterThanOrEqual(0);
      expect(from.y).toBeGreaterThanOrEqual(0);
      expect(to.x).toBeLessThanOrEqual(size.width);
      expect(to.y).toBeLessThanOrEqual(size.height);
    }
  });

  it("can be all of ten thousand processes", () => {
    const height = 10_000 * 64;
    const { zoom, pan } = cameraFor({ width: 500, height: 300 }, { x1: 0, y1: 0, x2: 2000, y2: height }, 1.2);
    expect(pan.y).toBeGreaterThanOrEqual(59.9);
    expect(pan.y + height * zoom).toBeLessThanOrEqual(276.1);
  });

  it("is the process of the alert where even the incident is too large, without an empty half beside it", () => {
    const layout = layoutOf(neighbourhood("c0", [processNode("root"), ...children(60, () => true)]));
    const { y1 = 0, y2 = 0 } = boundsOf(layout) ?? {};
    const first = open(layout, "c0");
    expect(onScreen(first, { x: 0, y: y1 }).y).toBeCloseTo(60);
    expect(onScreen(open(layout, "c59"), { x: 0, y: y2 }).y).toBeCloseTo(size.height - 24);
    const { y = 0 } = layout.cardById.get("c30") ?? {};
    expect(onScreen(open(layout, "c30"), { x: 0, y }).y).toBeCloseTo(size.height / 2);
  });
});
