import type { Breadth, ExceptionDraft, ExceptionEntry } from "#contracts/exception";
import { literalsOf } from "../condition/fields.ts";
import type { Rule } from "../detection/rule.ts";
import { constantText } from "./command-shape.ts";

type Reason = Breadth["reasons"][number];

interface Judged {
  /** How much of what the rule finds the entry lets pass, 0 to 1; 1 narrows nothing. */
  readonly keeps: number;
  readonly reason: Reason;
}

/**
 * How much of what the rules find an exception would cover, judged without any data: 0 is one exact situation, 100 is
 * everything. `refused`: nothing in it narrows the rules (a process name, the rules' own constants, a temp-path fragment,
 * `*`). `broad` needs a reason in words. Each point is explained.
 */
export function breadthOf(draft: Pick<ExceptionDraft, "entries">, rules: readonly Rule[]): Breadth {
  const judged = draft.entries.map((entry, index) => judge(entry, index, rules));
  const reasons: Reason[] = judged.map((item) => item.reason);
  const hasHost = narrows(draft, judged, (field) => field.startsWith("host."));
  const hasUser = narrows(draft, judged, (field) => field.startsWith("user."));
  if (!hasHost && !hasUser) {
    reasons.push({ weight: "warning", text: "It holds on every host and for every user." });
  } else if (!hasHost) {
    reasons.push({ weight: "warning", text: "It holds on every host." });
  } else if (!hasUser) {
    reasons.push({ weight: "warning", text: "It holds for every user." });
  }
  const score = Math.round(100 * judged.reduce((product, item) => product * item.keeps, 1));
  const behaviour = draft.entries.some(
    (entry, index) => (judged[index]?.keeps ?? 1) < 0.8 && !/^(host|user)\./.test(entry.field),
  );
  if (!behaviour) {
    reasons.push({
      weight: "refusal",
      text: "No entry says what the confirmed activity is (command line, full path, hash): it would silence the rules for whatever happens there.",
    });
  }
  const level = !behaviour
    ? "refused"
    : score >= 30 || (!hasHost && !hasUser)
      ? "broad"
      : score >= 8
        ? "acceptable"
        : "narrow";
  return { score: behaviour ? score : 100, level, reasons };
}

function narrows(
  draft: Pick<ExceptionDraft, "entries">,
  judged: readonly Judged[],
  of: (field: string) => boolean,
): boolean {
  return draft.entries.some((entry, index) => of(entry.field) && (judged[index]?.keeps ?? 1) < 0.8);
}

function judge(entry: ExceptionEntry, index: number, rules: readonly Rule[]): Judged {
  const reason = (weight: Reason["weight"], text: string): Reason => ({ entry: index, weight, text });
  if (entry.operator === "excluded") {
    return { keeps: 0.95, reason: reason("warning", `${entry.field}: an exclusion narrows little.`) };
  }
  if (entry.type === "exists") {
    return { keeps: 0.95, reason: reason("warning", `${entry.field} is present in most events.`) };
  }
  const values = entry.type === "match_any" ? entry.values : [entry.value];
  const texts = entry.type === "wildcard" ? values.map(constantText) : values;
  const widest = texts.reduce((short, text) => (text.length < short.length ? text : short));
  if (entry.type === "wildcard" && widest.length < 4) {
    return {
      keeps: 1,
      reason: reason("refusal", `${entry.field}: the pattern ${entry.value} matches nearly everything.`),
    };
  }
  if (texts.some((text) => isRuleConstant(entry.field, text, rules))) {
    return {
      keeps: 1,
      reason: reason("refusal", `${entry.field}: the rules demand this value already, so it narrows nothing.`),
    };
  }
  if (texts.every((text) => isPathOfRuleConstant(entry.field, text, rules))) {
    return {
      keeps: 0.85,
      reason: reason("warning", `${entry.field}: the rules demand this file name already; only its folder is new.`),
    };
  }
  if (/command_line|args/.test(entry.field) && texts.some((text) => saysOnlyTheRule(text, rules))) {
    return {
      keeps: 1,
      reason: reason(
        "refusal",
        `${entry.field}: every fixed part is one that the rules look for, so nothing of this workflow is in it.`,
      ),
    };
  }
  if (texts.some(isTempFragment)) {
    return {
      keeps: 1,
      reason: reason(
        "refusal",
        `${entry.field}: a temp folder or an administrative share alone is what intruders use too.`,
      ),
    };
  }
  if (/(^|\.)name$/.test(entry.field) && entry.field.startsWith("process.")) {
    return {
      keeps: 0.9,
      reason: reason(
        "refusal",
        `${entry.field}: a file name is free to choose; take the full path or the command line.`,
      ),
    };
  }
  const keeps = keepsOf(entry.field, entry.type, widest) * Math.min(4, Math.sqrt(values.length));
  return keeps < 0.8
    ? { keeps, reason: reason("good", goodText(entry, widest)) }
    : { keeps: Math.min(1, keeps), reason: reason("warning", `${entry.field}: the fixed part "${widest}" is short.`) };
}

/** Rough shares, by what the field tells: the order matters, not the figure. */
function keepsOf(field: string, type: ExceptionEntry["type"], fixed: string): number {
  if (/hash|sha256|md5|entity_id|code_signature/.test(field)) {
    return 0.05;
  }
  if (/command_line|args/.test(field)) {
    return type === "wildcard"
      ? Math.min(0.9, Math.max(0.1, 6 / fixed.length))
      : Math.min(0.9, Math.max(0.05, 2 / fixed.length));
  }
  if (/^(host|user)\./.test(field)) {
    return field.endsWith(".domain") ? 0.9 : type === "wildcard" ? 0.6 : 0.3;
  }
  if (/executable|path|working_directory/.test(field)) {
    return type === "wildcard" ? Math.min(0.9, Math.max(0.5, 10 / fixed.length)) : 0.5;
  }
  return type === "wildcard" ? 0.85 : 0.6;
}

function goodText(entry: ExceptionEntry, fixed: string): string {
  if (entry.type === "wildcard") {
    return `${entry.field}: ${fixed.length} characters of the pattern are fixed.`;
  }
  return entry.type === "match_any"
    ? `${entry.field} is one of ${entry.values.length} values.`
    : `${entry.field} is one exact value.`;
}

/** The rule tests the field for just this text. */
function isRuleConstant(field: string, text: string, rules: readonly Rule[]): boolean {
  const names = field === "process.command_line" ? [field, "process.args"] : [field];
  return ruleLiterals(names, rules).includes(plain(text));
}

/** A full path whose file name the rule tests already: `process.parent.executable` beside `process.parent.name`. */
function isPathOfRuleConstant(field: string, text: string, rules: readonly Rule[]): boolean {
  const fileName = text.slice(Math.max(text.lastIndexOf("\\"), text.lastIndexOf("/")) + 1);
  const name = field.replace(/\.executable$/, ".name");
  return name !== field && ruleLiterals([name], rules).includes(plain(fileName));
}

function ruleLiterals(names: readonly string[], rules: readonly Rule[]): readonly string[] {
  return rules.flatMap((rule) => {
    if (rule.body.kind === "not-evaluable") {
      return [];
    }
    const literals = literalsOf(rule.body.condition);
    return names.flatMap((name) => literals.get(name) ?? []).map(plain);
  });
}

/** Each word of a command line pattern stands in some literal of the rule (or is too short to tell anything). */
function saysOnlyTheRule(text: string, rules: readonly Rule[]): boolean {
  const words = text.toLowerCase().split(/[\s"']+/);
  return rules.some((rule) => {
    if (rule.body.kind === "not-evaluable") {
      return false;
    }
    const literals = [...literalsOf(rule.body.condition).values()].flat().map((literal) => literal.toLowerCase());
    return words.every((word) => word.length < 3 || literals.some((literal) => literal.includes(word)));
  });
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll("*", " ").replace(/ +/g, " ").trim();
}

const tempFragments: readonly string[] = [
  "\\windows\\temp",
  "\\appdata\\local\\temp",
  "%temp%",
  "%tmp%",
  "\\temp",
  "\\tmp",
  "admin$",
  "c$",
  "127.0.0.1",
  "localhost",
  "c:",
  "2>&1",
  "1>",
];

/** Nothing but temp folders, administrative shares, loopback and redirection, with at most a few characters around. */
export function isTempFragment(text: string): boolean {
  const lower = text.toLowerCase();
  const rest = tempFragments
    .reduce((left, fragment) => left.replaceAll(fragment, ""), lower)
    .replace(/[\\/\s"'._-]/g, "");
  return rest.length < lower.length && rest.length < 4;
}
