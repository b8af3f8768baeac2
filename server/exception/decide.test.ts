import { describe, expect, it } from "vitest";
import { exception } from "../../test/factories/alerts.ts";
import { sysmonStart } from "../../test/factories/events.ts";
import { activeExceptions } from "./active.ts";
import { decide, type Evidence, type Role, recordEvidence } from "./decide.ts";
import { noLists } from "./lists.ts";

const NOW = Date.UTC(2024, 4, 6);

/** Active exceptions for one user each, in this order. */
function exceptionsFor(...users: readonly (readonly [user: string, mode: "enforced" | "shadow"])[]) {
  const records = users.map(([value, mode], index) =>
    exception({
      id: `exception-${index + 1}`,
      mode,
      entries: [{ type: "match", field: "user.name", value, operator: "included", case: "sensitive" }],
    }),
  );
  return activeExceptions(records, NOW, { rules: new Map(), lists: noLists }).forRule("rule-1");
}

function evidence(id: string, role: Role, user: string): Evidence {
  return { event: { ...event, id, fields: { "user.name": user } }, role, subject: id };
}

const event = sysmonStart({ time: NOW });

const alice = exceptionsFor(["alice", "enforced"]);

function summary({ outcome, left, hidden, hits }: ReturnType<typeof decide>) {
  const named = ({ evidence: { event }, exception: { record } }: (typeof hits)[number]) => `${event.id} ${record.id}`;
  return { outcome, left: left.map(({ event }) => event.id), hidden: hidden.map(named), hits: hits.map(named) };
}

describe("what exceptions hide", () => {
  it("is nothing without an exception in the scope of the rule", () => {
    const decision = decide([evidence("1", "start", "alice")], []);
    expect(summary(decision)).toEqual({ outcome: "raise", left: ["1"], hidden: [], hits: [] });
  });

  it("is every record of a process start when one of them matches", () => {
    const records = [evidence("1", "start", "alice"), evidence("2", "start", "HOST-A$")];
    expect(summary(decide(records, alice))).toEqual({
      outcome: "hide",
      left: [],
      hidden: ["1 exception-1", "2 exception-1"],
      hits: ["1 exception-1"],
    });
  });

  it("is a record of a process start whose other record was hidden before, without another hit", () => {
    const decision = decide([evidence("2", "start", "HOST-A$")], alice, ["exception-1"]);
    expect(summary(decision)).toEqual({ outcome: "hide", left: [], hidden: ["2 exception-1"], hits: [] });
  });

  it("is any other record only when it matches itself", () => {
    const records = [evidence("1", "start", "alice"), evidence("2", "record", "bob"), evidence("3", "record", "alice")];
    expect(summary(decide(records, alice))).toEqual({
      outcome: "raise",
      left: ["2"],
      hidden: ["1 exception-1", "3 exception-1"],
      hits: ["1 exception-1", "3 exception-1"],
    });
    expect(decide([evidence("2", "record", "bob")], alice, ["exception-1"]).outcome).toBe("raise");
  });

  it("is a sequence as soon as one of its events matches", () => {
    const members = [evidence("1", "member", "alice"), evidence("2", "member", "bob")];
    expect(summary(decide(members, alice))).toMatchObject({ outcome: "hide", left: ["2"], hits: ["1 exception-1"] });
  });

  it("is left to the rule where it counts", () => {
    const counted = [evidence("1", "counted", "alice"), evidence("2", "counted", "bob")];
    expect(summary(decide(counted, alice))).toMatchObject({ outcome: "recount", left: ["2"] });
    expect(decide(counted.slice(1), alice).outcome).toBe("raise");
  });

  it("is hidden by the first of several exceptions, and counted for each that matches a record", () => {
    const both = exceptionsFor(["alice", "enforced"], ["alice", "enforced"]);
    expect(summary(decide([evidence("1", "record", "alice")], both))).toEqual({
      outcome: "hide",
      left: [],
      hidden: ["1 exception-1"],
      hits: ["1 exception-1", "1 exception-2"],
    });
    expect(summary(decide([evidence("1", "member", "alice")], both)).hits).toEqual(["1 exception-1"]);
  });

  it("is nothing for an exception in shadow mode, which counts each record, but events together once", () => {
    const shadow = exceptionsFor(["alice", "shadow"]);
    const events = (role: Role) => [evidence("1", role, "alice"), evidence("2", role, "alice")];
    expect(summary(decide(events("record"), shadow))).toEqual({
      outcome: "raise",
      left: ["1", "2"],
      hidden: [],
      hits: ["1 exception-1", "2 exception-1"],
    });
    expect(summary(decide(events("member"), shadow)).hits).toEqual(["1 exception-1"]);
    expect(summary(decide(events("counted"), shadow)).hits).toEqual(["1 exception-1"]);
  });
});

describe("the evidence that a record is", () => {
  const fields = { "event.category": ["process"], "event.type": ["start"] };

  it("counts a process start once per process, any other record on its own", () => {
    const start = { ...event, id: "1", fields };
    expect(recordEvidence(start, "process-1")).toMatchObject({ role: "start", subject: "process-1" });
    expect(recordEvidence(start, undefined)).toMatchObject({ role: "start", subject: "1" });
    const other = { ...start, fields: { ...fields, "event.type": ["end"] } };
    expect(recordEvidence(other, "process-1")).toMatchObject({ role: "record", subject: "1" });
  });
});
