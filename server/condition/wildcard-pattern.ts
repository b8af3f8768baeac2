import { foldCase } from "./fold-case.ts";

/** The part of a pattern between two `*`: code points, `undefined` for `?`. */
export type Segment = readonly (string | undefined)[];

export interface PatternSyntax {
  /** `?` matches one character. */
  readonly single: boolean;
  /** `\` makes the next character literal; at the very end it is an ordinary character. */
  readonly escape: boolean;
}

/** Splits a pattern at its `*`; a pattern without one has a single segment. */
export function parsePattern(pattern: string, syntax: PatternSyntax): readonly Segment[] {
  const segments: (string | undefined)[][] = [];
  let current: (string | undefined)[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      current.push(character);
      escaped = false;
    } else if (syntax.escape && character === "\\") {
      escaped = true;
    } else if (character === "*") {
      segments.push(current);
      current = [];
    } else {
      current.push(syntax.single && character === "?" ? undefined : character);
    }
  }
  if (escaped) {
    current.push("\\");
  }
  segments.push(current);
  return segments;
}

/** The text of a segment without `?`. */
export function literalText(segment: Segment): string | undefined {
  return segment.includes(undefined) ? undefined : segment.join("");
}

/** The only text that matches a pattern without wildcards. */
export function literalOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [only, ...more] = parsePattern(pattern, syntax);
  return only === undefined || more.length > 0 ? undefined : literalText(only);
}

/** The prefix that a pattern of the form `prefix*` requires. */
export function onlyPrefixOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [start, end, ...more] = parsePattern(pattern, syntax);
  return start === undefined || end?.length !== 0 || more.length > 0 ? undefined : literalText(start);
}

/** The suffix that a pattern of the form `*suffix` requires. */
export function suffixOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [start, end, ...more] = parsePattern(pattern, syntax);
  return start?.length !== 0 || end === undefined || more.length > 0 ? undefined : literalText(end);
}

/** The substring that a pattern of the form `*substring*` requires. */
export function substringOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [start, part, end, ...more] = parsePattern(pattern, syntax);
  return start?.length !== 0 || part === undefined || end?.length !== 0 || more.length > 0
    ? undefined
    : literalText(part);
}

/** The literal text that every match starts with; may be empty. */
export function prefixOf(pattern: string, syntax: PatternSyntax): string {
  const [first = []] = parsePattern(pattern, syntax);
  const end = first.indexOf(undefined);
  return (end < 0 ? first : first.slice(0, end)).join("");
}

/** The pattern that matches only this text, in the syntax with escapes. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?]/g, "\\$&");
}

/**
 * Matches whole texts. Each segment is searched once, leftmost first, which suffices for wildcards: no backtracking, at
 * most length of text × length of pattern steps. With `caseInsensitive` texts must be case-folded already.
 */
export function compilePattern(
  pattern: string,
  syntax: PatternSyntax & { readonly caseInsensitive: boolean },
): (text: string) => boolean {
  const segments = parsePattern(syntax.caseInsensitive ? foldCase(pattern) : pattern, syntax);
  const literals = segments.map(literalText);
  return literals.every((literal) => literal !== undefined)
    ? compileLiterals(literals.filter((literal) => literal !== undefined))
    : (text) => matchSegments(surrogates.test(text) ? Array.from(text) : text, segments);
}

const surrogates = /[\ud800-\udfff]/;

function compileLiterals(literals: readonly string[]): (text: string) => boolean {
  const head = literals[0] ?? "";
  const tail = literals.at(-1) ?? "";
  const middle = literals.slice(1, -1).filter((literal) => literal !== "");
  const [only] = middle;
  if (literals.length === 1) {
    return (text) => text === head;
  }
  if (middle.length === 0) {
    if (head === "") {
      return tail === "" ? () => true : (text) => text.endsWith(tail);
    }
    return tail === ""
      ? (text) => text.startsWith(head)
      : (text) => text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
  }
  if (middle.length === 1 && only !== undefined && head === "" && tail === "") {
    return (text) => text.includes(only);
  }
  return (text) => {
    if (!text.startsWith(head) || !text.endsWith(tail)) {
      return false;
    }
    const end = text.length - tail.length;
    let at = head.length;
    for (const literal of middle) {
      const found = text.indexOf(literal, at);
      if (found < 0) {
        return false;
      }
      at = found + literal.length;
    }
    return at <= end;
  };
}

/** A text indexed by character: the string itself where every character is one UTF-16 unit, else its code points. */
type Characters = string | readonly string[];

function matchSegments(text: Characters, segments: readonly Segment[]): boolean {
  const head = segments[0] ?? [];
  const tail = segments.at(-1) ?? [];
  if (segments.length === 1) {
    return text.length === head.length && matchesAt(text, head, 0);
  }
  const end = text.length - tail.length;
  if (end < head.length || !matchesAt(text, head, 0) || !matchesAt(text, tail, end)) {
    return false;
  }
  let at = head.length;
  for (const segment of segments.slice(1, -1)) {
    while (at + segment.length <= end && !matchesAt(text, segment, at)) {
      at++;
    }
    if (at + segment.length > end) {
      return false;
    }
    at += segment.length;
  }
  return true;
}

function matchesAt(text: Characters, segment: Segment, at: number): boolean {
  return segment.every((character, index) => character === undefined || text[at + index] === character);
}
