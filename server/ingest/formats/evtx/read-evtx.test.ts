import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EvtxRecord,
  evtxChunkHeaderSize,
  evtxChunkSize,
  evtxFileHeaderSize,
  evtxValue,
  writeEvtx,
} from "../../../../test/factories/evtx-writer.ts";
import type { FormatItem } from "../../record.ts";
import { type EvtxOptions, isEvtx, readEvtx } from "./read-evtx.ts";

async function* inPieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Uint8Array, options: EvtxOptions = {}, pieces = 0x10000) {
  const items: FormatItem[] = [];
  for await (const batch of readEvtx({ name: "test.evtx", chunks: inPieces(bytes, pieces) }, options)) {
    items.push(...batch);
  }
  const records = items.filter((item) => item.kind === "windows");
  const problems = items.filter((item) => item.kind === "problem");
  return { records, problems, ids: records.map((item) => Number(item.event.recordId)) };
}

const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function processStart(recordId: number, over: Partial<EvtxRecord> = {}): EvtxRecord {
  return {
    recordId,
    time: start + recordId * 1000,
    provider: "Microsoft-Windows-Sysmon",
    channel: "Microsoft-Windows-Sysmon/Operational",
    computer: "host-1.example.test",
    code: 1,
    version: 5,
    level: 4,
    task: 1,
    opcode: 0,
    keywords: 0x8000000000000000n,
    servicePid: 2088,
    serviceSid: "S-1-5-18",
    data: [
      ["RuleName", "-"],
      ["ProcessGuid", evtxValue.guid("{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}")],
      ["ProcessId", 4242],
      ["Image", "C:\\Windows\\System32\\cmd.exe"],
      ["LogonId", 0x3e7n],
      ["User", "Prüfer\\日本"],
    ],
    ...over,
  };
}

const several = (count: number, first = 1) => Array.from({ length: count }, (_, index) => processStart(first + index));
const chunkAt = (index: number) => evtxFileHeaderSize + index * evtxChunkSize;

describe("reading an intact event log", () => {
  it("returns the fields of System and the named values in order", async () => {
    const { records, problems } = await read(writeEvtx([processStart(7)]));
    expect(problems).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]?.offset).toBe(chunkAt(0) + evtxChunkHeaderSize);
    expect(records[0]?.event).toEqual({
      provider: "Microsoft-Windows-Sysmon",
      channel: "Microsoft-Windows-Sysmon/Operational",
      computer: "host-1.example.test",
      code: 1,
      version: 5,
      recordId: "7",
      time: start + 7000,
      serviceSid: "S-1-5-18",
      servicePid: 2088,
      level: 4,
      opcode: 0,
      task: 1,
      keywords: "0x8000000000000000",
      data: new Map([
        ["RuleName", "-"],
        ["ProcessGuid", "{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}"],
        ["ProcessId", "4242"],
        ["Image", "C:\\Windows\\System32\\cmd.exe"],
        ["LogonId", "0x3e7"],
        ["User", "Prüfer\\日本"],
      ]),
      unnamed: [],
    });
  });

  it("returns the original as JSON with the elements of its XML", async () => {
    const { records } = await read(writeEvtx([processStart(7)]));
    expect(records[0]?.original).toEqual({
      System: {
        Provider: { Name: "Microsoft-Windows-Sysmon" },
        EventID: "1",
        Version: "5",
        Level: "4",
        Task: "1",
        Opcode: "0",
        Keywords: "0x8000000000000000",
        TimeCreated: { SystemTime: "2026-01-02T03:04:12.6780000Z" },
        EventRecordID: "7",
        Execution: { ProcessID: "2088" },
        Channel: "Microsoft-Windows-Sysmon/Operational",
        Computer: "host-1.example.test",
        Security: { UserID: "S-1-5-18" },
      },
      EventData: {
        RuleName: "-",
        ProcessGuid: "{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}",
        ProcessId: "4242",
        Image: "C:\\Windows\\System32\\cmd.exe",
        LogonId: "0x3e7",
        User: "Prüfer\\日本",
      },
    });
  });

  it("keeps every unnamed value and the first value of a repeated name", async () => {
    const data = [
      ["", "one"],
      ["", evtxValue.texts(["two", "", "three"])],
      ["Twice", "first"],
      ["Twice", "second"],
      ["__proto__", "data"],
    ] as const;
    const { records } = await read(writeEvtx([processStart(1, { data })]));
    expect(records[0]?.event.unnamed).toEqual(["one", "two", "", "three"]);
    expect([...(records[0]?.event.data ?? [])]).toEqual([
      ["Twice", "first"],
      ["__proto__", "data"],
    ]);
    expect(JSON.stringify(records[0]?.original)).toContain(
      '"EventData":{"Data":["one","two","","three"],"Twice":["first","second"],"__proto__":"data"}',
    );
  });

  it("reads the leaf elements of UserData by their names", async () => {
    const record = processStart(1, {
      userData: "EventXML",
      data: [
        ["User", "DOMAIN\\one"],
        ["Session", 3],
      ],
    });
    const { records } = await read(writeEvtx([record]));
    expect([...(records[0]?.event.data ?? [])]).toEqual([
      ["User", "DOMAIN\\one"],
      ["Session", "3"],
    ]);
    expect(records[0]?.original).toMatchObject({ UserData: { EventXML: { User: "DOMAIN\\one", Session: "3" } } });
  });

  it("omits what a record does not have", async () => {
    const bare = processStart(1, { version: undefined, serviceSid: undefined, servicePid: undefined, data: [] });
    const { records } = await read(writeEvtx([bare]));
    expect(records[0]?.event.version).toBeUndefined();
    expect(records[0]?.event.serviceSid).toBeUndefined();
    expect(records[0]?.event.servicePid).toBeUndefined();
    expect(records[0]?.event.data.size).toBe(0);
  });

  it("reads the same records from chunks of any size, over several EVTX chunks and templates", async () => {
    const records = Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0 ? processStart(index + 1) : processStart(index + 1, { code: 5, data: [["Image", `p${index}`]] }),
    );
    const bytes = writeEvtx(records, { recordsPerChunk: 25 });
    expect(bytes.length).toBe(chunkAt(3));
    const whole = await read(bytes);
    expect(whole.problems).toEqual([]);
    expect(whole.ids).toEqual(records.map((record) => record.recordId));
    expect(whole.records.map((item) => item.event.data.size)).toEqual(records.map((record) => record.data.length));
    const inSmallPieces = await read(bytes, {}, 4099);
    expect(inSmallPieces.records.map((item) => item.event)).toEqual(whole.records.map((item) => item.event));
  });

  it("returns any text unchanged", async () => {
    const text = fc.string({ unit: "binary", maxLength: 700 }).map((value) => value.replace(/\0+$/, ""));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), async (texts) => {
        const data = texts.map((value, index) => [`Field${index}`, value] as const);
        const { records } = await read(writeEvtx([processStart(1, { data })]));
        expect([...(records[0]?.event.data.values() ?? [])]).toEqual(texts);
      }),
      { numRuns: 30 },
    );
  });

  it("is recognised by its first bytes", () => {
    expect(isEvtx(writeEvtx([]))).toBe(true);
    expect(isEvtx(Buffer.from("ElfFile"))).toBe(false);
    expect(isEvtx(Buffer.from("PK\x03\x04 something"))).toBe(false);
  });
});

describe("reading a damaged event log", () => {
  it("reads all chunks of a log that was not closed, although its header states only one", async () => {
    const bytes = writeEvtx(several(30), { flags: 1, chunkCount: 1, recordsPerChunk: 10 });
    const { ids, problems } = await read(bytes);
    expect(ids).toHaveLength(30);
    expect(problems).toEqual([]);
  });

  it("reads a log without checksums and does not warn", async () => {
    const { ids, problems } = await read(writeEvtx(several(3), { flags: 4 }));
    expect(ids).toEqual([1, 2, 3]);
    expect(problems).toEqual([]);
  });

  it("warns about wrong checksums and keeps the records", async () => {
    const bytes = writeEvtx(several(3));
    for (const at of [124, chunkAt(0) + 52]) bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 2, 3]);
    expect(problems.map((item) => [item.severity, item.problem.code, item.problem.at?.offset])).toEqual([
      ["warning", "evtx.checksum", 0],
      ["warning", "evtx.checksum", chunkAt(0)],
    ]);
  });

  it("reports a run of blocks that are not chunks once, and empty space at the end not at all", async () => {
    const bytes = writeEvtx(several(30), { recordsPerChunk: 5 });
    bytes.fill(0x55, chunkAt(1), chunkAt(2));
    bytes.fill(0, chunkAt(2), chunkAt(3));
    const padded = Buffer.concat([bytes, Buffer.alloc(3 * evtxChunkSize)]);
    const { ids, problems } = await read(padded);
    expect(ids).toHaveLength(20);
    expect(problems.map((item) => [item.severity, item.problem.at?.offset, item.problem.message])).toEqual([
      ["warning", chunkAt(1), "2 blocks of 64 KiB were skipped: not chunks"],
    ]);
  });

  it("reads a chunk without a signature, with a warning", async () => {
    const bytes = writeEvtx(several(4));
    bytes.fill(0xee, chunkAt(0), chunkAt(0) + 8);
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 2, 3, 4]);
    expect(problems.map((item) => item.problem.code)).toContain("evtx.chunk");
  });

  it("ignores old records after the free-space offset", async () => {
    const bytes = Buffer.from(writeEvtx(several(5), { flags: 4 }));
    const [, , third] = (await read(bytes)).records;
    bytes.writeUInt32LE((third?.offset ?? 0) - chunkAt(0), chunkAt(0) + 48);
    bytes.writeBigUInt64LE(2n, chunkAt(0) + 32);
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 2]);
    expect(problems).toEqual([]);
  });

  it.each([
    ["the end of a record", 0],
    ["the middle of a record", 40],
  ])("reads records that the header of a chunk counts after a free-space offset at %s", async (_, beyond) => {
    const bytes = Buffer.from(writeEvtx(several(5), { flags: 4 }));
    const [, , third] = (await read(bytes)).records;
    bytes.writeUInt32LE((third?.offset ?? 0) - chunkAt(0) + beyond, chunkAt(0) + 48);
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 2, 3, 4, 5]);
    expect(problems.map(({ severity, problem }) => [severity, problem.code, problem.at?.offset])).toEqual([
      ["warning", "evtx.chunk", chunkAt(0) + 48],
    ]);
    expect(problems[0]?.problem.message).toContain("is too small");
  });

  it("reads no old records before a free-space offset that is too large", async () => {
    const bytes = Buffer.from(writeEvtx(several(5), { flags: 4 }));
    const [, , third] = (await read(bytes)).records;
    const free = bytes.readUInt32LE(chunkAt(0) + 48);
    // The last records are those of an earlier use of the chunk.
    bytes.writeBigUInt64LE(1n, (third?.offset ?? 0) + 8);
    bytes.writeBigUInt64LE(2n, chunkAt(0) + 32);
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 2]);
    expect(problems.map(({ severity, problem }) => [severity, problem.message])).toEqual([
      [
        "warning",
        `the free-space offset ${free} of a chunk is too large: what follows are old records, 3 of them complete`,
      ],
    ]);
  });

  it.each([
    ["without checksums", 4],
    ["with a wrong checksum", 0],
  ])("reads all records when the number of one is damaged, %s", async (_, flags) => {
    const intact = Buffer.from(writeEvtx(several(40, 1000), { flags }));
    const offsets = (await read(intact)).records.map((item) => item.offset);
    const anyNumber = fc.oneof(fc.integer({ min: 990, max: 1050 }), fc.nat(), fc.constantFrom(0, 1000, 1039, 2 ** 40));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 39 }), anyNumber, async (index, number) => {
        const bytes = Buffer.from(intact);
        bytes.writeBigUInt64LE(BigInt(number), (offsets[index] ?? 0) + 8);
        const { records, problems } = await read(bytes);
        expect(records.map((item) => item.offset)).toEqual(offsets);
        expect(problems.filter((item) => item.problem.code !== "evtx.checksum")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("reads old records neither after a damaged number nor after a damaged record", async () => {
    const intact = Buffer.from(writeEvtx(several(8, 100), { flags: 4 }));
    const offsets = (await read(intact)).records.map((item) => item.offset);
    // The last three are of an earlier use of the chunk.
    for (const [index, old] of [17, 18, 19].entries())
      intact.writeBigUInt64LE(BigInt(old), (offsets[index + 5] ?? 0) + 8);
    intact.writeBigUInt64LE(104n, chunkAt(0) + 32);
    const changes = [
      (bytes: Buffer) => bytes.writeBigUInt64LE(9000n, (offsets[2] ?? 0) + 8),
      (bytes: Buffer) => bytes.writeBigUInt64LE(9000n, (offsets[4] ?? 0) + 8),
      (bytes: Buffer) => bytes.writeUInt32LE(0, (offsets[2] ?? 0) + 4),
    ];
    for (const change of changes) {
      const bytes = Buffer.from(intact);
      change(bytes);
      const { records, problems } = await read(bytes, { afterDamage: "resume" });
      expect(records.every((item) => item.offset < (offsets[5] ?? 0))).toBe(true);
      expect(records.length).toBeGreaterThanOrEqual(4);
      expect(problems.at(-1)?.problem.message).toContain("are old records, 3 of them complete");
    }
  });

  it("keeps a record whose number repeats where the checksum is right, and counts it as left out elsewhere", async () => {
    const records = [...several(39), processStart(39, { computer: "host-2.example.test" })];
    const intact = await read(writeEvtx(records));
    expect(intact.ids).toEqual(records.map(({ recordId }) => recordId));
    expect(intact.problems).toEqual([]);
    const unproven = await read(writeEvtx(records, { flags: 4 }));
    expect(unproven.ids).toHaveLength(39);
    expect(unproven.problems.map(({ problem }) => problem.message)).toEqual([
      expect.stringContaining("1 of them complete"),
    ]);
  });

  it("says how many records the header of a chunk counts that are not there", async () => {
    const bytes = Buffer.from(writeEvtx(several(5), { flags: 4 }));
    const third = ((await read(bytes)).records[2]?.offset ?? 0) - chunkAt(0);
    bytes.fill(0, chunkAt(0) + third, chunkAt(1));
    bytes.writeUInt32LE(third, chunkAt(0) + 48);
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 2]);
    expect(problems.map(({ severity, problem }) => [severity, problem.message])).toEqual([
      ["rejected", "3 records that the header of the chunk counts are missing"],
    ]);
  });

  it("says nothing of a log that Windows created and has not written to", async () => {
    const bytes = Buffer.from(writeEvtx(several(1), { flags: 4 }));
    bytes.fill(0, chunkAt(0) + 512);
    // No first and no last record.
    bytes.fill(0xff, chunkAt(0) + 24, chunkAt(0) + 40);
    bytes.writeUInt32LE(512, chunkAt(0) + 48);
    expect(await read(bytes)).toMatchObject({ ids: [], problems: [] });
  });

  it("reports a half-written record with its offset, and reads on after it on request", async () => {
    const bytes = Buffer.from(writeEvtx(several(6), { flags: 4 }));
    const third = (await read(bytes)).records[2]?.offset ?? 0;
    bytes.writeUInt32LE(0, third + 4);
    const stopped = await read(bytes);
    expect(stopped.ids).toEqual([1, 2]);
    expect(stopped.problems).toHaveLength(1);
    expect(stopped.problems[0]).toMatchObject({ severity: "rejected", problem: { at: { offset: third } } });
    expect(stopped.problems[0]?.problem.message).toContain("among them 3 complete records");
    const resumed = await read(bytes, { afterDamage: "resume" });
    expect(resumed.ids).toEqual([1, 2, 4, 5, 6]);
    expect(resumed.problems).toHaveLength(1);
  });

  it("rejects only the record with damaged binary XML", async () => {
    const bytes = Buffer.from(writeEvtx(several(4), { flags: 4 }));
    const second = (await read(bytes)).records[1]?.offset ?? 0;
    // The offset of the template.
    bytes.writeUInt32LE(0xfffffff0, second + 24 + 10);
    const { ids, problems } = await read(bytes);
    expect(ids).toEqual([1, 3, 4]);
    expect(problems[0]).toMatchObject({
      severity: "rejected",
      problem: { code: "evtx.record", at: { offset: second } },
    });
  });

  it("reads the records before the end of a file truncated at any byte, and reports the truncation", async () => {
    const bytes = writeEvtx(several(40), { recordsPerChunk: 22 });
    const whole = await read(bytes);
    const ends = whole.records.map((item) => item.offset + Buffer.from(bytes).readUInt32LE(item.offset + 4));
    const last = ends.at(-1) ?? 0;
    // Any byte, and more often one near the end of a chunk, a header or a record.
    const edges = [0, chunkAt(0), chunkAt(0) + 512, chunkAt(1), chunkAt(1) + 512, ...ends];
    const nearEdge = fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -9, max: 9 }));
    const anywhere = fc.oneof(
      fc.integer({ min: 0, max: last - 1 }),
      nearEdge.map(([edge, distance]) => Math.min(Math.max(edge + distance, 0), last - 1)),
    );
    await fc.assert(
      fc.asyncProperty(anywhere, async (length) => {
        const { ids, problems } = await read(bytes.subarray(0, length));
        expect(ids).toEqual(whole.ids.slice(0, ends.filter((end) => end <= length).length));
        expect(problems.some((item) => item.severity === "rejected")).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ["inside a record", 30, "the file ends inside a record, after 30 bytes of it"],
    ["between two records", 0, "the file ends inside a chunk with more records"],
  ])("says how many records a file lacks that ends %s, and claims none behind it", async (_, more, reason) => {
    const bytes = writeEvtx(several(8));
    const fourth = (await read(bytes)).records[3]?.offset ?? 0;
    const { ids, problems } = await read(bytes.subarray(0, fourth + more));
    expect(ids).toEqual([1, 2, 3]);
    expect(problems.map(({ problem }) => [problem.code, problem.at?.offset, problem.message])).toEqual([
      ["evtx.truncated", fourth, `${reason}; 5 of the 8 records that the chunk's header counts are missing`],
    ]);
    expect(problems[0]?.problem.remedy).toContain("Everything before this place was read.");
  });

  it("reports the truncation of a file that ends within the first bytes of a chunk", async () => {
    const bytes = writeEvtx(several(40), { recordsPerChunk: 22 });
    for (const length of [1, 7, 8, 9, 511].map((more) => chunkAt(1) + more)) {
      const { ids, problems } = await read(bytes.subarray(0, length));
      expect(ids).toHaveLength(22);
      expect(problems.map((item) => [item.severity, item.problem.code, item.problem.at?.offset])).toEqual([
        ["rejected", "evtx.truncated", length],
      ]);
    }
  });

  it("reports chunks that the header states but the file lacks, and accepts a file with more", async () => {
    const readWith = async (chunkCount: number, length = chunkAt(2)) => {
      const bytes = writeEvtx(several(40), { recordsPerChunk: 22, chunkCount });
      const { ids, problems } = await read(bytes.subarray(0, length));
      return [ids.length, problems.map((item) => [item.severity, item.problem.at?.offset, item.problem.message])];
    };
    const missing = (after: number, of: number) =>
      `the file ends after ${after} of the ${of} chunks stated in its header`;
    expect(await readWith(1)).toEqual([40, []]);
    expect(await readWith(2, chunkAt(1))).toEqual([22, [["rejected", chunkAt(1), missing(1, 2)]]]);
    expect(await readWith(2, chunkAt(1) - 100)).toEqual([22, [["rejected", chunkAt(1) - 100, missing(1, 2)]]]);
    expect(await readWith(2, chunkAt(0))).toEqual([0, [["rejected", chunkAt(0), missing(0, 2)]]]);
    expect(await readWith(3)).toEqual([40, [["rejected", chunkAt(2), missing(2, 3)]]]);
    expect(await readWith(2, chunkAt(2) - 100)).toEqual([40, []]);
  });

  it("never throws and never returns more records than there are, whichever bytes are changed", async () => {
    const intact = writeEvtx(several(12), { flags: 4 });
    const end = (await read(intact)).records.at(-1)?.offset ?? 0;
    const change = fc.tuple(fc.integer({ min: 0, max: end + 400 }), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 40 }), async (changes) => {
        const bytes = Uint8Array.from(intact);
        for (const [at, value] of changes) bytes[at] = value;
        const { records } = await read(bytes, { afterDamage: "resume" });
        expect(records.length).toBeLessThanOrEqual(12);
        for (const item of records) expect(() => JSON.stringify(item.original)).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });

  it("rejects a record whose nested templates grow exponentially, and reads the next one", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `N${index}`);
    const bomb = (value: EvtxRecord["data"][number][1]) =>
      Buffer.from(
        writeEvtx([processStart(1, { data: names.map((name) => [name, value] as const) }), processStart(2)], {
          flags: 4,
        }),
      );
    // The definition of the EventData template ends its fixed part 47 bytes before the text of its first name.
    const definition = bomb(0).indexOf(Buffer.from("EventData", "utf16le")) - 47 - chunkAt(0);
    let nested = Buffer.alloc(0);
    for (let level = 0; level < 10; level++) {
      const head = Buffer.from("0f0101000c01000000000000000001000000ffff2100", "hex");
      head.writeUInt32LE(definition, 10);
      head.writeUInt16LE(nested.length, 18);
      nested = Buffer.concat([head, nested]);
    }
    const bytes = bomb("x");
    const first = bomb({ type: 0x21, bytes: nested });
    // Every Data element refers to the first value.
    for (let at = chunkAt(0) + definition; at < chunkAt(0) + definition + 20_000; at++) {
      if (first[at] === 0x0e && first[at + 3] === 0x01 && first[at + 4] === 0x04) first.writeUInt16LE(0, at + 1);
    }
    expect((await read(bytes)).ids).toEqual([1, 2]);
    const { ids, problems } = await read(first);
    expect(ids).toEqual([2]);
    expect(problems[0]?.problem.message).toBe("the record repeats its values too often");
  });

  it("reports a file that is empty or not an event log", async () => {
    expect((await read(new Uint8Array(0))).problems).toMatchObject([{ severity: "rejected" }]);
    expect((await read(Buffer.alloc(100_000, "text "))).problems[0]).toMatchObject({
      severity: "rejected",
      problem: { code: "evtx.header" },
    });
  });
});
