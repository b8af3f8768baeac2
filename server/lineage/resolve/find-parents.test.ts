import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, HOST, rowOf, securityStart, WMI } from "../../../test/factories/facts.ts";
import type { StartFact } from "../facts.ts";
import { entityKey, placeholderKey } from "../keys.ts";
import type { ProcessRow } from "../process-row.ts";
import { findParents, type ParentSources } from "./find-parents.ts";
import { pidText } from "./pid-ranges.ts";
import { timelineOf } from "./timeline.ts";

const PID = 10;

function sources(holders: readonly ProcessRow[], chosen: ParentSources["chosen"] = new Map()): ParentSources {
  const probe = { host: HOST, pid: PID, from: T0 - 90_000, to: T0 + 90_000, referrers: false };
  const timeline = { probe, timeline: timelineOf(PID, holders, []), exits: [] };
  return { timelines: new Map([[pidText(probe), [timeline]]]), chosen };
}

const holder = (at: number, given: Partial<StartFact> = {}) => rowOf(securityStart({ at, pid: PID, ...given }));
const child = (given: Partial<ProcessRow> = {}) =>
  rowOf(securityStart({ at: 10_000, id: "child", pid: 20, parentPid: PID, parentExecutable: CMD }), given);

function parentOf(row: ProcessRow, from: ParentSources, duplicate?: ProcessRow) {
  return findParents([{ row, duplicate }], from).changed[0]?.parent;
}

describe("a parent", () => {
  const parent = holder(0);

  it("is found by entity id without a search", () => {
    const row = rowOf(agentStart({ entityId: "b", parentEntityId: "a" }));
    expect(parentOf(row, { timelines: new Map(), chosen: new Map() })).toEqual({
      key: entityKey(HOST, "a"),
      basis: "entity",
    });
  });

  it("is found by pid and time", () => {
    expect(findParents([{ row: child(), duplicate: undefined }], sources([parent]))).toEqual({
      changed: [{ ...child(), parent: { key: parent.key, basis: "pid-time" }, creatorPid: PID }],
      placeholders: [],
      released: [],
    });
  });

  it("is ambiguous with its candidates if several match", () => {
    const [one, other] = [holder(0, { commandLine: "a" }), holder(0, { commandLine: "b" })];
    const candidates = [one.key, other.key].toSorted();
    expect(parentOf(child(), sources([one, other]))).toEqual({ key: candidates[0], basis: "ambiguous", candidates });
  });

  it("is a placeholder if nobody matches", () => {
    const key = placeholderKey(HOST, PID, CMD, parent.facts.starts[0]?.time);
    const { changed, placeholders } = findParents(
      [{ row: child(), duplicate: undefined }],
      sources([holder(0, { executable: WMI })]),
    );
    expect(changed[0]?.parent).toEqual({ key, basis: "placeholder" });
    expect(placeholders).toMatchObject([{ key, kind: "placeholder", facts: { named: { pid: PID, executable: CMD } } }]);
  });

  it("is reported only if it changed", () => {
    const known = child({ parent: { key: parent.key, basis: "pid-time" }, creatorPid: PID });
    expect(findParents([{ row: known, duplicate: undefined }], sources([parent])).changed).toEqual([]);
  });

  it("cannot be looked for in a history that was not loaded", () => {
    expect(() => parentOf(child(), { timelines: new Map(), chosen: new Map() })).toThrow("not loaded");
  });
});

describe("an analyst's choice", () => {
  const parent = holder(0);
  const choice = { parent: "old-key", by: "lena", at: 5 };
  const chosen = new Map([["old-key", "chosen"]]);
  const withChoice = (row: ProcessRow): ProcessRow => ({ ...row, facts: { ...row.facts, choice } });

  it("replaces the computed parent, under the key that it is shown under; the edge is ambiguous", () => {
    expect(parentOf(withChoice(child()), sources([parent], chosen))).toEqual({
      key: "chosen",
      basis: "ambiguous",
      candidates: [parent.key, "chosen"],
      chosen: { by: "lena", at: 5, computed: parent.key },
    });
  });

  it("applies if it was made on the duplicate record, and the later of two", () => {
    const duplicate = withChoice(rowOf(agentStart({ entityId: "b" })));
    expect(parentOf(child(), sources([parent], chosen), duplicate)?.chosen?.by).toBe("lena");
    const later = { ...duplicate, facts: { ...duplicate.facts, choice: { ...choice, by: "mika", at: 6 } } };
    expect(parentOf(withChoice(child()), sources([parent], chosen), later)?.chosen?.by).toBe("mika");
  });

  it("creates no placeholder for the parent that it replaces", () => {
    const row = withChoice(child());
    expect(findParents([{ row, duplicate: undefined }], sources([], chosen)).placeholders).toEqual([]);
  });

  it("applies only as long as the chosen process is known", () => {
    expect(parentOf(withChoice(child()), sources([parent]))).toEqual({ key: parent.key, basis: "pid-time" });
  });

  it("does not overrule an entity id", () => {
    const row = withChoice(rowOf(agentStart({ entityId: "b", parentEntityId: "a" })));
    expect(parentOf(row, sources([], chosen))).toEqual({ key: entityKey(HOST, "a"), basis: "entity" });
  });
});

describe("a placeholder is released", () => {
  const parent = holder(0);
  const release = (placeholder: string, by: ProcessRow) => ({
    placeholder,
    replacement: { to: parent.key, by: by.key, at: T0 + 10_000 },
  });

  it("when its child has another parent", () => {
    const row = child({ parent: { key: "p", basis: "placeholder" }, creatorPid: PID });
    expect(findParents([{ row, duplicate: undefined }], sources([parent])).released).toEqual([release("p", row)]);
  });

  it("again by the row that referred to it earlier, so that its key follows the parent", () => {
    const row = child();
    const former: ProcessRow = { ...row, facts: { ...row.facts, replacedPlaceholders: [{ key: "p" }] } };
    const other = rowOf(agentStart({ entityId: "b" }));
    const duplicate: ProcessRow = {
      ...other,
      facts: { ...other.facts, replacedPlaceholders: [{ key: "q" }, { key: "r", exit: "4689" }] },
    };
    expect(findParents([{ row: former, duplicate }], sources([parent])).released).toEqual([
      release("p", former),
      release("q", duplicate),
    ]);
  });
});
