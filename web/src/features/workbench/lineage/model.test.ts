import { describe, expect, it } from "vitest";
import type { LogonSession, Neighbourhood, ProcessNode } from "#contracts/lineage";
import { cardHeight, layoutGraph, nearestRows } from "./layout.ts";
import { buildGraph, buildRows, commandShape, emptyState, moveIn, pathTo, reduceLineage } from "./model.ts";
import { barOf, rulerOf } from "./ruler.ts";

const quiet = { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 };

function processNode(key: string, parent?: string, rest: Partial<ProcessNode> = {}): ProcessNode {
  return {
    key,
    host: "srv-02",
    name: `${key}.exe`,
    placeholder: false,
    sources: [],
    activity: quiet,
    childCount: 0,
    alerts: [],
    parent: parent === undefined ? undefined : { key: parent, certainty: "exact", why: "by entity id" },
    ...rest,
  };
}

const conhosts = ["h1", "h2", "h3", "h4"].map((key, index) =>
  processNode(key, "cmd", {
    name: "conhost.exe",
    commandLine: `conhost.exe 0x${index}`,
    start: `2026-03-04T09:00:0${index + 3}Z`,
  }),
);
const first: Neighbourhood = {
  focus: "cmd",
  nodes: [
    processNode("services", undefined, { childCount: 40, start: "2026-03-01T05:00:00Z" }),
    processNode("wmi", "services", { childCount: 1, start: "2026-03-04T09:00:00Z" }),
    processNode("cmd", "wmi", { childCount: 6, start: "2026-03-04T09:00:01Z", end: "2026-03-04T09:00:05Z" }),
    processNode("whoami", "cmd", { start: "2026-03-04T09:00:02Z" }),
    ...conhosts,
  ],
  sessions: [],
  cuts: [{ of: "services", relation: "children", shown: 1, total: 40, why: "the first page holds 1", next: "c1" }],
};
const rowsOf = (state = emptyState, value = first, selected?: string) =>
  buildRows(buildGraph(value, state.parts), state, selected);
const names = (rows: ReturnType<typeof rowsOf>) =>
  rows.map(
    (row) =>
      `${"  ".repeat(row.depth)}${row.kind === "process" ? row.id : row.kind === "group" ? `${row.members.length}x` : `+${row.hidden}`}`,
  );

describe("the lineage model", () => {
  it("shows the path, folds like siblings, and says how many children are not shown", () => {
    expect(names(rowsOf())).toEqual(["services", "  wmi", "    cmd", "      whoami", "      4x", "      +1", "  +39"]);
  });

  it("emphasises the process of the alert and what is above it", () => {
    const rows = rowsOf().flatMap((row) => (row.kind === "process" && row.onPath ? [row.id] : []));
    expect(rows).toEqual(["services", "wmi", "cmd"]);
  });

  it("keeps a process out of its fold when it is selected, raised an alert, or has children", () => {
    expect(names(rowsOf(emptyState, first, "h2"))).toContain("      h2");
    const alerted = first.nodes.map((node) =>
      node.key === "h1"
        ? {
            ...node,
            alerts: [
              { id: "a", ruleName: "r", severity: "low" as const, status: "open" as const, buildingBlock: false },
            ],
          }
        : node,
    );
    expect(names(rowsOf(emptyState, { ...first, nodes: alerted }))).toContain("      h1");
    const parent = first.nodes.map((node) => (node.key === "h1" ? { ...node, childCount: 2 } : node));
    expect(names(rowsOf(emptyState, { ...first, nodes: parent }))).toContain("      h1");
  });

  it("loads children in place, page by page, and takes them back on undo", () => {
    const more = processNode("svchost", "services", { start: "2026-03-01T05:00:01Z" });
    const grown = reduceLineage(emptyState, { kind: "children", of: "services", items: [more], total: 40, next: "c2" });
    expect(names(rowsOf(grown))[1]).toBe("  svchost");
    expect(rowsOf(grown).at(-1)).toMatchObject({ kind: "more", hidden: 38, next: "c2" });
    expect(names(rowsOf(reduceLineage(grown, { kind: "undo" })))).toEqual(names(rowsOf()));
  });

  it("collapses, unfolds and undoes in the order of the changes", () => {
    const group = rowsOf().find((row) => row.kind === "group")?.id ?? "";
    const open = reduceLineage(emptyState, { kind: "unfold", group, open: true });
    expect(rowsOf(open)).toHaveLength(rowsOf().length + 4);
    const closed = reduceLineage(open, { kind: "collapse", key: "wmi", collapsed: true });
    expect(names(rowsOf(closed))).toEqual(["services", "  wmi", "  +39"]);
    expect(rowsOf(reduceLineage(closed, { kind: "undo" }))).toHaveLength(rowsOf().length + 4);
    expect(reduceLineage(emptyState, { kind: "undo" })).toBe(emptyState);
  });

  it("offers to load the children of a process of which none are loaded", () => {
    const value = { ...first, nodes: [processNode("a", undefined, { childCount: 3 })], focus: "a", cuts: [] };
    expect(rowsOf(emptyState, value)[0]).toMatchObject({ expansion: "closed" });
  });

  it("cuts a loop in the data once and shows every process of it", () => {
    const loop = { focus: "a", nodes: [processNode("a", "b"), processNode("b", "a")], sessions: [], cuts: [] };
    expect(names(rowsOf(emptyState, loop))).toEqual(["a", "  b"]);
    expect(pathTo(buildGraph(loop, []), "b").map((node) => node.key)).toEqual(["a", "b"]);
  });

  it("marks where the user changes", () => {
    const value: Neighbourhood = {
      ...first,
      nodes: [
        processNode("a", undefined, { user: { name: "SYSTEM", domain: "NT AUTHORITY" } }),
        processNode("b", "a", { user: { name: "system", domain: "nt authority" } }),
        processNode("c", "b", { user: { name: "adm-lena", domain: "CORP" } }),
      ],
    };
    const changed = rowsOf(emptyState, value).flatMap((row) =>
      row.kind === "process" && row.userChanged ? [row.id] : [],
    );
    expect(changed).toEqual(["a", "c"]);
  });

  it("gives commands that differ in numbers and ids one shape", () => {
    expect(commandShape("conhost.exe 0xffffffff -F 12")).toBe(commandShape("conhost.exe 0x4 -F 7"));
    expect(commandShape("cmd /c whoami")).not.toBe(commandShape("cmd /c net user"));
  });

  it("moves by keys like any tree", () => {
    const rows = rowsOf();
    expect(moveIn(rows, "wmi", "down")?.id).toBe("cmd");
    expect(moveIn(rows, "services", "up")?.id).toBe("services");
    expect(moveIn(rows, "whoami", "parent")?.id).toBe("cmd");
    expect(moveIn(rows, "cmd", "child")?.id).toBe("whoami");
    expect(moveIn(rows, "whoami", "child")).toBeUndefined();
    expect(moveIn(rows, undefined, "down")?.id).toBe("services");
  });
});

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

describe("the graph layout", () => {
  const session: LogonSession = {
    key: "s1",
    host: "srv-02",
    logonId: "0x1d31",
    sourceHost: "WS-07",
    service: false,
    privileged: true,
    processCount: 2,
  };
  const value: Neighbourhood = {
    ...first,
    sessions: [session],
    nodes: first.nodes.map((node) => (["cmd", "whoami"].includes(node.key) ? { ...node, sessionKey: "s1" } : node)),
  };
  const graph = buildGraph(value, []);
  const layout = layoutGraph(buildRows(graph, emptyState), graph);

  it("puts children to the right of their parent and lets no two cards overlap", () => {
    const at = new Map(layout.cards.map((card) => [card.id, card]));
    expect(at.get("wmi")?.x).toBeGreaterThan(at.get("services")?.x ?? 0);
    const taken = layout.cards.map((card) => `${card.x}:${Math.round(card.y / cardHeight)}`);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it("moves nothing that stands above or beside what is opened", () => {
    const items = [
      processNode("late", "wmi", { start: "2026-03-04T10:00:00Z" }),
      processNode("later", "wmi", { start: "2026-03-04T10:00:01Z" }),
    ];
    const grown = buildGraph(value, [{ kind: "children", of: "wmi", items, total: 3 }]);
    const after = new Map(layoutGraph(buildRows(grown, emptyState), grown).cards.map((card) => [card.id, card]));
    for (const id of ["services", "wmi", "cmd", "whoami"]) {
      const before = layout.cards.find((card) => card.id === id);
      expect(after.get(id)).toMatchObject({ x: before?.x, y: before?.y });
    }
    expect(after.get("late")?.y).toBeGreaterThan(after.get("whoami")?.y ?? 0);
  });

  it("draws the way to the alert and the levels nearest to the roots when there is too much for a picture", () => {
    const rows = rowsOf();
    expect(nearestRows(rows, 100, ["cmd"])).toBe(rows);
    expect(nearestRows(rows, 4, ["whoami"]).map((row) => row.id)).toEqual(["services", "wmi", "cmd", "whoami"]);
    expect(nearestRows(rows, 4, ["cmd"]).map((row) => row.id)).toEqual(["services", "wmi", "cmd", "more:services"]);
  });

  it("ties the session to where it enters, and to the host it came from", () => {
    const ends = layout.links.filter((link) => link.kind === "session" || link.kind === "logon");
    expect(ends.map((link) => [link.from, link.to])).toEqual([
      ["session:s1", "cmd"],
      ["endpoint:ws-07", "session:s1"],
    ]);
  });

  it("keeps the anchor where it was when the graph grows", () => {
    const before = layout.cards.find((card) => card.id === "services");
    const items = Array.from({ length: 9 }, (_, index) =>
      processNode(`n${index}`, "services", { commandLine: "x".repeat(index) }),
    );
    const grown = buildGraph(value, [{ kind: "children", of: "services", items, total: 40 }]);
    const after = layoutGraph(buildRows(grown, emptyState), grown, before);
    expect(after.cards.find((card) => card.id === "services")).toMatchObject({ x: before?.x, y: before?.y });
    expect(after.cards.length).toBe(layout.cards.length + 9);
  });

  it("carries the certainty of each edge", () => {
    expect(layout.links.find((link) => link.to === "cmd")).toMatchObject({ kind: "exact", onPath: true });
  });
});
