import { visible } from "../lib/visible.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A value of limited size, and what was left out of it. */
export interface Bounded {
  readonly data: Json;
  readonly omitted: readonly string[];
}

interface Limits {
  /** Characters of a text. */
  readonly text: number;
  /** Items of a list. */
  readonly items: number;
}

/** Tried one after the other until the value fits. */
const levels: readonly Limits[] = [
  { text: 2000, items: 200 },
  { text: 1000, items: 50 },
  { text: 500, items: 25 },
  { text: 300, items: 10 },
  { text: 150, items: 5 },
];

/** Ids, keys and cursors are only of use in full. */
const isReference = (name: string) => /^(id|key|next|token|commandTemplate)$|(Id|Ids|Key)$/.test(name);
const mostOfReference = 2000;
const mostNames = 200;
const mostOfName = 200;

/**
 * A JSON value for a reader who may be deceived: hidden characters are made visible, long texts and lists are cut with
 * a note, and the whole has at most `most` characters as JSON.
 */
export function bounded(value: unknown, most = 40_000): Bounded {
  // What JSON would write: without `undefined`, with dates as texts.
  const plain: Json = JSON.parse(JSON.stringify(value ?? null));
  for (const limits of levels) {
    // Many items of a list can leave out the same.
    const omitted = new Set<string>();
    const data = limited(plain, limits, "", omitted);
    if (JSON.stringify(data).length + JSON.stringify([...omitted]).length <= most) {
      return { data, omitted: [...omitted] };
    }
  }
  return { data: null, omitted: ["Everything: the answer is too large. Ask for less, such as a smaller limit."] };
}

function limited(value: Json, limits: Limits, path: string, omitted: Set<string>): Json {
  if (typeof value === "string") {
    return shortened(value, isReference(nameIn(path)) ? mostOfReference : limits.text);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (isList(value)) {
    if (value.length > limits.items) {
      omitted.add(`${path === "" ? "list" : path}: ${limits.items} of ${value.length} items shown`);
    }
    return value.slice(0, limits.items).map((item) => limited(item, limits, path, omitted));
  }
  const entries = Object.entries(value);
  if (entries.length > mostNames) {
    omitted.add(`${path === "" ? "object" : path}: ${mostNames} of ${entries.length} fields shown`);
  }
  // `fromEntries` defines own properties, so a field named `__proto__` stays data.
  return Object.fromEntries(
    entries.slice(0, mostNames).map(([name, item]) => {
      const shown = shortened(name, mostOfName);
      return [shown, limited(item, limits, path === "" ? shown : `${path}.${shown}`, omitted)];
    }),
  );
}

/** The `?? ""` cannot happen: splitting returns at least one part. */
function nameIn(path: string): string {
  return path.split(".").at(-1) ?? "";
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

/** At most `most` characters of a text, with a note of how many there are, hidden characters made visible. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) {
    return visible(text);
  }
  // Not within a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return `${visible(text.slice(0, end))} (truncated: ${end} of ${text.length} characters)`;
}
