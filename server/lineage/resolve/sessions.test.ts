import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { HOST, logon } from "../../../test/factories/facts.ts";
import { sessionKey } from "../keys.ts";
import { sessionAt, sessionsOf } from "./sessions.ts";

const DAY = 86_400_000;
const ID = { host: HOST, logonId: "0x1" };
const user = { name: "alice" };

describe("the sessions of a logon id", () => {
  it("are one with its opening, its end and its privileges", () => {
    const opened = logon({ user });
    const facts = [logon({ at: 9000, what: "closed" }), logon({ at: 1, what: "privileged" }), opened];
    expect(sessionsOf(ID, facts)).toEqual([
      { ...ID, key: sessionKey(HOST, "0x1"), opened, closed: T0 + 9000, privileged: true, user },
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

describe("the session of a process", () => {
  const sessions = sessionsOf(ID, [logon(), logon({ at: DAY })]);

  it("is the last one opened before its start, within the tolerance for clocks", () => {
    const at = (time: number) => sessions.findIndex((session) => session === sessionAt(sessions, T0 + time));
    expect([at(1000), at(DAY - 6000), at(DAY - 4000), at(DAY + 1000)]).toEqual([0, 0, 1, 1]);
  });

  it("is the first one if it started before all of them", () => {
    expect(sessionAt(sessions, T0 - DAY)).toBe(sessions[0]);
    expect(sessionAt([], T0)).toBeUndefined();
  });
});
