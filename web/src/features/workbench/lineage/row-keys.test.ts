import { describe, expect, it } from "vitest";
import { first } from "./fixtures.ts";
import { buildGraph } from "./graph.ts";
import { expansionOf, rowAction } from "./row-keys.ts";
import { buildRows } from "./rows.ts";
import { emptyViewState } from "./view-state.ts";

const rows = buildRows(buildGraph(first, []), emptyViewState);
/** The action of a key as text, such as "select cmd". */
const action = (key: string, selected: string | undefined) => {
  const result = rowAction(key, rows, selected, expansionOf);
  return result === undefined ? undefined : `${result.kind} ${result.row?.id}`;
};

describe("a key in the tree", () => {
  it.each([
    ["ArrowDown", "wmi", "select cmd"],
    ["ArrowUp", "wmi", "select services"],
    ["Home", "cmd", "select services"],
    ["End", "cmd", "select more:services"],
    ["ArrowDown", undefined, "select services"],
  ])("%s moves the selection from %s", (key, selected, expected) => {
    expect(action(key, selected)).toBe(expected);
  });

  it("collapses an expanded row to the left, then moves to its parent", () => {
    expect(action("ArrowLeft", "cmd")).toBe("toggle cmd");
    expect(action("ArrowLeft", "whoami")).toBe("select cmd");
  });

  it("expands a collapsed row to the right, then moves to its first child", () => {
    expect(action("ArrowRight", "more:services")).toBe("toggle more:services");
    expect(action("ArrowRight", "cmd")).toBe("select whoami");
  });

  it("does not expand a process without children", () => {
    expect(action("ArrowRight", "whoami")).toBe("select undefined");
  });

  it.each(["Enter", " "])("toggles the selected row by %o", (key) => {
    expect(action(key, "cmd")).toBe("toggle cmd");
    expect(action(key, undefined)).toBeUndefined();
  });

  it("leaves other keys to the page", () => {
    expect(action("j", "cmd")).toBeUndefined();
  });
});
