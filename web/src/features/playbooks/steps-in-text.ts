/** A step in the text of a playbook: its heading and the lines below it, up to the next heading. */
export interface StepInText {
  readonly id: string;
  readonly question: string;
  /** Lines, 0-based; `to` is the first line after it. */
  readonly from: number;
  readonly to: number;
}

/** The steps under the heading `## Steps`, in their order. */
export function stepsInText(text: string): readonly StepInText[] {
  const lines = text.split("\n");
  const headings: { readonly level: number; readonly title: string; readonly line: number }[] = [];
  let isFenced = false;
  for (const [line, content] of lines.entries()) {
    isFenced = content.trimStart().startsWith("```") ? !isFenced : isFenced;
    const [, marks = "", title = ""] = isFenced ? [] : (/^(#{1,3})\s+(.+)$/.exec(content.trimEnd()) ?? []);
    if (marks !== "") {
      headings.push({ level: marks.length, title: title.trim(), line });
    }
  }
  const start = headings.findIndex(({ level, title }) => level === 2 && title.toLowerCase() === "steps");
  if (start === -1) {
    return [];
  }
  const end = headings.findIndex(({ level }, at) => at > start && level < 3);
  return headings.slice(start + 1, end === -1 ? undefined : end).map(({ title, line }, at, all) => {
    const [, id = "", question = title] = /^([a-z0-9][a-z0-9-]*): +(.+)$/.exec(title) ?? [];
    return { id, question, from: line, to: all[at + 1]?.line ?? headings[end]?.line ?? lines.length };
  });
}

/** The text with the step at one place moved to another one. Places are those in `stepsInText`. */
export function moveStep(text: string, from: number, to: number): string {
  const steps = stepsInText(text);
  const [moved, first, last] = [steps[from], steps[0], steps.at(-1)];
  if (moved === undefined || steps[to] === undefined || first === undefined || last === undefined || from === to) {
    return text;
  }
  const lines = text.split("\n");
  const order = steps.filter((step) => step !== moved).toSpliced(to, 0, moved);
  const between = order.flatMap((step) => {
    const own = lines.slice(step.from, step.to);
    // The last step of a file may lack the empty line that separates it from the next one.
    return own.at(-1) === "" ? own : [...own, ""];
  });
  return [...lines.slice(0, first.from), ...between, ...lines.slice(last.to)].join("\n");
}
