import { parse, TomlError } from "smol-toml";
import { z } from "zod";
import { severity } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import { and } from "../../condition/tree.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { compileEql, compileSequence, parseEql } from "../languages/eql/eql.ts";
import type { EqlQuery } from "../languages/eql/query.ts";
import { parseKql } from "../languages/kql/kql.ts";
import type { Rule, RuleBody } from "../rule.ts";
import { anyStageCondition } from "../sequence/plan.ts";
import { alertSuppression, lookBack, newTerms, stateful, threshold } from "./elastic-correlation.ts";
import { elasticGuide, transform } from "./elastic-guide.ts";
import { conditionsOfFilters } from "./kibana-filters.ts";
import { nestsTooDeep, notEvaluable, type Places, refusedQuery, schemaProblem } from "./places.ts";
import { tomlPlaces } from "./toml-places.ts";

const texts = z.array(z.string());
const attack = z.object({ id: z.string(), name: z.string() });

const elasticFile = z.object({
  metadata: z.object({ updated_date: z.string().optional() }).optional(),
  transform,
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
    note: z.string().default(""),
    setup: z.string().default(""),
    building_block_type: z.string().optional(),
    type: z.string(),
    language: z.string().optional(),
    query: z.string().optional(),
    index: texts.optional(),
    event_category_override: z.string().optional(),
    /** How far a run of the rule looks back: `now-9m`. */
    from: z.string().optional(),
    filters: z.array(z.unknown()).default([]),
    /** Lists of exceptions that apply to the rule. */
    exceptions_list: z.array(z.object({ list_id: z.string() })).default([]),
    threshold: threshold.optional(),
    new_terms: newTerms.optional(),
    alert_suppression: alertSuppression.optional(),
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
export type ElasticRule = z.infer<typeof elasticFile>["rule"];

/** What the plain rules of each language are called in the files of elastic/detection-rules. */
export const elasticNames = {
  eql: { type: "eql", language: "eql" },
  kql: { type: "query", language: "kuery" },
} as const;

/**
 * Reads a rule as the repository elastic/detection-rules keeps them. What cannot be evaluated is a rule with a reason.
 */
export function parseElasticRule(text: string, source: string): Result<Rule, Problem> {
  const document = parseToml(text);
  if (!document.ok) {
    return document;
  }
  const places = tomlPlaces(text);
  const checked = elasticFile.safeParse(document.value);
  if (!checked.success) {
    return fail(schemaProblem(checked.error, places));
  }
  const { rule, metadata, transform } = checked.data;
  const body = bodyOf(rule, places);
  if (!body.ok) {
    return body;
  }
  return ok({
    id: rule.rule_id,
    name: rule.name,
    version: String(rule.version ?? metadata?.updated_date ?? "unknown"),
    language: rule.language === elasticNames.kql.language ? "kql" : "eql",
    description: rule.description.trim(),
    severity: rule.severity,
    riskScore: rule.risk_score,
    buildingBlock: rule.building_block_type !== undefined,
    tags: rule.tags,
    author: rule.author,
    license: rule.license,
    references: rule.references,
    falsePositives: rule.false_positives.map((text) => text.trim()),
    guide: elasticGuide(rule, transform, text, places),
    techniques: techniquesOf(rule),
    query: (rule.query ?? "").trim(),
    source,
    streams: rule.index,
    ...(rule.exceptions_list.length === 0 ? {} : { exceptionLists: rule.exceptions_list.map(({ list_id: id }) => id) }),
    body: body.value,
  });
}

function parseToml(text: string): Result<unknown, Problem> {
  try {
    return ok(parse(text));
  } catch (error) {
    if (error instanceof TomlError) {
      const message = error.message.split("\n")[0] ?? "not TOML";
      return fail({ code: "rule.toml-syntax", message, at: { line: error.line, column: error.column } });
    }
    if (error instanceof RangeError) {
      return fail(nestsTooDeep("rule.toml-syntax", text));
    }
    throw error;
  }
}

function bodyOf(rule: ElasticRule, places: Places): Result<RuleBody, Problem> {
  const { type, language, query } = rule;
  if (query !== undefined && language === elasticNames.kql.language) {
    return bodyOfQuery(query, parseKql(query), places, (condition) =>
      stateful(filtered({ kind: "event", condition }, rule, places), rule, places),
    );
  }
  if (query !== undefined && language === elasticNames.eql.language && type === elasticNames.eql.type) {
    return bodyOfQuery(query, parseEql(query), places, (parsed) => {
      const body = eqlBody(parsed, { categoryField: rule.event_category_override, from: rule.from });
      return stateful(filtered(body, rule, places), rule, places);
    });
  }
  const what = language === undefined ? type : `${type} in ${language}`;
  return ok(notEvaluable(`rules of type ${what} are not supported yet`, places.of(["rule", "type"])));
}

/** What follows from a query: of types that cannot run it is checked nevertheless. */
function bodyOfQuery<T>(
  text: string,
  query: Result<T, Problem>,
  places: Places,
  body: (query: T) => RuleBody,
): Result<RuleBody, Problem> {
  return query.ok ? ok(body(query.value)) : refusedQuery(query.error, ["rule", "query"], text, places);
}

/** The body with the Kibana filters of the rule, which every event has to pass. */
function filtered(body: RuleBody, rule: ElasticRule, places: Places): RuleBody {
  const filters = conditionsOfFilters(rule.filters);
  if (!filters.ok) {
    return notEvaluable(filters.error.reason, places.of(["rule", "filters", filters.error.index]));
  }
  if (filters.value.length === 0 || body.kind === "not-evaluable") {
    return body;
  }
  return body.kind === "event"
    ? { kind: "event", condition: and(body.condition, ...filters.value) }
    : notEvaluable("filters on a sequence or sample are not supported yet", places.of(["rule", "filters"]));
}

/** Pipes limit the results of a search; a rule reports everything it finds. */
function eqlBody(query: EqlQuery, options: { readonly categoryField?: string; readonly from?: string }): RuleBody {
  if (query.kind === "event") {
    return { kind: "event", condition: compileEql(query, options) };
  }
  const compiled = compileSequence(query, options);
  const plan = compiled.kind === "sample" ? { ...compiled, window: lookBack(options.from) } : compiled;
  return { kind: "sequence", plan, condition: anyStageCondition(plan) };
}

function techniquesOf(rule: ElasticRule): Rule["techniques"] {
  return rule.threat.flatMap(({ tactic, technique }) =>
    technique.flatMap((entry) =>
      [entry, ...entry.subtechnique].map(({ id, name }) => ({ id, name, tactic: tactic.name })),
    ),
  );
}
