import { describe, expect, it } from "vitest";
import { T0 } from "../../test/factories/events.ts";
import { agentStart, CMD, end, entityRow, rowOf, securityStart, WMI } from "../../test/factories/facts.ts";
import { derivedOf, strongestHash } from "./derived.ts";
import { mergeProcessRecords, observed } from "./merge-process-records.ts";

const agent = rowOf(
  agentStart({ pid: 1, entityId: "a", commandLine: "cmd /c x", user: { name: "bob" }, logonId: "0x9" }),
);
const security = rowOf(
  securityStart({ at: 400, pid: 1, commandLine: "cmd /c", user: { name: "b" }, creator: { name: "HOST$" } }),
);

describe("a process with two records", () => {
  it("has the values of the agent's record, the creator of the Security record, and both as sources", () => {
    const exit = end({ at: 9000, pid: 1, exitCode: "0x1" });
    const merged = mergeProcessRecords({ ...agent, duplicate: security.key, exit }, security);
    expect(merged).toMatchObject({
      commandLine: "cmd /c x",
      user: { name: "bob" },
      creator: { name: "HOST$" },
      logonId: "0x9",
      start: new Date(T0).toISOString(),
      end: new Date(T0 + 9000).toISOString(),
      exitCode: "0x1",
      placeholder: false,
    });
    expect(merged.sources).toHaveLength(3);
  });

  it("has the values of the Security record that the agent's does not contain", () => {
    const lost = rowOf(agentStart({ entityId: "a" }));
    expect(mergeProcessRecords(lost, security)).toMatchObject({ pid: 1, commandLine: "cmd /c", user: { name: "b" } });
  });

  it("starts with the Security record if the agent's start was not recorded", () => {
    const seen = entityRow("a", { observed: { first: T0 } });
    expect(mergeProcessRecords(seen, security)).toMatchObject({
      start: new Date(T0 + 400).toISOString(),
      placeholder: false,
    });
  });
});

describe("a process without a start record", () => {
  it("has what its activity, else what its children show", () => {
    const inferred = { first: T0, pid: 3, executable: WMI, commandLine: "wmi", user: "CORP\\ann" };
    expect(mergeProcessRecords(entityRow("a", { inferred }), undefined)).toMatchObject({
      pid: 3,
      name: "WmiPrvSE.exe",
      commandLine: "wmi",
      user: { name: "ann", domain: "CORP" },
      placeholder: true,
      start: undefined,
    });
    const activity = { first: T0, user: { name: "bob" } };
    expect(mergeProcessRecords(entityRow("a", { inferred, observed: activity }), undefined).user).toEqual({
      name: "bob",
    });
    expect(mergeProcessRecords(entityRow("a", { inferred: { first: T0, user: "-" } }), undefined).user).toBeUndefined();
  });

  it("is not observed if only children refer to it", () => {
    expect(observed(entityRow("a", { inferred: { first: T0 } }))).toBe(false);
    expect(observed(entityRow("a", { observed: { first: T0 } }))).toBe(true);
    expect(observed({ ...entityRow("a", {}), duplicate: "d" })).toBe(true);
  });
});

describe("the attributes that a row is counted by", () => {
  it("are user, session and hash of started processes that are shown", () => {
    const hashes = { md5: "AA", sha256: "BB", imphash: "CC" };
    const row = rowOf(agentStart({ entityId: "a", hashes, user: { name: "bob" } }), { sessionKey: "s" });
    expect(derivedOf(row, undefined)).toMatchObject({
      started: true,
      shown: true,
      user: { name: "bob" },
      sessionKey: "s",
      hash: "bb",
      name: "cmd.exe",
      at: T0,
    });
    expect(derivedOf({ ...row, mergedInto: "m" }, undefined)).toMatchObject({
      started: false,
      shown: false,
      user: undefined,
      sessionKey: undefined,
      hash: undefined,
    });
  });

  it("mark placeholders without an exit as unused once they have no child", () => {
    const placeholder = {
      ...entityRow("x", { named: { pid: 1, executable: CMD } }),
      kind: "placeholder" as const,
      entityId: undefined,
    };
    expect(derivedOf(placeholder, undefined)).toMatchObject({ unused: true, at: undefined, pid: 1 });
    expect(derivedOf({ ...placeholder, exit: end() }, undefined).unused).toBe(false);
    expect(derivedOf({ ...placeholder, mergedInto: "m" }, undefined).unused).toBe(false);
  });

  it("have no import hash, which many files share", () => {
    expect(strongestHash({ imphash: "CC" })).toBeUndefined();
    expect(strongestHash({ imphash: "CC", md5: "AA" })).toBe("aa");
    expect(strongestHash(undefined)).toBeUndefined();
  });
});
