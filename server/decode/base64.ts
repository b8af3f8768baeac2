import type { Certainty } from "./bytes-text.ts";
import { isAlphanumeric, isBase64, isBlank, isDash, isLineEnd, isQuote, isWord } from "./characters.ts";

/** Bytes that a part of a text stands for. */
export interface Blob {
  readonly step: "base64" | "hex" | "character-codes";
  readonly certainty: Certainty;
  readonly bytes: Uint8Array;
}

const SHORTEST: Readonly<Record<Certainty, number>> = { command: 6, named: 3, hinted: 8, guessed: 16 };
/** Lines of wrapped base64 are at least so long; most tools wrap after 64 or 76 characters. */
const SHORTEST_LINE = 48;

/** What an option that takes base64 begins with, or a function that decodes it has in its name. */
const mayName = /[-/\u2013-\u2015]["'^`]{0,3}e|b64|decode64|atob/i;

/** The runs of base64 in a text that are long enough for how sure it is that they are some. */
export function* base64Blobs(text: string): Generator<Blob> {
  const hint = /base64|certutil|openssl/i.test(text);
  const least = hint || mayName.test(text) ? SHORTEST.named : SHORTEST.guessed;
  for (let at = 0; at < text.length; ) {
    if (!isBase64(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const run = readRun(text, at);
    const certainty = run.digits.length < least ? "guessed" : certaintyOf(text, at, run.end, hint);
    const isFree = certainty === "command" || certainty === "named" || !isPartOfToken(text, at, run.end);
    if (run.digits.length >= SHORTEST[certainty] && isFree) {
      yield { step: "base64", certainty, bytes: Buffer.from(run.digits, "base64") };
    }
    at = run.end;
  }
}

/** A run of base64 with its padding, over several lines if they are wrapped. */
function readRun(text: string, start: number): { readonly digits: string; readonly end: number } {
  let end = endOfDigits(text, start);
  let digits = text.slice(start, end);
  for (let line = digits.length; line >= SHORTEST_LINE && line % 4 === 0; ) {
    const next = startOfNextLine(text, end);
    if (next === undefined) {
      break;
    }
    end = endOfDigits(text, next);
    line = end - next;
    digits += text.slice(next, end);
  }
  while (text.charAt(end) === "=") {
    end += 1;
  }
  return { digits, end };
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && isBase64(text.charCodeAt(end))) {
    end += 1;
  }
  return end;
}

function startOfNextLine(text: string, end: number): number | undefined {
  let at = end;
  while (isLineEnd(text.charCodeAt(at))) {
    at += 1;
  }
  if (at === end) {
    return undefined;
  }
  while (isBlank(text.charCodeAt(at))) {
    at += 1;
  }
  return isBase64(text.charCodeAt(at)) ? at : undefined;
}

/** Part of a web token (JWT) or of a word in another alphabet: not encoded to hide something. */
function isPartOfToken(text: string, start: number, end: number): boolean {
  const before = text.charAt(start - 1);
  const after = text.charAt(end);
  return (
    before === "." || after === "." || before === "_" || after === "_" || (before === "-" && !isOption(text, start))
  );
}

/** Whether a hyphen begins a word, as in `-SQBFAFgA`, instead of being within one. */
function isOption(text: string, start: number): boolean {
  return !isAlphanumeric(text.charCodeAt(start - 2));
}

function certaintyOf(text: string, start: number, end: number, hint: boolean): Certainty {
  if (isEncodedCommand(text, start)) {
    return "command";
  }
  if (isDecoderCall(text, start)) {
    return "named";
  }
  const isWhole = isQuote(text.charCodeAt(start - 1)) && isQuote(text.charCodeAt(end));
  return hint && (isWhole || text.charAt(end - 1) === "=" || isEchoed(text, start)) ? "hinted" : "guessed";
}

/** Characters before a run in which an option or a call is looked for. */
const LOOK_BEHIND = 48;

/**
 * Whether a run is the value of PowerShell's option `EncodedCommand` or `EncodedArguments`, in any abbreviation, after
 * any dash or a slash. Carets, backticks and quotes within the option do not count.
 */
function isEncodedCommand(text: string, start: number): boolean {
  let at = start - 1;
  while (at >= start - LOOK_BEHIND && (isBlank(text.charCodeAt(at)) || /["'\\:=]/.test(text.charAt(at)))) {
    at -= 1;
  }
  if (at === start - 1) {
    return false;
  }
  const end = at + 1;
  while (at >= end - LOOK_BEHIND && at >= 0 && !isDash(text.charCodeAt(at)) && !isBlank(text.charCodeAt(at))) {
    at -= 1;
  }
  const before = text.charCodeAt(at - 1);
  const isFirst = at === 0 || isBlank(before) || isLineEnd(before) || /["'^`]/.test(text.charAt(at - 1));
  return isDash(text.charCodeAt(at)) && isFirst && isEncodedOption(text.slice(at + 1, end));
}

function isEncodedOption(option: string): boolean {
  const name = option.replace(/[\^`"']/g, "").toLowerCase();
  return (
    name === "ec" ||
    name === "ea" ||
    (name !== "" && ("encodedcommand".startsWith(name) || "encodedarguments".startsWith(name)))
  );
}

const decoders = ["frombase64string", "b64decode", "base64_decode", "atob", "decode64", "standard_b64decode"];

/** Whether a run is the argument of a function that decodes base64. */
function isDecoderCall(text: string, start: number): boolean {
  let at = start - 1;
  while (at >= start - 8 && (isQuote(text.charCodeAt(at)) || /[\s\\b]/.test(text.charAt(at)))) {
    at -= 1;
  }
  if (text.charAt(at) !== "(") {
    return false;
  }
  let end = at;
  while (/[\s"']/.test(text.charAt(end - 1)) && end > at - 4) {
    end -= 1;
  }
  let begin = end;
  while (begin > end - LOOK_BEHIND && isWord(text.charCodeAt(begin - 1))) {
    begin -= 1;
  }
  return decoders.includes(text.slice(begin, end).toLowerCase());
}

/** Whether a run is what a shell prints, usually for another program to decode. */
function isEchoed(text: string, start: number): boolean {
  return /(?:echo|printf|<<<)[\s,]{0,4}(?:-\w{1,3}\s{1,4})?["']?$/i.test(text.slice(Math.max(0, start - 24), start));
}
