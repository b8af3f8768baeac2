import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { timelineRequest } from "#contracts/timeline";
import { rule } from "../../test/factories/alerts.ts";
import { guid, objectAccess, scriptBlock, sysmonActivity, sysmonStart, T0 } from "../../test/factories/events.ts";
import { ingestEvents } from "../../test/factories/ingest.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { equals } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import { timelineFor } from "./timeline.ts";

const [source, target] = [guid(T0, 1), guid(T0, 2)];
const image = "C:\\tool.exe";
const start = sysmonStart({ guid: source, pid: 500, time: T0, image, commandLine: "tool" });
const victim = sysmonStart({ guid: target, pid: 600, time: T0, image: "C:\\notepad.exe", commandLine: "notepad" });
const file = sysmonActivity(11, { guid: source, pid: 500, image, file: "C:\\a.txt", time: T0 + 1000 });
const injection = sysmonActivity(8, {
  guid: source,
  pid: 500,
  image,
  target: { guid: target, pid: 600, image: "C:\\notepad.exe" },
  time: T0 + 2000,
});
const block = scriptBlock({ pid: 500, text: "iex evil", time: T0 + 3000 });
const elsewhere = objectAccess({ pid: 777, image: "C:\\other.exe", object: "C:\\b.txt", time: T0 + 4000 });
const detector = createDetector([rule({ id: "script", condition: equals("event.code", "4104") })]);

describe("a timeline", () => {
  let world: WorkbenchStore;
  let keys: { readonly source: string | undefined; readonly target: string | undefined };
  beforeEach(async () => {
    world = await openWorkbenchStore();
    await ingestEvents(world.store, detector, [start, victim, file, injection, block, elsewhere]);
    const { lineage } = world.store;
    keys = { source: (await lineage.processOf(start))?.key, target: (await lineage.processOf(victim))?.key };
  });
  afterEach(() => world.close());
  const ask = async (request: Partial<Parameters<typeof timelineRequest.parse>[0] & object>) => {
    const found = await timelineFor(world.store, timelineRequest.parse(request));
    if (!found.ok) {
      throw new Error(found.error.message);
    }
    return found.value;
  };

  it("lists what processes did, each event in one line with the process and the other process", async () => {
    const { items, total, kinds, from, to } = await ask({ processes: [keys.source] });
    expect(items.map(({ kind, summary }) => [kind, summary])).toEqual([
      ["process", "started tool"],
      ["file", "C:\\a.txt"],
      ["injection", "→ C:\\notepad.exe (600)"],
      ["script", "iex evil"],
    ]);
    expect(items.every(({ process }) => process.key === keys.source)).toBe(true);
    expect(items[2]?.target).toEqual({ key: keys.target, name: "notepad.exe", pid: 600 });
    expect(total).toBe(4);
    expect(kinds).toEqual(["process", "injection", "script", "file"].map((kind) => ({ kind, count: 1 })));
    expect([from, to]).toEqual([T0, T0 + 3000].map((time) => new Date(time).toISOString()));
  });

  it("lists the wanted kinds, counts all, and always has the events that alerts were raised on", async () => {
    const { items, total, kinds, fired, firedTotal } = await ask({ processes: [keys.source], kinds: ["file"] });
    expect(items.map(({ id }) => id)).toEqual([file.id]);
    expect(total).toBe(1);
    expect(kinds.map(({ count }) => count)).toEqual([1, 1, 1, 1]);
    expect(fired).toMatchObject([{ id: block.id, kind: "script", alerts: [{ ruleName: expect.any(String) }] }]);
    expect(firedTotal).toBe(1);
  });

  it("says how many events there are when, and where a page ends", async () => {
    const page = await ask({ processes: [keys.source], limit: 3, buckets: 2 });
    expect(page.buckets.counts.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    expect(page.truncationReason).toContain("of 4");
    const rest = await ask({ processes: [keys.source], limit: 3, cursor: page.next });
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual([start.id, file.id, injection.id, block.id]);
    expect(rest.next).toBeUndefined();
  });

  it("lists everything on a host around a time, also what belongs to no known process", async () => {
    const window = { from: new Date(T0 + 1500).toISOString(), to: new Date(T0 + 900_000).toISOString() };
    const { items } = await ask({ hosts: ["host-a"], ...window });
    expect(items.map(({ id, process }) => [id, process.key])).toEqual([
      [injection.id, keys.source],
      [block.id, keys.source],
      [elsewhere.id, undefined],
    ]);
    expect(items[2]?.process).toMatchObject({ name: "other.exe", pid: 777 });
  });

  it.each([[{}], [{ from: "2024-05-06T09:00:00Z", to: "2024-05-08T09:00:00Z" }]])(
    "lists everything on a host only for a time: %j",
    async (window) => {
      const found = await timelineFor(world.store, timelineRequest.parse({ hosts: ["host-a"], ...window }));
      expect(found).toMatchObject({ ok: false, error: { code: "request.invalid" } });
    },
  );

  it("is empty for processes that are not known", async () => {
    expect(await ask({ processes: ["none"] })).toMatchObject({ items: [], total: 0, kinds: [], fired: [] });
  });
});
