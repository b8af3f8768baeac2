import { computedFields } from "../condition/computed-fields.ts";
import { foldCase } from "../condition/fold-case.ts";
import { literalsOfRegex } from "../condition/regex-literal.ts";
import type { Condition, Operand, Test } from "../condition/tree.ts";
import { literalText, parsePattern, type Segment } from "../condition/wildcard-pattern.ts";
import { baseName } from "../event/path.ts";

/** A property of an event that an index looks up instead of testing it. Texts are case-folded. */
export type RuleKey =
  /** A value of the field equals the text. */
  | { readonly kind: "value"; readonly field: string; readonly text: string }
  /** The file name at the end of a value equals the text: Sigma tests `*\cmd.exe` where others test a name. */
  | { readonly kind: "name"; readonly field: string; readonly text: string }
  /** A value of the field contains the text. */
  | { readonly kind: "substring"; readonly field: string; readonly text: string }
  /** The field has a value. */
  | { readonly kind: "present"; readonly field: string };

/** Shorter substrings are in too many values to be selective. In UTF-16 units. */
export const shortestSubstring = 4;

/** How selective the values of a field are: an event is estimated to have a given one with probability 1 in 2^n. */
const selectivity: ReadonlyMap<string, number> = new Map([
  ["process.name", 16],
  ["process.parent.name", 16],
  ["process.executable", 16],
  ["process.parent.executable", 16],
  ["process.pe.original_file_name", 16],
  ["dll.name", 14],
  ["file.name", 14],
  ["file.extension", 10],
  ["event.code", 4],
  ["event.provider", 3],
  ["data_stream.dataset", 6],
  ["event.dataset", 6],
  ["winlog.channel", 3],
  ["event.module", 6],
  ["event.action", 4],
  ["event.category", 2],
  ["event.type", 2],
  ["event.outcome", 1],
  ["event.kind", 0],
  ["host.os.type", 0],
  ["host.os.family", 0],
]);

/** The estimated share of events that have one of the keys; can exceed 1. */
export function estimatedShare(keys: readonly RuleKey[]): number {
  return keys.reduce((sum, key) => sum + 1 / 2 ** selectivityOf(key), 0);
}

function selectivityOf(key: RuleKey): number {
  switch (key.kind) {
    case "value":
      return flags.test(key.text) ? 2 : (selectivity.get(key.field) ?? 10);
    case "name":
      return 14;
    case "substring":
      return Math.min(11, 3 + selectiveLength(key.text) / 2);
    case "present":
      return selectivity.has(key.field) ? 0 : 3;
  }
}

/** Flags and masks: fields with such values have few different ones. */
const flags = /^(?:true|false|\d|0x[\da-f]{1,8}|)$/;

/** Parts of paths that many values have. */
const commonParts =
  /[a-z]:(?=\\)|\\windows(?=\\)|\\(?:system32|syswow64)(?=\\)|\\program(?:data| files(?: \(x86\))?)(?=\\)|\\users(?=\\)|\\appdata|\\(?:local|roaming)(?=\\)|\\software(?=\\)|\\microsoft(?=\\)|\\currentversion(?=\\)|\\(?:ntdll|kernel32|kernelbase)\.dll|\.(?:exe|dll)$/g;

/** The length of a case-folded text without its common parts. */
function selectiveLength(text: string): number {
  return text.replace(commonParts, "").length;
}

/**
 * Keys of which every matching event has at least one; `undefined` when there are none. A conjunction is keyed by its
 * rarest term, a disjunction by all of its terms. `isCandidate` restricts the fields of the keys.
 */
export function keysOf(
  condition: Condition,
  isCandidate: (field: string) => boolean = () => true,
): readonly RuleKey[] | undefined {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? undefined : [];
    case "not":
      return undefined;
    case "nested":
      return keysOf(condition.term, isCandidate);
    case "and":
      return condition.terms
        .map((term) => keysOf(term, isCandidate))
        .filter((keys) => keys !== undefined)
        .reduce<readonly RuleKey[] | undefined>(
          (best, keys) => (best === undefined || estimatedShare(keys) < estimatedShare(best) ? keys : best),
          undefined,
        );
    case "or": {
      const keys = condition.terms.map((term) => keysOf(term, isCandidate));
      return keys.every((term) => term !== undefined) ? withoutRedundant(keys.flat()) : undefined;
    }
    case "compare": {
      const field = requiredField(condition.operand);
      if (field === undefined || computedFields.has(field) || !isCandidate(field)) {
        return undefined;
      }
      return condition.operand.kind === "field"
        ? withoutRedundant(testKeys(field, condition.test))
        : [{ kind: "present", field }];
    }
  }
}

/** Removes duplicates, and texts of fields whose presence is a key already. */
function withoutRedundant(keys: readonly RuleKey[]): readonly RuleKey[] {
  const present = new Set(keys.flatMap((key) => (key.kind === "present" ? [key.field] : [])));
  const byName = new Map<string, RuleKey>();
  for (const key of keys) {
    const reduced: RuleKey = present.has(key.field) ? { kind: "present", field: key.field } : key;
    byName.set(JSON.stringify(reduced), reduced);
  }
  return [...byName.values()];
}

/** A field without which the operand has no value: functions need their first argument (see `EqlFunction.apply`). */
function requiredField(operand: Operand): string | undefined {
  switch (operand.kind) {
    case "field":
      return operand.name;
    case "call":
      return operand.args[0] === undefined ? undefined : requiredField(operand.args[0]);
    default:
      return undefined;
  }
}

function testKeys(field: string, test: Test): readonly RuleKey[] {
  switch (test.kind) {
    case "equals":
      return test.values.map((value) => ({ kind: "value", field, text: foldCase(String(value)) }));
    case "wildcard":
      return test.patterns.map((pattern) => patternKey(field, parsePattern(pattern, test)));
    case "regex":
      return test.patterns.map((pattern) => substringKey(field, literalsOfRegex(pattern)));
    default:
      return [{ kind: "present", field }];
  }
}

function patternKey(field: string, segments: readonly Segment[]): RuleKey {
  const end = literalText(segments.at(-1) ?? []);
  if (end !== undefined && segments.length === 1) {
    return { kind: "value", field, text: foldCase(end) };
  }
  if (end?.includes("\\") === true && !end.endsWith("\\")) {
    return { kind: "name", field, text: foldCase(baseName(end)) };
  }
  return substringKey(field, segments.flatMap(literalRuns));
}

/** The most selective of several substrings that a value must contain. */
function substringKey(field: string, substrings: readonly string[]): RuleKey {
  let best = "";
  for (const substring of substrings) {
    const text = foldCase(substring);
    if (
      text.length >= shortestSubstring &&
      !surrogate.test(substring) &&
      (best === "" || selectiveLength(text) > selectiveLength(best))
    ) {
      best = text;
    }
  }
  return best === "" ? { kind: "present", field } : { kind: "substring", field, text: best };
}

/** Half a surrogate pair does not case-fold like the whole character in the value. */
const surrogate = /[\ud800-\udfff]/;

/** The literal texts between the `?` of a segment. */
function literalRuns(segment: Segment): readonly string[] {
  const runs = [""];
  for (const character of segment) {
    if (character === undefined) {
      runs.push("");
    } else {
      runs[runs.length - 1] += character;
    }
  }
  return runs;
}
