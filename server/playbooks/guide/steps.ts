import { append } from "../../lib/append.ts";
import type { QuestionSubject, Step } from "../playbook.ts";
import { topicOf } from "../sections.ts";
import { type Embedded, takeMarks } from "./embedded.ts";
import { fieldsByShape, fieldsInBackticks, listsOnlyFields } from "./fields.ts";
import { clearsNothing, splitImplication } from "./implication.ts";
import { type GuideNode, type ListItem, markdownOf } from "./outline.ts";
import { distinctName, idOfText, type TakenNames } from "./slug.ts";
import { labelOf, withoutBold } from "./texts.ts";

/** What the steps of one guide have in common while they are read. */
export interface StepReader {
  readonly embedded: readonly Embedded[];
  /** Pages lose their backticks: fields are then found by their shape. */
  readonly hasBackticks: boolean;
  readonly ids: TakenNames;
  readonly topics: TakenNames;
  /** Numbers of the queries that stand in some step. */
  readonly used: Set<number>;
}

/** Reads a bullet as a step: a question with labelled lines below it, or an instruction. */
export function readStep(item: ListItem, reader: StepReader): Step {
  const numbers: number[] = [];
  const clean = (text: string): string => {
    const taken = takeMarks(text);
    append(numbers, taken.numbers);
    return taken.text;
  };
  const rendered = (nodes: readonly GuideNode[]): string => markdownOf(withoutMarks(nodes, clean));
  const fieldsOf = (text: string): readonly string[] =>
    reader.hasBackticks ? fieldsInBackticks(text) : fieldsByShape(text);

  const question = withoutBold(clean(item.text)).replace(/:$/, "");
  const isQuestion = question.endsWith("?");
  const focus: string[] = [];
  const hints: string[] = [];
  const whys: string[] = [];
  const raises: string[] = [];
  const lowers: string[] = [];
  const details: string[] = [];
  const others: GuideNode[] = [];
  for (const child of item.children) {
    const labelled = child.kind === "item" ? labelOf(clean(child.text)) : undefined;
    if (child.kind !== "item" || labelled === undefined || !labels.has(labelled.label)) {
      others.push(child);
      continue;
    }
    const text = withoutBold(labelled.text);
    switch (labelled.label) {
      case "focus":
        append(focus, fieldsOf(text));
        if (!reader.hasBackticks || !listsOnlyFields(text)) {
          details.push(text);
        }
        break;
      case "hint":
        hints.push(text);
        break;
      case "why":
        whys.push(text);
        break;
      default: {
        const split = splitImplication(text);
        append(raises, split.raises);
        append(lowers, split.lowers);
        append(details, split.rest);
      }
    }
    const below = rendered(child.children);
    if (below !== "") {
      details.push(below);
    }
  }
  // What is below an instruction belongs together; each labelled line of a question is read by itself.
  const labelledOthers = others.map((node) => withoutMarks([node], clean));
  const more = isQuestion
    ? labelledOthers.map((nodes) => markdownOf(nodes).replace(/^- /, ""))
    : [markdownOf(labelledOthers.flat())];
  append(
    details,
    more.filter((text) => text !== ""),
  );
  if (focus.length === 0) {
    append(focus, fieldsOf(`${question}\n${rendered(item.children)}`));
  }

  const queries = distinct(numbers).flatMap((number) => reader.embedded[number] ?? []);
  for (const number of numbers) {
    reader.used.add(number);
  }
  const isRelated = asksForAlerts(question) || queries.some((one) => one.queries.length > 0 && onlyAlerts(one));
  const about: QuestionSubject = isRelated ? "incident" : asksForSession(question) ? "session" : "process";
  return {
    id: idOfText(question, reader.ids),
    question,
    topic: distinctName(topicOf(question) || "step", reader.topics, " "),
    about,
    why: whys.length === 0 ? undefined : whys.join(" "),
    focus: distinct(focus),
    hints,
    raises,
    lowers,
    anchor: isQuestion && lowers.length > 0 && !isRelated,
    clears: !isRelated && !clearsNothing(lowers),
    required: !/^\W{0,3}optional(?:ly)?\b/i.test(question),
    queryIds: distinct(queries.flatMap((one) => one.queries.map(({ id }) => id))),
    osquery: queries.flatMap((one) => one.osquery),
    details: [...details, ...distinct(queries.flatMap((one) => one.notes))],
  };
}

const labels: ReadonlySet<string> = new Set(["focus", "hint", "why", "implication"]);

/** The nodes without marks of queries, and without what was nothing but such a mark. */
export function withoutMarks(nodes: readonly GuideNode[], clean: (text: string) => string): readonly GuideNode[] {
  return nodes.flatMap((node): readonly GuideNode[] => {
    const text = node.text.split("\n").map(clean).join("\n");
    if (node.kind === "item") {
      const children = withoutMarks(node.children, clean);
      return text === "" && children.length === 0 ? [] : [{ ...node, text, children }];
    }
    return text === "" ? [] : [{ ...node, text }];
  });
}

/** Whether the step looks for other alerts of the same user or host. */
function asksForAlerts(question: string): boolean {
  return (
    /\b(?:related|other|associated|recent|prior|previous|additional|adjacent|similar|surrounding)\b[^.?]{0,30}\balerts?\b/i.test(
      question,
    ) || /\balerts?\b[^.?]{0,20}\b(?:associated|related|for the same|from the same)\b/i.test(question)
  );
}

function onlyAlerts({ queries }: Embedded): boolean {
  return queries.every(({ target }) => target === "alerts");
}

function asksForSession(question: string): boolean {
  return /\b(?:account|session|logon|log-on|login|sign-?in|authenticat(?:ed|ion|es?))s?\b/i.test(question);
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
