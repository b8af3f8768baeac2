import { describe, expect, it } from "vitest";
import {
  explicitLogon,
  guid,
  logoff,
  logon,
  securityEnd,
  securityStart,
  specialLogon,
  sysmonActivity,
  sysmonConnection,
  sysmonEnd,
  sysmonStart,
  T0,
} from "../../test/factories/events.ts";
import type { StemmaEvent } from "../event/event.ts";
import { factOf } from "./fact-of.ts";

/** An ECS event of an endpoint sensor. */
const sensor = (fields: StemmaEvent["fields"]): StemmaEvent => ({
  ...sysmonStart({}),
  source: { eventId: "1", file: "test", time: new Date(T0).toISOString() },
  fields: { "host.name": "HOST-A", "process.entity_id": "s-1", ...fields },
});

describe("a start", () => {
  it("of Sysmon has the entity ids of the process and its parent", () => {
    const event = sysmonStart({ guid: guid(T0, 2), pid: 20, parentGuid: guid(T0, 1), parentPid: 10, logonId: "0x9" });
    expect(factOf(event)).toMatchObject({
      kind: "start",
      side: "agent",
      host: "host-a",
      time: T0,
      entityId: guid(T0, 2),
      parentEntityId: guid(T0, 1),
      pid: 20,
      parentPid: 10,
      logonId: "0x9",
      user: { name: "alice", domain: "CORP" },
    });
  });

  it("has no parent entity id if that is zeros, and no path if that is a question mark", () => {
    const fact = factOf(sysmonStart({ guid: guid(T0, 2), parentPid: 10, parentImage: "?" }));
    expect(fact).toMatchObject({ parentEntityId: undefined, parentExecutable: undefined, parentPid: 10 });
  });

  it("of the Security log has creator and token: the process runs as the latter, if there is one", () => {
    const given = { pid: 20, creatorPid: 10, subject: "CORP\\HOST-A$", subjectLogonId: "0x3e4" };
    expect(factOf(securityStart({ ...given, target: "CORP\\bob", targetLogonId: "0x9" }))).toMatchObject({
      side: "security",
      parentPid: 10,
      user: { name: "bob" },
      creator: { name: "HOST-A$" },
      logonId: "0x9",
    });
    expect(factOf(securityStart(given))).toMatchObject({
      user: { name: "HOST-A$" },
      creator: undefined,
      logonId: "0x3e4",
    });
  });

  it("of an endpoint sensor is recognised by category and type", () => {
    const fields = { "event.category": "process", "event.type": ["start"], "process.pid": 7 };
    expect(factOf(sensor(fields))).toMatchObject({ kind: "start", side: "agent", entityId: "s-1", pid: 7 });
    expect(factOf(sensor({ ...fields, "event.type": "end" }))).toMatchObject({ kind: "end", side: "agent" });
  });

  it("ignores numbers that are no process ids", () => {
    const fields = { "event.category": "process", "event.type": "start" };
    const pids = [-1, 0x1_0000_0000, 1.5, 4].map((pid) => factOf(sensor({ ...fields, "process.pid": pid })));
    expect(pids.map((fact) => fact?.kind === "start" && fact.pid)).toEqual([undefined, undefined, undefined, 4]);
  });
});

describe("an end", () => {
  it("has an entity id in the agent's log only", () => {
    expect(factOf(sysmonEnd({ guid: guid(T0, 1), pid: 10 }))).toMatchObject({ kind: "end", entityId: guid(T0, 1) });
    expect(factOf(securityEnd({ pid: 10 }))).toMatchObject({ side: "security", entityId: undefined, pid: 10 });
  });

  it("that identifies no process states nothing", () => {
    expect(factOf(securityEnd({}))).toBeUndefined();
  });
});

describe("activity", () => {
  it("is counted by its kind, and belongs to a process by its entity id", () => {
    const counters = [3, 22, 11, 13, 7, 10, 8, 5000].map((code) => {
      const fact = factOf(sysmonActivity(code, { guid: guid(T0, 1) }));
      return fact?.kind === "activity" ? fact.counter : undefined;
    });
    expect(counters).toEqual(["network", "dns", "file", "registry", "module", "access", "injection", undefined]);
    expect(factOf(sysmonActivity(3, {}))).toBeUndefined();
  });

  it("of an endpoint sensor is counted by its category", () => {
    expect(factOf(sensor({ "event.category": "registry" }))).toMatchObject({ kind: "activity", counter: "registry" });
    expect(factOf(sensor({}))).toMatchObject({ kind: "activity", counter: undefined });
  });

  it("contains the host's own address: the source of what goes out, the destination of what comes in over TCP", () => {
    const given = { guid: guid(T0, 1), source: "10.0.0.1", destination: "10.0.0.2" };
    const addresses = [
      { ...given, initiated: true },
      { ...given, initiated: false },
      { ...given, initiated: false, protocol: "udp" },
      { ...given, initiated: true, source: "127.0.0.1" },
    ].map((one) => {
      const fact = factOf(sysmonConnection(one));
      return fact?.kind === "activity" ? fact.address : undefined;
    });
    expect(addresses).toEqual(["10.0.0.1", "10.0.0.2", undefined, undefined]);
  });
});

describe("a logon", () => {
  it("is opened with its source, closed, and given privileges", () => {
    const opened = factOf(logon({ logonId: "0x9", ip: "10.0.0.5", port: 50, workstation: "WS5", type: 3 }));
    expect(opened).toMatchObject({
      kind: "logon",
      what: "opened",
      logonId: "0x9",
      user: { name: "alice" },
      logonType: 3,
      sourceIp: "10.0.0.5",
      sourcePort: 50,
      sourceHost: "WS5",
    });
    expect(factOf(logoff({ logonId: "0x9" }))).toMatchObject({ what: "closed", logonId: "0x9" });
    expect(factOf(specialLogon({ logonId: "0x9" }))).toMatchObject({ what: "privileged", logonId: "0x9" });
    expect(factOf(logoff({ logonId: "0x0" }))).toBeUndefined();
  });

  it("with explicit credentials has the session that used them, the account used and the target host", () => {
    expect(factOf(explicitLogon({ logonId: "0x9", user: "CORP\\bob", server: "SRV6", pid: 77 }))).toMatchObject({
      what: "explicit",
      logonId: "0x9",
      user: { name: "bob", domain: "CORP" },
      targetHost: "SRV6",
      pid: 77,
    });
  });
});

describe("the host of an event", () => {
  it("is in lower case, without the separator of keys, and `unknown` without a name", () => {
    const hosts = ["WS6", "a\u0000b", "", undefined].map((name) => factOf(sensor({ "host.name": name ?? [] }))?.host);
    expect(hosts).toEqual(["ws6", "a\ufffdb", "unknown", "unknown"]);
  });
});
