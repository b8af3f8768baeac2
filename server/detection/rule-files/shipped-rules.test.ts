import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fields } from "#contracts/event";
import { fieldsOf } from "../../condition/fields.ts";
import { membersOf } from "../correlation/finding.ts";
import { createDetector } from "../detector.ts";
import { fillMessage } from "../message.ts";
import type { Rule } from "../rule.ts";
import { loadRules } from "./load.ts";

/**
 * An event, or for rules about many events several of them, so many seconds after the first; `rule` where a file has
 * several.
 */
const oneCase = z
  .object({
    match: z.boolean(),
    why: z.string(),
    rule: z.string().optional(),
    fields: fields.optional(),
    events: z
      .array(z.object({ seconds: z.number(), fields }))
      .min(1)
      .optional(),
  })
  .strict()
  .refine((one) => (one.fields === undefined) !== (one.events === undefined), "needs fields or events");
type Case = z.infer<typeof oneCase>;

/** Whether the rule finds something that the last of the events in time takes part in. */
function finds(detected: readonly Rule[], rule: Rule, { fields: single, events }: Case): boolean {
  const detector = createDetector(detected);
  if (single !== undefined) {
    const event = { id: "e", time: 0, fields: single, source: { eventId: "e", file: "cases", time: "" } };
    return detector.test(event).some((hit) => hit.rule.id === rule.id);
  }
  const given = (events ?? []).map((event, index) => ({ ...event, id: String(index), time: event.seconds * 1000 }));
  const latest = Math.max(...given.map(({ time }) => time));
  const run = detector.correlations.start();
  for (const event of given) {
    run.apply(event, detector.correlations.match(event));
  }
  return run
    .collectFindings(Number.POSITIVE_INFINITY)
    .findings.some(
      ({ rule: { id }, finding: found }) => id === rule.id && membersOf(found).some(({ time }) => time === latest),
    );
}

const { rules, files } = await loadRules(["rules"]);

describe("the shipped rules", () => {
  it("load without exception", () => {
    expect(files.filter((file) => file.state !== "evaluable")).toEqual([]);
  });

  it("carry the facts of their origins", () => {
    const facts = rules.map((rule) => [rule.id, rule.version, rule.severity, rule.riskScore, rule.buildingBlock]);
    expect(facts.sort()).toEqual([
      ["0f6f3a52-8a0e-4b63-9a1d-5d8e0c3b71a4", "2026-11-21", "high", 73, false],
      ["12f07955-1674-44f7-86b5-c35da0a6f41a", "322", "high", 73, false],
      ["12f07955-1674-44f7-86b5-c35da0a6f41a-v4", "4", "medium", 47, false],
      ["24869767-8579-485d-9a4f-d9ddfd8f0cac", "4", "medium", 49, false],
      ["272df6de-61f1-4784-877c-1fbc3e2d0838", "4", "medium", 36, false],
      ["3c9b7f0e-5a41-4d0b-8f6e-7a1d2c5e9b04", "1", "medium", 47, false],
      ["5b1d2f0c-94c7-4d0e-8c55-2f7b6a9e1d38", "2026-11-21", "high", 73, false],
      ["5d7e1c3a-0b94-4f28-8e6d-c19a47f0b362", "2026-11-24", "high", 73, false],
      ["5d7e1c3a-0b94-4f28-8e6d-c19a47f0b363", "2026-11-24", "low", 21, false],
      ["5d7e1c3a-0b94-4f28-8e6d-c19a47f0b364", "2026-11-24", "low", 1, true],
      ["5d7e1c3a-0b94-4f28-8e6d-c19a47f0b365", "2026-11-24", "low", 1, true],
      ["7d8f1c64-2b3e-4a6f-9a27-90c1b5e4d6f2", "1", "medium", 47, false],
      ["8a0d4b6c-1f2e-4c73-9d15-60e7b3a2f8c1", "1", "low", 21, true],
      ["c2a7be11-6f0a-4f0d-b7f1-1e9a64d20b95", "2026-11-21", "medium", 47, false],
      ["e41f5a29-7c68-4b9d-a3d0-2b8e6f147c55", "1", "medium", 47, false],
      ["f59668de-caa0-4b84-94c1-3a1549e1e798", "2026/03/24", "low", 21, true],
    ]);
  });

  for (const rule of rules) {
    const casesFile = `rules/${rule.source.replace(/\.\w+$/, ".cases.jsonl")}`;
    const cases = readFileSync(casesFile, "utf8")
      .trim()
      .split("\n")
      .map((line) => oneCase.parse(JSON.parse(line)))
      .filter((one) => one.rule === undefined || one.rule === rule.id);
    it.each(cases)(`${rule.source}: $match, $why`, (one) => {
      expect(finds([rule], rule, one)).toBe(one.match);
      expect(finds(rules, rule, one)).toBe(one.match);
    });

    if (rule.partOf === undefined) {
      it(`${rule.source} has cases that match and cases that do not`, () => {
        expect(new Set(cases.map(({ match }) => match))).toEqual(new Set([true, false]));
      });
    }

    it(`${rule.source} has messages whose placeholders are all known`, () => {
      expect(fillMessage(rule.message ?? "", {})).not.toContain("$");
    });

    it(`${rule.source} says which fields it needs`, () => {
      expect(rule.body.kind === "not-evaluable" ? [] : fieldsOf(rule.body.condition)).not.toEqual([]);
    });
  }

  it.skipIf(!existsSync("../shared/seeds"))(
    `are written in our own words${existsSync("../shared/seeds") ? "" : " (skipped: no ../shared)"}`,
    () => {
      const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
      const runs = (text: string) => words(text).map((_, at, all) => all.slice(at, at + 11).join(" "));
      const seeds = new Set(
        readdirSync("../shared/seeds").flatMap((file) => runs(readFileSync(`../shared/seeds/${file}`, "utf8"))),
      );
      for (const rule of rules) {
        const prose = [rule.description, rule.message ?? "", ...rule.falsePositives, ...rule.references];
        const shared = prose.flatMap((text) =>
          runs(text).filter((run) => run.split(" ").length === 11 && seeds.has(run)),
        );
        expect(shared).toEqual([]);
      }
    },
  );
});
