import { alertStatus } from "#contracts/alert";
import { type QueueQuery, queueQuery } from "#contracts/queue";

/** The queue's filters in the URL: only what differs from the defaults. */
const lists = ["status", "severity", "rule", "host", "user", "tactic", "assignee", "tag"] as const;
const texts = ["from", "to", "text", "shape"] as const;
const flags = ["buildingBlocks", "unassigned"] as const;
export type ListFilter = (typeof lists)[number];

/** All statuses, in the order of triage. */
export const statuses = alertStatus.options;

const defaults = queueQuery.parse({});

/** Parses the filters of a URL. Invalid values are dropped, so that a mistyped link still opens. */
export function parseQueueUrl(search: URLSearchParams): QueueQuery {
  const raw: Record<string, unknown> = {};
  for (const name of lists) {
    if (search.has(name)) {
      raw[name] = search.getAll(name).filter((value) => value !== "");
    }
  }
  for (const name of ["group", "sort", ...texts]) {
    const value = search.get(name);
    if (value !== null && value !== "") {
      raw[name] = value;
    }
  }
  for (const name of flags) {
    if (search.get(name) === "true") {
      raw[name] = true;
    }
  }
  const limit = Number(search.get("limit"));
  if (Number.isInteger(limit) && limit > 0) {
    raw["limit"] = limit;
  }
  const whole = queueQuery.safeParse(raw);
  if (whole.success) {
    return whole.data;
  }
  for (const issue of whole.error.issues) {
    delete raw[String(issue.path[0])];
  }
  return queueQuery.safeParse(raw).data ?? defaults;
}

export function buildQueueUrl(query: QueueQuery): URLSearchParams {
  const search = new URLSearchParams();
  const same = (a: readonly string[], b: readonly string[]) =>
    a.length === b.length && a.every((value, at) => value === b[at]);
  for (const name of ["group", "sort"] as const) {
    if (query[name] !== defaults[name]) {
      search.set(name, query[name]);
    }
  }
  for (const name of lists) {
    if (!same(query[name], defaults[name])) {
      for (const value of query[name].length === 0 ? [""] : query[name]) {
        search.append(name, value);
      }
    }
  }
  for (const name of texts) {
    const value = query[name];
    if (value !== undefined && value !== "") {
      search.set(name, value);
    }
  }
  for (const name of flags) {
    if (query[name]) {
      search.set(name, "true");
    }
  }
  if (query.limit !== defaults.limit) {
    search.set("limit", String(query.limit));
  }
  return search;
}

/** Adds the value to a filter or removes it. */
export function toggled(query: QueueQuery, name: ListFilter, value: string): QueueQuery {
  const before: readonly string[] = query[name];
  const after = before.includes(value) ? before.filter((other) => other !== value) : [...before, value];
  return parseQueueUrl(buildQueueUrl({ ...query, [name]: after }));
}

export function filterCount(query: QueueQuery): number {
  return (
    lists.filter((name) => name !== "status").reduce((sum, name) => sum + query[name].length, 0) +
    texts.filter((name) => query[name] !== undefined && query[name] !== "").length +
    Number(query.unassigned)
  );
}
