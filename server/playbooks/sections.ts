import type { Problem } from "#contracts/problem";
import type { ProblemCode } from "#contracts/problem-codes";
import { distinctName, idOfText, type TakenNames } from "./guide/slug.ts";
import { codeSpans, type Line, listItems, type Section } from "./markdown.ts";
import type { Checklist, Playbook, PlaybookText, QuestionSubject, Step } from "./playbook.ts";

type Content = Pick<Playbook, "steps" | "closingPolicy" | "falsePositives" | "checklists" | "texts">;

const verdicts: ReadonlyMap<string, Checklist["verdict"]> = new Map([
  ["benign", "benign"],
  ["suspicious", "suspicious"],
  ["malicious", "malicious"],
  ["after containment", "after-containment"],
  ["hardening", "hardening"],
]);

/**
 * Reads the sections: steps, closing policy, false positives, response. What is not as it should be is kept as well as
 * possible, with a warning.
 */
export function readSections(
  sections: readonly Section[],
  file: string,
  warnings: Problem[],
): { readonly content: Content; readonly lineOfStep: ReadonlyMap<string, number> } {
  const steps: Step[] = [];
  const texts: PlaybookText[] = [];
  const checklists: Checklist[] = [];
  const lists = new Map<string, readonly string[]>();
  const lineOfStep = new Map<string, number>();
  const items: TakenNames = new Map();
  const taken = { ids: new Map<string, number>(), topics: new Map<string, number>() };
  let chapter = "";
  const keepAsText = (section: Section): void => {
    const markdown = section.body
      .map(({ text }) => text)
      .join("\n")
      .trim();
    texts.push({ title: section.title, markdown, afterStep: steps.at(-1)?.id });
  };
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
        const message = `unknown section "${section.title}"; it is shown as a text`;
        warnings.push(problem("playbook.unknown-section", message, file, section.line));
        keepAsText(section);
      }
    } else if (chapter === "steps") {
      const step = distinctStep(readStep(section, file, warnings), taken, { file, line: section.line }, warnings);
      lineOfStep.set(step.id, section.line);
      steps.push(step);
    } else if (chapter === "response") {
      const verdict = verdicts.get(title.replace(/:.*$/, "").trim());
      if (verdict === undefined) {
        const known = [...verdicts.keys()].join(", ");
        const message = `"${section.title}" is not one of: ${known}; it is shown as a text`;
        warnings.push(problem("playbook.unknown-verdict", message, file, section.line));
        keepAsText(section);
      } else {
        checklists.push({
          verdict,
          title: section.title.includes(":")
            ? section.title.slice(section.title.indexOf(":") + 1).trim()
            : section.title,
          items: readItems(section.body, file, items, warnings),
        });
      }
    } else if (chapter !== "closing policy" && chapter !== "false positives") {
      keepAsText(section);
    }
  }
  const content = {
    steps,
    closingPolicy: lists.get("closing policy") ?? [],
    falsePositives: lists.get("false positives") ?? [],
    checklists,
    texts,
  };
  return { content, lineOfStep };
}

/** A step whose id or topic an earlier one has gets a number: answers must not be mixed up. */
function distinctStep(
  step: Step,
  taken: { readonly ids: TakenNames; readonly topics: TakenNames },
  at: { readonly file: string; readonly line: number },
  warnings: Problem[],
): Step {
  const id = distinctName(step.id, taken.ids, "-");
  const topic = distinctName(step.topic, taken.topics, " ");
  if (id !== step.id) {
    const message = `duplicate step "${step.id}"; this one is "${id}"`;
    warnings.push(problem("playbook.duplicate-step", message, at.file, at.line));
  }
  if (topic !== step.topic) {
    const message = `the step "${step.id}" has the topic of an earlier one: "${step.topic}"`;
    warnings.push(problem("playbook.duplicate-topic", message, at.file, at.line));
  }
  return { ...step, id, topic };
}

function readStep(section: Section, file: string, warnings: Problem[]): Step {
  const heading = /^([a-z0-9][a-z0-9-]*): +(.+)$/.exec(section.title);
  const id = heading?.[1] ?? idOfText(section.title, new Map());
  if (heading === null) {
    const message = `the heading "${section.title}" is not of the form "id: Question?"; its id is "${id}"`;
    warnings.push(problem("playbook.step-heading", message, file, section.line));
  }
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
    if (item === undefined || text === "yes" || text === "no") {
      return item === undefined ? fallback : text === "yes";
    }
    warnings.push(problem("playbook.answer-label", `"${label}" must begin with yes or no`, file, item.line));
    // Who names a step an anchor in whatever words does not mean that it decides nothing.
    return label === "anchor" || fallback;
  };
  const why = all("why").join(" ");
  const question = heading?.[2] ?? section.title;
  const about = labelled.find((item) => item.label === "about");
  if (about !== undefined && !isSubject(about.text)) {
    const message = `"about" must be one of: ${subjects.join(", ")}`;
    warnings.push(problem("playbook.about-label", message, file, about.line));
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

function readItems(lines: readonly Line[], file: string, taken: TakenNames, warnings: Problem[]): Checklist["items"] {
  return listItems(lines).map((line) => {
    const match = /^\[ \] (.+?) *\{#([a-z0-9][a-z0-9-]*)\}$/.exec(line.text);
    const text = match?.[1] ?? line.text.replace(/^\[[ x]?\] */, "");
    const id = match?.[2];
    if (id === undefined) {
      const message =
        'a checklist item should have the form "- [ ] Text {#id}": without an id a new text loses its tick';
      warnings.push(problem("playbook.checklist-item", message, file, line.line));
    } else if (!taken.has(id)) {
      taken.set(id, 2);
      return { id, text };
    } else {
      warnings.push(problem("playbook.duplicate-checklist-item", `duplicate checklist item "${id}"`, file, line.line));
    }
    return { id: idOfText(text, taken), text };
  });
}

function problem(code: ProblemCode, message: string, file: string, line: number): Problem {
  return { code, message, at: { file, line } };
}
