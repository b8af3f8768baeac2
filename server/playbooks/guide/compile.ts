import type { Problem } from "#contracts/problem";
import type { Playbook, PlaybookBody, Step } from "../playbook.ts";
import { type Embedded, type GuideFindings, type GuideSource, readEmbedded } from "./embedded.ts";
import { headingWords } from "./headings.ts";
import { withKinds } from "./kinds.ts";
import { type ListItem, outline } from "./outline.ts";
import { readSections } from "./read-sections.ts";
import { readChecklists } from "./response.ts";
import { readStep, type StepReader } from "./steps.ts";

/** What a guide says, apart from what it is for. */
export type GuideContent = PlaybookBody &
  Pick<Playbook, "warnings"> & {
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
  const setup = setupText(options.setup ?? "");
  const standing = read.embedded.filter((_, number) => !reader.used.has(number));
  const remaining = [...new Set([...standing, ...read.unused])].filter(
    ({ queries, osquery, notes }) => queries.length + osquery.length + notes.length > 0,
  );
  const warnings = [...read.warnings, ...read.unused.map((one) => unusedProblem(one, source))];
  const steps = remaining.length === 0 ? content.steps : [...content.steps, stepOfOthers(remaining, reader)];
  const everything = [...read.embedded, ...read.unused].flatMap(({ queries }) => queries);
  return {
    title: content.title?.replace(/^investigating\s+/i, ""),
    summary: content.summary.join("\n\n"),
    steps,
    queries: [...new Map(everything.map((query) => [query.id, query])).values()],
    decision: { benign: steps.some(({ anchor }) => anchor) ? "anchors" : "most", secondAnalyst: false },
    closingPolicy: content.closingPolicy,
    falsePositives: content.falsePositives,
    checklists: readChecklists(content.response, new Map()),
    texts:
      setup === undefined
        ? content.texts
        : [...content.texts, { title: "Setup", markdown: setup, afterStep: content.steps.at(-1)?.id }],
    relatedRules: content.relatedRules,
    warnings,
    findings: read.findings,
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
