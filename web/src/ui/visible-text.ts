/** A part of a text: as it is, or a character that is invisible or reorders the rest. */
export interface TextPart {
  readonly kind: "plain" | "invisible";
  readonly text: string;
}

// Control, format and bidirectional characters, unusual spaces, private use: anything that can hide or reorder text.
const hidden = /\p{Cc}|\p{Cf}|\p{Co}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|[\u115f\u1160\u3164\uffa0\ufffc]|\u034f|\u17b4|\u17b5/u;

/** Splits hostile text so that invisible and bidirectional characters can be shown as `U+202E`. */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let plain = "";
  for (const character of text) {
    if (!hidden.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== "") {
      parts.push({ kind: "plain", text: plain });
      plain = "";
    }
    const code = character.codePointAt(0) ?? 0;
    parts.push({ kind: "invisible", text: `U+${code.toString(16).toUpperCase().padStart(4, "0")}` });
  }
  return plain === "" ? parts : [...parts, { kind: "plain", text: plain }];
}

/** The same as plain text for canvas and titles: invisible characters as `⟨U+202E⟩`. */
export function visibleString(text: string): string {
  return visibleParts(text)
    .map((part) => (part.kind === "plain" ? part.text : `⟨${part.text}⟩`))
    .join("");
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
