import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, end, HOST, rowOf, securityStart } from "../../../test/factories/facts.ts";
import type { EndFact } from "../facts.ts";
import { placeholderKey } from "../keys.ts";
import type { ProcessRow } from "../process-row.ts";
import type { ExitRow } from "../tables.ts";
import { assignExits, exitNow, type PidTimeline } from "./assign-exits.ts";
import { timelineOf } from "./timeline.ts";

const PID = 10;

/** The history of the pid within a range, given in milliseconds after `T0`. */
function history(rows: readonly ProcessRow[], exits: readonly ExitRow[], from = -60_000, to = 60_000): PidTimeline {
  const facts = exits.map(({ fact }) => fact);
  return {
    probe: { host: HOST, pid: PID, from: T0 + from, to: T0 + to, referrers: true },
    timeline: timelineOf(PID, rows, facts),
    exits,
  };
}

const exitAt = (at: number, given: Partial<EndFact> = {}) => end({ id: `exit-${at}`, at, pid: PID, ...given });

describe("exits by pid", () => {
  const process = rowOf(securityStart({ pid: PID }));

  it("end the process that held the pid", () => {
    const exit = exitAt(9000);
    const { owners, exitOf, changed, moved, placeholders } = assignExits([history([process], [{ fact: exit }])]);
    expect(owners).toEqual(new Map([["exit-9000", process.key]]));
    expect(exitOf).toEqual(new Map([[process.key, exit]]));
    expect(changed).toEqual([{ fact: exit, processKey: process.key }]);
    expect([moved, placeholders]).toEqual([[], []]);
  });

  it("end a placeholder if nobody is known to have held the pid, one per period between two uses of it", () => {
    const [before, after] = [exitAt(-9000), exitAt(-5000)];
    const { owners, placeholders } = assignExits([history([process], [{ fact: before }, { fact: after }])]);
    expect([...owners.values()]).toEqual([
      placeholderKey(HOST, PID, CMD, undefined),
      placeholderKey(HOST, PID, CMD, before.time),
    ]);
    expect(placeholders.map(({ facts }) => facts.named)).toEqual([
      { pid: PID, executable: CMD },
      { pid: PID, executable: CMD },
    ]);
  });

  it("move when another process turns out to have held the pid", () => {
    const exit = exitAt(90_000);
    const late = rowOf(securityStart({ at: 60_000, pid: PID }));
    const { changed, moved } = assignExits([
      history([process, late], [{ fact: exit, processKey: process.key }], -60_000, 99_000),
    ]);
    expect(changed).toEqual([{ fact: exit, processKey: late.key }]);
    expect(moved).toEqual([{ exit, from: process.key, to: late.key }]);
  });

  it("outside the range are context and stay as they are", () => {
    const exit = exitAt(9000);
    expect(assignExits([history([process], [{ fact: exit }], 10_000, 20_000)])).toMatchObject({
      owners: new Map(),
      changed: [],
      placeholders: [],
    });
  });
});

describe("the exit of a row", () => {
  const [one, other] = [exitAt(1000), exitAt(2000)];
  const row = (exit?: EndFact) => ({ ...rowOf(agentStart({ pid: PID, entityId: "a" })), exit });
  const { key } = row();

  it("is the one assigned to it, the earliest if there are several", () => {
    const assigned = { owners: new Map([["exit-1000", key]]), exitOf: new Map([[key, one]]) };
    expect(exitNow(row(), assigned)).toBe(one);
    expect(exitNow(row(other), assigned)).toBe(one);
  });

  it("is none once that belongs to another process", () => {
    expect(exitNow(row(one), { owners: new Map([["exit-1000", "another"]]), exitOf: new Map() })).toBeUndefined();
  });

  it("stays if it was not looked at", () => {
    expect(exitNow(row(one), { owners: new Map(), exitOf: new Map() })).toBe(one);
  });
});
