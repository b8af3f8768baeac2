import { append } from "../../lib/append.ts";
import type { PlaybookText, RelatedRule, Step } from "../playbook.ts";
import { takeMarks } from "./embedded.ts";
import { isPlainHeading, sectionKind } from "./headings.ts";
import type { KindedSection } from "./kinds.ts";
import { type GuideNode, type ListItem, markdownOf } from "./outline.ts";
import { readStep, type StepReader, withoutMarks } from "./steps.ts";
import { withoutBold } from "./texts.ts";

/** What the sections of a guide hold. */
export interface ReadSections {
  readonly title?: string;
  readonly summary: readonly string[];
  readonly steps: readonly Step[];
  readonly closingPolicy: readonly string[];
  readonly falsePositives: readonly string[];
  readonly response: readonly ListItem[];
  readonly texts: readonly PlaybookText[];
  readonly relatedRules: readonly RelatedRule[];
}

/** The same, while it is read. */
interface Draft {
  title?: string;
  readonly summary: string[];
  readonly steps: Step[];
  readonly closingPolicy: string[];
  readonly falsePositives: string[];
  readonly response: ListItem[];
  readonly texts: PlaybookText[];
  readonly relatedRules: RelatedRule[];
}

/** Reads each section by its kind; what has no place of its own becomes a text after the last step before it. */
export function readSections(sections: readonly KindedSection[], reader: StepReader): ReadSections {
  const draft: Draft = {
    summary: [],
    steps: [],
    closingPolicy: [],
    falsePositives: [],
    response: [],
    texts: [],
    relatedRules: [],
  };
  const last = lastItem(sections);
  for (const section of sections) {
    const heading = withoutBold(section.title);
    switch (section.kind) {
      case "steps":
        readSteps(section, heading, last, reader, draft);
        break;
      case "false-positives":
        readFalsePositives(section, heading, draft);
        break;
      case "response":
        readResponse(section, heading, draft);
        break;
      case "related-rules":
        append(
          draft.relatedRules,
          section.nodes.filter(isItem).map((item) => relatedRule(withoutBold(clean(item.text)))),
        );
        addText(
          draft,
          heading,
          section.nodes.filter((node) => !isItem(node)),
        );
        break;
      case "about":
        draft.title ??= heading;
        if (draft.title !== heading) {
          addHeading(draft, heading);
        }
        readProse(section, heading, draft);
        break;
      case "wrapper":
        readProse(section, heading, draft);
        break;
      default: {
        const before = draft.texts.length;
        addText(draft, heading, section.nodes);
        if (draft.texts.length === before) {
          addHeading(draft, heading);
        }
      }
    }
  }
  return draft;
}

const clean = (text: string): string => takeMarks(text).text;

function addText(draft: Draft, heading: string, nodes: readonly GuideNode[]): void {
  const markdown = markdownOf(withoutMarks(nodes, clean));
  if (markdown !== "") {
    draft.texts.push({ title: heading || "Notes", markdown, afterStep: draft.steps.at(-1)?.id });
  }
}

/** Keeps a heading without text, if its words say more than the kind of its section. */
function addHeading(draft: Draft, heading: string): void {
  if (heading !== "" && !isPlainHeading(heading) && sectionKind(heading) !== "setup") {
    draft.texts.push({ title: heading, markdown: "", afterStep: draft.steps.at(-1)?.id });
  }
}

function addNode(draft: Draft, heading: string, node: GuideNode): void {
  addText(draft, node.kind === "quote" ? quoteTitle(node.text) : heading, [node]);
}

function readSteps(
  section: KindedSection,
  heading: string,
  last: GuideNode | undefined,
  reader: StepReader,
  draft: Draft,
): void {
  const kind = sectionKind(heading);
  if (kind === "about") {
    draft.title ??= heading;
  }
  // A heading that says more than "steps" stays with the first of them.
  let lead = heading === "" || isPlainHeading(heading) || kind === "wrapper" || kind === "about" ? [] : [heading];
  for (const node of section.nodes) {
    if (!isItem(node)) {
      attachMarks(node, draft.steps, reader);
      addNode(draft, heading, node);
    } else if (clean(node.text) === "" && draft.steps.length > 0) {
      attachMarks(node, draft.steps, reader);
      addText(draft, heading, node.children);
    } else if (node === last && isDisposition(node)) {
      append(draft.closingPolicy, closingLines(node));
    } else {
      const step = readStep(node, reader);
      draft.steps.push({ ...step, details: [...lead, ...step.details] });
      lead = [];
    }
  }
}

function readFalsePositives({ nodes }: KindedSection, heading: string, draft: Draft): void {
  if (!isPlainHeading(heading) && sectionKind(heading) !== "false-positives") {
    draft.falsePositives.push(heading);
  }
  for (const node of withoutMarks(nodes, clean)) {
    draft.falsePositives.push(withoutBold(markdownOf([node]).replace(/^- /, "")));
  }
}

function readResponse({ nodes, line }: KindedSection, heading: string, draft: Draft): void {
  const items = withoutMarks(nodes.filter(isItem), clean).filter(isItem);
  const isOwn = sectionKind(heading) !== "response" && items.length > 0;
  // A heading below "Response" says when its bullets are due.
  append(draft.response, isOwn ? [{ kind: "item" as const, text: `${heading}:`, line, children: items }] : items);
  for (const node of nodes.filter((one) => !isItem(one))) {
    addNode(draft, heading, node);
  }
}

/** Paragraphs before the steps introduce the guide; quotations and lists have a place of their own. */
function readProse({ nodes }: KindedSection, heading: string, draft: Draft): void {
  let others: GuideNode[] = [];
  const flush = (): void => {
    if (others.length > 0) {
      addText(draft, heading, others);
      others = [];
    }
  };
  for (const node of nodes) {
    if (node.kind === "quote") {
      flush();
      addNode(draft, heading, node);
    } else if (node.kind === "text" && draft.steps.length === 0 && others.length === 0) {
      draft.summary.push(clean(node.text));
    } else {
      others.push(node);
    }
  }
  flush();
}

function isItem(node: GuideNode): node is ListItem {
  return node.kind === "item";
}

function lastItem(sections: readonly KindedSection[]): GuideNode | undefined {
  const last = sections.findLast(({ kind, nodes }) => kind === "steps" && nodes.some(isItem));
  return last?.nodes.findLast(isItem);
}

/** The bullet that says when to escalate and when to close: it asks nothing that evidence could answer. */
function isDisposition({ text }: ListItem): boolean {
  const start = text.slice(0, 400).toLowerCase();
  const decides = /\b(?:close|closing|closure)\b/;
  return text.trim().endsWith("?")
    ? /\bdisposition\b/.test(start)
    : /^\**(?:escalate|close|disposition|decision)\b/.test(start) && decides.test(text.toLowerCase());
}

function closingLines(item: ListItem): readonly string[] {
  const below = withoutMarks(item.children, clean).map((child) =>
    withoutBold(markdownOf([child]).replace(/^- (?:\**Implication\**:\**\s*)?/, "")),
  );
  return [withoutBold(clean(item.text)), ...below];
}

function quoteTitle(text: string): string {
  return withoutBold(/^\**([A-Za-z ]{2,30}?)\**:/.exec(text.trim())?.[1] ?? "Note");
}

const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

/** A bullet "Name - UUID"; without the UUID it is the name only. */
function relatedRule(text: string): RelatedRule {
  const id = uuid.exec(text)?.[0];
  const name = id === undefined ? text : text.replace(id, "").replaceAll("()", "").trim();
  return id === undefined ? { name } : { name: name.replace(/[\s\u2013\u2014:-]{1,10}$/, "") || id, id };
}

/** Queries that stand between the steps belong to the step before them. */
function attachMarks(node: GuideNode, steps: Step[], reader: StepReader): void {
  const numbers: number[] = [];
  withoutMarks([node], (text) => {
    const taken = takeMarks(text);
    append(numbers, taken.numbers);
    return taken.text;
  });
  const last = steps.at(-1);
  if (last === undefined || numbers.length === 0) {
    return;
  }
  const found = numbers.flatMap((number) => reader.embedded[number] ?? []);
  for (const number of numbers) {
    reader.used.add(number);
  }
  steps[steps.length - 1] = {
    ...last,
    queryIds: [...new Set([...last.queryIds, ...found.flatMap(({ queries }) => queries.map(({ id }) => id))])],
    osquery: [...last.osquery, ...found.flatMap(({ osquery }) => osquery)],
    details: [...last.details, ...found.flatMap(({ notes }) => notes)],
  };
}
