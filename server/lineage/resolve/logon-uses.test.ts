import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import { agentStart, HOST, securityStart } from "../../../test/factories/facts.ts";
import { type LogonUse, logonUseOf, mergeUses, sessionUser } from "./logon-uses.ts";

const HOUR = 3_600_000;

const use: fc.Arbitrary<LogonUse> = fc
  .record({
    at: fc.integer({ min: 0, max: 20 }).map((step) => step * 1_700_000),
    logonGuid: fc.constantFrom(undefined, "{A}", "{B}"),
    user: fc.constantFrom(undefined, "alice", "bob"),
  })
  .map(({ at, ...who }) => ({ ...who, first: at, last: at }));

describe("uses of a logon id", () => {
  it("are the same however they were joined before", () => {
    fc.assert(
      fc.property(fc.array(use), fc.array(use), (some, others) => {
        const all = mergeUses([...others, ...some]);
        expect(mergeUses([...mergeUses(some), ...others])).toEqual(all);
        expect(JSON.stringify(mergeUses(JSON.parse(JSON.stringify(all))))).toBe(JSON.stringify(all));
      }),
    );
  });

  it("are one period for each GUID, and for each account while there is no long pause", () => {
    const times = [0, HOUR / 2, HOUR, 3 * HOUR];
    const guided = times.map((first) => ({ logonGuid: "{A}", first, last: first }));
    const alice = times.map((first) => ({ user: "alice", first, last: first }));
    expect(mergeUses([...guided, ...alice])).toEqual([
      { user: "alice", first: 0, last: HOUR },
      { logonGuid: "{A}", first: 0, last: 3 * HOUR },
      { user: "alice", first: 3 * HOUR, last: 3 * HOUR },
    ]);
  });

  it("have the account of the session, which Security 4688 does not tell if the token is another's", () => {
    const user = { name: "alice", domain: "CORP" };
    expect(logonUseOf(agentStart({ user, logonGuid: "{A}" }))).toEqual({
      logonGuid: "{A}",
      user: "alice",
      first: T0,
      last: T0,
    });
    expect(logonUseOf(securityStart({ user, creator: { name: "HOST-A$" } })).user).toBeUndefined();
  });

  it("compare accounts by name, and tell those of the host from those of a domain", () => {
    const of = (name: string, domain?: string) => sessionUser(HOST, { name, domain });
    expect([of("Alice", "CORP"), of("alice@corp.example"), of("ALICE", "corp.example")]).toEqual(
      Array(3).fill("alice"),
    );
    expect([of("alice", "HOST-A"), of("", "CORP"), sessionUser(HOST, undefined)]).toEqual([
      ".\\alice",
      undefined,
      undefined,
    ]);
  });
});
