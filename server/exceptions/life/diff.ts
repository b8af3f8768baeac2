import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import { explainEntry } from "../../exception/explain.ts";

type Compared = Omit<ExceptionDraft, "fromAlert">;

/** What changed between two versions of an exception, one sentence each. */
export function changesBetween(before: Compared, after: Compared): readonly string[] {
  return [
    ...valueChange("Name", before.name, after.name),
    ...(before.mode === after.mode
      ? []
      : [after.mode === "enforced" ? "Enforced: it hides alerts now" : "Back to shadow mode: it only counts"]),
    ...listChanges("Rule", before.ruleIds, after.ruleIds),
    ...listChanges("Rule tag", before.ruleTags, after.ruleTags),
    ...flagChange(before.allRules === true, after.allRules === true),
    ...listChanges("Operating system", before.os, after.os),
    ...listChanges("Host", before.hosts, after.hosts),
    ...valueChange("Host list", before.hostList, after.hostList),
    ...valueChange("Step", before.step?.toString(), after.step?.toString()),
    ...entryChanges(before, after),
    ...valueChange("Expiry", before.expires, after.expires),
    ...valueChange("Review by", before.reviewBy, after.reviewBy),
    ...valueChange("Reason", before.reason, after.reason),
    ...valueChange("Reason for the breadth", before.breadthReason, after.breadthReason),
  ];
}

/** An exception as it was written first, one sentence each. */
export function describedAtFirst(draft: Compared): readonly string[] {
  return [
    draft.mode === "enforced" ? "Enforced from the start" : "Saved in shadow mode",
    ...groupSentences(draft).map((sentence) => `Matches if ${sentence}`),
    ...(draft.expires === undefined ? [] : [`Expires at ${draft.expires}`]),
    ...(draft.reviewBy === undefined ? [] : [`To be reviewed by ${draft.reviewBy}`]),
  ];
}

function valueChange(what: string, before: string | undefined, after: string | undefined): readonly string[] {
  if (before === after) {
    return [];
  }
  if (before === undefined || before === "") {
    return [`${what} set: ${after}`];
  }
  return [after === undefined || after === "" ? `${what} removed: ${before}` : `${what}: ${before} → ${after}`];
}

function listChanges(what: string, before: readonly string[] = [], after: readonly string[] = []): readonly string[] {
  return [
    ...after.filter((value) => !before.includes(value)).map((value) => `${what} added: ${value}`),
    ...before.filter((value) => !after.includes(value)).map((value) => `${what} removed: ${value}`),
  ];
}

function flagChange(before: boolean, after: boolean): readonly string[] {
  return before === after ? [] : [after ? "Applies to all rules now" : "Applies to named rules only now"];
}

/** Where there is one group on both sides, entry by entry; otherwise group by group. */
function entryChanges(before: Compared, after: Compared): readonly string[] {
  const isOneGroup = [before, after].every(({ alternatives = [] }) => alternatives.length === 0);
  return isOneGroup
    ? listChanges("Condition", before.entries.map(explainEntry), after.entries.map(explainEntry))
    : listChanges("Alternative", groupSentences(before), groupSentences(after));
}

function groupSentences({ entries, alternatives = [] }: Pick<ExceptionRecord, "entries" | "alternatives">) {
  return [entries, ...alternatives].map((group) => group.map(explainEntry).join(" and "));
}
