import { ParseFailure } from "../source.ts";

export type Token =
  /** A dotted path; `plain` is its text if it is one segment without backquotes: possibly a keyword or a function. */
  | {
      readonly kind: "name";
      readonly path: string;
      readonly plain: string | undefined;
      /** Whether `~` follows directly. */
      readonly tilde: boolean;
      readonly at: number;
    }
  | { readonly kind: "string"; readonly value: string; readonly at: number }
  | { readonly kind: "number"; readonly value: number; readonly decimal: boolean; readonly at: number }
  /** Digits followed by letters, such as the time span `5m`. */
  | { readonly kind: "quantity"; readonly text: string; readonly at: number }
  | { readonly kind: "symbol"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly at: number };

const blank = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const identifier = /[\p{L}_@][\p{L}\p{Nd}_]*/uy;
const quotedIdentifier = /`((?:[^`]|``)+)`/y;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const raw = /"""([^\r\n]*?"{0,2})"""(?!")/y;
const symbol = /==|!=|<=|>=|[=<>:+\-*/%()[\],|!?]/y;

/** Splits an EQL text into tokens; offsets are UTF-16 indexes. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  };
  for (;;) {
    match(blank);
    const start = at;
    const character = text[start];
    if (character === undefined) {
      tokens.push({ kind: "end", at: start });
      return tokens;
    }
    if (text.startsWith("/*", start)) {
      throw new ParseFailure('expected "*/" to end the comment that begins here, found the end of the query', start);
    }
    const path = readPath(text, match, () => at);
    if (path !== undefined) {
      const tilde = text[at] === "~";
      at += tilde ? 1 : 0;
      tokens.push({ kind: "name", ...path, tilde, at: start });
      continue;
    }
    if (character === '"') {
      const found = text.startsWith('"""', start) ? match(raw) : undefined;
      if (found !== undefined) {
        tokens.push({ kind: "string", value: found[1] ?? "", at: start });
      } else if (text.startsWith('"""', start)) {
        throw new ParseFailure('expected """ to end the raw string that begins here, found the end of the line', start);
      } else {
        const string = readString(text, start);
        at = string.end;
        tokens.push({ kind: "string", value: string.value, at: start });
      }
      continue;
    }
    const digits = match(number);
    if (digits !== undefined) {
      const next = match(identifier);
      tokens.push(
        next === undefined
          ? { kind: "number", value: Number(digits[0]), decimal: /[.eE]/.test(digits[0]), at: start }
          : { kind: "quantity", text: `${digits[0]}${next[0]}`, at: start },
      );
      continue;
    }
    const found = match(symbol);
    if (found === undefined) {
      throw unexpected(character, start);
    }
    tokens.push({ kind: "symbol", text: found[0], at: start });
  }
}

function unexpected(character: string, at: number): ParseFailure {
  switch (character) {
    case "'":
      return new ParseFailure("expected a value, found ' : strings are written in double quotes", at, {
        remedy: 'write "…"',
      });
    case "`":
      return new ParseFailure("expected ` to end the field name that begins here, found the end of the query", at);
    default:
      return new ParseFailure(`expected a name, a value or an operator, found "${character}"`, at);
  }
}

function readPath(
  text: string,
  match: (pattern: RegExp) => RegExpExecArray | undefined,
  position: () => number,
): { readonly path: string; readonly plain: string | undefined } | undefined {
  const segment = (): { readonly text: string; readonly quoted: boolean } | undefined => {
    const plain = match(identifier);
    if (plain !== undefined) {
      return { text: plain[0], quoted: false };
    }
    const quoted = match(quotedIdentifier)?.[1];
    return quoted === undefined ? undefined : { text: quoted.replaceAll("``", "`"), quoted: true };
  };
  const first = segment();
  if (first === undefined) {
    return undefined;
  }
  const segments = [first.text];
  while (text[position()] === "." && /[\p{L}_@`]/u.test(text.slice(position() + 1, position() + 3))) {
    match(/\./y);
    const next = segment();
    if (next === undefined) {
      throw new ParseFailure('expected a name after "."', position());
    }
    segments.push(next.text);
  }
  return { path: segments.join("."), plain: segments.length === 1 && !first.quoted ? first.text : undefined };
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  '"': '"',
  // Documented as illegal, but used by published rules.
  "'": "'",
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
};

function readString(text: string, start: number): { readonly value: string; readonly end: number } {
  let value = "";
  for (let at = start + 1; ; at++) {
    const character = text[at];
    if (character === undefined || character === "\n" || character === "\r") {
      const found = character === undefined ? "the end of the query" : "the end of the line";
      throw new ParseFailure(`expected " to end the string that begins here, found ${found}`, start);
    }
    if (character === '"') {
      return { value, end: at + 1 };
    }
    if (character !== "\\") {
      value += character;
      continue;
    }
    const next = text[at + 1] ?? "";
    const plain = escapes[next];
    const [whole, hex] = /^\\u\{([0-9a-fA-F]{2,8})\}/.exec(text.slice(at, at + 12)) ?? [];
    if (plain !== undefined) {
      value += plain;
      at += 1;
    } else if (whole !== undefined && hex !== undefined && Number.parseInt(hex, 16) <= 0x10ffff) {
      value += String.fromCodePoint(Number.parseInt(hex, 16));
      at += whole.length - 1;
    } else {
      throw new ParseFailure(`expected one of \\\\ \\" \\n \\r \\t \\b \\f \\u{…}, found "\\${next}"`, at, {
        remedy: 'write "\\\\" for a backslash, or use a raw string """…"""',
      });
    }
  }
}

/** Describes a token for a message: "found …". */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "the end of the query";
    case "string":
      return `the string ${JSON.stringify(token.value.length > 40 ? `${token.value.slice(0, 40)}…` : token.value)}`;
    case "number":
      return `the number ${token.value}`;
    case "name":
      return `"${token.path}${token.tilde ? "~" : ""}"`;
    case "symbol":
    case "quantity":
      return `"${token.text}"`;
  }
}
