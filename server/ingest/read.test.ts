import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { defaultArchiveLimits } from "./archives/limits.ts";
import { readAll } from "./byte-stream.ts";
import type { IngestIssue } from "./issue.ts";
import { type ReadEvent, type ReadOptions, readEvents } from "./read.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-read-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A record as NXLog writes it. */
function record(number: number, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    EventTime: "2024-05-06 12:00:01",
    Hostname: "ws7.example.test",
    EventID: 5,
    SourceName: "Microsoft-Windows-Sysmon",
    Channel: "Microsoft-Windows-Sysmon/Operational",
    RecordNumber: number,
    ProcessID: 2804,
    ProcessGuid: "{AAAABBBB-0001-6638-0100-000000000100}",
    ProcessId: String(1000 + number),
    Image: "C:\\Windows\\System32\\café.exe",
    UtcTime: "2024-05-06 10:00:01.250",
    ...more,
  });
}

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function read(paths: readonly string[], options?: ReadOptions) {
  const events: ReadEvent[] = [];
  const problems: IngestIssue[] = [];
  const ignored: { file: string; reason: string }[] = [];
  const done: string[] = [];
  let bytes = 0;
  for await (const batch of readEvents(paths, options)) {
    events.push(...batch.events);
    problems.push(...batch.problems);
    ignored.push(...batch.ignored);
    bytes += batch.bytes;
    if (batch.fileDone) {
      done.push(batch.file.slice(folder.length + 1));
    }
    expect(batch.events.length).toBeLessThanOrEqual(1000);
  }
  return { events, problems, ignored, done, bytes, records: events.map(({ event }) => event.source.recordId) };
}

async function zipOf(members: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(members)) {
    zip.addBuffer(Buffer.from(content), name);
  }
  zip.end();
  return readAll(zip.outputStream as AsyncIterable<Buffer>);
}

async function tarOf(members: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(members)) {
    tar.entry({ name }, Buffer.from(content));
  }
  tar.finalize();
  return readAll(tar as AsyncIterable<Buffer>);
}

describe("reading JSON events", () => {
  it("keeps every line around a truncated one, and reports its location", async () => {
    const lines = [record(1), record(2).slice(0, 90), record(3)];
    const path = await put("half.json", `\ufeff${lines.join("\r\n")}\r\n\r\n`);
    const { records, problems, done, bytes } = await read([path]);
    expect(records).toEqual(["1", "3"]);
    expect(done).toEqual(["half.json"]);
    const offset = 3 + Buffer.byteLength(record(1)) + 2;
    expect(problems).toHaveLength(1);
    expect(problems[0]?.problem).toMatchObject({ code: "json.syntax", at: { file: path, line: 2, offset } });
    expect(bytes).toBe(3 + Buffer.byteLength(lines.join("\r\n")) + 4);
  });

  it("returns with every event the byte offset and the text of its record", async () => {
    const path = await put("offsets.json", `${record(1)}\n${record(2)}\n`);
    const { events } = await read([path]);
    expect(events[1]?.event.source.offset).toBe(Buffer.byteLength(record(1)) + 1);
    expect(events[1]?.original).toBe(record(2));
    expect(events[1]?.event.fields["process.name"]).toBe("café.exe");
  });

  it("yields long files in batches", async () => {
    const path = await put("long.json", Array.from({ length: 2345 }, (_, n) => record(n)).join("\n"));
    const batches: number[] = [];
    for await (const batch of readEvents([path])) {
      if (batch.finished !== undefined) {
        break;
      }
      batches.push(batch.events.length);
      expect(batch.fileStart).toBe(batches.length === 1);
    }
    expect(batches).toEqual([...Array<number>(9).fill(256), 41]);
  });

  it("rejects a line beyond the limit without buffering it, and continues after it", async () => {
    const path = await put("wide.json", `${record(1)}\n${record(2, { Junk: "x".repeat(2_000_000) })}\n${record(3)}\n`);
    const { records, problems } = await read([path], { maxRecordBytes: 10_000 });
    expect(records).toEqual(["1", "3"]);
    expect(problems.map((one) => one.problem.code)).toEqual(["json.too-long"]);
  });

  it("reads a pretty-printed array element by element and reports a broken one", async () => {
    const pretty = (text: string): string => JSON.stringify(JSON.parse(text), undefined, 4);
    const broken = pretty(record(2)).replace('"EventID": 5', '"EventID" 5');
    const path = await put("array.json", `[\n${[pretty(record(1)), broken, pretty(record(3))].join(",\n")}\n]\n`);
    const { records, problems } = await read([path]);
    expect(records).toEqual(["1", "3"]);
    expect(problems[0]?.problem.at?.offset).toBe(2 + Buffer.byteLength(pretty(record(1))) + 2);
  });

  it("reports an array that ends inside an element", async () => {
    const path = await put("truncated-array.json", `[${record(1)}, ${record(2).slice(0, -9)}`);
    const { records, problems } = await read([path]);
    expect(records).toEqual(["1"]);
    expect(problems.map((one) => one.problem.code)).toEqual(["json.truncated"]);
  });

  it("holds back records with a wall clock until a later one reveals its offset", async () => {
    const early = JSON.stringify({
      TimeCreated: "2024-05-06T03:00:00.500Z",
      Hostname: "ws7",
      EventID: 4634,
      Channel: "Security",
      TargetUserName: "ada",
    });
    const sysmon = { EventTime: undefined, TimeCreated: "2024-05-06T03:00:01.250Z", Hostname: "ws7" };
    const path = await put("sorted.json", [...Array(1500).fill(early), record(1, sysmon)].join("\n"));
    const { events } = await read([path]);
    expect(events).toHaveLength(1501);
    expect(events[0]?.event.source.time).toBe("2024-05-06T10:00:00.500Z");
    expect(events[0]?.event.fields["stemma.time.estimated"]).toBe(true);
    expect(events[1500]?.event.source.time).toBe("2024-05-06T10:00:01.250Z");
  });

  it("never uses the logging service's pid as the subject's, and recovers the lost one from the message", async () => {
    const lost = record(1, { ProcessId: undefined });
    const recoverable = record(2, {
      ProcessId: undefined,
      Message: "Process terminated:\r\nProcessId: 77\r\nImage: x",
    });
    const { events } = await read([await put("pids.json", `${lost}\n${recoverable}`)]);
    expect(events.map(({ event }) => event.fields["process.pid"])).toEqual([undefined, 77]);
    expect(events[0]?.event.fields["winlog.process.pid"]).toBe(2804);
  });
});

describe("files that are not telemetry", () => {
  it("are listed when found in a folder and rejected when named by the user", async () => {
    const path = await put("mixed/notes.txt", "nothing to see");
    await put("mixed/a.json", record(1));
    await put("mixed/empty.csv", "");
    await put("mixed/config.json", '{\n  "name": "x"\n}\n');
    await put("mixed/._a.json", "fork");
    const whole = await read([join(folder, "mixed")]);
    expect(whole.records).toEqual(["1"]);
    expect(whole.problems).toEqual([]);
    expect(whole.ignored.map((one) => one.file.slice(folder.length + 7)).sort()).toEqual([
      "._a.json",
      "config.json",
      "empty.csv",
      "notes.txt",
    ]);
    expect(whole.ignored.find((one) => one.file.endsWith("config.json"))?.reason).toMatch(
      /no record in it can be read: not an event of a known shape; known are Log Analytics \(needs EventID and EventData\)/,
    );
    const named = await read([path]);
    expect(named.ignored).toEqual([]);
    expect(named.problems[0]).toMatchObject({ severity: "rejected", problem: { code: "input.unknown-format" } });
  });

  it("are a problem when they do not exist, and the rest is read", async () => {
    const path = await put("there.json", record(1));
    const { records, problems } = await read([join(folder, "missing.json"), path]);
    expect(records).toEqual(["1"]);
    expect(problems[0]?.problem.code).toBe("input.unreadable");
  });
});

describe("archives", () => {
  it("are read member by member, nested, and from standard input", async () => {
    const inner = await zipOf({ "deep.json": record(3) });
    const tar = await tarOf({ "a/one.json": record(1), "a/two.json.gz": gzipSync(record(2)), "b.zip": inner });
    const { records, done } = await read(["-"], { stdin: only(gzipSync(tar)) });
    expect(records).toEqual(["1", "2", "3"]);
    expect(done).toHaveLength(3);
    const { events } = await read([await put("all.tgz", gzipSync(tar))]);
    expect(events.map(({ event }) => event.source.file.slice(folder.length + 1))).toEqual([
      "all.tgz!a/one.json",
      "all.tgz!a/two.json.gz",
      "all.tgz!b.zip!deep.json",
    ]);
  });

  it("refuse member names that point outside, with the name and the reason, and read the rest", async () => {
    const zip = await zipOf({ "xx/evil.json": record(1), "+abs.json": record(2), "ok\\in.json": record(3) });
    const path = await put("evil.zip", replaceAll(replaceAll(zip, "xx/evil", "../evil"), "+abs", "/abs"));
    const { records, problems, events } = await read([path]);
    expect(records).toEqual(["3"]);
    expect(events[0]?.event.source.file).toBe(`${path}!ok/in.json`);
    expect(problems.map((one) => one.problem.message)).toEqual([
      expect.stringContaining('../evil.json: refused, its name points outside the archive ("..")'),
      expect.stringContaining("absolute path"),
    ]);
  });

  it("stop a member that unpacks beyond the limit, and keep everything before", async () => {
    const lines = Array.from({ length: 400 }, (_, n) => record(n)).join("\n");
    const path = await put("bomb.zip", await zipOf({ "bomb.json": lines, "after.json": record(1000) }));
    const limits = { ...defaultArchiveLimits, memberBytes: 20_000 };
    const { records, problems } = await read([path], { limits });
    expect(records.length).toBeGreaterThan(20);
    expect(records.at(-1)).toBe("1000");
    expect(problems.find((one) => one.problem.code === "archive.limit")?.problem).toMatchObject({
      message: expect.stringContaining('bomb.json: it unpacks to more than 20000 bytes (limit "memberBytes")'),
      at: { file: `${path}!bomb.json`, offset: 20_000 },
    });
  });

  it("stop at the limits on ratio, members, total size and nesting", async () => {
    const zeros = await put(
      "zeros.gz",
      gzipSync(Buffer.concat([Buffer.from(record(1)), Buffer.alloc(32 * 1024 * 1024, "\n")])),
    );
    const limits = { ...defaultArchiveLimits, ratio: 100 };
    expect(limitsHit(await read([zeros], { limits }))).toEqual([expect.stringContaining('"ratio"')]);
    const many = await put("many.zip", await zipOf({ "1.json": record(1), "2.json": record(2), "3.json": record(3) }));
    const two = await read([many], { limits: { ...defaultArchiveLimits, entries: 2 } });
    expect(two.records).toEqual(["1", "2"]);
    expect(limitsHit(two)).toEqual([expect.stringContaining('"entries"')]);
    const small = await read([many], { limits: { ...defaultArchiveLimits, totalBytes: record(1).length + 50 } });
    expect(small.records).toEqual(["1"]);
    expect(limitsHit(small)).toEqual([expect.stringContaining('"totalBytes"')]);
    const nested = await put("nested.gz", gzipSync(gzipSync(gzipSync(record(1)))));
    const flat = await read([nested], { limits: { ...defaultArchiveLimits, depth: 2 } });
    expect(flat.records).toEqual([]);
    expect(limitsHit(flat)).toEqual([expect.stringContaining('"depth"')]);
  });

  it("keep every complete record of a stream that ends early, with a warning", async () => {
    const lines = Array.from({ length: 300 }, (_, n) => record(n, { Noise: Math.sin(n).toString(36) })).join("\n");
    const tar = await tarOf({ "whole.json": `${lines}\n` });
    const withoutEnd = gzipSync(tar.subarray(0, tar.length - 1024)).subarray(0, -8);
    const { records, problems } = await read([await put("truncated.tar.gz", withoutEnd)]);
    expect(records).toHaveLength(300);
    expect(problems.map((one) => [one.severity, one.problem.code])).toEqual([["warning", "archive.truncated"]]);
    const packed = gzipSync(`${lines}\n`);
    const half = await read([await put("half.json.gz", packed.subarray(0, packed.length / 2))]);
    expect(half.records.length).toBeGreaterThan(50);
    expect(half.problems.map((one) => one.problem.code).sort()).toEqual(["archive.truncated", "json.syntax"]);
  });

  it("report a damaged member and continue with the next one", async () => {
    const zip = await zipOf({ "a.json": record(1), "b.json": record(2) });
    const packed = deflateRawSync(Buffer.from(record(1)));
    const at = zip.indexOf(packed.subarray(0, 20));
    zip.fill(0xff, at, at + 12);
    const { records, problems } = await read([await put("damaged.zip", zip)]);
    expect(records).toEqual(["2"]);
    expect(problems.map((one) => one.problem.code)).toContain("archive.damaged");
    const truncated = await read([await put("truncated.zip", zip.subarray(0, 200))]);
    expect(truncated.problems.map((one) => one.problem.code)).toEqual(["archive.damaged"]);
  });

  it("are closed when the reader stops early", async () => {
    const path = await put("stop.zip", await zipOf({ "1.json": record(1), "2.json": record(2) }));
    for await (const batch of readEvents([path])) {
      expect(batch.events).toHaveLength(1);
      break;
    }
    await rm(path);
  });
});

function limitsHit(result: { readonly problems: readonly IngestIssue[] }): string[] {
  return result.problems.filter((one) => one.problem.code === "archive.limit").map((one) => one.problem.message);
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function replaceAll(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
}
