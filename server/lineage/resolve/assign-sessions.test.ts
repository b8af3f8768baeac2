import { describe, expect, it } from "vitest";
import { agentStart, HOST, logon, rowOf, securityStart } from "../../../test/factories/facts.ts";
import { sessionKey } from "../keys.ts";
import type { ProcessRow } from "../process-row.ts";
import type { StoredLogon } from "../tables.ts";
import { assignSessions, namedLogons, resolveSessions, sessionFacts } from "./assign-sessions.ts";
import { sessionsOf } from "./sessions.ts";

const DAY = 86_400_000;
const ID = { host: HOST, logonId: "0x1" };
const [first, second] = [logon({ id: "4624-1" }), logon({ id: "4624-2", at: DAY })];
const stored = (...facts: StoredLogon["facts"]): StoredLogon => ({ facts, sessions: sessionsOf(ID, facts) });

const news = (...logons: StoredLogon["facts"]) => ({ logons, uses: new Map() });
const only = (row: ProcessRow) => ({ row, duplicate: undefined });

const row = (at: number, given: Partial<ProcessRow> = {}) =>
  rowOf(agentStart({ at, entityId: `at-${at}`, logonId: "0x1" }), given);

describe("logon ids to resolve", () => {
  it("are those of logon records and of start records, each once, also of hidden rows", () => {
    const hidden = rowOf(securityStart({ logonId: "0x2" }), { mergedInto: "a" });
    const processes = [
      { row: row(0), duplicate: hidden },
      { row: hidden, duplicate: undefined },
      { row: rowOf(agentStart({ entityId: "b" })), duplicate: rowOf(securityStart({ logonId: "0x3" })) },
    ];
    expect(namedLogons(processes, [first]).map(({ logonId }) => logonId)).toEqual(["0x1", "0x2", "0x3"]);
  });

  it("need no stored facts for the accounts of services", () => {
    expect(sessionFacts([first, logon({ logonId: "0x3e7" })])).toEqual([first]);
  });
});

describe("sessions", () => {
  it("are resolved from stored and new facts; a fact that is stored already changes nothing", () => {
    const again = logon({ id: "4624-1", at: 5 });
    expect(resolveSessions([ID], [stored(first)], news(again))).toMatchObject({ changed: [], split: [] });
    expect(resolveSessions([ID], [{ facts: [], sessions: [] }], news(first))).toMatchObject({
      changed: [{ ...ID, sessions: sessionsOf(ID, [first]) }],
      split: [],
    });
  });

  it("are split when a logon id turns out to have been opened twice", () => {
    const { changed, split, logonIdOf } = resolveSessions([ID], [stored(first)], news(second));
    expect(changed[0]?.sessions).toHaveLength(2);
    expect(split).toEqual([ID]);
    expect(logonIdOf).toEqual(new Map([[sessionKey(HOST, "0x1"), "0x1"]]));
  });
});

describe("processes", () => {
  const sessions = resolveSessions([ID], [stored(first)], news(second));
  const [firstKey, secondKey] = [sessionKey(HOST, "0x1"), sessionKey(HOST, "0x1", second.time)];
  const keysOf = (rows: readonly ProcessRow[]) => rows.map(({ entityId, sessionKey: key }) => [entityId, key]);

  it("are put into the session that was open at their start", () => {
    const processes = [row(1000), row(DAY + 1000)].map((one) => ({ row: one, duplicate: undefined }));
    expect(keysOf(assignSessions(processes, [], sessions))).toEqual([
      ["at-1000", firstKey],
      [`at-${DAY + 1000}`, secondKey],
    ]);
  });

  it("have the session in the agent's record, else the one in the Security record", () => {
    const lost = rowOf(agentStart({ entityId: "lost" }));
    const duplicate = rowOf(securityStart({ logonId: "0x1" }));
    expect(keysOf(assignSessions([{ row: lost, duplicate }], [], sessions))).toEqual([["lost", firstKey]]);
  });

  it("move when their session is split, unless they are resolved anyway", () => {
    const members = [row(2000, { sessionKey: firstKey }), row(DAY + 2000, { sessionKey: firstKey })];
    expect(keysOf(assignSessions([], members.map(only), sessions))).toEqual([[`at-${DAY + 2000}`, secondKey]]);
    const resolved = members.map((one) => ({ row: { ...one, sessionKey: secondKey }, duplicate: undefined }));
    expect(keysOf(assignSessions(resolved, members.map(only), sessions))).toEqual([["at-2000", firstKey]]);
  });

  it("without a logon id leave their session, and hidden rows have none", () => {
    const left = rowOf(agentStart({ entityId: "left" }), { sessionKey: firstKey });
    const hidden = row(0, { mergedInto: "a" });
    const processes = [left, hidden].map((one) => ({ row: one, duplicate: undefined }));
    expect(keysOf(assignSessions(processes, [only(hidden)], sessions))).toEqual([["left", undefined]]);
  });
});
