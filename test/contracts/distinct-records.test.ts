import { afterEach, beforeEach, expect, it } from "vitest";
import { createDetector } from "../../server/detection/detector.ts";
import { readRules } from "../../server/detection/rule-files/load.ts";
import { readEvents } from "../../server/ingest/read.ts";
import { ok } from "../../server/lib/result.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import type { Store } from "../../server/store/port.ts";
import { type EvtxRecord, writeEvtx } from "../factories/evtx-writer.ts";
import { describeStores, type TestStore } from "./stores.ts";

const MINUTE = 60_000;
const time = Date.UTC(2024, 4, 6, 10, 0, 1);
const { rules } = readRules([
  {
    file: "whoami.yml",
    source: "whoami.yml",
    text: ok(
      "title: whoami\nid: whoami\nlogsource: { product: windows, category: process_creation }\ndetection:\n  selection:\n    Image|endswith: '\\whoami.exe'\n  condition: selection\n",
    ),
  },
]);

/** The start of a process with this pid, as the Security log has it. */
function start(pid: number, at: number, recordId = 17, image = "whoami.exe"): EvtxRecord {
  return {
    recordId,
    time: at,
    provider: "Microsoft-Windows-Security-Auditing",
    channel: "Security",
    computer: "ws7.example.test",
    code: 4688,
    version: 2,
    data: [
      ["SubjectUserSid", "S-1-5-18"],
      ["SubjectUserName", "WS7$"],
      ["SubjectLogonId", 0x3e7n],
      ["NewProcessId", BigInt(pid)],
      ["NewProcessName", `C:\\Windows\\System32\\${image}`],
      ["ProcessId", 0x340n],
      ["CommandLine", "whoami  /all"],
      ["TargetUserName", "-"],
    ],
  };
}

const iso = (at: number, zone = "Z") => new Date(at).toISOString().replace("Z", zone);
const values = ({ data }: EvtxRecord) =>
  data.map(([name, value]) => [name, typeof value === "bigint" ? `0x${value.toString(16)}` : String(value)] as const);

/** The same record as other exporters write it. */
const renderings: Readonly<Record<string, (record: EvtxRecord) => Uint8Array>> = {
  evtx: (record) => writeEvtx([record]),
  "NXLog without a zone": (record) =>
    json({
      EventTime: iso(record.time - 240 * MINUTE, "").slice(0, 19),
      Hostname: "ws7",
      EventID: record.code,
      SourceName: record.provider,
      Channel: record.channel,
      RecordNumber: record.recordId,
      ...Object.fromEntries(values(record).filter(([name]) => name !== "ProcessId")),
    }),
  "PowerShell with a 12-hour clock": (record) =>
    json({
      TimeCreated: iso(record.time - 16 * 60 * MINUTE),
      Hostname: "ws7",
      EventID: record.code,
      SourceName: record.provider,
      Channel: record.channel,
      RecordNumber: record.recordId,
      ...Object.fromEntries(values(record)),
      NewProcessId: Number(record.data.find(([name]) => name === "NewProcessId")?.[1]),
    }),
  XML: (record) =>
    Buffer.from(
      `<Event><System><Provider Name='${record.provider}'/><EventID>${record.code}</EventID><TimeCreated SystemTime='${iso(record.time, "5678900Z")}'/><EventRecordID>${record.recordId}</EventRecordID><Channel>Security</Channel><Computer>${record.computer}</Computer></System><EventData>${values(
        record,
      )
        .map(([name, value]) => `<Data Name='${name}'>${value}</Data>`)
        .join("")}</EventData></Event>`,
    ),
  Winlogbeat: (record) =>
    json({
      "@timestamp": iso(record.time),
      event: { code: String(record.code), provider: record.provider },
      winlog: {
        channel: record.channel,
        provider_name: record.provider,
        computer_name: record.computer,
        event_id: record.code,
        record_id: record.recordId,
        event_data: Object.fromEntries(values(record).filter(([, value]) => value !== "-")),
      },
    }),
};

/** How many ids the records have on their own. */
async function firstIds(content: Uint8Array): Promise<number> {
  async function* stdin() {
    yield content;
  }
  const ids = new Set<string>();
  for await (const batch of readEvents(["-"], { stdin: stdin() })) {
    for (const { event } of batch.events) {
      ids.add(event.id);
    }
  }
  return ids.size;
}

function json(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

describeStores("records with one id", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  async function ingestFile(content: Uint8Array) {
    async function* stdin() {
      yield content;
    }
    const { events, duplicates, alerts, rejectedTotal } = await ingest({
      store,
      detector: createDetector(rules),
      paths: ["capture"],
      batches: readEvents(["-"], { stdin: stdin() }),
      actor: { name: "tester" },
      clock: () => time,
    });
    return { events, duplicates, alerts, rejectedTotal };
  }

  const stored = { rejectedTotal: 0, alerts: 0 };

  it("are both kept when they are of different moments, with a process and an alert each", async () => {
    const [first, second] = [start(0x4e0, time), start(0x9c4, time + 15 * MINUTE)];
    const both = writeEvtx([first, second]);
    expect(await ingestFile(both)).toEqual({ ...stored, events: 2, duplicates: 0, alerts: 2 });
    expect((await store.lineage.counts()).processes).toBe(2);
    // In any order, again and again.
    expect(await ingestFile(writeEvtx([second, first]))).toEqual({ ...stored, events: 0, duplicates: 2 });
    expect(await ingestFile(writeEvtx([second]))).toEqual({ ...stored, events: 0, duplicates: 1 });
    const third = start(0x9c4, time + 45 * MINUTE);
    expect(await ingestFile(writeEvtx([third, first]))).toEqual({ ...stored, events: 1, duplicates: 1, alerts: 1 });
    expect(await store.events.count()).toBe(3);
  });

  it("are both kept when each is in a file of its own", async () => {
    const [first, second] = [start(0x4e0, time), start(0x9c4, time + 15 * MINUTE)];
    const isNew = { ...stored, events: 1, duplicates: 0, alerts: 1 };
    const isKnown = { ...stored, events: 0, duplicates: 1 };
    expect(await ingestFile(writeEvtx([first]))).toEqual(isNew);
    expect(await ingestFile(writeEvtx([second]))).toEqual(isNew);
    expect((await store.lineage.counts()).processes).toBe(2);
    expect(await ingestFile(writeEvtx([second]))).toEqual(isKnown);
    expect(await ingestFile(writeEvtx([first]))).toEqual(isKnown);
    expect(await ingestFile(writeEvtx([start(0x9c4, time + 45 * MINUTE)]))).toEqual(isNew);
    expect(await ingestFile(writeEvtx([first]))).toEqual(isKnown);
    expect(await store.events.count()).toBe(3);
  });

  it("are both kept when only their times differ, and with the original of each", async () => {
    await ingestFile(writeEvtx([start(0x4e0, time)]));
    const summary = await ingestFile(writeEvtx([start(0x4e0, time + 90 * MINUTE)]));
    expect(summary).toMatchObject({ events: 1, duplicates: 0 });
    for await (const events of store.events.scan({ condition: { kind: "constant", value: true } })) {
      for (const event of events) {
        expect(event.source.eventId).toBe(event.id);
        expect(JSON.stringify(await store.events.original(event.id))).toContain(event.source.time.slice(0, 19));
      }
    }
  });

  it.each(Object.keys(renderings))("are one event in every rendering, after %s", async (name) => {
    const record = start(0x4e0, time);
    await ingestFile(renderings[name]?.(record) ?? Buffer.alloc(0));
    for (const [other, render] of Object.entries(renderings)) {
      const summary = await ingestFile(render(record));
      expect([other, summary]).toEqual([other, { ...stored, events: 0, duplicates: 1 }]);
    }
    // Another record with that id, in a rendering whose zone is unknown.
    const later = renderings["NXLog without a zone"]?.(start(0x9c4, time + 15 * MINUTE)) ?? Buffer.alloc(0);
    expect(await ingestFile(later)).toMatchObject({ events: 1, duplicates: 0 });
  });

  it("are all kept of a log that was cleared and counted from one again", async () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed;
    };
    const life = (from: number) =>
      Array.from({ length: 4_000 }, (_, index) =>
        start(random() % 65_536, from + (random() % 1_440) * MINUTE, index, "net.exe"),
      );
    const all = [...life(time), ...life(time + 30 * 24 * 60 * MINUTE)];
    expect(await firstIds(writeEvtx(all))).toBeLessThan(8_000);
    const summary = await ingestFile(writeEvtx(all));
    expect(summary).toMatchObject({ events: 8_000, duplicates: 0 });
    expect(await ingestFile(writeEvtx(all))).toMatchObject({ events: 0, duplicates: 8_000 });
  });
});
