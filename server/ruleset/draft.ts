import type { Location, Problem } from "#contracts/problem";
import type { DraftCheck, RuleDraft } from "#contracts/rule";
import { parseEql } from "../detection/languages/eql/eql.ts";
import { parseKql } from "../detection/languages/kql/kql.ts";
import { isUnsupported } from "../detection/languages/source.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import { parseTstats } from "../detection/languages/tstats/tstats.ts";
import type { Rule } from "../detection/rule.ts";
import { readRules } from "../detection/rule-files/load.ts";
import { checkSigmaText } from "../detection/rule-files/sigma-rule.ts";
import { ruleFileText } from "../detection/rule-files/write-rule.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Ruleset } from "./ruleset.ts";
import { ruleStructureOf } from "./structure.ts";

/** What is wrong with the text of a draft; places are in that text. */
function problemOf({ language, text }: RuleDraft, macros: Macros): Problem | undefined {
  const result = parse(language, text, macros);
  return result.ok || isUnsupported(result.error) ? undefined : result.error;
}

function parse(language: RuleDraft["language"], text: string, macros: Macros): Result<unknown, Problem> {
  switch (language) {
    case "eql":
      return parseEql(text);
    case "kql":
      return parseKql(text);
    case "tstats":
      return parseTstats(text, macros);
    case "sigma":
      return checkSigmaText(text);
  }
}

/** The rule that a draft makes: by way of its file, so that what is tried is what a saved file would load as. */
export function ruleOfDraft(draft: RuleDraft, macros: Macros): Result<Rule, Problem> {
  const problem = problemOf(draft, macros);
  if (problem !== undefined) {
    return fail({ ...problem, at: { ...problem.at, field: "text" } });
  }
  const file = ruleFileText(draft);
  const loaded = readRules([{ file: file.name, source: file.name, text: ok(file.text) }], macros);
  const [rule] = loaded.rules;
  const [fate] = loaded.files;
  return rule === undefined
    ? fail({ code: "rule.not-loaded", message: fate?.reason ?? "it makes no rule", at: { ...fate?.at, field: "text" } })
    : ok(rule);
}

/** Where the text of a draft says what its file cannot run for; the text of a Sigma draft is its file. */
function placeInText(draft: RuleDraft, inFile: Location, macros: Macros): Location | undefined {
  if (draft.language === "sigma") {
    return inFile;
  }
  const parsed = parse(draft.language, draft.text, macros);
  return parsed.ok ? undefined : parsed.error.at;
}

/** Everything that an editor shows beside the text while it is written. */
export function checkDraft(draft: RuleDraft, ruleset: Ruleset): DraftCheck {
  const rule = ruleOfDraft(draft, ruleset.macros);
  if (!rule.ok) {
    return { problems: [rule.error], evaluable: false };
  }
  const { body } = rule.value;
  return {
    problems: [],
    evaluable: body.kind !== "not-evaluable",
    ...(body.kind === "not-evaluable" ? { reason: body.reason, at: placeInText(draft, body.at, ruleset.macros) } : {}),
    file: ruleFileText(draft),
    structure: ruleStructureOf(rule.value, ruleset),
  };
}
