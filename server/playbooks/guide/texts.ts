/** A text of one line for places that show code in backticks but no other Markdown: without the marks of bold text. */
export function withoutBold(text: string): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/\*\*|__(?=\S)|(?<=\S)__/g, "") : part))
    .join("`")
    .trim();
}

/** A label at the beginning of a text: `Focus: …` or `**Focus**: …`. */
export interface LabelledText {
  /** In lower case. */
  readonly label: string;
  readonly text: string;
}

const label = /^([A-Z][A-Za-z /-]{1,24}):\s+(\S.*)$/s;

export function labelOf(text: string): LabelledText | undefined {
  const match = label.exec(withoutBold(text.slice(0, 60)));
  if (match === null) {
    return undefined;
  }
  const colon = text.indexOf(":");
  const rest = text
    .slice(colon + 1)
    .replace(/^\*\*/, "")
    .trim();
  return { label: (match[1] ?? "").toLowerCase(), text: rest };
}
