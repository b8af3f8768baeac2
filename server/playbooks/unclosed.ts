import type { Problem } from "#contracts/problem";
import { fencesIn, type OpenFence } from "./fences.ts";
import type { Line } from "./markdown.ts";

/**
 * What is opened in a Markdown text and never closed: code fences, comments, `<details>` and links in double brackets.
 * All of it stays readable, and what follows is read as if the mark were not there.
 */
export function unclosedMarks(lines: readonly Line[], file: string): readonly Problem[] {
  const { inside, unclosed } = fencesIn(lines.map(({ text }) => text));
  const found: Problem[] = [];
  const warn = ({ line, column }: Place, message: string, remedy: string): void => {
    found.push({ code: "playbook.unclosed", message, at: { file, line, column }, remedy });
  };
  for (const fence of unclosed) {
    warn(placeOf(fence, lines), `the code fence ${fence.marks} is never closed`, fenceRemedy(fence));
  }
  let comment: Place | undefined;
  const details: Place[] = [];
  let brackets: Place | undefined;
  const endBrackets = (): void => {
    if (brackets !== undefined) {
      warn(brackets, "the link [[ is never closed", "Write ]] after its name.");
      brackets = undefined;
    }
  };
  for (const [index, { text, line }] of lines.entries()) {
    if (inside[index] === true || text.trim() === "") {
      endBrackets();
      continue;
    }
    for (const { 0: mark, index: at } of withoutCode(text).matchAll(signs)) {
      const place = { line, column: at + 1 };
      if (comment !== undefined) {
        comment = mark === "-->" ? undefined : comment;
      } else if (mark === "<!--") {
        comment = place;
      } else if (mark === "[[") {
        endBrackets();
        brackets = place;
      } else if (mark === "]]") {
        brackets = undefined;
      } else if (mark.startsWith("</")) {
        details.pop();
      } else if (mark !== "-->") {
        details.push(place);
      }
    }
  }
  endBrackets();
  if (comment !== undefined) {
    warn(comment, "the comment <!-- is never closed; what follows is read", "Write --> at its end.");
  }
  for (const place of details) {
    warn(place, "<details> is never closed", "Write </details> at its end.");
  }
  const more = found.length - most;
  const [next] = found.slice(most);
  return next === undefined
    ? found
    : [...found.slice(0, most), { ...next, message: `${next.message}, and so are ${more - 1} other marks` }];
}

/** Problems of one text. */
const most = 50;

interface Place {
  readonly line: number;
  readonly column: number;
}

/** `[[` before a value is the beginning of JSON, not of a link. */
const signs = /<!--|-->|<\/?details\b|\[\[(?![{["\s])|\]\]/gi;

/** The text with blanks in place of code, so that columns stay. */
const withoutCode = (text: string): string => text.replaceAll(/`[^`]*`/g, (code) => " ".repeat(code.length));

const placeOf = ({ index, column }: OpenFence, lines: readonly Line[]): Place => ({
  line: lines[index]?.line ?? 1,
  column,
});

const fenceRemedy = ({ marks }: OpenFence): string =>
  `Write ${marks} on a line of its own where the code ends. Until then what follows is read as text.`;
