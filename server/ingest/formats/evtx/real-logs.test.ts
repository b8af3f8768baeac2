/** The reader compared with an independent reading of real logs. */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createGunzip, gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { WindowsEvent } from "../../../event/windows-event.ts";
import type { FormatItem } from "../../record.ts";
import { type EvtxOptions, readEvtx } from "./read-evtx.ts";

const telemetry = new URL("../../../../../shared/telemetry/", import.meta.url);
const present = existsSync(telemetry);
const when = (name: string) => `${name}${present ? "" : " (skipped: no ../shared)"}`;

async function read(name: string, chunks: AsyncIterable<Uint8Array>, options?: EvtxOptions) {
  const items: FormatItem[] = [];
  for await (const batch of readEvtx({ name, chunks }, options)) items.push(...batch);
  return {
    records: items.filter((item) => item.kind === "windows"),
    rejected: items.filter((item) => item.kind === "problem" && item.severity === "rejected"),
    warnings: items.filter((item) => item.kind === "problem" && item.severity === "warning"),
  };
}

const structure = z.object({ live_records: z.number(), chunks_with_broken_tail: z.number() });
const truth = z.record(z.string(), z.object({ evtx_structure: structure.optional() }));

describe.skipIf(!present)(when("the structure of real event logs"), () => {
  const files = present ? truth.parse(JSON.parse(readFileSync(new URL("expected.json", telemetry), "utf8"))) : {};
  const logs = Object.entries(files).flatMap(([path, { evtx_structure }]) =>
    evtx_structure === undefined ? [] : [{ path, ...evtx_structure }],
  );

  it.each(logs)("$path has $live_records live records", async (log) => {
    const { records, rejected } = await read(log.path, createReadStream(new URL(log.path, telemetry)));
    expect(records).toHaveLength(log.live_records);
    expect(rejected).toHaveLength(log.chunks_with_broken_tail);
  });

  it("covers the nineteen logs of the reference", () => {
    expect(logs).toHaveLength(19);
  });

  it("reads more records after the damage in a chunk on request", async () => {
    const path = "edge/sample-with-zero-data-size-event.evtx";
    const { records } = await read(path, createReadStream(new URL(path, telemetry)), { afterDamage: "resume" });
    const ids = records.map((item) => Number(item.event.recordId));
    expect(ids).toEqual(Array.from({ length: 450 }, (_, index) => index + 1).filter((id) => id !== 3));
  });
});

const oracleLine = z.object({
  file: z.string(),
  record_id: z.number(),
  event_id: z.number(),
  provider: z.string(),
  channel: z.string().nullish(),
  computer: z.string(),
  time: z.string(),
  data: z.record(z.string(), z.string()),
});
type OracleLine = z.infer<typeof oracleLine>;

describe.skipIf(!present)(when("the 8,255 records of the attack samples"), () => {
  it("match an independent reading, and their JSON matches their event", async () => {
    const expected = readOracle(new URL("evtx-bulk/oracle.ndjson.gz", telemetry));
    const differences: string[] = [];
    let count = 0;
    const archive = createReadStream(new URL("evtx-bulk/evtx-attack-samples.tar.gz", telemetry));
    for await (const entry of archive.pipe(createGunzip()).pipe(extract())) {
      const name = entry.header.name.replace(/^\.\//, "");
      const lines = expected.get(name);
      if (lines === undefined) {
        entry.resume();
        continue;
      }
      expected.delete(name);
      const { records, rejected } = await read(name, bytesIn(entry));
      count += records.length;
      if (rejected.length > 0) differences.push(`${name}: ${JSON.stringify(rejected)}`);
      if (records.length !== lines.length) differences.push(`${name}: ${records.length} of ${lines.length} records`);
      for (const [index, line] of lines.entries()) {
        const item = records[index];
        if (item === undefined) continue;
        for (const difference of [...compare(line, item.event), ...compareOriginal(item.event, item.original)]) {
          differences.push(`${name} ${line.record_id}: ${difference}`);
        }
      }
    }
    expect(differences.slice(0, 20)).toEqual([]);
    expect([...expected.keys()]).toEqual([]);
    expect(count).toBe(8255);
  });
});

async function* bytesIn(stream: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const piece of stream) if (piece instanceof Uint8Array) yield piece;
}

function readOracle(file: URL): Map<string, OracleLine[]> {
  const byFile = new Map<string, OracleLine[]>();
  for (const line of gunzipSync(readFileSync(file)).toString("utf8").trim().split("\n")) {
    const parsed = oracleLine.parse(JSON.parse(line));
    const lines = byFile.get(parsed.file) ?? [];
    lines.push(parsed);
    byFile.set(parsed.file, lines);
  }
  return byFile;
}

/** The reference passed an XML parser: no control characters, LF for CRLF, padded hex, FILETIME with nine digits. */
function normal(text: string): string {
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text).toString();
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
    .replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7})00Z$/, "$1Z");
}

function* compare(line: OracleLine, event: WindowsEvent): Iterable<string> {
  const pairs: [string, string | undefined, string][] = [
    ["record id", event.recordId, String(line.record_id)],
    ["event id", String(event.code), String(line.event_id)],
    ["provider", event.provider, line.provider],
    ["channel", event.channel, line.channel ?? ""],
    ["computer", event.computer, line.computer],
    ["time", String(event.time), String(Date.parse(`${line.time.slice(0, 23)}Z`))],
  ];
  const unnamed: string[] = [];
  for (const [name, value] of Object.entries(line.data)) {
    if (/^Data_\d+$/.test(name)) unnamed.push(value);
    else pairs.push([name, event.data.get(name), value]);
  }
  pairs.push(["unnamed values", String(event.unnamed.length), String(unnamed.length)]);
  for (const [index, value] of unnamed.entries()) pairs.push([`unnamed ${index}`, event.unnamed[index], value]);
  for (const name of event.data.keys()) {
    // The reference omits the binary tail of classic events.
    if (name !== "Binary" && !Object.hasOwn(line.data, name)) pairs.push([name, event.data.get(name), "nothing"]);
  }
  for (const [what, actual, expected] of pairs) {
    if (actual === undefined || normal(actual) !== normal(expected)) yield `${what}: ${actual} instead of ${expected}`;
  }
}

/** The JSON of a record is decoded separately from its event: both must agree. */
function* compareOriginal(event: WindowsEvent, original: unknown): Iterable<string> {
  const parsed = z
    .object({
      System: z.object({ Computer: z.string(), EventRecordID: z.string() }),
      EventData: z.union([z.literal(""), z.record(z.string(), z.unknown())]).optional(),
    })
    .safeParse(original);
  if (!parsed.success) {
    yield `the JSON has a different structure: ${parsed.error.message}`;
    return;
  }
  const { System, EventData } = parsed.data;
  if (System.Computer !== event.computer || System.EventRecordID !== event.recordId) yield "System differs in the JSON";
  if (EventData === undefined || EventData === "") return;
  for (const [name, value] of event.data) {
    const found = EventData[name];
    if ((Array.isArray(found) ? found[0] : found) !== value) yield `${name} differs in the JSON`;
  }
}
