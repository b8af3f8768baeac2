import type { Problem } from "#contracts/problem";
import type { Condition } from "../condition/tree.ts";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { parseDateMath } from "./date-math.ts";
import {
  type CheckEntry,
  type FrontMatter,
  type ParsedFrontMatter,
  type ProviderTest,
  parseFrontMatter,
  type QueryEntry,
} from "./front-matter.ts";
import { compileGuide } from "./guide/compile.ts";
import { looksLikeGuide } from "./guide/page.ts";
import { slug } from "./guide/slug.ts";
import { type Line, paragraphs, splitSections } from "./markdown.ts";
import type { AppliesTo, Check, Playbook, PlaybookBody, PlaybookQuery, Provider, RangeBound } from "./playbook.ts";
import { withValidReferences } from "./references.ts";
import { readSections } from "./sections.ts";
import { unclosedMarks } from "./unclosed.ts";

/** Compiles the condition of a check; the EQL parser by default. */
export type ConditionParser = (text: string) => Result<Condition, Problem>;

/** Whether a text has a YAML block at its beginning, as our own playbooks do. */
export function hasFrontMatter(text: string): boolean {
  return frontMatterEnd(linesOf(text)) !== -1;
}

/** The problem of a text that begins with a YAML block which does not end. */
export function unclosedFrontMatter(text: string, file: string): Problem | undefined {
  const lines = linesOf(text);
  const isKey = /^(?:[A-Za-z][\w-]*:(?:\s|$)|#)/.test(lines.slice(1).find((line) => line.trim() !== "") ?? "");
  return lines[0] === "---" && frontMatterEnd(lines) === -1 && isKey
    ? {
        code: "playbook.unclosed",
        message: "the YAML block that begins here is never closed",
        at: { file, line: 1, column: 1 },
        remedy: "Write --- on a line of its own before the text.",
      }
    : undefined;
}

function linesOf(text: string): readonly string[] {
  return text.replace(/^\uFEFF/, "").split(/\r?\n/);
}

function frontMatterEnd(lines: readonly string[]): number {
  return lines[0] === "---" ? lines.indexOf("---", 1) : -1;
}

/**
 * Compiles a playbook file: YAML front matter for queries and checks, Markdown for the text that analysts read (syntax:
 * `playbooks/README.md`). What cannot be read is left out, and is in `warnings` of the playbook with its place; only a
 * file without any step is refused.
 */
export function parsePlaybook(
  text: string,
  file: string,
  parseCondition: ConditionParser = parseEqlCondition,
): Result<Playbook, readonly Problem[]> {
  const lines = linesOf(text);
  const end = frontMatterEnd(lines);
  if (end === -1) {
    const unclosed = unclosedFrontMatter(text, file);
    if (unclosed !== undefined) {
      return fail([unclosed]);
    }
    return fail([
      {
        code: "playbook.front-matter-missing",
        message: "the file does not begin with a YAML block between two --- lines",
        at: { file, line: 1 },
        remedy: "See playbooks/README.md for an example.",
      },
    ]);
  }
  const head = parseFrontMatter(lines.slice(1, end).join("\n"), file, 2);
  const body: readonly Line[] = lines.slice(end + 1).map((line, index) => ({ text: line, line: end + 2 + index }));
  const found: Problem[] = [];
  const own = readBody(body, file, found);
  const sections = own.content.steps.length > 0 ? own : (guideIn(body, file, found) ?? own);
  const warnings: Problem[] = [...head.warnings, ...found];
  if (sections.content.steps.length === 0) {
    const message = "there are no steps under a heading `## Steps`";
    return fail([{ code: "playbook.no-steps", message, at: { file, line: 1 } }, ...warnings]);
  }
  const { data } = head;
  const unreadable = new Set(data.unreadable);
  const queries = Object.entries(data.queries).flatMap(([id, entry]) => {
    const query = compileQuery(id, entry, warnings, head, file);
    if (query === undefined) {
      unreadable.add(id);
    }
    return query ?? [];
  });
  const checks = Object.entries(data.checks).flatMap(
    ([id, check]) => compileCheck(id, check, parseCondition, warnings, head, file) ?? [],
  );
  const playbook = {
    id: data.id ?? slug(file.replace(/\.md$/i, ""), 8),
    title: data.title ?? titleOf(body) ?? file,
    version: data.version ?? "1",
    origin: { kind: "playbook" } as const,
    applies: {
      ruleIds: data.rules,
      techniques: data.techniques,
      tags: data.tags,
      events: data.events && compileEvents(data.events, parseCondition, warnings, head, file),
      fallback: data.fallback,
    },
    source: data.source ?? file,
    ...sections.content,
    decision:
      data.decision === undefined
        ? sections.content.decision
        : { benign: data.decision.benign, secondAnalyst: data.decision["second-analyst"] },
    queries: [...queries, ...sections.content.queries],
    checks,
    file,
  };
  for (const key of ["id", "title", "source"] as const) {
    if (data[key] === undefined && !warnings.some(({ at }) => at?.field === key)) {
      const message = `the front matter has no ${key}; "${playbook[key]}" is used`;
      warnings.push({ code: "playbook.front-matter", message, at: { file, line: 1, field: key } });
    }
  }
  return ok({ ...withValidReferences(playbook, head, sections.lineOfStep, unreadable, warnings), warnings });
}

interface ReadBody {
  readonly content: PlaybookBody;
  readonly lineOfStep: ReadonlyMap<string, number>;
}

/** The text of a playbook in our own format. */
function readBody(lines: readonly Line[], file: string, warnings: Problem[]): ReadBody {
  const document = splitSections(lines);
  warnings.push(...unclosedMarks(lines, file));
  const { content, lineOfStep } = readSections(document.sections, file, warnings);
  const summary = paragraphs(document.introduction).join("\n\n");
  const decision = { benign: "anchors", secondAnalyst: false } as const;
  return { content: { ...content, summary, decision, queries: [], relatedRules: [] }, lineOfStep };
}

/** An investigation guide below the front matter, which says what it is for. */
function guideIn(lines: readonly Line[], file: string, warnings: Problem[]): ReadBody | undefined {
  const text = lines.map((line) => line.text).join("\n");
  if (!looksLikeGuide(text)) {
    return undefined;
  }
  const source = { text, file, firstLine: lines[0]?.line ?? 1, investigate: [], osquery: [] };
  const { warnings: own, findings: _, title: __, ...content } = compileGuide(source);
  warnings.splice(0, warnings.length, ...own);
  return { content, lineOfStep: new Map() };
}

function titleOf(lines: readonly Line[]): string | undefined {
  return lines
    .find(({ text }) => text.startsWith("# "))
    ?.text.slice(2)
    .trim();
}

function compileQuery(
  id: string,
  query: QueryEntry,
  warnings: Problem[],
  head: ParsedFrontMatter,
  file: string,
): PlaybookQuery | undefined {
  let isValid = true;
  for (const edge of ["from", "to"] as const) {
    const math = query[edge] === undefined ? undefined : parseDateMath(query[edge]);
    if (math !== undefined && !math.ok) {
      const path = ["queries", id, edge];
      warnings.push({ ...math.error, at: { file, ...head.placeOf(path), field: path.join(".") } });
      isValid = false;
    }
  }
  return !isValid
    ? undefined
    : {
        id,
        label: query.label,
        target: query.target,
        from: query.from,
        to: query.to,
        columns: query.columns,
        lineage: query.lineage,
        nothing: query.nothing,
        shownBy: query["shown-by"],
        groups: query.groups.map((group) => ({
          label: group.label,
          providers: Object.entries(group.where).map(([field, test]) => provider(field, test)),
        })),
      };
}

const bounds = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

function provider(field: string, test: ProviderTest): Provider {
  if (typeof test !== "object") {
    return { type: "phrase", field, value: test, excluded: false, caseInsensitive: false };
  }
  if (Array.isArray(test)) {
    return { type: "phrases", field, values: test, excluded: false, caseInsensitive: false };
  }
  if ("exists" in test) {
    return { type: "exists", field, excluded: !test.exists, caseInsensitive: false };
  }
  if ("is" in test || "not" in test) {
    const value = "is" in test ? test.is : test.not;
    const common = { field, excluded: "not" in test, caseInsensitive: test.case === "insensitive" };
    return Array.isArray(value) ? { type: "phrases", values: value, ...common } : { type: "phrase", value, ...common };
  }
  const found: RangeBound[] = [];
  for (const key of ["gt", "gte", "lt", "lte"] as const) {
    const value = test[key];
    if (value !== undefined) {
      found.push({ operator: bounds[key], value });
    }
  }
  return { type: "range", field, bounds: found, excluded: false, caseInsensitive: false };
}

function compileCheck(
  id: string,
  check: CheckEntry,
  parseCondition: ConditionParser,
  warnings: Problem[],
  head: ParsedFrontMatter,
  file: string,
): Check | undefined {
  const rows = /^(<=|>=|<|>|=) ?(\d+)$/.exec(check.rows);
  const operator = (rows?.[1] ?? ">=") as Check["rows"]["operator"]; // the schema permits no other text
  const common = {
    id,
    stepId: check.step,
    on: check.on,
    group: check.group === undefined ? undefined : check.group - 1,
    rows: { operator, count: Number(rows?.[2] ?? 1) },
    suggests: check.suggests,
    because: check.because,
  };
  if (check.where === undefined) {
    return common;
  }
  const condition = parseCondition(check.where);
  if (condition.ok) {
    return { ...common, where: { text: check.where.trim(), condition: condition.value } };
  }
  warnings.push(conditionProblem(condition.error, check.where, ["checks", id, "where"], head, file));
  return undefined;
}

function compileEvents(
  { label, where }: NonNullable<FrontMatter["events"]>,
  parseCondition: ConditionParser,
  warnings: Problem[],
  head: ParsedFrontMatter,
  file: string,
): AppliesTo["events"] {
  const condition = parseCondition(where);
  if (condition.ok) {
    return { label, where: { text: where.trim(), condition: condition.value } };
  }
  warnings.push(conditionProblem(condition.error, where, ["events", "where"], head, file));
  return undefined;
}

function conditionProblem(
  error: Problem,
  text: string,
  path: readonly string[],
  head: ParsedFrontMatter,
  file: string,
): Problem {
  // The text of a block (`where: |`) begins on the line after its key.
  const first = head.placeOf(path).line + (text.endsWith("\n") ? 1 : 0);
  const line = first + (error.at?.line ?? 1) - 1;
  return { ...error, at: { file, line, column: error.at?.column, field: path.join(".") } };
}
