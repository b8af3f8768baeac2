import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fields } from "#contracts/event";
import { fieldsOf } from "../../condition/fields.ts";
import { fillMessage } from "../message.ts";
import { createDetector } from "../run.ts";
import { loadRules } from "./load.ts";

const oneCase = z.object({ match: z.boolean(), why: z.string(), fields }).strict();
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
      ["5b1d2f0c-94c7-4d0e-8c55-2f7b6a9e1d38", "2026-11-21", "high", 73, false],
      ["7d8f1c64-2b3e-4a6f-9a27-90c1b5e4d6f2", "1", "medium", 47, false],
      ["c2a7be11-6f0a-4f0d-b7f1-1e9a64d20b95", "2026-11-21", "medium", 47, false],
      ["f59668de-caa0-4b84-94c1-3a1549e1e798", "2026/03/24", "low", 21, true],
    ]);
  });

  for (const rule of rules) {
    const casesFile = `rules/${rule.source.replace(/\.\w+$/, ".cases.jsonl")}`;
    it.each(
      readFileSync(casesFile, "utf8")
        .trim()
        .split("\n")
        .map((line) => oneCase.parse(JSON.parse(line))),
    )(`${rule.source}: $match, $why`, ({ match, fields: given }) => {
      const event = { id: "e", time: 0, fields: given, source: { eventId: "e", file: "cases", time: "" } };
      expect(createDetector([rule]).test(event).length > 0).toBe(match);
      expect(
        createDetector(rules)
          .test(event)
          .some((hit) => hit.rule.id === rule.id),
      ).toBe(match);
    });

    it(`${rule.source} has messages whose placeholders are all known`, () => {
      expect(fillMessage(rule.message ?? "", {})).not.toContain("$");
    });

    it(`${rule.source} says which fields it needs`, () => {
      expect(rule.body.kind === "not-evaluable" ? [] : fieldsOf(rule.body.condition)).not.toEqual([]);
    });
  }

  it.skipIf(!existsSync("../shared/seeds"))(
    existsSync("../shared/seeds") ? "are written in our own words" : "skipped: no ../shared",
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
