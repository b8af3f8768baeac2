import { isDigit, isLetter, isLineEnd, isQuote, isWord } from "../characters.ts";
import { doubleQuoted, hereString, type Quoting, singleQuoted } from "./quoted.ts";
import type { Token } from "./token.ts";

const operators: ReadonlySet<string> = new Set([
  "f",
  "join",
  "replace",
  "creplace",
  "ireplace",
  "split",
  "csplit",
  "isplit",
  "bxor",
  "as",
]);
const closers = ")]}";

/**
 * The tokens of a text that may be PowerShell, JavaScript, VBScript or anything else. Each character is read once, also
 * in a text whose quotes do not match: after a quotation without an end, such quotes are characters like others.
 */
export function tokensOf(text: string, quoting: Quoting): readonly Token[] {
  const scanner = new Scanner(normalized(text), quoting);
  return scanner.tokens;
}

/** PowerShell takes typographic quotes and dashes for plain ones. */
function normalized(text: string): string {
  return /[\u2013-\u2015\u2018-\u201e]/.test(text)
    ? text
        .replace(/[\u2018-\u201b]/g, "'")
        .replace(/[\u201c-\u201e]/g, '"')
        .replace(/[\u2013-\u2015]/g, "-")
    : text;
}

class Scanner {
  readonly tokens: Token[] = [];
  readonly #text: string;
  readonly #quoting: Quoting;
  readonly #hasComments: boolean;
  /** Beginnings of quotations of which one has no end. */
  readonly #open = new Set<string>();

  constructor(text: string, quoting: Quoting) {
    this.#text = text;
    this.#quoting = quoting;
    this.#hasComments = text.includes("\n");
    for (let at = 0; at < text.length; ) {
      at = this.#skip(at) ?? this.#read(at);
    }
  }

  #add(token: Token): number {
    this.tokens.push(token);
    return token.end;
  }

  /** The position after blanks or a comment. */
  #skip(at: number): number | undefined {
    const text = this.#text;
    const character = text.charAt(at);
    if (character === " " || character === "\t" || character === "\r" || character === "\u00a0") {
      return at + 1;
    }
    if (character === "`" && isLineEnd(text.charCodeAt(at + 1))) {
      return text.charAt(at + 1) === "\r" && text.charAt(at + 2) === "\n" ? at + 3 : at + 2;
    }
    if (!this.#hasComments) {
      return undefined;
    }
    if (character === "<" && text.charAt(at + 1) === "#") {
      const end = text.indexOf("#>", at + 2);
      return end < 0 ? text.length : end + 2;
    }
    if (character === "#" && (at === 0 || /[\s;{(]/.test(text.charAt(at - 1)))) {
      const end = text.indexOf("\n", at);
      return end < 0 ? text.length : end;
    }
    return undefined;
  }

  #read(at: number): number {
    const text = this.#text;
    const code = text.charCodeAt(at);
    const character = text.charAt(at);
    if (isQuote(code) || (character === "@" && isQuote(text.charCodeAt(at + 1)))) {
      return this.#quotation(at) ?? this.#sign(at, character);
    }
    if (isDigit(code) || (character === "&" && /[hH][0-9a-fA-F]/.test(text.slice(at + 1, at + 3)))) {
      return this.#number(at);
    }
    if (isWord(code) || (character === "`" && isLetter(text.charCodeAt(at + 1)))) {
      const end = this.#endOfWord(at);
      return this.#add({ kind: "word", start: at, end, name: nameOf(text.slice(at, end)) });
    }
    if (character === "$" && (isWord(text.charCodeAt(at + 1)) || text.charAt(at + 1) === "{")) {
      return this.#variable(at);
    }
    if (character === "-" && isLetter(text.charCodeAt(at + 1))) {
      const end = this.#endOfWord(at + 1);
      const name = nameOf(text.slice(at + 1, end));
      return this.#add({ kind: operators.has(name) ? "operator" : "word", start: at, end, name });
    }
    if (character === "[") {
      return this.#type(at) ?? this.#add({ kind: "open", start: at, end: at + 1, name: "[" });
    }
    if (character === "(" || character === "{") {
      return this.#add({ kind: "open", start: at, end: at + 1, name: character });
    }
    if (closers.includes(character)) {
      return this.#add({ kind: "close", start: at, end: at + 1, name: character as ")" | "]" | "}" });
    }
    const pair = text.slice(at, at + 2);
    return this.#sign(at, pair === ".." || pair === "::" ? pair : character);
  }

  #sign(at: number, name: string): number {
    return this.#add({ kind: "sign", start: at, end: at + name.length, name });
  }

  #quotation(at: number): number | undefined {
    const text = this.#text;
    const character = text.charAt(at);
    const begin = character === "@" ? text.slice(at, at + 2) : character;
    const last = this.tokens.at(-1);
    // An apostrophe within a word.
    if (this.#open.has(begin) || (begin === "'" && last?.end === at && last.kind === "word")) {
      return undefined;
    }
    const token =
      character === "@"
        ? hereString(text, at)
        : character === "'"
          ? singleQuoted(text, at)
          : doubleQuoted(text, at, this.#quoting);
    if (token === undefined) {
      this.#open.add(begin);
      return undefined;
    }
    return this.#add(token);
  }

  #number(at: number): number {
    const text = this.#text;
    const isHex = text.charAt(at) === "&" || (text.charAt(at) === "0" && /x/i.test(text.charAt(at + 1)));
    let end = isHex ? at + 2 : at;
    while (isWord(text.charCodeAt(end))) {
      end += 1;
    }
    const digits = text.slice(at, end);
    const value = digits.length > 15 ? Number.NaN : Number(digits.replace(/^&h/i, "0x"));
    return this.#add(
      Number.isSafeInteger(value)
        ? { kind: "number", start: at, end, value }
        : { kind: "word", start: at, end, name: digits },
    );
  }

  /**
   * Backticks and hyphens belong to a word if they stand before a letter, as in `ForEach-Object`. A backtick before a
   * digit is part of the name of a generic type.
   */
  #endOfWord(start: number): number {
    const text = this.#text;
    let end = start;
    while (isWord(text.charCodeAt(end)) || (/[`-]/.test(text.charAt(end)) && isLetter(text.charCodeAt(end + 1)))) {
      end += 1;
    }
    return end;
  }

  #variable(at: number): number {
    const text = this.#text;
    const isBraced = text.charAt(at + 1) === "{";
    let end = at + (isBraced ? 2 : 1);
    while (isWord(text.charCodeAt(end)) || (text.charAt(end) === ":" && isWord(text.charCodeAt(end + 1)))) {
      end += 1;
    }
    const name = text.slice(at + (isBraced ? 2 : 1), end).toLowerCase();
    return this.#add({ kind: "variable", start: at, end: isBraced && text.charAt(end) === "}" ? end + 1 : end, name });
  }

  #type(at: number): number | undefined {
    const found = type.exec(this.#text.slice(at, at + 64));
    if (found === null) {
      return undefined;
    }
    const [whole, name = "", array] = found;
    return this.#add({
      kind: "type",
      start: at,
      end: at + whole.length,
      name: name.toLowerCase(),
      isArray: array !== undefined,
    });
  }
}

const type =
  /^\[\s{0,4}(?:system\.)?(char|string|int|int16|int32|byte|convert|array|regex)\s{0,4}(\[\s{0,4}\])?\s{0,4}\]/i;

function nameOf(word: string): string {
  return word.replaceAll("`", "").toLowerCase();
}
