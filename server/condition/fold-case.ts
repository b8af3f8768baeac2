/**
 * The simple case folding of Unicode, code point by code point. It never changes the number of code points and does not
 * depend on neighbours (a Greek final sigma folds like any sigma), so a prefix of a text folds to a prefix of the
 * folded text: wildcards and predicate pushdown rely on that. The dotless i stays as it is, as outside of Turkic
 * locales. Windows file names and Elasticsearch agree wherever they ignore case.
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

/** From this length on the last result is remembered, as several tests in a row fold the same value. UTF-16 units. */
const LONG = 128;
let lastLong = "";
let lastFolded = "";

function fold(text: string): string {
  return isAscii(text) ? text.toLowerCase() : foldUnicode(text);
}

/** ASCII takes one byte per unit in UTF-8; `byteLength` is vectorized and faster than a regular expression. */
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
