import { escapePattern } from "../../../condition/wildcard-pattern.ts";

/** A string value of a Sigma rule, split at its wildcards. */
export type Pattern = readonly (string | typeof anyCharacters | typeof anyCharacter)[];

/** `*` */
export const anyCharacters = Symbol("run");
/** `?` */
export const anyCharacter = Symbol("one");

/** `\*`, `\?` and `\\` are escapes; any other backslash is an ordinary character. */
export function parsePattern(text: string): Pattern {
  const parts: (string | typeof anyCharacters | typeof anyCharacter)[] = [];
  let literal = "";
  const flush = () => {
    if (literal !== "") {
      parts.push(literal);
      literal = "";
    }
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    const next = text[at + 1];
    if (character === "\\" && (next === "*" || next === "?" || next === "\\")) {
      literal += next;
      at++;
    } else if (character === "*" || character === "?") {
      flush();
      parts.push(character === "*" ? anyCharacters : anyCharacter);
    } else {
      literal += character;
    }
  }
  flush();
  return parts;
}

/** Prints the pattern; `parsePattern` reads an equal one. */
export function printPattern(pattern: Pattern): string {
  return pattern
    .map((part) =>
      part === anyCharacters ? "*" : part === anyCharacter ? "?" : String(part).replace(/[\\*?]/g, "\\$&"),
    )
    .join("");
}

/** The text of a pattern without wildcards. */
export function literalOf(pattern: Pattern): string | undefined {
  return pattern.every((part) => typeof part === "string") ? pattern.join("") : undefined;
}

/** The pattern in the syntax of the condition tree, with `\` as escape. */
export function toWildcard(pattern: Pattern): string {
  return pattern
    .map((part) => (part === anyCharacters ? "*" : part === anyCharacter ? "?" : escapePattern(String(part))))
    .join("");
}

const dashes = ["-", "/", "\u2013", "\u2014", "\u2015"] as const;
/** With more dashes in one value all are replaced alike: the number of variants is a power of five. */
const maximumDashes = 3;

/** All spellings of the dashes and slashes that begin a word. */
export function dashVariants(pattern: Pattern): readonly Pattern[] {
  const dashPositions: (readonly [part: number, offset: number])[] = [];
  for (const [index, part] of pattern.entries()) {
    if (typeof part === "string") {
      for (const found of part.matchAll(/(?<![\p{L}\p{N}_])[-/](?=[\p{L}\p{N}_])/gu)) {
        dashPositions.push([index, found.index]);
      }
    }
  }
  if (dashPositions.length > maximumDashes) {
    return dashes.map((dash) => dashPositions.reduce((value, place) => replaced(value, place, dash), pattern));
  }
  return dashPositions.reduce<readonly Pattern[]>(
    (values, place) => values.flatMap((value) => dashes.map((dash) => replaced(value, place, dash))),
    [pattern],
  );
}

function replaced(pattern: Pattern, [part, offset]: readonly [number, number], dash: string): Pattern {
  return pattern.map((text, index) =>
    index === part && typeof text === "string" ? `${text.slice(0, offset)}${dash}${text.slice(offset + 1)}` : text,
  );
}
