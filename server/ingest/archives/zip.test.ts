import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAll } from "../byte-stream.ts";
import type { Layer } from "./archive.ts";
import { defaultArchiveLimits } from "./limits.ts";
import { openZipFile } from "./zip.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-zip-"));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(name: string) {
  const layer: Layer = { name, explicit: true, depth: 0, limits: defaultArchiveLimits, issues: [] };
  const texts: string[] = [];
  const messages: string[] = [];
  const opened = openZipFile(join(folder, name), layer, async function* (chunks, { name: member, issues }) {
    texts.push(String(await readAll(chunks as AsyncIterable<Buffer>)));
    yield* issues.map((issue) => ({ kind: "issue", file: member, issue }) as const);
  });
  for await (const each of opened) {
    if (each.kind === "issue") {
      messages.push(each.issue.problem.message);
    }
  }
  return { texts, messages };
}

/** A file that begins with a member, has no directory, and takes no room on the disk. */
async function putWithoutDirectory(name: string, size: number): Promise<void> {
  const header = Buffer.alloc(30);
  header.write("PK\u0003\u0004", "latin1");
  header.writeUInt32LE(4, 18);
  header.writeUInt32LE(4, 22);
  header.writeUInt16LE(1, 26);
  const file = await open(join(folder, name), "w");
  await file.write(Buffer.concat([header, Buffer.from("atext")]));
  await file.truncate(size);
  await file.close();
}

describe("a zip on disk without a directory", () => {
  it("is searched for members", async () => {
    await putWithoutDirectory("small.zip", 100_000);
    const { texts, messages } = await read("small.zip");
    expect(texts).toEqual(["text"]);
    expect(messages).toEqual([expect.stringContaining("1 member was found without it")]);
  });

  it("is not searched above 512 MiB, and says so", async () => {
    const size = 512 * 1024 ** 2 + 1;
    await putWithoutDirectory("large.zip", size);
    const { texts, messages } = await read("large.zip");
    expect(texts).toEqual([]);
    expect(messages).toEqual([
      expect.stringMatching(
        `^large.zip: the zip is damaged and cannot be read any further: .+; ` +
          `members cannot be found without its directory: that is limited to 536870912 bytes, and the zip has ${size}$`,
      ),
    ]);
  });

  it("says why it could not be searched", async () => {
    const { messages } = await read("absent.zip");
    expect(messages).toEqual([
      expect.stringMatching(/any further: .*; members cannot be found without its directory: ENOENT/),
    ]);
  });
});
