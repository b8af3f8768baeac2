import { createReadStream, existsSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { deserialize, serialize } from "node:v8";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import { guideMarkdown } from "../../detection/guide.ts";
import type { Rule } from "../../detection/rule.ts";
import { readRules } from "../../detection/rule-files/load.ts";
import type { RuleFile } from "../../detection/rule-files/rule-folder.ts";
import { ok } from "../../lib/result.ts";
import { alertContext } from "../alert-fields.ts";
import { collectPlaybooks } from "../choose.ts";
import type { Playbook } from "../playbook.ts";
import { fieldsNeeded } from "../query-condition.ts";
import { runQueryIn } from "../run-query.ts";
import { sectionKind } from "./headings.ts";
import { type CompiledGuide, compileGuideOfRule, guideOfRule } from "./of-rule.ts";
import { compileGuideFile } from "./page.ts";

const shared = "../shared";
const here = existsSync(`${shared}/corpora/elastic.tar.gz`);

async function unpack(archive: string): Promise<readonly RuleFile[]> {
  const files: RuleFile[] = [];
  const entries = createReadStream(archive).pipe(createGunzip()).pipe(extract());
  for await (const entry of entries) {
    const content = await text(entry);
    if (entry.header.name.endsWith(".toml")) {
      files.push({ file: entry.header.name, source: entry.header.name, text: ok(content) });
    }
  }
  return files;
}

const words = (value: string): string => (value.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");

/** Every text in a value, as words. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return [words(value)];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const marks = /^[\s>*#+-]*(?:\d+[.)]\s)?\s*(?:Investigating\s|\**(?:Focus|Hint|Implication|Why)\**:\**)?/i;

/**
 * The parts of a line that a compiled guide has to have somewhere: an implication is split at semicolons and sentences.
 */
function partsOf(line: string): readonly string[] {
  const bare = line.replaceAll(/\$(?:investigate|osquery)_\d+/g, "").replace(marks, "");
  return (/Implication/.test(line) ? bare.split(/;|[.!] (?=[A-Z])/) : [bare]).map(words).filter((part) => part !== "");
}

/** Lines of a guide that are in no part of what it was compiled to. */
function lostLines(note: string, playbook: Playbook): readonly string[] {
  const related = playbook.relatedRules.map(({ name, id }) => words(`${name} ${id ?? ""}`));
  const has = [...textsIn({ ...playbook, warnings: [], file: "" }), ...related].join(" | ");
  const fields = new Set(playbook.steps.flatMap(({ focus }) => focus));
  return note.split("\n").filter((line) => {
    const isHeading =
      /^\s{0,3}#{1,6}\s/.test(line) && !["about", "other"].includes(sectionKind(line.replace(/^\s*#+/, "")));
    // A focus line that lists fields only is kept as fields.
    const spans = [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
    const isList = /Focus/.test(line) && spans.length > 0 && spans.every((span) => fields.has(span));
    const rest = words(line.replaceAll(/`[^`]+`|\$\w+|\b(?:Focus|and|or)\b/g, ""));
    return !isHeading && !(isList && rest === "") && partsOf(line).some((part) => !has.includes(part));
  });
}

describe.skipIf(!here)(`investigation guides of the field${here ? "" : " (skipped: no ../shared)"}`, () => {
  let rules: readonly Rule[];
  let guides: readonly (readonly [Rule, CompiledGuide])[];
  let world: WorkbenchStore;
  beforeAll(async () => {
    rules = readRules(await unpack(`${shared}/corpora/elastic.tar.gz`)).rules;
    guides = rules.flatMap((rule) => {
      const compiled = compileGuideOfRule(rule);
      return compiled?.ok === true ? [[rule, compiled.value] as const] : [];
    });
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
  }, 60_000);
  afterAll(() => world?.close());

  it("nearly all yield steps, and the others say why", () => {
    const all = rules.flatMap((rule) => compileGuideOfRule(rule) ?? []);
    expect(all.length).toBeGreaterThan(900);
    expect(guides.length / all.length).toBeGreaterThan(0.98);
    expect(all.flatMap((result) => (result.ok ? [] : [result.error.code]))).toEqual(
      Array.from({ length: all.length - guides.length }, () => "playbook.no-steps"),
    );
  });

  it("lose no line", () => {
    const lost = guides.flatMap(([rule, { playbook }]) =>
      lostLines(rule.guide?.note ?? "", playbook).map((line) => `${rule.source}: ${line}`),
    );
    expect(lost).toEqual([]);
  });

  it("warn only of what is wrong in them", () => {
    const warnings = guides.flatMap(([, { playbook }]) => playbook.warnings);
    expect(warnings.map(({ code, at }) => [code, at?.line !== undefined])).toEqual([
      ["playbook.unresolved-query", true],
      ["playbook.unused-entry", true],
      ["playbook.unresolved-query", true],
      ["playbook.unused-entry", true],
    ]);
  });

  it("have distinct ids, and lists that refer to what exists", () => {
    for (const [, { playbook }] of guides) {
      const { steps, queries, checklists, texts } = playbook;
      const queryIds = queries.map(({ id }) => id);
      expect(new Set(queryIds).size).toBe(queryIds.length);
      expect([...new Set(steps.flatMap((step) => step.queryIds))].sort()).toEqual(queryIds.toSorted());
      const stepIds = new Set(steps.map(({ id }) => id));
      expect(stepIds.size).toBe(steps.length);
      expect(new Set(steps.map(({ topic }) => topic)).size).toBe(steps.length);
      expect(texts.every(({ afterStep }) => afterStep === undefined || stepIds.has(afterStep))).toBe(true);
      const items = checklists.flatMap((list) => list.items.map(({ id }) => id));
      expect(new Set(items).size).toBe(items.length);
    }
  });

  it("every query compiles and runs, with the fields of an alert and with all that it asks for", async () => {
    const total = guides.reduce((sum, [, { findings }]) => sum + findings.queries, 0);
    const compiled = guides.reduce((sum, [, { findings }]) => sum + findings.compiled, 0);
    expect([compiled, total > 300]).toEqual([total, true]);

    const [alert] = (await world.store.alerts.find({ limit: 1, order: "oldest-first" })).items;
    expect(alert).toBeDefined();
    if (alert === undefined) {
      return;
    }
    const context = await alertContext(world.store, alert);
    const options = { anchor: "event", limit: 5, clock: () => noon, ruleOf: () => undefined } as const;
    const outcomes = new Map<string, number>();
    // Equal queries of several guides run once.
    const distinct = new Map(guides.flatMap(([, { playbook }]) => playbook.queries.map((query) => [query.id, query])));
    for (const query of distinct.values()) {
      const invented: Fields = Object.fromEntries(fieldsNeeded(query).map((field) => [field, "invented"]));
      for (const fields of [context.fields, { ...invented, ...context.fields }]) {
        const run = await runQueryIn(world.store, query, { ...context, fields }, options);
        outcomes.set(run.outcome, (outcomes.get(run.outcome) ?? 0) + 1);
        expect([query.label, fields === context.fields || run.outcome !== "cannot-run"]).toEqual([query.label, true]);
      }
    }
    expect(outcomes.get("hits")).toBeGreaterThan(10);
  }, 120_000);

  it("compile to the same in another thread, which gets a copy of the rule", () => {
    for (const [{ body: _, ...rule }, { playbook }] of guides.slice(0, 100)) {
      const copy: Omit<Rule, "body"> = deserialize(serialize(rule));
      expect(guideOfRule({ ...copy, body: { kind: "not-evaluable", reason: "", at: {} } })).toEqual(playbook);
    }
  });

  it("question guides have anchors, implications on both sides and a closing policy", () => {
    const questions = guides.filter(([rule]) => /^\s+- Implication:/m.test(rule.guide?.note ?? ""));
    expect(questions.length).toBeGreaterThan(70);
    const withAnchors = questions.filter(([, { playbook }]) => playbook.decision.benign === "anchors");
    expect(withAnchors.length / questions.length).toBeGreaterThan(0.95);
    const steps = questions.flatMap(([, { playbook }]) =>
      playbook.steps.filter(({ question }) => question.endsWith("?")),
    );
    // Some authors never name what lowers concern: "missing telemetry is unresolved, not benign".
    const told = steps.filter(({ raises, lowers }) => raises.length > 0 && lowers.length > 0);
    expect(told.length / steps.length).toBeGreaterThan(0.6);
    const closing = questions.filter(([, { playbook }]) => playbook.closingPolicy.length > 0);
    expect(closing.length / questions.length).toBeGreaterThan(0.9);
    for (const [, { playbook }] of questions) {
      expect(playbook.steps.filter((step) => step.about === "incident" && (step.anchor || step.clears))).toEqual([]);
    }
  });

  it("2,000 guides compile in less than three seconds of a processor", () => {
    const copies = [...rules, ...rules].map((rule) => ({ ...rule }));
    const started = process.cpuUsage();
    const compiled = copies.flatMap((rule) => guideOfRule(rule) ?? []);
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(3);
    expect(compiled.length).toBe(guides.length * 2);
  });

  it("are on the page of their rule as Markdown without placeholders that name a query", () => {
    for (const [rule, { findings }] of guides) {
      const left = guideMarkdown(rule.guide)?.match(/\$(?:investigate|osquery)_\d+/g) ?? [];
      expect(left).toEqual(findings.unresolved);
    }
  });

  it("a published page becomes the playbook of the rule that it names", () => {
    const seed = readFileSync(`${shared}/seeds/001_85477ccbb50cdf42.txt`, "utf8");
    const compiled = compileGuideFile(seed, "page.txt");
    const playbook = compiled.ok ? compiled.value : undefined;
    expect(playbook).toMatchObject({ version: "322", origin: { kind: "page" }, warnings: [] });
    expect(playbook?.steps.map(({ about, anchor, clears }) => [about, anchor, clears])).toEqual([
      ["process", true, true],
      ["process", true, false],
      ["process", true, true],
      ["session", true, true],
      ["process", true, true],
      ["incident", false, false],
    ]);
    expect(playbook?.queries.map(({ target, lineage, groups }) => [target, lineage, groups.length])).toEqual([
      ["events", "children", 2],
      ["alerts", undefined, 1],
      ["alerts", undefined, 1],
    ]);
    expect(playbook?.closingPolicy).toHaveLength(1);
    expect(playbook?.checklists.map(({ verdict }) => verdict)).toEqual([
      "benign",
      "suspicious",
      "malicious",
      "after-containment",
      "hardening",
    ]);
    const rule = rules.find(({ name }) => name === playbook?.applies.ruleNames?.[0]);
    if (playbook !== undefined && rule !== undefined) {
      const playbooks = collectPlaybooks([playbook], (id) => rules.find((one) => one.id === id));
      expect(playbooks.forRule(rule.id)).toMatchObject({ playbook: { id: playbook.id }, because: { kind: "rule" } });
    }
  });
});
