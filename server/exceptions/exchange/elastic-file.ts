import { z } from "zod";
import { type ElasticItem, type ElasticList, elasticItem, elasticList } from "#contracts/elastic-exception";
import type { Problem } from "#contracts/problem";
import { canonicalJson } from "../../lib/canonical-json.ts";

/** Most objects of one file, as in Elastic. */
export const mostObjects = 10_000;
/** Longest line in UTF-16 units: room for an entry with the most values of ordinary length. */
const longestLine = 4 * 1024 * 1024;
/** Items have six levels; whatever nests deeper than this is none. */
const deepest = 40;
/** Problems of one line that are reported. */
const mostProblems = 5;

/** Of a rule only its references are read. */
const referringRule = z.object({
  rule_id: z.string().min(1),
  exceptions_list: z.array(z.object({ list_id: z.string() })).default([]),
});

/** An object of the file with its line, counted from 1. */
export interface Placed<T> {
  readonly line: number;
  readonly value: T;
}

export interface ElasticFile {
  /** Ids of rules by the lists that they refer to: exported rules can be in the same file. */
  readonly rulesOf: ReadonlyMap<string, readonly string[]>;
  readonly lists: readonly Placed<ElasticList>[];
  readonly items: readonly Placed<ElasticItem>[];
  /** Broken lines, each with its line and field. */
  readonly problems: readonly Problem[];
}

/**
 * Reads exception lists and items as Elastic exports them: one JSON object per line, in any order. A line is an item if
 * it has `entries` or `item_id`; the counters at the end are skipped. Unknown keys are refused. Broken lines never stop
 * the others. See docs/decisions/0086.
 */
export function parseElasticFile(text: string, file: string): ElasticFile {
  const lists: Placed<ElasticList>[] = [];
  const items: Placed<ElasticItem>[] = [];
  const problems: Problem[] = [];
  const rulesOf = new Map<string, readonly string[]>();
  let objects = 0;
  for (const { line, text: content } of linesOf(text)) {
    const at = { file, line };
    const parsed = parseObject(content);
    if (typeof parsed === "string") {
      problems.push({ code: "exchange.line", message: parsed, at });
      continue;
    }
    if ("exported_exception_list_count" in parsed || "exported_rules_count" in parsed) {
      continue;
    }
    objects += 1;
    if (objects > mostObjects) {
      const message = `the file has more than ${mostObjects.toLocaleString("en")} objects`;
      const remedy = "Split it into several files.";
      return { lists: [], items: [], rulesOf, problems: [{ code: "exchange.too-many-objects", message, at, remedy }] };
    }
    if ("rule_id" in parsed) {
      const rule = referringRule.safeParse(parsed);
      for (const { list_id: id } of rule.success ? rule.data.exceptions_list : []) {
        rulesOf.set(id, [...(rulesOf.get(id) ?? []), rule.data?.rule_id ?? ""]);
      }
    } else if ("entries" in parsed || "item_id" in parsed) {
      place(elasticItem.safeParse(parsed), line, items, problems, file);
    } else {
      place(elasticList.safeParse(parsed), line, lists, problems, file);
    }
  }
  return { lists, items, problems, rulesOf };
}

function place<T>(
  result: z.ZodSafeParseResult<T>,
  line: number,
  placed: Placed<T>[],
  problems: Problem[],
  file: string,
): void {
  if (result.success) {
    placed.push({ line, value: result.data });
    return;
  }
  problems.push(...result.error.issues.slice(0, mostProblems).map((issue) => problemOf(issue, file, line)));
}

function problemOf(issue: z.core.$ZodIssue, file: string, line: number): Problem {
  const keys = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 3).map((key) => key.slice(0, 100)) : [];
  const field = [...issue.path.map(String), ...keys.slice(0, 1)].join(".");
  const what = keys.length > 0 ? `unknown key ${keys.join(", ")}` : issue.message.replace(/^Invalid input: /, "");
  return {
    code: "exchange.line",
    message: `${field === "" ? "" : `${field}: `}${what}`,
    at: { file, line, ...(field === "" ? {} : { field }) },
  };
}

/** Lines that are not blank. */
function* linesOf(text: string): Generator<{ readonly line: number; readonly text: string }> {
  let line = 0;
  for (let start = 0; start <= text.length; ) {
    line += 1;
    const end = text.indexOf("\n", start);
    const content = text.slice(start, end === -1 ? text.length : end).replace(/^\ufeff/, "");
    if (content.trim() !== "") {
      yield { line, text: content };
    }
    start = end === -1 ? text.length + 1 : end + 1;
  }
}

/** The object of a line, or what is wrong with it. */
function parseObject(text: string): object | string {
  if (text.length > longestLine) {
    return `the line has ${text.length} characters; at most ${longestLine} are read`;
  }
  if (depthOf(text) > deepest) {
    return `it nests more than ${deepest} levels deep`;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : String(error);
    return `not a JSON object: ${reason}`;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return "expected a JSON object";
  }
  return hasHostileKey(value) ? "unknown key __proto__" : value;
}

/** Levels of brackets outside of texts, counted before anything recursive sees the line. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (mark === "[" || mark === "{") {
      depth += 1;
      most = Math.max(most, depth);
    } else if (mark === "]" || mark === "}") {
      depth -= 1;
    }
  }
  return most;
}

/** `JSON.parse` makes it an own key, and copying the object would make it a prototype. */
function hasHostileKey(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    (Object.hasOwn(value, "__proto__") || Object.values(value).some(hasHostileKey))
  );
}

/**
 * Writes lists and items as Elastic does: each list with its items after it, newest first, then the counters. Items of
 * lists that are not there are counted as such.
 */
export function printElasticFile(lists: readonly ElasticList[], items: readonly ElasticItem[]): string {
  const byList = Map.groupBy(items.toSorted(newestFirst), ({ list_id: id }) => id);
  const known = new Set(lists.map(({ list_id: id }) => id));
  const missing = [...byList.keys()].filter((id) => !known.has(id));
  const ids = [...new Set([...lists.map(({ list_id: id }) => id), ...missing])];
  const lines: object[] = ids.flatMap((id) => [
    ...lists.filter((list) => list.list_id === id),
    ...(byList.get(id) ?? []),
  ]);
  lines.push({
    exported_exception_list_count: lists.length,
    exported_exception_list_item_count: items.length,
    missing_exception_list_item_count: 0,
    missing_exception_list_items: [],
    missing_exception_lists: missing.map((id) => ({ list_id: id })),
    missing_exception_lists_count: missing.length,
  });
  return lines.map((line) => `${canonicalJson(line)}\n`).join("");
}

function newestFirst(left: ElasticItem, right: ElasticItem): number {
  const [a, b] = [left.created_at ?? "", right.created_at ?? ""];
  return a === b ? (left.item_id < right.item_id ? -1 : 1) : a < b ? 1 : -1;
}
