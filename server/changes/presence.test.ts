import { describe, expect, it } from "vitest";
import { Presence } from "./presence.ts";

describe("who has an incident open", () => {
  let now = Date.UTC(2026, 5, 17, 12);
  const start = new Date(now).toISOString();
  const lena = { key: "k", account: "1", name: "Lena" };

  it("counts a person once, however often they have it open, and until they have left everywhere", () => {
    const presence = new Presence(() => now);
    const leave = [presence.enter(lena), presence.enter(lena)];
    expect(presence.settle()).toEqual(new Set(["k"]));
    leave[0]?.();
    leave[0]?.();
    now += 60_000;
    expect(presence.settle()).toEqual(new Set());
    expect([...presence.of("k")]).toMatchObject([["1", { name: "Lena", since: start }]]);
    leave[1]?.();
    now += 60_000;
    expect(presence.settle()).toEqual(new Set(["k"]));
    expect(presence.of("k").size).toBe(0);
    expect(presence.settle()).toEqual(new Set());
  });

  it("sees no leaving in a page that is loaded again", () => {
    const presence = new Presence(() => now);
    const since = new Date(now).toISOString();
    const leave = presence.enter(lena);
    presence.settle();
    leave();
    now += 1_000;
    expect(presence.settle()).toEqual(new Set());
    presence.enter(lena);
    now += 60_000;
    expect(presence.settle()).toEqual(new Set());
    expect([...presence.of("k").values()]).toMatchObject([{ since }]);
  });

  it("adds who is at other servers, each person once and in the order of coming", () => {
    const presence = new Presence(() => now);
    presence.enter(lena);
    presence.settle();
    const elsewhere = { key: "k", account: "2", name: "Tom", since: now - 1_000 };
    presence.setElsewhere([elsewhere, { ...elsewhere, account: "1", name: "Lena" }, { ...elsewhere, key: "other" }]);
    expect(presence.settle()).toEqual(new Set(["k", "other"]));
    const since = new Date(now - 1_000).toISOString();
    expect([...presence.of("k")]).toEqual([
      ["2", { name: "Tom", since }],
      ["1", { name: "Lena", since }],
    ]);
    expect(presence.here()).toEqual([{ ...lena, since: now }]);
    presence.setElsewhere([]);
    expect(presence.settle()).toEqual(new Set(["k", "other"]));
    expect([...presence.of("k").keys()]).toEqual(["1"]);
  });

  it("takes two people with one name, and two incidents, apart", () => {
    const presence = new Presence(() => now);
    presence.enter(lena);
    presence.enter({ ...lena, account: "2" });
    presence.enter({ ...lena, key: "other" });
    expect([presence.of("k").size, presence.of("other").size, presence.of("none").size]).toEqual([2, 1, 0]);
  });
});
