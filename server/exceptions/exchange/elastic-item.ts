import { z } from "zod";
import type { ElasticEntry, ElasticItem, ElasticList, ExceptionOrigin } from "#contracts/elastic-exception";
import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { groupsOf } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { assertNever, fail, ok, type Result } from "../../lib/result.ts";
import { type Adapted, adaptGroups } from "./adapt.ts";

/** Lists that hold exceptions of detection rules; the others configure endpoints. */
const listTypes: readonly string[] = ["detection", "rule_default"];

export type Scope = Pick<ExceptionDraft, "ruleIds" | "ruleTags" | "allRules">;

/** What Elastic has no place for, in the `meta` of an item that this product wrote. */
const ownMeta = z
  .object({
    ruleIds: z.array(z.string().min(1)).max(100),
    ruleTags: z.array(z.string().min(1)).max(50).optional(),
    allRules: z.literal(true).optional(),
    reviewBy: z.iso.datetime().optional(),
    /** The item whose exception this item is a further group of. */
    alternativeOf: z.string().optional(),
  })
  .strict();
type OwnMeta = z.infer<typeof ownMeta>;

/** The field with which Elastic Defend's mapping compares without regard to case. */
const caseless = ".caseless";

/** The exception for an item, without its rules. Items are ORed, so each is an exception of its own. */
export function draftOfItem(item: ElasticItem, list: ElasticList | undefined): Result<ItemDraft, string> {
  if (list !== undefined && !listTypes.includes(list.type)) {
    return fail(`list_id: the list ${item.list_id} has the type ${list.type}, which is not about detection rules`);
  }
  const own = ownMeta.safeParse(item.meta?.["stemma"]);
  const { name, description, entries, os_types: os, expire_time: expires, ...kept } = item;
  const types = entries.flatMap((entry) => (entry.type === "list" ? [[entry.list.id, entry.list.type] as const] : []));
  const exchange: ExceptionOrigin = {
    format: "elastic",
    item: kept,
    ...(list === undefined ? {} : { list }),
    ...(types.length === 0 ? {} : { listTypes: Object.fromEntries(types) }),
  };
  const [first, ...more] = os;
  return ok({
    scope: own.success ? scopeOf(own.data) : undefined,
    alternativeOf: own.success ? own.data.alternativeOf : undefined,
    draft: {
      name,
      reason: description,
      ...(first === undefined ? {} : { os: [first, ...more] }),
      entries: entries.map(entryOf),
      mode: "shadow",
      ...(expires === undefined ? {} : { expires }),
      ...(own.success && own.data.reviewBy !== undefined ? { reviewBy: own.data.reviewBy } : {}),
      exchange,
    },
  });
}

export interface ItemDraft {
  readonly draft: Omit<ExceptionDraft, "ruleIds" | "ruleTags" | "allRules">;
  /** The rules that an earlier export named. */
  readonly scope: Scope | undefined;
  readonly alternativeOf: string | undefined;
}

function scopeOf({ ruleIds, ruleTags, allRules }: OwnMeta): Scope {
  return { ruleIds, ...(ruleTags && { ruleTags }), ...(allRules && { allRules }) };
}

function entryOf(entry: ElasticEntry): ExceptionEntry {
  if (entry.type === "nested") {
    return {
      type: "nested",
      field: entry.field,
      entries: entry.entries.flatMap((one) => {
        const read = fieldEntryOf(one);
        return read.type === "match" || read.type === "match_any" || read.type === "exists" ? [read] : [];
      }),
    };
  }
  return fieldEntryOf(entry);
}

function fieldEntryOf(entry: Exclude<ElasticEntry, { readonly type: "nested" }>) {
  const insensitive = entry.type !== "exists" && entry.field.endsWith(caseless) && entry.field !== caseless;
  const field = insensitive ? entry.field.slice(0, -caseless.length) : entry.field;
  const common = {
    field,
    operator: entry.operator,
    case: insensitive ? ("insensitive" as const) : ("sensitive" as const),
  };
  switch (entry.type) {
    case "match":
      return { type: entry.type, value: entry.value, ...common };
    case "wildcard":
      return { type: entry.type, value: entry.value, ...common };
    case "match_any":
      return { type: entry.type, values: [...entry.value], ...common };
    case "exists":
      return { type: entry.type, ...common };
    case "list":
      return { type: entry.type, list: entry.list.id, ...common };
    default:
      return assertNever(entry);
  }
}

export interface ElasticItems {
  readonly items: readonly ElasticItem[];
  readonly list: ElasticList | undefined;
  readonly adapted: Omit<Adapted, "groups">;
}

/** The items for an exception, one per group of entries, and their list; or why Elastic cannot say it. */
export function itemsOf(
  record: ExceptionRecord,
  ruleNames: ReadonlyMap<string, string>,
  lists: ListLookup,
): Result<ElasticItems, string> {
  const adapted = adaptGroups(groupsOf(record), { single: true, regex: false });
  if (!adapted.ok) {
    return adapted;
  }
  const { groups, ...rest } = adapted.value;
  const origin = record.exchange;
  const placed = placeEntries(record);
  if (!placed.ok) {
    return placed;
  }
  const list = origin === undefined ? ownList(record, ruleNames) : origin.list;
  const notes = [...rest.notes, ...placed.value.notes];
  const types = (id: string) => elasticListType(id, origin, lists);
  const items: ElasticItem[] = [];
  for (const entries of groups) {
    const printed: ElasticEntry[] = [];
    for (const entry of [...entries, ...placed.value.entries]) {
      const one = printEntry(entry, types);
      if (!one.ok) {
        return one;
      }
      printed.push(one.value);
    }
    items.push(itemOf(record, printed, items[0]?.item_id, list?.list_id ?? origin?.item.list_id ?? "", items.length));
  }
  if (items.some(({ entries }) => entries.some(usesCaseless))) {
    notes.push("Compares without regard to case in .caseless fields, which Elastic Defend's mapping has.");
  }
  if (record.step !== undefined) {
    notes.push(`Hides events of every step of a sequence, not only of step ${record.step}.`);
  }
  const broader = rest.broader || record.step !== undefined;
  return ok({ items, list, adapted: { broader, narrower: rest.narrower || placed.value.narrower, notes } });
}

function usesCaseless(entry: ElasticEntry): boolean {
  return entry.type === "nested" ? entry.entries.some(usesCaseless) : entry.field.endsWith(caseless);
}

/** Hosts as entries. A list of hosts, or several patterns, would need items that the format ORs with the others. */
function placeEntries({
  hosts,
  hostList,
}: ExceptionRecord): Result<
  { readonly entries: readonly ExceptionEntry[]; readonly narrower: boolean; readonly notes: readonly string[] },
  string
> {
  const common = { field: "host.name", operator: "included", case: "insensitive" } as const;
  const notes = ["Names hosts by host.name only."];
  if (hosts !== undefined && hostList !== undefined) {
    return fail("It names hosts and a list of hosts, and an item cannot say one or the other.");
  }
  if (hostList !== undefined) {
    return ok({ entries: [{ type: "list", list: hostList, ...common }], narrower: true, notes });
  }
  const [only, ...more] = hosts ?? [];
  if (only === undefined) {
    return ok({ entries: [], narrower: false, notes: [] });
  }
  if (![only, ...more].some((host) => host.includes("*"))) {
    return ok({ entries: [{ type: "match_any", values: [only, ...more], ...common }], narrower: true, notes });
  }
  return more.length === 0
    ? ok({
        entries: [{ type: "wildcard", value: only.replace(/[\\?]/g, "\\$&"), ...common }],
        narrower: true,
        notes,
      })
    : fail("It names several hosts by patterns, and an item has no entry for one of several patterns.");
}

/** One list for all exceptions with the same rules. */
function ownList(record: ExceptionRecord, ruleNames: ReadonlyMap<string, string>): ElasticList {
  const { ruleIds, ruleTags = [], allRules } = record;
  const names = [
    ...(allRules ? ["all rules"] : ruleIds.map((id) => ruleNames.get(id) ?? id)),
    ...ruleTags.map((tag) => `rules tagged ${tag}`),
  ];
  const key = allRules ? "all-rules" : [...ruleIds, ...ruleTags.map((tag) => `tag-${tag}`)].toSorted().join("+");
  return {
    list_id: `stemma-${slug(key)}`.slice(0, 300),
    type: "detection",
    name: `Exceptions for ${names.join(", ")}`.slice(0, 200),
    description: `Attach this list to: ${names.join(", ")}.`.slice(0, 4000),
    tags: [],
    os_types: [],
    namespace_type: "single",
  };
}

function slug(text: string): string {
  return text.replace(/[^A-Za-z0-9+.-]+/g, "_");
}

function itemOf(
  record: ExceptionRecord,
  entries: readonly ElasticEntry[],
  first: string | undefined,
  listId: string,
  index: number,
): ElasticItem {
  const { id, name, reason, os, expires, exchange: origin, createdAt, createdBy } = record;
  const own = origin === undefined || origin.item.meta?.["stemma"] !== undefined;
  const baseId = origin?.item.item_id ?? `stemma-${id}`;
  const meta: OwnMeta = {
    ruleIds: [...record.ruleIds],
    ...(record.ruleTags && { ruleTags: [...record.ruleTags] }),
    ...(record.allRules && { allRules: true }),
    ...(record.reviewBy && { reviewBy: record.reviewBy }),
    ...(first === undefined ? {} : { alternativeOf: first }),
  };
  return {
    ...(origin?.item ?? {
      id,
      tie_breaker_id: id,
      created_at: createdAt,
      created_by: createdBy,
      updated_at: createdAt,
      updated_by: createdBy,
      type: "simple",
      namespace_type: "single",
      tags: [],
      comments: [],
    }),
    item_id: index === 0 ? baseId : `${baseId}-${index + 1}`,
    list_id: listId,
    name,
    description: reason,
    entries: [...entries],
    os_types: [...(os ?? [])],
    ...(own || first !== undefined ? { meta: { ...origin?.item.meta, stemma: meta } } : {}),
    ...(expires === undefined ? {} : { expire_time: expires }),
  };
}

type ListType = (id: string) => Result<string, string>;

function elasticListType(id: string, origin: ExceptionOrigin | undefined, lists: ListLookup): ReturnType<ListType> {
  const known =
    origin?.listTypes !== undefined && Object.hasOwn(origin.listTypes, id) ? origin.listTypes[id] : undefined;
  const type = lists(id)?.type;
  if (type === "wildcard") {
    return fail(`The value list ${id} has patterns, and Elastic's value lists do not.`);
  }
  return ok(known ?? (type === "ip" ? "ip_range" : "keyword"));
}

function printEntry(entry: ExceptionEntry, types: ListType): Result<ElasticEntry, string> {
  switch (entry.type) {
    case "nested":
      return ok({ type: "nested", field: entry.field, entries: entry.entries.map(printNested) });
    case "match":
    case "wildcard":
      return ok({ type: entry.type, field: fieldOf(entry), operator: entry.operator, value: entry.value });
    case "match_any":
      return ok({ type: entry.type, field: fieldOf(entry), operator: entry.operator, value: [...entry.values] });
    case "exists":
      return ok({ type: entry.type, field: entry.field, operator: entry.operator });
    case "list": {
      const type = types(entry.list);
      return type.ok
        ? ok({
            type: "list",
            field: fieldOf(entry),
            operator: entry.operator,
            list: { id: entry.list, type: type.value },
          })
        : type;
    }
    case "template":
    case "ancestor":
    case "session":
      return fail(`Elastic has no entry of the type ${entry.type}.`);
    default:
      return assertNever(entry);
  }
}

type Nested = (ExceptionEntry & { readonly type: "nested" })["entries"][number];
type PrintedNested = (ElasticEntry & { readonly type: "nested" })["entries"][number];

function printNested(entry: Nested): PrintedNested {
  const common = { field: fieldOf(entry), operator: entry.operator };
  switch (entry.type) {
    case "match":
      return { type: entry.type, ...common, value: entry.value };
    case "match_any":
      return { type: entry.type, ...common, value: [...entry.values] };
    case "exists":
      return { type: entry.type, ...common };
    default:
      return assertNever(entry);
  }
}

function fieldOf(entry: { readonly type: string; readonly field: string; readonly case: string }): string {
  return entry.case === "insensitive" && entry.type !== "exists" ? entry.field + caseless : entry.field;
}
