import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { StemmaEvent } from "../../event/event.ts";
import { textOf } from "../../event/event.ts";
import { readEvents } from "../../ingest/read.ts";
import { createDetector } from "../detector.ts";
import { loadRules } from "./load.ts";

const folder = "../shared/telemetry";
const here = existsSync(folder);

const seeds = [
  ["seed0", "12f07955-1674-44f7-86b5-c35da0a6f41a-v4"],
  ["seed1", "12f07955-1674-44f7-86b5-c35da0a6f41a"],
  ["seed2", "f59668de-caa0-4b84-94c1-3a1549e1e798"],
  ["seed3", "272df6de-61f1-4784-877c-1fbc3e2d0838"],
  ["seed4", "24869767-8579-485d-9a4f-d9ddfd8f0cac"],
] as const;

const hit = z.object({
  source: z.string(),
  record_id: z.union([z.string(), z.number(), z.null()]),
  pid: z.number().nullable(),
});
const expectedFile = z.record(z.string(), z.object({ seed_hits: z.record(z.string(), z.array(hit)).optional() }));
const expected = here ? expectedFile.parse(JSON.parse(readFileSync(`${folder}/expected.json`, "utf8"))) : {};
const { rules: shipped } = await loadRules(["rules"]);
/** The rules that the ground truth knows. */
const rules = shipped.filter(({ id }) => seeds.some(([, seed]) => seed === id));
const detector = createDetector(rules);
const unindexed = createDetector(rules, { index: false });

function label(event: StemmaEvent): string {
  const source = event.source.code === "4688" ? "security-4688" : `sysmon-${event.source.code}`;
  return name(source, event.source.recordId, textOf(event.fields, "process.pid"));
}

function name(source: string, recordId: string | number | null | undefined, pid: string | number | null | undefined) {
  return `${source} ${recordId === null || recordId === undefined ? `pid ${pid}` : `record ${recordId}`}`;
}

describe.skipIf(!here)(`the shipped rules on real captures${here ? "" : " (skipped: no ../shared)"}`, () => {
  const files = Object.keys(expected).filter((file) => existsSync(`${folder}/${file}`));
  it.each(files)("%s: exactly the expected records hit", async (file) => {
    const found = new Map<string, string[]>(seeds.map(([, id]) => [id, []]));
    const without: string[] = [];
    for await (const batch of readEvents([`${folder}/${file}`])) {
      for (const { event } of batch.events) {
        for (const { rule } of detector.test(event)) {
          found.get(rule.id)?.push(label(event));
        }
        without.push(...unindexed.test(event).map(({ rule }) => `${rule.id} ${label(event)}`));
      }
    }
    for (const [seed, id] of seeds) {
      const wanted = (expected[file]?.seed_hits?.[seed] ?? []).map((entry) =>
        name(entry.source, entry.record_id, entry.pid),
      );
      expect([seed, ...(found.get(id) ?? []).sort()]).toEqual([seed, ...wanted.sort()]);
    }
    expect([...found].flatMap(([id, labels]) => labels.map((text) => `${id} ${text}`)).sort()).toEqual(without.sort());
  });
});
