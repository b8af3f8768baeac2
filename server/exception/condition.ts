import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionEntry, FieldEntry } from "#contracts/exception-entry";
import { parseNetwork } from "../condition/address.ts";
import {
  allOf,
  always,
  and,
  anyOf,
  type Condition,
  compare,
  equals,
  exists,
  nested,
  never,
  not,
  or,
  wildcard,
} from "../condition/tree.ts";
import { escapePattern } from "../condition/wildcard-pattern.ts";
import { assertNever } from "../lib/result.ts";
import { type ListLookup, noLists } from "./lists.ts";
import { templateRegex } from "./template.ts";

type Matched = Pick<ExceptionDraft, "entries" | "alternatives" | "os" | "hosts" | "hostList">;

/** The groups of entries of an exception: it matches if all entries of any group match. */
export function groupsOf(
  draft: Pick<ExceptionDraft, "entries" | "alternatives">,
): readonly (readonly ExceptionEntry[])[] {
  return [draft.entries, ...(draft.alternatives ?? [])];
}

/**
 * The condition on the event itself. Entries about ancestors and sessions count as true: see `compileException`, which
 * tests them too. The semantics are those of Elastic's exception items: any element of an array may satisfy an entry,
 * `excluded` negates it (so it also holds where the field is absent), and `\` escapes in wildcards. Mode, expiry and
 * rules are not part of the condition: see `activeExceptions`.
 */
export function exceptionCondition(draft: Matched, lists: ListLookup = noLists): Condition {
  const groups = groupsOf(draft).map((entries) => allOf(entries.map((entry) => entryCondition(entry, lists))));
  return and(placeCondition(draft, lists), anyOf(groups));
}

/** On which hosts and operating systems an exception applies. */
export function placeCondition({ os, hosts, hostList }: Omit<Matched, "entries">, lists: ListLookup): Condition {
  const hostFields = ["host.name", "host.hostname"];
  const list = hostList === undefined ? undefined : lists(hostList);
  const named = [
    ...(hosts === undefined ? [] : hostFields.map((field) => wildcard(field, hosts.map(escaped), insensitive))),
    ...(list === undefined ? [] : hostFields.map((field) => listCondition(field, list, true))),
  ];
  return and(
    os === undefined ? always : or(equals("host.os.type", os, caseless), equals("host.os.family", os, caseless)),
    hosts === undefined && hostList === undefined ? always : anyOf(named),
  );
}

const caseless = { caseInsensitive: true };
const insensitive = { ...caseless, escape: true };

/** A name in which only `*` is a wildcard. */
function escaped(name: string): string {
  return name.split("*").map(escapePattern).join("*");
}

/** The condition of one entry on the event itself; true for entries about ancestors and sessions. */
export function entryCondition(entry: ExceptionEntry, lists: ListLookup = noLists): Condition {
  switch (entry.type) {
    case "ancestor":
    case "session":
      return always;
    case "nested":
      return nested(
        entry.field,
        allOf(entry.entries.map((one) => fieldCondition({ ...one, field: `${entry.field}.${one.field}` }, lists))),
      );
    default:
      return fieldCondition(entry, lists);
  }
}

/** The condition of an entry that tests one field. */
export function fieldCondition(entry: FieldEntry, lists: ListLookup = noLists): Condition {
  const included = includedCondition(entry, lists);
  return entry.operator === "excluded" ? not(included) : included;
}

function includedCondition(entry: FieldEntry, lists: ListLookup): Condition {
  const caseInsensitive = entry.case === "insensitive";
  switch (entry.type) {
    case "match":
      return valuesCondition(entry.field, [entry.value], caseInsensitive);
    case "match_any":
      return valuesCondition(entry.field, entry.values, caseInsensitive);
    case "wildcard":
      return wildcard(entry.field, entry.value, { caseInsensitive, escape: true });
    case "template":
      return compare(entry.field, {
        kind: "regex",
        patterns: [templateRegex(entry.value)],
        caseInsensitive,
        whole: true,
      });
    case "exists":
      return exists(entry.field);
    case "list": {
      const list = lists(entry.list);
      // A list that was deleted hides nothing.
      return list === undefined ? never : listCondition(entry.field, list, caseInsensitive);
    }
    default:
      return assertNever(entry);
  }
}

/** On fields with addresses, a value in CIDR notation is a network, as in Elasticsearch. */
function valuesCondition(field: string, values: readonly string[], caseInsensitive: boolean): Condition {
  const networks = isAddressField(field) ? values.filter(isNetwork) : [];
  const others = networks.length === 0 ? values : values.filter((value) => !isNetwork(value));
  return or(
    ...(others.length === 0 ? [] : [equals(field, others, { caseInsensitive })]),
    ...(networks.length === 0 ? [] : [compare(field, { kind: "cidr", networks })]),
  );
}

/** Whether the values of a field are addresses. */
export function isAddressField(field: string): boolean {
  return /(?:^|\.)ip$/.test(field);
}

function isNetwork(value: string): boolean {
  return value.includes("/") && parseNetwork(value) !== undefined;
}

function listCondition(
  field: string,
  { type, values }: NonNullable<ReturnType<ListLookup>>,
  caseInsensitive: boolean,
): Condition {
  switch (type) {
    case "keyword":
      return equals(field, values, { caseInsensitive });
    case "wildcard":
      return wildcard(field, values.map(escaped), { caseInsensitive, escape: true });
    case "ip":
      return compare(field, { kind: "cidr", networks: values });
    default:
      return assertNever(type);
  }
}

/** Whether an exception has an effect at `now` (epoch milliseconds); in shadow mode, whether it counts. */
export function isInForce(
  exception: { readonly expires?: string; readonly disabledAt?: string },
  now: number,
): boolean {
  return exception.disabledAt === undefined && (exception.expires === undefined || now < Date.parse(exception.expires));
}
