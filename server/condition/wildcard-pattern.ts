import { foldCase } from "./fold-case.ts";

/** One stretch of a pattern between two runs (`*`): code points, `undefined` for any one character (`?`). */
export type Stretch = readonly (string | undefined)[];

export interface PatternSyntax {
  /** `?` stands for one character. */
  readonly single: boolean;
  /** `\` makes the next character literal; one at the very end stands for itself. */
  readonly escape: boolean;
}

/** Splits a pattern at its `*`: one stretch means that there is no run at all. */
export function parsePattern(pattern: string, syntax: PatternSyntax): readonly Stretch[] {
  const stretches: (string | undefined)[][] = [];
  let current: (string | undefined)[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      current.push(character);
      escaped = false;
    } else if (syntax.escape && character === "\\") {
      escaped = true;
    } else if (character === "*") {
      stretches.push(current);
      current = [];
    } else {
      current.push(syntax.single && character === "?" ? undefined : character);
    }
  }
  if (escaped) {
    current.push("\\");
  }
  stretches.push(current);
  return stretches;
}

/** The text of a stretch without `?`. */
export function literalText(stretch: Stretch): string | undefined {
  return stretch.includes(undefined) ? undefined : stretch.join("");
}

/** The text that a pattern stands for when it has neither `*` nor `?`. */
export function literalOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [only, ...more] = parsePattern(pattern, syntax);
  return only === undefined || more.length > 0 ? undefined : literalText(only);
}

/** The text that a value ends with when the pattern asks for nothing else: one `*`, at its start. */
export function endingOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [start, end, ...more] = parsePattern(pattern, syntax);
  return start?.length !== 0 || end === undefined || more.length > 0 ? undefined : literalText(end);
}

/** The text that a value contains when the pattern asks for nothing else: one `*` at its start and one at its end. */
export function partOf(pattern: string, syntax: PatternSyntax): string | undefined {
  const [start, part, end, ...more] = parsePattern(pattern, syntax);
  return start?.length !== 0 || part === undefined || end?.length !== 0 || more.length > 0
    ? undefined
    : literalText(part);
}

/** The literal text that every match starts with. */
export function prefixOf(pattern: string, syntax: PatternSyntax): string {
  const [first = []] = parsePattern(pattern, syntax);
  const end = first.indexOf(undefined);
  return (end < 0 ? first : first.slice(0, end)).join("");
}

/** The pattern that matches this text only, in the syntax with `\` as escape. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?]/g, "\\$&");
}

/**
 * A matcher for the whole of a text. Each stretch is looked for once, leftmost first, which is enough for wildcards: no
 * backtracking, at most length of text × length of pattern steps. Where case is ignored the text must be case-folded already.
 */
export function compilePattern(
  pattern: string,
  syntax: PatternSyntax & { readonly caseInsensitive: boolean },
): (text: string) => boolean {
  const stretches = parsePattern(syntax.caseInsensitive ? foldCase(pattern) : pattern, syntax);
  const literals = stretches.map(literalText);
  return literals.every((literal) => literal !== undefined)
    ? compileLiterals(literals.filter((literal) => literal !== undefined))
    : (text) => matchStretches(surrogates.test(text) ? Array.from(text) : text, stretches);
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

/** A text as something with a character per index: a string where every character is one unit, else its code points. */
type Characters = string | readonly string[];

function matchStretches(text: Characters, stretches: readonly Stretch[]): boolean {
  const head = stretches[0] ?? [];
  const tail = stretches.at(-1) ?? [];
  if (stretches.length === 1) {
    return text.length === head.length && matchesAt(text, head, 0);
  }
  const end = text.length - tail.length;
  if (end < head.length || !matchesAt(text, head, 0) || !matchesAt(text, tail, end)) {
    return false;
  }
  let at = head.length;
  for (const stretch of stretches.slice(1, -1)) {
    while (at + stretch.length <= end && !matchesAt(text, stretch, at)) {
      at++;
    }
    if (at + stretch.length > end) {
      return false;
    }
    at += stretch.length;
  }
  return true;
}

function matchesAt(text: Characters, stretch: Stretch, at: number): boolean {
  return stretch.every((character, index) => character === undefined || text[at + index] === character);
}
