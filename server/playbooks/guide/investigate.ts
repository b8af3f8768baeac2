import { hash } from "node:crypto";
import { z } from "zod";
import type { Problem } from "#contracts/problem";
import { parseDateMath } from "../date-math.ts";
import type { OsqueryQuery, PlaybookQuery, Provider, QueryGroup, RangeBound } from "../playbook.ts";
import type { Embedded } from "./embedded.ts";
import { searchedKind } from "./searched.ts";
import { slug } from "./slug.ts";

type At = NonNullable<Problem["at"]>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const provider = z.object({
  field: z.string().min(1),
  excluded: z.boolean().default(false),
  queryType: z.enum(["phrase", "phrases", "range", "exists", "literal", "parameter"]).default("phrase"),
  value: z.union([scalar, z.array(scalar), z.record(z.string(), scalar)]).optional(),
  valueType: z.enum(["string", "number", "boolean"]).optional(),
  /** In the older `insight` blocks, also as `queryType`: a `parameter` names the field whose value is searched. */
  type: z.enum(["literal", "parameter"]).optional(),
});
type ProviderEntry = z.infer<typeof provider>;

const investigate = z.object({
  label: z.string().default("Related events"),
  description: z.string().default(""),
  relativeFrom: z.string().optional(),
  relativeTo: z.string().optional(),
  providers: z.array(z.array(z.unknown()).min(1)).min(1),
});

const osquery = z.object({
  label: z.string().default("Query for the host"),
  query: z.string().min(1),
  description: z.string().default(""),
});

const knownNames = {
  investigate: ["label", "description", "relativeFrom", "relativeTo", "providers"],
  provider: ["field", "excluded", "queryType", "value", "valueType", "type"],
  osquery: ["label", "query", "description", "ecs_mapping", "timeout"],
} as const;

const nothing: Embedded = { queries: [], osquery: [], notes: [] };

/**
 * Compiles an investigate query of a guide (Elastic's investigation guides; format of `providers`: groups are OR-ed,
 * the providers in one AND-ed). Providers that are not valid and names that are not known are warnings. A group of
 * which a provider is not valid is left out: without it the group would find more than it should.
 */
export function compileInvestigate(value: unknown, isInsight: boolean, at: At, warnings: Problem[]): Embedded {
  const warn = (message: string, field?: string): void => {
    warnings.push({ code: "playbook.invalid-query", message, at: field === undefined ? at : { ...at, field } });
  };
  const checked = investigate.safeParse(value);
  if (!checked.success) {
    warn(`the query cannot be read: ${firstIssue(checked.error)}`);
    return nothing;
  }
  warnUnknown(value, knownNames.investigate, warn);
  const { label, description, relativeFrom, relativeTo, providers } = checked.data;
  const groups = providers.flatMap((entries, index) => {
    const group = entries.flatMap((entry, place) => {
      const path = `providers.${index}.${place}`;
      const parsed = provider.safeParse(entry);
      if (!parsed.success) {
        warn(`a provider of "${label}" cannot be read: ${firstIssue(parsed.error)}`, path);
        return [];
      }
      warnUnknown(entry, knownNames.provider, (message) => warn(message, path));
      const compiled = compileProvider(parsed.data, isInsight, (message) => warn(message, path));
      return compiled === undefined ? [] : [compiled];
    });
    return group.length === entries.length ? [group] : [];
  });
  const from = dateMath(relativeFrom, warn);
  const to = dateMath(relativeTo, warn);
  const notes = description.trim() === "" ? [] : [`${label}: ${description.trim()}`];
  // `now` is the time of the detection there. Here it is the time of the event, and the query looks as far ahead.
  const window = { from, to: to === "now" && from !== "now" ? undefined : to };
  return { queries: queriesOf(label, groups, window), osquery: [], notes };
}

/** Compiles an osquery query of a guide. */
export function compileOsquery(value: unknown, at: At, warnings: Problem[]): Embedded {
  const warn = (message: string): void => {
    warnings.push({ code: "playbook.invalid-query", message, at });
  };
  const checked = osquery.safeParse(value);
  if (!checked.success) {
    warn(`the osquery query cannot be read: ${firstIssue(checked.error)}`);
    return nothing;
  }
  warnUnknown(value, knownNames.osquery, warn);
  const { label, query: sql, description } = checked.data;
  const one: OsqueryQuery = { label, sql: sql.trim() };
  return { queries: [], osquery: [one], notes: description.trim() === "" ? [] : [`${label}: ${description.trim()}`] };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? "unknown form" : `${issue.path.join(".") || "it"}: ${issue.message}`;
}

function warnUnknown(value: unknown, known: readonly string[], warn: (message: string) => void): void {
  for (const name of Object.keys(Object(value)).filter((key) => !known.includes(key))) {
    warn(`unknown field "${name}"; it is ignored`);
  }
}

function dateMath(text: string | undefined, warn: (message: string) => void): string | undefined {
  if (text === undefined || text.trim() === "") {
    return undefined;
  }
  const parsed = parseDateMath(text);
  if (!parsed.ok) {
    warn(`${parsed.error.message}; everything stored is searched`);
  }
  return parsed.ok ? text.trim() : undefined;
}

function compileProvider(
  entry: ProviderEntry,
  isInsight: boolean,
  warn: (message: string) => void,
): Provider | undefined {
  const { field, excluded, valueType } = entry;
  const common = { field, excluded, caseInsensitive: false };
  const isParameter = entry.type === "parameter" || entry.queryType === "parameter";
  const asTemplate = (value: string | number | boolean): string | number | boolean =>
    isParameter && isInsight && typeof value === "string" && !value.includes("{{") ? `{{${value}}}` : value;
  switch (entry.queryType) {
    case "exists":
      return { type: "exists", ...common };
    case "phrase":
    case "literal":
    case "parameter":
      if (entry.value === undefined || typeof entry.value === "object") {
        warn(`"${field}" needs one value`);
        return undefined;
      }
      return { type: "phrase", value: typed(asTemplate(entry.value), valueType, warn), ...common };
    case "phrases": {
      const list = typeof entry.value === "string" ? parsedJson(entry.value) : entry.value;
      const values = z.array(scalar).min(1).safeParse(list);
      if (!values.success) {
        warn(`"${field}" needs a JSON array of values`);
        return undefined;
      }
      return { type: "phrases", values: values.data.map((value) => typed(value, valueType, warn)), ...common };
    }
    case "range": {
      const bounds = boundsOf(typeof entry.value === "string" ? parsedJson(entry.value) : entry.value, valueType, warn);
      if (bounds.length === 0) {
        warn(`"${field}" needs bounds such as {"gte": 1, "lt": 5}`);
        return undefined;
      }
      return { type: "range", bounds, ...common };
    }
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const operators = { gt: ">", gte: ">=", lt: "<", lte: "<=", from: ">=", to: "<" } as const;

function boundsOf(
  value: unknown,
  valueType: ProviderEntry["valueType"],
  warn: (message: string) => void,
): readonly RangeBound[] {
  const checked = z.partialRecord(z.enum(["gt", "gte", "lt", "lte", "from", "to"]), scalar).safeParse(value);
  return Object.entries(checked.success ? checked.data : {}).flatMap(([name, bound]) => {
    const converted = typed(bound, valueType === "boolean" ? "string" : valueType, warn);
    return typeof converted === "boolean"
      ? []
      : [{ operator: operators[name as keyof typeof operators], value: converted }]; // the schema permits no other key
  });
}

/** The value in the type that the author names; templates keep the type of what is filled in. */
function typed(
  value: string | number | boolean,
  valueType: ProviderEntry["valueType"],
  warn: (message: string) => void,
): string | number | boolean {
  if (typeof value !== "string" || value.includes("{{") || valueType === undefined || valueType === "string") {
    return value;
  }
  if (
    valueType === "boolean" ? /^(?:true|false)$/.test(value) : value.trim() !== "" && Number.isFinite(Number(value))
  ) {
    return valueType === "boolean" ? value === "true" : Number(value);
  }
  warn(`"${value}" is no ${valueType}; it is searched as a text`);
  return value;
}

/** Alerts are stored apart from events, so a query of which only some groups are about alerts becomes two. */
function queriesOf(
  label: string,
  groups: readonly (readonly Provider[])[],
  window: Pick<PlaybookQuery, "from" | "to">,
): readonly PlaybookQuery[] {
  const alerts = groups.filter(isAboutAlerts);
  const events = groups.filter((group) => !isAboutAlerts(group));
  const isMixed = alerts.length > 0 && events.length > 0;
  return [
    ...(events.length === 0 ? [] : [queryOf(isMixed ? `${label} (events)` : label, "events", events, window)]),
    ...(alerts.length === 0 ? [] : [queryOf(isMixed ? `${label} (alerts)` : label, "alerts", alerts, window)]),
  ];
}

function queryOf(
  label: string,
  target: "events" | "alerts",
  groups: readonly (readonly Provider[])[],
  { from, to }: Pick<PlaybookQuery, "from" | "to">,
): PlaybookQuery {
  const kind = searchedKind(target, groups);
  const isChildren = target === "events" && kind.id === "process" && groups.every(isAboutChildren);
  const digest = hash("sha256", JSON.stringify([label, target, from, to, groups]), "hex").slice(0, 8);
  return {
    id: `${slug(label, 5)}-${digest}`,
    label,
    target,
    from,
    to,
    groups: labelled(groups),
    columns: kind.columns,
    shownBy: kind.shownBy,
    lineage: isChildren ? "children" : undefined,
    nothing: isChildren ? "No child process was recorded" : kind.nothing,
  };
}

function isAboutAlerts(group: readonly Provider[]): boolean {
  return group.some(
    ({ field, excluded, ...rest }) =>
      field === "event.kind" && !excluded && rest.type === "phrase" && rest.value === "signal",
  );
}

/** Whether the group asks for the children of the process of the alert. */
function isAboutChildren(group: readonly Provider[]): boolean {
  return group.some(
    (one) =>
      !one.excluded &&
      one.type === "phrase" &&
      ((one.field === "process.parent.entity_id" && /^\{\{\s*process\.entity_id\s*\}\}$/.test(String(one.value))) ||
        (one.field === "process.parent.pid" && /^\{\{\s*process\.pid\s*\}\}$/.test(String(one.value)))),
  );
}

/** A group is named after the fields of the alert that it uses; groups with the same, after what only they test. */
function labelled(groups: readonly (readonly Provider[])[]): readonly QueryGroup[] {
  const keyOf = (one: Provider): string => JSON.stringify(one);
  const uses = new Map<string, number>();
  for (const key of groups.flatMap((group) => [...new Set(group.map(keyOf))])) {
    uses.set(key, (uses.get(key) ?? 0) + 1);
  }
  const taken = new Set<string>();
  return groups.map((providers, index) => {
    const own = providers.filter((one) => groups.length === 1 || uses.get(keyOf(one)) !== groups.length);
    const filled = [...new Set(own.filter(isFilled).map(({ field }) => field))];
    const named = filled.length > 0 ? `by ${filled.join(" and ")}` : own.map(literalOf).join(" and ");
    const label = named === "" || taken.has(named) ? `${named} (group ${index + 1})`.trim() : named;
    taken.add(label);
    return { label, providers };
  });
}

function isFilled(one: Provider): boolean {
  return one.type === "phrase" && typeof one.value === "string" && one.value.includes("{{");
}

function literalOf(one: Provider): string {
  const value =
    one.type === "phrase"
      ? ` ${String(one.value)}`
      : one.type === "phrases"
        ? ` ${one.values.map(String).join(" or ")}`
        : "";
  return `${one.excluded ? "not " : ""}${one.field}${value}`;
}
