import { type RuleQuery, ruleQuery } from "#contracts/rule";

/** The filters of the rule list in the URL: only what differs from the defaults. */
const lists = ["state", "severity", "language", "tactic", "folder", "guide"] as const;
export type ListFilter = (typeof lists)[number];
const texts = ["text", "field", "value", "sort", "cursor"] as const;

const defaults = ruleQuery.parse({});

/** Parses the filters of a URL. Invalid values are dropped, so that a mistyped link still opens. */
export function parseRulesUrl(search: URLSearchParams): RuleQuery {
  const raw: Record<string, unknown> = {};
  for (const name of lists) {
    raw[name] = search.getAll(name);
  }
  for (const name of texts) {
    const value = search.get(name);
    if (value !== null && value !== "") {
      raw[name] = value;
    }
  }
  if (search.get("ascending") === "true") {
    raw["ascending"] = true;
  }
  const whole = ruleQuery.safeParse(raw);
  if (whole.success) {
    return whole.data;
  }
  for (const issue of whole.error.issues) {
    delete raw[String(issue.path[0])];
  }
  return ruleQuery.safeParse(raw).data ?? defaults;
}

export function buildRulesUrl(query: RuleQuery): URLSearchParams {
  const search = new URLSearchParams();
  for (const name of lists) {
    for (const value of query[name]) {
      search.append(name, value);
    }
  }
  for (const name of texts) {
    const value = query[name];
    if (value !== undefined && value !== "" && value !== defaults[name]) {
      search.set(name, value);
    }
  }
  if (query.ascending) {
    search.set("ascending", "true");
  }
  return search;
}
