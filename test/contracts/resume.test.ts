import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { IngestSummary } from "#contracts/ingest";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { Rule } from "../../server/detection/rule.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { rule } from "../factories/alerts.ts";
import { describeStores, type TestStore } from "./stores.ts";

const evil = rule({ condition: wildcard("process.name", "evil.exe") });

/** Process starts as NXLog writes them, every hundredth of an evil program. */
function lines(from: number, count: number): string {
  const record = (number: number) =>
    JSON.stringify({
      EventTime: "2024-05-06 12:00:01",
      Hostname: "ws7.example.test",
      EventID: 1,
      SourceName: "Microsoft-Windows-Sysmon",
      Channel: "Microsoft-Windows-Sysmon/Operational",
      RecordNumber: number,
      ProcessGuid: `{AAAABBBB-0001-6638-0100-${String(number).padStart(12, "0")}}`,
      ProcessId: String(1000 + number),
      Image: number % 100 === 0 ? "C:\\evil.exe" : "C:\\fine.exe",
      UtcTime: "2024-05-06 10:00:01.250",
    });
  return `${Array.from({ length: count }, (_, index) => record(from + index)).join("\n")}\n`;
}

describeStores("an interrupted ingest", (open) => {
  let test: TestStore;
  let store: Store;
  let folder = "";
  beforeEach(async () => {
    test = await open();
    store = test.store;
    folder = mkdtempSync(join(tmpdir(), "stemma-resume-"));
    writeFileSync(join(folder, "a.json"), lines(0, 600));
    writeFileSync(join(folder, "b.json"), `${lines(1000, 300)}broken\n${lines(2000, 300)}`);
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await test.dispose();
  });

  interface Given {
    readonly paths?: readonly string[];
    readonly rules?: readonly Rule[];
    /** Interrupted after this write. */
    readonly writes?: number;
    readonly stdin?: AsyncIterable<Uint8Array>;
  }

  async function run({ paths = [folder], rules = [evil], writes, stdin }: Given = {}): Promise<IngestSummary> {
    const stop = new AbortController();
    let written = 0;
    return ingest({
      store: { ...store, writeSize: 256 },
      ...{ detector: createDetector(rules), paths, actor: { name: "tester" }, clock: Date.now, signal: stop.signal },
      ...(stdin === undefined ? {} : { read: { stdin } }),
      onProgress({ phase }) {
        written += phase === "reading" ? 1 : 0;
        if (written === writes) {
          stop.abort();
        }
      },
    });
  }
  const leftOver = async () => [
    ...(await store.engineState.all("ingest-runs")),
    ...(await store.engineState.all("ingest-files")),
    ...(await store.engineState.all("refresh")),
  ];

  it("goes on as the same ingest, and ends with the figures of the whole", async () => {
    const first = await run({ writes: 1 });
    expect(first).toMatchObject({ state: "interrupted", records: 256, events: 256, alerts: 3 });
    expect(first.file).toBe(join(folder, "a.json"));
    const second = await run({ writes: 1 });
    expect(second).toMatchObject({ state: "interrupted", records: 512, resumed: 1, id: first.id });
    expect(await run()).toMatchObject({
      ...{ id: first.id, state: "done", resumed: 2, files: 2, records: 1200, events: 1200, duplicates: 0, alerts: 12 },
      ...{ processes: 1200, rejectedTotal: 1 },
    });
    expect((await store.ingests.page({ limit: 10 })).total).toBe(1);
    expect(await leftOver()).toEqual([]);
    const audit = (await store.audit.page({ limit: 10 })).items.map(({ action }) => action);
    expect(audit.toReversed()).toEqual([
      ...["ingest.start", "ingest.stop", "ingest.resume", "ingest.stop", "ingest.resume", "ingest.finish"],
    ]);
  });

  it("goes on under another spelling of its paths", async () => {
    await run({ writes: 3 });
    const second = await run({ paths: [relative(process.cwd(), folder)], writes: 1 });
    expect(second).toMatchObject({ state: "interrupted", records: 1200, resumed: 1, duplicates: 0 });
    expect(await run({ paths: [`${folder}${sep}.${sep}`] })).toMatchObject({
      ...{ state: "done", resumed: 2, files: 2, records: 1200, events: 1200, duplicates: 0, rejectedTotal: 1 },
    });
    expect(await leftOver()).toEqual([]);
  });

  it("is another ingest than one of other paths, and than the same one repeated when it is done", async () => {
    await run({ writes: 1 });
    const other = await run({ paths: [join(folder, "b.json")] });
    expect(other).toMatchObject({ state: "done", events: 600 });
    expect(other.resumed).toBeUndefined();
    expect(await run()).toMatchObject({ state: "done", resumed: 1, events: 600, duplicates: 600 });
    const repeated = await run();
    expect(repeated).toMatchObject({ state: "done", events: 0, duplicates: 1200 });
    expect(repeated.resumed).toBeUndefined();
  });

  it("reads the rest with the rules of now, and says so", async () => {
    await run({ writes: 1 });
    const fine: Rule = { ...rule({ condition: wildcard("process.name", "fine.exe") }), id: "fine" };
    const summary = await run({ rules: [fine] });
    expect(summary.warnings.map(({ code }) => code)).toEqual(["ingest.rules-changed"]);
    // 3 of the first 256 records are evil, 9 of the rest.
    expect(summary.alerts).toBe(3 + 1200 - 256 - 9);
  });

  it("is shown as interrupted once it has died, whatever runs now", async () => {
    await run({ writes: 1 });
    const [died] = (await store.ingests.page({ limit: 1 })).items;
    await store.write(async ({ ingests }) => {
      if (died !== undefined) {
        await ingests.put({ ...died, state: "running" });
      }
    });
    await run({ paths: [join(folder, "b.json")] });
    expect((await store.ingests.get(died?.id ?? ""))?.state).toBe("interrupted");
  });

  it("keeps no finished files where the same command cannot go on", async () => {
    await run({ paths: [folder, "-"], writes: 3, stdin: standardInput(lines(3000, 300)) });
    expect(await store.engineState.all("ingest-files")).toEqual([]);
    expect(await store.engineState.all("ingest-runs")).toHaveLength(1);
    await run({ paths: [join(folder, "b.json")] });
    expect(await leftOver()).toEqual([]);
  });

  it("leaves nothing when its checkpoint is of another version, or its ingest is gone", async () => {
    await run({ writes: 3 });
    const [[name, value] = ["", ""]] = await store.engineState.all("ingest-runs");
    const files = (await store.engineState.all("ingest-files")).map(([file, text]) => ({ name: file, value: text }));
    expect(files).toHaveLength(1);
    const changed = [
      { name, value: JSON.stringify({ ...JSON.parse(value), format: 1 }) },
      { name: "paths gone", value: JSON.stringify({ ...JSON.parse(value), id: "gone" }) },
    ];
    await store.write(async ({ engineState }) => {
      await engineState.save("ingest-runs", changed);
      await engineState.save("ingest-files", [{ name: "gone /in/a.json", value: files[0]?.value }]);
    });
    const other = await run({ paths: [join(folder, "b.json")] });
    expect(other).toMatchObject({ state: "done", warnings: [] });
    expect(await leftOver()).toEqual([]);
  });

  it.each(["ingest-runs", "ingest-files"])("begins anew, and says so, where a row of %s is damaged", async (scope) => {
    const first = await run({ writes: 3 });
    const [[name, value] = ["", ""]] = await store.engineState.all(scope);
    await store.write(({ engineState }) => engineState.save(scope, [{ name, value: value.slice(0, -9) }]));
    const second = await run();
    expect(second).toMatchObject({ state: "done", files: 2, records: 1200, events: 1200 - first.events });
    expect(second).toMatchObject({ duplicates: first.events, warnings: [{ code: "ingest.checkpoint-unreadable" }] });
    expect(second.id).not.toBe(first.id);
    expect(await leftOver()).toEqual([]);
    expect((await run()).warnings).toEqual([]);
  });

  it("says that the checkpoint of another command is damaged, and goes on with its own", async () => {
    await run({ writes: 1 });
    const other = { name: "paths other", value: JSON.stringify({ format: 2, id: 7 }) };
    await store.write(({ engineState }) => engineState.save("ingest-runs", [other]));
    const summary = await run();
    expect(summary).toMatchObject({ resumed: 1, records: 1200, duplicates: 0 });
    expect(summary.warnings.map(({ code }) => code)).toEqual(["ingest.checkpoint-unreadable"]);
    expect(await leftOver()).toEqual([]);
  });
});

async function* standardInput(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
