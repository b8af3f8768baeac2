import { z } from "zod";
import type { Severity } from "#contracts/alert";
import type { Problem } from "#contracts/problem";
import type { Condition } from "../../condition/tree.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { compileSigma } from "../languages/sigma/sigma.ts";
import { isUnsupported } from "../languages/source.ts";
import type { Rule, RuleBody } from "../rule.ts";
import { techniqueById } from "./attack.ts";
import { schemaProblem, within } from "./load-problem.ts";
import { parseYamlDocuments } from "./yaml-document.ts";

const texts = z
  .union([
    z.array(z.union([z.string(), z.number().transform(String), z.null().transform(() => "")])),
    z.string().transform((text) => [text]),
    z.null().transform((): string[] => []),
  ])
  .default([]);
const level = z.enum(["informational", "low", "medium", "high", "critical"]);
const word = z.union([z.string(), z.null().transform(() => undefined)]).optional();

const sigmaFile = z.object({
  title: z.string().min(1),
  id: z.string().min(1).optional(),
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
  correlation: z.looseObject({ type: z.string().optional() }).optional(),
  filter: z.unknown().optional(),
});
type SigmaRule = z.infer<typeof sigmaFile>;

/** Whether a YAML value looks like a document of SigmaHQ/sigma: a rule, a correlation, a filter or part of a collection. */
export function looksLikeSigmaRule(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !("search" in value) &&
    ("detection" in value || "correlation" in value || ("action" in value && "title" in value))
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

/** Reads a document as the repository SigmaHQ/sigma keeps them, from the YAML value and the text of the document. */
export function parseSigmaRule(value: unknown, text: string, source: string): Result<Rule, Problem> {
  const checked = sigmaFile.safeParse(value);
  if (!checked.success) {
    return fail(schemaProblem(checked.error));
  }
  const rule = checked.data;
  const body = bodyOf(rule, value, text);
  if (!body.ok) {
    return body;
  }
  const [severity, riskScore] = levels[rule.level];
  return ok({
    id: rule.id ?? source,
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
    query: detectionText(text),
    source,
    body: body.value,
  });
}

function bodyOf(rule: SigmaRule, value: unknown, text: string): Result<RuleBody, Problem> {
  if (typeof value === "object" && value !== null && "action" in value) {
    return ok({ kind: "not-evaluable", reason: "collections of documents with `action` are not supported" });
  }
  if (rule.correlation !== undefined) {
    const type = rule.correlation.type ?? "unknown";
    return ok({ kind: "not-evaluable", reason: `correlation rules (here of type ${type}) are not supported yet` });
  }
  if (rule.filter !== undefined) {
    return ok({ kind: "not-evaluable", reason: "filters that change other rules are not supported yet" });
  }
  if (rule.detection === undefined || rule.logsource === undefined) {
    const field = rule.detection === undefined ? "detection" : "logsource";
    return fail({ code: "rule-schema", message: `${field}: expected an object, found nothing`, at: { field } });
  }
  const { condition: conditions, timeframe, ...selections } = rule.detection;
  if (timeframe !== undefined) {
    return ok({ kind: "not-evaluable", reason: "a timeframe counts events, which Sigma left to correlation rules" });
  }
  const compiled = compileSigma({ logSource: rule.logsource, selections, conditions });
  if (compiled.ok) {
    return ok({ kind: "event", condition: compiled.value });
  }
  return isUnsupported(compiled.error)
    ? ok({ kind: "not-evaluable", reason: compiled.error.message })
    : fail(placed(text, conditions, compiled.error));
}

/** A problem of a condition with its place in the document around it. */
function placed(text: string, conditions: readonly string[], problem: Problem): Problem {
  const condition = conditions.length === 1 ? conditions[0] : undefined;
  return condition === undefined || problem.at?.line === undefined
    ? { ...problem, at: { field: "detection" } }
    : within(text, condition, problem);
}

/** The condition of a rule that somebody typed: one whole document of YAML. Its place within the text is told. */
export function compileSigmaText(text: string): Result<Condition, Problem> {
  const documents = parseYamlDocuments(text);
  if (!documents.ok) {
    return documents;
  }
  const [value, ...more] = documents.value;
  if (more.length > 0 || !looksLikeSigmaRule(value)) {
    return fail({
      code: "sigma-syntax",
      message: "expected one Sigma rule in YAML, with title, logsource and detection",
      at: { line: 1, column: 1 },
    });
  }
  const rule = parseSigmaRule(value, text, "search");
  if (!rule.ok) {
    return rule;
  }
  const { body } = rule.value;
  if (body.kind === "event") {
    return ok(body.condition);
  }
  return fail({
    code: "sigma-not-supported",
    message: body.kind === "not-evaluable" ? body.reason : "only rules over single events can be searched for",
  });
}

/** Log source and detection as their author wrote them. */
function detectionText(text: string): string {
  return ["logsource", "detection", "correlation"]
    .flatMap(
      (key) => new RegExp(`^${key}:.*(?:\\r?\\n(?:[ \\t#-].*)?(?=\\r?\\n|$))*`, "m").exec(text)?.[0].trimEnd() ?? [],
    )
    .join("\n");
}
