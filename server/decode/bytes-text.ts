import type { DecodingStep } from "#contracts/decoding";

/**
 * How sure it is from the surroundings that bytes are encoded text. `command`: an option says so that may be that of
 * PowerShell, which takes UTF-16LE only; `named`: a function call says so; `hinted`: the text mentions the encoding;
 * `guessed`: nothing does, so the bytes must speak for themselves.
 */
export type Certainty = "command" | "named" | "hinted" | "guessed";

export interface BytesText {
  readonly step: Extract<DecodingStep, "utf-16le" | "utf-8">;
  readonly text: string;
}

/** Bytes below which a guess needs words, not only printable characters: chance produces these easily. */
const SHORT_GUESS = 18;
/** The share of characters beyond ASCII that a named UTF-16 text may have; random bytes are nearly all beyond it. */
const MOST_FOREIGN = 0.4;

/** The text that bytes are, in UTF-16LE or UTF-8; `undefined` if they are more likely something else. */
export function textOfBytes(bytes: Uint8Array, certainty: Certainty): BytesText | undefined {
  return utf16Text(bytes, certainty) ?? utf8Text(bytes, certainty === "command" ? "guessed" : certainty);
}

function utf16Text(bytes: Uint8Array, certainty: Certainty): BytesText | undefined {
  const start = bytes[0] === 0xff && bytes[1] === 0xfe ? 2 : 0;
  const units = Math.floor((bytes.length - start) / 2);
  if (units < 2) {
    return undefined;
  }
  let foreign = 0;
  let control = 0;
  for (let at = start; at + 1 < bytes.length; at += 2) {
    const low = bytes[at] ?? 0;
    const isAscii = bytes[at + 1] === 0 && low < 0x80;
    foreign += isAscii ? 0 : 1;
    control += isAscii && !isPrintable(low) ? 1 : 0;
  }
  if (control > mostControl(units, certainty) || foreign > units * (isSure(certainty) ? MOST_FOREIGN : 0.1)) {
    return undefined;
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, units * 2).toString("utf16le");
  return foreign > 0 && !isReadable(text) ? undefined : { step: "utf-16le", text };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function utf8Text(bytes: Uint8Array, certainty: Certainty): BytesText | undefined {
  // A zero byte at the end terminates a string of C; one anywhere else is no text.
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  let foreign = 0;
  let control = 0;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] ?? 0;
    foreign += byte < 0x80 ? 0 : 1;
    control += byte < 0x80 && !isPrintable(byte) ? 1 : 0;
  }
  if (end < 2 || control > mostControl(end, certainty)) {
    return undefined;
  }
  if (foreign > 0 && certainty !== "named" && end < SHORT_GUESS) {
    return undefined;
  }
  const text = decodeUtf8(bytes.subarray(0, end));
  const needsWords = certainty !== "named" && end < SHORT_GUESS;
  return text === undefined || (foreign > 0 && !isReadable(text)) || (needsWords && !hasWords(text))
    ? undefined
    : { step: "utf-8", text };
}

/** Text that ends within a character was cut there: the rest of it counts. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  for (let missing = 0; missing < 4 && missing < bytes.length; missing++) {
    try {
      return utf8.decode(bytes.subarray(0, bytes.length - missing));
    } catch {
      if ((bytes[bytes.length - 1 - missing] ?? 0) < 0x80) {
        return undefined;
      }
    }
  }
  return undefined;
}

/** A printable ASCII character, a tab or the end of a line. */
function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function isSure(certainty: Certainty): boolean {
  return certainty === "command" || certainty === "named";
}

/** A named script may have a few, such as the ones that set colours. */
function mostControl(length: number, certainty: Certainty): number {
  return isSure(certainty) ? length / 50 : 0;
}

/** No halves of characters, and none that no script has. */
function isReadable(text: string): boolean {
  return text.isWellFormed() && !/[\u0080-\u009f\p{Cn}\p{Co}]/u.test(text);
}

/** Whether a text is mostly letters, digits and blanks, and has a word of at least three letters. */
export function hasWords(text: string): boolean {
  let plain = 0;
  let letters = 0;
  let longest = 0;
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
    run = isLetter ? run + 1 : 0;
    longest = Math.max(longest, run);
    letters += isLetter ? 1 : 0;
    plain += isLetter || code === 0x20 || code === 0x0a || code === 0x0d || (code >= 0x30 && code <= 0x39) ? 1 : 0;
  }
  return longest >= 3 && letters * 2 >= text.length && plain >= text.length * 0.7;
}
