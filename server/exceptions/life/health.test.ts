import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exceptionStateAt } from "#contracts/exception-life";
import { exception, rule } from "../../../test/factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../../../test/factories/events.ts";
import { ingestEvents } from "../../../test/factories/ingest.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import { equals } from "../../condition/tree.ts";
import { createDetector } from "../../detection/detector.ts";
import { exceptionHealthOf, isDue } from "./health.ts";

const day = 86_400_000;
const detector = createDetector([rule({ condition: equals("process.name", "cmd.exe") })]);

function start(serial: number, time: number, host: string, commandLine: string) {
  const image = "C:\\Windows\\System32\\cmd.exe";
  const made = { recordId: String(serial), time, guid: guid(T0, serial), pid: 1000 + serial * 4, host };
  return sysmonStart({ ...made, image, commandLine, user: "CORP\\alice" });
}

describe("the health of an exception", () => {
  let world: WorkbenchStore;
  const saved = exception({ createdAt: new Date(T0 + day).toISOString() });
  const health = async () => {
    const read = await exceptionHealthOf(world.store, saved.id, T0 + 9 * day);
    if (!read.ok) {
      throw new Error(read.error.message);
    }
    return read.value;
  };
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.store.write(({ exceptions }) => exceptions.put(saved));
    const take = (now: number, ...events: ReturnType<typeof start>[]) =>
      ingestEvents(world.store, detector, events, now);
    await take(T0 + 10, start(1, T0, "host-a", "cmd.exe /c collect 17"));
    await take(T0 + 2 * day, start(2, T0 + day, "HOST-A", "cmd.exe /c collect 42"));
    await take(T0 + 3 * day, start(3, T0 + day + 5, "host-b", "cmd.exe /c whoami"));
  });
  afterAll(() => world.close());

  it("counts hits by the days of their events", async () => {
    expect(await health()).toMatchObject({
      ...{ state: "enforced", hits: 3, since: 2, dueForReview: false, eventsMissing: 0 },
      ...{ firstHit: new Date(T0).toISOString(), lastHit: new Date(T0 + day + 5).toISOString() },
      rules: [{ value: "rule-1", count: 3 }],
    });
    expect((await health()).perDay.map(({ count }) => count)).toEqual([1, 2]);
  });

  it("names hosts, users and kinds of command lines that it began to cover after it was saved", async () => {
    expect((await health()).news).toEqual({
      hosts: [{ value: "host-b", count: 1 }],
      users: [],
      commandLines: [{ value: "cmd.exe /c whoami", count: 1 }],
    });
  });

  it("starts over with a new version", async () => {
    const edited = { ...saved, version: 2, changedAt: new Date(T0 + 5 * day).toISOString() };
    await world.store.write(({ exceptions }) => exceptions.put(edited));
    expect(await health()).toMatchObject({ since: 0, news: { hosts: [], users: [], commandLines: [] } });
  });

  it("refuses an exception that there is not", async () => {
    expect(await exceptionHealthOf(world.store, "none", T0)).toMatchObject({ error: { code: "exception.not-found" } });
  });
});

describe("the state of an exception", () => {
  const at = (time: number) => new Date(time).toISOString();

  it("is its mode, or why it is not in force", () => {
    const states = [
      exception({ mode: "shadow" }),
      exception({ expires: at(T0) }),
      exception({ expires: at(T0), disabledAt: at(T0) }),
      exception({ disabledAt: at(T0), deletedAt: at(T0) }),
      exception({ expires: at(T0 + 1) }),
    ].map((record) => exceptionStateAt(record, T0));
    expect(states).toEqual(["shadow", "expired", "disabled", "deleted", "enforced"]);
  });

  it("is due for review from that day on, while it is in force", () => {
    const due = { reviewBy: at(T0) };
    expect([T0 - 1, T0].map((now) => isDue(exception(due), now))).toEqual([false, true]);
    expect(isDue(exception({ ...due, disabledAt: at(T0) }), T0)).toBe(false);
  });
});
