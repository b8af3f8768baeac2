import { fencesIn } from "./fences.ts";

/** A heading of level 2 or 3 with the lines below it. Line numbers are 1-based in the whole file. */
export interface Section {
  readonly level: 2 | 3;
  readonly title: string;
  readonly line: number;
  readonly body: readonly Line[];
}

export interface Line {
  readonly text: string;
  readonly line: number;
}

export interface Document {
  /** The text before the first heading of level 2, without the page title. */
  readonly introduction: readonly Line[];
  readonly sections: readonly Section[];
}

/** Splits Markdown at its headings of level 2 and 3; a `#` inside a code fence is no heading. */
export function splitSections(lines: readonly Line[]): Document {
  const introduction: Line[] = [];
  const sections: { level: 2 | 3; title: string; line: number; body: Line[] }[] = [];
  const { inside } = fencesIn(lines.map(({ text }) => text));
  for (const [index, line] of lines.entries()) {
    const heading = inside[index] === true ? null : /^(#{1,3})\s+(.+)$/.exec(line.text.trimEnd());
    const marks = heading?.[1] ?? "";
    if (marks === "##" || marks === "###") {
      sections.push({ level: marks === "##" ? 2 : 3, title: (heading?.[2] ?? "").trim(), line: line.line, body: [] });
    } else if (marks !== "#") {
      (sections.at(-1)?.body ?? introduction).push(line);
    }
  }
  return { introduction, sections };
}

/** List items of the first level, indented continuation lines joined with a space. Other text is skipped. */
export function listItems(lines: readonly Line[]): readonly Line[] {
  const items: { text: string; line: number }[] = [];
  let open = false;
  for (const line of lines) {
    const item = /^[-*] +(.*)$/.exec(line.text.trimEnd());
    const last = items.at(-1);
    if (item !== null) {
      items.push({ text: (item[1] ?? "").trim(), line: line.line });
      open = true;
    } else if (line.text.trim() === "" || !/^\s/.test(line.text)) {
      open = false;
    } else if (open && last !== undefined) {
      last.text = `${last.text} ${line.text.trim()}`;
    }
  }
  return items;
}

/** Paragraphs, each joined to one line. */
export function paragraphs(lines: readonly Line[]): readonly string[] {
  return lines
    .map((line) => line.text.trim())
    .join("\n")
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll("\n", " ").trim())
    .filter((paragraph) => paragraph !== "");
}

/** The texts in backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => (match[1] ?? "").trim());
}
