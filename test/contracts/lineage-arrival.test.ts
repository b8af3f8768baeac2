import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkSource } from "../../server/alerting/link-source.ts";
import { equals } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { logonLinks } from "../../server/lineage/links/logon-links.ts";
import type { Store } from "../../server/store/port.ts";
import { rule } from "../factories/alerts.ts";
import {
  explicitLogon,
  guid,
  logoff,
  logon,
  opaqueId,
  securityEnd,
  securityStart,
  sysmonConnection,
  sysmonEnd,
  sysmonStart,
  T0,
} from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { sqliteInTemporaryFolder } from "./stores.ts";

const CMD = "C:\\Windows\\System32\\cmd.exe";
const WMIC = "C:\\Windows\\System32\\wbem\\WMIC.exe";
const detector = createDetector([
  rule({ id: "cmd", condition: equals("process.name", "cmd.exe") }),
  rule({ id: "exit", condition: equals("event.code", "4689") }),
]);

/**
 * A history with duplicate records, a reused pid, an ambiguous parent, exits, and a logon from another host.
 */
const records: readonly StemmaEvent[] = [
  sysmonStart({ guid: opaqueId(1), pid: 10, time: T0, image: CMD }),
  sysmonStart({ guid: opaqueId(2), pid: 10, time: T0 + 20_000, image: CMD }),
  securityStart({ pid: 20, time: T0 + 21_000, creatorPid: 10, parentImage: CMD, commandLine: "cmd /c x" }),
  securityStart({ pid: 30, time: T0 + 22_000, creatorPid: 20, parentImage: CMD, image: CMD }),
  sysmonStart({ guid: guid(T0 + 22_000, 3), pid: 30, time: T0 + 22_400, image: CMD, parentPid: 20, parentImage: CMD }),
  securityEnd({ pid: 20, time: T0 + 40_000, image: CMD }),
  securityStart({ pid: 20, time: T0 + 50_000, creatorPid: 30, parentImage: CMD, image: CMD }),
  sysmonEnd({ guid: opaqueId(2), pid: 10, time: T0 + 60_000 }),
  securityEnd({ pid: 99, time: T0 + 70_000, image: CMD }),
  sysmonStart({ host: "ws5", guid: guid(T0, 5), pid: 77, time: T0 + 80_000, image: WMIC, logonId: "0x20" }),
  explicitLogon({ host: "ws5", logonId: "0x20", pid: 77, server: "host-a", user: "CORP\\bob", time: T0 + 81_000 }),
  sysmonConnection({
    host: "ws5",
    guid: guid(T0, 5),
    time: T0 + 81_500,
    source: "10.0.0.5",
    sourcePort: 60_001,
    destination: "10.0.0.1",
    initiated: true,
  }),
  logon({ logonId: "0x60", user: "CORP\\bob", ip: "10.0.0.5", port: 60_001, time: T0 + 82_000 }),
  securityStart({ pid: 40, time: T0 + 83_000, creatorPid: 30, image: CMD, targetLogonId: "0x60", target: "CORP\\bob" }),
  logoff({ logonId: "0x60", time: T0 + 90_000 }),
];

async function outcome(store: Store) {
  const hosts = ["host-a", "ws5"];
  const { items: processes } = await store.lineage.processesIn({ hosts, limit: 500 });
  const { items: sessions } = await store.lineage.sessions({ hosts, limit: 500 });
  const { items: alerts } = await store.alerts.find({ limit: 500, order: "oldest-first" });
  const links = logonLinks(linkSource(store));
  return {
    processes,
    sessions: sessions.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    alerts: alerts.map(({ id, processKey, rootKey, userKey, sources }) => ({
      id,
      processKey,
      rootKey,
      userKey,
      sources,
    })),
    links: await Promise.all(
      sessions.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((session) => links.originOf(session)),
    ),
    childGroups: await store.lineage.childGroups(
      processes.map(({ key }) => key),
      50,
    ),
  };
}

describe("the result of an ingest", () => {
  it("is the same in any order, in any number of files, and if records arrive twice", async () => {
    const ingested = async (files: readonly (readonly StemmaEvent[])[]) => {
      const test = await sqliteInTemporaryFolder();
      try {
        for (const file of files) {
          await ingestEvents(test.store, detector, file);
        }
        return await outcome(test.store);
      } finally {
        await test.dispose();
      }
    };
    const expected = await ingested([records]);
    expect(expected.alerts.length).toBeGreaterThan(5);
    expect(expected.links.filter((link) => link !== undefined)).toMatchObject([{ certainty: "exact" }]);
    expect(expected.processes.filter(({ parent }) => parent?.certainty === "ambiguous")).not.toEqual([]);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...records, ...records], { minLength: 2 * records.length }),
        fc.integer({ min: 1, max: 2 * records.length }),
        async (events, cut) => {
          expect(await ingested([events.slice(0, cut), events.slice(cut)])).toEqual(expected);
        },
      ),
      { numRuns: 12 },
    );
  });
});
