import type { ChangeSummary } from "#contracts/conflict";
import { answerValue } from "#contracts/playbook";
import { role } from "#contracts/roles";
import { answerWord } from "./answer-mark.tsx";
import { roleLabels } from "./roles.ts";

/** A change in words: "answered", "raises concern", its note, what else changed, and what has no words. */
export interface ChangeWords {
  /** What the person did: "closed the alert". */
  readonly did: string;
  /** A word to stress, such as the answer. */
  readonly value?: string;
  readonly note?: string;
  readonly facts: readonly string[];
  /** Changed fields that are not told. */
  readonly others: number;
}

type Field = ChangeSummary["fields"][number];

/** What somebody did, in the words of the page. */
export function changeWords({ action, fields }: ChangeSummary): ChangeWords {
  const changed = new Map(fields.map((field) => [field.field, field]));
  const text = (name: string) => textOf(changed.get(name)?.after);
  const note = [text("note"), text("reason"), text("override")].filter((part) => part !== undefined).join("\n");
  const rest = fields.filter(({ field }) => !told.has(field));
  return {
    ...doing(action, changed),
    ...(note === "" ? {} : { note }),
    facts: rest.flatMap((field) => factOf(field) ?? []),
    others: rest.filter((field) => factOf(field) === undefined).length,
  };
}

/** Fields that the sentence itself tells, and those that say nothing to a person. */
const told: ReadonlySet<string> = new Set([
  ...["stepId", "value", "note", "reason", "override", "playbook", "proposal", "status", "closeReason", "verdict"],
  ...[
    "item",
    "done",
    "text",
    "question",
    "processes",
    "alerts",
    "conflicts",
    "suggested",
    "conflict",
    "overridden",
    "duplicateOf",
    "scope",
    "file",
    "disabledAt",
    "path",
    "folder",
  ],
]);

function doing(action: string, changed: ReadonlyMap<string, Field>): Pick<ChangeWords, "did" | "value"> {
  const after = (name: string) => changed.get(name)?.after;
  switch (action) {
    case "incident.answer":
    case "playbook.answer": {
      const value = answerValue.safeParse(after("value"));
      return value.success ? { did: "answered", value: answerWord(value.data) } : { did: "changed the answer" };
    }
    case "incident.transition":
    case "alert.transition": {
      const reason = textOf(after("closeReason"))?.replace("-", " ");
      const what = action === "incident.transition" ? "incident" : "alert";
      const did = statusWords[textOf(after("status")) ?? ""];
      return {
        did: did === undefined ? "changed the status" : `${did} the ${what}`,
        ...(reason === undefined ? {} : { value: `as ${reason}` }),
      };
    }
    case "checklist.done":
    case "checklist.undone": {
      const did = action === "checklist.done" ? "ticked off" : "reopened";
      return { did, value: textOf(after("text")) ?? "a checklist item" };
    }
    case "playbook.choose":
      return { did: "chose another playbook", value: textOf(after("playbook")) ?? "" };
    default:
      return { did: words[action] ?? "changed this" };
  }
}

const statusWords: Readonly<Record<string, string>> = {
  open: "reopened",
  acknowledged: "acknowledged",
  escalated: "escalated",
  closed: "closed",
};

const words: Readonly<Record<string, string>> = {
  "alert.removed-from-incident": "removed the alert from its incident",
  "alert.restored-to-incident": "restored the alert to its incident",
  "alert.moved": "moved the alert to another incident",
  "incident.assigned": "assigned the incident",
  "incident.tagged": "changed the tags",
  "incident.split": "split off alerts",
  "incident.alert-removed": "removed an alert from the incident",
  "incident.alert-restored": "restored an alert to the incident",
  "incident.merged": "merged the incident with another one",
  "incident.unmerged": "separated the merged incidents",
  "process.parent": "chose another parent process",
  "exception.save": "saved the exception",
  "exception.approve": "approved the exception",
  "exception.reject": "rejected the exception",
  "exception.edit": "changed the exception",
  "exception.import": "imported exceptions",
  "exception.disable": "disabled the exception",
  "rule.enable": "enabled the rule",
  "rule.disable": "disabled the rule",
  "rule.save": "saved the rule",
  "rules.add-folder": "added a rule folder",
  "rules.remove-folder": "removed a rule folder",
  "person.changed": "changed the account",
};

const labels: Readonly<Record<string, string>> = {
  name: "Name",
  userName: "User name",
  role: "Role",
  email: "Email",
  mode: "Mode",
  expires: "Expires",
  disabled: "Disabled",
};

/** A changed field of the page with its new value; undefined for what the page has no words for. */
function factOf({ field, after }: Field): string | undefined {
  if (field === "evidence") {
    const count = Array.isArray(after) ? after.length : 0;
    return count === 0 ? "" : `${count} ${count === 1 ? "piece" : "pieces"} of evidence pinned`;
  }
  if (field === "attachments") {
    const count = Array.isArray(after) ? after.length : 0;
    return count === 0 ? "" : `${count} ${count === 1 ? "result" : "results"} attached`;
  }
  const label = labels[field];
  if (label === undefined || typeof after === "object") {
    return undefined;
  }
  const named = field === "role" ? role.safeParse(after) : undefined;
  return `${label}: ${named?.success ? roleLabels[named.data].label : (textOf(after) ?? "none")}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "boolean"
    ? value
      ? "yes"
      : "no"
    : (typeof value === "string" && value !== "") || typeof value === "number"
      ? String(value)
      : undefined;
}

/** A change as one sentence without its time, for where there is room for no more. */
export function changeSentence(change: ChangeSummary): string {
  const { did, value, note } = changeWords(change);
  return `${change.actor} ${[did, value].filter((part) => part !== undefined).join(" ")}${note === undefined ? "." : `: ${note}`}`;
}
