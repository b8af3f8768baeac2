import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rule } from "../../test/factories/alerts.ts";
import { guid, objectAccess, scriptBlock, sysmonActivity, sysmonStart, T0 } from "../../test/factories/events.ts";
import { ingestEvents } from "../../test/factories/ingest.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { changeStatus } from "../alert/change-status.ts";
import { equals } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import type { StemmaEvent } from "../event/event.ts";

const image = "C:\\Windows\\System32\\cscript.exe";
const start = sysmonStart({ guid: guid(T0, 1), pid: 500, time: T0, image });
const access = objectAccess({ pid: 500, image, object: "C:\\Windows\\ntds.dit", time: T0 + 2000 });
const again = objectAccess({ pid: 500, image, object: "C:\\Windows\\system.hive", time: T0 + 24_000 });
const later = sysmonStart({ guid: guid(T0 + 13_000, 2), pid: 500, time: T0 + 13_000, image });
const detector = createDetector([
  rule({ id: "object", condition: equals("event.code", "4663") }),
  rule({ id: "script", condition: equals("event.code", "4104") }),
]);

describe("alerts on records that name their process by id", () => {
  let world: WorkbenchStore;
  beforeEach(async () => {
    world = await openWorkbenchStore();
  });
  afterEach(() => world.close());
  const arrive = (...events: readonly StemmaEvent[]) => ingestEvents(world.store, detector, events);
  const alerts = async () => (await world.store.alerts.find({ limit: 100, order: "oldest-first" })).items;
  const keyOf = async (event: StemmaEvent) => (await world.store.lineage.processOf(event))?.key;

  it.each([
    ["after the start of the process", [start], [access]],
    ["before it", [access], [start]],
  ])("hang on the process that had the id, whether they arrive %s", async (_, first, second) => {
    await arrive(...first);
    await arrive(...second);
    expect(await alerts()).toMatchObject([
      { processKey: await keyOf(start), rootKey: await keyOf(start), byPid: [{ eventId: access.id, pid: 500 }] },
    ]);
  });

  it("are one alert of a rule for all records of the process, and an exact replay adds none", async () => {
    await arrive(start, access);
    const [before] = await alerts();
    await arrive(access, again);
    await arrive(access, again);
    const [after, ...others] = await alerts();
    expect(others).toEqual([]);
    expect(after?.id).toBe(before?.id);
    expect(after?.sources.map(({ eventId }) => eventId)).toEqual([access.id, again.id]);
  });

  it("part when the id turns out to have been that of two processes", async () => {
    await arrive(start, access, again);
    await arrive(later);
    expect((await alerts()).map(({ processKey, sources }) => [processKey, sources.length])).toEqual([
      [await keyOf(start), 1],
      [await keyOf(later), 1],
    ]);
  });

  it("leave the process when it is no longer certain, with an alert for each record", async () => {
    await arrive(sysmonStart({ guid: guid(T0, 1), pid: 500, time: T0, image }), access, again);
    const twin = sysmonStart({ guid: guid(T0, 3), pid: 500, time: T0, image });
    await arrive(twin);
    const left = await alerts();
    expect(left.map(({ processKey, rootKey, host }) => [processKey, rootKey, host])).toEqual([
      [undefined, undefined, "host-a"],
      [undefined, undefined, "host-a"],
    ]);
    expect(left.map(({ sources }) => sources[0]?.eventId)).toEqual([access.id, again.id]);
  });

  it("stay with their event where no process is known, or only one that started more than a week before", async () => {
    const week = 8 * 86_400_000;
    await arrive(start, scriptBlock({ pid: 500, time: T0 + week }), scriptBlock({ pid: 777, time: T0 }));
    expect((await alerts()).map(({ processKey }) => processKey)).toEqual([undefined, undefined]);
  });

  it("find a process that is only known from what it did", async () => {
    const file = sysmonActivity(11, { guid: guid(T0, 1), pid: 500, image, time: T0 + 1000 });
    await arrive(file, access, scriptBlock({ pid: 500, time: T0 + 2000 }));
    expect((await alerts()).map(({ rule: { id }, processKey }) => [id, processKey])).toEqual(
      expect.arrayContaining([
        ["object", await keyOf(file)],
        ["script", await keyOf(file)],
      ]),
    );
  });

  it("reopen the closed alert of their process", async () => {
    await arrive(start, access);
    await world.store.write(async (tables) => {
      const [alert] = (await tables.alerts.find({ limit: 1 })).items;
      if (alert !== undefined) {
        await changeStatus(tables, alert, { by: { kind: "detection" }, at: T0, to: "closed", reason: "duplicate" });
      }
    });
    await arrive(again);
    const [alert] = await alerts();
    expect(alert).toMatchObject({ status: "open", processKey: await keyOf(start) });
    expect((await world.store.triage.transitions([alert?.id ?? ""])).at(-1)?.note).toContain("process id");
  });
});
