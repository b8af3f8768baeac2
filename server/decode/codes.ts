import type { Blob } from "./base64.ts";
import { isAlphanumeric, isBlank, isDigit, isLineEnd } from "./characters.ts";

const SHORTEST = 8;

/**
 * Lists of decimal numbers that are character codes or bytes: `73,69,88`. Only in a text that turns numbers into
 * characters somewhere, because lists of numbers are common.
 */
export function* codeBlobs(text: string): Generator<Blob> {
  if (!/\[(?:system\.)?(?:char|byte)|charcode|chrw?\(|getstring/i.test(text)) {
    return;
  }
  for (let at = 0; at < text.length; ) {
    if (!isDigit(text.charCodeAt(at)) || isAlphanumeric(text.charCodeAt(at - 1))) {
      at += 1;
      continue;
    }
    const { codes, end } = readCodes(text, at);
    if (codes.length >= SHORTEST && !isSequence(codes)) {
      yield { step: "character-codes", certainty: "hinted", bytes: Uint8Array.from(codes) };
    }
    at = end;
  }
}

/** Numbers up to 255 that the same separator divides, and blanks. */
function readCodes(text: string, start: number): { readonly codes: readonly number[]; readonly end: number } {
  const codes: number[] = [];
  let at = start;
  let end = start;
  let separator: string | undefined;
  for (;;) {
    let code = 0;
    const first = at;
    while (isDigit(text.charCodeAt(at))) {
      code = Math.min(code * 10 + text.charCodeAt(at) - 0x30, 256);
      at += 1;
    }
    if (at === first) {
      return { codes, end };
    }
    end = at;
    if (code > 255) {
      return { codes, end };
    }
    codes.push(code);
    at = afterBlanks(text, at);
    const mark = isDigit(text.charCodeAt(at)) ? " " : text.charAt(at);
    separator ??= mark;
    if (mark !== separator || at === text.length) {
      return { codes, end };
    }
    at = afterBlanks(text, mark === " " ? at : at + 1);
  }
}

function afterBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text.charCodeAt(at)) || isLineEnd(text.charCodeAt(at))) {
    at += 1;
  }
  return at;
}

/** Counting up or down is no text. */
function isSequence(codes: readonly number[]): boolean {
  const step = (codes[1] ?? 0) - (codes[0] ?? 0);
  return codes.every((code, index) => index === 0 || code - (codes[index - 1] ?? 0) === step);
}
