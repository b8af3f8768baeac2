import { describe, expect, it } from "vitest";
import { emptyViewState } from "./lineage/view-state.ts";
import { defaultAddress, readAddress, writeAddress } from "./url.ts";

describe("the address of the workbench", () => {
  it("opens the default view when the address names none or an unknown one", () => {
    expect(readAddress(new URLSearchParams())).toEqual(defaultAddress);
    expect(readAddress(new URLSearchParams("pane=<script>"))).toMatchObject({ view: "tree" });
  });

  it("is read as it was written, whatever characters a process key contains", () => {
    const node = "srv-02/{1F-2}&a=b%20#x";
    const written = writeAddress(new URLSearchParams(), { view: "graph", node, step: "3" });
    expect(readAddress(new URLSearchParams(written.toString()))).toEqual({
      view: "graph",
      node,
      step: "3",
      lineage: emptyViewState,
    });
  });

  it("removes one part and keeps the others and unknown parameters", () => {
    const before = new URLSearchParams("pane=table&node=a&step=2&from=queue");
    expect(writeAddress(before, { node: undefined }).toString()).toBe("pane=table&step=2&from=queue");
  });

  it("omits the default view", () => {
    expect(writeAddress(new URLSearchParams("pane=graph"), { view: "tree" }).toString()).toBe("");
  });
});
