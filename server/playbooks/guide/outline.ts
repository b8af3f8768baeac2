import { append } from "../../lib/append.ts";
import type { Line } from "../markdown.ts";
import { isPlainHeading } from "./headings.ts";

/** A heading with what stands below it, up to the next heading. The text before the first heading has level 0. */
export interface GuideSection {
  readonly level: number;
  readonly title: string;
  readonly line: number;
  readonly nodes: readonly GuideNode[];
}

export type GuideNode = ListItem | TextBlock;

export interface ListItem {
  readonly kind: "item";
  readonly text: string;
  readonly line: number;
  readonly children: readonly GuideNode[];
}

/** A paragraph, a quotation, a table or a code fence, with its lines. */
export interface TextBlock {
  readonly kind: "text" | "quote" | "fence";
  readonly text: string;
  readonly line: number;
}

interface OpenItem {
  readonly kind: "item";
  text: string;
  readonly line: number;
  readonly children: OpenNode[];
  /** The column of its marker. */
  readonly column: number;
}
interface OpenText {
  readonly kind: TextBlock["kind"];
  text: string;
  readonly line: number;
}
type OpenNode = OpenItem | OpenText;

const marker = /^(\s*)(?:[-*+•◦▪]|\d{1,3}[.)])(?:\s+(.*))?$/s;

/** Reads the lines of a guide as sections with nested lists. Linear in the size of the text. */
export function outline(lines: readonly Line[], fenced: readonly boolean[]): readonly GuideSection[] {
  let nodes: OpenNode[] = [];
  const sections: GuideSection[] = [{ level: 0, title: "", line: lines[0]?.line ?? 1, nodes }];
  let open: OpenItem[] = [];
  /** The node that a further line without a mark of its own belongs to. */
  let last: OpenNode | undefined;
  let isFenceOpen = false;

  const place = (node: OpenNode, column: number): void => {
    while (open.length > 0 && column < (open.at(-1)?.column ?? 0) + 2) {
      open.pop();
    }
    (open.at(-1)?.children ?? nodes).push(node);
    last = node;
  };
  for (const [index, { text, line }] of lines.entries()) {
    const column = indentOf(text);
    if (fenced[index] === true) {
      const fence: OpenNode | undefined = isFenceOpen && last?.kind === "fence" ? last : undefined;
      if (fence === undefined) {
        place({ kind: "fence", text: text.trim(), line }, column);
      } else {
        fence.text += `\n${text}`;
      }
      // Where one fence ends and the next begins, the next line is an opening one.
      isFenceOpen = fenced[index + 1] === true && (fence === undefined || !/^\s*(?:`{3,}|~{3,})\s*$/.test(text));
      continue;
    }
    isFenceOpen = false;
    if (text.trim() === "" || /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/.test(text)) {
      last = undefined;
      continue;
    }
    const title = column < 4 ? headingOf(text) : undefined;
    if (title !== undefined) {
      nodes = [];
      open = [];
      last = undefined;
      sections.push({ ...title, line, nodes });
      continue;
    }
    const item = marker.exec(text);
    if (item !== null) {
      const found: OpenItem = { kind: "item", text: (item[2] ?? "").trim(), line, children: [], column };
      place(found, column);
      open.push(found);
      continue;
    }
    const quote = /^\s*>\s?(.*)$/s.exec(text);
    const kind = quote === null ? "text" : "quote";
    const content = (quote?.[1] ?? text).trim();
    if (last?.kind === "item" && kind === "text") {
      last.text += ` ${content}`;
    } else if (last !== undefined && last.kind === kind) {
      last.text += `\n${content}`;
    } else {
      place({ kind, text: content, line }, column);
    }
  }
  return sections;
}

function indentOf(text: string): number {
  let column = 0;
  for (const character of text) {
    if (character !== " " && character !== "\t") {
      break;
    }
    column += character === "\t" ? 4 : 1;
  }
  return column;
}

/** A heading of any level; one without the space after its marks, or in bold, only if its words are well known. */
function headingOf(text: string): { readonly level: number; readonly title: string } | undefined {
  const trimmed = text.trim();
  const marks = /^(#{1,6})([ \t]*)/.exec(trimmed);
  if (marks !== null) {
    const title = trimmed
      .slice(marks[0].length)
      .replace(/[ \t]#{1,6}$/, "")
      .trim();
    return title !== "" && (marks[2] !== "" || isPlainHeading(title))
      ? { level: marks[1]?.length ?? 1, title }
      : undefined;
  }
  const isBold = trimmed.startsWith("**") && trimmed.length < 100;
  return isBold && /^\*\*[^*]+\*\*:?$/.test(trimmed) && isPlainHeading(trimmed)
    ? { level: 7, title: trimmed.replaceAll("*", "") }
    : undefined;
}

/** Nodes as Markdown again. */
export function markdownOf(nodes: readonly GuideNode[]): string {
  const lines: string[] = [];
  write(nodes, 0, lines);
  return lines.join("\n").trim();
}

/** Deeper lists are shown at this depth: a hostile text could have thousands of levels. */
const deepestShown = 8;

function write(nodes: readonly GuideNode[], depth: number, lines: string[]): void {
  const indent = "  ".repeat(Math.min(depth, deepestShown));
  for (const node of nodes) {
    if (node.kind === "item") {
      if (node.text !== "") {
        lines.push(`${indent}- ${node.text}`);
      }
      write(node.children, node.text === "" ? depth : depth + 1, lines);
    } else {
      const prefix = node.kind === "quote" ? "> " : "";
      if (lines.length > 0 && depth === 0) {
        lines.push("");
      }
      append(
        lines,
        node.text.split("\n").map((line) => `${indent}${prefix}${line}`),
      );
      if (depth === 0) {
        lines.push("");
      }
    }
  }
}
