import { escapePattern } from "../condition/wildcard-pattern.ts";

/**
 * Turns the shape of an alert (its command line with variable parts as `*`) into a wildcard for an exception. In the shape a
 * `*` may also be a character of the command line itself, and `?` and `\` are plain text there; so the shape is laid over the
 * command line again: what is literal is escaped, only stretches that really vary become `*`. Undefined when the two do not
 * fit together.
 */
export function commandShapePattern(shape: string, commandLine: string): string | undefined {
  const parts = shape.split("*");
  let pattern = "";
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    const found = index === 0 ? 0 : last ? commandLine.length - part.length : commandLine.indexOf(part, at);
    if (found < at || !commandLine.startsWith(part, found)) {
      return undefined;
    }
    const between = commandLine.slice(at, found);
    if (index > 0) {
      pattern += between === "*" ? "\\*" : "*";
    }
    pattern += escapePattern(part);
    at = found + part.length;
  }
  return at === commandLine.length ? pattern : undefined;
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
