import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeEvtx } from "../../../test/factories/evtx-writer.ts";
import type { FormatItem } from "../record.ts";
import type { Format } from "./format.ts";
import { shapes } from "./json/shapes.ts";
import { detectFormat, formats, HEAD_BYTES } from "./registry.ts";

/** A small file of every registered format with the records 1 and 2. A new format adds its own. */
const samples: Readonly<Record<string, Buffer>> = {
  evtx: Buffer.from(
    writeEvtx([1, 2].map((recordId) => ({ ...record(recordId), recordId, data: [["Image", "a.exe"]] }))),
  ),
  "windows-xml": Buffer.from(
    [1, 2]
      .map(
        (id) =>
          `<Event><System><Provider Name="Example"/><EventID>7</EventID><EventRecordID>${id}</EventRecordID></System></Event>`,
      )
      .join("\n"),
  ),
  json: Buffer.from(JSON.stringify([1, 2].map(nxlog), undefined, 2)),
  ndjson: Buffer.from([1, 2].map((id) => `${JSON.stringify(nxlog(id))}\n`).join("")),
};

function record(recordId: number) {
  const time = Date.UTC(2026, 0, 2) + recordId;
  return { time, provider: "Example", channel: "Application", computer: "host-1", code: 7 };
}

function nxlog(id: number) {
  return { EventTime: "2026-01-02 03:04:05", EventID: 7, RecordNumber: id, SourceName: "Example" };
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

async function read(format: Format, bytes: Buffer, size = 1 << 16): Promise<readonly FormatItem[]> {
  const items: FormatItem[] = [];
  for await (const batch of format.read(
    { name: "sample", chunks: inChunks(bytes, size) },
    { maxRecordBytes: 10_000 },
  )) {
    items.push(...batch);
  }
  return items;
}

const recordIds = (items: readonly FormatItem[]) =>
  items.map((item) => (item.kind === "windows" ? item.event.recordId : item.kind));

describe.each(formats)("the format $name", (format) => {
  const sample = samples[format.name] ?? Buffer.alloc(0);

  it("is detected by its first bytes", () => {
    expect(samples[format.name], `registry.test.ts needs a sample of ${format.name}`).toBeDefined();
    expect(detectFormat(sample.subarray(0, HEAD_BYTES))).toEqual({ kind: "format", format });
  });

  it("reads its records with their offsets, whatever the size of the chunks", async () => {
    const whole = await read(format, sample);
    expect(recordIds(whole)).toEqual(["1", "2"]);
    const offsets = whole.map((item) => (item.kind === "problem" ? undefined : item.offset));
    expect(offsets).toEqual([...new Set(offsets)].sort((left, right) => Number(left) - Number(right)));
    for (const size of [1, 7, 1000]) {
      expect(await read(format, sample, size).then(recordIds)).toEqual(["1", "2"]);
    }
  });

  it("keeps the records before the end of a truncated file, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: sample.length - 1 }), async (length) => {
        const items = await read(format, sample.subarray(0, length));
        const ids = recordIds(items).filter((id) => id !== "problem");
        expect(["1", "2"].slice(0, ids.length)).toEqual(ids);
      }),
      { numRuns: 50 },
    );
  });

  it("never throws when bytes are overwritten", async () => {
    const change = fc.tuple(fc.integer({ min: 0, max: sample.length - 1 }), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
        const bytes = Buffer.from(sample);
        for (const [at, value] of changes) {
          bytes[at] = value;
        }
        expect((await read(format, bytes)).length).toBeLessThan(10);
      }),
      { numRuns: 50 },
    );
  });
});

describe("format detection", () => {
  it("has a unique name and label for every format", () => {
    expect(new Set(formats.map(({ name }) => name)).size).toBe(formats.length);
    expect(new Set(formats.map(({ label }) => label)).size).toBe(formats.length);
  });

  it("names known other files, and lists the supported formats for unknown ones", () => {
    const reasonFor = (bytes: Buffer) => {
      const detected = detectFormat(bytes);
      return detected.kind === "none" ? detected.reason : detected.format.name;
    };
    expect(reasonFor(Buffer.alloc(0))).toBe("the file is empty");
    expect(reasonFor(Buffer.from("%PDF-1.7"))).toBe("a PDF document is not a supported format");
    expect(reasonFor(Buffer.from("\x28\xb5\x2f\xfd…", "latin1"))).toBe("a Zstandard archive is not a supported format");
    expect(reasonFor(Buffer.from("\x30\0\0\0LfLe", "latin1"))).toContain("(EVT) is not a supported format");
    const unknown = reasonFor(Buffer.from("nothing to see"));
    expect(formats.filter(({ label }) => !unknown.includes(label))).toEqual([]);
  });
});

describe("JSON shapes", () => {
  /** One record of every shape, by the name of the shape. A new shape adds its own. */
  const records: Readonly<Record<string, Record<string, unknown>>> = {
    "Log Analytics": { EventID: 1, EventData: '{"Image":"a.exe"}', TimeGenerated: "2026-01-02T03:04:05Z" },
    "NXLog or PowerShell": nxlog(1),
    "Winlogbeat 6": { event_id: 1, log_name: "Security", "@timestamp": "2026-01-02T03:04:05Z" },
    ECS: { _source: { "@timestamp": "2026-01-02T03:04:05Z" } },
  };

  it.each(shapes)("read $name, which no other shape matches first", ({ name, read: readShape }) => {
    const value = records[name] ?? {};
    expect(shapes.find(({ matches }) => matches(value))?.name).toBe(name);
    expect(readShape(value, { offset: 5, original: "text" })).toMatchObject({ offset: 5, original: "text" });
  });
});
