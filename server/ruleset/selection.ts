import { z } from "zod";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { AuditEntry } from "../store/audit/port.ts";
import { conflictWith, type Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";
import type { SettingsReader } from "../store/settings/port.ts";

/**
 * Rule choices made in the workbench, stored so that every process with this store applies them.
 */
const ruleSelection = z.object({
  /** Rule folders added to the configured ones: absolute paths on the server. */
  folders: z.array(z.string()).default([]),
  /** Ids of disabled rules. */
  disabled: z.array(z.string()).default([]),
});
export type RuleSelection = Readonly<z.infer<typeof ruleSelection>>;

const KEY = "rules";

export async function readSelection(settings: SettingsReader): Promise<RuleSelection> {
  return ruleSelection.parse((await settings.get(KEY)) ?? {});
}

/** A change of the selection with its audit record. */
export interface SelectionChange {
  readonly change: (before: RuleSelection) => RuleSelection;
  readonly audit: (before: RuleSelection) => AuditEntry;
  readonly expected: Expected | undefined;
}

/**
 * Changes the current selection in one transaction with the audit record. Problem: `request.conflict`, if the same rule
 * or folder was changed.
 */
export async function changeSelection(
  store: Store,
  { change, audit, expected }: SelectionChange,
): Promise<Result<RuleSelection, RequestProblem>> {
  return store.write<Result<RuleSelection, RequestProblem>>(async (transaction) => {
    const before = await readSelection(transaction.settings);
    const entry = audit(before);
    const { kind, id } = entry.subject;
    // The part of a rule's version that is about its file does not matter here.
    // A rule that was saved can still be turned off as intended; folders share one version.
    const subject = kind === "rule" ? { kind, ids: [id] } : { kind };
    const conflict = await conflictWith(
      transaction.audit,
      subject,
      expected === "*" ? expected : expected?.map((version) => version.replace(/\+.*$/, "")),
      (record) => record.subject.id === id && record.action !== "rule.save",
    );
    if (conflict !== undefined) {
      return fail(conflict);
    }
    const after = change(before);
    await transaction.settings.put(KEY, after);
    await transaction.audit.append(entry);
    return ok(after);
  });
}
