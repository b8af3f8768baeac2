import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEvents } from "./read.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-unreadable-"));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const record = (number: number) =>
  `${JSON.stringify({
    EventTime: "2024-05-06 12:00:01",
    "@timestamp": "2024-05-06T10:00:02Z",
    EventID: 7,
    SourceName: "Example",
    RecordNumber: number,
  })}\n`;

/** Root reads everything, so the rights of files mean something only to somebody else. */
async function asNobody<T>(read: () => Promise<T>): Promise<T> {
  const user = process.geteuid?.();
  if (user !== 0) {
    return read();
  }
  process.seteuid?.(65534);
  try {
    return await read();
  } finally {
    process.seteuid?.(user);
  }
}

async function read(paths: readonly string[], stdin?: AsyncIterable<Uint8Array>) {
  const records: unknown[] = [];
  const problems: (readonly [code: string, file: string | undefined, reason: string | undefined])[] = [];
  const ignored: string[] = [];
  for await (const batch of readEvents(paths, { stdin })) {
    records.push(...batch.events.map(({ event }) => event.source.recordId));
    for (const { problem } of batch.problems) {
      problems.push([
        problem.code,
        problem.at?.file?.slice(folder.length + 1),
        /E[A-Z]+(?=:)/.exec(problem.message)?.[0],
      ]);
    }
    ignored.push(...batch.ignored.map(({ file }) => file.slice(folder.length + 1)));
  }
  return { records, problems, ignored };
}

describe("what cannot be read", () => {
  it("is reported with its path and reason, and the rest of the folder is read", async () => {
    const inside = (name: string) => join(folder, "capture", name);
    await mkdir(inside("b-locked"), { recursive: true });
    await writeFile(inside("a.ndjson"), record(1));
    await writeFile(inside("b-locked/hidden.ndjson"), record(2));
    await writeFile(inside("c-locked.ndjson"), record(3));
    await symlink("d-loop", inside("d-loop"));
    await symlink("gone", inside("e-dangling"));
    execFileSync("mkfifo", [inside("f-pipe")]);
    await writeFile(inside("g.ndjson"), record(4));
    await chmod(inside("b-locked"), 0);
    await chmod(inside("c-locked.ndjson"), 0);
    const found = await asNobody(() => read([join(folder, "capture")]));
    expect(found).toEqual({
      records: ["1", "4"],
      problems: [
        ["input.unreadable", "capture/b-locked", "EACCES"],
        ["input.unreadable", "capture/c-locked.ndjson", "EACCES"],
        ["input.unreadable", "capture/d-loop", "ELOOP"],
        ["input.unreadable", "capture/e-dangling", "ENOENT"],
      ],
      ignored: ["capture/f-pipe"],
    });
  });

  it("names the file once", async () => {
    const path = join(folder, "it's gone, open 'x'");
    const [batch] = await Array.fromAsync(readEvents([path]));
    expect(batch?.problems.map(({ problem }) => problem.message)).toEqual([
      `${path}: cannot be opened: ENOENT: no such file or directory`,
    ]);
  });

  it("says that a name is not UTF-8 where that is why a file is not found", async () => {
    const inside = join(folder, "latin-1");
    await mkdir(inside);
    await writeFile(
      Buffer.concat([Buffer.from(`${inside}/Gr`), Buffer.from([0xf6, 0xdf]), Buffer.from("e")]),
      record(1),
    );
    await writeFile(join(inside, "z.ndjson"), record(2));
    const batches = await Array.fromAsync(readEvents([inside]));
    expect(batches.flatMap(({ events }) => events)).toHaveLength(1);
    expect(batches.flatMap(({ problems }) => problems.map(({ problem }) => problem.remedy))).toEqual([
      expect.stringContaining("not UTF-8"),
    ]);
  });

  it("is a problem when it is named, also a pipe", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect((await read([pipe])).problems).toEqual([["input.unreadable", "pipe", undefined]]);
  });

  it("ends a stream that fails, after everything read so far", async () => {
    async function* failing() {
      yield Buffer.from(record(1) + record(2));
      throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
    }
    expect(await read(["-"], failing())).toMatchObject({
      records: ["1", "2"],
      problems: [["input.unreadable", expect.anything(), "EIO"]],
    });
  });
});
