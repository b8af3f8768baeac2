import { languages } from "#contracts/language";
import type { Location, Problem } from "#contracts/problem";
import type { DraftCheck, RuleDraft } from "#contracts/rule-draft";
import { isUnsupported } from "../detection/languages/source.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Rule } from "../detection/rule.ts";
import { readRules } from "../detection/rule-files/load.ts";
import { ruleLanguages } from "../detection/rule-languages.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Ruleset } from "./ruleset.ts";
import { ruleStructureOf } from "./structure.ts";

/** The syntax error in the text of a draft, with its place in that text. */
function syntaxErrorIn({ language, text }: RuleDraft, macros: Macros): Problem | undefined {
  const checked = ruleLanguages[language].checkRuleText(text, macros);
  return checked.ok || isUnsupported(checked.error) ? undefined : checked.error;
}

/**
 * The rule of a draft. It is parsed from the file that would be saved, so that a trial and a saved rule agree.
 */
export function ruleOfDraft(draft: RuleDraft, macros: Macros): Result<Rule, Problem> {
  const problem = syntaxErrorIn(draft, macros);
  if (problem !== undefined) {
    return fail({ ...problem, at: { ...problem.at, field: "text" } });
  }
  const file = ruleLanguages[draft.language].ruleFile(draft);
  const loaded = readRules([{ file: file.name, source: file.name, text: ok(file.text) }], macros);
  const [rule] = loaded.rules;
  const [status] = loaded.files;
  return rule === undefined
    ? fail({
        code: "rule.not-loaded",
        message: status?.reason ?? "the text contains no rule",
        at: { ...status?.at, field: "text" },
      })
    : ok(rule);
}

/** The place in the text of a draft that prevents evaluation. */
function placeInText(draft: RuleDraft, inFile: Location, macros: Macros): Location | undefined {
  if (languages[draft.language].text === "document") {
    return inFile;
  }
  const checked = ruleLanguages[draft.language].checkRuleText(draft.text, macros);
  return checked.ok ? undefined : checked.error.at;
}

/** Everything the editor shows next to the text while it is written. */
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
    file: ruleLanguages[draft.language].ruleFile(draft),
    structure: ruleStructureOf(rule.value, ruleset),
  };
}
