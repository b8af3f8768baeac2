import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guid, T0 } from "../../../test/factories/events.ts";
import { agentStart, CMD, entityRow, rowOf, securityStart, WMI } from "../../../test/factories/facts.ts";
import type { StartFact } from "../facts.ts";
import type { ProcessRow } from "../process-row.ts";
import { correlateRecords } from "./correlate-records.ts";

const byKey = (rows: readonly ProcessRow[]) => new Map(rows.map((row) => [row.key, row]));

/** The rows after correlation: [agent, security] keys of each pair. */
function pairsOf(rows: readonly ProcessRow[]) {
  return correlateRecords(byKey(rows)).changed.flatMap(({ key, duplicate }) =>
    duplicate === undefined ? [] : [[key, duplicate]],
  );
}

const agent = (at: number, given: Partial<StartFact> = {}) =>
  rowOf(agentStart({ at, pid: 1, entityId: "a", ...given }));
const security = (at: number, given: Partial<StartFact> = {}) => rowOf(securityStart({ at, pid: 1, ...given }));

describe("the records of two logs", () => {
  it("are one process: the agent's row is shown and the Security row keeps its facts only", () => {
    const [one, other] = [agent(0), { ...security(2100), sessionKey: "s", creatorPid: 4 }];
    const { changed, rekeyed } = correlateRecords(byKey([one, other]));
    const { key, kind, host, facts } = other;
    expect(byKey(changed)).toEqual(
      byKey([
        { ...one, duplicate: key, mergedInto: undefined },
        { key, kind, host, entityId: undefined, facts, mergedInto: one.key },
      ]),
    );
    expect(rekeyed).toEqual(new Map([[key, one.key]]));
  });

  it.each([
    ["more than three seconds apart", agent(0), security(3001)],
    ["of another pid", agent(0), security(0, { pid: 2 })],
    ["of another image", agent(0), security(0, { executable: WMI })],
    ["of another host", agent(0), security(0, { host: "host-b" })],
    ["of one log", agent(0), agent(10, { entityId: "b" })],
  ])("are two processes if they are %s", (_, one, other) => {
    expect(pairsOf([one, other])).toEqual([]);
  });

  it("match by name and time if the agent's record lost its pid, equal command lines first", () => {
    const lost = agent(0, { pid: undefined, commandLine: 'cmd "b"' });
    const near = security(100, { pid: 601, commandLine: "cmd a" });
    const same = security(2000, { pid: 602, commandLine: "cmd  b" });
    expect(pairsOf([lost, near, same])).toEqual([[lost.key, same.key]]);
  });

  it("match the second in an entity id if the agent's start was not recorded", () => {
    const seen = entityRow(guid(T0, 1), { observed: { first: T0 + 9000, pid: 1, executable: CMD } });
    expect(pairsOf([seen, security(3900)])).toHaveLength(1);
    expect(pairsOf([seen, security(4100)])).toEqual([]);
  });

  it("pair one to one, the nearest in time first", () => {
    const [first, second] = [agent(0), agent(2000, { entityId: "b" })];
    const [early, late] = [security(500), security(2200)];
    expect(new Set(pairsOf([first, second, early, late]))).toEqual(
      new Set([
        [first.key, early.key],
        [second.key, late.key],
      ]),
    );
  });

  it("pair the same in any order", () => {
    const start = fc.record({ at: fc.integer({ min: 0, max: 12 }), pid: fc.constantFrom(1, 2, undefined) });
    fc.assert(
      fc.property(fc.array(start, { maxLength: 5 }), fc.array(start, { maxLength: 5 }), (agents, securities) => {
        const rows = [
          ...agents.map(({ at, pid }, index) => agent(at * 700, { pid, entityId: `a-${index}` })),
          ...securities.map(({ at, pid }) => security(at * 700, { pid: pid ?? 1 })),
        ];
        expect(new Set(pairsOf(rows.toReversed()))).toEqual(new Set(pairsOf(rows)));
      }),
    );
  });
});

describe("a row whose duplicate changes", () => {
  it("is shown again if it lost its pair", () => {
    const [one, other] = [agent(0), security(9000)];
    const { changed, rekeyed } = correlateRecords(
      byKey([
        { ...one, duplicate: other.key },
        { ...other, mergedInto: one.key },
      ]),
    );
    expect(changed.map(({ mergedInto, duplicate }) => [mergedInto, duplicate])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(rekeyed).toEqual(new Map());
  });

  it("passes on the placeholders that it referred to", () => {
    const [one, other] = [agent(0), security(400)];
    const replacedPlaceholders = [{ key: "earlier" }, { key: "of-an-exit", exit: "4689" }];
    const child: ProcessRow = {
      ...other,
      parent: { key: "current", basis: "placeholder" },
      facts: { ...other.facts, replacedPlaceholders },
    };
    expect(correlateRecords(byKey([one, child])).reassigned).toEqual([
      { placeholder: "current", by: child.key, to: one.key },
      { placeholder: "earlier", by: child.key, to: one.key },
    ]);
  });

  it("leaves its placeholder to the former duplicate, which may have been the one that referred to it", () => {
    const [one, other] = [agent(0), security(9000)];
    const { reassigned } = correlateRecords(
      byKey([
        { ...one, duplicate: other.key, parent: { key: "current", basis: "placeholder" } },
        { ...other, mergedInto: one.key },
      ]),
    );
    expect(reassigned).toEqual([{ placeholder: "current", by: other.key, to: other.key }]);
  });

  it("is left out if nothing changed", () => {
    const [one, other] = [agent(0), security(400)];
    const paired = [
      { ...one, duplicate: other.key },
      { ...other, mergedInto: one.key },
    ];
    expect(correlateRecords(byKey(paired))).toEqual({ changed: [], rekeyed: new Map(), reassigned: [] });
  });
});
