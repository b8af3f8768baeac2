import { describe, expect, it } from "vitest";
import type { Neighbourhood } from "#contracts/lineage";
import { firedEvent } from "../../../test/fixtures/timeline.ts";
import { alertMark, first, logonLink, logonSession, neighbourhood, processNode } from "./fixtures.ts";
import { buildGraph, type LoadedPart, pathTo } from "./graph.ts";
import { buildRows, filterRows, type ProcessEvents, processFilter, type Row, rowAfterMove } from "./rows.ts";
import { emptyViewState, groupId, type ViewState, withCollapsed, withNextPage } from "./view-state.ts";

const rowsOf = (
  given: {
    view?: Partial<ViewState>;
    value?: Neighbourhood;
    parts?: readonly LoadedPart[];
    selected?: string;
    events?: ProcessEvents;
  } = {},
) =>
  buildRows(
    buildGraph(given.value ?? first, given.parts ?? []),
    { ...emptyViewState, ...given.view },
    given.selected,
    given.events,
  );
/** One line per row, indented by depth: a process by its key, `4x` a group, `+1` children not loaded, `→` a logon. */
const outline = (rows: readonly Row[]) =>
  rows.map((row) => {
    const text = {
      process: row.id,
      group: `${row.kind === "group" ? row.total : 0}x`,
      more: `+${row.kind === "more" ? row.hidden : 0}`,
      logon: `→${row.kind === "logon" ? row.link.to.host : ""}`,
      event: `!${row.kind === "event" ? (row.event?.summary ?? row.note) : ""}`,
    };
    return `${"  ".repeat(row.depth)}${text[row.kind]}`;
  });

describe("the rows of the lineage", () => {
  it("list what a process did below it, before its children, and what is to be said about the list", () => {
    const events = new Map([["cmd", { items: [firedEvent], note: "1 of 30 events" }]]);
    const rows = outline(rowsOf({ events }));
    const at = rows.findIndex((row) => row.trim() === "cmd");
    expect(rows.slice(at + 1, at + 3).map((row) => row.trim())).toEqual([`!${firedEvent.summary}`, "!1 of 30 events"]);
    const shut = rowsOf({ events, view: { collapsed: new Set(["cmd"]) } });
    expect(shut.some(({ kind }) => kind === "event")).toBe(false);
  });

  it("show the path, collapse similar siblings, and count the children that are not loaded", () => {
    expect(outline(rowsOf())).toEqual([
      "services",
      "  wmi",
      "    cmd",
      "      whoami",
      "      4x",
      "      +1",
      "  +39",
    ]);
  });

  it("emphasise the process of the alert and its ancestors", () => {
    const rows = rowsOf().flatMap((row) => (row.kind === "process" && row.onPath ? [row.id] : []));
    expect(rows).toEqual(["services", "wmi", "cmd"]);
  });

  it("show a process outside its group when it is selected, has an alert, or has children", () => {
    expect(outline(rowsOf({ selected: "h2" }))).toContain("      h2");
    const alerted = first.nodes.map((node) => (node.key === "h1" ? { ...node, alerts: [alertMark("a")] } : node));
    expect(outline(rowsOf({ value: { ...first, nodes: alerted } }))).toContain("      h1");
    const parent = first.nodes.map((node) => (node.key === "h1" ? { ...node, childCount: 2 } : node));
    expect(outline(rowsOf({ value: { ...first, nodes: parent } }))).toContain("      h1");
  });

  it("show the exact size of a partly loaded group and page through its members", () => {
    const [group] = [
      { of: "services", key: "svchost", name: "svchost.exe", commandTemplate: "svchost *", total: 30, shown: ["s1"] },
    ];
    const value = {
      ...first,
      nodes: [...first.nodes, processNode("s1", "services", { childGroup: "svchost", name: "svchost.exe" })],
      childGroups: group === undefined ? [] : [group],
    };
    expect(outline(rowsOf({ value }))).toEqual([
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
    const view = withNextPage(emptyViewState, id);
    const items = ["s1", "s2", "s3"].map((key) => processNode(key, "services", { childGroup: "svchost" }));
    const parts: readonly LoadedPart[] = [
      { kind: "children", parent: "services", childGroup: "svchost", items, total: 30 },
    ];
    const opened = rowsOf({ value, view, parts });
    expect(outline(opened).slice(1, 6)).toEqual(["  30x", "    s1", "    s2", "    s3", "    +27"]);
    expect(opened[5]).toMatchObject({ kind: "more", parentId: id, total: 30 });
    expect(outline(rowsOf({ value, view: withCollapsed(view, id, true), parts }))[2]).toBe("  wmi");
  });

  it("grow in place by what was loaded", () => {
    const more = processNode("svchost", "services", { start: "2026-03-01T05:00:01Z" });
    const rows = rowsOf({ parts: [{ kind: "children", parent: "services", items: [more], total: 40 }] });
    expect(outline(rows)[1]).toBe("  svchost");
    expect(rows.at(-1)).toMatchObject({ kind: "more", hidden: 38 });
  });

  it("hide what is below a process that was shut", () => {
    expect(outline(rowsOf({ view: { collapsed: new Set(["wmi"]) } }))).toEqual(["services", "  wmi", "  +39"]);
  });

  it("offer to load the children of a process of which none are loaded", () => {
    const value = neighbourhood("a", [processNode("a", undefined, { childCount: 3 })]);
    expect(rowsOf({ value })[0]).toMatchObject({ expansion: "closed" });
  });

  it("cut a loop in the data once and show every process of it", () => {
    const loop = neighbourhood("a", [processNode("a", "b"), processNode("b", "a"), processNode("c", "b")]);
    expect(outline(rowsOf({ value: loop }))).toEqual(["a", "  b", "    c"]);
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

  it("show only matches of the filter and their ancestors", () => {
    const find = (view: Partial<ViewState>) => {
      const matches = processFilter({ ...emptyViewState, ...view });
      return matches === undefined ? undefined : filterRows(rowsOf(), matches);
    };
    const found = find({ find: " WHOAMI " }) ?? [];
    expect(outline(found)).toEqual(["services", "  wmi", "    cmd", "      whoami"]);
    expect(found.at(-1)).toMatchObject({ position: 1, siblings: 1 });
    expect(outline(find({ find: "conhost" }) ?? [])).toContain("      4x");
    expect(find({ find: "nothing of this name" })).toEqual([]);
    expect(find({ alertsOnly: true })).toEqual([]);
    expect(find({})).toBeUndefined();
  });

  it("follow the arrow keys as in any tree", () => {
    const rows = rowsOf();
    expect(rowAfterMove(rows, "wmi", "down")?.id).toBe("cmd");
    expect(rowAfterMove(rows, "services", "up")?.id).toBe("services");
    expect(rowAfterMove(rows, "whoami", "parent")?.id).toBe("cmd");
    expect(rowAfterMove(rows, "cmd", "child")?.id).toBe("whoami");
    expect(rowAfterMove(rows, "whoami", "child")).toBeUndefined();
    expect(rowAfterMove(rows, undefined, "down")?.id).toBe("services");
  });
});

describe("the lineage across hosts", () => {
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

  it("leads from a process through its logon to the processes it caused, the first cause on top", () => {
    const rows = rowsOf({ value: remote("exact") });
    expect(outline(rows)).toEqual(["explorer", "  wmic", "    →srv-02", "services", "  shell"]);
    expect(rows[2]).toMatchObject({ kind: "logon", target: "shell" });
    expect(rows[4]).toMatchObject({ onPath: true, originLink: { from: { processKey: "wmic" } } });
    expect(rows.flatMap((row) => (row.kind === "process" && row.hostChanged ? [row.id] : []))).toEqual([
      "explorer",
      "services",
    ]);
    expect([...buildGraph(remote("exact"), []).path]).toEqual(["shell", "services", "wmic", "explorer"]);
  });

  it("ends at a logon that several sessions may have made", () => {
    expect([...buildGraph(remote("ambiguous"), []).path]).toEqual(["shell", "services"]);
    expect(outline(rowsOf({ value: remote("ambiguous") }))).toEqual([
      "services",
      "  shell",
      "explorer",
      "  →srv-02",
      "  wmic",
    ]);
  });
});
