/**
 * Text without regard to case: the simple case folding of Unicode, code point by code point. So folding never changes the
 * number of code points, does not depend on neighbours (a Greek final sigma folds like any sigma) and a prefix of a text
 * folds to a prefix of the folded text, which wildcards and the store's narrowing rely on. The dotless i stays itself, as
 * outside of Turkic locales. Windows file names and Elasticsearch agree with this wherever they fold at all.
 */
export function foldCase(text: string): string {
  return ascii.test(text) ? text.toLowerCase() : foldUnicode(text);
}

const ascii = /^[\0-\x7f]*$/;

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
