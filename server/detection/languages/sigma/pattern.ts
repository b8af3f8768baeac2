import { escapePattern } from "../../../condition/wildcard-pattern.ts";

/** A string value of a Sigma rule: its text with the wildcards `*` and `?` taken out. */
export type Pattern = readonly (string | typeof run | typeof one)[];

/** `*` */
export const run = Symbol("run");
/** `?` */
export const one = Symbol("one");

/** `\*`, `\?` and `\\` stand for the second character; any other backslash stands for itself. */
export function parsePattern(text: string): Pattern {
  const parts: (string | typeof run | typeof one)[] = [];
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
      parts.push(character === "*" ? run : one);
    } else {
      literal += character;
    }
  }
  flush();
  return parts;
}

/** The pattern as a rule has it; `parsePattern` reads the same from it. */
export function printPattern(pattern: Pattern): string {
  return pattern
    .map((part) => (part === run ? "*" : part === one ? "?" : String(part).replace(/[\\*?]/g, "\\$&")))
    .join("");
}

/** The text of a pattern without wildcards. */
export function literalOf(pattern: Pattern): string | undefined {
  return pattern.every((part) => typeof part === "string") ? pattern.join("") : undefined;
}

/** The pattern in the condition tree's own syntax, in which `\` escapes. */
export function toWildcard(pattern: Pattern): string {
  return pattern.map((part) => (part === run ? "*" : part === one ? "?" : escapePattern(String(part)))).join("");
}

const dashes = ["-", "/", "\u2013", "\u2014", "\u2015"] as const;
/** More places than this in one value are all changed alike: the number of variants grows with a power of five. */
const maximumPlaces = 3;

/** The value with each dash or slash that begins a word in all its spellings. */
export function dashVariants(pattern: Pattern): readonly Pattern[] {
  const places: (readonly [part: number, offset: number])[] = [];
  for (const [index, part] of pattern.entries()) {
    if (typeof part === "string") {
      for (const found of part.matchAll(/(?<![\p{L}\p{N}_])[-/](?=[\p{L}\p{N}_])/gu)) {
        places.push([index, found.index]);
      }
    }
  }
  if (places.length > maximumPlaces) {
    return dashes.map((dash) => places.reduce((value, place) => replaced(value, place, dash), pattern));
  }
  return places.reduce<readonly Pattern[]>(
    (values, place) => values.flatMap((value) => dashes.map((dash) => replaced(value, place, dash))),
    [pattern],
  );
}

function replaced(pattern: Pattern, [part, offset]: readonly [number, number], dash: string): Pattern {
  return pattern.map((text, index) =>
    index === part && typeof text === "string" ? `${text.slice(0, offset)}${dash}${text.slice(offset + 1)}` : text,
  );
}
