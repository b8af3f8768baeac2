import { describe, expect, it } from "vitest";
import {
  addressCut,
  groupId,
  plainView,
  readView,
  type ViewState,
  withBrought,
  withPage,
  withShut,
  writeView,
} from "./view-state.ts";

const there = (view: ViewState): ViewState => {
  const search = new URLSearchParams();
  writeView(search, view);
  return readView(new URLSearchParams(search.toString()));
};

describe("what was made of the lineage", () => {
  const group = groupId("services", "svchost");

  it("comes back from the address as it went in", () => {
    const view: ViewState = {
      open: new Map([
        ["services", 3],
        [group, 1],
      ]),
      shut: new Set(["wmi"]),
      brought: ["net", "ping"],
      find: 'whoami & "co"',
      alertsOnly: true,
      compare: true,
    };
    expect(there(view)).toEqual(view);
    const plain = new URLSearchParams("open=a&find=b&pane=graph");
    writeView(plain, plainView);
    expect(plain.toString()).toBe("pane=graph");
  });

  it("takes from an address only what makes sense", () => {
    expect(readView(new URLSearchParams("open=~2&open=a~999&open=b~x&open=c~0&only=none")).open).toEqual(
      new Map([
        ["a", 200],
        ["c", 1],
      ]),
    );
  });

  it("opens page by page, shuts, and opens again what was shut", () => {
    const twice = withPage(withPage(plainView, "services"), "services");
    expect(twice.open.get("services")).toBe(2);
    const shut = withShut(twice, "services", true);
    expect([shut.open.get("services"), shut.shut.has("services")]).toEqual([2, true]);
    expect(withPage(shut, "services").shut.size).toBe(0);
    expect(withShut(withPage(plainView, group), group, true).open.size).toBe(0);
    expect(withBrought(withBrought(plainView, "a"), "a").brought).toEqual(["a"]);
  });

  it("says when the address cannot hold all of it", () => {
    const keys = Array.from({ length: 130 }, (_, at) => `p${at}`);
    const many = keys.reduce(withPage, plainView);
    expect([...there(many).open.keys()]).toEqual(keys.slice(10));
    expect(addressCut(many)).toContain("120 of 130");
    expect(addressCut(plainView)).toBeUndefined();
  });
});
