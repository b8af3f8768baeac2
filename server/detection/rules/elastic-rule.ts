import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { severity } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import { and } from "../../condition/tree.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { compileEql, compileSequence, parseEql } from "../languages/eql/eql.ts";
import type { EqlQuery } from "../languages/eql/query.ts";
import { parseKql } from "../languages/kql/kql.ts";
import { isUnsupported } from "../languages/source.ts";
import type { Rule, RuleBody } from "../rule.ts";
import { anyStage } from "../sequence/plan.ts";
import { conditionsOfFilters } from "./kibana-filters.ts";
import { offsetProblem, schemaProblem, within } from "./load-problem.ts";

const texts = z.array(z.string());
const attack = z.object({ id: z.string(), name: z.string() });

const elasticFile = z.object({
  metadata: z.object({ updated_date: z.string().optional() }).optional(),
  rule: z.object({
    rule_id: z.string().min(1),
    name: z.string().min(1),
    /** Not in the upstream repository, which adds it when it publishes. */
    version: z.union([z.number(), z.string()]).optional(),
    description: z.string().default(""),
    author: z.union([texts, z.string().transform((author) => [author])]).default([]),
    license: z.string().optional(),
    severity,
    risk_score: z.number().min(0).max(100),
    tags: texts.default([]),
    references: texts.default([]),
    false_positives: texts.default([]),
    building_block_type: z.string().optional(),
    type: z.string(),
    language: z.string().optional(),
    query: z.string().optional(),
    event_category_override: z.string().optional(),
    /** How far a run of the rule looks back: `now-9m`. */
    from: z.string().optional(),
    filters: z.array(z.unknown()).default([]),
    threat: z
      .array(
        z.object({
          tactic: attack,
          technique: z.array(attack.extend({ subtechnique: z.array(attack).default([]) })).default([]),
        }),
      )
      .default([]),
  }),
});
type ElasticRule = z.infer<typeof elasticFile>["rule"];

/** Reads a rule as the repository elastic/detection-rules keeps them. What cannot be evaluated is a rule with a reason. */
export function parseElasticRule(text: string, source: string): Result<Rule, Problem> {
  const document = parseToml(text);
  if (!document.ok) {
    return document;
  }
  const checked = elasticFile.safeParse(document.value);
  if (!checked.success) {
    return fail(schemaProblem(checked.error));
  }
  const { rule, metadata } = checked.data;
  const body = bodyOf(rule);
  if (!body.ok) {
    return fail(within(text, rule.query ?? "", body.error));
  }
  return ok({
    id: rule.rule_id,
    name: rule.name,
    version: String(rule.version ?? metadata?.updated_date ?? "unknown"),
    language: rule.language === "kuery" ? "kql" : "eql",
    description: rule.description.trim(),
    severity: rule.severity,
    riskScore: rule.risk_score,
    buildingBlock: rule.building_block_type !== undefined,
    tags: rule.tags,
    author: rule.author,
    license: rule.license,
    references: rule.references,
    falsePositives: rule.false_positives.map((text) => text.trim()),
    techniques: techniquesOf(rule),
    query: (rule.query ?? "").trim(),
    source,
    body: body.value,
  });
}

function parseToml(text: string): Result<unknown, Problem> {
  try {
    return ok(parse(text));
  } catch (error) {
    if (error instanceof TomlError) {
      const message = error.message.split("\n")[0] ?? "not TOML";
      return fail({ code: "rule-toml", message, at: { line: error.line, column: error.column } });
    }
    if (error instanceof RangeError) {
      return fail(offsetProblem("rule-toml", "the file nests too deep", text, 0));
    }
    throw error;
  }
}

function bodyOf(rule: ElasticRule): Result<RuleBody, Problem> {
  if (rule.language === "kuery" && rule.query !== undefined) {
    return bodyOfKql(rule, rule.query);
  }
  if (rule.type !== "eql" || rule.language !== "eql" || rule.query === undefined) {
    const what = rule.language === undefined ? rule.type : `${rule.type} in ${rule.language}`;
    return ok({ kind: "not-evaluable", reason: `rules of type ${what} are not supported yet` });
  }
  const query = parseEql(rule.query);
  if (query.ok) {
    return ok(filtered(eqlBody(query.value, { categoryField: rule.event_category_override, from: rule.from }), rule));
  }
  return isUnsupported(query.error) ? ok({ kind: "not-evaluable", reason: query.error.message }) : query;
}

/** The body with the Kibana filters of the rule, which every event has to pass. */
function filtered(body: RuleBody, rule: ElasticRule): RuleBody {
  const filters = conditionsOfFilters(rule.filters);
  if (!filters.ok) {
    return { kind: "not-evaluable", reason: filters.error };
  }
  if (filters.value.length === 0 || body.kind === "not-evaluable") {
    return body;
  }
  return body.kind === "event"
    ? { kind: "event", condition: and(body.condition, ...filters.value) }
    : { kind: "not-evaluable", reason: "filters beside a sequence or sample are not supported yet" };
}

/** Rules in KQL: `query` runs; of the other types the query is checked, and the rule says what is missing. */
function bodyOfKql(rule: ElasticRule, text: string): Result<RuleBody, Problem> {
  const query = parseKql(text);
  if (!query.ok) {
    return isUnsupported(query.error) ? ok({ kind: "not-evaluable", reason: query.error.message }) : query;
  }
  const missing = missingForType.get(rule.type);
  return ok(
    rule.type === "query"
      ? filtered({ kind: "event", condition: query.value }, rule)
      : { kind: "not-evaluable", reason: missing ?? `rules of type ${rule.type} are not supported` },
  );
}

const missingForType: ReadonlyMap<string, string> = new Map([
  ["new_terms", "rules of type new_terms need the values of an earlier time span, which the engine does not keep yet"],
  ["threshold", "rules of type threshold count events over a time span, which the engine does not do yet"],
  ["threat_match", "rules of type threat_match need a list of indicators, which Stemma does not load"],
]);

/** Milliseconds of `now-9m`; rules that do not say look back six minutes. A sample has no other bound in time. */
function lookBack(from: string | undefined): number {
  const [, digits = "6", unit = "m"] = /^now-(\d{1,6})([smhd])$/.exec(from ?? "") ?? [];
  return Number(digits) * (unitMilliseconds.get(unit) ?? 0);
}

const unitMilliseconds: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Pipes bound how much a search returns; a rule tells of everything it finds. */
function eqlBody(query: EqlQuery, options: { readonly categoryField?: string; readonly from?: string }): RuleBody {
  if (query.kind === "event") {
    return { kind: "event", condition: compileEql(query, options) };
  }
  const compiled = compileSequence(query, options);
  const plan = compiled.kind === "sample" ? { ...compiled, window: lookBack(options.from) } : compiled;
  return { kind: "sequence", plan, condition: anyStage(plan) };
}

function techniquesOf(rule: ElasticRule): Rule["techniques"] {
  return rule.threat.flatMap(({ tactic, technique }) =>
    technique.flatMap((entry) =>
      [entry, ...entry.subtechnique].map(({ id, name }) => ({ id, name, tactic: tactic.name })),
    ),
  );
}
