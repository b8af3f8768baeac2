/** A part of a text: as it is, or a character that is invisible or reorders the rest. */
export interface TextPart {
  readonly kind: "plain" | "invisible";
  readonly text: string;
}

/**
 * Format, private and control characters, half surrogate pairs, and what fonts do not show: anything that can hide or
 * reorder text. A variation selector after an emoji only chooses how that is drawn.
 */
const UNSEEN =
  "\\p{Cf}|\\p{Co}|\\p{Cs}|\\p{Zl}|\\p{Zp}|\\ufffc|" +
  "(?!(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f])\\p{Default_Ignorable_Code_Point}";
/** Of values: line breaks, and spaces that look like another one. */
const hiddenInValues = new RegExp(`${UNSEEN}|\\p{Cc}|(?! )\\p{Zs}`, "gu");
/** Of any text on a page: our own have line breaks and no-break spaces. */
const hiddenInTexts = new RegExp(`${UNSEEN}|(?![\\t\\n\\r])\\p{Cc}`, "gu");

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A text of a page with what hides or reorders it as `⟨U+202E⟩`; line breaks, tabs and all spaces stay. */
export function withoutHidden(text: string): string {
  return text.replace(hiddenInTexts, (character) => `⟨${codePoint(character)}⟩`);
}

/** Splits hostile text so that invisible and bidirectional characters can be shown as `U+202E`. */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(hiddenInValues)) {
    if (match.index > end) {
      parts.push({ kind: "plain", text: text.slice(end, match.index) });
    }
    parts.push({ kind: "invisible", text: codePoint(match[0]) });
    end = match.index + match[0].length;
  }
  return end === text.length ? parts : [...parts, { kind: "plain", text: text.slice(end) }];
}

/** The same as plain text for canvas and titles: invisible characters as `⟨U+202E⟩`. */
export function visibleString(text: string): string {
  return visibleParts(text)
    .map((part) => (part.kind === "plain" ? part.text : `⟨${part.text}⟩`))
    .join("");
}

/** A value with what hides or reorders it in the escapes of a query language; `write` gets the code point in hex. */
export function escapeHidden(value: string, write: (hex: string) => string): string {
  return value.replace(hiddenInValues, (character) => write((character.codePointAt(0) ?? 0).toString(16)));
}

/** Shortens in the middle, so that both the program and its last argument stay readable. */
export function middleEllipsis(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  const head = Math.ceil((length - 1) * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}

/** A part of a long text around the first of the fragments, ignoring case; its beginning if none is in it. */
export function excerpt(text: string, fragments: readonly string[], length: number): string {
  const lower = text.toLowerCase();
  const places = fragments.map((fragment) => lower.indexOf(fragment.toLowerCase())).filter((at) => at >= 0);
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = text.length <= length ? 0 : Math.max(0, Math.min(first - Math.floor(length / 4), text.length - length));
  const part = text.slice(from, from + length);
  return `${from > 0 ? "…" : ""}${part}${from + length < text.length ? "…" : ""}`;
}

/** A character that stands for itself when edited: see `toEditable`. */
const escaped = /⟨U\+([\dA-F]{4,6})⟩/g;

/**
 * A value as text to edit: what hides or reorders it is written `⟨U+202E⟩`, and a `⟨` that would read like that is
 * written `⟨U+27E8⟩`. Line breaks stay where `lines` says that a field has several.
 */
export function toEditable(value: string, { lines = false }: { readonly lines?: boolean } = {}): string {
  return value
    .replace(escaped, (text) => `⟨U+27E8⟩${text.slice(1)}`)
    .replace(hiddenInValues, (character) => (lines && character === "\n" ? character : `⟨${codePoint(character)}⟩`));
}

/** The value that was edited as such a text. */
export function fromEditable(text: string): string {
  return text.replace(escaped, (all, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
