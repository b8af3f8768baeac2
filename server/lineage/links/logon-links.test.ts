import { describe, expect, it } from "vitest";
import type { Account } from "#contracts/account";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import { guid, logon as logonEvent, sysmonStart, T0 } from "../../../test/factories/events.ts";
import { logon } from "../../../test/factories/facts.ts";
import type { AccountTie } from "../account.ts";
import { accountResolver } from "../account-identity.ts";
import type { HostAddress } from "../addresses.ts";
import { firstLabel } from "../aliases.ts";
import type { LogonFact } from "../facts.ts";
import { aliasesOf, hostGroups } from "../hosts/host-groups.ts";
import { sessionKey } from "../keys.ts";
import type { LogonProbe } from "../tables.ts";
import { openSpan, wasOpen } from "./clocks.ts";
import { hostNames, isSameAccount, keysOfAccount } from "./link-names.ts";
import { type LinkSource, RECORD_LIMIT } from "./link-source.ts";
import { logonLinks } from "./logon-links.ts";
import { sessionsOfEvents, sessionsOfFacts } from "./sessions-of-facts.ts";

const alice: Account = { name: "alice", domain: "CORP" };
const iso = (at: number) => new Date(T0 + at).toISOString();

const session = (host: string, logonId: string, given: Partial<LogonSession> = {}): LogonSession => ({
  key: sessionKey(host, logonId),
  host,
  logonId,
  user: alice,
  service: false,
  privileged: false,
  processCount: 1,
  ...given,
});

interface World {
  readonly hosts?: readonly string[];
  readonly addresses?: readonly HostAddress[];
  readonly facts?: readonly LogonFact[];
  readonly sessions?: readonly LogonSession[];
  readonly connections?: readonly Pick<ProcessNode, "key" | "host" | "sessionKey" | "user">[];
}

const resolver = (ties: readonly AccountTie[] = [], hosts: readonly string[] = []) =>
  accountResolver({
    accounts: [
      { key: "corp\\alice", account: alice },
      { key: "nt authority\\system", account: { name: "SYSTEM", domain: "NT AUTHORITY" } },
    ],
    ties,
    hosts: { names: hosts, aliases: aliasesOf(hostGroups(hosts, [])) },
  });

/** A source in memory that counts what is read. */
function sourceOf({ hosts = [], addresses = [], facts = [], sessions = [], connections = [] }: World) {
  const reads: string[] = [];
  const source: LinkSource = {
    async hostsLabelled(labels) {
      return hosts.filter((host) => labels.includes(firstLabel(host)));
    },
    async accounts() {
      reads.push("accounts");
      return resolver([], hosts);
    },
    addresses: async (of) =>
      addresses.filter(({ host, address }) =>
        "hosts" in of ? of.hosts.includes(host) : of.addresses.includes(address),
      ),
    logonFacts: async (probes, limit) =>
      probes.map((probe) => facts.filter((fact) => isFound(fact, probe)).slice(0, limit)),
    async sessions({ keys, hosts: of, limit }) {
      const items = sessions
        .filter(({ key, host }) => (keys?.includes(key) ?? true) && (of?.includes(host) ?? true))
        .slice(0, limit);
      return { items, total: items.length };
    },
    processesOfRecords: async () => new Map(),
    async connections() {
      reads.push("connections");
      return connections.map((process) => ({
        process: process as ProcessNode,
        source: { eventId: "3", file: "test", time: iso(0) },
      }));
    },
  };
  return { source, reads };
}

function isFound(fact: LogonFact, probe: LogonProbe): boolean {
  if (fact.what !== probe.what || fact.time < probe.from || fact.time > probe.to) {
    return false;
  }
  switch (probe.by) {
    case "session":
      return fact.host === probe.host && fact.logonId === probe.logonId;
    case "host":
      return fact.host === probe.host;
    case "address":
      return fact.sourceIp === probe.address;
    case "target":
      return firstLabel(fact.targetHost) === probe.label;
  }
}

const origin = session("ws5", "0x20", { opened: iso(-60_000) });
const target = session("srv6", "0x60", { opened: iso(0) });
const opening = logon({
  host: "srv6",
  logonId: "0x60",
  user: alice,
  logonType: 3,
  sourceIp: "10.0.0.5",
  sourcePort: 50,
});
const world: World = {
  hosts: ["ws5", "srv6"],
  addresses: [{ host: "ws5", address: "10.0.0.5", first: T0, last: T0 }],
  facts: [opening],
  sessions: [origin, { ...target, openedBy: opening.source }],
  connections: [{ key: "wmic", host: "ws5", sessionKey: origin.key, user: alice }],
};

describe("links between logons", () => {
  it("lead from a session to its origin and back", async () => {
    const { source, reads } = sourceOf(world);
    const links = logonLinks(source);
    const link = await links.originOf(target);
    expect(link).toMatchObject({ from: { processKey: "wmic", sessionKey: origin.key }, certainty: "exact" });
    expect((await links.outboundOf(origin)).links).toEqual([link]);
    expect(reads.filter((read) => read === "accounts")).toHaveLength(1);
  });

  it("use the account's open session if records of the logon do not decide", async () => {
    const { source, reads } = sourceOf({ ...world, connections: [] });
    const links = logonLinks(source);
    expect(await links.originOf(target)).toMatchObject({ basis: "account", from: { sessionKey: origin.key } });
    await links.originOf(target);
    expect(reads.filter((read) => read === "accounts")).toHaveLength(1);
  });

  it("never lead to the logon's own host", async () => {
    const addresses = [{ host: "srv6", address: "10.0.0.5", first: T0, last: T0 }];
    const { source, reads } = sourceOf({ ...world, addresses });
    expect(await logonLinks(source).originOf(target)).toBeUndefined();
    // All names are only read where a logon came from another host.
    expect(reads).not.toContain("accounts");
  });

  it("do not exist for service sessions, and not without the opening of the session", async () => {
    const links = logonLinks(sourceOf(world).source);
    expect(await links.originOf({ ...target, opened: undefined })).toBeUndefined();
    expect(await links.outboundOf({ ...origin, service: true })).toMatchObject({ links: [], examined: 0 });
  });

  it("report when more logons arrived than are examined", async () => {
    const facts = Array.from({ length: RECORD_LIMIT + 5 }, (_, index) => ({
      ...opening,
      source: { ...opening.source, eventId: `4624-${index}` },
    }));
    const { examined, notes } = await logonLinks(sourceOf({ ...world, facts }).source).outboundOf(origin);
    expect(examined).toBe(RECORD_LIMIT);
    expect(notes).toEqual([`Only the first ${RECORD_LIMIT} logons from this host are examined.`]);
  });

  it("list the credentials that a session used, but not those of a later session with its logon id", async () => {
    const used = (at: number) => logon({ at, host: "ws5", logonId: "0x20", what: "explicit", targetHost: "SRV6" });
    const [own, later] = [used(0), used(9_000_000)];
    const reopened = session("ws5", "0x20", { key: sessionKey("ws5", "0x20", later.time), opened: iso(9_000_000) });
    const { source } = sourceOf({ ...world, facts: [opening, own, later], sessions: [origin, reopened, target] });
    expect((await logonLinks(source).outboundOf(origin)).explicit).toEqual([own]);
  });
});

describe("the session of a logon record", () => {
  const first = session("ws5", "0x20", { opened: iso(0), closed: iso(10) });
  const fact = (at: number) => logon({ id: `at-${at}`, at, host: "ws5", logonId: "0x20", what: "explicit" });
  const { source } = sourceOf({ sessions: [first] });

  it("is the last one opened before it, within the tolerance for clocks, also after its logoff", async () => {
    const found = await sessionsOfFacts(source, [fact(-4000), fact(90_000), fact(-9000)]);
    expect([...found.keys()]).toEqual(["at--4000", "at-90000"]);
  });

  it("is found for events too; other events have none", async () => {
    const event = logonEvent({ host: "ws5", logonId: "0x20" });
    const hosts = { shown: (name: string) => (name === "ws5.corp" ? "ws5" : name) };
    expect([...(await sessionsOfEvents(source, hosts, [event, sysmonStart({ guid: guid(T0, 1) })]))]).toEqual([
      [event.id, first],
    ]);
    const other = logonEvent({ host: "ws5.corp", logonId: "0x20" });
    expect([...(await sessionsOfEvents(source, hosts, [other]))]).toEqual([[other.id, first]]);
  });
});

describe("names in logon records", () => {
  it("mean the host of the full name, else all hosts with the first label", async () => {
    const { source } = sourceOf({ hosts: ["ws6.corp", "ws6.lab", "ws7"] });
    const names = await hostNames(source)(["WS6.corp", "ws6", "\\\\WS7", undefined]);
    expect(["WS6.corp", "ws6", "\\\\WS7", undefined].map((name) => names.named(name))).toEqual([
      ["ws6.corp"],
      ["ws6.corp", "ws6.lab"],
      ["ws7"],
      [],
    ]);
  });

  it("mean the host that had the name before it was renamed", async () => {
    const renamed = hostGroups(["asset-7", "ws8.corp"], [{ kind: "rename", name: "asset-7", value: "ws8" }]);
    const { source } = sourceOf({ hosts: ["ws8.corp"] });
    const accounts = async () => ({ ...resolver(), hosts: aliasesOf(renamed) });
    const names = await hostNames({ ...source, accounts })(["ASSET-7", "ASSET-8"]);
    expect(["ASSET-7", "ASSET-8"].map((name) => names.named(name))).toEqual([["ws8.corp"], []]);
  });

  it("mean one account by SID, else by name and the first label of the domain", () => {
    expect(isSameAccount(alice, { name: "Alice", domain: "corp.example" })).toBe(true);
    expect(isSameAccount(alice, { name: "alice", domain: "LAB" })).toBe(false);
    expect(isSameAccount({ ...alice, id: "S-1" }, { name: "renamed", id: "s-1" })).toBe(true);
    expect(isSameAccount({ ...alice, id: "S-1" }, { ...alice, id: "S-2" })).toBe(false);
    expect(isSameAccount(alice, undefined)).toBe(false);
  });

  it("are looked up under all spellings of an account", () => {
    const sid = "s-1-5-21-1-2-3-1104";
    const ties = ["corp\\alice", "corp.example\\alice"].map((userKey) => ({ userKey, sid }));
    expect(keysOfAccount(resolver(ties), { name: "ALICE" })).toEqual(["corp.example\\alice", "corp\\alice", sid]);
    expect(keysOfAccount(resolver(ties), { name: "SYSTEM", domain: "NT AUTHORITY" })).toEqual([]);
  });
});

describe("the time of a session", () => {
  it("is bounded by its opening and end, with tolerance, as far as they are recorded", () => {
    const closed = session("ws5", "0x20", { opened: iso(0), closed: iso(60_000) });
    expect(openSpan(closed)).toEqual({ from: T0 - 5000, to: T0 + 70_000 });
    expect([-6000, -4000, 64_000, 66_000].map((at) => wasOpen(closed, T0 + at))).toEqual([false, true, true, false]);
    expect(wasOpen(session("ws5", "0x20"), 0)).toBe(true);
    expect(openSpan(session("ws5", "0x20"))).toEqual({
      from: Number.MIN_SAFE_INTEGER,
      to: Number.MAX_SAFE_INTEGER,
    });
  });
});
