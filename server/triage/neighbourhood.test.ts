import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rule } from "../../test/factories/alerts.ts";
import { guid, sysmonActivity, sysmonStart, T0 } from "../../test/factories/events.ts";
import { ingestEvents } from "../../test/factories/ingest.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { wildcard } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import { neighbourhoodOf, neighbourhoodOfAlert } from "./neighbourhood.ts";

const start = (serial: number, name: string, parent?: number) =>
  sysmonStart({
    guid: guid(T0, serial),
    pid: serial * 10,
    time: T0 + serial * 1000,
    image: `C:\\${name}`,
    commandLine: name,
    ...(parent === undefined ? {} : { parentGuid: guid(T0, parent) }),
  });
const detector = createDetector([rule({ condition: wildcard("process.command_line", "evil*") })]);
const tool = start(1, "evil-tool.exe");
const injection = sysmonActivity(8, { guid: guid(T0, 1), pid: 10, time: T0 + 5000, target: { guid: guid(T0, 3) } });

describe("the process graph around an alert", () => {
  let world: WorkbenchStore;
  beforeEach(async () => {
    world = await openWorkbenchStore();
    await ingestEvents(world.store, detector, [
      tool,
      start(2, "desktop.exe"),
      start(3, "notepad.exe", 2),
      injection,
      start(7, "evil-child.exe", 3),
      start(8, "unrelated.exe"),
    ]);
  });
  afterEach(() => world.close());
  const alertOn = async (name: string) => {
    const { items } = await world.store.alerts.find({ limit: 10 });
    return items.find(({ fields }) => fields["process.command_line"] === name);
  };

  it("has the branches of all alerts of the incident, also where no parent connects them", async () => {
    const alert = await alertOn("evil-tool.exe");
    const around = await neighbourhoodOfAlert(world.store, alert?.id ?? "", 100);
    expect(around?.nodes.map(({ name }) => name)).toEqual([
      "evil-tool.exe",
      "desktop.exe",
      "notepad.exe",
      "evil-child.exe",
    ]);
    expect(around?.focus).toBe(alert?.processKey);
  });

  it("has those under the same root only, if it is asked for by process", async () => {
    const alert = await alertOn("evil-tool.exe");
    const around = await neighbourhoodOf(world.store, alert?.processKey ?? "", 100);
    expect(around?.nodes.map(({ name }) => name)).toEqual(["evil-tool.exe"]);
  });
});
