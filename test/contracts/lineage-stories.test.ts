import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../../server/event/event.ts";
import { linkedSessions } from "../../server/lineage/linked-sessions.ts";
import {
  boot,
  explicitLogon,
  guid,
  logoff,
  logon,
  opaqueId,
  securityEnd,
  securityStart,
  specialLogon,
  sysmonActivity,
  sysmonConnection,
  sysmonEnd,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { describeLineage, type TestLineage } from "../factories/lineage.ts";

const WMI = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";
const CMD = "C:\\Windows\\System32\\cmd.exe";
const NET = "C:\\Windows\\System32\\net.exe";

describeLineage("lineage", (open) => {
  let lineage: TestLineage;
  beforeAll(async () => {
    lineage = await open();
  });
  beforeEach(() => lineage.empty());
  afterAll(() => lineage.close());

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

  describe("duplicate records", () => {
    const sysmon = sysmonStart({ guid: guid(T0, 1), pid: 500, time: T0, logonId: "0x9", user: "CORP\\bob" });
    const security = securityStart({
      pid: 500,
      time: T0 + 2100,
      subject: "CORP\\HOST-A$",
      subjectLogonId: "0x3e4",
      target: "CORP\\bob",
      targetLogonId: "0x9",
    });

    it("are one process with both records, the account of its token and the one that created it", async () => {
      await lineage.apply(sysmon, security);
      const node = await nodeOf(sysmon);
      expect(node.sources.map((source) => source.code)).toEqual(["1", "4688"]);
      expect(node.user).toMatchObject({ name: "bob", domain: "CORP" });
      expect(node.creator).toMatchObject({ name: "HOST-A$" });
      expect(node.logonId).toBe("0x9");
      expect((await nodeOf(security)).key).toBe(node.key);
      expect(await lineage.reader.counts()).toEqual({ processes: 1, sessions: 1 });
    });

    it("keep the key that the process had before the agent's record arrived", async () => {
      const first = await lineage.apply(security);
      const oldKey = first.processOf.get(security.id) ?? "";
      const second = await lineage.apply(sysmon);
      const newKey = second.processOf.get(sysmon.id) ?? "";
      expect(second.rekeyed).toEqual(new Map([[oldKey, newKey]]));
      expect((await lineage.reader.process(oldKey))?.key).toBe(newKey);
      expect((await lineage.reader.processes([oldKey])).get(oldKey)?.key).toBe(newKey);
    });

    it("are matched by name and time if the collector lost the pid, equal command lines first", async () => {
      const lost = sysmonStart({ guid: guid(T0, 2), time: T0, image: NET, commandLine: "net user b" });
      const near = securityStart({ pid: 601, time: T0 + 100, image: NET, commandLine: "net user a" });
      const same = securityStart({ pid: 602, time: T0 + 2000, image: NET, commandLine: "net user b" });
      await lineage.apply(lost, near, same);
      expect((await nodeOf(lost)).pid).toBe(602);
      expect((await nodeOf(near)).key).not.toBe((await nodeOf(lost)).key);
    });

    it("are not assumed for two starts of one pid further apart", async () => {
      await lineage.apply(sysmon, securityStart({ pid: 500, time: T0 + 9000 }));
      expect(await lineage.reader.counts()).toMatchObject({ processes: 2 });
    });
  });

  describe("a parent", () => {
    it("is exact by entity id if it has a record of its own", async () => {
      const parent = sysmonStart({ guid: guid(T0, 1), pid: 10, image: WMI });
      const child = sysmonStart({ guid: guid(T0, 2), pid: 20, time: T0 + 5, parentGuid: guid(T0, 1), parentPid: 10 });
      await lineage.apply(child);
      expect((await nodeOf(child)).parent?.certainty).toBe("declared");
      await lineage.apply(parent);
      expect((await nodeOf(child)).parent?.certainty).toBe("exact");
      expect((await parentOf(child)).childCount).toBe(1);
    });

    it("is a placeholder with what its children's records contain if it has no records of its own", async () => {
      const child = sysmonStart({
        guid: guid(T0, 2),
        pid: 20,
        parentGuid: guid(T0 - 60_000, 1),
        parentPid: 10,
        parentImage: WMI,
        parentCommandLine: "wmiprvse.exe -Embedding",
      });
      const sibling = sysmonStart({ guid: guid(T0, 3), pid: 21, parentGuid: guid(T0 - 60_000, 1), parentPid: 10 });
      await lineage.apply(child, sibling);
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

    it("is never identified by an entity id of zeros", async () => {
      const parent = sysmonStart({ guid: guid(T0, 1), pid: 10, image: WMI });
      const child = sysmonStart({ guid: guid(T0, 2), pid: 20, time: T0 + 50, parentPid: 10, parentImage: "?" });
      await lineage.apply(parent, child);
      expect((await nodeOf(child)).parent).toMatchObject({ key: (await nodeOf(parent)).key, certainty: "pid-time" });
    });

    it("is found by pid and time if a field of the record slid into its name, and nobody is called so", async () => {
      const parent = securityStart({ pid: 0x5dc, image: WMI });
      const child = securityStart({ pid: 20, time: T0 + 50_000, creatorPid: 0x5dc, parentImage: "S-1-16-16384" });
      const orphan = securityStart({ pid: 21, time: T0 + 60_000, creatorPid: 0x1e61, parentImage: "S-1-16-12288" });
      await lineage.apply(parent, child, orphan);
      expect((await nodeOf(child)).parent).toMatchObject({ key: (await nodeOf(parent)).key, certainty: "pid-time" });
      expect(await parentOf(orphan)).toMatchObject({ placeholder: true, pid: 0x1e61, name: undefined });
      const { processes } = await lineage.graph();
      expect(JSON.stringify(processes.map(({ name, executable }) => [name, executable]))).not.toContain("S-1-16");
    });

    it("is the latest holder of the creator's pid, however often the pid was reused", async () => {
      const first = securityStart({ pid: 10, time: T0, image: WMI });
      const second = securityStart({ pid: 10, time: T0 + 60_000, image: WMI });
      const early = securityStart({ pid: 20, time: T0 + 30_000, creatorPid: 10, parentImage: WMI });
      const late = securityStart({ pid: 21, time: T0 + 90_000, creatorPid: 10, parentImage: WMI });
      await lineage.apply(late, early);
      await lineage.apply(second);
      await lineage.apply(first);
      expect((await parentOf(early)).key).toBe((await nodeOf(first)).key);
      expect((await parentOf(late)).key).toBe((await nodeOf(second)).key);
      expect((await lineage.graph()).processes).toHaveLength(4);
    });

    it("is not a process that had ended or that has another name, but a placeholder that siblings share", async () => {
      const ended = securityStart({ pid: 10, time: T0, image: WMI });
      const exit = securityEnd({ pid: 10, time: T0 + 10_000, image: WMI });
      const child = securityStart({ pid: 20, time: T0 + 30_000, creatorPid: 10, parentImage: WMI });
      const sibling = securityStart({ pid: 21, time: T0 + 31_000, creatorPid: 10, parentImage: WMI });
      const other = securityStart({ pid: 22, time: T0 + 5000, creatorPid: 10, parentImage: CMD });
      await lineage.apply(ended, exit, child, sibling, other);
      expect((await nodeOf(ended)).end).toBe(new Date(T0 + 10_000).toISOString());
      const parent = await parentOf(child);
      expect(parent).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe", childCount: 2 });
      expect((await nodeOf(child)).parent?.certainty).toBe("declared");
      expect((await parentOf(sibling)).key).toBe(parent.key);
      expect(await parentOf(other)).toMatchObject({ placeholder: true, name: "cmd.exe" });
    });

    it("keeps the key of its placeholder when late records of it, its duplicate and a nearer process arrive", async () => {
      const child = securityStart({ pid: 20, time: T0 + 90_000, creatorPid: 10, parentImage: WMI });
      const far = securityStart({ pid: 10, time: T0, image: WMI });
      const near = securityStart({ pid: 10, time: T0 + 60_000, image: WMI });
      const duplicate = sysmonStart({ guid: guid(T0 + 60_000, 1), pid: 10, time: T0 + 60_400, image: WMI });
      await lineage.apply(child);
      const { key } = await parentOf(child);
      for (const late of [far, near, duplicate]) {
        await lineage.apply(late);
        const known = await nodeOf(late);
        expect(known.key).not.toBe(key);
        expect(await lineage.reader.process(key)).toEqual(known);
        expect((await lineage.reader.processes([key, known.key])).get(key)).toEqual(known);
        expect((await lineage.reader.children(key, { limit: 5 })).items).toEqual([await nodeOf(child)]);
        expect((await lineage.reader.neighbourhood(key, 20))?.focus).toBe(known.key);
      }
      const { processes } = await lineage.graph();
      expect(processes.map((node) => node.key)).not.toContain(key);
      expect(processes).toHaveLength(3);
    });

    it("keeps the key of a placeholder known from an exit, also when the exit turns out to be of another process", async () => {
      const exit = securityEnd({ pid: 10, time: T0 + 90_000, image: WMI });
      const key = (await lineage.apply(exit)).processOf.get(exit.id) ?? "";
      expect(await lineage.reader.process(key)).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe" });
      for (const time of [T0, T0 + 60_000]) {
        const start = securityStart({ pid: 10, time, image: WMI });
        const absorbed = await lineage.apply(start);
        expect(await lineage.reader.process(key)).toEqual(await nodeOf(start));
        expect((await nodeOf(exit)).key).toBe(absorbed.processOf.get(start.id));
      }
    });

    it("is a placeholder with its old key again when the process that replaced it turns out to be another one", async () => {
      const child = securityStart({ pid: 20, time: T0 + 90_000, creatorPid: 10, parentImage: WMI });
      const start = sysmonStart({ guid: guid(T0, 1), pid: 10, time: T0, image: WMI });
      await lineage.apply(child);
      const { key } = await parentOf(child);
      await lineage.apply(start);
      expect((await parentOf(child)).key).toBe((await nodeOf(start)).key);
      // The same start from another collector: the name is the one of the earliest record.
      await lineage.apply(sysmonStart({ guid: guid(T0, 1), pid: 10, time: T0 - 1, image: CMD }));
      const again = await parentOf(child);
      expect(again).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe", childCount: 1 });
      expect((await lineage.reader.process(key))?.key).toBe(again.key);
    });

    it("is shown without a name if that is not known", async () => {
      const child = securityStart({ pid: 20, creatorPid: 10 });
      await lineage.apply(child);
      const parent = await parentOf(child);
      expect(parent).toMatchObject({ placeholder: true, pid: 10 });
      expect(parent.name).toBeUndefined();
    });

    it("is ambiguous, with all candidates, if two match within the tolerance for clocks", async () => {
      const one = sysmonStart({ guid: opaqueId(1), pid: 10, time: T0, image: CMD });
      const two = sysmonStart({ guid: opaqueId(2), pid: 10, time: T0 + 20_000, image: CMD });
      const child = securityStart({ pid: 20, time: T0 + 21_000, creatorPid: 10, parentImage: CMD });
      await lineage.apply(one, two, child);
      const { parent } = await nodeOf(child);
      expect(parent?.certainty).toBe("ambiguous");
      expect(parent?.key).toBe((await nodeOf(two)).key);
      expect(new Set(parent?.candidates)).toEqual(new Set([(await nodeOf(one)).key, (await nodeOf(two)).key]));
    });

    it("is ambiguous if it started more than a week before and its end is not known", async () => {
      const day = 86_400_000;
      const service = securityStart({ pid: 10, time: T0, image: WMI });
      const soon = securityStart({ pid: 20, time: T0 + 6 * day, creatorPid: 10, parentImage: WMI });
      const late = securityStart({ pid: 21, time: T0 + 8 * day, creatorPid: 10, parentImage: WMI });
      await lineage.apply(service, soon, late);
      const { key } = await nodeOf(service);
      expect((await nodeOf(soon)).parent).toMatchObject({ key, certainty: "pid-time" });
      expect((await nodeOf(late)).parent).toMatchObject({
        key,
        certainty: "ambiguous",
        why: expect.stringContaining("may have ended unseen"),
        candidates: [key],
      });
    });

    it("is never the process itself, and a cycle of parents is broken at one edge, which is reported", async () => {
      const own = sysmonStart({ guid: guid(T0, 9), pid: 90, parentGuid: guid(T0, 9), parentPid: 90 });
      const a = sysmonStart({ guid: guid(T0, 1), pid: 1, parentGuid: guid(T0, 3), time: T0 });
      const b = sysmonStart({ guid: guid(T0, 2), pid: 2, parentGuid: guid(T0, 1), time: T0 + 1 });
      const c = sysmonStart({ guid: guid(T0, 3), pid: 3, parentGuid: guid(T0, 2), time: T0 + 2 });
      await lineage.apply(own, a, b, c);
      expect((await nodeOf(own)).parentUnknown).toContain("its own parent");
      expect((await nodeOf(a)).parentUnknown).toContain("cycle");
      const path = await lineage.reader.ancestors((await nodeOf(c)).key, 100);
      expect(path.map((node) => node.pid)).toEqual([2, 1]);
      const around = await lineage.reader.neighbourhood((await nodeOf(b)).key, 50);
      expect(around?.truncations).toEqual([
        {
          of: (await nodeOf(c)).key,
          relation: "children",
          shown: 0,
          total: 1,
          why: "the records name parents in a cycle; a child is shown above, where the cycle was broken",
        },
      ]);
    });

    it("is on the same host, whatever pids and entity ids other hosts use", async () => {
      await lineage.apply(
        sysmonStart({ host: "host-b", guid: guid(T0, 1), pid: 10, image: WMI }),
        sysmonStart({ host: "host-a", guid: guid(T0, 2), pid: 20, parentGuid: guid(T0, 1), parentPid: 10 }),
      );
      const { processes } = await lineage.graph();
      expect(processes.filter((node) => node.placeholder).map((node) => node.host)).toEqual(["host-a"]);
    });
  });

  describe("irregular input", () => {
    it("with a clock that jumps back leaves the parent unknown rather than wrong", async () => {
      const parent = securityStart({ pid: 10, time: T0, image: WMI });
      const child = securityStart({ pid: 20, time: T0 - 3_600_000, creatorPid: 10, parentImage: WMI });
      await lineage.apply(parent, child);
      expect(await parentOf(child)).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe" });
      expect((await nodeOf(child)).parent?.certainty).toBe("declared");
      expect((await nodeOf(parent)).childCount).toBe(0);
    });

    it("with a host under its short and its full name finds parents under the other name", async () => {
      const before = sysmonStart({ host: "ws6", guid: guid(T0, 1), pid: 10, image: WMI });
      const after = sysmonStart({
        host: "ws6.corp.example",
        guid: guid(T0, 2),
        pid: 20,
        time: T0 + 50,
        parentGuid: guid(T0, 1),
        parentPid: 10,
        parentImage: WMI,
      });
      await lineage.apply(before, after);
      expect(await parentOf(after)).toMatchObject({ host: "ws6.corp.example", placeholder: false, pid: 10 });
      expect((await nodeOf(before)).childCount).toBe(1);
    });

    it("with one pid twice at one moment is two processes; which of them started a third is ambiguous", async () => {
      const one = securityStart({ pid: 10, image: CMD, commandLine: "cmd /c one" });
      const other = securityStart({ pid: 10, image: CMD, commandLine: "cmd /c other" });
      const exit = securityEnd({ pid: 10, time: T0 + 1000, image: CMD });
      const child = securityStart({ pid: 20, time: T0 + 9000, image: NET, creatorPid: 10, parentImage: CMD });
      await lineage.apply(one, other, exit, child);
      expect((await nodeOf(one)).key).not.toBe((await nodeOf(other)).key);
      const { parent } = await nodeOf(child);
      expect(parent).toMatchObject({ certainty: "ambiguous" });
      expect(parent?.candidates?.toSorted()).toEqual([(await nodeOf(one)).key, (await nodeOf(other)).key].toSorted());
    });

    it("with a process named as its own parent, by entity id or by pid, makes it a root with that reason", async () => {
      const byId = sysmonStart({ guid: guid(T0, 1), pid: 10, parentGuid: guid(T0, 1), parentPid: 10 });
      const byPid = securityStart({ pid: 20, time: T0 + 9000, creatorPid: 20, parentImage: CMD });
      await lineage.apply(byId, byPid);
      for (const event of [byId, byPid]) {
        expect((await nodeOf(event)).parentUnknown).toContain("its own parent");
      }
    });

    it("with an entity id on two hosts is two processes", async () => {
      const one = sysmonStart({ host: "clone-a", guid: guid(T0, 1), pid: 10, commandLine: "a" });
      const two = sysmonStart({ host: "clone-b", guid: guid(T0, 1), pid: 10, commandLine: "b" });
      await lineage.apply(one, two);
      expect([(await nodeOf(one)).commandLine, (await nodeOf(two)).commandLine]).toEqual(["a", "b"]);
    });

    it("with control characters in names keeps them, and keeps hosts and entity ids separate", async () => {
      const name = "C:\\a\u0007b\u202ecod.exe";
      const odd = sysmonStart({ host: "a", guid: "b\u0000c", pid: 10, image: name, commandLine: "x\u0000\ny" });
      const other = sysmonStart({ host: "a\u0000b", guid: "c", pid: 10 });
      await lineage.apply(odd, other);
      expect(await nodeOf(odd)).toMatchObject({ name: "a\u0007b\u202ecod.exe", executable: name });
      expect((await nodeOf(odd)).key).not.toBe((await nodeOf(other)).key);
      expect(await lineage.reader.counts()).toMatchObject({ processes: 2 });
    });

    it("with thousands of children of one parent shows a bounded part with exact totals", async () => {
      const parent = sysmonStart({ guid: guid(T0, 0), pid: 1, image: WMI });
      const many = Array.from({ length: 3000 }, (_, index) =>
        sysmonStart({
          guid: guid(T0, index + 1),
          pid: 100 + index,
          time: T0 + index,
          parentGuid: guid(T0, 0),
          image: index % 1000 === 7 ? CMD : NET,
          commandLine: index % 1000 === 7 ? "cmd.exe /c rare" : `net.exe use ${1000 + index}`,
        }),
      );
      await lineage.apply(parent, ...many);
      const around = await lineage.reader.neighbourhood((await nodeOf(parent)).key, 200);
      expect(around?.nodes.length).toBeLessThan(10);
      expect(around?.nodes.filter(({ name }) => name === "cmd.exe")).toHaveLength(3);
      expect(around?.childGroups).toMatchObject([{ name: "net.exe", total: 2997 }]);
      expect(around?.truncations).toMatchObject([{ relation: "children", total: 3000 }]);
    });
  });

  describe("activity and exits", () => {
    it("are counted for their process, and an exit ends it", async () => {
      const start = sysmonStart({ guid: guid(T0, 1), pid: 10 });
      await lineage.apply(start, sysmonActivity(3, { guid: guid(T0, 1) }), sysmonActivity(22, { guid: guid(T0, 1) }));
      await lineage.apply(sysmonActivity(3, { guid: guid(T0, 1) }), sysmonEnd({ guid: guid(T0, 1), time: T0 + 7000 }));
      expect(await nodeOf(start)).toMatchObject({
        end: new Date(T0 + 7000).toISOString(),
        activity: { network: 2, dns: 1, file: 0 },
        placeholder: false,
      });
    });

    it("show a process whose start was not recorded", async () => {
      const event = sysmonActivity(10, { guid: guid(T0, 1), pid: 10, image: WMI, user: "CORP\\bob" });
      await lineage.apply(event);
      expect(await nodeOf(event)).toMatchObject({ placeholder: true, name: "WmiPrvSE.exe", user: { name: "bob" } });
      expect(await lineage.reader.counts()).toMatchObject({ processes: 0 });
    });
  });

  describe("sessions", () => {
    it("have the source of the logon that opened them, their processes and their end", async () => {
      const opened = logon({ logonId: "0x551686", time: T0 - 500, ip: "172.18.39.5", port: 50123, workstation: "WS5" });
      const start = sysmonStart({ guid: guid(T0, 1), pid: 10, logonId: "0x551686" });
      await lineage.apply(start);
      const key = (await nodeOf(start)).sessionKey ?? "";
      expect(await lineage.reader.session(key)).toMatchObject({ user: { name: "alice" }, processCount: 1 });
      await lineage.apply(
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

    it("are listed in the order of their processes, in whatever order they arrived", async () => {
      const parent = sysmonStart({ guid: guid(T0, 1), pid: 10, logonId: "0x5" });
      const children = [9, 3, 7, 1, 8, 2].map((id, index) =>
        sysmonStart({
          guid: guid(T0 + index, 2 + index),
          pid: 11 + index,
          time: T0 + index,
          parentGuid: guid(T0, 1),
          logonId: `0x${id}`,
        }),
      );
      await lineage.apply(...children.toReversed());
      await lineage.apply(parent);
      const around = await lineage.reader.neighbourhood((await nodeOf(parent)).key, 20);
      expect(around?.sessions.map(({ logonId }) => logonId)).toEqual(["0x5", "0x9", "0x3", "0x7", "0x1", "0x8", "0x2"]);
    });

    it("are two if the logon id was opened again", async () => {
      const day = 86_400_000;
      const first = securityStart({ pid: 10, time: T0, subjectLogonId: "0x77" });
      const second = securityStart({ pid: 10, time: T0 + day, subjectLogonId: "0x77" });
      await lineage.apply(first, second, logon({ logonId: "0x77", time: T0 + day - 100 }));
      await lineage.apply(logon({ logonId: "0x77", time: T0 - 100 }));
      const keys = [(await nodeOf(first)).sessionKey, (await nodeOf(second)).sessionKey];
      expect(new Set(keys).size).toBe(2);
      expect((await lineage.reader.sessions({ hosts: ["host-a"], limit: 10 })).total).toBe(2);
    });

    it("are one for each logon GUID if no logon was recorded, and a late logon is that of its own processes", async () => {
      const day = 86_400_000;
      const start = (serial: number, time: number, who: string, logonGuid: string) =>
        sysmonStart({ guid: guid(time, serial), pid: 2000, time, user: `CORP\\${who}`, logonId: "0x3a111", logonGuid });
      const first = [start(1, T0, "anna", "{1-1}"), start(2, T0 + 20_000, "anna", "{1-1}")];
      const second = [start(3, T0 + day, "boris", "{2-2}"), start(4, T0 + day + 20_000, "boris", "{2-2}")];
      const sessionsNow = async () => {
        const nodes = await Promise.all([...first, ...second].map(nodeOf));
        const pages = nodes.map(({ sessionKey }) => lineage.reader.processesIn({ sessionKey, limit: 9 }));
        const users = (await Promise.all(pages)).map(({ items }) => items.map(({ user }) => user?.name).join(" "));
        expect(users).toEqual(["anna anna", "anna anna", "boris boris", "boris boris"]);
        return Promise.all(nodes.map(({ sessionKey = "" }) => lineage.reader.session(sessionKey)));
      };
      await lineage.apply(...second, ...first);
      const [ofAnna, , ofBoris] = await sessionsNow();
      expect([ofAnna?.user?.name, ofBoris?.user?.name, ofAnna?.openedBy]).toEqual(["anna", "boris", undefined]);
      const opened = logon({ logonId: "0x3a111", user: "CORP\\boris", time: T0 + day - 1000 });
      await lineage.apply(opened);
      const [stillAnnas, , nowOpened] = await sessionsNow();
      expect([stillAnnas?.openedBy, nowOpened?.openedBy?.eventId]).toEqual([undefined, opened.id]);
    });

    it("are two before and after a boot, however late that is known", async () => {
      const start = (pid: number, time: number) => securityStart({ pid, time, subjectLogonId: "0x77" });
      const [before, after] = [start(10, T0), start(11, T0 + 90_000)];
      await lineage.apply(before, after);
      const key = (await nodeOf(before)).sessionKey;
      expect((await nodeOf(after)).sessionKey).toBe(key);
      await lineage.apply(boot({ time: T0 + 60_000 }), boot({ time: T0 + 60_000, host: "host-b" }));
      expect((await nodeOf(before)).sessionKey).toBe(key);
      expect((await nodeOf(after)).sessionKey).not.toBe(key);
      expect((await lineage.reader.sessions({ hosts: ["host-a"], limit: 10 })).total).toBe(2);
    });

    it("know the other half of a split token, and both are found by their logon ids", async () => {
      const both = { user: "CORP\\kfox", type: 2, time: T0 };
      const elevated = logon({ ...both, logonId: "0x8a010", linkedLogonId: "0x8a020", elevated: true });
      const filtered = logon({ ...both, logonId: "0x8a020", linkedLogonId: "0x8a010" });
      const desktop = sysmonStart({ guid: guid(T0, 1), pid: 1, time: T0 + 5000, logonId: "0x8a020" });
      await lineage.apply(desktop, elevated, filtered);
      const found = await lineage.reader.sessions({ logons: [{ host: "host-a", logonId: "0x8a010" }], limit: 9 });
      expect(found.items).toMatchObject([{ logonId: "0x8a010", elevated: true, linkedLogonId: "0x8a020" }]);
      const linked = await linkedSessions(lineage.reader, found.items);
      expect([...linked.values()]).toMatchObject([{ logonId: "0x8a020", elevated: false, processCount: 1 }]);
      expect((await lineage.reader.sessions({ logons: [], limit: 9 })).total).toBe(0);
    });

    it("know the other half of a split token also if only that one's logon was recorded", async () => {
      const both = { user: "CORP\\kfox", type: 2, time: T0 };
      const start = sysmonStart({ guid: guid(T0, 1), pid: 1, time: T0 + 5000, logonId: "0x8a020", user: "CORP\\kfox" });
      await lineage.apply(start);
      await lineage.apply(logon({ ...both, logonId: "0x8a010", linkedLogonId: "0x8a020", elevated: true }));
      const session = await lineage.reader.session((await nodeOf(start)).sessionKey ?? "");
      expect(session).toMatchObject({ elevated: false, linkedLogonId: "0x8a010", opened: undefined });
      const linked = await linkedSessions(lineage.reader, session === undefined ? [] : [session]);
      expect([...linked.values()]).toMatchObject([{ logonId: "0x8a010", elevated: true }]);
    });

    it("of services are marked, one per host, and never belong to a logon", async () => {
      const start = sysmonStart({ guid: guid(T0, 1), pid: 10, logonId: "0x3e7", user: "NT AUTHORITY\\SYSTEM" });
      await lineage.apply(start, logon({ logonId: "0x3e7", type: 5, user: "NT AUTHORITY\\SYSTEM" }));
      const session = await lineage.reader.session((await nodeOf(start)).sessionKey ?? "");
      expect(session).toMatchObject({ service: true, user: { name: "SYSTEM" } });
      expect(session?.openedBy).toBeUndefined();
    });
  });

  describe("the reader", () => {
    it("returns children in pages, with the exact total", async () => {
      const parent = sysmonStart({ guid: guid(T0, 0), pid: 1, image: WMI });
      const children = Array.from({ length: 7 }, (_, index) =>
        sysmonStart({ guid: guid(T0, index + 1), pid: 100 + index, time: T0 + index + 1, parentGuid: guid(T0, 0) }),
      );
      await lineage.apply(parent, ...children);
      const { key } = await nodeOf(parent);
      const first = await lineage.reader.children(key, { limit: 5 });
      expect([first.items.length, first.total]).toEqual([5, 7]);
      const second = await lineage.reader.children(key, { limit: 5, cursor: first.next });
      expect(second.items.map((node) => node.pid)).toEqual([105, 106]);
      expect(second.next).toBeUndefined();
    });

    const image = (serial: number) => ({ guid: guid(T0, serial), pid: serial, time: T0 + serial });
    /** One command-line template per serial. */
    const distinct = (serial: number) => ({ commandLine: `cmd.exe /c step-${String.fromCharCode(97 + serial)}` });

    it("shows a process with its path to the root, siblings and descendants, and reports what is left out", async () => {
      const root = sysmonStart({ ...image(1) });
      const middle = sysmonStart({ ...image(2), parentGuid: guid(T0, 1) });
      const focus = sysmonStart({ ...image(50), parentGuid: guid(T0, 2), commandLine: "cmd.exe /c focus" });
      const siblings = Array.from({ length: 70 }, (_, index) =>
        sysmonStart({
          ...image(15 + index + (index >= 35 ? 1 : 0)),
          parentGuid: guid(T0, 2),
          commandLine: `cmd.exe /c ${"x".repeat(index + 1)}`,
        }),
      );
      const below = Array.from({ length: 4 }, (_, index) =>
        sysmonStart({ ...image(200 + index), parentGuid: guid(T0, 50) }),
      );
      await lineage.apply(root, middle, focus, ...siblings, ...below);
      const around = await lineage.reader.neighbourhood((await nodeOf(focus)).key, 15);
      const pids = around?.nodes.map((node) => node.pid) ?? [];
      expect(pids.length).toBe(15);
      expect(pids.slice(0, 2)).toEqual([1, 2]);
      expect(pids.slice(-4)).toEqual([200, 201, 202, 203]);
      expect(pids).toEqual(expect.arrayContaining([47, 48, 49, 50, 51, 52]));
      expect(around?.childGroups).toEqual([]);
      expect(around?.truncations).toEqual([
        expect.objectContaining({ of: (await nodeOf(middle)).key, relation: "children", shown: 9, total: 71 }),
      ]);
    });

    it("collapses similar children into one row with their exact number, and pages the members", async () => {
      const parent = sysmonStart({ ...image(1), image: WMI });
      const similar = Array.from({ length: 12 }, (_, index) =>
        sysmonStart({
          ...image(10 + index),
          parentGuid: guid(T0, 1),
          commandLine: `net.exe use ${100 + index}`,
          image: NET,
        }),
      );
      const others = [0, 1].map((serial) =>
        sysmonStart({ ...image(40 + serial), parentGuid: guid(T0, 1), ...distinct(serial) }),
      );
      await lineage.apply(parent, ...similar, ...others);
      const { key } = await nodeOf(parent);
      const around = await lineage.reader.neighbourhood(key, 100);
      expect(around?.nodes.map(({ pid }) => pid).sort()).toEqual([1, 10, 40, 41]);
      const [collapsed, ...rest] = around?.childGroups ?? [];
      expect(rest).toEqual([]);
      expect(collapsed).toMatchObject({ of: key, name: "net.exe", commandTemplate: "net.exe use *", total: 12 });
      const page = await lineage.reader.children(key, { childGroup: collapsed?.key, limit: 10 });
      expect([page.items.length, page.total]).toEqual([10, 12]);
      const more = await lineage.reader.children(key, { childGroup: collapsed?.key, cursor: page.next, limit: 10 });
      expect(more.items.map(({ pid }) => pid)).toEqual([20, 21]);
    });

    it("counts groups of children also when records arrive late and twice, up to the requested number", async () => {
      const child = (serial: number, commandLine: string) =>
        sysmonStart({ ...image(serial), parentGuid: guid(T0, 1), commandLine });
      const duplicate = securityStart({ pid: 11, time: T0 + 11, commandLine: "b" });
      await lineage.apply(child(10, "a"), duplicate);
      await lineage.apply(child(11, "b"), child(12, "b"));
      const parent = (await nodeOf(child(12, "b"))).parent?.key ?? "";
      const groups = (await lineage.reader.childGroups([parent, "unknown"], 10)).get(parent);
      expect(groups?.complete).toBe(true);
      expect(groups?.groups.map(({ total, first }) => [total, first.length]).sort()).toEqual([
        [1, 1],
        [2, 2],
      ]);
      expect((await lineage.reader.childGroups([parent], 1)).get(parent)).toMatchObject({ complete: false });
      expect((await lineage.reader.childGroups(["unknown"], 10)).size).toBe(0);
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
      await lineage.apply(...events);
      const [first] = events;
      const sessionKey = first === undefined ? undefined : (await nodeOf(first)).sessionKey;
      const totals = await Promise.all(
        [
          { hosts: ["host-a"] },
          { userKeys: ["corp\\alice"] },
          { sessionKey },
          { sessionKey, userKeys: ["corp\\bob"] },
          { hosts: ["host-b"], userKeys: ["corp\\alice"] },
          { hosts: ["host-a", "host-b"], userKeys: ["corp\\alice", "corp\\bob"] },
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
        [2, 4],
      ]);
      expect(await lineage.reader.users()).toEqual([
        expect.objectContaining({
          key: "corp\\alice",
          on: [{ host: "host-a", processes: 3, logons: 0, failedLogons: 0 }],
          last: T0 + 3,
        }),
        expect.objectContaining({ key: "corp\\bob", on: [expect.objectContaining({ processes: 1 })], last: T0 }),
      ]);
      expect((await lineage.reader.sessions({ userKeys: ["corp\\bob"], limit: 5 })).total).toBe(1);
    });
  });

  it("finds hosts by their first label only, not by a prefix of it", async () => {
    const hosts = ["ws6", "ws6.corp.example", "ws6.dev.example", "ws60", "ws6-b", "10.0.0.5", "other"];
    await lineage.apply(
      ...hosts.map((host, index) => sysmonStart({ host, guid: guid(T0, index), pid: index + 1, time: T0 })),
    );
    expect(await lineage.reader.hostsLabelled(["ws6"])).toEqual(["ws6", "ws6.corp.example", "ws6.dev.example"]);
    expect(await lineage.reader.hostsLabelled(["10.0.0.5", "other", "10"])).toEqual(["10.0.0.5", "other"]);
    expect(await lineage.reader.hostsLabelled([])).toEqual([]);
  });

  describe("logon facts", () => {
    const at = { from: T0 - 1000, to: T0 + 1000 };

    it("are found by session, host, source address and target host of credentials, within a period", async () => {
      const opened = logon({ logonId: "0x70", ip: "::ffff:10.0.0.5", time: T0 });
      const later = logon({ logonId: "0x71", ip: "10.0.0.5", time: T0 + 5000 });
      const used = explicitLogon({
        host: "ws5",
        logonId: "0x20",
        server: "HOST-A.corp.example",
        user: "CORP\\bob",
        time: T0,
      });
      await lineage.apply(later, opened, used);
      const found = await lineage.reader.logonFacts(
        [
          { by: "host", host: "host-a", what: "opened", ...at },
          { by: "address", address: "10.0.0.5", what: "opened", from: T0, to: T0 + 9000 },
          { by: "session", host: "ws5", logonId: "0x20", what: "explicit", ...at },
          { by: "target", label: "host-a", what: "explicit", ...at },
          { by: "target", label: "host-b", what: "explicit", ...at },
        ],
        10,
      );
      expect(found.map((facts) => facts.map(({ source }) => source.eventId))).toEqual([
        [opened.id],
        [opened.id, later.id],
        [used.id],
        [used.id],
        [],
      ]);
      expect(found[2]?.[0]).toMatchObject({ targetHost: "HOST-A.corp.example", user: { name: "bob" }, pid: 77 });
      // The SID in the record is the one of the account that used the credentials.
      expect(found[2]?.[0]?.user?.id).toBeUndefined();
      const [first] = await lineage.reader.logonFacts(
        [{ by: "address", address: "10.0.0.5", what: "opened", from: T0, to: T0 + 9000 }],
        1,
      );
      expect(first?.length).toBe(1);
    });

    it("contain the addresses of a host, from its own connections, and when it had them", async () => {
      const out = (time: number, ip: string) =>
        sysmonConnection({ guid: guid(T0, 1), time, source: ip, destination: "10.9.9.9", initiated: true });
      await lineage.apply(
        out(T0 + 500, "10.0.0.5"),
        out(T0, "10.0.0.5"),
        out(T0, "fe80::1"),
        out(T0, "127.0.0.1"),
        sysmonConnection({
          host: "host-b",
          guid: guid(T0, 2),
          source: "10.0.0.5",
          destination: "10.0.0.6",
          initiated: false,
        }),
        sysmonConnection({
          host: "host-b",
          guid: guid(T0, 2),
          source: "10.0.0.6",
          destination: "10.0.0.7",
          initiated: false,
          protocol: "udp",
        }),
      );
      const mine = { host: "host-a", address: "10.0.0.5", first: T0, last: T0 + 500 };
      expect(await lineage.reader.addresses({ hosts: ["host-a"] })).toEqual([mine]);
      expect(await lineage.reader.addresses({ addresses: ["10.0.0.5", "10.0.0.6", "10.0.0.7"] })).toEqual([
        mine,
        expect.objectContaining({ host: "host-b", address: "10.0.0.6" }),
      ]);
    });

    it("connect the names of an account to its SID, except the short SIDs that every host has", async () => {
      const sid = "S-1-5-21-1-2-3-1104";
      await lineage.apply(
        logon({ logonId: "0x70", user: "CORP.EXAMPLE\\bob", sid }),
        securityStart({ pid: 1, subject: "CORP\\bob", subjectSid: sid }),
        securityStart({ pid: 2, subject: "CORP\\HOST-A$", subjectSid: "S-1-5-18" }),
      );
      expect(await lineage.reader.accountTies(["corp.example\\bob", "corp\\bob", "corp\\host-a$"])).toEqual([
        { userKey: "corp.example\\bob", sid: sid.toLowerCase(), source: expect.objectContaining({ code: "4624" }) },
        { userKey: "corp\\bob", sid: sid.toLowerCase(), source: expect.objectContaining({ code: "4688" }) },
      ]);
    });
  });

  describe("runs of an image", () => {
    const run = (number: number, given: Parameters<typeof sysmonStart>[0] = {}) =>
      sysmonStart({ guid: guid(T0, number), pid: 100 + number, time: T0 + number * 1000, ...given });
    const pidsOf = (page: { readonly items: readonly ProcessNode[] }) => page.items.map(({ pid }) => pid);

    it("are found by name on one host or all, within a period, in pages, with exact totals", async () => {
      await lineage.apply(
        ...[1, 2, 3, 4, 5].map((number) => run(number, { host: number === 2 ? "host-b" : "host-a" })),
        run(6, { image: NET, commandLine: "net view" }),
        // A parent that is known from its child only is not a run.
        run(7, { image: NET, commandLine: "net use", parentGuid: guid(T0, 99), parentImage: CMD }),
      );
      const { reader } = lineage;
      const first = await reader.runs({ name: "cmd.exe", limit: 2 });
      expect([pidsOf(first), first.total]).toEqual([[105, 104], 5]);
      const second = await reader.runs({ name: "cmd.exe", limit: 3, cursor: first.next });
      expect([pidsOf(second), second.next]).toEqual([[103, 102, 101], undefined]);
      const window = { from: T0 + 2000, to: T0 + 4000 };
      expect(pidsOf(await reader.runs({ name: "cmd.exe", order: "oldest-first", ...window, limit: 9 }))).toEqual([
        102, 103, 104,
      ]);
      expect((await reader.runs({ name: "cmd.exe", host: "host-b", limit: 1 })).total).toBe(1);
      expect((await reader.runs({ name: "CMD.EXE", limit: 1 })).total).toBe(0);
    });

    it("are similar if image and command line agree except for what changes from run to run, on every host", async () => {
      const dig = (number: number, command: string, host = "host-a") =>
        run(number, { commandLine: `cmd.exe /c ${command}`, host, hashes: "MD5=AA11,IMPHASH=77" });
      const [one, other] = [dig(1, "ping 10.1.2.3"), dig(2, "ping 10.9.8.7", "host-b")];
      await lineage.apply(one, other, dig(3, "whoami"), run(4, { image: NET, hashes: "SHA256=BB22,IMPHASH=77" }));
      const { childGroup } = await nodeOf(one);
      expect((await nodeOf(other)).childGroup).toBe(childGroup);
      expect(pidsOf(await lineage.reader.runs({ name: "cmd.exe", childGroup, limit: 9 }))).toEqual([102, 101]);
      expect(pidsOf(await lineage.reader.runs({ hash: "aa11", limit: 9 }))).toEqual([103, 102, 101]);
      expect(pidsOf(await lineage.reader.runs({ hash: "bb22", host: "host-a", limit: 9 }))).toEqual([104]);
      expect((await lineage.reader.runs({ hash: "77", limit: 9 })).total).toBe(0);
    });
  });
});
