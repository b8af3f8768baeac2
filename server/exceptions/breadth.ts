import type { Breadth, ExceptionDraft, ExceptionEntry } from "#contracts/exception";
import { literalsOf } from "../condition/fields.ts";
import type { Rule } from "../detection/rule.ts";
import { constantText } from "./command-template-pattern.ts";

type Reason = Breadth["reasons"][number];

interface Judged {
  /** How much of what the rule finds the entry lets pass, 0 to 1; 1 narrows nothing. */
  readonly keeps: number;
  /** Whether it tells what was done: `vague` is no more than the name of a program. */
  readonly says: Says;
  readonly reason: Reason;
}

/**
 * How much of what the rules find an exception would cover, judged without any data: 0 is one exact situation, 100 is
 * everything. `refused`: nothing in it narrows the rules (a process name, the rules' own constants, a temp-path fragment,
 * `*`, fields that every event of a kind has). `broad` needs a reason in words: no host and no user, or nothing but a
 * program that everybody uses. Each point is explained.
 */
export function breadthOf(draft: Pick<ExceptionDraft, "entries" | "ruleIds">, rules: readonly Rule[]): Breadth {
  const judged = draft.entries.map((entry, index) => judge(entry, index, rules));
  const reasons: Reason[] = judged.map((item) => item.reason);
  const hasHost = narrows(draft, judged, isHostField);
  const hasUser = narrows(draft, judged, isUserField);
  if (!hasHost && !hasUser) {
    reasons.push({ weight: "warning", text: "It holds on every host and for every user." });
  } else if (!hasHost) {
    reasons.push({ weight: "warning", text: "It holds on every host." });
  } else if (!hasUser) {
    reasons.push({ weight: "warning", text: "It holds for every user." });
  }
  const score = Math.round(100 * judged.reduce((product, item) => product * item.keeps, 1));
  const activity = judged.some((item) => item.says === "activity");
  const vague = judged.some((item) => item.says === "vague");
  if (!activity && !vague) {
    reasons.push({
      weight: "refusal",
      text: "No entry says what the confirmed activity is (command line, full path, hash): it would silence the rules for whatever happens there.",
    });
  } else if (!activity) {
    reasons.push({
      weight: "warning",
      text: "It names a program that intruders use too, and not what the program did: whatever it does there is hidden.",
    });
  }
  const unknown = draft.ruleIds.filter((id) => !rules.some((rule) => rule.id === id));
  if (unknown.length > 0) {
    reasons.push({ weight: "refusal", text: `No rule ${unknown.join(", ")} is loaded.` });
  }
  const refused = (!activity && !vague) || unknown.length > 0;
  const level = refused
    ? "refused"
    : score >= 30 || (!hasHost && !hasUser) || !activity
      ? "broad"
      : score >= 8
        ? "acceptable"
        : "narrow";
  return { score: refused ? 100 : score, level, reasons };
}

function narrows(
  draft: Pick<ExceptionDraft, "entries">,
  judged: readonly Judged[],
  of: (field: string) => boolean,
): boolean {
  return draft.entries.some((entry, index) => of(entry.field) && (judged[index]?.keeps ?? 1) < 0.8);
}

function judge(entry: ExceptionEntry, index: number, rules: readonly Rule[]): Judged {
  const { field } = entry;
  const judged = (keeps: number, says: Says, weight: Reason["weight"], text: string): Judged => ({
    keeps,
    says,
    reason: { entry: index, weight, text: `${field}: ${text}` },
  });
  if (entry.operator === "excluded") {
    return judged(0.95, "nothing", "warning", "an exclusion narrows little.");
  }
  if (entry.type === "exists") {
    return judged(0.95, "nothing", "warning", "most events have it.");
  }
  const values = entry.type === "match_any" ? entry.values : [entry.value];
  const texts = entry.type === "wildcard" ? values.map(constantText) : values;
  const widest = texts.reduce((short, text) => (text.length < short.length ? text : short));
  if (entry.type === "wildcard" && widest.length < 4) {
    return judged(1, "nothing", "refusal", `the pattern ${entry.value} matches nearly everything.`);
  }
  if (texts.some((text) => isRuleConstant(field, text, rules))) {
    return judged(1, "nothing", "refusal", "the rules demand this value already, so it narrows nothing.");
  }
  if (texts.some((text) => isPathOfRuleConstant(field, text, rules))) {
    return judged(0.85, "nothing", "warning", "the rules demand this file name already; only its folder is new.");
  }
  if (isCommandField(field) && texts.some((text) => saysOnlyTheRule(text, rules))) {
    const text = "every fixed part is one that the rules look for, so nothing of this workflow is in it.";
    return judged(1, "nothing", "refusal", text);
  }
  if (texts.some(isTempFragment)) {
    const text = "a temp folder or an administrative share alone is what intruders use too.";
    return judged(1, "nothing", "refusal", text);
  }
  if (texts.some((text) => commonFolder.test(text.trim()))) {
    return judged(1, "nothing", "refusal", "a folder that holds everybody's programs holds what intruders use too.");
  }
  if (isUserField(field) && texts.some((text) => everywhere.has(text.toLowerCase()))) {
    return judged(0.85, "nothing", "warning", "every host has this account, and intruders soon run as it.");
  }
  const says = saidBy(field);
  if (says === "nothing") {
    return isProgramName(field)
      ? judged(0.9, says, "refusal", "a file name is free to choose; take the full path or the command line.")
      : judged(0.95, says, "warning", "it tells of the kind of record, not of what was done.");
  }
  const keeps = keepsOf(field, entry.type, widest) * Math.min(4, Math.sqrt(values.length));
  if (keeps >= 0.8) {
    const text = says === "place" ? "so many values narrow little." : `the fixed part "${widest}" is short.`;
    return judged(Math.min(1, keeps), "nothing", "warning", text);
  }
  if (says === "activity" && texts.some((text) => isBareProgram(entry, text))) {
    return judged(keeps, "vague", "warning", "it names a program, but not what the program was told to do.");
  }
  return judged(keeps, says, says === "vague" ? "warning" : "good", goodText(entry, widest));
}

type Says = "activity" | "vague" | "place" | "nothing";

/** What a field can tell at all. Fields that are not listed stand in every record of their kind. */
function saidBy(field: string): Says {
  if (isHostField(field) || isUserField(field)) {
    return "place";
  }
  if (isProgramName(field)) {
    return "nothing";
  }
  const activity =
    /(^|\.)hash\.|(^|\.)(command_line|args|executable|path|entity_id)$|^(dns\.question|url|source|destination)\.|^powershell\./;
  if (activity.test(field) && !/(^|\.)(port|address_type|bytes|packets)$/.test(field)) {
    return "activity";
  }
  return /working_directory$|^winlog\.event_data\.|^(registry|file|dll)\.|\.port$|^message$/.test(field)
    ? "vague"
    : "nothing";
}

/** `host.os.*` and the like are the same on all hosts. */
function isHostField(field: string): boolean {
  return /^host\.(name|hostname|id|ip|mac)$/.test(field);
}

function isUserField(field: string): boolean {
  return /^user\.((effective|target)\.)?(name|id|email|full_name|domain)$/.test(field);
}

/** Accounts of Windows itself, by name and SID. */
const everywhere: ReadonlySet<string> = new Set([
  "system",
  "local service",
  "network service",
  "anonymous logon",
  "s-1-5-18",
  "s-1-5-19",
  "s-1-5-20",
  "s-1-5-7",
]);

function isProgramName(field: string): boolean {
  return /^process\..*name$|^process\.name$|\.original_file_name$/.test(field);
}

function isCommandField(field: string): boolean {
  return /(^|\.)(command_line|args)$/.test(field);
}

/** Rough shares, by what the field tells: the order matters, not the figure. */
function keepsOf(field: string, type: ExceptionEntry["type"], fixed: string): number {
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

function goodText(entry: ExceptionEntry, fixed: string): string {
  if (entry.type === "wildcard") {
    return `${fixed.length} characters of the pattern are fixed.`;
  }
  return entry.type === "match_any" ? `one of ${entry.values.length} values.` : "one exact value.";
}

/** The rule tests the field for just this text. */
function isRuleConstant(field: string, text: string, rules: readonly Rule[]): boolean {
  const names = field === "process.command_line" ? [field, "process.args"] : [field];
  return ruleLiterals(names, rules).includes(plain(text));
}

/**
 * A full path whose file name the rule tests already: `process.parent.executable` beside `process.parent.name`. A parent's
 * command line that is that file with switches alone tells no more.
 */
function isPathOfRuleConstant(field: string, text: string, rules: readonly Rule[]): boolean {
  const [program = "", ...rest] = /\.parent\.command_line$/.test(field) ? wordsOf(text) : [text];
  const fileName = program.slice(Math.max(program.lastIndexOf("\\"), program.lastIndexOf("/")) + 1);
  const name = field.replace(/\.(executable|command_line)$/, ".name");
  return name !== field && rest.every(isSwitch) && ruleLiterals([name], rules).includes(plain(fileName));
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s"']+/).filter((word) => word !== "");
}

function isSwitch(word: string): boolean {
  return /^[-/]/.test(word);
}

/** A program of Windows by its path, or any by its bare name, and nothing of what it was told to do. */
function isBareProgram(entry: ExceptionEntry, text: string): boolean {
  if (/(^|\.)executable$/.test(entry.field)) {
    return windowsProgram.test(text);
  }
  if (entry.type !== "wildcard" || !isCommandField(entry.field)) {
    return false;
  }
  const words = wordsOf(text).filter((word) => !isSwitch(word));
  return words.length <= 1 && words.every((word) => windowsProgram.test(word) || !/[\\/]/.test(word));
}

/** Programs in the folders that hold Windows' own, such as System32; `*` may stand for one of the folders. */
const windowsProgram =
  /(?:windows|%windir%|%systemroot%|\\systemroot)\\(?:(?:system32|syswow64| )\\(?:wbem\\|windowspowershell\\v1\.0\\| \\)?|microsoft\.net\\framework(?:64)?\\v[\d.]+\\)?[^\\]*$/i;

/** Folders with programs of everybody, with nothing behind them. */
const commonFolder =
  /^(?:[a-z]:)?\\?(?:(?:windows|%windir%|%systemroot%)(?:\\(?:system32|syswow64|microsoft\.net)(?:\\wbem|\\windowspowershell(?:\\v1\.0)?)?)?|system32|syswow64|program files(?: \(x86\))?|programdata|users|users\\public)?\\?$/i;

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
