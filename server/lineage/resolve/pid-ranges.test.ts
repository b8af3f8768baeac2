import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, end, HOST, rowOf } from "../../../test/factories/facts.ts";
import { NO_FACTS } from "../process-facts.ts";
import { changedRanges, exitRanges, historyProbes, mergeRanges, type PidRange, widened } from "./pid-ranges.ts";

const range = (from: number, to: number, given: Partial<PidRange> = {}): PidRange => ({
  host: HOST,
  pid: 1,
  from,
  to,
  open: false,
  ...given,
});

describe("where answers can change", () => {
  it("is around the start of a row and of its possible duplicate, and after an exit", () => {
    expect(changedRanges([rowOf(agentStart({ pid: 1, entityId: "a" }))])).toEqual([
      range(T0 - 4000, T0 + 4000, { open: true }),
    ]);
    expect(exitRanges([end({ pid: 1 }), end({})])).toEqual([range(T0, T0 + 4000)]);
  });

  it("is nowhere for rows without a pid and for placeholders", () => {
    const placeholder = {
      key: "p",
      kind: "placeholder",
      host: HOST,
      facts: { ...NO_FACTS, named: { pid: 1 } },
    } as const;
    expect(changedRanges([rowOf(agentStart({ entityId: "a" })), placeholder])).toEqual([]);
  });

  it("reaches until the second start after it, and back to the second before if a start may be earlier", () => {
    const around = { before: [900, 800], after: [2000, 3000] };
    expect(widened(range(1000, 1000), around)).toEqual(range(1000 - 7000, 3000 + 7000));
    expect(widened(range(1000, 1000, { open: true }), around)).toMatchObject({ from: 800 - 7000, to: 3000 + 7000 });
  });

  it("has no bound without starts around it", () => {
    const { from, to } = widened(range(T0, T0, { open: true }), { before: [T0 - 1], after: [] });
    expect([from < 0, Number.isSafeInteger(from), to > T0 * 1000, Number.isSafeInteger(to)]).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });
});

describe("ranges of one pid", () => {
  it("are joined if they overlap", () => {
    const other = range(5, 6, { pid: 2 });
    expect(mergeRanges([range(10, 20), other, range(1, 3), range(20, 30, { open: true })])).toEqual([
      range(1, 3),
      range(10, 30, { open: true }),
      other,
    ]);
  });

  it("are loaded with referrers if they changed, otherwise at the moments of questions", () => {
    expect(historyProbes([range(10, 20)], [range(15, 15), range(25, 25), range(15, 15, { pid: 2 })])).toEqual([
      { host: HOST, pid: 1, from: 10, to: 20, referrers: true },
      { host: HOST, pid: 1, from: 25, to: 25, referrers: false },
      { host: HOST, pid: 2, from: 15, to: 15, referrers: false },
    ]);
  });
});
