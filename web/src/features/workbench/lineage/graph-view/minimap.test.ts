import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAllVisible, mapFrame, positionText, toLayout, toMap, visibleRectangle } from "./minimap.ts";

const side = fc.double({ min: 1, max: 1e6, noNaN: true });
const corner = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const corners = fc
  .record({ x: corner, y: corner, width: side, height: side })
  .map(({ x, y, width, height }) => ({ x1: x, y1: y, x2: x + width, y2: y + height }));
const size = fc.record({ width: fc.integer({ min: 40, max: 400 }), height: fc.integer({ min: 40, max: 300 }) });

describe("the minimap", () => {
  it("shows all of the graph, in its middle", () => {
    fc.assert(
      fc.property(corners, size, (bounds, area) => {
        const frame = mapFrame(bounds, area);
        const from = toMap(frame, { x: bounds.x1, y: bounds.y1 });
        const to = toMap(frame, { x: bounds.x2, y: bounds.y2 });
        expect(Math.min(from.x, from.y)).toBeGreaterThanOrEqual(3.9);
        expect(from.x).toBeCloseTo(area.width - to.x, 3);
        expect(from.y).toBeCloseTo(area.height - to.y, 3);
      }),
    );
  });

  it("leads to the point that was clicked", () => {
    fc.assert(
      fc.property(corners, size, corner, corner, (bounds, area, x, y) => {
        const frame = mapFrame(bounds, area);
        const there = toLayout(frame, toMap(frame, { x, y }));
        expect(Math.abs(there.x - x) + Math.abs(there.y - y)).toBeLessThan(1e-3);
      }),
    );
  });

  it("keeps the rectangle inside and large enough to grab, wherever the graph was moved", () => {
    fc.assert(
      fc.property(corners, corners, size, (bounds, visible, area) => {
        const { left, top, width, height } = visibleRectangle(mapFrame(bounds, area), visible);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(area.width + 1e-6);
        expect(top + height).toBeLessThanOrEqual(area.height + 1e-6);
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(8);
      }),
    );
  });

  it("says where one is, and is of no use when everything is visible", () => {
    const bounds = { x1: 0, y1: 0, x2: 1000, y2: 400 };
    const part = { x1: 250, y1: -100, x2: 500, y2: 200 };
    expect(positionText(bounds, part)).toBe("25 to 50 % of its width, 0 to 50 % of its height");
    expect(isAllVisible(bounds, part)).toBe(false);
    expect(isAllVisible(bounds, { x1: -1, y1: -1, x2: 1001, y2: 401 })).toBe(true);
  });
});
