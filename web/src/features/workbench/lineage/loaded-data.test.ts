import { describe, expect, it } from "vitest";
import { first, neighbourhood, processNode } from "./fixtures.ts";
import { buildGraph } from "./graph.ts";
import { loadedParts, missingParts, noData, withNeighbourhoodAdded, withPageAdded } from "./loaded-data.ts";
import { emptyViewState, groupId, withNeighbourhood, withNextPage } from "./view-state.ts";

const graph = buildGraph(first, []);
const page = (key: string, next?: string) => ({ items: [processNode(key, "services")], total: 40, next });

describe("the missing parts of a view", () => {
  it("are one page at a time, from where the last one ended", () => {
    const twice = withNextPage(withNextPage(emptyViewState, "services"), "services");
    expect(missingParts(twice, noData, graph)).toMatchObject([{ kind: "page", parent: "services", cursor: undefined }]);
    const one = withPageAdded(noData, "services", page("a", "50"));
    expect(missingParts(twice, one, graph)).toMatchObject([{ kind: "page", parent: "services", cursor: "50" }]);
    expect(missingParts(twice, withPageAdded(one, "services", page("b")), graph)).toEqual([]);
  });

  it("include members only of groups that the server left out in part", () => {
    const view = withNextPage(emptyViewState, groupId("services", "svchost"));
    expect(missingParts(view, noData, graph)).toEqual([]);
    const group = { of: "services", key: "svchost", name: "svchost.exe", commandTemplate: "*", total: 9, shown: [] };
    expect(missingParts(view, noData, buildGraph({ ...first, childGroups: [group] }, []))).toMatchObject([
      { kind: "page", parent: "services", childGroup: "svchost" },
    ]);
  });

  it("include neighbourhoods until they are loaded", () => {
    const view = withNeighbourhood(emptyViewState, "far");
    expect(missingParts(view, noData, graph)).toMatchObject([{ kind: "neighbourhood", key: "far" }]);
    const loaded = withNeighbourhoodAdded(noData, "far", neighbourhood("far", []));
    expect(missingParts(view, loaded, graph)).toEqual([]);
  });
});

describe("the loaded parts of a view", () => {
  it("are the pages that it shows, not all that were loaded", () => {
    const two = withPageAdded(withPageAdded(noData, "services", page("a", "50")), "services", page("b"));
    const once = withNextPage(emptyViewState, "services");
    expect(loadedParts(once, two)).toMatchObject([{ parent: "services", items: [{ key: "a" }], total: 40 }]);
    expect(loadedParts(emptyViewState, two)).toEqual([]);
  });
});
