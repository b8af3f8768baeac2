/**
 * Text without regard to case: the simple case folding of Unicode, code point by code point. So folding never changes the
 * number of code points, does not depend on neighbours (a Greek final sigma folds like any sigma) and a prefix of a text
 * folds to a prefix of the folded text, which wildcards and the store's narrowing rely on. The dotless i stays itself, as
 * outside of Turkic locales. Windows file names and Elasticsearch agree with this wherever they fold at all.
 */
export function foldCase(text: string): string {
  if (text.length < LONG) {
    return fold(text);
  }
  if (text !== lastLong) {
    lastFolded = fold(text);
    lastLong = text;
  }
  return lastFolded;
}

/** A long value is folded by one test after the other: the last one is remembered. In UTF-16 units. */
const LONG = 128;
let lastLong = "";
let lastFolded = "";

function fold(text: string): string {
  return isAscii(text) ? text.toLowerCase() : foldUnicode(text);
}

/** Only then does each unit take one byte in UTF-8: that is counted many units at a time, an expression looks at each. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

function foldUnicode(text: string): string {
  let folded = "";
  for (const character of text) {
    folded += foldCharacter(character);
  }
  return folded;
}

function foldCharacter(character: string): string {
  if (character === "\u0131") {
    return character;
  }
  const upper = character.toUpperCase();
  const base = isOneCharacter(upper) ? upper : character;
  const lower = base.toLowerCase();
  return isOneCharacter(lower) ? lower : base;
}

function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}
