import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { HOST, logon } from "../../../test/factories/facts.ts";
import { sessionKey } from "../keys.ts";
import type { LogonUse } from "./logon-uses.ts";
import { sessionAt, sessionsOf } from "./sessions.ts";

const DAY = 86_400_000;
const ID = { host: HOST, logonId: "0x1" };
const user = { name: "alice" };

describe("the sessions of a logon id", () => {
  it("are one with its opening, its end and its privileges", () => {
    const opened = logon({ user });
    const facts = [logon({ at: 9000, what: "closed" }), logon({ at: 1, what: "privileged" }), opened];
    expect(sessionsOf(ID, facts)).toEqual([
      {
        ...ID,
        key: sessionKey(HOST, "0x1"),
        opened,
        closed: T0 + 9000,
        privileged: true,
        user,
        usedBy: "alice",
        uses: [],
      },
    ]);
  });

  it("are one if the opening was not recorded", () => {
    expect(sessionsOf(ID, [])).toMatchObject([{ key: sessionKey(HOST, "0x1"), opened: undefined }]);
    expect(sessionsOf(ID, [logon({ what: "closed" })])).toMatchObject([{ closed: T0 }]);
  });

  it("are one if the opening was recorded twice within seconds", () => {
    expect(sessionsOf(ID, [logon(), logon({ at: 2000 })])).toHaveLength(1);
  });

  it("are several if the id was opened again, each with its own end; the key of the first has no time", () => {
    const facts = [
      logon(),
      logon({ at: 9000, what: "closed" }),
      logon({ at: DAY }),
      logon({ at: DAY, what: "privileged" }),
    ];
    expect(sessionsOf(ID, facts.toReversed())).toMatchObject([
      { key: sessionKey(HOST, "0x1"), closed: T0 + 9000, privileged: false },
      { key: sessionKey(HOST, "0x1", T0 + DAY), closed: undefined, privileged: true },
    ]);
  });

  it("are one for ever for the accounts of services", () => {
    expect(sessionsOf({ host: HOST, logonId: "0x3e7" }, [logon(), logon({ at: DAY })])).toEqual([
      {
        host: HOST,
        logonId: "0x3e7",
        key: sessionKey(HOST, "0x3e7"),
        privileged: false,
        user: { name: "SYSTEM", domain: "NT AUTHORITY" },
      },
    ]);
  });
});

describe("the sessions of a logon id whose logons were not recorded", () => {
  const use = (first: number, given: Partial<LogonUse> = {}): LogonUse => ({
    first: T0 + first,
    last: T0 + first + 1000,
    ...given,
  });
  const keysOf = (...given: Parameters<typeof sessionsOf>) => sessionsOf(...given).map(({ key }) => key);
  const ofFirst = sessionKey(HOST, "0x1");

  it("are one for each logon GUID, whatever the accounts are called", () => {
    const uses = [use(0, { logonGuid: "{A}", user: "alice" }), use(DAY, { logonGuid: "{B}", user: "alice" })];
    expect(keysOf(ID, [], { uses })).toEqual([ofFirst, sessionKey(HOST, "0x1", "{B}")]);
    const renamed = [use(0, { logonGuid: "{A}", last: T0 + DAY, user: "alice" }), use(DAY, { user: "alice" })];
    expect(sessionsOf(ID, [], { uses: renamed, boots: [T0 + 9000] })).toHaveLength(1);
  });

  it("are one for each account, unless there was no time for a boot in between", () => {
    const [alice, bob] = [use(0, { user: "alice" }), use(DAY, { user: "bob" })];
    expect(keysOf(ID, [], { uses: [alice, bob] })).toEqual([ofFirst, sessionKey(HOST, "0x1", T0 + DAY)]);
    expect(sessionsOf(ID, [], { uses: [alice, use(2000, { user: "bob" })] })).toHaveLength(1);
    expect(sessionsOf(ID, [], { uses: [alice, use(DAY)] })).toHaveLength(1);
  });

  it("are two before and after a boot, which begins the second, also within one period of use", () => {
    const boots = [T0 + 5000];
    const apart = [use(0, { user: "alice" }), use(DAY, { user: "alice" })];
    expect(sessionsOf(ID, [], { uses: apart, boots })).toMatchObject([{ from: undefined }, { from: T0 + 5000 }]);
    const joined = [use(0, { user: "alice", last: T0 + 9000 })];
    expect(sessionsOf(ID, [], { uses: joined, boots })).toMatchObject([{ from: undefined }, { from: T0 + 5000 }]);
    expect(sessionsOf(ID, [], { uses: apart, boots: [T0 - 1, T0 + 2 * DAY] })).toHaveLength(1);
  });

  it("have the logon that a late record adds: each the one before its first process", () => {
    const uses = [use(0, { logonGuid: "{A}", user: "alice" }), use(DAY, { logonGuid: "{B}", user: "bob" })];
    const [first, second] = [logon({ at: -60_000, user }), logon({ at: DAY - 60_000, user: { name: "bob" } })];
    expect(sessionsOf(ID, [second], { uses })).toMatchObject([
      { logonGuid: "{A}", opened: undefined },
      { logonGuid: "{B}", opened: second },
    ]);
    expect(sessionsOf(ID, [second, first], { uses })).toMatchObject([
      { logonGuid: "{A}", opened: first },
      { logonGuid: "{B}", opened: second },
    ]);
  });

  it("decide by GUID, then by account and time, where a process belongs", () => {
    const uses = [use(0, { logonGuid: "{A}", user: "alice" }), use(DAY, { logonGuid: "{B}", user: "bob" })];
    const sessions = sessionsOf(ID, [], { uses });
    const at = (time: number, given: Partial<LogonUse> = {}) =>
      sessions.findIndex((session) => session === sessionAt(sessions, { time: T0 + time, ...given }));
    expect(at(2 * DAY, { logonGuid: "{A}" })).toBe(0);
    expect(at(0, { logonGuid: "{B}" })).toBe(1);
    expect([at(1), at(2 * DAY), at(2 * DAY, { user: "alice" })]).toEqual([0, 1, 0]);
  });
});

describe("the session of a process", () => {
  const sessions = sessionsOf(ID, [logon(), logon({ at: DAY })]);

  it("is the last one opened before its start, within the tolerance for clocks", () => {
    const at = (time: number) => sessions.findIndex((session) => session === sessionAt(sessions, { time: T0 + time }));
    expect([at(1000), at(DAY - 6000), at(DAY - 4000), at(DAY + 1000)]).toEqual([0, 0, 1, 1]);
  });

  it("is the first one if it started before all of them", () => {
    expect(sessionAt(sessions, { time: T0 - DAY })).toBe(sessions[0]);
    expect(sessionAt([], { time: T0 })).toBeUndefined();
  });
});
