import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { RuleBook } from "./rule-book.ts";

const sigma = (id: string, more = "") => `title: ${id}
id: ${id}
name: ${id}
logsource: {product: windows, category: process_creation}
detection:
  selection: {Image: a.exe}
  condition: selection
${more}`;

const counting = `title: counting
id: counting
correlation:
  type: event_count
  rules: [base]
  group-by: [Image]
  timespan: 5m
  condition: {gte: 3}
`;

describe("the rules of a running server", () => {
  let world: WorkbenchStore;
  let folder: string;
  const open = () => RuleBook.open({ store: world.store, configured: [folder], roots: [], now: () => 0 });
  const running = (book: RuleBook) => book.current.detector.rules.map(({ id }) => id).toSorted();
  beforeEach(async () => {
    world = await openWorkbenchStore();
    folder = mkdtempSync(join(tmpdir(), "stemma-book-"));
    writeFileSync(join(folder, "base.yml"), sigma("base"));
    writeFileSync(join(folder, "other.yml"), sigma("other"));
    writeFileSync(join(folder, "counting.yml"), counting);
  });
  afterEach(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });

  it("lets a rule rest that only correlations count, when all of these are turned off", async () => {
    const book = await open();
    expect(running(book)).toEqual(["base", "counting", "other"]);
    await book.setEnabled("counting", false, { actor: { name: "tester" } });
    expect(running(book)).toEqual(["other"]);
    await book.setEnabled("counting", true, { actor: { name: "tester" } });
    expect(running(book)).toEqual(["base", "counting", "other"]);
  });

  it("takes over what another server on the same store has chosen", async () => {
    const [one, two] = [await open(), await open()];
    await one.setEnabled("other", false, { actor: { name: "tester" } });
    expect(running(two)).toContain("other");
    expect([await two.refresh(), await two.refresh(), await one.refresh()]).toEqual([true, false, false]);
    expect(running(two)).not.toContain("other");
  });

  it("does one change after the other, and loses none", async () => {
    const book = await open();
    await Promise.all([
      book.setEnabled("other", false, { actor: { name: "a" } }),
      book.setEnabled("base", false, { actor: { name: "b" } }),
      book.reload({ name: "c" }),
      book.setEnabled("other", true, { actor: { name: "d" } }),
    ]);
    expect([...book.current.disabled]).toEqual(["base"]);
    expect((await open()).current.disabled).toEqual(new Set(["base"]));
  });

  it("keeps the texts of all versions once, and when each was seen", async () => {
    const book = await open();
    writeFileSync(join(folder, "other.yml"), sigma("other", "level: high\n"));
    await book.reload({ name: "tester" });
    await book.reload({ name: "tester" });
    const versions = await world.store.ruleVersions.of("other");
    expect(versions.map(({ text }) => text.includes("level: high")).toSorted()).toEqual([false, true]);
  });
});
