import type { ExceptionDraft } from "#contracts/exception";
import type { Breadth, CoveredActivity } from "#contracts/exception-breadth";
import { type ExceptionEntry, eventFieldsOf, type FieldEntry, isFieldEntry } from "#contracts/exception-entry";
import type { Rule } from "../detection/rule.ts";
import { groupsOf } from "../exception/condition.ts";
import { explainEntry } from "../exception/explain.ts";
import { templateText } from "../exception/template.ts";
import { isBareProgram, isBuiltInAccount, isCommonFolder, isServiceCommand, isTempFragment } from "./common-values.ts";
import { constantText } from "./constant-text.ts";
import { fieldScope, isCommandField, isHostField, isProgramName, isUserField, type Scope } from "./field-scope.ts";
import type { MeasuredEntries } from "./measure/collect.ts";
import { judgeMeasured, levelOf, refusal, widerOf } from "./measure/judge.ts";
import { coverageWords } from "./measure/words.ts";
import { isPathOfRuleConstant, isRuleConstant, repeatsRule } from "./rule-constants.ts";

type Reason = Breadth["reasons"][number];

interface Assessment {
  /** The share of the rules' findings that the entry matches, 0 to 1; at 1 it does not narrow them. */
  readonly share: number;
  readonly scope: Scope;
  readonly reason: Reason;
}

type Judged = Pick<ExceptionDraft, "entries" | "ruleIds"> &
  Partial<Pick<ExceptionDraft, "alternatives" | "ruleTags" | "allRules" | "hosts" | "hostList">>;

/**
 * How much of what the rules find an exception would cover: 0 is one exact situation, 100 is everything. Two
 * judgements, of which the wider counts: what was measured on stored data, and the form of the entries, which also says
 * what they would cover tomorrow. Of several groups of entries the widest counts. `refused`: no entry describes an
 * activity (a process name, the rules' own constants, a fragment of a temp path, `*`, fields that every event of a kind
 * has), or what is stored shows that none does. `broad`: no host and no user, no more than a program that everybody
 * uses, or much is covered. Every entry is explained. See docs/decisions/0085.
 */
export function breadthOf(draft: Judged, rules: readonly Rule[], measured?: MeasuredEntries): Breadth {
  let first = 0;
  const groups = groupsOf(draft).map((entries, index) => {
    const shared = measured?.sharedPrograms.slice(first, first + entries.length) ?? [];
    first += entries.length;
    const group = { entries, index, shared, covered: measured?.groups[index] };
    return judgeGroup(group, draft.hosts !== undefined || draft.hostList !== undefined, rules);
  });
  const unknown = draft.ruleIds.filter((id) => !rules.some((rule) => rule.id === id));
  const all: readonly Breadth[] = [
    ...groups,
    ...(measured === undefined ? [] : [judgeMeasured(measured)]),
    ...(unknown.length === 0 ? [] : [refusal(`Rule ${unknown.join(", ")} is not loaded.`)]),
  ];
  return {
    score: Math.max(...all.map(({ score }) => score)),
    level: all.reduce<Breadth["level"]>((widest, { level }) => widerOf(widest, level), "narrow"),
    reasons: all.flatMap(({ reasons }) => reasons),
  };
}

interface Group {
  readonly entries: readonly ExceptionEntry[];
  readonly index: number;
  /** By entry: whether a hash or id was seen to be that of a program that every host has. */
  readonly shared: readonly boolean[];
  readonly covered: CoveredActivity | undefined;
}

/** Judges the entries that must match together, by their form. */
function judgeGroup({ entries, index, shared, covered }: Group, isPlaced: boolean, rules: readonly Rule[]): Breadth {
  const assessments = entries.map((entry, at) => assess(entry, at, rules, shared[at] === true));
  const reasons: Reason[] = assessments.map(({ reason }) => reason);
  const narrowsBy = (isField: (field: string) => boolean) =>
    entries.some((entry, at) => eventFieldsOf(entry).some(isField) && (assessments[at]?.share ?? 1) < 0.8);
  const hasHost = isPlaced || narrowsBy(isHostField);
  const hasUser = narrowsBy(isUserField);
  if (!hasHost && !hasUser) {
    reasons.push({ weight: "warning", text: "Applies to every host and every user." });
  } else if (!hasHost) {
    reasons.push({ weight: "warning", text: "Applies to every host." });
  } else if (!hasUser) {
    reasons.push({ weight: "warning", text: "Applies to every user." });
  }
  const score = Math.round(100 * assessments.reduce((product, { share }) => product * share, isPlaced ? 0.5 : 1));
  const activity = assessments.some(({ scope }) => scope === "activity");
  const program = assessments.some(({ scope }) => scope === "program");
  const inGroup = index === 0 ? reasons : reasons.map((reason) => ({ ...reason, group: index - 1 }));
  if (!activity && !program) {
    return refusal(
      "No entry describes the confirmed activity (command line, full path, hash): any activity there would be hidden.",
      inGroup,
    );
  }
  if (!activity && covered !== undefined && covered.templates.count >= manyActivities) {
    return refusal(
      `The entries name a program that intruders use too, but not what it did. They cover ${coverageWords(covered)}.`,
      inGroup,
    );
  }
  if (!activity) {
    const text =
      "The entries name a program that intruders use too, but not what it did: any use of it there would be hidden.";
    return { score, level: "broad", reasons: [...inGroup, { weight: "warning", text }] };
  }
  return { score, level: score >= 30 || (!hasHost && !hasUser) ? "broad" : levelOf(score), reasons: inGroup };
}

/** So many kinds of command lines of one program are not one activity. */
const manyActivities = 3;

function assess(entry: ExceptionEntry, index: number, rules: readonly Rule[], isShared: boolean): Assessment {
  const assessment = (share: number, scope: Scope, weight: Reason["weight"], text: string): Assessment => ({
    share,
    scope,
    reason: { entry: index, weight, text: isFieldEntry(entry) ? `${entry.field}: ${text}` : text },
  });
  if (!isFieldEntry(entry)) {
    return assessContext(entry, index, rules);
  }
  const { field } = entry;
  if (entry.operator === "excluded") {
    return assessment(0.95, "none", "warning", "an exclusion adds little precision.");
  }
  if (entry.type === "exists") {
    return assessment(0.95, "none", "warning", "most events have this field.");
  }
  if (entry.type === "list") {
    return assessment(0.6, fieldScope(field), "warning", "covers every value of a list, also those added later.");
  }
  const values = entry.type === "match_any" ? entry.values : [entry.value];
  const texts =
    entry.type === "wildcard"
      ? values.map(constantText)
      : entry.type === "template"
        ? values.map((value) => templateText(value).replace(/ {2,}/g, " ").trim())
        : values;
  const shortest = texts.reduce((short, text) => (text.length < short.length ? text : short));
  if ((entry.type === "wildcard" || entry.type === "template") && shortest.length < 4) {
    return assessment(1, "none", "refusal", `the pattern ${values.join()} matches nearly everything.`);
  }
  const worthless = worthlessBecause(field, texts, rules);
  if (worthless !== undefined) {
    return assessment(worthless.weight === "refusal" ? 1 : 0.85, "none", worthless.weight, worthless.text);
  }
  if (isShared) {
    const text = "stands for a program that every host has, not for what it did.";
    return assessment(0.7, "program", "warning", text);
  }
  if ((entry.type === "wildcard" || entry.type === "template") && /(^|\.)entity_id$/.test(field)) {
    return assessment(0.8, "place", "warning", "a part of an id stands for a sensor: everything on that host.");
  }
  const scope = fieldScope(field);
  if (scope === "none") {
    return isProgramName(field)
      ? assessment(0.9, scope, "refusal", "anyone can choose a file name; use the full path or the command line.")
      : assessment(0.95, scope, "warning", "describes the type of record, not an activity.");
  }
  const share = shareOf(field, entry.type, shortest) * Math.min(4, Math.sqrt(values.length));
  if (share >= 0.8) {
    const text =
      scope === "place" ? "a common value; adds little precision." : `the fixed part "${shortest}" is short.`;
    return assessment(Math.min(1, share), "none", "warning", text);
  }
  if (isCommandField(field) && texts.some(isServiceCommand)) {
    return assessment(Math.max(share, 0.6), "program", "warning", "Windows starts this service so on every host.");
  }
  if (scope === "activity" && texts.some((text) => isBareProgram(entry, text))) {
    return assessment(share, "program", "warning", "names a program but not what it did.");
  }
  return assessment(share, scope, scope === "program" ? "warning" : "good", preciseText(entry, shortest));
}

/** Entries about the elements of an array, an ancestor or the session say as much as the best of what they test. */
function assessContext(entry: Exclude<ExceptionEntry, FieldEntry>, index: number, rules: readonly Rule[]): Assessment {
  const text = explainEntry(entry);
  if (entry.type !== "nested" && entry.operator === "excluded") {
    return {
      share: 0.95,
      scope: "none",
      reason: { entry: index, weight: "warning", text: `${text}: an exclusion adds little precision.` },
    };
  }
  const inner = entry.entries.map((one) => {
    const field = entry.type === "nested" ? `${entry.field}.${one.field}` : one.field;
    return assess({ ...one, field }, index, rules, false);
  });
  const share = Math.max(
    0.05,
    inner.reduce((product, one) => product * one.share, 1),
  );
  const scopes: readonly Scope[] = entry.type === "session" ? ["place"] : ["activity", "program", "place"];
  const scope = scopes.find((candidate) => inner.some((one) => one.scope === candidate)) ?? "none";
  return { share, scope, reason: { entry: index, weight: scope === "none" ? "warning" : "good", text } };
}

/** Why the values of an entry do not narrow what the rules find, if that is so. */
function worthlessBecause(
  field: string,
  texts: readonly string[],
  rules: readonly Rule[],
): Pick<Reason, "weight" | "text"> | undefined {
  if (texts.some((text) => isRuleConstant(field, text, rules))) {
    return { weight: "refusal", text: "the rules require this value anyway." };
  }
  if (texts.some((text) => isPathOfRuleConstant(field, text, rules))) {
    return { weight: "warning", text: "the rules require this file name anyway; only its folder is new." };
  }
  if (isCommandField(field) && texts.some((text) => repeatsRule(text, rules))) {
    return { weight: "refusal", text: "every fixed part is one that the rules look for; add what is specific here." };
  }
  if (texts.some(isTempFragment)) {
    return { weight: "refusal", text: "a temp folder or an administrative share alone; intruders use these too." };
  }
  if (texts.some(isCommonFolder)) {
    return { weight: "refusal", text: "a folder of shared programs; it also holds programs that intruders use." };
  }
  if (isUserField(field) && texts.some(isBuiltInAccount)) {
    return { weight: "warning", text: "every host has this account, and intruders often gain it." };
  }
  return undefined;
}

/** Rough shares by type of field; only their order matters. */
function shareOf(field: string, type: FieldEntry["type"], fixed: string): number {
  if (/(^|\.)hash\.|entity_id$/.test(field)) {
    return type === "wildcard" ? 0.5 : 0.05;
  }
  if (isCommandField(field)) {
    return type === "wildcard"
      ? Math.min(0.9, Math.max(0.1, 6 / fixed.length))
      : Math.min(0.9, Math.max(0.05, 2 / fixed.length));
  }
  if (isHostField(field) || isUserField(field)) {
    return field.endsWith(".domain") ? 0.9 : type === "wildcard" ? 0.6 : 0.3;
  }
  if (/executable|path|working_directory/.test(field)) {
    return type === "wildcard" ? Math.min(0.9, Math.max(0.5, 10 / fixed.length)) : 0.5;
  }
  return type === "wildcard" ? 0.85 : 0.6;
}

function preciseText(entry: FieldEntry, fixed: string): string {
  if (entry.type === "wildcard" || entry.type === "template") {
    return `${fixed.length} characters of the pattern are fixed.`;
  }
  return entry.type === "match_any" ? `one of ${entry.values.length} values.` : "one exact value.";
}
