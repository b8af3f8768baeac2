import { describe, expect, it } from "vitest";
import { guid, T0 } from "../../test/factories/events.ts";
import { agentStart, CMD, end, entityRow, rowOf, securityStart, WMI } from "../../test/factories/facts.ts";
import { positionOf } from "./process-row.ts";

const observed = { first: T0 + 5000, pid: 7, executable: WMI };

describe("the position of a process", () => {
  it("is that of its earliest start record", () => {
    const row = rowOf(agentStart({ at: 9, pid: 2, entityId: "a" }));
    const starts = [...row.facts.starts, securityStart({ at: 5, pid: 3 })];
    expect(positionOf({ ...row, facts: { ...row.facts, starts, observed } })).toEqual({
      pid: 2,
      name: "cmd.exe",
      at: T0 + 5,
      begun: true,
    });
  });

  it("is the timestamp in the entity id if the start was not recorded", () => {
    expect(positionOf(entityRow(guid(T0, 1), { observed }))).toEqual({
      pid: 7,
      name: "wmiprvse.exe",
      at: T0,
      begun: true,
    });
  });

  it("is the first record if the entity id contains no time, or one after that record", () => {
    const first = { pid: 7, name: "wmiprvse.exe", at: T0 + 5000, begun: false };
    expect(positionOf(entityRow("sensor-1", { observed }))).toEqual(first);
    expect(positionOf(entityRow(guid(T0 + 9000, 1), { observed }))).toEqual(first);
    const ends = [end({ at: 3000, side: "agent", pid: 7, executable: CMD })];
    expect(positionOf(entityRow("sensor-1", { observed, ends }))).toMatchObject({ at: T0 + 3000, name: "cmd.exe" });
  });

  it("has no time for a placeholder", () => {
    const named = { pid: 4, executable: CMD };
    expect(positionOf({ facts: { starts: [], ends: [], named } })).toEqual({
      pid: 4,
      name: "cmd.exe",
      at: undefined,
      begun: false,
    });
  });
});
