/** A text of one line for places that show code in backticks but no other Markdown: without the marks of bold text. */
export function withoutBold(text: string): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/\*\*([^*]+)\*\*/g, "$1") : part))
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

/** A text as a code block, whatever backticks it has. */
export function fencedText(text: string, language = ""): string {
  const longest = (text.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.trim()}\n${fence}`;
}

/** A text as code within a line, whatever backticks it has. */
export function codeText(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const ticks = "`".repeat(longest + 1);
  return `${ticks} ${text.replaceAll(/\s+/g, " ").trim()} ${ticks}`;
}
