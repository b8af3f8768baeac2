import { z } from "zod";
import type { Severity } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { isUnsupported } from "../languages/source.ts";
import type { Macro, Macros } from "../languages/tstats/macros.ts";
import { parseTstats } from "../languages/tstats/tstats.ts";
import type { Rule, RuleBody } from "../rule.ts";
import { techniqueById } from "./attack.ts";
import { schemaProblem, within } from "./load-problem.ts";

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

/** Whether a YAML value looks like a detection of splunk/security_content, not like a macro, a lookup or something else. */
export function looksLikeSplunkRule(value: unknown): boolean {
  return typeof value === "object" && value !== null && "search" in value && "id" in value;
}

export function looksLikeMacro(value: unknown): boolean {
  return typeof value === "object" && value !== null && "definition" in value && !("search" in value);
}

export function parseMacro(value: unknown): Result<Macro, Problem> {
  const checked = macroFile.safeParse(value);
  return checked.success ? ok(checked.data) : fail(schemaProblem(checked.error));
}

/** Reads a detection as the repository splunk/security_content keeps them, from the YAML value and its text. */
export function parseSplunkRule(value: unknown, text: string, source: string, macros: Macros): Result<Rule, Problem> {
  const checked = splunkFile.safeParse(value);
  if (!checked.success) {
    return fail(schemaProblem(checked.error));
  }
  const rule = checked.data;
  const body = bodyOf(rule, macros);
  if (!body.ok) {
    return fail(within(text, rule.search, body.error));
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
    techniques: rule.tags.mitre_attack_id.map(techniqueById),
    query: rule.search.trim(),
    source,
    message: rule.rba?.message ?? rule.tags.message,
    body: body.value,
  });
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

/** Splunk rules have a risk only; the bands are those of Elastic's risk scores: low 21, medium 47, high 73, critical 99. */
function severityOf(riskScore: number): Severity {
  if (riskScore >= 90) {
    return "critical";
  }
  return riskScore >= 65 ? "high" : riskScore >= 35 ? "medium" : "low";
}

function bodyOf(rule: SplunkRule, macros: Macros): Result<RuleBody, Problem> {
  const query = parseTstats(rule.search, macros);
  if (query.ok) {
    const { condition, by, fill } = query.value;
    return ok({ kind: "grouped", condition, by, ...(fill === undefined ? {} : { fill }) });
  }
  return isUnsupported(query.error) ? ok({ kind: "not-evaluable", reason: query.error.message }) : query;
}
