import type { Fields, Scalar } from "#contracts/event";
import type { JoinKey } from "./plan.ts";

/** Tuples that one event takes part with; a hostile event with many values in many keys is cut here. */
const mostTuples = 1_000;

/**
 * The tuples of join keys of an event, as texts that are equal where the tuples are: one per combination of values,
 * duplicates removed. None when a key has no value, unless it is optional: then no value equals no value.
 */
export function tuplesOf(fields: Fields, keys: readonly JoinKey[]): readonly string[] {
  if (keys.length === 0) {
    return allTogether;
  }
  let tuples: readonly (readonly (string | undefined)[])[] = [[]];
  for (const key of keys) {
    const values = keyValues(fields, key);
    if (values.length === 0 && !key.optional) {
      return [];
    }
    const choices = values.length === 0 ? [undefined] : values;
    const room = Math.max(1, Math.floor(mostTuples / tuples.length));
    tuples = tuples.flatMap((tuple) => choices.slice(0, room).map((value) => [...tuple, value]));
  }
  return tuples.map(tupleText);
}

const allTogether: readonly string[] = [tupleText([])];

/** The values of one key as texts that are equal where the values are, duplicates removed. */
export function keyValues(fields: Fields, { field, instead = [] }: JoinKey): readonly string[] {
  const named = fields[field] === undefined ? instead.find((name) => fields[name] !== undefined) : field;
  const value = named === undefined ? undefined : fields[named];
  return typeof value === "object" ? [...new Set(value.map(keyText))] : value === undefined ? [] : [keyText(value)];
}

/** `undefined` becomes null, which no text is. */
function tupleText(tuple: readonly (string | undefined)[]): string {
  return JSON.stringify(tuple.map((value) => value ?? null));
}

/** The values of a tuple, for sorting and showing. */
export function valuesOfTuple(tuple: string): readonly (string | null)[] {
  const values: unknown = JSON.parse(tuple);
  return Array.isArray(values) ? values.map((value) => (typeof value === "string" ? value : null)) : [];
}

/** Numbers and texts are equal by their text; days are points in time, however their source writes them. */
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
