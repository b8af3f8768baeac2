import { alertStatus } from "#contracts/alert";
import { type QueueQuery, queueQuery } from "#contracts/queue";

/** The queue's filters in the URL: only what differs from the defaults. */
const lists = ["status", "severity", "rule", "host", "user", "tactic"] as const;
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
  for (const name of ["group", "from", "to", "text"]) {
    const value = search.get(name);
    if (value !== null && value !== "") {
      raw[name] = value;
    }
  }
  if (search.get("buildingBlocks") === "true") {
    raw["buildingBlocks"] = true;
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
  if (query.group !== defaults.group) {
    search.set("group", query.group);
  }
  for (const name of lists) {
    if (!same(query[name], defaults[name])) {
      for (const value of query[name].length === 0 ? [""] : query[name]) {
        search.append(name, value);
      }
    }
  }
  for (const name of ["from", "to", "text"] as const) {
    const value = query[name];
    if (value !== undefined && value !== "") {
      search.set(name, value);
    }
  }
  if (query.buildingBlocks) {
    search.set("buildingBlocks", "true");
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
    [query.from, query.to, query.text].filter((value) => value !== undefined && value !== "").length
  );
}
