import { describe, expect, it } from "vitest";
import type { LogonSession } from "#contracts/lineage";
import { logon } from "../../../test/factories/facts.ts";
import { canBeLinked, type LogonEvidence, linkByRecords, linkLogon, type SourceConnection } from "./link-logon.ts";

const user = { name: "alice", domain: "CORP" };
const opened = logon({ id: "4624", user, logonType: 3, sourceIp: "10.0.0.5", sourcePort: 50_000 });

const session = (given: Partial<LogonSession> = {}): LogonSession => ({
  key: "target",
  host: "srv6",
  logonId: "0x60",
  service: false,
  privileged: false,
  processCount: 1,
  ...given,
});

const evidence = (given: Partial<LogonEvidence> = {}): LogonEvidence => ({
  session: session(),
  opened,
  sources: ["ws5"],
  connections: [],
  around: [],
  explicit: [],
  sessions: [],
  ...given,
});

const record = (eventId: string) => ({ eventId, file: "test", time: "2024-01-01T00:00:00.000Z" });
const connection = (processKey: string, service = false): SourceConnection => ({
  end: { host: "ws5", sessionKey: "s", processKey },
  service,
  source: record(`connection-${processKey}`),
});
const use = (sessionKey: string, processKey: string, logonGuid?: string) => ({
  fact: logon({ what: "explicit", host: "ws5", logonGuid }),
  end: { host: "ws5", sessionKey, processKey },
});

describe("a logon can be linked", () => {
  it.each([
    ["a network logon", {}, {}, true],
    ["a console logon", {}, { logonType: 2 }, false],
    ["a service session", { service: true }, {}, false],
    ["a machine account", {}, { user: { name: "WS5$" } }, false],
    ["the anonymous logon", {}, { user: { name: "ANONYMOUS LOGON", domain: "NT Authority" } }, false],
    ["a logon without an account", {}, { user: undefined }, false],
  ])("if it is not by a service or a machine: %s", (_, of, fact, expected) => {
    expect(canBeLinked(session(of), { ...opened, ...fact })).toBe(expected);
  });
});

describe("the origin of a logon", () => {
  it("is the process whose connection it used, before all other evidence", () => {
    const link = linkLogon(
      evidence({ connections: [connection("p")], explicit: [use("t", "q")], sessions: [session({ key: "u" })] }),
    );
    expect(link).toMatchObject({
      basis: "connection",
      certainty: "exact",
      from: { host: "ws5", sessionKey: "s", processKey: "p" },
      to: { host: "srv6", sessionKey: "target" },
      why: "The logon came from 10.0.0.5 port 50000, over a connection that this process opened.",
      evidence: [{ eventId: "4624" }, { eventId: "connection-p" }],
    });
  });

  it("is not a service that connected on behalf of others", () => {
    expect(linkByRecords(evidence({ connections: [connection("p", true)] }))).toBeUndefined();
  });

  it("is the use of its credentials on the source host, exact with the same logon GUID", () => {
    const explicit = [use("s", "p"), use("t", "q", "{guid}")];
    const withGuid = { ...opened, logonGuid: "{guid}" };
    expect(linkLogon(evidence({ explicit, opened: withGuid }))).toMatchObject({
      certainty: "exact",
      from: { sessionKey: "t" },
    });
    expect(linkLogon(evidence({ explicit: explicit.slice(0, 1) }))).toMatchObject({
      basis: "explicit",
      certainty: "inferred",
      from: { sessionKey: "s", processKey: "p" },
    });
    expect(linkLogon(evidence({ explicit, sources: ["ws9"] }))?.basis).toBe("account");
  });

  it("is one session if several processes in it used the credentials", () => {
    expect(linkLogon(evidence({ explicit: [use("s", "p"), use("s", "q")] }))).toMatchObject({
      certainty: "inferred",
      from: { host: "ws5", sessionKey: "s", processKey: undefined },
    });
  });

  it("is the only open session of the account on the source host", () => {
    expect(linkLogon(evidence({ sessions: [session({ key: "s", host: "ws5" })] }))).toMatchObject({
      basis: "account",
      certainty: "inferred",
      from: { host: "ws5", sessionKey: "s" },
      why: "The logon came from 10.0.0.5, which is that host; this was the account's only open session there.",
    });
  });

  it("is the source host alone if no session of the account is known there", () => {
    expect(linkLogon(evidence())).toMatchObject({ basis: "account", from: { host: "ws5" } });
  });

  it("is the process of the account that connected shortly before, if the logon names no source", () => {
    expect(linkLogon(evidence({ sources: [], around: [connection("p")] }))).toMatchObject({
      basis: "connection",
      certainty: "inferred",
      from: { processKey: "p" },
    });
  });

  it.each<[string, Partial<LogonEvidence>]>([
    ["connections", { connections: [connection("p"), connection("q")] }],
    ["uses of the credentials", { explicit: [use("s", "p"), use("t", "q")] }],
    ["open sessions", { sessions: [session({ key: "s", host: "ws5" }), session({ key: "t", host: "ws5" })] }],
    ["source hosts", { sources: ["ws5", "ws7"] }],
    ["connections around the time", { sources: [], around: [connection("p"), connection("q")] }],
  ])("is ambiguous with several %s: only the host is named, with all candidates", (_, given) => {
    const link = linkLogon(evidence(given));
    expect(link).toMatchObject({ certainty: "ambiguous", from: { host: "ws5" } });
    expect(link?.from.sessionKey).toBeUndefined();
    expect(link?.candidates).toHaveLength(2);
  });

  it("is not known without any evidence", () => {
    expect(linkLogon(evidence({ sources: [] }))).toBeUndefined();
  });
});
