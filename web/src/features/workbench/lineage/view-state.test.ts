import { describe, expect, it } from "vitest";
import {
  addressTruncation,
  emptyViewState,
  groupId,
  readView,
  type ViewState,
  withCollapsed,
  withNeighbourhood,
  withNextPage,
  writeView,
} from "./view-state.ts";

const writtenAndRead = (view: ViewState): ViewState => {
  const search = new URLSearchParams();
  writeView(search, view);
  return readView(new URLSearchParams(search.toString()));
};

describe("the view state of the lineage", () => {
  const group = groupId("services", "svchost");

  it("is read from the address as it was written", () => {
    const view: ViewState = {
      expanded: new Map([
        ["services", 3],
        [group, 1],
      ]),
      collapsed: new Set(["wmi"]),
      neighbourhoods: ["net", "ping"],
      find: 'whoami & "co"',
      alertsOnly: true,
      compare: true,
      span: { from: Date.UTC(2026, 2, 4), to: Date.UTC(2026, 2, 5) },
      hiddenKinds: new Set(["module", "registry"]),
      around: "ws-07",
      event: "ev-1",
      events: new Set(["cmd"]),
      openChains: new Set(["explorer"]),
    };
    expect(writtenAndRead(view)).toEqual(view);
    const search = new URLSearchParams("open=a&find=b&pane=graph");
    writeView(search, emptyViewState);
    expect(search.toString()).toBe("pane=graph");
  });

  it.each(["", "x~y", "2026-03-05T00:00:00Z", "2026-03-05T00:00:00Z~2026-03-04T00:00:00Z"])(
    "ignores a span that is none: %j",
    (span) => {
      const view = readView(new URLSearchParams({ span, hide: "nonsense" }));
      expect([view.span, view.hiddenKinds.size]).toEqual([undefined, 0]);
    },
  );

  it("ignores invalid values in the address", () => {
    expect(readView(new URLSearchParams("open=~2&open=a~999&open=b~x&open=c~0&only=none")).expanded).toEqual(
      new Map([
        ["a", 200],
        ["c", 1],
      ]),
    );
  });

  it("expands page by page, collapses, and expands again", () => {
    const twice = withNextPage(withNextPage(emptyViewState, "services"), "services");
    expect(twice.expanded.get("services")).toBe(2);
    const collapsed = withCollapsed(twice, "services", true);
    expect([collapsed.expanded.get("services"), collapsed.collapsed.has("services")]).toEqual([2, true]);
    expect(withNextPage(collapsed, "services").collapsed.size).toBe(0);
    expect(withCollapsed(withNextPage(emptyViewState, group), group, true).expanded.size).toBe(0);
    expect(withNeighbourhood(withNeighbourhood(emptyViewState, "a"), "a").neighbourhoods).toEqual(["a"]);
  });

  it("reports what does not fit into the address", () => {
    const keys = Array.from({ length: 130 }, (_, index) => `p${index}`);
    const many = keys.reduce(withNextPage, emptyViewState);
    expect([...writtenAndRead(many).expanded.keys()]).toEqual(keys.slice(10));
    expect(addressTruncation(many)).toContain("120 of 130");
    expect(addressTruncation(emptyViewState)).toBeUndefined();
  });
});
