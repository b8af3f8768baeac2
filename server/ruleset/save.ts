import { hash } from "node:crypto";
import { join } from "node:path";
import type { z } from "zod";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import type { saveRuleRequest } from "#contracts/rule-draft";
import type { Rule } from "../detection/rule.ts";
import { ruleLanguages } from "../detection/rule-languages.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { type Authority, refusalOf } from "../people/authority.ts";
import type { AuditLookup } from "../store/audit/port.ts";
import { conflictProblem, type Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";
import type { RuleBook } from "./rule-book.ts";
import { codeOf, type FormerFile, placeFile, replaceableFile, restoreFile } from "./rule-file.ts";

/** A draft with the rule that it is. */
export interface SavedDraft extends Readonly<z.output<typeof saveRuleRequest>> {
  readonly rule: Rule;
}

export interface SavedBy {
  readonly actor: Actor;
  readonly expected?: Expected | undefined;
  /** Whose right to save counts: reading the draft took its time. */
  readonly authority?: Authority | undefined;
}

type Refusal = Result<never, RequestProblem>;

/**
 * Writes a draft as a file into a rule folder and loads it. Accepts only a plain file name directly in a loaded
 * folder; an existing file is replaced only on request, and only if it holds a rule. The file and its audit record are
 * written together or not at all. Problems: `request.conflict` and those of its folder, name and file. See
 * docs/decisions/0037.
 */
export async function saveRule(
  parts: { readonly store: Store; readonly rules: RuleBook; readonly now: () => number },
  { draft, rule, folder, name, replace, note }: SavedDraft,
  { actor, expected, authority }: SavedBy,
): Promise<Result<{ readonly file: string; readonly ruleId: string }, RequestProblem>> {
  const { store, rules, now } = parts;
  if (!(await rules.isUsable(folder))) {
    return refuse("rule-file.unknown-folder", "folder", `${folder} is not a rule folder`);
  }
  const { id } = rule;
  const { text, name: proposed } = ruleLanguages[draft.language].ruleFile(draft);
  if (name.replace(/^.*\./, "").replace("yaml", "yml") !== proposed.replace(/^.*\./, "")) {
    return refuse("rule-file.invalid-name", "name", `a rule in ${draft.language} needs a file name like ${proposed}`);
  }
  const file = join(folder, name);
  let former: FormerFile | undefined;
  let placed = false;
  try {
    const written = await store.write(async ({ audit, people }): Promise<Result<void, RequestProblem>> => {
      const lost = authority && (await refusalOf(people, authority, now()));
      if (lost !== undefined) {
        return fail(lost);
      }
      const found = await replaceableFile(file, rules.current.macros);
      if (!replace && !(found.ok && found.value === undefined)) {
        return refuseExisting(file);
      }
      if (!found.ok) {
        const message = `${file} is not replaced: ${found.error}`;
        return refuse("rule-file.not-a-rule", "name", message, "Choose another name.");
      }
      former = found.value;
      const conflict = await fileConflict(audit, file, former, expected);
      if (conflict !== undefined) {
        return fail(conflict);
      }
      await audit.append({
        at: now(),
        actor,
        action: "rule.save",
        subject: { kind: "rule", id },
        ...(former === undefined ? {} : { before: { file, text: former.text } }),
        after: { file, text, note },
      });
      // Last, so that only the commit can still fail.
      await placeFile(file, text, former);
      placed = true;
      return ok(undefined);
    });
    if (!written.ok) {
      return written;
    }
  } catch (error) {
    if (placed) {
      await restoreFile(file, former);
    }
    const code = codeOf(error);
    if (code === undefined || !(error instanceof Error)) {
      throw error;
    }
    return code === "EEXIST" ? refuseExisting(file) : refuse("rule-file.unwritable", "folder", error.message);
  }
  await rules.reload(actor);
  return ok({ file, ruleId: id });
}

/** The part of a rule's version that is about its file, from the hash of its text; empty if there is none. */
export function fileVersion(hashOfText: string | undefined): string {
  return hashOfText === undefined ? "" : `+${hashOfText.slice(0, 16)}`;
}

/**
 * Why a file must not be replaced: it is not the one that the client saw. Files are edited outside of the workbench,
 * too, so the text decides, and not the audit trail.
 */
async function fileConflict(
  audit: AuditLookup,
  file: string,
  former: FormerFile | undefined,
  expected: Expected | undefined,
): Promise<RequestProblem | undefined> {
  if (expected === undefined || (expected === "*" && former !== undefined)) {
    return undefined;
  }
  const current = former === undefined ? "+gone" : fileVersion(hash("sha256", former.text));
  const states = expected === "*" ? [] : expected;
  if (states.some((version) => version.endsWith(current))) {
    return undefined;
  }
  const [seen = 0] = states.map((version) => Number.parseInt(version, 10) || 0);
  const saves = (await audit.about({ kind: "rule" }, { from: seen + 1 })).filter(
    ({ action, after }) => action === "rule.save" && isAbout(after, file),
  );
  const message =
    former === undefined
      ? `${file} does not exist any more`
      : saves.length === 0
        ? `${file} was changed outside of the workbench, after you read it`
        : undefined;
  return conflictProblem(saves, `0${current}`, message);
}

function isAbout(after: unknown, file: string): boolean {
  return typeof after === "object" && after !== null && "file" in after && after.file === file;
}

function refuse(code: RequestProblemCode, field: string, message: string, remedy?: string): Refusal {
  return fail({ code, message, at: { field }, remedy });
}

function refuseExisting(file: string): Refusal {
  return refuse("rule-file.exists", "name", `${file} already exists`, "Choose another name, or replace the file.");
}
