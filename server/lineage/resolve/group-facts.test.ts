import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { T0 } from "../../../test/factories/events.ts";
import {
  activity,
  agentStart,
  CMD,
  end,
  eventFacts,
  HOST,
  logon,
  securityStart,
  WMI,
} from "../../../test/factories/facts.ts";
import type { Fact } from "../facts.ts";
import { entityKey, startKey } from "../keys.ts";
import { groupFacts } from "./group-facts.ts";

const SID = "S-1-5-21-1-2-3-1104";
const group = (...facts: readonly Fact[]) => groupFacts(eventFacts(facts));

describe("a batch of facts", () => {
  it("is grouped by process: by entity id, or by the start record without one", () => {
    const [agent, security] = [agentStart({ entityId: "a" }), securityStart({ pid: 1 })];
    const exit = end({ side: "agent", entityId: "a" });
    const { rows, about } = group(agent, security, exit);
    expect([...rows.values()]).toMatchObject([
      { key: entityKey(HOST, "a"), kind: "entity", entityId: "a", facts: { starts: [agent], ends: [exit] } },
      { key: startKey(security), kind: "start", facts: { starts: [security], ends: [] } },
    ]);
    expect(about.get(exit.source.eventId)).toBe(entityKey(HOST, "a"));
  });

  it("contains what a start shows about the parent, unless it names itself", () => {
    const child = agentStart({
      entityId: "b",
      parentEntityId: "a",
      parentPid: 1,
      parentExecutable: WMI,
      parentUser: "u",
    });
    expect(group(child).rows.get(entityKey(HOST, "a"))?.facts).toMatchObject({
      starts: [],
      inferred: { first: T0, pid: 1, executable: WMI, user: "u" },
    });
    expect(group(agentStart({ entityId: "a", parentEntityId: "a" })).rows.size).toBe(1);
  });

  it("sums up the activity of each process", () => {
    const facts = [
      activity({ at: 9000, counter: "network", pid: 7, executable: WMI, user: { name: "bob" } }),
      activity({ at: 5000, counter: "network", pid: 5, executable: CMD, user: { name: "alice" } }),
      activity({ at: 7000, counter: "dns" }),
      activity({ at: 8000 }),
    ];
    const { rows, activity: counts, about } = group(...facts);
    const key = entityKey(HOST, "a");
    expect(rows.get(key)?.facts.observed).toEqual({
      first: T0 + 5000,
      pid: 5,
      executable: CMD,
      user: { name: "alice" },
    });
    expect(counts.get(key)).toMatchObject({ network: 2, dns: 1, file: 0 });
    expect([...about.values()]).toEqual([key, key, key, key]);
  });

  it("lists exits without an entity id and logons", () => {
    const [exit, opened] = [end({ pid: 1 }), logon()];
    expect(group(exit, opened)).toMatchObject({ exits: [exit], logons: [opened], rows: new Map() });
  });

  it("contains the period in which a host had an address", () => {
    const at = (time: number, address?: string) => activity({ at: time, address });
    expect(group(at(5000, "10.0.0.5"), at(0, "10.0.0.5"), at(9000), at(1, "10.0.0.6")).addresses).toEqual([
      { host: HOST, address: "10.0.0.5", first: T0, last: T0 + 5000 },
      { host: HOST, address: "10.0.0.6", first: T0 + 1, last: T0 + 1 },
    ]);
  });

  it("contains each pair of account and SID once", () => {
    const user = { name: "Ann", domain: "CORP", id: SID };
    const creator = { name: "SYSTEM", id: "S-1-5-18" };
    expect(group(agentStart({ entityId: "a", user, creator }), logon({ user })).accounts).toEqual([
      { userKey: "corp\\ann", sid: SID.toLowerCase(), source: expect.anything() },
    ]);
  });

  it("gives the same groups in any order", () => {
    const facts: readonly Fact[] = [
      agentStart({ at: 5, id: "1", entityId: "b", parentEntityId: "a", parentPid: 1 }),
      agentStart({ at: 7, id: "2", entityId: "c", parentEntityId: "a", parentExecutable: WMI }),
      activity({ at: 3, pid: 9, user: { name: "b" } }),
      activity({ at: 9, pid: 1, user: { name: "a" } }),
      activity({ at: 1, executable: CMD }),
      end({ id: "3", side: "agent", entityId: "a" }),
    ];
    const groups = (list: readonly Fact[]) => {
      const { rows, activity: counts } = group(...list);
      return { rows: new Map([...rows].toSorted()), counts };
    };
    fc.assert(
      fc.property(fc.shuffledSubarray([...facts], { minLength: facts.length }), (shuffled) => {
        expect(groups(shuffled)).toEqual(groups(facts));
      }),
    );
  });
});
