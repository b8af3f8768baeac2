import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SuggestedDraft } from "#contracts/exception";
import type { AlertRecord } from "../../server/alert/record.ts";
import { createDetector } from "../../server/detection/detector.ts";
import type { Detector, Rule } from "../../server/detection/rule.ts";
import { loadRules } from "../../server/detection/rule-files/load.ts";
import { suggestDraftForAll } from "../../server/exceptions/draft.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { exceptionSaver } from "../factories/save-exception.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../factories/workbench-store.ts";

const cases = resolve(import.meta.dirname, "../../../shared/cases");
const folder = join(cases, "administration");
const isMissing = !existsSync(folder);
const skipped = isMissing ? " (skipped: no ../shared)" : "";
const now = Date.UTC(2026, 2, 20);

/** A store with the rules of a folder only. */
class World {
  readonly base: WorkbenchStore;
  readonly rules: readonly Rule[];
  readonly #detector: Detector;
  #saved = 0;

  private constructor(base: WorkbenchStore, rules: readonly Rule[]) {
    this.base = base;
    this.rules = rules;
    this.#detector = createDetector(rules);
  }

  static async open(rulesIn: string): Promise<World> {
    const { rules } = await loadRules([rulesIn]);
    return new World(await openWorkbenchStore(), rules);
  }

  /** Ingests a file; the ids of the alerts that it raised. */
  async take(file: string): Promise<readonly AlertRecord[]> {
    const before = new Set((await this.alerts()).map(({ id }) => id));
    const { store } = this.base;
    await ingest({ store, detector: this.#detector, paths: [file], actor: { name: "test" }, clock: () => now });
    return (await this.alerts()).filter(({ id }) => !before.has(id));
  }

  async alerts(): Promise<readonly AlertRecord[]> {
    return (await this.base.store.alerts.find({ limit: 500, order: "oldest-first" })).items;
  }

  async open(): Promise<readonly AlertRecord[]> {
    return (await this.alerts()).filter(({ status }) => status === "open");
  }

  async draft(alerts: readonly AlertRecord[]): Promise<SuggestedDraft["draft"]> {
    const suggested = await suggestDraftForAll(this.base.store, alerts, (id) =>
      this.rules.find((rule) => rule.id === id),
    );
    if (!suggested.ok) {
      throw new Error(suggested.error.message);
    }
    return { ...suggested.value.draft, reason: "Known administration" };
  }

  readonly #saver = exceptionSaver();

  /** Saves the draft of these alerts as it is. */
  async except(alerts: readonly AlertRecord[]): Promise<void> {
    const { store } = this.base;
    const unedited = await this.draft(alerts);
    const { breadth } = await this.#saver.dryRun(store, this.rules, unedited, () => now);
    // A service with its usual arguments is no activity: such a draft is broad, and needs a reason.
    const draft = breadth.level === "broad" ? { ...unedited, breadthReason: "The service of this host" } : unedited;
    const { token } = await this.#saver.dryRun(store, this.rules, draft, () => now);
    this.#saved += 1;
    const id = `exception-${this.#saved}`;
    const request = { draft, token, actor: { name: "lena" }, clock: () => now, newId: () => id };
    const saved = await this.#saver.save(store, this.rules, request);
    if (!saved.ok) {
      throw new Error(`${saved.error.message} ${JSON.stringify(draft.entries)}`);
    }
  }

  /** Takes the draft of each open alert, or of all open alerts that are the same but for their hosts. */
  async exceptAll(byShape = false): Promise<number> {
    for (let left = await this.open(); left.length > 0; left = await this.open()) {
      const [first] = left;
      const same = left.filter(
        ({ rule, commandTemplate }) => rule.id === first?.rule.id && commandTemplate === first.commandTemplate,
      );
      await this.except(byShape ? same : left.slice(0, 1));
      const after = await this.open();
      expect(after.length, `the draft of ${JSON.stringify(first)} silences its alert`).toBeLessThan(left.length);
    }
    return this.#saved;
  }
}

/** The benign input of a case, what it must still raise, and its rules, or those of the administration. */
const lookAlikes = [
  { name: "33-encoded-payload", rules: "33-encoded-payload/rules" },
  { name: "34-product-prefix", rules: "administration/rules" },
  { name: "36-parent-command-line", rules: "36-parent-command-line/rules" },
  { name: "46-memory-of-another-payload", rules: "33-encoded-payload/rules" },
];

describe.skipIf(isMissing)(`unedited drafts of one activity${skipped}`, () => {
  it.each(lookAlikes)("hide nothing of what looks alike: $name", async ({ name, rules }) => {
    const [world, other] = [await World.open(join(cases, rules)), await World.open(join(cases, rules))];
    try {
      const benign = (await world.take(join(cases, name, "benign.ndjson"))).map(described);
      const all = (await other.take(join(cases, name, "evil.ndjson"))).map(described);
      const evil = all.filter((one) => !benign.includes(one)).sort();
      expect(evil.length).toBeGreaterThan(0);
      await world.exceptAll();
      expect((await world.take(join(cases, name, "evil.ndjson"))).map(described).sort()).toEqual(evil);
    } finally {
      await Promise.all([world.base.close(), other.base.close()]);
    }
  });
});

describe.skipIf(isMissing)(`unedited drafts of a day of administration${skipped}`, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open(join(folder, "rules"));
  });
  afterEach(() => world.base.close());

  const day = (name: string) => world.take(join(folder, `${name}.ndjson`));

  it("silence the next day and none of the attacks that look alike", async () => {
    const first = await day("day1");
    const bad = await attacks(first);
    expect(await world.exceptAll()).toBe(first.length);
    const next = await day("day2");
    const third = await day("day3");
    const raised = await day("bad");
    expect(next.map(described)).toEqual([]);
    expect(raised.map(described).sort()).toEqual(bad);
    expect(third.filter(({ host }) => !host.startsWith("srv-03")).map(described)).toEqual([]);
  });

  it("made from the alerts of both hosts cover both and no third one", async () => {
    const first = await day("day1");
    const bad = await attacks(first);
    expect(await world.exceptAll(true)).toBe(first.length / 2);
    const next = await day("day2");
    const third = await day("day3");
    const raised = await day("bad");
    expect(next.map(described)).toEqual([]);
    expect(raised.map(described).sort()).toEqual(bad);
    expect([...new Set(third.map(({ host }) => host))]).toEqual(["srv-03.nord.example"]);
  });

  /** What the attacks raise where nothing is excepted; services that start as on any day are not attacks. */
  async function attacks(benign: readonly AlertRecord[]): Promise<readonly string[]> {
    const other = await World.open(join(folder, "rules"));
    const usual = new Set(benign.map(described));
    try {
      const raised = (await other.take(join(folder, "bad.ndjson"))).map(described);
      return raised.filter((one) => !usual.has(one)).sort();
    } finally {
      await other.base.close();
    }
  }
});

function described({ rule, fields, host }: AlertRecord): string {
  const text = (field: string) => String(fields[`process.${field}`]);
  return `${rule.name} on ${host}: ${text("command_line")} < ${text("parent.executable")} ${text("parent.command_line")}`;
}
