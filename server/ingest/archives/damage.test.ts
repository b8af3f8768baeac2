import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { writeEvtx } from "../../../test/factories/evtx-writer.ts";
import { readAll } from "../byte-stream.ts";
import { readEvents } from "../read.ts";

const MIB = 1024 ** 2;

/** Records that compress badly, so that damage is anywhere in the packed bytes. */
function lines(from: number, count: number): Buffer {
  let text = "";
  let seed = from + 1;
  for (let number = from; number < from + count; number += 1) {
    let noise = "";
    for (let index = 0; index < 8; index += 1) {
      seed = (seed * 48_271) % 2_147_483_647;
      noise += seed.toString(36);
    }
    text += `${JSON.stringify({ EventID: 7, SourceName: "Example", TimeGenerated: "2024-05-06T10:00:01Z", RecordNumber: number, noise })}\n`;
  }
  return Buffer.from(text);
}

const evtx = Buffer.from(
  writeEvtx(
    Array.from({ length: 300 }, (_, index) => ({
      recordId: index,
      time: Date.UTC(2024, 4, 6, 10, 0, index % 60),
      provider: "Example",
      channel: "Application",
      computer: "host-1",
      code: 7,
      data: [["Text", `value ${index * 7919}`]] as const,
    })),
  ),
);

async function read(bytes: Uint8Array) {
  async function* stdin() {
    yield bytes;
  }
  const records: number[] = [];
  const problems: string[] = [];
  const severities = new Set<string>();
  for await (const batch of readEvents(["-"], { stdin: stdin() })) {
    records.push(...batch.events.map(({ event }) => Number(event.source.recordId)));
    for (const { severity, problem } of batch.problems) {
      problems.push(problem.message);
      severities.add(`${severity} ${problem.code}`);
    }
  }
  return { records, problems, severities: [...severities] };
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe("a gzip stream", () => {
  it("may have several members", async () => {
    const two = Buffer.concat([gzipSync(lines(0, 100)), gzipSync(lines(100, 50))]);
    expect(await read(two)).toEqual({ records: numbers(0, 150), problems: [], severities: [] });
  });

  it("that is followed by other data keeps all of its own, with a warning", async () => {
    for (const garbage of ["not gzip", "\u001f\u008bnot gzip", "x".repeat(100_000)]) {
      const { records, severities, problems } = await read(
        Buffer.concat([gzipSync(lines(0, 200)), Buffer.from(garbage, "latin1")]),
      );
      expect(records).toEqual(numbers(0, 200));
      expect(severities).toEqual(["warning archive.truncated"]);
      expect(problems[0]).toContain("everything that could be unpacked is kept");
    }
  });

  it("above 32 MiB does not say that everything before the damage is kept", async () => {
    const long = Buffer.from(`${JSON.stringify({ EventID: 7, SourceName: "Example", noise: "x".repeat(MIB) })}\n`);
    const bytes = gzipSync(Buffer.concat(Array.from({ length: 34 }, () => long)), { level: 0 });
    bytes.fill(0x55, bytes.length - 200_000, bytes.length - 100_000);
    const { problems } = await read(bytes);
    expect(problems.find((text) => text.includes("gzip"))).toMatch(
      /damaged \(.+\); up to 64 KiB of packed data before the damage are lost, what precedes them is kept$/,
    );
  });

  it("with a wrong checksum keeps everything, with a warning", async () => {
    const bytes = gzipSync(lines(0, 3000));
    bytes[bytes.length - 6] = (bytes[bytes.length - 6] ?? 0) ^ 0xff;
    const { records, severities } = await read(bytes);
    expect(records).toEqual(numbers(0, 3000));
    expect(severities).toEqual(["warning archive.truncated"]);
  });

  it("that ends early or is overwritten keeps the records before that place", async () => {
    const bytes = gzipSync(lines(0, 3000));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1000, max: bytes.length - 1 }), fc.boolean(), async (at, cut) => {
        const damaged = cut
          ? bytes.subarray(0, at)
          : Buffer.concat([bytes.subarray(0, at), Buffer.alloc(40, 0xff), bytes.subarray(at + 40)]);
        const { records } = await read(damaged);
        // What precedes the damage, but for one block of the compression at most.
        expect(records.slice(0, Math.floor((3000 * (at - 1000)) / bytes.length) - 300)).toEqual(
          numbers(0, Math.max(0, Math.floor((3000 * (at - 1000)) / bytes.length) - 300)),
        );
      }),
      { numRuns: 12 },
    );
  });

  it("with an event log that ends early keeps its complete records", async () => {
    const bytes = gzipSync(evtx);
    const { records, severities } = await read(bytes.subarray(0, bytes.length - 2000));
    expect(records.length).toBeGreaterThan(100);
    expect(records).toEqual(numbers(0, records.length));
    expect(severities).toContain("warning archive.truncated");
  });
});

describe("a tar in a gzip stream", () => {
  it("that ends inside a member keeps the members before and the whole records of that one", async () => {
    const tar = pack();
    tar.entry({ name: "a.ndjson" }, lines(0, 50));
    tar.entry({ name: "b.ndjson" }, lines(50, 2000));
    tar.finalize();
    const bytes = gzipSync(await readAll(tar as AsyncIterable<Buffer>));
    const { records, severities } = await read(bytes.subarray(0, bytes.length / 2));
    expect(records.length).toBeGreaterThan(500);
    expect(records).toEqual(numbers(0, records.length));
    expect(severities).toContain("warning archive.truncated");
  });
});

describe("a zip", () => {
  async function zip(compress: boolean): Promise<Buffer> {
    const file = new ZipFile();
    file.addBuffer(lines(0, 50), "a.ndjson", { compress });
    file.addBuffer(lines(50, 50), "folder/b.ndjson", { compress });
    file.addReadStream((await import("node:stream")).Readable.from([lines(100, 50)]), "c.ndjson", { compress });
    file.end();
    return readAll(file.outputStream as AsyncIterable<Buffer>);
  }

  it.each([true, false])(
    "without its directory is read by the headers of its members (compressed: %s)",
    async (compress) => {
      const bytes = await zip(compress);
      const directory = bytes.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
      const { records, severities, problems } = await read(bytes.subarray(0, directory));
      expect(records.filter((number) => number < 150)).toEqual(numbers(0, 150));
      expect(severities).toContain("rejected archive.damaged");
      expect(problems.join()).toContain("3 members were found without it");
    },
  );

  it("whose directory is overwritten after its first entry loses no member", async () => {
    const bytes = await zip(true);
    const first = bytes.indexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    const second = bytes.indexOf(Buffer.from("PK\u0001\u0002", "latin1"), first + 4);
    bytes.fill(0, second, second + 4);
    const { records } = await read(bytes);
    expect(records.toSorted((left, right) => left - right)).toEqual(numbers(0, 150));
  });

  it("with one damaged member keeps the others and what precedes the damage", async () => {
    const bytes = await zip(true);
    const inside = bytes.indexOf("folder/b.ndjson") + 1500;
    bytes.fill(0xff, inside, inside + 20);
    const { records, severities } = await read(bytes);
    expect(records.filter((number) => number < 50 || number >= 100)).toEqual([...numbers(0, 50), ...numbers(100, 50)]);
    expect(severities).toContain("rejected archive.damaged");
  });
});
