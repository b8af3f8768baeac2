import { type ExceptionQuery, exceptionQuery } from "#contracts/exception-life";

/** The filters of the exception list in the URL: only what differs from the defaults. */
const lists = ["state", "breadth"] as const;
const texts = ["text", "rule", "owner", "hits", "olderThan", "sort", "cursor"] as const;
const defaults = exceptionQuery.parse({});

/** Parses the filters of a URL. Invalid values are dropped, so that a mistyped link still opens. */
export function parseListUrl(search: URLSearchParams): ExceptionQuery {
  const raw: Record<string, unknown> = {};
  for (const name of lists) {
    const values = search.getAll(name);
    if (values.length > 0) {
      raw[name] = values;
    }
  }
  for (const name of texts) {
    const value = search.get(name) ?? "";
    if (value !== "") {
      raw[name] = name === "olderThan" ? Number(value) : value;
    }
  }
  const whole = exceptionQuery.safeParse(raw);
  if (whole.success) {
    return whole.data;
  }
  for (const issue of whole.error.issues) {
    delete raw[String(issue.path[0])];
  }
  return exceptionQuery.safeParse(raw).data ?? defaults;
}

export function buildListUrl(query: Partial<ExceptionQuery>): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of lists) {
    for (const value of query[name] ?? []) {
      search.append(name, value);
    }
  }
  for (const name of texts) {
    const value = query[name];
    if (value !== undefined && value !== "" && value !== defaults[name]) {
      search.set(name, String(value));
    }
  }
  return search;
}

/** Whether any filter is set. */
export function isFiltered(query: ExceptionQuery): boolean {
  const { cursor: _, sort: __, ...filters } = query;
  return buildListUrl(filters).size > 0;
}
