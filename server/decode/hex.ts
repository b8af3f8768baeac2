import type { Blob } from "./base64.ts";
import type { Certainty } from "./bytes-text.ts";
import { isAlphanumeric, isDigit, isHexDigit } from "./characters.ts";

/** Hexadecimal digits without a separator below which a run is an identifier or a number. */
const SHORTEST_RUN = 24;
/** Bytes below which a list is an address or a short array. */
const SHORTEST_LIST = 12;
const SHORTEST_ESCAPED = 4;

/** Runs of hexadecimal digits: `77686f616d69…`, `\x77\x68`, `\u0077\u0068`, `0x77,0x68`, `%77%68`, `77-68-6f`. */
export function* hexBlobs(text: string): Generator<Blob> {
  const hinted = /hex|xxd|unescape/i.test(text);
  for (let at = 0; at < text.length; ) {
    if (!mayBegin(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const list = readList(text, at);
    if (list !== undefined) {
      const isMarked = list.mark !== "";
      const shortest = isMarked ? SHORTEST_ESCAPED : SHORTEST_LIST;
      if (list.digits.length >= shortest * 2) {
        yield blob(list.digits, isMarked || hinted ? "hinted" : "guessed");
      }
      at = list.end;
      continue;
    }
    const end = endOfHex(text, at);
    if (end === at) {
      at += 1;
      continue;
    }
    const isAlone = !isAlphanumeric(text.charCodeAt(at - 1)) && !isAlphanumeric(text.charCodeAt(end));
    const isPrefixed = /[xX]/.test(text.charAt(at - 1)) && text.charAt(at - 2) === "0";
    const length = end - at;
    if (length % 2 === 0 && length >= SHORTEST_RUN && (isAlone || isPrefixed)) {
      const digits = text.slice(at, end);
      // A number of decimal digits is a number, unless something speaks of hexadecimal ones.
      if (hinted || isPrefixed || /[a-f]/i.test(digits)) {
        yield blob(digits, "hinted");
      }
    }
    const isMark = length === 1 && /[xX]/.test(text.charAt(end));
    at = isAlone || isPrefixed ? end : isMark ? end + 1 : endOfWord(text, end);
  }
}

/** A hexadecimal digit, a backslash or a percent sign. */
function mayBegin(code: number): boolean {
  return isHexDigit(code) || code === 0x5c || code === 0x25;
}

function blob(digits: string, certainty: Certainty): Blob {
  return { step: "hex", certainty, bytes: Buffer.from(digits, "hex") };
}

function endOfHex(text: string, start: number): number {
  let end = start;
  while (isHexDigit(text.charCodeAt(end))) {
    end += 1;
  }
  return end;
}

function endOfWord(text: string, start: number): number {
  let end = start;
  while (isAlphanumeric(text.charCodeAt(end))) {
    end += 1;
  }
  return end;
}

interface HexList {
  readonly digits: string;
  readonly mark: string;
  readonly end: number;
}

/** Pairs of digits that each have the same mark, or that the same character separates. */
function readList(text: string, start: number): HexList | undefined {
  const mark = markAt(text, start);
  if (mark === "" && (!isPair(text, start) || isAlphanumeric(text.charCodeAt(start - 1)))) {
    return undefined;
  }
  let at = start + mark.length;
  let digits = "";
  let separator: string | undefined;
  for (;;) {
    if (!isPair(text, at) || isHexDigit(text.charCodeAt(at + 2))) {
      break;
    }
    digits += text.slice(at, at + 2);
    at += 2;
    const gap = separatorAt(text, at, mark);
    separator ??= gap;
    const next = at + gap.length;
    if (gap !== separator || (mark === "" ? gap === "" : text.slice(next, next + mark.length) !== mark)) {
      break;
    }
    at = next + mark.length;
  }
  return digits.length < 4 ? undefined : { digits, mark, end: at };
}

function isPair(text: string, at: number): boolean {
  return isHexDigit(text.charCodeAt(at)) && isHexDigit(text.charCodeAt(at + 1));
}

function markAt(text: string, at: number): string {
  const first = text.charAt(at);
  if (first === "%") {
    return isPair(text, at + 1) ? "%" : "";
  }
  const isMark = first === "\\" || (first === "0" && !isDigit(text.charCodeAt(at - 1)));
  if (first === "\\" && text.slice(at, at + 4) === "\\u00") {
    return "\\u00";
  }
  return isMark && /[xX]/.test(text.charAt(at + 1)) ? text.slice(at, at + 2) : "";
}

/** What stands between two pairs: nothing, or one separator with a blank after it. */
function separatorAt(text: string, at: number, mark: string): string {
  const character = text.charAt(at);
  if (!(mark === "" ? "-: ,;" : ", ;").includes(character) || character === "") {
    return "";
  }
  return text.charAt(at + 1) === " " && character !== " " ? `${character} ` : character;
}
