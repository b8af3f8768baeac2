import { describe, expect, it } from "vitest";
import { clamped, padded, panned, SHORTEST, shareOf, ticksOf, zoomed } from "./scale.ts";

const limits = { from: 0, to: 100_000 };

describe("the scale of the timeline", () => {
  it("zooms around a point, which stays where it is", () => {
    const span = zoomed(limits, 0.5, 0.25, limits);
    expect(span).toEqual({ from: 12_500, to: 62_500 });
    expect(shareOf(25_000, span)).toBe(0.25);
  });

  it("never leaves the limits and never gets shorter than can be shown", () => {
    expect(zoomed(limits, 4, 0.5, limits)).toEqual(limits);
    expect(zoomed({ from: 0, to: 10_000 }, 2, 1, limits)).toEqual({ from: 0, to: 20_000 });
    const shortest = zoomed({ from: 50, to: 50 + SHORTEST }, 0.1, 0.5, limits);
    expect(shortest.to - shortest.from).toBe(SHORTEST);
  });

  it("moves by a share of what is shown, up to an end", () => {
    expect(panned({ from: 0, to: 10_000 }, 0.5, limits)).toEqual({ from: 5000, to: 15_000 });
    expect(panned({ from: 0, to: 10_000 }, -1, limits)).toEqual({ from: 0, to: 10_000 });
    expect(clamped({ from: 99_000, to: 109_000 }, limits)).toEqual({ from: 90_000, to: 100_000 });
  });

  it("has round ticks, no more than fit", () => {
    expect(ticksOf({ from: 500, to: 61_000 }, 6)).toEqual({
      step: 15_000,
      at: [15_000, 30_000, 45_000, 60_000],
    });
    expect(ticksOf({ from: 0, to: 0 }, 4).at).toEqual([0]);
    expect(ticksOf({ from: 0, to: 10 ** 13 }, 4).at.length).toBeLessThanOrEqual(5);
  });

  it("leaves room at both ends", () => {
    expect(padded({ from: 1000, to: 1000 })).toEqual({ from: 500, to: 1500 });
  });
});
