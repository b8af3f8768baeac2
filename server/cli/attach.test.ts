import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attachedFiles } from "./attach.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-attach-"));
  await writeFile(join(folder, "a.csv"), "\ufeffa,b\r\n1,\u0000\r\n");
  await writeFile(join(folder, "empty"), "");
  await writeFile(join(folder, "large"), "x".repeat(64 * 1024 + 1));
  await writeFile(join(folder, "binary"), Buffer.from([0x4d, 0x5a, 0xff, 0xfe]));
});
afterAll(() => rm(folder, { recursive: true }));

describe("--attach", () => {
  it("keeps the text of a file exactly, under its name or the given title", async () => {
    expect(await attachedFiles(["a.csv", `${join(folder, "a.csv")}=A = B`], folder)).toEqual({
      ok: true,
      value: [
        { title: "a.csv", text: "\ufeffa,b\r\n1,\u0000\r\n" },
        { title: "A = B", text: "\ufeffa,b\r\n1,\u0000\r\n" },
      ],
    });
    expect(await attachedFiles([], folder)).toEqual({ ok: true, value: [] });
  });

  it.each([
    ["missing", "ENOENT"],
    ["empty", "text"],
    ["large", "65537 bytes"],
    ["binary", "no text in UTF-8"],
    ["a.csv=", "title"],
  ])("refuses %s and says why", async (option, why) => {
    const read = await attachedFiles([option, "a.csv"], folder);
    expect(read).toMatchObject({ ok: false, error: [{ code: "usage.value", message: expect.stringContaining(why) }] });
  });

  it("refuses more than eight files", async () => {
    expect(
      await attachedFiles(
        Array.from({ length: 9 }, () => "a.csv"),
        folder,
      ),
    ).toMatchObject({ ok: false });
  });
});
