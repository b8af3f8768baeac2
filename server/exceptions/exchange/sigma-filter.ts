import type { ExceptionRecord } from "#contracts/exception";
import type { ExceptionEntry, FieldEntry } from "#contracts/exception-entry";
import type { Condition } from "../../condition/tree.ts";
import { parsePattern as parseWildcard } from "../../condition/wildcard-pattern.ts";
import type { LogSource } from "../../detection/languages/sigma/log-source.ts";
import { sigmaNameOf } from "../../detection/languages/sigma/name-of-field.ts";
import { anyCharacter, anyCharacters, printPattern } from "../../detection/languages/sigma/pattern.ts";
import type { Rule } from "../../detection/rule.ts";
import { filterCondition, printSigmaFilter } from "../../detection/rule-files/sigma-filter.ts";
import { groupsOf, isAddressField } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { templateRegex } from "../../exception/template.ts";
import { assertNever, fail, ok, type Result } from "../../lib/result.ts";
import { adaptGroups } from "./adapt.ts";
import { missingLists } from "./clause.ts";

export interface FilterDocument {
  /** A whole document, with its rules of one log source. */
  readonly text: string;
  /** True for events that the filter leaves. */
  readonly keeps: Condition;
  readonly ruleIds: readonly string[];
  readonly broader: boolean;
  readonly narrower: boolean;
  readonly notes: readonly string[];
}

type Selection = Readonly<Record<string, unknown>>;
/** One key of a selection, and whether it is excluded. */
type Printed = Result<{ readonly key: string; readonly value: unknown; readonly note?: string }, string>;

/** The exception as a filter document for rules of one log source, or why Sigma has none. */
export function filterDocumentOf(
  record: ExceptionRecord,
  rules: readonly Rule[],
  logSource: LogSource,
  lists: ListLookup,
): Result<FilterDocument, string> {
  if (record.step !== undefined) {
    return fail("It is about a step of a sequence, and Sigma filters are about rules over single events.");
  }
  const adapted = adaptGroups(groupsOf(record), { single: true, regex: true });
  if (!adapted.ok) {
    return adapted;
  }
  const missing = missingLists(adapted.value.groups, record.hostList, lists);
  if (missing !== undefined) {
    return fail(`The value list ${missing} does not exist here.`);
  }
  const place = placeEntries(record, logSource, lists);
  if (!place.ok) {
    return place;
  }
  const selections: Record<string, Selection> = Object.create(null);
  const notes: string[] = [];
  const terms: string[] = [];
  const several = adapted.value.groups.length > 1;
  for (const [index, entries] of adapted.value.groups.entries()) {
    const name = several ? `selection_${index + 1}` : "selection";
    const group = groupTerm([...entries, ...place.value], name, logSource, lists, selections);
    if (!group.ok) {
      return group;
    }
    terms.push(group.value.term);
    notes.push(...group.value.notes);
  }
  const condition = terms.map((term) => `not ${term}`).join(" and ");
  const ruleIds = rules.map(({ id }) => id);
  const text = printSigmaFilter({
    title: record.name,
    id: record.id,
    description: record.reason,
    date: record.createdAt.slice(0, 10),
    logSource,
    rules: ruleIds,
    selections,
    condition,
  });
  const keeps = filterCondition({ rules: ruleIds, selections, condition }, logSource);
  return keeps.ok
    ? ok({
        text,
        keeps: keeps.value,
        ruleIds,
        // `User` and `Computer` are not always the account and host that the fields of the event name.
        broader: adapted.value.broader || notes.length > 0,
        narrower: adapted.value.narrower || notes.length > 0,
        notes: [...new Set([...adapted.value.notes, ...notes])],
      })
    : fail(`The filter cannot be read again: ${keeps.error.message}`);
}

/** Adds the selections of a group: its included entries in one map where keys permit, each excluded one in its own. */
function groupTerm(
  entries: readonly ExceptionEntry[],
  name: string,
  logSource: LogSource,
  lists: ListLookup,
  selections: Record<string, Selection>,
): Result<{ readonly term: string; readonly notes: readonly string[] }, string> {
  const maps: Record<string, unknown>[] = [];
  const excluded: Selection[] = [];
  const notes: string[] = [];
  for (const entry of entries) {
    if (entry.type === "nested" || entry.type === "ancestor" || entry.type === "session") {
      return fail("Sigma has no conditions on one element of an array of objects.");
    }
    const printed = printEntry(entry, logSource, lists);
    if (!printed.ok) {
      return printed;
    }
    const { key, value, note } = printed.value;
    notes.push(...(note === undefined ? [] : [note]));
    if (entry.operator === "excluded") {
      excluded.push({ [key]: value });
      continue;
    }
    const map = maps.find((one) => !(key in one));
    if (map === undefined) {
      maps.push({ [key]: value });
    } else {
      map[key] = value;
    }
  }
  const included = maps.map((map, index) => add(selections, index === 0 ? name : `${name}_and${index + 1}`, map));
  const without = excluded.map((map, index) => `not ${add(selections, `${name}_without${index + 1}`, map)}`);
  const all = [...included, ...without];
  const [only, ...more] = all;
  const isName = only !== undefined && more.length === 0 && excluded.length === 0;
  return ok({ term: isName ? only : `(${all.join(" and ")})`, notes });
}

function add(selections: Record<string, Selection>, name: string, map: Selection): string {
  selections[name] = map;
  return name;
}

function printEntry(entry: FieldEntry, logSource: LogSource, lists: ListLookup): Printed {
  const named = nameOf(entry, logSource);
  if (named === undefined) {
    return fail(`Sigma has no field for ${entry.field} in this log source.`);
  }
  const { name, modifier = "", note, prefix = "", suffix = "" } = named;
  const isPart = prefix !== "" || suffix !== "";
  if (isPart && !["match", "match_any"].includes(entry.type)) {
    return fail(`Sigma composes ${entry.field} with another field, so it can only be compared with whole values.`);
  }
  const cased = entry.case === "sensitive" ? "|cased" : "";
  const literal = (value: string) => printPattern([prefix + value + suffix]);
  const of = (key: string, values: readonly string[]): Printed =>
    ok({ key, value: values.length === 1 ? values[0] : values, ...(note === undefined ? {} : { note }) });
  const whole = (values: readonly string[]): Printed => {
    if (isAddressField(entry.field) && values.some((value) => value.includes("/"))) {
      return values.every((value) => value.includes("/"))
        ? of(`${name}|cidr`, values)
        : fail(`It compares ${entry.field} with addresses and networks, which Sigma has no single form for.`);
    }
    return of(`${name}${modifier}${cased}`, values.map(literal));
  };
  switch (entry.type) {
    case "match":
      return whole([entry.value]);
    case "match_any":
      return whole(entry.values);
    case "exists":
      return ok({ key: `${name}|exists`, value: true });
    case "wildcard":
      return of(`${name}${cased}`, [printWildcard(entry.value)]);
    case "template":
      return of(`${name}|re${entry.case === "insensitive" ? "|i" : ""}`, [`^(?:${templateRegex(entry.value)})$`]);
    case "list": {
      const list = lists(entry.list);
      if (list === undefined) {
        return fail(`The value list ${entry.list} does not exist here.`);
      }
      switch (list.type) {
        case "ip":
          return of(`${name}|cidr`, list.values.map(asNetwork));
        case "keyword":
          return whole(list.values);
        case "wildcard":
          return of(
            `${name}${cased}`,
            list.values.map((value) => printWildcard(value.replace(/[\\?]/g, "\\$&"))),
          );
        default:
          return assertNever(list.type);
      }
    }
    default:
      return assertNever(entry);
  }
}

function asNetwork(value: string): string {
  return value.includes("/") ? value : `${value}/${value.includes(":") ? 128 : 32}`;
}

interface Named {
  readonly name: string;
  readonly modifier?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly note?: string;
}

/** `User` is composed of the domain and the name; `Computer` is the name in the record. */
function nameOf(entry: FieldEntry, logSource: LogSource): Named | undefined {
  const account = "Reads the account from User, as DOMAIN\\name.";
  const onWindows = logSource.product?.toLowerCase() === "windows" && logSource.category !== undefined;
  if (onWindows && entry.field === "user.name") {
    return { name: "User", modifier: "|endswith", prefix: "\\", note: account };
  }
  if (onWindows && entry.field === "user.domain") {
    return { name: "User", modifier: "|startswith", suffix: "\\", note: account };
  }
  if (onWindows && (entry.field === "host.name" || entry.field === "host.hostname")) {
    return { name: "Computer", note: "Reads the host from Computer, the name in the record itself." };
  }
  const name = sigmaNameOf(entry.field, logSource);
  return name === undefined ? undefined : { name };
}

/** A wildcard with the escapes of the condition tree in those of Sigma. */
function printWildcard(pattern: string): string {
  const segments = parseWildcard(pattern, { single: true, escape: true });
  return printPattern(
    segments.flatMap((segment, index) => [
      ...(index === 0 ? [] : ([anyCharacters] as const)),
      ...segment.map((character) => character ?? anyCharacter),
    ]),
  );
}

/** Hosts as entries; an operating system is that of the log source, or it cannot be said. */
function placeEntries(
  { os, hosts, hostList }: ExceptionRecord,
  { product }: LogSource,
  lists: ListLookup,
): Result<readonly ExceptionEntry[], string> {
  if (os !== undefined && !os.some((one) => one === product?.toLowerCase())) {
    return fail(`It applies to ${os.join(", ")} only, and the rule is not about one of these.`);
  }
  const names = [...(hosts ?? []), ...((hostList === undefined ? undefined : lists(hostList)?.values) ?? [])];
  const [only, ...more] = names;
  const common = { field: "host.name", operator: "included", case: "insensitive" } as const;
  if (only === undefined) {
    return ok([]);
  }
  if (!names.some((name) => name.includes("*"))) {
    return ok([{ type: "match_any", values: names, ...common }]);
  }
  return more.length === 0
    ? ok([{ type: "wildcard", value: only.replace(/[\\?]/g, "\\$&"), ...common }])
    : fail("It names several hosts by patterns.");
}
