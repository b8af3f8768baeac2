import type { Problem } from "#contracts/problem";
import { append } from "../../lib/append.ts";
import type { Playbook, PlaybookText, RelatedRule, Step } from "../playbook.ts";
import { type Embedded, type GuideFindings, type GuideSource, readEmbedded, takeMarks } from "./embedded.ts";
import { headingWords, isPlainHeading, type SectionKind, sectionKind } from "./headings.ts";
import { type GuideNode, type GuideSection, type ListItem, markdownOf, outline } from "./outline.ts";
import { readChecklists } from "./response.ts";
import { readStep, type StepReader, withoutMarks } from "./steps.ts";
import { withoutBold } from "./texts.ts";

/** What a guide says, apart from what it is for. */
export type GuideContent = Pick<
  Playbook,
  | "summary"
  | "steps"
  | "queries"
  | "decision"
  | "closingPolicy"
  | "falsePositives"
  | "checklists"
  | "texts"
  | "relatedRules"
  | "warnings"
> & {
  /** The heading "Investigating …". */
  readonly title?: string;
  readonly findings: GuideFindings;
};

/**
 * Compiles an investigation guide in Markdown, as Elastic's rules have them, in any of the layouts that are in use.
 * Every text of the guide ends up in some part of the result. See docs/decisions/0073.
 */
export function compileGuide(source: GuideSource, options: { readonly setup?: string } = {}): GuideContent {
  const read = readEmbedded(source);
  const sections = withKinds(outline(read.lines, read.fenced));
  const reader: StepReader = {
    embedded: read.embedded,
    hasBackticks: source.text.includes("`"),
    ids: new Map(),
    topics: new Map(),
    used: new Set(),
  };
  const content = readSections(sections, reader);
  const setup = options.setup === undefined ? undefined : setupText(options.setup);
  if (setup !== undefined) {
    content.texts.push({ title: "Setup", markdown: setup, afterStep: content.steps.at(-1)?.id });
  }
  const standing = read.embedded.filter((_, number) => !reader.used.has(number));
  const remaining = [...new Set([...standing, ...read.unused])].filter(
    ({ queries, osquery, notes }) => queries.length + osquery.length + notes.length > 0,
  );
  const warnings = [...read.warnings, ...read.unused.map((one) => unusedProblem(one, source))];
  const steps = remaining.length === 0 ? content.steps : [...content.steps, stepOfOthers(remaining, reader)];
  const everything = [...read.embedded, ...read.unused].flatMap(({ queries }) => queries);
  return {
    title: content.title,
    summary: content.summary.join("\n\n"),
    steps,
    queries: [...new Map(everything.map((query) => [query.id, query])).values()],
    decision: { benign: steps.some(({ anchor }) => anchor) ? "anchors" : "most", secondAnalyst: false },
    closingPolicy: content.closingPolicy,
    falsePositives: content.falsePositives,
    checklists: readChecklists(content.response, new Map()),
    texts: content.texts,
    relatedRules: content.relatedRules,
    warnings,
    findings: read.findings,
  };
}

interface KindedSection extends GuideSection {
  readonly kind: SectionKind;
}

/** A section without a kind of its own belongs to the one around it, if that has one. */
function withKinds(sections: readonly GuideSection[]): readonly KindedSection[] {
  const around: { readonly level: number; readonly kind: SectionKind }[] = [];
  const kinded = sections.map((section) => {
    while ((around.at(-1)?.level ?? -1) >= section.level) {
      around.pop();
    }
    const own: SectionKind = section.level === 0 ? "wrapper" : sectionKind(section.title);
    const outer = around.at(-1)?.kind ?? "other";
    const inherits = own === "other" && ["steps", "false-positives", "response"].includes(outer);
    const kind = inherits ? outer : own;
    around.push({ level: section.level, kind });
    return { ...section, kind };
  });
  const isListed = (section: KindedSection): boolean => section.nodes.some(({ kind }) => kind === "item");
  if (kinded.some((section) => section.kind === "steps" && isListed(section))) {
    return kinded;
  }
  // Without a heading for steps, the bullets below the general headings are the steps; else sentences that tell to act.
  const general = (section: KindedSection): boolean => section.kind === "wrapper" || section.kind === "about";
  const listed = kinded.filter((section) => general(section) && isListed(section));
  return kinded.map((section) => {
    const isSteps = listed.length > 0 ? listed.includes(section) : general(section) && section.nodes.some(tellsToAct);
    return isSteps
      ? { ...section, kind: "steps", nodes: listed.length > 0 ? section.nodes : asItems(section.nodes) }
      : section;
  });
}

function tellsToAct(node: GuideNode): boolean {
  return (
    node.kind === "text" &&
    /^(?:analy[sz]e|check|confirm|correlate|decode|determine|examine|identify|inspect|investigate|look|review|search|validate|verify)\b/i.test(
      node.text,
    )
  );
}

function asItems(nodes: readonly GuideNode[]): readonly GuideNode[] {
  return nodes.map((node) => (tellsToAct(node) ? { ...node, kind: "item", children: [] } : node));
}

interface ReadContent {
  readonly title?: string;
  readonly summary: readonly string[];
  readonly steps: readonly Step[];
  readonly closingPolicy: readonly string[];
  readonly falsePositives: readonly string[];
  readonly response: readonly ListItem[];
  readonly texts: PlaybookText[];
  readonly relatedRules: readonly RelatedRule[];
}

function readSections(sections: readonly KindedSection[], reader: StepReader): ReadContent {
  const steps: Step[] = [];
  const texts: PlaybookText[] = [];
  const summary: string[] = [];
  const falsePositives: string[] = [];
  const closingPolicy: string[] = [];
  const response: ListItem[] = [];
  const relatedRules: RelatedRule[] = [];
  let title: string | undefined;
  const clean = (text: string): string => takeMarks(text).text;
  const addText = (heading: string, nodes: readonly GuideNode[]): void => {
    const markdown = markdownOf(withoutMarks(nodes, clean));
    if (markdown !== "" || !(isPlainHeading(heading) || sectionKind(heading) === "setup")) {
      texts.push({ title: heading || "Notes", markdown, afterStep: steps.at(-1)?.id });
    }
  };
  const lastQuestion = lastItem(sections);
  for (const section of sections) {
    const heading = withoutBold(section.title);
    const shown = heading === "" ? "Notes" : heading;
    switch (section.kind) {
      case "steps": {
        let isFirst = !isPlainHeading(heading) && heading !== "" && sectionKind(heading) !== "wrapper";
        if (sectionKind(heading) === "about" && title === undefined) {
          title = heading;
          isFirst = false;
        }
        for (const node of section.nodes) {
          if (node.kind !== "item") {
            attachMarks(node, steps, reader);
            addText(node.kind === "quote" ? quoteTitle(node.text) : shown, [node]);
            continue;
          }
          if (clean(node.text) === "" && steps.length > 0) {
            attachMarks(node, steps, reader);
            const rest = withoutMarks(node.children, clean);
            if (rest.length > 0) {
              addText(shown, rest);
            }
            continue;
          }
          if (node === lastQuestion && isDisposition(node)) {
            append(closingPolicy, closingLines(node, clean));
            continue;
          }
          const step = readStep(node, reader);
          steps.push(isFirst ? { ...step, details: [heading, ...step.details] } : step);
          isFirst = false;
        }
        break;
      }
      case "false-positives":
        falsePositives.push(
          ...(isPlainHeading(heading) || sectionKind(heading) === "false-positives" ? [] : [heading]),
        );
        for (const node of section.nodes) {
          const [cleaned] = withoutMarks([node], clean);
          if (cleaned !== undefined) {
            falsePositives.push(withoutBold(markdownOf([cleaned]).replace(/^- /, "")));
          }
        }
        break;
      case "response": {
        const [items, others] = [section.nodes.filter(isItem), section.nodes.filter((node) => !isItem(node))];
        const cleaned = withoutMarks(items, clean).filter(isItem);
        const isOwn = sectionKind(heading) !== "response" && cleaned.length > 0;
        // A heading below "Response" says when its bullets are due.
        response.push(
          ...(isOwn
            ? [{ kind: "item" as const, text: `${heading}:`, line: section.line, children: cleaned }]
            : cleaned),
        );
        for (const node of others) {
          addText(node.kind === "quote" ? quoteTitle(node.text) : shown, [node]);
        }
        break;
      }
      case "related-rules":
        append(
          relatedRules,
          section.nodes.filter(isItem).map((item) => relatedRule(withoutBold(item.text))),
        );
        addTextIfAny(section.nodes.filter((node) => !isItem(node)));
        break;
      case "about":
        title ??= heading;
        if (title !== heading) {
          addText(shown, []);
        }
        readProse(section.nodes, shown);
        break;
      case "wrapper":
        readProse(section.nodes, shown);
        break;
      default:
        addText(shown, section.nodes);
    }
    function addTextIfAny(nodes: readonly GuideNode[]): void {
      if (nodes.length > 0) {
        addText(shown, nodes);
      }
    }
  }
  return { title, summary, steps, closingPolicy, falsePositives, response, texts, relatedRules };

  /** Paragraphs before the steps introduce the guide; quotations and lists have a place of their own. */
  function readProse(nodes: readonly GuideNode[], heading: string): void {
    let others: GuideNode[] = [];
    const flush = (): void => {
      if (others.length > 0) {
        addText(heading, others);
        others = [];
      }
    };
    for (const node of nodes) {
      if (node.kind === "quote") {
        flush();
        addText(quoteTitle(node.text), [node]);
      } else if (node.kind === "text" && steps.length === 0 && others.length === 0) {
        summary.push(clean(node.text));
      } else {
        others.push(node);
      }
    }
    flush();
  }
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

function closingLines(item: ListItem, clean: (text: string) => string): readonly string[] {
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

/** Queries of the guide that stand in no step. */
function stepOfOthers(remaining: readonly Embedded[], reader: StepReader): Step {
  const item: ListItem = { kind: "item", text: "Further queries of the guide", line: 1, children: [] };
  return {
    ...readStep(item, reader),
    id: "further-queries",
    about: "process",
    required: false,
    queryIds: [...new Set(remaining.flatMap(({ queries }) => queries.map(({ id }) => id)))],
    osquery: remaining.flatMap(({ osquery }) => osquery),
    details: remaining.flatMap(({ notes }) => notes),
  };
}

function unusedProblem({ queries, osquery }: Embedded, { file, firstLine }: GuideSource): Problem {
  const label = queries[0]?.label ?? osquery[0]?.label ?? "a query that cannot be read";
  const message = `no placeholder names the query "${label}"; it is shown at the end`;
  return { code: "playbook.unused-entry", message, at: { file, line: firstLine } };
}

/** The setup of a rule without the heading that most bring along. */
function setupText(setup: string): string | undefined {
  const lines = setup.trim().split("\n");
  const first = lines[0] ?? "";
  const rest = first.startsWith("#") && headingWords(first) === "setup" ? lines.slice(1) : lines;
  const text = rest.join("\n").trim();
  return text === "" ? undefined : text;
}
