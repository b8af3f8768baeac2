import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, end, entityRow, HOST, rowOf, securityStart } from "../../../test/factories/facts.ts";
import { entityKey } from "../keys.ts";
import type { ProcessRow } from "../process-row.ts";
import { hasMoved, hasNewStart, type RowChange, recordFacts } from "./record-facts.ts";

const byKey = (...rows: readonly ProcessRow[]) => new Map(rows.map((row) => [row.key, row]));
const observed = { first: T0 + 5000, pid: 1, executable: CMD };
const seen = entityRow("a", { observed });
const start = agentStart({ id: "1", entityId: "a", pid: 1, parentEntityId: "p" });

const record = (added: ProcessRow, stored?: ProcessRow): RowChange | undefined =>
  recordFacts(byKey(added), stored === undefined ? new Map() : byKey(stored))[0];

describe("recording facts", () => {
  it("creates rows, and adds facts to those that are stored", () => {
    expect(record(seen)).toEqual({ before: undefined, after: seen });
    const known = { ...seen, sessionKey: "s" };
    const change = record(rowOf(start), known);
    expect(change?.before).toBe(known);
    expect(change?.after).toMatchObject({ sessionKey: "s", facts: { starts: [start] } });
  });

  it("drops what was inferred from activity once the start is known", () => {
    expect(record(rowOf(start), seen)?.after.facts).toMatchObject({ observed: undefined, inferred: undefined });
  });

  it("leaves out rows that learn nothing new", () => {
    const known = rowOf(start);
    expect(record(known, known)).toBeUndefined();
    expect(record(entityRow("a", { observed: { ...observed, first: T0 + 9000 } }), seen)).toBeUndefined();
    expect(record(seen, known)).toBeUndefined();
  });

  it("sets the parent that the record contains, unless one is known", () => {
    const parent = { key: entityKey(HOST, "p"), basis: "entity" } as const;
    expect(record(rowOf(start))?.after.parent).toEqual(parent);
    expect(record(rowOf(start), seen)?.after.parent).toEqual(parent);
    const other = { key: "another", basis: "pid-time" } as const;
    expect(record(rowOf(start), { ...seen, parent: other })?.after.parent).toEqual(other);
    expect(record(rowOf(start), { ...seen, creatorPid: 4 })?.after.parent).toBeUndefined();
    expect(record(rowOf(start), { ...seen, mergedInto: "m" })?.after.parent).toBeUndefined();
  });

  it("forgets an exit that was found by another pid", () => {
    const exit = end({ pid: 1 });
    const renumbered = rowOf(agentStart({ entityId: "a", pid: 2 }));
    expect(record(renumbered, { ...seen, exit })?.after.exit).toBeUndefined();
    expect(record(rowOf(start), { ...seen, exit })?.after.exit).toBe(exit);
  });
});

describe("a row", () => {
  it("moved if anything changed that other rows are matched by", () => {
    const changedTo = (after: ProcessRow) => ({ before: seen, after });
    expect(hasMoved({ before: undefined, after: seen })).toBe(true);
    expect(hasMoved(changedTo({ ...seen, sessionKey: "s" }))).toBe(false);
    expect(hasMoved(changedTo(entityRow("a", { observed: { ...observed, user: { name: "bob" } } })))).toBe(false);
    expect(hasMoved(changedTo(entityRow("a", { observed: { ...observed, first: T0 } })))).toBe(true);
    expect(hasMoved(changedTo(entityRow("a", { observed, ends: [end({ side: "agent" })] })))).toBe(true);
  });

  it("has a new start if a start record was added", () => {
    expect(hasNewStart({ before: undefined, after: rowOf(start) })).toBe(true);
    expect(hasNewStart({ before: undefined, after: seen })).toBe(false);
    const both = { ...seen, facts: { starts: [start, securityStart()], ends: [] } };
    expect(hasNewStart({ before: rowOf(start), after: both })).toBe(true);
    expect(hasNewStart({ before: rowOf(start), after: rowOf(start) })).toBe(false);
  });
});
