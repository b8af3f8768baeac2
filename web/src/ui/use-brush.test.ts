import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spanBetween } from "./use-brush.ts";

describe("a drag over an axis", () => {
  it("selects the time between its ends, in either direction", () => {
    const axis = { from: 1000, to: 2000 };
    expect(spanBetween(0.25, 0.5, axis)).toEqual({ from: 1250, to: 1500 });
    expect(spanBetween(0.5, 0.25, axis)).toEqual({ from: 1250, to: 1500 });
    expect(spanBetween(0, 1, axis)).toEqual(axis);
  });

  it("loses no millisecond at its ends", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.integer({ min: 1, max: 1e10 }), (one, other, length) => {
        const { from, to } = spanBetween(one, other, { from: 0, to: length });
        expect(from).toBeLessThanOrEqual(Math.min(one, other) * length);
        expect(to).toBeGreaterThanOrEqual(Math.max(one, other) * length);
        expect(to - from).toBeLessThan(Math.abs(one - other) * length + 2);
      }),
    );
  });
});
