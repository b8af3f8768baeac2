import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rule } from "../../test/factories/alerts.ts";
import { always, equals } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import { sampleCapture } from "../sample/generate.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { ingest } from "./ingest.ts";
import { prepareInThread } from "./prepare-in-thread.ts";

const NOW = Date.UTC(2024, 4, 6, 12);

describe("reading in a separate thread", () => {
  let folder: string;
  let capture: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-thread-"));
    capture = join(folder, "capture.json");
    const lines = [...sampleCapture(NOW)];
    // Some records are repeated, one is damaged, one has a field name that must be treated as data.
    const odd = JSON.stringify({ "@timestamp": "2024-05-06T09:00:00Z", "host.name": "odd" }).replace(
      "}",
      ',"__proto__":"data"}',
    );
    writeFileSync(capture, [...lines, "{ damaged", odd, ...lines.slice(0, 300)].join("\n"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const detector = createDetector([
    rule({ id: "shells", condition: equals("process.name", "powershell.exe") }),
    rule({ id: "odd", condition: equals("host.name", "odd") }),
  ]);

  async function contentOf(thread: boolean) {
    const opened = await openSqliteStore(join(folder, `${thread}.db`));
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const store = opened.value;
    const summary = await ingest({
      store,
      detector,
      paths: [capture],
      actor: { name: "tester" },
      clock: () => NOW,
      newId: () => "ingest",
      thread,
    });
    const { events } = await store.events.find({ condition: always, limit: 100_000, order: "oldest-first" });
    const content = {
      summary,
      events,
      prototypes: new Set(events.map(({ fields }) => Object.getPrototypeOf(fields))),
      originals: await Promise.all(events.slice(0, 50).map(({ id }) => store.events.original(id))),
      alerts: (await store.alerts.find({ limit: 1_000 })).items,
      hosts: await store.lineage.hosts(),
      users: await store.lineage.users(),
      coverage: await store.events.coverage({}),
      sessions: (await store.lineage.sessions({ limit: 1_000 })).items,
    };
    await store.close();
    return content;
  }

  it("stores the same as reading without one", async () => {
    const plain = await contentOf(false);
    expect(await contentOf(true)).toEqual(plain);
    expect(plain.prototypes).toEqual(new Set([null]));
    expect(plain.summary).toMatchObject({ state: "done", rejectedTotal: 1, duplicates: 300 });
    expect(plain.alerts.map((alert) => alert.rule.id)).toContain("odd");
    expect(plain.alerts.map((alert) => alert.rule.id)).toContain("shells");
  });

  it("ends the thread when the loop is left", async () => {
    const prepared = prepareInThread({ paths: [capture, capture, capture], read: {}, rules: [] });
    const first = await prepared.next();
    expect(first.done).toBe(false);
    expect(await prepared.return(undefined)).toEqual({ done: true, value: undefined });
    expect((await prepared.next()).done).toBe(true);
  });

  it("reports what cannot be read as a problem", async () => {
    const batches = [];
    for await (const one of prepareInThread({ paths: [join(folder, "missing")], read: {}, rules: [] })) {
      batches.push(one);
    }
    expect(batches.flatMap(({ problems }) => problems)).toMatchObject([{ problem: { code: "input.unreadable" } }]);
  });
});
