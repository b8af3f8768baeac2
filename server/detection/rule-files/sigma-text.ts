import { z } from "zod";
import type { Problem } from "#contracts/problem";
import { usesFields } from "../../condition/relax.ts";
import type { Condition } from "../../condition/tree.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { graphFields } from "../graph-fields.ts";
import { compileSelections } from "../languages/sigma/sigma.ts";
import type { Rule } from "../rule.ts";
import { looksLikeSigmaRule, parseSigmaRule, sigmaFile } from "./sigma-rule.ts";
import { parseYamlDocuments } from "./yaml-document.ts";

/** The condition of a typed rule, one YAML document. Problems have their location in the text. */
export function compileSigmaText(text: string): Result<Condition, Problem> {
  const rule = checkSigmaText(text);
  if (!rule.ok) {
    return rule;
  }
  const { body } = rule.value;
  if (body.kind === "event" && usesFields(body.condition, graphFields)) {
    return fail({ code: "query.not-supported", message: "only rules know the parent of the parent, searches do not" });
  }
  if (body.kind === "event") {
    return ok(body.condition);
  }
  return fail({
    code: "query.not-supported",
    ...(body.kind === "not-evaluable"
      ? { message: body.reason, at: body.at }
      : { message: "only rules over single events can be searched for" }),
  });
}

/** A typed rule, one YAML document. Problems have their location in the text. */
export function checkSigmaText(text: string): Result<Rule, Problem> {
  const documents = parseYamlDocuments(text);
  if (!documents.ok) {
    return documents;
  }
  const [value, ...more] = documents.value;
  if (more.length > 0 || !looksLikeSigmaRule(value)) {
    return fail({
      code: "query.syntax",
      message: "expected one Sigma rule in YAML, with title, logsource and detection",
      at: { line: 1, column: 1 },
    });
  }
  return parseSigmaRule(value, text, "search");
}

/**
 * The selections of a rule by name, as conditions, from its log source and detection (`Rule.query`); empty where they
 * do not compile by themselves.
 */
export function sigmaSelections(text: string): ReadonlyMap<string, Condition> {
  const documents = parseYamlDocuments(text);
  const parts = selectionsOf.safeParse(documents.ok ? documents.value[0] : undefined);
  if (!parts.success) {
    return new Map();
  }
  const { logsource, detection } = parts.data;
  const { condition: _, timeframe: __, ...selections } = detection;
  return compileSelections({ logSource: logsource, selections });
}

const selectionsOf = z.object({
  logsource: sigmaFile.shape.logsource.unwrap(),
  detection: z.record(z.string(), z.unknown()),
});
