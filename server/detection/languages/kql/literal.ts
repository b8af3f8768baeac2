import { ParseFailure } from "../source.ts";
import { type Literal, star } from "./expression.ts";

const space = /[ \t\r\n\u00a0]/;
const special = new Set('\\():<>"*{}');
const whiteSpace: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["r", "\r"],
  ["n", "\n"],
]);

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && space.test(text[at] ?? "")) {
    at++;
  }
  return at;
}

/**
 * The keyword at an offset, in any case; it ends at white space, a parenthesis or the end, `not` only at white space.
 */
export function keywordAt(text: string, at: number): "and" | "or" | "not" | undefined {
  const [, word] = /^(?:(and|or)(?=[\s(]|$)|not(?=\s))/i.exec(text.slice(at, at + 4)) ?? [];
  const found = word?.toLowerCase();
  return found === "and" || found === "or" ? found : /^not\s/i.test(text.slice(at, at + 4)) ? "not" : undefined;
}

/** Reads the literal at an offset: quoted, or unquoted with inner white space. */
export function readLiteral(text: string, at: number): { readonly literal: Literal; readonly end: number } | undefined {
  return text[at] === '"' ? readQuoted(text, at) : readUnquoted(text, at);
}

/** Escapes are `\\`, `\"`, white space and `\uXXXX`; any other backslash is an ordinary character. */
function readQuoted(text: string, start: number): { readonly literal: Literal; readonly end: number } {
  let value = "";
  let at = start + 1;
  while (at < text.length) {
    const character = text[at] ?? "";
    if (character === '"') {
      return { literal: { parts: value === "" ? [] : [value], quoted: true, at: start }, end: at + 1 };
    }
    const escaped = character === "\\" ? escapeAt(text, at, '\\"') : undefined;
    value += escaped?.value ?? character;
    at += escaped?.length ?? 1;
  }
  throw new ParseFailure('expected " to end the text that begins here, found the end of the query', start);
}

function readUnquoted(text: string, start: number): { readonly literal: Literal; readonly end: number } | undefined {
  const parts: (string | typeof star)[] = [];
  let at = start;
  let end = 0;
  let value = "";
  // White space belongs to the value within it but not at its end.
  let pending = "";
  const flush = () => {
    if (value !== "") {
      parts.push(value);
    }
    value = "";
  };
  while (at < text.length) {
    const character = text[at] ?? "";
    if (space.test(character)) {
      const after = skipSpace(text, at);
      if (keywordAt(text, after) !== undefined || after === text.length) {
        break;
      }
      pending += text.slice(at, after);
      at = after;
      continue;
    }
    if (character === "*") {
      value += pending;
      flush();
      parts.push(star);
      at++;
    } else if (character === "\\") {
      const escaped = escapeAt(text, at, special) ?? escapedKeyword(text, at);
      if (escaped === undefined) {
        throw new ParseFailure(
          `expected one of \\ ( ) : < > " * { }, a keyword, t, r, n or uXXXX after "\\", found ${describeAt(text, at + 1)}`,
          at,
          { remedy: "Write the value in double quotes, or double the backslash." },
        );
      }
      value += pending + escaped.value;
      at += escaped.length;
    } else if (special.has(character)) {
      break;
    } else {
      value += pending + character;
      at++;
    }
    pending = "";
    end = at;
  }
  flush();
  return end === 0 ? undefined : { literal: { parts, quoted: false, at: start }, end: end };
}

function escapeAt(
  text: string,
  at: number,
  own: string | ReadonlySet<string>,
): { readonly value: string; readonly length: number } | undefined {
  const next = text[at + 1] ?? "";
  const white = whiteSpace.get(next);
  if (white !== undefined) {
    return { value: white, length: 2 };
  }
  const [, digits] = /^u([0-9a-fA-F]{4})$/.exec(text.slice(at + 1, at + 6)) ?? [];
  if (digits !== undefined) {
    return { value: String.fromCharCode(Number.parseInt(digits, 16)), length: 6 };
  }
  const escapes = typeof own === "string" ? own.includes(next) : own.has(next);
  return next !== "" && escapes ? { value: next, length: 2 } : undefined;
}

function escapedKeyword(text: string, at: number): { readonly value: string; readonly length: number } | undefined {
  const [word] = /^(?:and|or|not)/i.exec(text.slice(at + 1, at + 4)) ?? [];
  return word === undefined ? undefined : { value: word, length: word.length + 1 };
}

export function describeAt(text: string, at: number): string {
  const rest = text.slice(skipSpace(text, at));
  if (rest === "") {
    return "the end of the query";
  }
  const [word = rest[0]] = /^[^\s():<>"*{}\\]{1,30}/.exec(rest) ?? [];
  return `"${word}"`;
}
