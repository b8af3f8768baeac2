import type { AuditRecord } from "#contracts/audit";
import { answerValue } from "#contracts/playbook";
import { answerWord } from "./answer-mark.tsx";

const words = new Map(
  Object.entries({
    "alert.removed-from-incident": "alert removed from its incident",
    "alert.restored-to-incident": "alert restored to its incident",
    "alert.moved": "alert moved to another incident",
    // Names of the two in records written before they were renamed.
    "alert.taken-out": "alert removed from its incident",
    "alert.put-back": "alert restored to its incident",
    "playbook.answer": "step answered",
    "playbook.choose": "playbook chosen",
    "incident.answer": "question answered",
    "incident.assigned": "incident assigned",
    "incident.tagged": "incident tagged",
    "incident.comment": "comment",
    "batch.start": "batch started",
    "batch.cancel": "batch cancelled",
    "batch.resume": "batch resumed",
    "incident.split": "alerts split off",
    "incident.alert-removed": "alert removed",
    "incident.alert-restored": "alert restored",
    "incident.merged": "incidents merged",
    "incident.unmerged": "merged incidents separated",
    "incident.reopened": "incident reopened",
    "proposal.withdraw": "proposal withdrawn",
    "proposal.dismiss": "proposal dismissed",
    "checklist.done": "checklist item done",
    "checklist.undone": "checklist item reopened",
    "exception.save": "exception saved",
    "exception.approve": "exception approved",
    "exception.reject": "exception rejected",
    "exception.edit": "exception changed",
    "exception.import": "exceptions imported",
    "exception.disable": "exception disabled",
    "rule.enable": "rule enabled",
    "rule.disable": "rule disabled",
    "rule.save": "rule saved",
    "rules.add-folder": "rule folder added",
    "rules.remove-folder": "rule folder removed",
    "rules.reload": "rules reloaded",
    "person.added": "person added",
    "person.invited": "sign-in link created",
    "person.signed-in": "signed in",
    "person.password-changed": "password set",
    "passkey.added": "passkey added",
    "passkey.removed": "passkey removed",
    "session.ended": "session ended",
    "service-token.created": "service token created",
    "service-token.revoked": "service token revoked",
    "ingest.start": "ingest started",
    "ingest.finish": "ingest finished",
    "ingest.stop": "ingest stopped",
  }),
);

/** The action of an audit record as text; unknown actions are shown as stored. */
export function actionWords({ action, before, after }: Pick<AuditRecord, "action" | "before" | "after">): string {
  switch (action) {
    case "incident.transition":
      return `incident ${textIn(before, "status") ?? "new"} → ${textIn(after, "status") ?? "unknown"}${closingWords(after)}`;
    case "alert.transition":
      return `alert ${textIn(before, "status") ?? "new"} → ${textIn(after, "status") ?? "unknown"}${closingWords(after)}`;
    case "proposal.create":
      return textIn(valueIn(after, "proposal"), "kind") === "exception" ? "exception proposed" : "answer proposed";
    case "process.parent":
      return textIn(after, "chosenBy") === undefined ? "choice of parent reverted" : "parent chosen";
    case "person.changed":
      return personWords(before, after);
    default:
      return words.get(action) ?? action;
  }
}

/** What a change comes to, in one line, for actions whose values do not say it by themselves. */
export function changeText({ action, after }: Pick<AuditRecord, "action" | "after">): string | undefined {
  switch (action) {
    case "proposal.create": {
      const proposal = valueIn(after, "proposal");
      const value = answerValue.safeParse(valueIn(proposal, "value"));
      const what = value.success
        ? `${answerWord(value.data)} (step ${textIn(proposal, "stepId") ?? "unknown"})`
        : textIn(valueIn(proposal, "draft"), "name");
      return [what, textIn(proposal, "rationale")].filter((part) => part !== undefined).join(": ");
    }
    case "proposal.dismiss":
    case "proposal.withdraw":
      return textIn(after, "note") || "no note";
    default:
      return undefined;
  }
}

/** What of a person changed, the weightiest first. */
function personWords(before: unknown, after: unknown): string {
  const disabled = valueIn(after, "disabled");
  if (typeof disabled === "boolean") {
    return disabled ? "person disabled" : "person enabled";
  }
  const role = textIn(after, "role");
  return role === undefined ? "person renamed" : `role ${textIn(before, "role") ?? "none"} → ${role}`;
}

/** Records written before there was one audit shape may have the closing reason under `reason`. */
function closingWords(after: unknown): string {
  const reason = textIn(after, "closeReason") ?? textIn(after, "reason");
  return textIn(after, "status") === "closed" && reason !== undefined ? ` (${reason.replace("-", " ")})` : "";
}

function valueIn(value: unknown, name: string): unknown {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return entries.find(([key]) => key === name)?.[1];
}

function textIn(value: unknown, name: string): string | undefined {
  const found = valueIn(value, name);
  return typeof found === "string" ? found : undefined;
}
