import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Playbook, PlaybookText } from "../playbook.ts";
import { compileGuide } from "./compile.ts";
import { headingWords, sectionKind } from "./headings.ts";
import { idOfText } from "./slug.ts";
import { fencedText } from "./texts.ts";

/** Whether a text looks like a guide: with Markdown headings, or as a page that has lost them. */
export function looksLikeGuide(text: string): boolean {
  return text.split("\n").some((line) => line.length < 200 && isGuideHeading(line));
}

function isGuideHeading(line: string): boolean {
  const words = headingWords(line);
  const kind = sectionKind(line);
  return (
    (kind === "steps" && /\b(?:steps|checklist|questions)$/.test(words)) ||
    words === "triage and analysis" ||
    words === "investigation guide"
  );
}

/**
 * Compiles a guide that stands in a file by itself: in Markdown, or as the text of a published page, which has lost
 * headings, nesting and backticks. A page names its rule, but not its id: `ruleNames` has the name.
 */
export function compileGuideFile(text: string, file: string): Result<Playbook, readonly Problem[]> {
  const page = /^\s*•/m.test(text) ? readPage(text) : undefined;
  const source = { text: page?.guide ?? text, file, firstLine: 1, investigate: [], osquery: [] };
  const { findings: _, title: heading, ...content } = compileGuide(source);
  if (content.steps.length === 0) {
    return fail([
      {
        code: "playbook.no-steps",
        message: "the guide has neither bullets nor instructions to investigate",
        at: { file, line: 1 },
        remedy: "Write bullets below a heading such as `### Possible investigation steps`.",
      },
    ]);
  }
  const named = page?.name ?? heading ?? fileName(file);
  return ok({
    id: idOfText(named, new Map()),
    title: heading ?? named,
    version: page?.version ?? "1",
    origin: { kind: "page" },
    applies: { ruleIds: [], ruleNames: [named], techniques: [], tags: [], fallback: false },
    source: page === undefined ? `The guide in ${file}` : `The published page in ${file}`,
    checks: [],
    file,
    ...content,
    summary: [page?.description ?? "", content.summary].filter((part) => part !== "").join("\n\n"),
    texts: [
      ...(page?.facts ?? []),
      ...content.texts,
      ...(page?.query ?? []).map((one) => ({ ...one, afterStep: content.steps.at(-1)?.id })),
    ],
  });
}

function fileName(file: string): string {
  return (file.split("/").at(-1) ?? file).replace(/\.[a-z]+$/i, "");
}

interface Page {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  /** The guide with its headings and its nesting, on the lines where it stands in the page. */
  readonly guide: string;
  /** Type, severity, tags and the like, as the page lists them. */
  readonly facts: readonly PlaybookText[];
  readonly query: readonly PlaybookText[];
}

/** Lines that a bullet of a step begins with. */
const stepLabel = /^(?:Focus|Hint|Implication|Why|Range|Note|Scope|Library|Identity):\s/;

/**
 * Reads the text of a page: the title above the first "edit" link, facts of the rule as "Label: value", the guide, its
 * setup and the query of the rule. Bullets with a label belong to the bullet before them that has none.
 */
function readPage(text: string): Page {
  const lines = text.split("\n").map((line) => line.trim());
  const start = lines.findIndex((line) => isGuideHeading(line));
  const above = lines.slice(0, Math.max(0, start)).filter((line) => line !== "" && line !== "edit");
  const end = lines.findIndex((line, index) => index > start && headingWords(line) === "rule query");
  const beforeEdit = lines.slice(0, Math.max(0, lines.indexOf("edit"))).filter((line) => line !== "");
  const name = beforeEdit.at(-1);
  const facts = above.findIndex((line) => /^Rule type:/.test(line));
  const introduction = above.slice(above.indexOf(name ?? "") + 1, facts === -1 ? undefined : facts);
  let isInSteps = false;
  const guide = lines.map((line, index) => {
    if (index < start || (end !== -1 && index >= end) || line === "edit") {
      return "";
    }
    const bullet = /^•\s*/.exec(line);
    if (bullet === null) {
      const kind = line.length < 200 && !/[.?!]$/.test(line) ? sectionKind(line) : "other";
      if (kind === "other" || (kind === "setup" && headingWords(line) !== "setup")) {
        return line;
      }
      isInSteps = kind === "steps" || (isInSteps && kind === "wrapper");
      return `## ${line}`;
    }
    const rest = line.slice(bullet[0].length);
    return isInSteps && stepLabel.test(rest) ? `  - ${rest}` : `- ${rest}`;
  });
  const query =
    end === -1
      ? ""
      : lines
          .slice(end + 1)
          .filter((line) => line !== "edit")
          .join("\n")
          .trim();
  const metadata =
    facts === -1
      ? ""
      : above
          .slice(facts)
          .map((line) => line.replace(/^•\s*/, "- "))
          .join("\n");
  return {
    name,
    version: above.flatMap((line) => /^Version:\s*(\S+)/.exec(line)?.[1] ?? []).at(0),
    description: introduction.join("\n\n"),
    guide: guide.join("\n"),
    facts: metadata === "" ? [] : [{ title: "The rule", markdown: metadata }],
    query: query === "" ? [] : [{ title: "Rule query", markdown: fencedText(query) }],
  };
}
