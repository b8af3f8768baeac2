import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, end, entityRow, rowOf, securityStart, WMI } from "../../../test/factories/facts.ts";
import type { EndFact, StartFact } from "../facts.ts";
import type { ProcessRow } from "../process-row.ts";
import { boundaryBefore, holderAt, type Reference, timelineOf } from "./timeline.ts";

const PID = 10;
const DAY = 86_400_000;

const start = (at: number, given: Partial<StartFact> = {}) => rowOf(securityStart({ at, pid: PID, ...given }));

/** A row that names the process by pid, from the Security log unless said otherwise. */
const reference = (at: number, given: Partial<Reference> = {}): Reference => ({
  time: T0 + at,
  side: "security",
  executable: CMD,
  ...given,
});

function ask(rows: readonly ProcessRow[], exits: readonly EndFact[], at: number, given: Partial<Reference> = {}) {
  return holderAt(timelineOf(PID, rows, exits), reference(at, given));
}

describe("the holder of a pid at a time", () => {
  const [first, second] = [start(0), start(60_000)];

  it("is the latest process that started before, however often the pid is reused", () => {
    expect(ask([second, first], [], 30_000)).toEqual({ kind: "found", key: first.key });
    expect(ask([second, first], [], 90_000)).toEqual({ kind: "found", key: second.key });
  });

  it("is unknown before the first start and after an exit, with the boundary of that period", () => {
    expect(ask([first], [], -10_000)).toEqual({ kind: "unknown", boundary: undefined });
    expect(ask([first], [end({ at: 10_000, pid: PID })], 20_000)).toEqual({ kind: "unknown", boundary: T0 + 10_000 });
  });

  it("has the name of the reference, if both are known", () => {
    expect(ask([first], [], 5000, { executable: WMI })).toEqual({ kind: "unknown", boundary: T0 });
    expect(ask([first], [], 5000, { executable: undefined })).toEqual({ kind: "found", key: first.key });
  });

  it("is not the process that refers", () => {
    expect(ask([first, second], [], 60_000, { self: second.key })).toEqual({ kind: "found", key: first.key });
  });

  it("is the process that had not ended, within the tolerance for the clocks of two logs", () => {
    const exit = end({ at: 10_000, pid: PID });
    expect(ask([first], [exit], 12_000, { side: "agent" })).toEqual({ kind: "found", key: first.key });
    expect(ask([first], [exit], 12_000)).toMatchObject({ kind: "unknown" });
  });

  it("is ambiguous if two match within the tolerance for the clocks of two logs", () => {
    const next = rowOf(agentStart({ at: 20_000, pid: PID }));
    expect(ask([first, next], [], 21_000)).toEqual({
      kind: "ambiguous",
      key: next.key,
      candidates: [next.key, first.key],
    });
    // Within one log the order of times is reliable.
    expect(ask([first, next], [], 21_000, { side: "agent" })).toEqual({ kind: "found", key: next.key });
  });

  it("is ambiguous if processes started at the same moment and one of them may still run", () => {
    const [one, other] = [start(0, { commandLine: "a" }), start(0, { commandLine: "b" })];
    const answer = ask([one, other], [end({ at: 1000, pid: PID })], 9000);
    expect(answer).toMatchObject({ kind: "ambiguous", candidates: [one.key, other.key].toSorted() });
  });

  it("is in doubt if it started more than a week before and its end is not known", () => {
    expect(ask([first], [], 6 * DAY)).toEqual({ kind: "found", key: first.key });
    expect(ask([first], [], 8 * DAY)).toEqual({
      kind: "ambiguous",
      key: first.key,
      candidates: [first.key],
      doubt: "age",
    });
  });

  it("may be a process whose start was not recorded, if its name matches", () => {
    const observed = { first: T0 + 5000, pid: PID, executable: CMD };
    const seen = entityRow("sensor-1", { observed });
    expect(ask([seen], [], 1000)).toEqual({ kind: "found", key: seen.key });
    expect(ask([seen], [], 1000, { executable: undefined })).toMatchObject({ kind: "unknown" });
    expect(ask([seen], [], 9000, { executable: undefined })).toMatchObject({ kind: "ambiguous" });
  });

  it("is known under one key by both of its records", () => {
    const agent = rowOf(agentStart({ at: 0, pid: PID, entityId: "a" }));
    const security = { ...start(400), mergedInto: agent.key };
    const joined = { ...agent, duplicate: security.key };
    expect(timelineOf(PID, [joined, security], []).holders.map(({ key, sides }) => [key, new Set(sides)])).toEqual([
      [agent.key, new Set(["agent", "security"])],
      [agent.key, new Set(["agent", "security"])],
    ]);
  });
});

describe("the exit of a process", () => {
  it("is the first one with its name after its start, before the pid is reused", () => {
    const [first, second] = [start(0), start(60_000)];
    const [early, repeated, other, late] = [
      end({ at: 10_000, pid: PID }),
      end({ at: 11_000, pid: PID }),
      end({ at: 12_000, pid: PID, executable: WMI }),
      end({ at: 70_000, pid: PID }),
    ];
    const { owners } = timelineOf(PID, [second, first], [late, other, repeated, early]);
    expect(owners).toEqual(
      new Map([
        [early.source.eventId, first.key],
        [late.source.eventId, second.key],
      ]),
    );
  });

  it("agrees with the exit that contains the entity id", () => {
    const own = end({ at: 30_000, side: "agent", pid: PID, entityId: "a" });
    const row = rowOf(agentStart({ pid: PID, entityId: "a" }));
    const known = { ...row, facts: { ...row.facts, ends: [own] } };
    const [wrong, right] = [end({ at: 10_000, pid: PID }), end({ at: 31_000, pid: PID })];
    expect([...timelineOf(PID, [known], [wrong, right]).ended]).toEqual([[row.key, right]]);
  });
});

describe("the boundary before a time", () => {
  it("is the last start or exit up to it, except the exit in question", () => {
    const exits = [end({ id: "one", at: 10_000, pid: PID }), end({ id: "two", at: 20_000, pid: PID })];
    const timeline = timelineOf(PID, [start(0)], exits);
    expect(boundaryBefore(timeline, T0 - 1)).toBeUndefined();
    expect(boundaryBefore(timeline, T0 + 5000)).toBe(T0);
    expect(boundaryBefore(timeline, T0 + 25_000)).toBe(T0 + 20_000);
    expect(boundaryBefore(timeline, T0 + 20_000, "two")).toBe(T0 + 10_000);
  });
});
