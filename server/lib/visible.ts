/**
 * Log values are hostile: escape sequences, control characters, bidirectional overrides and characters that nobody sees
 * must not act on a terminal, and must not hide text from a reader. They are printed as `\u{…}`.
 */
export function visible(text: string): string {
  return text.replace(hidden, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Control, format and private characters, half surrogate pairs, line separators, and what fonts do not show. */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
