/** A code fence that opens and is never closed. */
export interface OpenFence {
  /** Index of its line. */
  readonly index: number;
  /** 1-based. */
  readonly column: number;
  readonly marks: string;
}

export interface Fences {
  /** Which lines belong to code fences, those of the marks included. */
  readonly inside: readonly boolean[];
  readonly unclosed: readonly OpenFence[];
}

/**
 * Finds the code fences in a text. One that is never closed is none, unlike in CommonMark, where it hides the rest of
 * the document: steps after it would be lost. Neither is one in which another fence with a language begins, as the end
 * of that one would only seem to be its own; to show a fence, authors use a longer one.
 */
export function fencesIn(lines: readonly string[]): Fences {
  const inside: boolean[] = lines.map(() => false);
  const unclosed: OpenFence[] = [];
  let opened: OpenFence | undefined;
  for (const [index, line] of lines.entries()) {
    const [, lead = "", marks = "", rest = ""] = /^(\s*(?:[-*+] +)?)(`{3,}|~{3,})(.*)$/s.exec(line) ?? [];
    if (marks === "") {
      continue;
    }
    const fence: OpenFence = { index, column: lead.length + 1, marks };
    const isOpening = !rest.includes("`");
    const isSameKind = opened !== undefined && marks.startsWith(opened.marks);
    if (opened === undefined) {
      opened = isOpening ? fence : undefined;
    } else if (isSameKind && rest.trim() === "") {
      inside.fill(true, opened.index, index + 1);
      opened = undefined;
    } else if (isSameKind && isOpening) {
      unclosed.push(opened);
      opened = fence;
    }
  }
  return { inside, unclosed: opened === undefined ? unclosed : [...unclosed, opened] };
}
