import { join } from "node:path";
import type { z } from "zod";
import type { RequestProblem } from "#contracts/problem";
import type { saveRuleRequest } from "#contracts/rule-draft";
import { refuseFile, type SavedBy, saveFile } from "../authoring/save-file.ts";
import type { Rule } from "../detection/rule.ts";
import { readRules } from "../detection/rule-files/load.ts";
import { ruleLanguages } from "../detection/rule-languages.ts";
import { ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import type { RuleBook } from "./rule-book.ts";

/** A draft with the rule that it is. */
export interface SavedDraft extends Readonly<z.output<typeof saveRuleRequest>> {
  readonly rule: Rule;
}

/**
 * Writes a draft as a file into a rule folder and loads it. Accepts only a plain file name directly in a loaded
 * folder; an existing file is replaced only on request, and only if it holds a rule. Problems: `request.conflict` and
 * those of its folder, name and file.
 */
export async function saveRule(
  parts: { readonly store: Store; readonly rules: RuleBook; readonly now: () => number },
  { draft, rule, folder, name, replace, note }: SavedDraft,
  by: SavedBy,
): Promise<Result<{ readonly file: string; readonly ruleId: string }, RequestProblem>> {
  const { rules } = parts;
  if (!(await rules.isUsable(folder))) {
    return refuseFile("rule-file.unknown-folder", "folder", `${folder} is not a rule folder`);
  }
  const { id } = rule;
  const { text, name: proposed } = ruleLanguages[draft.language].ruleFile(draft);
  if (name.replace(/^.*\./, "").replace("yaml", "yml") !== proposed.replace(/^.*\./, "")) {
    const message = `a rule in ${draft.language} needs a file name like ${proposed}`;
    return refuseFile("rule-file.invalid-name", "name", message);
  }
  const file = join(folder, name);
  const saved = await saveFile(
    parts,
    {
      ...{ file, text, replace, note },
      whyKeep: (former) => {
        const { rules: found, files } = readRules(
          [{ file: name, source: name, text: ok(former) }],
          rules.current.macros,
        );
        const [first] = files;
        return found.length === 1
          ? undefined
          : found.length > 1
            ? `it holds ${found.length} rules`
            : (first?.reason ?? "it holds no rule");
      },
      subject: { kind: "rule", id },
      action: "rule.save",
      codes: {
        exists: "rule-file.exists",
        foreign: "rule-file.not-a-rule",
        unwritable: "rule-file.unwritable",
      },
    },
    by,
  );
  if (!saved.ok) {
    return saved;
  }
  await rules.reload(by.actor);
  return ok({ file, ruleId: id });
}
