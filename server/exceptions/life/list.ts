import type { ExceptionRecord } from "#contracts/exception";
import { type ExceptionPage, type ExceptionQuery, exceptionStateAt } from "#contracts/exception-life";
import type { RequestProblem } from "#contracts/problem";
import { foldCase } from "../../condition/fold-case.ts";
import { explainEntry } from "../../exception/explain.ts";
import { appliesTo, type ScopedRule } from "../../exception/scope.ts";
import { boundCursor, sortedPage, unboundCursor } from "../../lib/cursor.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { ExceptionReader } from "../../store/exceptions/port.ts";
import { isDue } from "./health.ts";

const day = 86_400_000;

/**
 * A page of the exceptions that pass the filters. Every ingest reads all of them, so they are few enough to filter and
 * sort here. Problem: `request.invalid-cursor`.
 */
export async function exceptionPageOf(
  { exceptions }: { readonly exceptions: Pick<ExceptionReader, "all"> },
  rules: ReadonlyMap<string, ScopedRule>,
  { cursor, limit, ...filters }: ExceptionQuery,
  now: number,
): Promise<Result<ExceptionPage, RequestProblem>> {
  const list = JSON.stringify(["exceptions", filters]);
  const inner = cursor === undefined ? ok(undefined) : unboundCursor(cursor, list);
  if (!inner.ok) {
    return inner;
  }
  const all = await exceptions.all();
  const existing = all.filter(({ deletedAt }) => deletedAt === undefined);
  const passing = all.filter((record) => passes(record, filters, rules, now));
  const { next, ...page } = sortedPage(passing, { cursor: inner.value, limit }, orderBy(filters.sort));
  return ok({
    ...page,
    ...(next === undefined ? {} : { next: boundCursor(next, list) }),
    items: [...page.items],
    all: existing.length,
    owners: distinct(existing.flatMap(ownersOf)),
    ruleIds: distinct(existing.flatMap(({ ruleIds }) => ruleIds)),
  });
}

type Filters = Omit<ExceptionQuery, "cursor" | "limit">;

function passes(
  record: ExceptionRecord,
  { text, rule, owner, state = [], breadth = [], hits, olderThan }: Filters,
  rules: ReadonlyMap<string, ScopedRule>,
  now: number,
): boolean {
  const current = exceptionStateAt(record, now);
  return (
    (state.length === 0
      ? current !== "deleted"
      : state.includes(current) || (state.includes("due") && isDue(record, now))) &&
    (rule === undefined || appliesTo(record, rules.get(rule) ?? { id: rule })) &&
    (owner === undefined || ownersOf(record).includes(owner)) &&
    (breadth.length === 0 || breadth.some((level) => level === record.breadth.level)) &&
    (hits === undefined || (hits === "some") === record.hits > 0) &&
    (olderThan === undefined || now - Date.parse(record.createdAt) >= olderThan * day) &&
    (text === undefined || containsWords(record, text))
  );
}

function ownersOf({ createdBy, changedBy }: ExceptionRecord): readonly string[] {
  return changedBy === undefined ? [createdBy] : [createdBy, changedBy];
}

function containsWords(record: ExceptionRecord, text: string): boolean {
  const entries = [record.entries, ...(record.alternatives ?? [])].flat().map(explainEntry);
  const document = foldCase([record.name, record.reason, ...ownersOf(record), ...entries].join("\n"));
  return foldCase(text)
    .split(/\s+/)
    .every((word) => document.includes(word));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** What is absent comes last. */
function orderBy(sort: Filters["sort"]) {
  const keyOf = (record: ExceptionRecord): readonly [number, string, string] => {
    const { createdAt, id } = record;
    const time = (iso: string | undefined, absent: number) => (iso === undefined ? absent : Date.parse(iso));
    switch (sort) {
      case "created":
        return [-Date.parse(createdAt), createdAt, id];
      case "name":
        return [0, foldCase(record.name), id];
      case "hits":
        return [-record.hits, createdAt, id];
      case "last-hit":
        return [-time(record.lastHit, 0), createdAt, id];
      case "expires":
        return [time(record.expires, Number.MAX_SAFE_INTEGER), createdAt, id];
      case "breadth":
        return [-record.breadth.score, createdAt, id];
    }
  };
  return {
    types: ["number", "string", "string"],
    keyOf: (record: ExceptionRecord): [number, string, string] => [...keyOf(record)],
  } as const;
}
