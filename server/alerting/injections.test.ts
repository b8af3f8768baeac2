import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rule } from "../../test/factories/alerts.ts";
import { guid, sysmonActivity, sysmonStart, T0 } from "../../test/factories/events.ts";
import { ingestEvents } from "../../test/factories/ingest.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { incidentKey } from "../alert/incident-key.ts";
import { and, equals, wildcard } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import type { StemmaEvent } from "../event/event.ts";

const start = (serial: number, name: string, more: Parameters<typeof sysmonStart>[0] = {}) =>
  sysmonStart({
    guid: guid(T0, serial),
    pid: serial * 10,
    time: T0 + serial,
    image: `C:\\${name}`,
    commandLine: name,
    ...more,
  });
/** A tool with an alert, another process with an alert after T0 + 10 s, one with an alert of its own child. */
const tool = start(1, "evil-tool.exe");
const other = start(2, "evil-other.exe");
const notepad = start(3, "notepad.exe");
const child = start(4, "evil-child.exe", { parentGuid: guid(T0, 3), time: T0 + 20_000 });
const touches = (code: number, from: number, to: number, after = 10_000) =>
  sysmonActivity(code, {
    guid: guid(T0, from),
    pid: from * 10,
    image: "C:\\x.exe",
    time: T0 + after,
    target: { guid: guid(T0, to), pid: to * 10, image: "C:\\notepad.exe" },
    access: code === 10 ? "0x1fffff" : "0x1000",
  });
const thread = touches(8, 1, 3);
const detector = createDetector([
  rule({ id: "start", condition: wildcard("process.command_line", "evil*") }),
  rule({
    id: "access",
    condition: and(equals("event.code", "10"), equals("winlog.event_data.GrantedAccess", "0x1fffff")),
  }),
]);

describe("the incident of a process that another one took hold of", () => {
  let world: WorkbenchStore;
  beforeEach(async () => {
    world = await openWorkbenchStore();
  });
  afterEach(() => world.close());
  /** Names of the programs with alerts, by incident, after the batches arrived. */
  const incidents = async (...batches: readonly (readonly StemmaEvent[])[]) => {
    for (const batch of batches) {
      await ingestEvents(world.store, detector, batch);
    }
    const { items } = await world.store.alerts.find({ limit: 100 });
    const names = Map.groupBy(items, incidentKey).values();
    return [...names]
      .map((alerts) => [...new Set(alerts.map(({ sources, host }) => nameOf(sources[0]?.eventId ?? host)))].sort())
      .sort();
  };
  const nameOf = (id: string) =>
    ({ [tool.id]: "tool", [other.id]: "other", [child.id]: "child" })[id] ?? "access of the tool";

  it.each([
    ["all at once", [[tool, other, notepad, thread, child]]],
    ["the target first", [[notepad, child], [other], [thread], [tool]]],
    ["the thread first", [[thread], [child, tool], [notepad, other]]],
  ])("is that of the process that started a thread in it or above it: %s", async (_, batches) => {
    expect(await incidents(...batches)).toEqual([["child", "tool"], ["other"]]);
  });

  it("is its own where the alert is older than the thread", async () => {
    expect(await incidents([tool, notepad, touches(8, 1, 3, 60_000), child])).toEqual([["child"], ["tool"]]);
  });

  it("is its own where processes of several incidents did it, also if the second is known late", async () => {
    const both = await incidents([tool, other, notepad, thread, child], [touches(8, 2, 3)]);
    expect(both).toEqual([["child"], ["other"], ["tool"]]);
  });

  it("is its own where the other process has no alert", async () => {
    expect(await incidents([notepad, child, start(1, "quiet.exe"), thread])).toEqual([["child"]]);
  });

  it("is that of a process that opened it, if an alert was raised on that, and not otherwise", async () => {
    const quiet = sysmonActivity(10, {
      guid: guid(T0, 2),
      pid: 20,
      time: T0 + 5000,
      target: { guid: guid(T0, 3) },
      access: "0x1000",
    });
    expect(await incidents([tool, other, notepad, quiet, child])).toEqual([["child"], ["other"], ["tool"]]);
    expect(await incidents([touches(10, 1, 3)])).toEqual([["access of the tool", "child", "tool"], ["other"]]);
  });

  it("is one of two that took hold of each other", async () => {
    expect(await incidents([tool, touches(8, 1, 2, 0), touches(8, 2, 1, 0)], [other])).toEqual([["other", "tool"]]);
  });
});
