import { z } from "zod";
import type { Severity } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { compileSigma } from "../languages/sigma/sigma.ts";
import type { Rule, RuleBody } from "../rule.ts";
import { techniqueById } from "./attack.ts";
import { notEvaluable, type Places, refusedQuery, schemaProblem } from "./places.ts";
import { filterOf, sigmaFilter } from "./sigma-filter.ts";
import { type SigmaCorrelation, sigmaCorrelation } from "./sigma-measure.ts";
import { yamlPlaces } from "./yaml-document.ts";

const texts = z
  .union([
    z.array(z.union([z.string(), z.number().transform(String), z.null().transform(() => "")])),
    z.string().transform((text) => [text]),
    z.null().transform((): string[] => []),
  ])
  .default([]);
const level = z.enum(["informational", "low", "medium", "high", "critical"]);
const word = z.union([z.string(), z.null().transform(() => undefined)]).optional();

export const sigmaFile = z.object({
  title: z.string().min(1),
  id: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
  status: z.string().optional(),
  description: z.union([z.string(), z.null().transform(() => "")]).default(""),
  author: z.union([z.string(), texts.transform((names) => names.join(", "))]).default(""),
  license: z.string().optional(),
  date: z.union([z.string(), z.number().transform(String)]).optional(),
  modified: z.union([z.string(), z.number().transform(String)]).optional(),
  level: level.default("medium"),
  tags: texts,
  references: texts,
  falsepositives: texts,
  logsource: z.object({ product: word, category: word, service: word }).optional(),
  detection: z
    .looseObject({ condition: z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]) })
    .optional(),
  correlation: sigmaCorrelation.optional(),
  generate: z.boolean().optional(),
  filter: sigmaFilter.optional(),
});
type SigmaRule = z.infer<typeof sigmaFile>;

/**
 * Whether a YAML value looks like a document of SigmaHQ/sigma: a rule, a correlation, a filter or part of a collection.
 */
export function looksLikeSigmaRule(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !("search" in value) &&
    ("detection" in value || "correlation" in value || ("title" in value && ("action" in value || "filter" in value)))
  );
}

/** The bands of Elastic's risk scores; informational rules only enrich and raise nothing by themselves. */
const levels: Readonly<Record<SigmaRule["level"], readonly [severity: Severity, riskScore: number]>> = {
  informational: ["low", 1],
  low: ["low", 21],
  medium: ["medium", 47],
  high: ["high", 73],
  critical: ["critical", 99],
};

/**
 * Reads a document as the repository SigmaHQ/sigma keeps them, from the YAML value and the text of the file, in which
 * it is the `position`-th of several. A correlation gets its body when all rules are there: see `resolveCorrelations`.
 */
export function parseSigmaRule(value: unknown, text: string, source: string, position = 0): Result<Rule, Problem> {
  const places = yamlPlaces(text, position);
  const checked = sigmaFile.safeParse(value);
  if (!checked.success) {
    return fail(schemaProblem(checked.error, places));
  }
  const rule = checked.data;
  const body = bodyOf(rule, value, places);
  if (!body.ok) {
    return body;
  }
  const [severity, riskScore] = levels[rule.level];
  return ok({
    id: rule.id ?? (position === 0 ? source : `${source}#${position + 1}`),
    name: rule.title,
    version: rule.modified ?? rule.date ?? "unknown",
    language: "sigma",
    description: rule.description.trim(),
    severity,
    riskScore,
    buildingBlock: rule.level === "informational",
    tags: [...(rule.status === undefined ? [] : [`status.${rule.status}`]), ...rule.tags],
    author: rule.author
      .split(",")
      .map((author) => author.trim())
      .filter((author) => author !== ""),
    license: rule.license,
    references: rule.references.filter((reference) => reference !== ""),
    falsePositives: rule.falsepositives.map((entry) => entry.trim()).filter((entry) => entry !== ""),
    techniques: rule.tags.flatMap((tag) => {
      const [, id] = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag) ?? [];
      return id === undefined ? [] : [techniqueById(id.toUpperCase())];
    }),
    query: detectionText(documentText(text, position)),
    source,
    sigma: {
      name: rule.name,
      logSource: rule.logsource,
      correlation: correlationOf(rule),
      ...(rule.filter === undefined ? {} : { filter: filterOf(rule.filter) }),
    },
    body: body.value,
  });
}

function bodyOf(rule: SigmaRule, value: unknown, places: Places): Result<RuleBody, Problem> {
  if (typeof value === "object" && value !== null && "action" in value) {
    return ok(notEvaluable("collections of documents with `action` are not supported", places.of(["action"])));
  }
  if (rule.correlation !== undefined) {
    return ok(notEvaluable("a correlation needs the rules that it refers to", places.of(["correlation"])));
  }
  if (rule.filter !== undefined && rule.logsource !== undefined) {
    const reason = "a filter changes the rules that it names, and finds nothing itself";
    return ok(notEvaluable(reason, places.of(["filter"])));
  }
  if (rule.detection === undefined || rule.logsource === undefined) {
    const missing = rule.detection === undefined && rule.filter === undefined;
    const field = missing ? "detection" : "logsource";
    const message = `${field}: expected an object, found nothing`;
    return fail({ code: "rule.schema", message, at: places.of([field]) });
  }
  const { condition: conditions, timeframe, ...selections } = rule.detection;
  if (timeframe !== undefined) {
    const reason = "a timeframe counts events, which Sigma left to correlation rules";
    return ok(notEvaluable(reason, places.of(["detection", "timeframe"])));
  }
  const compiled = compileSigma({ logSource: rule.logsource, selections, conditions });
  if (compiled.ok) {
    return ok({ kind: "event", condition: compiled.value });
  }
  const { path, ...problem } = compiled.error;
  const condition = path[1] === "condition" ? conditions[Number(path[2] ?? 0)] : undefined;
  return refusedQuery(problem, path, condition ?? "", places);
}

/** `generate` is a sibling of the correlation or inside it. */
function correlationOf({ correlation, generate }: SigmaRule): SigmaCorrelation | undefined {
  return correlation && { ...correlation, generate: correlation.generate || generate === true };
}

/** The text of one of the documents in a file. */
function documentText(text: string, position: number): string {
  const documents = text.split(/^---(?:[ \t].*)?$/m).filter((document) => document.trim() !== "");
  return documents[position] ?? text;
}

/** Log source and detection as their author wrote them. */
function detectionText(text: string): string {
  return ["logsource", "detection", "correlation"]
    .flatMap(
      (key) => new RegExp(`^${key}:.*(?:\\r?\\n(?:[ \\t#-].*)?(?=\\r?\\n|$))*`, "m").exec(text)?.[0].trimEnd() ?? [],
    )
    .join("\n");
}
