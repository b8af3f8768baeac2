import { type Path, type Places, placesIn, type Scalar, type Spot } from "./places.ts";

/** Where things stand in a text that is well-formed TOML. */
export function tomlPlaces(text: string): Places {
  return placesIn(text, (path) => find(text, path));
}

/** A place in a text, moved forward by reading. */
interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Scans the text once. `met` is the number of path steps that the current table matches; a table
 * outside of the path matches none, and its content is skipped.
 */
function find(text: string, path: Path): Spot {
  const cursor: Cursor = { text, at: 0 };
  /** Elements seen of the lists of tables on the way, by how many steps lead to the list. */
  const elements = new Map<number, number>();
  let nearest = { at: 0, met: 0 };
  let met: number | undefined = 0;
  const keep = (at: number, steps: number) => {
    nearest = steps > nearest.met ? { at, met: steps } : nearest;
  };
  for (;;) {
    skip(cursor, /(?:\s+|#[^\n]*)+/y);
    const start = cursor.at;
    if (start >= text.length) {
      return { at: nearest.at };
    }
    if (text.charAt(start) === "[") {
      const adds = text.startsWith("[[", start);
      cursor.at += adds ? 2 : 1;
      const header = followHeader(readKeys(cursor), path, adds, elements);
      if (header.met === path.length) {
        return { at: start };
      }
      met = header.whole ? header.met : undefined;
      keep(start, header.met);
      skip(cursor, /[^\n]*/y);
      continue;
    }
    const keys = readKeys(cursor);
    skip(cursor, /=[ \t]*/y);
    const steps: number = met === undefined ? 0 : follow(keys, path, met);
    if (met !== undefined && steps === met + keys.length) {
      return descend(cursor, path, steps, start);
    }
    if (steps === path.length) {
      return { at: start };
    }
    keep(start, met === steps ? 0 : steps);
    skipValue(cursor);
  }
}

/** How many steps of the path are met when keys are followed from a step on. */
function follow(keys: readonly string[], path: Path, from: number): number {
  let met = from;
  for (const key of keys) {
    if (met >= path.length || String(path[met]) !== key) {
      break;
    }
    met += 1;
  }
  return met;
}

function followHeader(
  keys: readonly string[],
  path: Path,
  adds: boolean,
  elements: Map<number, number>,
): { readonly met: number; readonly whole: boolean } {
  let met = 0;
  for (const [index, key] of keys.entries()) {
    if (met >= path.length || String(path[met]) !== key) {
      return { met, whole: false };
    }
    met += 1;
    if (adds && index === keys.length - 1) {
      elements.set(met, (elements.get(met) ?? 0) + 1);
    }
    const count = elements.get(met);
    if (count !== undefined && met < path.length) {
      if (path[met] !== count - 1) {
        return { met, whole: false };
      }
      met += 1;
    }
  }
  return { met, whole: true };
}

/** Inside of a value, as far as the path leads there. */
function descend(cursor: Cursor, path: Path, from: number, key: number): Spot {
  let at = key;
  for (let met = from; met < path.length; met += 1) {
    const found = cursor.text.charAt(cursor.at) === "[" ? toItem(cursor, path[met]) : toKey(cursor, path[met]);
    if (found === undefined) {
      return { at };
    }
    at = found;
  }
  const scalar = scalarAt(cursor);
  return scalar === undefined ? { at } : { at, scalar };
}

const between = /(?:[\s,]+|#[^\n]*)+/y;

function toItem(cursor: Cursor, step: PropertyKey | undefined): number | undefined {
  cursor.at += 1;
  for (let index = 0; ; index += 1) {
    skip(cursor, between);
    if (cursor.at >= cursor.text.length || cursor.text.charAt(cursor.at) === "]") {
      return undefined;
    }
    if (index === step) {
      return cursor.at;
    }
    skipValue(cursor);
  }
}

function toKey(cursor: Cursor, step: PropertyKey | undefined): number | undefined {
  if (cursor.text.charAt(cursor.at) !== "{") {
    return undefined;
  }
  cursor.at += 1;
  for (;;) {
    skip(cursor, between);
    const start = cursor.at;
    if (start >= cursor.text.length || cursor.text.charAt(start) === "}") {
      return undefined;
    }
    const [key, ...more] = readKeys(cursor);
    skip(cursor, /=\s*/y);
    if (key === String(step)) {
      // What a dotted key leads to has no place of its own.
      cursor.at = more.length > 0 ? cursor.text.length : cursor.at;
      return start;
    }
    skipValue(cursor);
  }
}

/** `a."b c".'d'`: only as many keys as a path of a rule can have steps are kept. */
function readKeys(cursor: Cursor): readonly string[] {
  const keys: string[] = [];
  for (;;) {
    skip(cursor, /[ \t]+/y);
    const scalar = scalarAt(cursor);
    const start = cursor.at;
    if (scalar === undefined) {
      skip(cursor, /[\w-]+/y);
    } else {
      cursor.at = scalar.end + 1;
    }
    if (keys.length < 20) {
      keys.push(
        scalar === undefined ? cursor.text.slice(start, cursor.at) : cursor.text.slice(scalar.start, scalar.end),
      );
    }
    skip(cursor, /[ \t]+/y);
    if (cursor.text.charAt(cursor.at) !== ".") {
      return keys;
    }
    cursor.at += 1;
  }
}

/** Behind a value: a scalar, or brackets with all that they hold. */
function skipValue(cursor: Cursor): void {
  let open = 0;
  do {
    skip(cursor, /(?:[\s,=]+|#[^\n]*)+/y);
    const unit = cursor.text.charAt(cursor.at);
    const scalar = scalarAt(cursor);
    if (scalar !== undefined) {
      cursor.at = scalar.end + (cursor.text.startsWith(unit.repeat(3), scalar.start - 3) ? 3 : 1);
    } else if (unit === "[" || unit === "{") {
      open += 1;
      cursor.at += 1;
    } else if (unit === "]" || unit === "}") {
      open -= 1;
      cursor.at += 1;
    } else {
      skip(cursor, /[^\s,[\]{}"'#=]+/y);
    }
  } while (open > 0 && cursor.at < cursor.text.length);
}

/** The text that begins here, without its quotes. */
function scalarAt({ text, at }: Cursor): Scalar | undefined {
  const unit = text.charAt(at);
  if (unit !== "'" && unit !== '"') {
    return undefined;
  }
  const quote = text.startsWith(unit.repeat(3), at) ? unit.repeat(3) : unit;
  const start = at + quote.length;
  let end = start;
  while (end < text.length && !text.startsWith(quote, end)) {
    end += unit === '"' && text.charAt(end) === "\\" ? 2 : 1;
  }
  // Up to two quotes may stand before the three that end a text.
  while (quote.length === 3 && text.charAt(end + 3) === unit) {
    end += 1;
  }
  return { start, end, escapes: unit === '"' ? "backslashes" : "none" };
}

function skip(cursor: Cursor, pattern: RegExp): void {
  pattern.lastIndex = cursor.at;
  cursor.at += pattern.exec(cursor.text)?.[0].length ?? 0;
}
