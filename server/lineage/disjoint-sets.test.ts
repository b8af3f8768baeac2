import { describe, expect, it } from "vitest";
import { DisjointSets } from "./disjoint-sets.ts";

describe("disjoint sets", () => {
  it("are represented by their first name, in whatever order they were joined", () => {
    const sets = new DisjointSets(["d", "c", "b", "a", "e"]);
    sets.join(["d", "c"]);
    sets.join(["b", "a"]);
    sets.join(["c", "b"]);
    expect(["a", "b", "c", "d", "e"].map((name) => sets.find(name))).toEqual(["a", "a", "a", "a", "e"]);
    expect(sets.all()).toEqual([["a", "b", "c", "d"], ["e"]]);
  });

  it("get a name that was not there when it is joined", () => {
    const sets = new DisjointSets(["b"]);
    sets.join(["b", "a"]);
    sets.join([]);
    expect(sets.has("a")).toBe(true);
    expect(sets.all()).toEqual([["a", "b"]]);
  });
});
