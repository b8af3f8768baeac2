import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteInTemporaryFolder, type TestStore } from "../../../test/contracts/stores.ts";
import { rule } from "../../../test/factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../../../test/factories/events.ts";
import { ingestEvents } from "../../../test/factories/ingest.ts";
import { equals } from "../../condition/tree.ts";
import { createDetector } from "../../detection/detector.ts";
import type { StemmaEvent } from "../../event/event.ts";
import { alertContext } from "../alert-fields.ts";
import { withFacts } from "./facts.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An agent that starts a shell with a script, which asks who it is. */
const run = (
  at: number,
  { agent = "agent.exe", script = "nightly.cmd", asked = "whoami /groups", account = "CORP\\svc" } = {},
): readonly StemmaEvent[] => {
  const ids = [guid(at, 1), guid(at, 2), guid(at, 3)];
  const of = (place: number, name: string, commandLine: string) =>
    sysmonStart({
      time: at + place * 1000,
      guid: ids[place],
      pid: 100 + place,
      image: `C:\\Program Files\\${name}`,
      commandLine,
      user: account,
      ...(place === 0 ? {} : { parentGuid: ids[place - 1], parentPid: 99 + place }),
    });
  return [of(0, agent, agent), of(1, "cmd.exe", `cmd.exe /c ${script}`), of(2, "whoami.exe", asked)];
};

describe("a habit of a host", () => {
  let test: TestStore;
  beforeEach(async () => {
    test = await sqliteInTemporaryFolder();
  });
  afterEach(() => test.dispose());

  /** The habit of a program when it last ran, after three days on which everything was as usual. */
  const habit = async (name: string, last: readonly StemmaEvent[]) => {
    const earlier = [3, 2, 1].flatMap((days) => run(T0 - days * DAY));
    const detector = createDetector([rule({ id: "r", condition: equals("process.name", name) })]);
    await ingestEvents(test.store, detector, [...earlier, ...last]);
    const { items } = await test.store.alerts.find({ order: "newest-first", limit: 1 });
    const [alert] = items;
    if (alert === undefined) {
      throw new Error("no alert");
    }
    const { fields } = await withFacts(test.store, await alertContext(test.store, alert), ["stemma.recurrence.days"]);
    return ["days", "same_hour_days", "new_children"].map((field) => fields[`stemma.recurrence.${field}`]);
  };

  it("holds for the same chain at the same time of day that starts the same", async () => {
    expect(await habit("cmd.exe", run(T0))).toEqual([3, 3, 0]);
  });

  it("keeps to its time of day", async () => {
    expect(await habit("cmd.exe", run(T0 + 6 * HOUR))).toEqual([3, 0, 0]);
  });

  it("is broken by something new that the usual command starts", async () => {
    expect(await habit("cmd.exe", run(T0, { asked: "whoami /priv" }))).toEqual([3, 3, 1]);
  });

  it.each([
    ["in what the parent runs", { script: "other.cmd" }],
    ["in the program that started the parent", { agent: "service.exe" }],
    ["in its account", { account: "CORP\\alice" }],
  ])("is none of a run that differs %s", async (_, change) => {
    expect(await habit("whoami.exe", run(T0, change))).toEqual([0, 0, undefined]);
  });
});
