import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleCapture } from "../../server/sample/generate.ts";
import { type Contents, contentsOfFile, differences } from "./contents.ts";
import type { Moment } from "./ingest-until.ts";
import { crashRules, runChild, runThrough, shippedRules } from "./moments.ts";

/** More moments, on captures of one's own: `many-moments.ts`. */
describe("an ingest that ends early and is resumed until it is done", () => {
  let folder = "";
  let captures = "";
  let expected: Contents;
  let writes = 0;

  const rules = [shippedRules, crashRules];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stemma-crash-"));
    captures = join(folder, "captures");
    const lines = [...sampleCapture(Date.UTC(2024, 4, 6))].slice(0, 4_000);
    mkdirSync(captures);
    // Of one host after the other, in several forms: late facts of one change what is known of another.
    for (const [host, own] of Map.groupBy(lines, (line) => /"host":\{[^}]*"name":"([^"]+)"/.exec(line)?.[1] ?? "")) {
      const text = own.join("\n");
      writeFileSync(join(captures, `${host || "other"}.json.gz`), gzipSync(text));
    }
    writeFileSync(join(captures, "zz.json"), lines.toReversed().slice(0, 700).join("\n"));
    const reference = join(folder, "reference.db");
    const ended = await runChild({ store: reference, paths: [captures], rules });
    expected = await contentsOfFile(reference);
    writes = ended.writes ?? 0;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<Moment & { readonly part: number }>([
    { part: 0.2, write: 2, how: "kill-before-commit" },
    { part: 0.55, write: 2, how: "interrupt" },
    { part: 0.9, write: 1, how: "kill-after-commit" },
  ])("has the same result after $how at $part of its writes and a kill soon after", async ({ part, write, how }) => {
    const store = join(folder, `${how}.db`);
    const moments: Moment[] = [
      { write: Math.max(1, Math.floor(writes * part)), how },
      { write, how: "kill-after-commit" },
    ];
    const summary = await runThrough({ store, paths: [captures], rules }, moments);
    expect(summary.resumed).toBeGreaterThan(0);
    expect(differences(expected, await contentsOfFile(store))).toEqual([]);
  });
});
