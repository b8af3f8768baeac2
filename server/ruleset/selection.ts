import { z } from "zod";
import type { AuditEntry } from "../store/audit/port.ts";
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

/** Changes the current selection in one transaction with the audit record. */
export async function changeSelection(
  store: Store,
  change: (before: RuleSelection) => RuleSelection,
  audit: AuditEntry,
): Promise<RuleSelection> {
  return store.write(async (transaction) => {
    const after = change(await readSelection(transaction.settings));
    await transaction.settings.put(KEY, after);
    await transaction.audit.append(audit);
    return after;
  });
}
