import { describe, expect, it } from "vitest";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { ChildGroups } from "./collapse-children.ts";
import { type NeighbourhoodSource, neighbourhoodOf } from "./neighbourhood.ts";
import { NO_ACTIVITY } from "./process-facts.ts";
import { BROKEN_CYCLE } from "./relations.ts";

interface Given {
  readonly parent?: string;
  readonly group?: string;
  readonly sessionKey?: string;
  readonly parentUnknown?: string;
}

/** A tree in memory: processes by key, in the order of their start. */
function tree(processes: Readonly<Record<string, Given>>): NeighbourhoodSource {
  const keys = Object.keys(processes);
  const childrenOf = (key: string) => keys.filter((one) => processes[one]?.parent === key);
  const nodes = new Map(
    keys.map((key, index): [string, ProcessNode] => {
      const { parent, group = key, sessionKey, parentUnknown } = processes[key] ?? {};
      const node: ProcessNode = {
        key,
        host: "host-a",
        name: group,
        start: new Date(index * 1000).toISOString(),
        placeholder: false,
        sources: [],
        sessionKey,
        childGroup: group,
        activity: NO_ACTIVITY,
        childCount: childrenOf(key).length,
        alerts: [],
        ...(parent === undefined || parentUnknown !== undefined
          ? { parentUnknown: parentUnknown ?? "unknown" }
          : { parent: { key: parent, certainty: "exact" as const, why: "" } }),
      };
      return [key, node];
    }),
  );
  const read = (wanted: readonly string[]) => wanted.flatMap((key) => nodes.get(key) ?? []);
  return {
    async path(key, limit) {
      const path: ProcessNode[] = [];
      for (let next = nodes.get(key); next !== undefined && path.length <= limit; ) {
        path.push(next);
        next = nodes.get(next.parent?.key ?? "");
      }
      return path;
    },
    nodes: async (wanted) => read(wanted),
    firstChildren: async (parents, limit) => parents.flatMap((key) => read(childrenOf(key).slice(0, limit))),
    async keysAround(parent, child, limit) {
      const children = childrenOf(parent);
      const index = children.indexOf(child);
      const distance = (key: string) => Math.abs(children.indexOf(key) - index);
      return children.toSorted((a, b) => distance(a) - distance(b)).slice(0, limit);
    },
    async childGroups(parents, limit) {
      return new Map(
        parents.map((parent): [string, ChildGroups] => {
          const groups = [...Map.groupBy(read(childrenOf(parent)), ({ childGroup }) => childGroup)];
          const complete = groups.length <= limit;
          return [
            parent,
            {
              complete,
              groups: complete
                ? groups.map(([key, members]) => ({ key, total: members.length, first: members.slice(0, 3) }))
                : [],
            },
          ];
        }),
      );
    },
    sessionsOf: async (wanted) =>
      read(wanted.toReversed()).flatMap(({ sessionKey }) =>
        sessionKey === undefined ? [] : [{ key: sessionKey } as LogonSession],
      ),
  };
}

const many = (count: number, given: (index: number) => Given) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, given(index)] as const));

describe("the neighbourhood of a process", () => {
  it("is its path to the root, its siblings by time, and its descendants", async () => {
    const source = tree({
      root: {},
      parent: { parent: "root" },
      before: { parent: "parent" },
      focus: { parent: "parent" },
      after: { parent: "parent" },
      child: { parent: "focus" },
      grandchild: { parent: "child" },
    });
    const around = await neighbourhoodOf(source, "focus", 50);
    expect(around?.nodes.map(({ key }) => key)).toEqual([
      "root",
      "parent",
      "before",
      "focus",
      "after",
      "child",
      "grandchild",
    ]);
    expect(around).toMatchObject({ focus: "focus", truncations: [], childGroups: [] });
    expect(await neighbourhoodOf(source, "unknown", 50)).toBeUndefined();
  });

  it("has the sessions in the order of their processes", async () => {
    const source = tree({ root: { sessionKey: "b" }, focus: { parent: "root", sessionKey: "a" } });
    expect((await neighbourhoodOf(source, "focus", 9))?.sessions.map(({ key }) => key)).toEqual(["b", "a"]);
  });

  it("collapses similar children into one row with their exact number", async () => {
    const source = tree({
      focus: {},
      ...many(12, (index) => ({ parent: "focus", group: index < 10 ? "net" : "cmd" })),
    });
    const around = await neighbourhoodOf(source, "focus", 50);
    expect(around?.nodes.map(({ key }) => key)).toEqual(["focus", "n0", "n10", "n11"]);
    expect(around?.childGroups).toMatchObject([{ of: "focus", key: "net", name: "net", total: 10, shown: ["n0"] }]);
    expect(around?.truncations).toEqual([
      {
        of: "focus",
        relation: "children",
        shown: 3,
        total: 12,
        why: "similar children are collapsed into one row each",
      },
    ]);
  });

  it("shows few children one by one, and the first ones of too many groups", async () => {
    const few = tree({ focus: {}, ...many(8, () => ({ parent: "focus", group: "net" })) });
    expect((await neighbourhoodOf(few, "focus", 50))?.nodes).toHaveLength(9);
    const wide = await neighbourhoodOf(tree({ focus: {}, ...many(70, () => ({ parent: "focus" })) }), "focus", 20);
    expect(wide?.nodes.map(({ key }) => key).slice(0, 3)).toEqual(["focus", "n0", "n1"]);
    expect(wide?.truncations).toMatchObject([{ shown: 19, total: 70, why: "limited to 20 processes" }]);
  });

  it("leaves siblings a third of the room, those that started nearest", async () => {
    const source = tree({
      parent: {},
      ...many(70, () => ({ parent: "parent" })),
      ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`c${index}`, { parent: "n35" }])),
    });
    const keys = (await neighbourhoodOf(source, "n35", 17))?.nodes.map(({ key }) => key) ?? [];
    expect(keys).toHaveLength(17);
    expect(keys.filter((key) => key.startsWith("n")).toSorted()).toEqual(["n32", "n33", "n34", "n35", "n36", "n37"]);
    expect(keys.filter((key) => key.startsWith("c"))).toHaveLength(10);
  });

  it("shows the group of the process by the process itself", async () => {
    const source = tree({ parent: {}, ...many(10, () => ({ parent: "parent", group: "net" })) });
    const around = await neighbourhoodOf(source, "n5", 50);
    expect(around?.nodes.map(({ key }) => key)).toEqual(["parent", "n5"]);
    expect(around?.childGroups).toMatchObject([{ of: "parent", key: "net", total: 10, shown: ["n5"] }]);
  });

  it("truncates a path that is too long at the top", async () => {
    const source = tree(many(80, (index) => (index === 0 ? {} : { parent: `n${index - 1}` })));
    const around = await neighbourhoodOf(source, "n79", 10);
    expect(around?.nodes).toHaveLength(65);
    expect(around?.truncations).toMatchObject([
      { of: "n15", relation: "ancestors", shown: 64, why: expect.stringContaining("more than 64 processes") },
    ]);
  });

  it("reports a child that is shown above its parent, where a cycle was broken", async () => {
    const source = tree({ a: { parent: "b", parentUnknown: BROKEN_CYCLE }, b: { parent: "a" } });
    const around = await neighbourhoodOf(source, "b", 10);
    expect(around?.nodes.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(around?.truncations).toEqual([
      {
        of: "b",
        relation: "children",
        shown: 0,
        total: 1,
        why: "the records name parents in a cycle; a child is shown above, where the cycle was broken",
      },
    ]);
  });
});
