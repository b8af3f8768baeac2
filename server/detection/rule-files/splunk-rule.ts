import { z } from "zod";
import type { Severity } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { anyInputCondition, type CorrelationPlan } from "../correlation/plan.ts";
import type { RuleGuide } from "../guide.ts";
import type { Macro, Macros } from "../languages/tstats/macros.ts";
import { parseTstats, type TstatsQuery } from "../languages/tstats/tstats.ts";
import type { Rule, RuleBody } from "../rule.ts";
import { techniqueById } from "./attack.ts";
import { type Places, refusedQuery, schemaProblem } from "./places.ts";
import { yamlPlaces } from "./yaml-document.ts";

const listOfTexts = z.union([z.array(z.string()), z.string().transform((text) => (text === "" ? [] : [text]))]);
const share = z.number().min(0).max(100);

const splunkFile = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  version: z.union([z.number(), z.string()]),
  author: z.string().default(""),
  description: z.string().default(""),
  type: z.string().default("TTP"),
  search: z.string(),
  how_to_implement: z.union([z.string(), z.null().transform(() => "")]).default(""),
  known_false_positives: listOfTexts.default([]),
  references: z.union([z.array(z.string()), z.null().transform((): string[] => [])]).default([]),
  license: z.string().optional(),
  tags: z
    .object({
      confidence: share.optional(),
      impact: share.optional(),
      risk_score: share.optional(),
      message: z.string().optional(),
      mitre_attack_id: z.array(z.string()).default([]),
      analytic_story: z.array(z.string()).default([]),
    })
    .default({ mitre_attack_id: [], analytic_story: [] }),
  /** Since 2025 in place of the risk keys of `tags`: the score itself, per risk object. */
  rba: z
    .object({
      message: z.string().optional(),
      risk_objects: z.array(z.object({ score: share })).default([]),
    })
    .optional(),
});
type SplunkRule = z.infer<typeof splunkFile>;

const macroFile = z.object({
  name: z.string().min(1),
  arguments: z.array(z.string()).default([]),
  definition: z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]),
});

/**
 * Whether a YAML value looks like a detection of splunk/security_content, not like a macro, a lookup or something else.
 */
export function looksLikeSplunkRule(value: unknown): boolean {
  return typeof value === "object" && value !== null && "search" in value && "id" in value;
}

export function looksLikeMacro(value: unknown): boolean {
  return typeof value === "object" && value !== null && "definition" in value && !("search" in value);
}

export function parseMacro(value: unknown, text: string): Result<Macro, Problem> {
  const checked = macroFile.safeParse(value);
  return checked.success ? ok(checked.data) : fail(schemaProblem(checked.error, yamlPlaces(text)));
}

/** Reads a detection as the repository splunk/security_content keeps them, from the YAML value and its text. */
export function parseSplunkRule(value: unknown, text: string, source: string, macros: Macros): Result<Rule, Problem> {
  const places = yamlPlaces(text);
  const checked = splunkFile.safeParse(value);
  if (!checked.success) {
    return fail(schemaProblem(checked.error, places));
  }
  const rule = checked.data;
  const body = bodyOf(rule, macros, places);
  if (!body.ok) {
    return body;
  }
  const riskScore = riskOf(rule);
  return ok({
    id: rule.id,
    name: rule.name,
    version: String(rule.version),
    language: "tstats",
    description: rule.description.trim(),
    severity: severityOf(riskScore),
    riskScore,
    buildingBlock: false,
    tags: [rule.type, ...rule.tags.analytic_story],
    author: rule.author
      .split(",")
      .map((author) => author.trim())
      .filter((author) => author !== ""),
    license: rule.license,
    references: rule.references,
    falsePositives: rule.known_false_positives.map((entry) => entry.trim()),
    guide: guideOf(rule),
    techniques: rule.tags.mitre_attack_id.map(techniqueById),
    query: rule.search.trim(),
    source,
    message: rule.rba?.message ?? rule.tags.message,
    body: body.value,
  });
}

function guideOf({ how_to_implement: text }: SplunkRule): RuleGuide | undefined {
  const setup = `## How to implement\n\n${text.trim()}`;
  return text.trim() === "" ? undefined : { note: "", noteLine: 1, setup, investigate: [], osquery: [] };
}

/** Confidence × impact / 100, or the score that the rule states itself; 0 where it states neither. */
function riskOf(rule: SplunkRule): number {
  const scores = rule.rba?.risk_objects.map(({ score }) => score) ?? [];
  const { confidence, impact, risk_score: stated } = rule.tags;
  if (scores.length > 0) {
    return Math.max(...scores);
  }
  return confidence !== undefined && impact !== undefined ? (confidence * impact) / 100 : (stated ?? 0);
}

/**
 * Splunk rules have a risk only; the bands are those of Elastic's risk scores: low 21, medium 47, high 73, critical 99.
 */
function severityOf(riskScore: number): Severity {
  if (riskScore >= 90) {
    return "critical";
  }
  return riskScore >= 65 ? "high" : riskScore >= 35 ? "medium" : "low";
}

function bodyOf(rule: SplunkRule, macros: Macros, places: Places): Result<RuleBody, Problem> {
  const query = parseTstats(rule.search, macros);
  if (!query.ok) {
    return refusedQuery(query.error, ["search"], rule.search, places);
  }
  const { condition, by, fill, span: slot, counts } = query.value;
  return ok(
    slot === undefined || counts.length === 0
      ? { kind: "grouped", condition, by, ...(fill === undefined ? {} : { fill }) }
      : countedRows(rule, query.value, slot),
  );
}

/** Rows with a minimum number of events or values: one finding per row, in tumbling windows. */
function countedRows({ id, name }: SplunkRule, { condition, by, fill, counts }: TstatsQuery, slot: number): RuleBody {
  const groupBy = by.filter((field) => field.name !== "_time");
  const distinct = counts.flatMap(({ field }) => field ?? []);
  const plan: CorrelationPlan = {
    inputs: [
      {
        kind: "events",
        rule: { id, name },
        condition,
        keys: groupBy.map(({ field }) => ({ field, optional: fill !== undefined })),
        valueKeys: distinct.map((field) => ({ field, optional: false })),
      },
    ],
    by: groupBy.map((field) => field.name),
    onMissingKey: "exclude",
    measure: {
      kind: "count",
      window: slot,
      tumbling: true,
      bounds: counts.map(({ field, min: least }) => ({
        metric: field === undefined ? { kind: "events" } : { kind: "values", index: distinct.indexOf(field), field },
        min: least,
      })),
    },
  };
  return { kind: "correlation", plan, condition: anyInputCondition(plan) };
}
