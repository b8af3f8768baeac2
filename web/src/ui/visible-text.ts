/** A stretch of text: as it is, or a character that a person would not see or that would reorder the rest. */
export interface TextPart {
  readonly kind: "plain" | "invisible";
  readonly text: string;
}

// Controls, format and bidirectional characters, odd blanks, private use: all that can hide or reorder a command.
const hidden = /\p{Cc}|\p{Cf}|\p{Co}|\p{Zl}|\p{Zp}|(?! )\p{Zs}|[\u115f\u1160\u3164\uffa0\ufffc]|\u034f|\u17b4|\u17b5/u;

/** Cuts hostile text so that invisible and bidirectional characters can be shown as `U+202E`. */
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

/** The same as one text, for places that cannot carry markup (canvas, titles): invisible characters as `⟨U+202E⟩`. */
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
