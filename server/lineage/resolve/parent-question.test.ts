import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, entityRow, HOST, rowOf, securityStart, WMI } from "../../../test/factories/facts.ts";
import { entityKey } from "../keys.ts";
import { NO_FACTS } from "../process-facts.ts";
import { isSettled, parentQuestion } from "./parent-question.ts";

const agent = rowOf(agentStart({ pid: 2, entityId: "b", parentEntityId: "a", parentPid: 1 }));
const security = rowOf(securityStart({ at: 400, pid: 2, parentPid: 1, parentExecutable: WMI }));

describe("how a parent is identified", () => {
  it("is the entity id if a record contains one, of the row or of its duplicate", () => {
    const answer = { kind: "entity", key: entityKey(HOST, "a") };
    expect(parentQuestion(agent, security)).toEqual(answer);
    expect(parentQuestion({ ...security, kind: "entity" }, agent)).toEqual(answer);
  });

  it("is pid and path otherwise, at the time of the record that contains the pid", () => {
    expect(parentQuestion(security, undefined)).toEqual({
      kind: "pid",
      pid: 1,
      time: T0 + 400,
      side: "security",
      executable: WMI,
    });
  });

  it("is pid and the path of another record if the first has none", () => {
    const lost = rowOf(agentStart({ entityId: "b", pid: 2, parentPid: 1 }));
    expect(parentQuestion(lost, security)).toMatchObject({ time: T0, side: "agent", executable: WMI });
  });

  it.each([
    ["its own entity id", agentStart({ pid: 2, entityId: "b", parentEntityId: "b" })],
    ["its own pid", securityStart({ pid: 2, parentPid: 2, parentExecutable: CMD })],
  ])("is nothing if the record names %s", (_, start) => {
    expect(parentQuestion(rowOf(start), undefined)).toEqual({
      kind: "none",
      why: "The record names the process as its own parent, so the edge was removed.",
    });
  });

  it("is nothing without a start record, or without a parent in it", () => {
    const observed = entityRow("b", { observed: { first: T0 } });
    const placeholder = { ...observed, kind: "placeholder" as const, facts: NO_FACTS };
    expect(
      [observed, placeholder, rowOf(agentStart({ entityId: "b" }))].map((row) => parentQuestion(row, undefined)),
    ).toEqual([
      { kind: "none", why: expect.stringContaining("known only from its activity") },
      { kind: "none", why: expect.stringContaining("known only from other records") },
      { kind: "none", why: "No record names the parent process." },
    ]);
  });
});

describe("a parent is settled", () => {
  const key = entityKey(HOST, "a");

  it("if the edge was made by the entity id in the row's own record", () => {
    expect(isSettled({ ...agent, parent: { key, basis: "entity" } })).toBe(true);
    expect(isSettled({ ...agent, parent: { key, basis: "pid-time" } })).toBe(false);
    expect(isSettled(agent)).toBe(false);
    expect(isSettled({ ...security, parent: { key, basis: "pid-time" } })).toBe(false);
  });
});
