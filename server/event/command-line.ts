import type { Side } from "./sources/source.ts";

/**
 * The two ways in which collection pipelines split a command line into `process.args`. Rules are written against the
 * result, so both are implemented and chosen by source. An event that already has `process.args` is never split again.
 */

const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The arguments as the pipelines of an agent (Sysmon) or of the Security log split them. */
export function splitCommandLine(side: Side, line: string): string[] {
  return side === "agent" ? splitSysmonCommandLine(line) : splitSecurityCommandLine(line);
}

/**
 * Splits as the Sysmon pipelines do, by the rules of the Microsoft C runtime before 2008. Spaces and tabs separate. 2n
 * backslashes before a quote are n backslashes, and the quote toggles quoting; 2n+1 are n backslashes and a literal
 * quote. Inside quotes a doubled quote is a literal one and ends the quoting. The first argument has no special rule.
 */
export function splitSysmonCommandLine(line: string): string[] {
  const args: string[] = [];
  const length = line.length;
  let at = 0;
  while (at < length) {
    const first = line.charCodeAt(at);
    if (first === SPACE || first === TAB) {
      at += 1;
      continue;
    }
    let end = at;
    let code = first;
    while (end < length && code !== SPACE && code !== TAB && code !== QUOTE) {
      end += 1;
      code = line.charCodeAt(end);
    }
    if (end === length || code !== QUOTE) {
      args.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    at = readQuotedArgument(line, at, args);
  }
  return args;
}

/** Reads one argument that contains a quote. Returns the position after it. */
function readQuotedArgument(line: string, from: number, args: string[]): number {
  let text = "";
  let quoted = false;
  let backslashes = 0;
  let at = from;
  for (; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === BACKSLASH) {
      backslashes += 1;
      continue;
    }
    if (code === QUOTE) {
      text += "\\".repeat(backslashes >> 1);
      if (backslashes % 2 === 1) {
        text += '"';
      } else {
        if (quoted && line.charCodeAt(at + 1) === QUOTE) {
          text += '"';
          at += 1;
        }
        quoted = !quoted;
      }
      backslashes = 0;
      continue;
    }
    if (backslashes > 0) {
      text += "\\".repeat(backslashes);
      backslashes = 0;
    }
    if (!quoted && (code === SPACE || code === TAB)) {
      args.push(text);
      return at + 1;
    }
    text += line[at];
  }
  args.push(text + "\\".repeat(backslashes));
  return at;
}

/**
 * Splits as the Windows Security pipelines do for 4688. Every quote toggles quoting and stays in the text; every single
 * white-space character outside quotes separates, so two spaces have an empty argument between them.
 */
export function splitSecurityCommandLine(line: string): string[] {
  const args: string[] = [];
  let quoted = false;
  let start = 0;
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === QUOTE) {
      quoted = !quoted;
    } else if (!quoted && isWhiteSpace(code)) {
      args.push(line.slice(start, at));
      start = at + 1;
    }
  }
  if (start < line.length) {
    args.push(line.slice(start));
  }
  return args;
}

/** White space by Java's `Character.isWhitespace`, as the pipeline runs in Java: no-break spaces are excluded. */
function isWhiteSpace(code: number): boolean {
  if (code < 0x80) {
    return code === SPACE || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  }
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a && code !== 0x2007) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x205f ||
    code === 0x3000
  );
}
