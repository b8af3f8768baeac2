import type { Fields, Scalar } from "#contracts/event";
import type { JoinKey } from "./plan.ts";

/** Tuples of one event: bounds a hostile event with many values in many keys. */
const maximumTuples = 1_000;

/**
 * The tuples of join key values of an event, one per combination of values, encoded so that equal tuples have equal
 * texts. None when a key that is not optional has no value.
 */
export function tuplesOf(fields: Fields, keys: readonly JoinKey[]): readonly string[] {
  if (keys.length === 0) {
    return emptyTuple;
  }
  let tuples: readonly (readonly (string | undefined)[])[] = [[]];
  for (const key of keys) {
    const values = keyValues(fields, key);
    if (values.length === 0 && !key.optional) {
      return [];
    }
    const choices = values.length === 0 ? [undefined] : values;
    const room = Math.max(1, Math.floor(maximumTuples / tuples.length));
    tuples = tuples.flatMap((tuple) => choices.slice(0, room).map((value) => [...tuple, value]));
  }
  return tuples.map(tupleText);
}

const emptyTuple: readonly string[] = [tupleText([])];

/** The different values of one key, encoded so that equal values have equal texts. */
export function keyValues(fields: Fields, { field, alternatives = [] }: JoinKey): readonly string[] {
  const present = fields[field] === undefined ? alternatives.find((name) => fields[name] !== undefined) : field;
  const value = present === undefined ? undefined : fields[present];
  return typeof value === "object" ? [...new Set(value.map(keyText))] : value === undefined ? [] : [keyText(value)];
}

/** `undefined` becomes null, which differs from every text. */
function tupleText(tuple: readonly (string | undefined)[]): string {
  return JSON.stringify(tuple.map((value) => value ?? null));
}

/** The values of a tuple, for sorting and showing. */
export function valuesOfTuple(tuple: string): readonly (string | null)[] {
  const values: unknown = JSON.parse(tuple);
  return Array.isArray(values) ? values.map((value) => (typeof value === "string" ? value : null)) : [];
}

/** Numbers equal their text; dates without a time are compared as points in time, in either notation. */
function keyText(value: Scalar): string {
  const text = String(value);
  return text.length === 10 ? (dayOf(text) ?? text) : text;
}

function dayOf(text: string): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const [, lastDay, lastMonth, lastYear] = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text) ?? [];
  const instant = Date.parse(`${year ?? lastYear}-${month ?? lastMonth}-${day ?? lastDay}`);
  return Number.isNaN(instant) ? undefined : String(instant);
}

/** Null first, then by number where both are one, else by text. */
export function compareTuples(left: string, right: string): number {
  const ours = valuesOfTuple(left);
  const theirs = valuesOfTuple(right);
  for (const [index, value] of ours.entries()) {
    const other = theirs[index] ?? null;
    if (value !== other) {
      return value === null ? -1 : other === null ? 1 : compareTexts(value, other);
    }
  }
  return 0;
}

function compareTexts(left: string, right: string): number {
  const numbers = Number(left) - Number(right);
  return left.trim() !== "" && right.trim() !== "" && numbers !== 0 && !Number.isNaN(numbers)
    ? numbers
    : left < right
      ? -1
      : 1;
}
