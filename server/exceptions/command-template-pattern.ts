import { escapePattern } from "../condition/wildcard-pattern.ts";

/**
 * Turns a command-line template (`event/command-template.ts`: lower case, white space collapsed, variable parts as `*`)
 * into a wildcard for an exception. In a template, `*` may also be a character of the command line, and `?` and `\` are
 * plain text. So the template is aligned with the command line: fixed parts are copied from the command line and
 * escaped, and only variable parts become `*`. Undefined when the two do not match.
 */
export function commandTemplatePattern(template: string, commandLine: string): string | undefined {
  const { text, offsets } = normalized(commandLine);
  const parts = template.split("*");
  let pattern = commandLine.slice(0, offsets[0]);
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
    pattern += escapePattern(commandLine.slice(offsets[found], offsets[found + part.length]));
    at = found + part.length;
  }
  return at === text.length ? pattern + commandLine.slice(offsets[at]) : undefined;
}

/** Lower case with white space collapsed and trimmed, and the offset of each of its characters in the original. */
function normalized(commandLine: string): { readonly text: string; readonly offsets: readonly number[] } {
  let text = "";
  const offsets: number[] = [];
  let position = commandLine.length - commandLine.trimStart().length;
  const end = commandLine.trimEnd().length;
  while (position < end) {
    const character = String.fromCodePoint(commandLine.codePointAt(position) ?? 0);
    const isSpace = /\s/.test(character);
    const lower = isSpace ? " " : character.toLowerCase();
    offsets.push(...Array.from({ length: lower.length }, () => position));
    text += lower;
    position += character.length;
    while (isSpace && position < end && /\s/.test(commandLine[position] ?? "")) {
      position += 1;
    }
  }
  offsets.push(end);
  return { text, offsets };
}

/** The fixed characters of a wildcard, with a space in place of each wildcard character. */
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
