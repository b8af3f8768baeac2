import type { AuditRecord } from "#contracts/audit";

const words = new Map(
  Object.entries({
    "alert.removed-from-incident": "alert removed from its incident",
    "alert.restored-to-incident": "alert restored to its incident",
    // Names of the two in records written before they were renamed.
    "alert.taken-out": "alert removed from its incident",
    "alert.put-back": "alert restored to its incident",
    "playbook.answer": "step answered",
    "checklist.done": "checklist item done",
    "checklist.undone": "checklist item reopened",
    "exception.save": "exception saved",
    "exception.disable": "exception disabled",
    "rule.enable": "rule enabled",
    "rule.disable": "rule disabled",
    "rule.save": "rule saved",
    "rules.add-folder": "rule folder added",
    "rules.remove-folder": "rule folder removed",
    "rules.reload": "rules reloaded",
    "ingest.start": "ingest started",
    "ingest.finish": "ingest finished",
    "ingest.stop": "ingest stopped",
  }),
);

/** The action of an audit record as text; unknown actions are shown as stored. */
export function actionWords({ action, before, after }: Pick<AuditRecord, "action" | "before" | "after">): string {
  switch (action) {
    case "alert.transition":
      return `alert ${textIn(before, "status") ?? "new"} → ${textIn(after, "status") ?? "unknown"}${closingWords(after)}`;
    case "process.parent":
      return textIn(after, "chosenBy") === undefined ? "choice of parent reverted" : "parent chosen";
    default:
      return words.get(action) ?? action;
  }
}

/** Records written before there was one audit shape may have the closing reason under `reason`. */
function closingWords(after: unknown): string {
  const reason = textIn(after, "closeReason") ?? textIn(after, "reason");
  return textIn(after, "status") === "closed" && reason !== undefined ? ` (${reason.replace("-", " ")})` : "";
}

function textIn(value: unknown, name: string): string | undefined {
  const found = typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name) : [];
  return typeof found?.[1] === "string" ? found[1] : undefined;
}
