import type { Problem } from "#contracts/problem";
import type { Condition } from "../condition/tree.ts";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { parseDateMath } from "./date-math.ts";
import { type FrontMatter, type ParsedFrontMatter, type ProviderTest, parseFrontMatter } from "./front-matter.ts";
import { type Line, paragraphs, splitSections } from "./markdown.ts";
import type { AppliesTo, Check, Playbook, PlaybookQuery, Provider, RangeBound } from "./playbook.ts";
import { readSections } from "./sections.ts";

/** Compiles the condition of a check; the EQL parser by default. */
export type ConditionParser = (text: string) => Result<Condition, Problem>;

/**
 * Compiles a playbook file: YAML front matter for queries and checks, Markdown for the text that analysts read (syntax:
 * `playbooks/README.md`). Returns all problems of the file at once, each with its line; mistakes that do not prevent
 * its use are in `warnings` of the playbook.
 */
export function parsePlaybook(
  text: string,
  file: string,
  parseCondition: ConditionParser = parseEqlCondition,
): Result<Playbook, readonly Problem[]> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const end = lines.indexOf("---", 1);
  if (lines[0] !== "---" || end === -1) {
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
  if (!head.ok) {
    return head;
  }
  const body: readonly Line[] = lines.slice(end + 1).map((line, index) => ({ text: line, line: end + 2 + index }));
  const document = splitSections(body);
  const problems: Problem[] = [];
  const sections = readSections(document.sections, file, problems);
  const queries = Object.entries(head.value.data.queries).map(([id, query]) =>
    compileQuery(id, query, problems, head.value, file),
  );
  const checks = Object.entries(head.value.data.checks).map(([id, check]) =>
    compileCheck(id, check, parseCondition, problems, head.value, file),
  );
  const { id, title, version, rules, techniques, tags, events, fallback, decision, source } = head.value.data;
  const playbook = {
    id,
    title,
    version,
    origin: { kind: "playbook" } as const,
    applies: {
      ruleIds: rules,
      techniques,
      tags,
      events: events && compileEvents(events, parseCondition, problems, head.value, file),
      fallback,
    },
    source,
    decision: { benign: decision.benign, secondAnalyst: decision["second-analyst"] },
    texts: [],
    relatedRules: [],
    summary: paragraphs(document.introduction).join("\n\n"),
    ...sections.content,
    queries,
    checks,
    file,
  };
  const warnings = [...sections.warnings];
  checkReferences(playbook, head.value, sections.lineOfStep, file, problems, warnings);
  return problems.length > 0 ? fail(problems) : ok({ ...playbook, warnings });
}

function compileQuery(
  id: string,
  query: FrontMatter["queries"][string],
  problems: Problem[],
  head: ParsedFrontMatter,
  file: string,
): PlaybookQuery {
  for (const edge of ["from", "to"] as const) {
    const math = query[edge] === undefined ? undefined : parseDateMath(query[edge]);
    if (math !== undefined && !math.ok) {
      problems.push({ ...math.error, at: { file, line: head.lineOf(["queries", id, edge]), field: edge } });
    }
  }
  return {
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
  check: FrontMatter["checks"][string],
  parseCondition: ConditionParser,
  problems: Problem[],
  head: ParsedFrontMatter,
  file: string,
): Check {
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
  problems.push(conditionProblem(condition.error, check.where, ["checks", id, "where"], head, file));
  return common;
}

function compileEvents(
  { label, where }: NonNullable<FrontMatter["events"]>,
  parseCondition: ConditionParser,
  problems: Problem[],
  head: ParsedFrontMatter,
  file: string,
): AppliesTo["events"] {
  const condition = parseCondition(where);
  if (condition.ok) {
    return { label, where: { text: where.trim(), condition: condition.value } };
  }
  problems.push(conditionProblem(condition.error, where, ["events", "where"], head, file));
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
  const first = head.lineOf(path) + (text.endsWith("\n") ? 1 : 0);
  const line = first + (error.at?.line ?? 1) - 1;
  return { ...error, at: { file, line, column: error.at?.column, field: path.join(".") } };
}

function checkReferences(
  playbook: Omit<Playbook, "warnings">,
  head: ParsedFrontMatter,
  lineOfStep: ReadonlyMap<string, number>,
  file: string,
  problems: Problem[],
  warnings: Problem[],
): void {
  const queryIds = new Set(playbook.queries.map((query) => query.id));
  const stepIds = new Set(playbook.steps.map((step) => step.id));
  const used = new Set(playbook.steps.flatMap((step) => step.queryIds));
  for (const step of playbook.steps) {
    for (const id of step.queryIds.filter((query) => !queryIds.has(query))) {
      problems.push({
        code: "playbook.unresolved-query",
        message: `step "${step.id}" refers to the query "${id}", which does not exist`,
        at: { file, line: lineOfStep.get(step.id) },
        remedy: `Queries of this file: ${[...queryIds].join(", ") || "none"}.`,
      });
    }
  }
  for (const check of playbook.checks) {
    if (!stepIds.has(check.stepId)) {
      problems.push({
        code: "playbook.unresolved-step",
        message: `check "${check.id}" refers to the step "${check.stepId}", which does not exist`,
        at: { file, line: head.lineOf(["checks", check.id, "step"]) },
      });
    }
    if (check.on !== "alert" && !queryIds.has(check.on)) {
      problems.push({
        code: "playbook.unresolved-query",
        message: `check "${check.id}" refers to the query "${check.on}", which does not exist`,
        at: { file, line: head.lineOf(["checks", check.id, "on"]) },
      });
    }
    const groups = playbook.queries.find((query) => query.id === check.on)?.groups.length ?? 0;
    if (check.group !== undefined && check.group >= groups) {
      problems.push({
        code: "playbook.unresolved-group",
        message: `check "${check.id}" refers to group ${check.group + 1} of "${check.on}", which has ${groups}`,
        at: { file, line: head.lineOf(["checks", check.id, "group"]) },
      });
    }
    if (check.on === "alert" && check.where === undefined && head.data.checks[check.id]?.where === undefined) {
      problems.push({
        code: "playbook.check-without-condition",
        message: `check "${check.id}" on the alert has no condition`,
        at: { file, line: head.lineOf(["checks", check.id]) },
      });
    }
  }
  for (const id of [...queryIds].filter((query) => !used.has(query))) {
    warnings.push({
      code: "playbook.unused-query",
      message: `no step uses the query "${id}"`,
      at: { file, line: head.lineOf(["queries", id]) },
    });
  }
  if (!playbook.steps.some((step) => step.anchor)) {
    warnings.push({
      code: "playbook.no-anchor",
      message: "no step is an anchor, so no alert can be closed as benign with this playbook",
      at: { file, line: 1 },
    });
  }
  const { ruleIds, techniques, tags, events, fallback } = playbook.applies;
  if (ruleIds.length + techniques.length + tags.length === 0 && events === undefined && !fallback) {
    const message = "it names no rules, techniques, tags or events, so alerts get it only if somebody chooses it";
    warnings.push({ code: "playbook.no-rules", message, at: { file, line: 1 } });
  }
}
