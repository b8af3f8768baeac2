import { describe, expect, it } from "vitest";
import { first, processNode } from "../fixtures.ts";
import { lifetimeBar, timeRuler } from "./ruler.ts";

describe("the time ruler", () => {
  it("leaves room for recent processes when an ancestor started days before", () => {
    const focus = first.nodes.find((node) => node.key === "cmd");
    const ruler = timeRuler(first.nodes, focus);
    expect(ruler).toBeDefined();
    if (ruler === undefined) return;
    expect(ruler.to - ruler.from).toBeLessThan(60_000);
    const services = first.nodes[0];
    expect(services && lifetimeBar(services, ruler)).toMatchObject({ before: true, left: 0, openEnd: true });
    expect(focus && lifetimeBar(focus, ruler)).toMatchObject({ before: false, openEnd: false });
    expect(ruler.ticks.length).toBeGreaterThan(0);
  });

  it("is undefined for processes without times", () => {
    expect(timeRuler([processNode("a")], undefined)).toBeUndefined();
    expect(lifetimeBar({}, { from: 0, to: 1, ticks: [] })).toBeUndefined();
  });
});
