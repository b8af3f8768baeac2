import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../../server/event/event.ts";
import {
  guid,
  logoff,
  logon,
  opaqueId,
  securityEnd,
  securityStart,
  specialLogon,
  sysmonActivity,
  sysmonEnd,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { type TestLineage, testLineage } from "../factories/lineage.ts";

const WMI = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";
const CMD = "C:\\Windows\\System32\\cmd.exe";
const NET = "C:\\Windows\\System32\\net.exe";

let lineage: TestLineage;
beforeEach(() => {
  lineage = testLineage();
});
afterEach(() => lineage.close());

async function nodeOf(event: StemmaEvent): Promise<ProcessNode> {
  const node = await lineage.reader.processOf(event);
  if (node === undefined) {
    throw new Error("no process of that event");
  }
  return node;
}

async function parentOf(event: StemmaEvent): Promise<ProcessNode> {
  const node = await nodeOf(event);
  const parent = await lineage.reader.process(node.parent?.key ?? "");
  if (parent === undefined) {
    throw new Error(`no parent: ${node.parentUnknown}`);
  }
  return parent;
}

describe("twins", () => {
  const sysmon = sysmonStart({ guid: guid(T0, 1), pid: 500, time: T0, logonId: "0x9", user: "CORP\\bob" });
  const security = securityStart({
    pid: 500,
    time: T0 + 2100,
    subject: "CORP\\HOST-A$",
    subjectLogonId: "0x3e4",
    target: "CORP\\bob",
    targetLogonId: "0x9",
  });

  it("are one process with both records, the account of its token and the one that asked for it", async () => {
    await lineage.absorb(sysmon, security);
    const node = await nodeOf(sysmon);
    expect(node.sources.map((source) => source.code)).toEqual(["1", "4688"]);
    expect(node.user).toMatchObject({ name: "bob", domain: "CORP" });
    expect(node.creator).toMatchObject({ name: "HOST-A$" });
    expect(node.logonId).toBe("0x9");
    expect((await nodeOf(security)).key).toBe(node.key);
    expect(await lineage.reader.counts()).toEqual({ processes: 1, sessions: 1 });
  });

  it("keep the key that was given before the agent's record came", async () => {
    const first = await lineage.absorb(security);
    const oldKey = first.processOf.get(security.id) ?? "";
    const second = await lineage.absorb(sysmon);
    const newKey = second.processOf.get(sysmon.id) ?? "";
    expect(second.rekeyed).toEqual(new Map([[oldKey, newKey]]));
    expect((await lineage.reader.process(oldKey))?.key).toBe(newKey);
    expect((await lineage.reader.processes([oldKey])).get(oldKey)?.key).toBe(newKey);
  });

  it("are matched by name and time where the collector lost the pid, the same command line first", async () => {
    const lost = sysmonStart({ guid: guid(T0, 2), time: T0, image: NET, commandLine: "net user b" });
    const near = securityStart({ pid: 601, time: T0 + 100, image: NET, commandLine: "net user a" });
    const same = securityStart({ pid: 602, time: T0 + 2000, image: NET, commandLine: "net user b" });
    await lineage.absorb(lost, near, same);
    expect((await nodeOf(lost)).pid).toBe(602);
    expect((await nodeOf(near)).key).not.toBe((await nodeOf(lost)).key);
  });

  it("are not made of two starts of one pid further apart", async () => {
    await lineage.absorb(sysmon, securityStart({ pid: 500, time: T0 + 9000 }));
    expect(await lineage.reader.counts()).toMatchObject({ processes: 2 });
  });
});

describe("a parent", () => {
  it("is exact by entity id when it has a record of its own", async () => {
    const parent = sysmonStart({ guid: guid(T0, 1), pid: 10, image: WMI });
    const child = sysmonStart({ guid: guid(T0, 2), pid: 20, time: T0 + 5, parentGuid: guid(T0, 1), parentPid: 10 });
    await lineage.absorb(child);
    expect((await nodeOf(child)).parent?.certainty).toBe("declared");
    await lineage.absorb(parent);
    expect((await nodeOf(child)).parent?.certainty).toBe("exact");
    expect((await parentOf(child)).childCount).toBe(1);
  });

  it("is a placeholder with what its children knew when nothing else was recorded of it", async () => {
    const child = sysmonStart({
      guid: guid(T0, 2),
      pid: 20,
      parentGuid: guid(T0 - 60_000, 1),
      parentPid: 10,
      parentImage: WMI,
      parentCommandLine: "wmiprvse.exe -Embedding",
    });
    const sibling = sysmonStart({ guid: guid(T0, 3), pid: 21, parentGuid: guid(T0 - 60_000, 1), parentPid: 10 });
    await lineage.absorb(child, sibling);
    const parent = await parentOf(child);
    expect(parent).toMatchObject({
      placeholder: true,
      pid: 10,
      name: "WmiPrvSE.exe",
      commandLine: "wmiprvse.exe -Embedding",
      childCount: 2,
      parentUnknown: expect.stringContaining("not recorded"),
    });
    expect((await parentOf(sibling)).key).toBe(parent.key);
  });

  it("is never found by an identifier of zeros", async () => {
    const parent = sysmonStart({ guid: guid(T0, 1), pid: 10, image: WMI });
    const child = sysmonStart({ guid: guid(T0, 2), pid: 20, time: T0 + 50, parentPid: 10, parentImage: "?" });
    await lineage.absorb(parent, child);
    expect((await nodeOf(child)).parent).toMatchObject({ key: (await nodeOf(parent)).key, certainty: "pid-time" });
  });

  it("is the latest holder of the creator's pid, however often the pid was reused", async () => {
    const first = securityStart({ pid: 10, time: T0, image: WMI });
    const second = securityStart({ pid: 10, time: T0 + 60_000, image: WMI });
    const early = securityStart({ pid: 20, time: T0 + 30_000, creatorPid: 10, parentImage: WMI });
    const late = securityStart({ pid: 21, time: T0 + 90_000, creatorPid: 10, parentImage: WMI });
    await lineage.absorb(late, early);
    await lineage.absorb(second);
    await lineage.absorb(first);
    expect((await parentOf(early)).key).toBe((await nodeOf(first)).key);
    expect((await parentOf(late)).key).toBe((await nodeOf(second)).key);
    expect((await lineage.graph()).processes).toHaveLength(4);
  });

  it("is not one that had ended before, nor one of another name: then it is a placeholder that siblings share", async () => {
    const ended = securityStart({ pid: 10, time: T0, image: WMI });
    const exit = securityEnd({ pid: 10, time: T0 + 10_000, image: WMI });
    const child = securityStart({ pid: 20, time: T0 + 30_000, creatorPid: 10, parentImage: WMI });
    const sibling = securityStart({ pid: 21, time: T0 + 31_000, creatorPid: 10, parentImage: WMI });
    const other = securityStart({ pid: 22, time: T0 + 5000, creatorPid: 10, parentImage: CMD });
    await lineage.absorb(ended, exit, child, sibling, other);
    expect((await nodeOf(ended)).end).toBe(new Date(T0 + 10_000).toISOString());
    const parent = await parentOf(child);
    expect(parent).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe", childCount: 2 });
    expect((await nodeOf(child)).parent?.certainty).toBe("declared");
    expect((await parentOf(sibling)).key).toBe(parent.key);
    expect(await parentOf(other)).toMatchObject({ placeholder: true, name: "cmd.exe" });
  });

  it("is shown as unknown when not even its name is known", async () => {
    const child = securityStart({ pid: 20, creatorPid: 10 });
    await lineage.absorb(child);
    const parent = await parentOf(child);
    expect(parent).toMatchObject({ placeholder: true, pid: 10 });
    expect(parent.name).toBeUndefined();
  });

  it("is ambiguous, with all candidates, when the clocks leave two that fit", async () => {
    const one = sysmonStart({ guid: opaqueId(1), pid: 10, time: T0, image: CMD });
    const two = sysmonStart({ guid: opaqueId(2), pid: 10, time: T0 + 20_000, image: CMD });
    const child = securityStart({ pid: 20, time: T0 + 21_000, creatorPid: 10, parentImage: CMD });
    await lineage.absorb(one, two, child);
    const { parent } = await nodeOf(child);
    expect(parent?.certainty).toBe("ambiguous");
    expect(parent?.key).toBe((await nodeOf(two)).key);
    expect(new Set(parent?.candidates)).toEqual(new Set([(await nodeOf(one)).key, (await nodeOf(two)).key]));
  });

  it("is never the process itself, and a circle of parents is cut at one edge and said", async () => {
    const own = sysmonStart({ guid: guid(T0, 9), pid: 90, parentGuid: guid(T0, 9), parentPid: 90 });
    const a = sysmonStart({ guid: guid(T0, 1), pid: 1, parentGuid: guid(T0, 3), time: T0 });
    const b = sysmonStart({ guid: guid(T0, 2), pid: 2, parentGuid: guid(T0, 1), time: T0 + 1 });
    const c = sysmonStart({ guid: guid(T0, 3), pid: 3, parentGuid: guid(T0, 2), time: T0 + 2 });
    await lineage.absorb(own, a, b, c);
    expect((await nodeOf(own)).parentUnknown).toContain("its own parent");
    expect((await nodeOf(a)).parentUnknown).toContain("circle");
    const path = await lineage.reader.ancestors((await nodeOf(c)).key, 100);
    expect(path.map((node) => node.pid)).toEqual([2, 1]);
  });

  it("stands on the same host, whatever pids and identifiers other hosts use", async () => {
    await lineage.absorb(
      sysmonStart({ host: "host-b", guid: guid(T0, 1), pid: 10, image: WMI }),
      sysmonStart({ host: "host-a", guid: guid(T0, 2), pid: 20, parentGuid: guid(T0, 1), parentPid: 10 }),
    );
    const { processes } = await lineage.graph();
    expect(processes.filter((node) => node.placeholder).map((node) => node.host)).toEqual(["host-a"]);
  });
});

describe("activity and exits", () => {
  it("are counted for the process, each event once, and an exit closes it", async () => {
    const start = sysmonStart({ guid: guid(T0, 1), pid: 10 });
    await lineage.absorb(start, sysmonActivity(3, { guid: guid(T0, 1) }), sysmonActivity(22, { guid: guid(T0, 1) }));
    await lineage.absorb(sysmonActivity(3, { guid: guid(T0, 1) }), sysmonEnd({ guid: guid(T0, 1), time: T0 + 7000 }));
    expect(await nodeOf(start)).toMatchObject({
      end: new Date(T0 + 7000).toISOString(),
      activity: { network: 2, dns: 1, file: 0 },
      placeholder: false,
    });
  });

  it("make a process known whose start was not recorded", async () => {
    const event = sysmonActivity(10, { guid: guid(T0, 1), pid: 10, image: WMI, user: "CORP\\bob" });
    await lineage.absorb(event);
    expect(await nodeOf(event)).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe", user: { name: "bob" } });
    expect(await lineage.reader.counts()).toMatchObject({ processes: 0 });
  });
});

describe("sessions", () => {
  it("hang on the logon that opened them, with its source, and know their processes and end", async () => {
    const opened = logon({ logonId: "0x551686", time: T0 - 500, ip: "172.18.39.5", port: 50123, workstation: "WS5" });
    const start = sysmonStart({ guid: guid(T0, 1), pid: 10, logonId: "0x551686" });
    await lineage.absorb(start);
    const key = (await nodeOf(start)).sessionKey ?? "";
    expect(await lineage.reader.session(key)).toMatchObject({ user: { name: "alice" }, processCount: 1 });
    await lineage.absorb(
      opened,
      specialLogon({ logonId: "0x551686", time: T0 - 499 }),
      logoff({ logonId: "0x551686", time: T0 + 9000 }),
    );
    expect(await lineage.reader.session(key)).toMatchObject({
      logonType: 3,
      sourceIp: "172.18.39.5",
      sourcePort: 50123,
      sourceHost: "WS5",
      openedBy: { recordId: opened.source.recordId },
      closed: new Date(T0 + 9000).toISOString(),
      privileged: true,
      service: false,
      processCount: 1,
    });
  });

  it("are two when the id was opened again", async () => {
    const day = 86_400_000;
    const first = securityStart({ pid: 10, time: T0, subjectLogonId: "0x77" });
    const second = securityStart({ pid: 10, time: T0 + day, subjectLogonId: "0x77" });
    await lineage.absorb(first, second, logon({ logonId: "0x77", time: T0 + day - 100 }));
    await lineage.absorb(logon({ logonId: "0x77", time: T0 - 100 }));
    const keys = [(await nodeOf(first)).sessionKey, (await nodeOf(second)).sessionKey];
    expect(new Set(keys).size).toBe(2);
    expect((await lineage.reader.sessions({ host: "host-a", limit: 10 })).total).toBe(2);
  });

  it("of services are marked, one per host, and never tied to a logon", async () => {
    const start = sysmonStart({ guid: guid(T0, 1), pid: 10, logonId: "0x3e7", user: "NT AUTHORITY\\SYSTEM" });
    await lineage.absorb(start, logon({ logonId: "0x3e7", type: 5, user: "NT AUTHORITY\\SYSTEM" }));
    const session = await lineage.reader.session((await nodeOf(start)).sessionKey ?? "");
    expect(session).toMatchObject({ service: true, user: { name: "SYSTEM" } });
    expect(session?.openedBy).toBeUndefined();
  });
});

describe("the reader", () => {
  it("gives children in pages, with the exact total", async () => {
    const parent = sysmonStart({ guid: guid(T0, 0), pid: 1, image: WMI });
    const children = Array.from({ length: 7 }, (_, index) =>
      sysmonStart({ guid: guid(T0, index + 1), pid: 100 + index, time: T0 + index + 1, parentGuid: guid(T0, 0) }),
    );
    await lineage.absorb(parent, ...children);
    const { key } = await nodeOf(parent);
    const first = await lineage.reader.children(key, { limit: 5 });
    expect([first.items.length, first.total]).toEqual([5, 7]);
    const second = await lineage.reader.children(key, { limit: 5, cursor: first.next });
    expect(second.items.map((node) => node.pid)).toEqual([105, 106]);
    expect(second.next).toBeUndefined();
  });

  it("shows a process between its path to the root, its siblings and what it started, and says what is left out", async () => {
    const image = (serial: number) => ({ guid: guid(T0, serial), pid: serial, time: T0 + serial });
    const root = sysmonStart({ ...image(1) });
    const middle = sysmonStart({ ...image(2), parentGuid: guid(T0, 1) });
    const focus = sysmonStart({ ...image(50), parentGuid: guid(T0, 2) });
    const siblings = Array.from({ length: 30 }, (_, index) =>
      sysmonStart({ ...image(35 + index + (index >= 15 ? 1 : 0)), parentGuid: guid(T0, 2) }),
    );
    const below = Array.from({ length: 4 }, (_, index) =>
      sysmonStart({ ...image(200 + index), parentGuid: guid(T0, 50) }),
    );
    await lineage.absorb(root, middle, focus, ...siblings, ...below);
    const around = await lineage.reader.neighbourhood((await nodeOf(focus)).key, 15);
    const pids = around?.nodes.map((node) => node.pid) ?? [];
    expect(pids.length).toBe(15);
    expect(pids.slice(0, 2)).toEqual([1, 2]);
    expect(pids.slice(-4)).toEqual([200, 201, 202, 203]);
    expect(pids).toEqual(expect.arrayContaining([47, 48, 49, 50, 51, 52]));
    expect(around?.cuts).toEqual([
      expect.objectContaining({ of: (await nodeOf(middle)).key, relation: "children", shown: 9, total: 31 }),
    ]);
  });

  it("lists the processes of hosts, users and sessions with exact totals", async () => {
    const events = Array.from({ length: 4 }, (_, index) =>
      sysmonStart({
        guid: guid(T0, index),
        pid: index,
        time: T0 + index,
        logonId: "0x5",
        user: index === 0 ? "CORP\\bob" : "CORP\\alice",
      }),
    );
    await lineage.absorb(...events);
    const [first] = events;
    const sessionKey = first === undefined ? undefined : (await nodeOf(first)).sessionKey;
    const totals = await Promise.all(
      [
        { host: "host-a" },
        { userKey: "corp\\alice" },
        { sessionKey },
        { sessionKey, userKey: "corp\\bob" },
        { host: "host-b", userKey: "corp\\alice" },
      ].map(async (query) => {
        const page = await lineage.reader.processesIn({ ...query, limit: 2 });
        return [page.items.length, page.total];
      }),
    );
    expect(totals).toEqual([
      [2, 4],
      [2, 3],
      [2, 4],
      [1, 1],
      [0, 0],
    ]);
    expect(await lineage.reader.users()).toEqual([
      expect.objectContaining({ key: "corp\\alice", hosts: ["host-a"], processes: 3, last: T0 + 3 }),
      expect.objectContaining({ key: "corp\\bob", processes: 1, last: T0 }),
    ]);
    expect((await lineage.reader.sessions({ userKey: "corp\\bob", limit: 5 })).total).toBe(1);
  });
});
