import { describe, expect, it } from "vitest";
import type { Neighbourhood } from "#contracts/lineage";
import { alertMark, first, logonLink, logonSession, neighbourhood, processNode } from "./fixtures.ts";
import { buildGraph, type Part, pathTo } from "./graph.ts";
import { buildRows, filterRows, moveIn, type Row, wantedBy } from "./rows.ts";
import { groupId, plainView, type ViewState, withPage, withShut } from "./view-state.ts";

const rowsOf = (
  given: { view?: Partial<ViewState>; value?: Neighbourhood; parts?: readonly Part[]; selected?: string } = {},
) => buildRows(buildGraph(given.value ?? first, given.parts ?? []), { ...plainView, ...given.view }, given.selected);
const names = (rows: readonly Row[]) =>
  rows.map((row) => {
    const told = {
      process: row.id,
      group: `${row.kind === "group" ? row.total : 0}x`,
      more: `+${row.kind === "more" ? row.hidden : 0}`,
      logon: `→${row.kind === "logon" ? row.link.to.host : ""}`,
    };
    return `${"  ".repeat(row.depth)}${told[row.kind]}`;
  });

describe("the rows of the lineage", () => {
  it("show the path, fold like siblings, and say how many children are not shown", () => {
    expect(names(rowsOf())).toEqual(["services", "  wmi", "    cmd", "      whoami", "      4x", "      +1", "  +39"]);
  });

  it("emphasise the process of the alert and what is above it", () => {
    const rows = rowsOf().flatMap((row) => (row.kind === "process" && row.onPath ? [row.id] : []));
    expect(rows).toEqual(["services", "wmi", "cmd"]);
  });

  it("keep a process out of its fold when it is selected, raised an alert, or has children", () => {
    expect(names(rowsOf({ selected: "h2" }))).toContain("      h2");
    const alerted = first.nodes.map((node) => (node.key === "h1" ? { ...node, alerts: [alertMark("a")] } : node));
    expect(names(rowsOf({ value: { ...first, nodes: alerted } }))).toContain("      h1");
    const parent = first.nodes.map((node) => (node.key === "h1" ? { ...node, childCount: 2 } : node));
    expect(names(rowsOf({ value: { ...first, nodes: parent } }))).toContain("      h1");
  });

  it("tell the exact number of a group of which one member is here, and page through its members", () => {
    const [group] = [
      { of: "services", key: "svchost", name: "svchost.exe", commandTemplate: "svchost *", total: 30, shown: ["s1"] },
    ];
    const value = {
      ...first,
      nodes: [...first.nodes, processNode("s1", "services", { childGroup: "svchost", name: "svchost.exe" })],
      childGroups: group === undefined ? [] : [group],
    };
    expect(names(rowsOf({ value }))).toEqual([
      "services",
      "  30x",
      "  wmi",
      "    cmd",
      "      whoami",
      "      4x",
      "      +1",
      "  +9",
    ]);
    const id = groupId("services", "svchost");
    const view = withPage(plainView, id);
    const items = ["s1", "s2", "s3"].map((key) => processNode(key, "services", { childGroup: "svchost" }));
    const parts: readonly Part[] = [{ kind: "children", of: "services", cluster: "svchost", items, total: 30 }];
    const opened = rowsOf({ value, view, parts });
    expect(names(opened).slice(1, 6)).toEqual(["  30x", "    s1", "    s2", "    s3", "    +27"]);
    expect(opened[5]).toMatchObject({ kind: "more", parentId: id, total: 30 });
    expect(names(rowsOf({ value, view: withShut(view, id, true), parts }))[2]).toBe("  wmi");
  });

  it("grow in place by what was loaded", () => {
    const more = processNode("svchost", "services", { start: "2026-03-01T05:00:01Z" });
    const rows = rowsOf({ parts: [{ kind: "children", of: "services", items: [more], total: 40 }] });
    expect(names(rows)[1]).toBe("  svchost");
    expect(rows.at(-1)).toMatchObject({ kind: "more", hidden: 38 });
  });

  it("hide what is below a process that was shut", () => {
    expect(names(rowsOf({ view: { shut: new Set(["wmi"]) } }))).toEqual(["services", "  wmi", "  +39"]);
  });

  it("offer to load the children of a process of which none are loaded", () => {
    const value = neighbourhood("a", [processNode("a", undefined, { childCount: 3 })]);
    expect(rowsOf({ value })[0]).toMatchObject({ expansion: "closed" });
  });

  it("cut a loop in the data once and show every process of it", () => {
    const loop = neighbourhood("a", [processNode("a", "b"), processNode("b", "a"), processNode("c", "b")]);
    expect(names(rowsOf({ value: loop }))).toEqual(["a", "  b", "    c"]);
    expect(pathTo(buildGraph(loop, []), "b").map((node) => node.key)).toEqual(["a", "b"]);
  });

  it("hold chains of any length", () => {
    const chain = Array.from({ length: 20_000 }, (_, at) => processNode(`n${at}`, at === 0 ? undefined : `n${at - 1}`));
    const rows = rowsOf({ value: neighbourhood("n19999", chain) });
    expect([rows.length, rows.at(-1)?.depth]).toEqual([20_000, 19_999]);
  });

  it("mark where the user changes", () => {
    const value = neighbourhood("cmd", [
      processNode("a", undefined, { user: { name: "SYSTEM", domain: "NT AUTHORITY" } }),
      processNode("b", "a", { user: { name: "system", domain: "nt authority" } }),
      processNode("c", "b", { user: { name: "adm-lena", domain: "CORP" } }),
    ]);
    const changed = rowsOf({ value }).flatMap((row) => (row.kind === "process" && row.userChanged ? [row.id] : []));
    expect(changed).toEqual(["a", "c"]);
  });

  it("show only what is looked for and what leads to it, placed anew", () => {
    const find = (view: Partial<ViewState>) => {
      const wanted = wantedBy({ ...plainView, ...view });
      return wanted === undefined ? undefined : filterRows(rowsOf(), wanted);
    };
    const found = find({ find: " WHOAMI " }) ?? [];
    expect(names(found)).toEqual(["services", "  wmi", "    cmd", "      whoami"]);
    expect(found.at(-1)).toMatchObject({ position: 1, siblings: 1 });
    expect(names(find({ find: "conhost" }) ?? [])).toContain("      4x");
    expect(find({ find: "nothing of this name" })).toEqual([]);
    expect(find({ alertsOnly: true })).toEqual([]);
    expect(find({})).toBeUndefined();
  });

  it("move by keys like any tree", () => {
    const rows = rowsOf();
    expect(moveIn(rows, "wmi", "down")?.id).toBe("cmd");
    expect(moveIn(rows, "services", "up")?.id).toBe("services");
    expect(moveIn(rows, "whoami", "parent")?.id).toBe("cmd");
    expect(moveIn(rows, "cmd", "child")?.id).toBe("whoami");
    expect(moveIn(rows, "whoami", "child")).toBeUndefined();
    expect(moveIn(rows, undefined, "down")?.id).toBe("services");
  });
});

describe("the way across hosts", () => {
  const remote = (certainty: "exact" | "ambiguous") =>
    neighbourhood(
      "shell",
      [
        processNode("services", undefined, { childCount: 1, sessionKey: "sys" }),
        processNode("shell", "services", { sessionKey: "s2" }),
        processNode("explorer", undefined, { host: "ws-07", sessionKey: "s1", childCount: 1 }),
        processNode("wmic", "explorer", { host: "ws-07", sessionKey: "s1" }),
      ],
      {
        sessions: [logonSession("s1", { host: "ws-07" }), logonSession("s2")],
        links: [
          logonLink(
            { host: "ws-07", sessionKey: "s1", processKey: certainty === "exact" ? "wmic" : undefined },
            { host: "srv-02", sessionKey: "s2" },
            { certainty },
          ),
        ],
      },
    );

  it("goes from the process through the logon to what it caused, the first cause on top", () => {
    const rows = rowsOf({ value: remote("exact") });
    expect(names(rows)).toEqual(["explorer", "  wmic", "    →srv-02", "services", "  shell"]);
    expect(rows[2]).toMatchObject({ kind: "logon", target: "shell" });
    expect(rows[4]).toMatchObject({ onPath: true, cameBy: { from: { processKey: "wmic" } } });
    expect(rows.flatMap((row) => (row.kind === "process" && row.hostChanged ? [row.id] : []))).toEqual([
      "explorer",
      "services",
    ]);
    expect([...buildGraph(remote("exact"), []).path]).toEqual(["shell", "services", "wmic", "explorer"]);
  });

  it("ends where it is not known which session it was", () => {
    expect([...buildGraph(remote("ambiguous"), []).path]).toEqual(["shell", "services"]);
    expect(names(rowsOf({ value: remote("ambiguous") }))).toEqual([
      "services",
      "  shell",
      "explorer",
      "  →srv-02",
      "  wmic",
    ]);
  });
});
