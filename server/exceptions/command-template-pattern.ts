import { escapePattern } from "../condition/wildcard-pattern.ts";

/**
 * Turns the shape of an alert (its command line in lower case, white space joined, variable parts as `*`; see
 * `event/command-shape.ts`) into a wildcard for an exception. In the shape a `*` may also be a character of the command line
 * itself, and `?` and `\` are plain text there; so the shape is laid over the command line again: the fixed parts come
 * escaped from the command line, only stretches that vary become `*`. Undefined when the two do not fit together.
 */
export function commandTemplatePattern(shape: string, commandLine: string): string | undefined {
  const { text, starts } = normalised(commandLine);
  const parts = shape.split("*");
  let pattern = commandLine.slice(0, starts[0]);
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const found = index === 0 ? 0 : last ? text.length - part.length : text.indexOf(part, at);
    if (found < at || !text.startsWith(part, found)) {
      return undefined;
    }
    if (index > 0) {
      pattern += text.slice(at, found) === "*" ? "\\*" : "*";
    }
    pattern += escapePattern(commandLine.slice(starts[found], starts[found + part.length]));
    at = found + part.length;
  }
  return at === text.length ? pattern + commandLine.slice(starts[at]) : undefined;
}

/** Lower case with white space joined and trimmed, and for each of its positions the one in the original. */
function normalised(commandLine: string): { readonly text: string; readonly starts: readonly number[] } {
  let text = "";
  const starts: number[] = [];
  let position = commandLine.length - commandLine.trimStart().length;
  const end = commandLine.trimEnd().length;
  while (position < end) {
    const character = String.fromCodePoint(commandLine.codePointAt(position) ?? 0);
    const blank = /\s/.test(character);
    const lower = blank ? " " : character.toLowerCase();
    starts.push(...Array.from({ length: lower.length }, () => position));
    text += lower;
    position += character.length;
    while (blank && position < end && /\s/.test(commandLine[position] ?? "")) {
      position += 1;
    }
  }
  starts.push(end);
  return { text, starts };
}

/** The characters of a wildcard that are fixed, with a blank where anything may stand. */
export function constantText(pattern: string): string {
  let text = "";
  let escaped = false;
  for (const character of pattern) {
    if (escaped) {
      text += character;
      escaped = false;
    } else if (character === "\\") {
      escaped = true;
    } else {
      text += character === "*" || character === "?" ? " " : character;
    }
  }
  return text.replace(/ {2,}/g, " ").trim();
}
