import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, end, HOST, rowOf } from "../../../test/factories/facts.ts";
import type { ProcessRow } from "../process-row.ts";
import type { AssignedExits } from "./assign-exits.ts";
import {
  formerlyReleasedByExits,
  placeholderRow,
  redirected,
  releasedBy,
  releasedByExits,
  rememberReplaced,
  replacementsOf,
  resolvePlaceholders,
} from "./placeholders.ts";

const NO_EXITS: AssignedExits = { owners: new Map(), exitOf: new Map(), changed: [], moved: [], placeholders: [] };
const byKey = (...rows: readonly ProcessRow[]) => new Map(rows.map((row) => [row.key, row]));
const placeholder = (given: Partial<ProcessRow> = {}) => ({ ...placeholderRow(HOST, 10, CMD, undefined), ...given });
const resolve = (
  referenced: readonly ProcessRow[],
  stored: readonly ProcessRow[],
  exits: Partial<AssignedExits> = {},
) =>
  resolvePlaceholders(
    { referenced: byKey(...referenced), exits: { ...NO_EXITS, ...exits }, released: [] },
    byKey(...stored),
  );

describe("a placeholder", () => {
  it("is shared by everyone who refers to one pid and path between two uses of the pid", () => {
    const keys = [
      placeholderRow(HOST, 10, CMD, T0),
      placeholderRow(HOST, 10, CMD, T0),
      placeholderRow(HOST, 10, CMD, T0 + 1),
      placeholderRow(HOST, 10, undefined, T0),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
    expect(keys[0]).toBe(keys[1]);
  });

  it("is created when it is referred to, and revived if it was replaced before", () => {
    expect(resolve([placeholder()], []).changed).toEqual([placeholder({ exit: undefined, mergedInto: undefined })]);
    const replaced = placeholder({ mergedInto: "real" });
    expect(resolve([placeholder()], [replaced]).changed).toEqual([placeholder({ mergedInto: undefined })]);
    expect(resolve([placeholder()], [placeholder()]).changed).toEqual([]);
  });

  it("is a pointer if it was replaced and nobody refers to it", () => {
    const replaced = placeholder({ mergedInto: "real" });
    expect(resolve([], [replaced])).toEqual({ changed: [], current: new Map(), pointers: [replaced] });
  });

  it("gets and loses the exit that refers to it", () => {
    const { key } = placeholder();
    const exit = end({ id: "4689", pid: 10 });
    expect(resolve([placeholder()], [], { exitOf: new Map([[key, exit]]) }).changed).toMatchObject([{ exit }]);
    const lost = resolve([], [placeholder({ exit })], { owners: new Map([["4689", "real"]]) });
    expect(lost.changed).toEqual([placeholder({ exit: undefined, mergedInto: undefined })]);
  });

  it("is never a process", () => {
    const process = rowOf(agentStart({ entityId: "a" }));
    expect(resolve([], [process])).toEqual({ changed: [], current: new Map(), pointers: [] });
  });
});

describe("what replaces a placeholder", () => {
  const parent = (key: string) => ({ key, basis: "pid-time" }) as const;

  it("is the new parent of the earliest row that referred to it, in any order", () => {
    const releases = [
      releasedBy("late-child", 20, "p", parent("b")),
      releasedBy("child", 10, "p", parent("a")),
      releasedBy("orphan", 5, "p", undefined),
    ];
    for (const order of [releases, releases.toReversed()]) {
      expect(replacementsOf(order).get("p")).toEqual({ to: "a", by: "child", at: 10 });
    }
    expect(replacementsOf([releasedBy("orphan", 5, "p", undefined)])).toEqual(new Map([["p", undefined]]));
  });

  it("is the new owner of the exit that referred to it, and follows when the exit moves again", () => {
    const exit = end({ id: "4689", pid: 10 });
    const moved = { exit, from: "owner", to: "real" };
    const replacement = { to: "real", by: "real", exit: "4689", at: T0 };
    expect(releasedByExits([moved])).toEqual([{ placeholder: "owner", replacement }]);
    const start = rowOf(agentStart({ entityId: "a" }));
    const replacedPlaceholders = [{ key: "p", exit: "4689" }, { key: "q", exit: "another" }, { key: "r" }];
    const owner: ProcessRow = { ...start, facts: { ...start.facts, replacedPlaceholders } };
    expect(formerlyReleasedByExits([moved], new Map([["owner", owner]]))).toEqual([{ placeholder: "p", replacement }]);
  });
});

describe("a replaced placeholder", () => {
  const row = placeholder();
  const replacement = { to: "real", by: "child", at: 1 };
  const child = { ...rowOf(agentStart({ entityId: "b" })), key: "child" };

  it("points to its replacement, and the row that referred to it remembers its key", () => {
    const pointers = redirected([row], new Map([[row.key, replacement]]));
    expect(pointers.map((one) => one.row)).toEqual([{ ...row, exit: undefined, mergedInto: "real" }]);
    expect(rememberReplaced(pointers, byKey(child))).toEqual([
      { ...child, facts: { ...child.facts, replacedPlaceholders: [{ key: row.key, exit: undefined }] } },
    ]);
  });

  it("stays as it is if it points there already or nothing replaces it", () => {
    const pointer = { ...row, mergedInto: "real" };
    expect(redirected([pointer], new Map([[row.key, replacement]]))).toEqual([]);
    expect(redirected([row], new Map([[row.key, undefined]]))).toEqual([]);
  });

  it("is remembered by nobody if the row that referred to it is gone", () => {
    expect(rememberReplaced(redirected([row], new Map([[row.key, replacement]])), new Map())).toEqual([]);
  });
});
