import type { Problem } from "#contracts/problem";
import type { ProblemCode } from "#contracts/problem-codes";
import { codeSpans, type Line, listItems, type Section } from "./markdown.ts";
import type { Checklist, Playbook, QuestionSubject, Step } from "./playbook.ts";

type Content = Pick<Playbook, "steps" | "closingPolicy" | "falsePositives" | "checklists">;

const verdicts: ReadonlyMap<string, Checklist["verdict"]> = new Map([
  ["benign", "benign"],
  ["suspicious", "suspicious"],
  ["malicious", "malicious"],
  ["after containment", "after-containment"],
  ["hardening", "hardening"],
]);

/** Reads the sections: steps, closing policy, false positives, response. Problems are appended, each with its line. */
export function readSections(
  sections: readonly Section[],
  file: string,
  problems: Problem[],
): {
  readonly content: Content;
  readonly warnings: readonly Problem[];
  readonly lineOfStep: ReadonlyMap<string, number>;
} {
  const warnings: Problem[] = [];
  const steps: Step[] = [];
  const checklists: Checklist[] = [];
  const lists = new Map<string, readonly string[]>();
  const lineOfStep = new Map<string, number>();
  const items = new Set<string>();
  let chapter = "";
  for (const section of sections) {
    const title = section.title.toLowerCase();
    if (section.level === 2) {
      chapter = title;
      if (title === "closing policy" || title === "false positives") {
        lists.set(
          title,
          listItems(section.body).map((item) => item.text),
        );
      } else if (title !== "steps" && title !== "response") {
        warnings.push(
          problem("playbook.unknown-section", `unknown section "${section.title}"; it is ignored`, file, section.line),
        );
      }
    } else if (chapter === "steps") {
      const step = readStep(section, file, problems, warnings);
      if (step !== undefined && lineOfStep.has(step.id)) {
        problems.push(problem("playbook.duplicate-step", `duplicate step "${step.id}"`, file, section.line));
      } else if (step !== undefined && steps.some((other) => other.topic === step.topic)) {
        const message = `the step "${step.id}" has the topic of an earlier one: "${step.topic}"`;
        problems.push(problem("playbook.duplicate-topic", message, file, section.line));
      } else if (step !== undefined) {
        lineOfStep.set(step.id, section.line);
        steps.push(step);
      }
    } else if (chapter === "response") {
      const verdict = verdicts.get(title.replace(/:.*$/, "").trim());
      if (verdict === undefined) {
        const known = [...verdicts.keys()].join(", ");
        problems.push(
          problem("playbook.unknown-verdict", `"${section.title}" is not one of: ${known}`, file, section.line),
        );
      } else {
        checklists.push({
          verdict,
          title: section.title.includes(":")
            ? section.title.slice(section.title.indexOf(":") + 1).trim()
            : section.title,
          items: readItems(section.body, file, items, problems),
        });
      }
    }
  }
  if (steps.length === 0) {
    problems.push(problem("playbook.no-steps", "there are no steps under a heading `## Steps`", file, 1));
  }
  const content = {
    steps,
    closingPolicy: lists.get("closing policy") ?? [],
    falsePositives: lists.get("false positives") ?? [],
    checklists,
  };
  return { content, warnings, lineOfStep };
}

function readStep(section: Section, file: string, problems: Problem[], warnings: Problem[]): Step | undefined {
  const heading = /^([a-z0-9][a-z0-9-]*): +(.+)$/.exec(section.title);
  if (heading === null) {
    const message = `the heading "${section.title}" is not of the form "id: Question?"`;
    problems.push(problem("playbook.step-heading", message, file, section.line));
    return undefined;
  }
  const id = heading[1] ?? "";
  const labelled = listItems(section.body).map((item) => {
    const match = /^([A-Z][a-z ]{1,24}): +(.+)$/.exec(item.text);
    return { label: (match?.[1] ?? "").toLowerCase(), text: match?.[2] ?? item.text, line: item.line };
  });
  for (const item of labelled.filter((entry) => !stepLabels.has(entry.label))) {
    const known = [...stepLabels].join(", ");
    warnings.push(
      problem(
        "playbook.unknown-label",
        `"${item.text}" has none of the labels ${known}; it is shown as a hint`,
        file,
        item.line,
      ),
    );
  }
  const all = (label: string): readonly string[] =>
    labelled.filter((item) => item.label === label).map((item) => item.text);
  const flag = (label: string, fallback: boolean): boolean => {
    const item = labelled.find((entry) => entry.label === label);
    const text = item?.text
      .toLowerCase()
      .replace(/[.;,].*$/, "")
      .trim();
    if (item !== undefined && text !== "yes" && text !== "no") {
      problems.push(problem("playbook.answer-label", `"${label}" must begin with yes or no`, file, item.line));
    }
    return text === undefined ? fallback : text === "yes";
  };
  const why = all("why").join(" ");
  const question = heading[2] ?? "";
  const about = labelled.find((item) => item.label === "about");
  if (about !== undefined && !isSubject(about.text)) {
    const message = `"about" must be one of: ${subjects.join(", ")}`;
    problems.push(problem("playbook.about-label", message, file, about.line));
  }
  const step = {
    id,
    question,
    topic: all("topic")[0] ?? topicOf(question),
    about: about !== undefined && isSubject(about.text) ? about.text : "process",
    why: why === "" ? undefined : why,
    focus: [...new Set(all("focus").flatMap(codeSpans))],
    hints: labelled.filter((item) => item.label === "hint" || !stepLabels.has(item.label)).map((item) => item.text),
    raises: all("raises concern"),
    lowers: all("lowers concern"),
    anchor: flag("anchor", false),
    clears: flag("clears", true),
    required: flag("required", true),
    queryIds: [...new Set(all("queries").flatMap(codeSpans))],
    osquery: [],
    details: [],
  };
  if (step.raises.length === 0 || step.lowers.length === 0) {
    const message = `the step "${id}" lacks "Raises concern" or "Lowers concern"`;
    warnings.push(problem("playbook.no-implication", message, file, section.line));
  }
  return step;
}

const stepLabels: ReadonlySet<string> = new Set([
  "why",
  "focus",
  "hint",
  "raises concern",
  "lowers concern",
  "queries",
  "anchor",
  "clears",
  "required",
  "topic",
  "about",
]);

const subjects = ["process", "session", "incident"] as const satisfies readonly QuestionSubject[];

function isSubject(text: string): text is QuestionSubject {
  return subjects.some((subject) => subject === text);
}

/** Two guides that ask the same in the same words ask one question. */
export function topicOf(question: string): string {
  return question
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function readItems(lines: readonly Line[], file: string, taken: Set<string>, problems: Problem[]): Checklist["items"] {
  return listItems(lines).flatMap((line) => {
    const match = /^\[ \] (.+?) *\{#([a-z0-9][a-z0-9-]*)\}$/.exec(line.text);
    const id = match?.[2] ?? "";
    if (match === null) {
      const message = 'a checklist item must have the form "- [ ] Text {#id}": its id identifies the tick';
      problems.push(problem("playbook.checklist-item", message, file, line.line));
      return [];
    }
    if (taken.has(id)) {
      problems.push(problem("playbook.duplicate-checklist-item", `duplicate checklist item "${id}"`, file, line.line));
      return [];
    }
    taken.add(id);
    return [{ id, text: match[1] ?? "" }];
  });
}

function problem(code: ProblemCode, message: string, file: string, line: number): Problem {
  return { code, message, at: { file, line } };
}
