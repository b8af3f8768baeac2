import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KilledBatches, prepareBatches } from "./killed-batches.ts";

/** More rounds: `many-batches.ts`. */
describe("a batch whose server is killed", () => {
  let folder = "";
  let batches: KilledBatches;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stemma-killed-"));
    batches = await prepareBatches(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("goes on where it was, changes each alert once, and is undone to the first state", async () => {
    expect(batches.alerts).toBeGreaterThan(2_000);
    const { wrong, interrupted } = await batches.round({
      closing: [{ done: 0.4, delay: 7 }],
      undoing: [{ done: 0.2, delay: 3 }],
    });
    expect(wrong).toEqual([]);
    expect(interrupted).toBe(2);
  });
});
