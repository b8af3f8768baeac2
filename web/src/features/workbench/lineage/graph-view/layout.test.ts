import { describe, expect, it } from "vitest";
import { first, logonLink, logonSession, neighbourhood, processNode } from "../fixtures.ts";
import { buildGraph, type LoadedPart } from "../graph.ts";
import { buildRows } from "../rows.ts";
import { emptyViewState } from "../view-state.ts";
import { cardHeight, cardWidth } from "./cards.ts";
import { graphSvg } from "./graph-svg.ts";
import { layoutGraph } from "./layout.ts";
import { averageTextWidth } from "./text-width.ts";
import { elementsInViewport } from "./viewport.ts";

const value = {
  ...first,
  sessions: [logonSession("s1", { sourceHost: "WS-07" })],
  nodes: first.nodes.map((node) => (["cmd", "whoami"].includes(node.key) ? { ...node, sessionKey: "s1" } : node)),
};
const layoutOf = (given = value, parts: readonly LoadedPart[] = [], anchor?: Parameters<typeof layoutGraph>[2]) => {
  const graph = buildGraph(given, parts);
  return layoutGraph(buildRows(graph, emptyViewState), graph, anchor);
};
const layout = layoutOf();

describe("the graph layout", () => {
  it("puts children to the right of their parent and lets no two cards overlap", () => {
    expect(layout.cardById.get("wmi")?.x).toBeGreaterThan(layout.cardById.get("services")?.x ?? 0);
    const taken = [...layout.cards, ...layout.sideCards].map((card) => `${card.x}:${Math.round(card.y / cardHeight)}`);
    expect(new Set(taken).size).toBe(taken.length);
  });

  it("moves no card above or beside an expanded process", () => {
    const items = [
      processNode("late", "wmi", { start: "2026-03-04T10:00:00Z" }),
      processNode("later", "wmi", { start: "2026-03-04T10:00:01Z" }),
    ];
    const after = layoutOf(value, [{ kind: "children", parent: "wmi", items, total: 3 }]);
    for (const id of ["services", "wmi", "cmd", "whoami"]) {
      const before = layout.cardById.get(id);
      expect(after.cardById.get(id)).toMatchObject({ x: before?.x, y: before?.y });
    }
    expect(after.cardById.get("late")?.y).toBeGreaterThan(after.cardById.get("whoami")?.y ?? 0);
  });

  it("keeps the anchor where it was when the graph grows", () => {
    const before = layout.cardById.get("services");
    const items = Array.from({ length: 9 }, (_, index) => processNode(`n${index}`, "services"));
    const after = layoutOf(value, [{ kind: "children", parent: "services", items, total: 40 }], before);
    expect(after.cardById.get("services")).toMatchObject({ x: before?.x, y: before?.y });
    expect(after.cards.length).toBe(layout.cards.length + 9);
  });

  it("links a session to its first process and to the host it was opened from", () => {
    expect(layout.sideLinks.map((link) => [link.from, link.to])).toEqual([
      ["session:s1", "cmd"],
      ["endpoint:srv-02:ws-07", "session:s1"],
    ]);
    const [session, entry] = [layout.cardById.get("session:s1"), layout.cardById.get("cmd")];
    expect(session?.y).toBe(entry?.y);
    expect(session?.x).toBeLessThan(entry?.x ?? 0);
  });

  it("keeps the certainty of each edge and adds edges from the other possible parents", () => {
    expect(layout.parentLinks.get("cmd")).toMatchObject({ kind: "exact", onPath: true });
    const nodes = first.nodes.map((node) =>
      node.key === "whoami"
        ? {
            ...node,
            parent: { key: "cmd", certainty: "ambiguous" as const, why: "", candidates: ["cmd", "wmi", "gone"] },
          }
        : node,
    );
    const forked = layoutOf({ ...value, nodes });
    expect(forked.parentLinks.get("whoami")).toMatchObject({ kind: "ambiguous" });
    expect(forked.candidateLinks.map((link) => [link.from, link.to, link.kind])).toEqual([
      ["wmi", "whoami", "candidate"],
    ]);
  });

  it("draws hosts as boxes that do not overlap, with the session linking them", () => {
    const two = neighbourhood(
      "shell",
      [
        processNode("services", undefined, { childCount: 1 }),
        processNode("shell", "services", { sessionKey: "s2" }),
        processNode("wmic", undefined, { host: "ws-07", sessionKey: "s1" }),
      ],
      {
        sessions: [logonSession("s1", { host: "ws-07" }), logonSession("s2")],
        links: [logonLink({ host: "ws-07", processKey: "wmic" }, { host: "srv-02", sessionKey: "s2" })],
      },
    );
    const { hosts, sideLinks } = layoutOf(two);
    expect(hosts.map(({ host }) => host)).toEqual(["ws-07", "srv-02"]);
    const [upper, lower] = hosts;
    expect((upper?.y ?? 0) + (upper?.height ?? 0)).toBeLessThan(lower?.y ?? 0);
    expect(sideLinks.find(({ kind }) => kind === "logon")).toMatchObject({
      from: "wmic",
      to: "session:s2",
      onPath: true,
    });
  });
});

describe("the elements in a viewport", () => {
  const wide = layoutOf(
    neighbourhood("n0", [
      processNode("n0", undefined, { childCount: 4999 }),
      ...Array.from({ length: 4999 }, (_, at) => processNode(`n${at + 1}`, `n${Math.floor(at / 3)}`)),
    ]),
  );
  const lines = new Set(wide.cards.map(({ y }) => y)).size;

  it("include every visible card and its lines with both ends", () => {
    const window = { x1: 0, y1: 20_000, x2: 3000, y2: 21_000, zoom: 1 };
    const { cards, links } = elementsInViewport(wide, window);
    const ids = new Set(cards.map(({ id }) => id));
    const visible = wide.cards.filter(({ x, y }) => x >= 0 && x <= 3000 && y >= 20_000 && y + cardHeight <= 21_000);
    expect(visible.length).toBeGreaterThan(10);
    expect(visible.filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(links.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
    expect(visible.filter(({ id, parent }) => parent !== undefined && !links.some(({ to }) => to === id))).toEqual([]);
    expect(cards.length).toBeLessThan(120);
  });

  it("stay few at any zoom and count every process in blocks", () => {
    const zoom = 800 / (lines * 64);
    const { cards, blocks } = elementsInViewport(wide, { x1: -1e6, y1: -1e6, x2: 1e6, y2: 1e6, zoom });
    expect(cards.length + blocks.length).toBeLessThan(400);
    const drawn = cards.filter(({ kind }) => kind === "process").length;
    expect(drawn + blocks.reduce((sum, { processes }) => sum + processes, 0)).toBe(5000);
  });
});

describe("the graph as SVG", () => {
  it("contains every card and escapes values from logs", () => {
    const hostile = '<script>"&\u202e';
    const nodes = value.nodes.map((node) => (node.key === "cmd" ? { ...node, name: hostile, host: hostile } : node));
    const svg = graphSvg(layoutOf({ ...value, nodes }), () => "#000", averageTextWidth);
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("\u202e");
    expect(svg).toContain("&lt;script&gt;&quot;&amp;");
    expect(svg.match(new RegExp(`width="${cardWidth}"`, "g"))?.length).toBe(
      layout.cards.length + layout.sideCards.length,
    );
  });
});
