import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Neighbourhood, ProcessNode } from "#contracts/lineage";
import { alertMark, neighbourhood, processNode } from "../fixtures.ts";
import { buildGraph } from "../graph.ts";
import { buildRows } from "../rows.ts";
import { emptyViewState } from "../view-state.ts";
import { type ChainRow, chainId, collapseChains } from "./chains.ts";
import { graphAction } from "./graph-keys.ts";
import { layoutGraph } from "./layout.ts";
import { madeUpNeighbourhood } from "./made-up-trees.ts";

const at = (second: number) => `2026-03-04T09:00:${String(second).padStart(2, "0")}Z`;
/** a → b → c → d, the last with an alert; e is another child of a. */
const line = (rest: Partial<Record<string, Partial<ProcessNode>>> = {}): Neighbourhood =>
  neighbourhood("d", [
    processNode("root", undefined, { start: at(0) }),
    processNode("other", "root", { start: at(9) }),
    ...["a", "b", "c", "d"].map((key, index, keys) =>
      processNode(key, keys[index - 1] ?? "root", {
        start: at(index + 1),
        alerts: key === "d" ? [alertMark("x")] : [],
        ...rest[key],
      }),
    ),
  ]);
const collapsed = (given: Neighbourhood, { open = [], shown }: { open?: readonly string[]; shown?: string } = {}) => {
  const graph = buildGraph(given, []);
  const rows = buildRows(graph, emptyViewState);
  const result = collapseChains(rows, graph, { open: new Set(open), isShown: (key) => key === shown });
  return { graph, all: rows, ...result };
};
const ids = (given: { readonly rows: readonly { readonly id: string }[] }) => given.rows.map(({ id }) => id);
const chainsOf = ({ rows }: ReturnType<typeof collapsed>) =>
  rows.filter((row): row is ChainRow => row.kind === "chain");

describe("a chain of the graph", () => {
  it("takes the place of processes with one child each and no alert, and counts them", () => {
    const result = collapsed(line());
    expect(ids(result)).toEqual(["root", "chain:a", "d", "other"]);
    expect(chainsOf(result)[0]).toMatchObject({ parentId: "root", onPath: true });
    expect(chainsOf(result)[0]?.members.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(result.rows.find(({ id }) => id === "d")).toMatchObject({ parentId: "chain:a" });
  });

  it("opens in place and closes again", () => {
    const open = collapsed(line(), { open: ["a"] });
    expect(open.rows).toEqual(open.all);
    expect(open.open).toEqual([{ id: "chain:a", members: ["a", "b", "c"] }]);
  });

  it("is open while one of its processes is selected", () => {
    expect(ids(collapsed(line(), { shown: "b" }))).toEqual(["root", "a", "b", "c", "d", "other"]);
    expect(ids(collapsed(line(), { shown: "d" }))).toEqual(["root", "chain:a", "d", "other"]);
  });

  it("may be shorter beside the path to the alert", () => {
    const beside = line();
    const nodes = [
      ...beside.nodes,
      processNode("net", "other", { start: at(20) }),
      processNode("net1", "net", { start: at(21) }),
    ];
    expect(ids(collapsed({ ...beside, nodes }))).toEqual(["root", "chain:a", "d", "chain:other"]);
    const short = { ...beside, nodes: nodes.filter(({ key }) => key !== "net1") };
    expect(ids(collapsed(short))).toContain("chain:other");
    const onPath = neighbourhood("c", [processNode("a"), processNode("b", "a"), processNode("c", "b")]);
    expect(ids(collapsed(onPath))).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["an alert", { b: { alerts: [alertMark("y")] } }],
    ["children that are not loaded", { b: { childCount: 7 } }],
    [
      "several possible parents",
      { b: { parent: { key: "a", certainty: "ambiguous", why: "", candidates: ["a", "other"] } } },
    ],
    ["another account", { b: { user: { name: "adm-lena" } } }],
    ["another host", { b: { host: "ws-07" } }],
  ] as const)("contains no process with %s", (_, rest) => {
    expect(chainsOf(collapsed(line(rest as Parameters<typeof line>[0])))).toEqual([]);
  });

  it("shows the weakest certainty of the edges that it hides", () => {
    const parent = (key: string, certainty: "pid-time" | "declared") => ({ parent: { key, certainty, why: "" } });
    const result = collapsed(line({ b: parent("a", "pid-time"), c: parent("b", "declared") }));
    const { parentLinks } = layoutGraph(result.rows, result.graph);
    expect(parentLinks.get("chain:a")).toMatchObject({ from: "root", kind: "declared", onPath: true });
    expect(parentLinks.get("d")).toMatchObject({ from: "chain:a", kind: "declared" });
    const exact = collapsed(line({ d: parent("c", "pid-time") }));
    expect(layoutGraph(exact.rows, exact.graph).parentLinks.get("chain:a")?.kind).toBe("exact");
    expect(layoutGraph(exact.rows, exact.graph).parentLinks.get("d")?.kind).toBe("pid-time");
  });

  it("opens and closes by the keys of a tree", () => {
    const closed = collapsed(line());
    const right = graphAction("ArrowRight", closed.rows, closed.open, "chain:a");
    expect(right).toMatchObject({ kind: "toggle", row: { id: "chain:a" } });
    const open = collapsed(line(), { open: ["a"] });
    expect(graphAction("ArrowLeft", open.rows, open.open, "a")).toEqual({ kind: "close-chain", first: "a" });
    expect(graphAction("ArrowLeft", closed.rows, closed.open, "chain:a")).toMatchObject({
      kind: "select",
      row: { id: "root" },
    });
    expect(graphAction("ArrowDown", closed.rows, closed.open, "root")).toMatchObject({
      kind: "select",
      row: { id: "chain:a" },
    });
    expect(graphAction("q", closed.rows, closed.open, "root")).toBeUndefined();
  });
});

describe("the chains of any tree", () => {
  it("expand to what was collapsed, and hide no alert and not the focus", () => {
    fc.assert(
      fc.property(madeUpNeighbourhood, (given) => {
        const closed = collapsed(given);
        const chains = chainsOf(closed);
        expect(
          closed.rows.flatMap((row) => (row.kind === "chain" ? row.members.map(({ id }) => id) : [row.id])),
        ).toEqual(closed.all.map(({ id }) => id));
        for (const { members } of chains) {
          expect(members.length).toBeGreaterThanOrEqual(members.some(({ onPath }) => onPath) ? 3 : 2);
          expect(members.filter(({ node, isFocus }) => node.alerts.length > 0 || isFocus)).toEqual([]);
        }
        const open = collapsed(given, { open: chains.map(({ members }) => members[0]?.id ?? "") });
        expect(open.rows).toEqual(open.all);
        expect(open.open.map(({ id }) => id)).toEqual(chains.map(({ id }) => id));
      }),
    );
  });

  it("move only what is below them when they open", () => {
    fc.assert(
      fc.property(madeUpNeighbourhood, (given) => {
        const closed = collapsed(given);
        const [chain] = chainsOf(closed);
        fc.pre(chain !== undefined);
        const first = chain?.members[0]?.id ?? "";
        const before = layoutGraph(closed.rows, closed.graph);
        const card = before.cardById.get(chainId(first));
        const opened = collapsed(given, { open: [first] });
        const anchor = card === undefined ? undefined : { id: first, x: card.x, y: card.y };
        const after = layoutGraph(opened.rows, opened.graph, anchor, opened.open);
        const start = before.cards.findIndex(({ id }) => id === card?.id);
        const below = new Set(before.cards.slice(start, card?.end).map(({ id }) => id));
        for (const { id, x, y } of before.cards.filter((other) => !below.has(other.id))) {
          expect(after.cardById.get(id)).toMatchObject({ x, y });
        }
        const [frame] = after.chains;
        expect(frame).toMatchObject({ id: card?.id, processes: chain?.members.length });
      }),
    );
  });
});
