import { existsSync } from "node:fs";
import { appendFile, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { readAll } from "./byte-stream.ts";
import type { ReadPosition, ResumePoint } from "./position.ts";
import { type ReadBatch, readEvents } from "./read.ts";

/** A record whose clock has no zone; `utc` reveals it. */
function record(number: number, utc?: string): string {
  return JSON.stringify({
    EventTime: `2024-05-06 12:00:${String(number % 60).padStart(2, "0")}`,
    Hostname: "ws7.example.test",
    EventID: utc === undefined ? 4688 : 5,
    SourceName: utc === undefined ? "Microsoft-Windows-Security-Auditing" : "Microsoft-Windows-Sysmon",
    Channel: utc === undefined ? "Security" : "Microsoft-Windows-Sysmon/Operational",
    RecordNumber: number,
    ...(utc === undefined ? { NewProcessName: "C:\\a.exe" } : { ProcessId: "77", Image: "C:\\a.exe", UtcTime: utc }),
  });
}

const clear = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => record(from + index, "2024-05-06 10:00:01.250"));
const unclear = (from: number, count: number) => Array.from({ length: count }, (_, index) => record(from + index));
const lines = (records: readonly string[]) => `${records.join("\n")}\n`;

async function batchesOf(paths: readonly string[], resume?: ResumePoint): Promise<readonly ReadBatch[]> {
  return Array.fromAsync(readEvents(paths, resume === undefined ? {} : { resume }));
}

/** Where to go on after these batches. */
function resumePoint(batches: readonly ReadBatch[]): ResumePoint {
  const finished = new Map(batches.flatMap(({ finished: file }) => (file === undefined ? [] : [[file.path, file]])));
  const last = batches.findLast((batch) => batch.position !== undefined || batch.finished !== undefined);
  return { finished, ...(last?.position === undefined ? {} : { position: last.position }) };
}

/** All that batches hold, without how it is split into batches. */
function contents(batches: readonly ReadBatch[]) {
  return {
    events: batches.flatMap(({ events }) => events.map(({ event }) => event)),
    problems: batches.flatMap(({ problems }) => problems),
    ignored: batches.flatMap(({ ignored }) => ignored),
    bytes: batches.reduce((sum, { bytes }) => sum + bytes, 0),
    files: batches.filter(({ fileStart }) => fileStart).length,
  };
}

function joined(one: ReturnType<typeof contents>, other: ReturnType<typeof contents>): ReturnType<typeof contents> {
  return {
    events: [...one.events, ...other.events],
    problems: [...one.problems, ...other.problems],
    ignored: [...one.ignored, ...other.ignored],
    bytes: one.bytes + other.bytes,
    files: one.files + other.files,
  };
}

/** Compares a reading with the same one, cut into two after each of its batches, or after some of many. */
async function expectSameFromEverywhere(paths: readonly string[], cuts = 40): Promise<void> {
  const all = await batchesOf(paths);
  const whole = contents(all);
  const step = Math.ceil(all.length / cuts);
  for (let count = 1; count <= all.length; count += step) {
    const before = all.slice(0, count);
    const rest = await batchesOf(paths, resumePoint(before));
    const both = joined(contents(before), contents(rest));
    expect({ ...both, events: both.events.length, count }).toEqual({ ...whole, events: whole.events.length, count });
    // Comparing with a report of the differences takes many times as long.
    if (!isDeepStrictEqual(both.events, whole.events)) {
      expect(both.events).toEqual(whole.events);
    }
  }
}

describe("reading goes on from a position", () => {
  let folder = "";
  const put = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-position-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("as if it had read everything before, in every format and archive", async () => {
    const array = `[${clear(1, 700).join(",\n")}]`;
    const xml = Array.from(
      { length: 600 },
      (_, index) =>
        `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>1</EventID><TimeCreated SystemTime='2024-05-06T10:00:00Z'/><EventRecordID>${index}</EventRecordID><Channel>C</Channel><Computer>h</Computer></System></Event>`,
    );
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(lines(clear(1, 600))), "a.json");
    zip.addBuffer(Buffer.from("nothing to read"), "b.txt");
    zip.addBuffer(gzipSync(lines(clear(1000, 600))), "c.json.gz");
    zip.end();
    await put("1-array.json", array);
    await put("2-lines.json", lines([...clear(1, 300), "no JSON", ...clear(301, 600), "{}", ...clear(901, 20)]));
    await put("3-packed.json.gz", gzipSync(lines(clear(1, 900))));
    await put("4-records.xml", xml.join("\n"));
    await put("5-archive.zip", await readAll(zip.outputStream as AsyncIterable<Buffer>));
    await put("6-notes.txt", "not telemetry");
    await put("7-empty", "");
    await expectSameFromEverywhere([folder, join(folder, "missing")]);
  });

  it("with the same times where records wait for a clock that is understood later", async () => {
    const path = await put("held.json", lines([...unclear(1, 900), ...clear(901, 300), ...unclear(1201, 400)]));
    await expectSameFromEverywhere([path]);
    const never = await put("never.json", lines(unclear(1, 700)));
    await expectSameFromEverywhere([never]);
  });

  it("in a file that was appended to, and from the start of one that was replaced", async () => {
    const path = await put("a.json", lines(clear(1, 600)));
    const [first, ...others] = await batchesOf([path]);
    const resume = resumePoint(first === undefined ? [] : [first]);
    await appendFile(path, lines(clear(601, 10)));
    const appended = contents(await batchesOf([path], resume)).events.length;
    expect(appended).toBe(contents(others).events.length + 10);

    await put("a.json", lines(clear(5001, 600)));
    expect(contents(await batchesOf([path], resume)).events).toHaveLength(600);
  });

  it("not at all in files that are finished, until they change", async () => {
    const path = await put("a.json", lines(clear(1, 10)));
    const resume = resumePoint(await batchesOf([path]));
    expect(await batchesOf([path], resume)).toEqual([]);
    await utimes(path, new Date(0), new Date(0));
    expect(contents(await batchesOf([path], resume)).events).toHaveLength(10);
  });

  it("from the start of an archive that has changed in any way", async () => {
    const path = await put("a.json.gz", gzipSync(lines(clear(1, 600))));
    const [first] = await batchesOf([path]);
    const position: ReadPosition | undefined = first?.position;
    await utimes(path, new Date(0), new Date(0));
    const resume: ResumePoint = { finished: new Map(), ...(position === undefined ? {} : { position }) };
    expect(contents(await batchesOf([path], resume)).events).toHaveLength(600);
  });
});

const telemetry = join(import.meta.dirname, "../../../shared/telemetry");
const available = existsSync(telemetry);

describe.skipIf(!available)(`captures, cut into two readings${available ? "" : " (skipped: no ../shared)"}`, () => {
  it.each(["edge", "wmiexec", "wmi-target", "splunk"])("give the same for %s", async (name) => {
    await expectSameFromEverywhere([join(telemetry, name)], 3);
  });
});
