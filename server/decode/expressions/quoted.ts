import { isLetter, isLineEnd } from "../characters.ts";
import type { Token } from "./token.ts";

type Text = Token & { readonly kind: "text" };

/** How a text spells quotes within quotes. */
export interface Quoting {
  /** `\"` is a quote, as on a command line. */
  readonly backslash: boolean;
}

const escapes: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A text in single quotes from `start` on, in which a doubled quote is one. `undefined`: it does not end. */
export function singleQuoted(text: string, start: number): Text | undefined {
  let value = "";
  for (let from = start + 1; ; ) {
    const quote = text.indexOf("'", from);
    if (quote < 0) {
      return undefined;
    }
    value += text.slice(from, quote);
    if (text.charAt(quote + 1) !== "'") {
      return { kind: "text", start, end: quote + 1, value, isConstant: true, hasBackticks: false };
    }
    value += "'";
    from = quote + 2;
  }
}

/** A text in double quotes from `start` on, with the escapes of PowerShell. `undefined`: it does not end. */
export function doubleQuoted(text: string, start: number, { backslash }: Quoting): Text | undefined {
  let value = "";
  let isConstant = true;
  let hasBackticks = false;
  let from = start + 1;
  for (let at = from; at < text.length; ) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === "`") {
      const known = escapes[next];
      value += text.slice(from, at) + (known ?? next);
      hasBackticks ||= known === undefined && isLetter(next.charCodeAt(0)) && isLetter(text.charCodeAt(at - 1));
      at += 2;
      from = at;
    } else if ((character === '"' && next === '"') || (backslash && character === "\\" && next === '"')) {
      value += `${text.slice(from, at)}"`;
      at += 2;
      from = at;
    } else if (character === '"') {
      value += text.slice(from, at);
      return { kind: "text", start, end: at + 1, value, isConstant, hasBackticks };
    } else {
      isConstant &&= character !== "$" || !/[\w({:]/.test(next);
      at += 1;
    }
  }
  return undefined;
}

/** A text between `@'` and `'@` at the start of a line, or with double quotes. */
export function hereString(text: string, start: number): Text | undefined {
  const quote = text.charAt(start + 1);
  let first = start + 2;
  while (isLineEnd(text.charCodeAt(first))) {
    first += 1;
  }
  const end = first === start + 2 ? -1 : text.indexOf(`\n${quote}@`, first - 1);
  if (end < 0) {
    return undefined;
  }
  const value = text.slice(first, Math.max(first, end));
  return { kind: "text", start, end: end + 3, value, isConstant: quote === "'", hasBackticks: false };
}
