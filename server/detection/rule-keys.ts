import { foldCase } from "../condition/fold-case.ts";
import { literalsOfRegex } from "../condition/regex-literal.ts";
import type { Condition, Operand, Test } from "../condition/tree.ts";
import { literalText, parsePattern, type Segment } from "../condition/wildcard-pattern.ts";
import { baseName } from "../event/path.ts";

/** Something that an event has, found by a look-up instead of a test. Texts are folded. */
export type RuleKey =
  /** A value of the field is this text. */
  | { readonly kind: "value"; readonly field: string; readonly text: string }
  /** What follows the last separator of a value is this text: Sigma asks for `*\cmd.exe` where others ask for a name. */
  | { readonly kind: "name"; readonly field: string; readonly text: string }
  /** A value of the field contains this text. */
  | { readonly kind: "part"; readonly field: string; readonly text: string }
  /** The field has a value. */
  | { readonly kind: "present"; readonly field: string };

/** Shorter parts are in too many values to tell anything. In UTF-16 units. */
export const shortestPart = 4;

/** Fields whose values few or many events share; as how often an event is taken to have a given one: 1 in 2^n. */
const telling: ReadonlyMap<string, number> = new Map([
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

/** Rough share of events that have one of the keys. */
export function shareOf(keys: readonly RuleKey[]): number {
  return keys.reduce((sum, key) => sum + 1 / 2 ** bitsOf(key), 0);
}

function bitsOf(key: RuleKey): number {
  switch (key.kind) {
    case "value":
      return fewValues.test(key.text) ? 2 : (telling.get(key.field) ?? 10);
    case "name":
      return 14;
    case "part":
      return Math.min(11, 3 + tellingLength(key.text) / 2);
    case "present":
      return telling.has(key.field) ? 0 : 3;
  }
}

/** Values of switches and masks: there are few of them, whatever the field. */
const fewValues = /^(?:true|false|\d|0x[\da-f]{1,8}|)$/;

/** Stretches that stand in every other path. */
const usual =
  /[a-z]:(?=\\)|\\windows(?=\\)|\\(?:system32|syswow64)(?=\\)|\\program(?:data| files(?: \(x86\))?)(?=\\)|\\users(?=\\)|\\appdata|\\(?:local|roaming)(?=\\)|\\software(?=\\)|\\microsoft(?=\\)|\\currentversion(?=\\)|\\(?:ntdll|kernel32|kernelbase)\.dll|\.(?:exe|dll)$/g;

/** How much of a folded text tells something, in UTF-16 units. */
function tellingLength(text: string): number {
  return text.replace(usual, "").length;
}

/**
 * Keys of which every matching event has at least one; `undefined` when there is no such set. Of a conjunction the rarest
 * term is enough, of a disjunction every term must have keys. `isOf` leaves keys of other fields out.
 */
export function keysOf(
  condition: Condition,
  isOf: (field: string) => boolean = () => true,
): readonly RuleKey[] | undefined {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? undefined : [];
    case "not":
      return undefined;
    case "nested":
      return keysOf(condition.term, isOf);
    case "and":
      return condition.terms
        .map((term) => keysOf(term, isOf))
        .filter((keys) => keys !== undefined)
        .reduce<readonly RuleKey[] | undefined>(
          (best, keys) => (best === undefined || shareOf(keys) < shareOf(best) ? keys : best),
          undefined,
        );
    case "or": {
      const keys = condition.terms.map((term) => keysOf(term, isOf));
      return keys.every((term) => term !== undefined) ? withoutCovered(keys.flat()) : undefined;
    }
    case "compare": {
      const field = fieldOf(condition.operand);
      if (field === undefined || !isOf(field)) {
        return undefined;
      }
      return condition.operand.kind === "field"
        ? withoutCovered(keysOfTest(field, condition.test))
        : [{ kind: "present", field }];
    }
  }
}

/** Where the field's presence is enough, its texts tell nothing more; nor does a text that is there twice. */
function withoutCovered(keys: readonly RuleKey[]): readonly RuleKey[] {
  const present = new Set(keys.flatMap((key) => (key.kind === "present" ? [key.field] : [])));
  const byName = new Map<string, RuleKey>();
  for (const key of keys) {
    const covered: RuleKey = present.has(key.field) ? { kind: "present", field: key.field } : key;
    byName.set(JSON.stringify(covered), covered);
  }
  return [...byName.values()];
}

/** A field without which the operand has no value: a function of an absent value has none. */
function fieldOf(operand: Operand): string | undefined {
  switch (operand.kind) {
    case "field":
      return operand.name;
    case "call":
      return operand.args[0] === undefined ? undefined : fieldOf(operand.args[0]);
    default:
      return undefined;
  }
}

function keysOfTest(field: string, test: Test): readonly RuleKey[] {
  switch (test.kind) {
    case "equals":
      return test.values.map((value) => ({ kind: "value", field, text: foldCase(String(value)) }));
    case "wildcard":
      return test.patterns.map((pattern) => keyOfPattern(field, parsePattern(pattern, test)));
    case "regex":
      return test.patterns.map((pattern) => keyOfPart(field, literalsOfRegex(pattern)));
    default:
      return [{ kind: "present", field }];
  }
}

function keyOfPattern(field: string, segments: readonly Segment[]): RuleKey {
  const end = literalText(segments.at(-1) ?? []);
  if (end !== undefined && segments.length === 1) {
    return { kind: "value", field, text: foldCase(end) };
  }
  if (end?.includes("\\") === true && !end.endsWith("\\")) {
    return { kind: "name", field, text: foldCase(baseName(end)) };
  }
  return keyOfPart(field, segments.flatMap(literalRuns));
}

/** The part that tells most, of several that a value has to have. */
function keyOfPart(field: string, parts: readonly string[]): RuleKey {
  let best = "";
  for (const part of parts) {
    const text = foldCase(part);
    if (
      text.length >= shortestPart &&
      !surrogate.test(part) &&
      (best === "" || tellingLength(text) > tellingLength(best))
    ) {
      best = text;
    }
  }
  return best === "" ? { kind: "present", field } : { kind: "part", field, text: best };
}

/** Half a character in a pattern does not fold as it does in a text that has the other half. */
const surrogate = /[\ud800-\udfff]/;

/** The literal texts between the `?` of a stretch. */
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
