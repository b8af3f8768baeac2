/**
 * Log values are hostile: escape sequences, control characters, bidirectional overrides and characters that nobody sees
 * must not act on a terminal, and must not hide text from a reader. They are printed as `\u{…}`.
 */
export function visible(text: string): string {
  return withHidden(text, (codePoint) => `\\u{${codePoint.toString(16)}}`);
}

/** Replaces what `visible` makes visible. `lines`: line breaks and tabs are part of the text and stay. */
export function withHidden(
  text: string,
  write: (codePoint: number) => string,
  { lines = false }: { readonly lines?: boolean } = {},
): string {
  return text.replace(hidden, (character) =>
    lines && (character === "\n" || character === "\t") ? character : write(character.codePointAt(0) ?? 0),
  );
}

/**
 * Control, format and private characters, half surrogate pairs, line separators, what fonts do not show, and blanks
 * that look like a space.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;
