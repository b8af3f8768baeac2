import { access, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import type { saveRuleRequest } from "#contracts/rule-draft";
import { ruleLanguages } from "../detection/rule-languages.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { ruleOfDraft } from "./draft.ts";
import type { RuleBook } from "./rule-book.ts";

/**
 * Writes a draft as a file into a rule folder and loads it. Accepts only a plain file name directly in a loaded
 * folder; an existing file is replaced only on request. The audit record is written before the file
 * is.
 */
export async function saveRule(
  parts: { readonly store: Store; readonly rules: RuleBook; readonly now: () => number },
  { draft, folder, name, replace }: z.output<typeof saveRuleRequest>,
  actor: Actor,
): Promise<Result<{ readonly file: string; readonly ruleId: string }, RequestProblem>> {
  const refuse = (code: RequestProblemCode, field: string, message: string, remedy?: string) =>
    fail({ code, message, at: { field }, remedy });
  if (!parts.rules.current.folders.some(({ path }) => path === folder)) {
    return refuse("rule-file.unknown-folder", "folder", `${folder} is not a rule folder`);
  }
  const rule = ruleOfDraft(draft, parts.rules.current.macros);
  if (!rule.ok) {
    return fail({ ...rule.error, code: "rule.invalid-draft" });
  }
  const { text, name: proposed } = ruleLanguages[draft.language].ruleFile(draft);
  if (name.replace(/^.*\./, "").replace("yaml", "yml") !== proposed.replace(/^.*\./, "")) {
    return refuse("rule-file.invalid-name", "name", `a rule in ${draft.language} needs a file name like ${proposed}`);
  }
  const file = join(folder, name);
  if (!replace && (await exists(file))) {
    return refuse("rule-file.exists", "name", `${file} already exists`, "Choose another name, or replace the file.");
  }
  await parts.store.write(({ audit }) =>
    audit.append({
      at: parts.now(),
      actor,
      action: "rule.save",
      subject: { kind: "rule", id: rule.value.id },
      after: { file, text },
    }),
  );
  try {
    // A new file never follows a link; a replacement is atomic.
    const target = replace ? `${file}.${crypto.randomUUID()}.new` : file;
    await writeFile(target, text, { flag: "wx" });
    if (replace) {
      await rename(target, file);
    }
  } catch (error) {
    return refuse("rule-file.unwritable", "folder", error instanceof Error ? error.message : String(error));
  }
  await parts.rules.reload(actor);
  return ok({ file, ruleId: rule.value.id });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
