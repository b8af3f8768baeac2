import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queueQuery } from "#contracts/queue";
import { rule } from "../../test/factories/alerts.ts";
import { guid, logon, sysmonConnection, sysmonStart, T0 } from "../../test/factories/events.ts";
import { ingestEvents } from "../../test/factories/ingest.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { wildcard } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import type { StemmaEvent } from "../event/event.ts";

const source = "ws5.corp.example";
const target = "srv6.corp.example";
const detector = createDetector([
  rule({ body: { kind: "event", condition: wildcard("process.command_line", "*evil*") } }),
]);

/** On ws5 a shell starts a tool that connects to srv6; its logon there starts a shell under the WMI host. */
const onSource: readonly StemmaEvent[] = [
  sysmonStart({ host: source, guid: guid(T0, 1), pid: 70, time: T0, image: "C:\\shell.exe", logonId: "0x20" }),
  sysmonStart({
    host: source,
    guid: guid(T0, 2),
    pid: 77,
    time: T0 + 100,
    image: "C:\\tool.exe",
    commandLine: "tool evil",
    parentGuid: guid(T0, 1),
    logonId: "0x20",
  }),
  sysmonConnection({
    host: source,
    guid: guid(T0, 2),
    pid: 77,
    time: T0 + 900,
    source: "10.0.0.5",
    sourcePort: 50_100,
    destination: "10.0.0.6",
    initiated: true,
  }),
];
const onTarget: readonly StemmaEvent[] = [
  logon({ host: target, logonId: "0x60", time: T0 + 1000, ip: "10.0.0.5", port: 50_100 }),
  sysmonStart({ host: target, guid: guid(T0, 8), pid: 80, time: T0 + 1200, image: "C:\\wmi.exe", logonId: "0x3e4" }),
  sysmonStart({
    host: target,
    guid: guid(T0, 9),
    pid: 90,
    time: T0 + 1500,
    image: "C:\\cmd.exe",
    commandLine: "cmd evil",
    parentGuid: guid(T0, 8),
    logonId: "0x60",
  }),
];

describe("an incident across logon sessions", () => {
  let world: WorkbenchStore;
  beforeEach(async () => {
    world = await openWorkbenchStore();
  });
  afterEach(() => world.close());
  const items = async () =>
    (await world.store.alerts.queue(queueQuery.parse({}))).items.map(({ hosts, alertCount }) => [hosts, alertCount]);
  const together = [[[target, source], 2]];

  it.each([
    ["the source first", onSource, onTarget],
    ["the target first", onTarget, onSource],
  ])("groups alerts of both hosts, whichever host's records arrive first: %s", async (_, first, second) => {
    await ingestEvents(world.store, detector, first);
    expect(await items()).toHaveLength(1);
    await ingestEvents(world.store, detector, second);
    expect(await items()).toEqual(together);
  });

  it("splits when a second process turns out to be a possible origin of the logon", async () => {
    await ingestEvents(world.store, detector, [...onSource, ...onTarget]);
    expect(await items()).toEqual(together);
    await ingestEvents(world.store, detector, [
      sysmonStart({ host: source, guid: guid(T0, 3), pid: 99, time: T0, image: "C:\\other.exe", logonId: "0x21" }),
      sysmonConnection({
        host: source,
        guid: guid(T0, 3),
        pid: 99,
        time: T0 + 950,
        source: "10.0.0.5",
        sourcePort: 50_100,
        destination: "10.0.0.6",
        initiated: true,
      }),
    ]);
    expect(await items()).toHaveLength(2);
  });
});
