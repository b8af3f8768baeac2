/** A piece of a comment; `mentioned` if it is the name of a person that the comment mentions. */
export interface TextPart {
  readonly text: string;
  readonly mentioned: boolean;
}

/** Splits a comment at the names that it mentions: `@` and the name, in any case. */
export function mentionParts(text: string, names: readonly string[]): readonly TextPart[] {
  const byLength = names.toSorted((a, b) => b.length - a.length);
  const parts: TextPart[] = [];
  let from = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const rest = text.slice(at + 1);
    const name = byLength.find(
      (one) => rest.toLowerCase().startsWith(one.toLowerCase()) && !/^[\p{L}\p{N}]/u.test(rest.slice(one.length)),
    );
    if (name !== undefined) {
      parts.push(
        { text: text.slice(from, at), mentioned: false },
        { text: text.slice(at, at + 1 + name.length), mentioned: true },
      );
      from = at + 1 + name.length;
    }
  }
  return [...parts, { text: text.slice(from), mentioned: false }].filter((part) => part.text !== "");
}

/** The mention that is being typed before the caret, and the names that it can become. */
export function mentionAt(
  text: string,
  caret: number,
  names: readonly string[],
): { readonly from: number; readonly names: readonly string[] } | undefined {
  const from = text.lastIndexOf("@", caret - 1);
  if (from === -1 || /[\p{L}\p{N}]$/u.test(text.slice(0, from))) {
    return undefined;
  }
  const typed = text.slice(from + 1, caret).toLowerCase();
  const fitting = names.filter((name) => name.toLowerCase().startsWith(typed) && name.toLowerCase() !== typed);
  return fitting.length === 0 ? undefined : { from, names: fitting.slice(0, mostOffered) };
}

const mostOffered = 8;
