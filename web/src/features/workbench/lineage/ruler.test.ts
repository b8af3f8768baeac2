import { describe, expect, it } from "vitest";
import { first, processNode } from "./fixtures.ts";
import { barOf, rulerOf } from "./ruler.ts";

describe("the time ruler", () => {
  it("does not let an ancestor from days before squeeze the rest", () => {
    const focus = first.nodes.find((node) => node.key === "cmd");
    const ruler = rulerOf(first.nodes, focus);
    expect(ruler).toBeDefined();
    if (ruler === undefined) return;
    expect(ruler.to - ruler.from).toBeLessThan(60_000);
    const services = first.nodes[0];
    expect(services && barOf(services, ruler)).toMatchObject({ before: true, left: 0, openEnd: true });
    expect(focus && barOf(focus, ruler)).toMatchObject({ before: false, openEnd: false });
    expect(ruler.ticks.length).toBeGreaterThan(0);
  });

  it("has nothing to say about a process without times", () => {
    expect(rulerOf([processNode("a")], undefined)).toBeUndefined();
    expect(barOf({}, { from: 0, to: 1, ticks: [] })).toBeUndefined();
  });
});
