import type { ExceptionDraft } from "#contracts/exception";
import { allOf, anyOf, type Condition, equals, wildcard } from "../../condition/tree.ts";
import { escapePattern } from "../../condition/wildcard-pattern.ts";
import type { Macro, Macros } from "../../detection/languages/tstats/macros.ts";
import { printSpl } from "../../detection/languages/tstats/print.ts";
import { parseTstats } from "../../detection/languages/tstats/tstats.ts";
import type { Rule } from "../../detection/rule.ts";
import { entryCondition, groupsOf } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { adaptGroups } from "./adapt.ts";
import { missingLists } from "./clause.ts";
import { rewriteTests, splunkTest } from "./sayable.ts";

type Excepted = Pick<ExceptionDraft, "entries" | "alternatives" | "os" | "hosts" | "hostList" | "step">;

export interface MacroTerm {
  /** The name of the filter macro that the search ends in. */
  readonly macro: string;
  /** What is excluded, in parentheses. */
  readonly term: string;
  /** The condition of the search with the macro defined so. */
  readonly filtered: Condition;
  readonly broader: boolean;
  readonly narrower: boolean;
  readonly notes: readonly string[];
}

/** The exception as a term of the filter macro of a detection over Endpoint.Processes, or why there is none. */
export function macroTermOf(
  exception: Excepted,
  rule: Rule,
  macros: Macros,
  lists: ListLookup,
): Result<MacroTerm, string> {
  const macro = filterMacroOf(rule);
  const query = parseTstats(rule.query, macros);
  if (macro === undefined || !query.ok) {
    return fail(`"${rule.name}" is no tstats search that ends in a filter macro.`);
  }
  const adapted = adaptGroups(groupsOf(exception), { single: false, regex: false, oneLine: true });
  if (!adapted.ok) {
    return adapted;
  }
  const missing = missingLists(adapted.value.groups, exception.hostList, lists);
  if (missing !== undefined) {
    return fail(`The value list ${missing} does not exist here.`);
  }
  const place = placeTerms(exception, lists);
  const groups = adapted.value.groups.map((entries) => allOf(entries.map((entry) => entryCondition(entry, lists))));
  const said = rewriteTests(allOf([...place.terms, anyOf(groups)]), splunkTest(query.value.fill));
  if (!said.ok) {
    return said;
  }
  const names = new Map(query.value.by.map(({ name, field }) => [field, name]));
  const unnamed = new Set<string>();
  const term = printSpl(said.value.condition, (field) => {
    const name = names.get(field);
    if (name === undefined) {
      unnamed.add(field);
    }
    return name;
  });
  if (unnamed.size > 0) {
    return fail(`The rows of "${rule.name}" do not have ${[...unnamed].join(", ")}: add it to the by clause.`);
  }
  if (term === undefined) {
    return fail("Splunk has no form for one of its conditions.");
  }
  const definition = definitionOf([`(${term})`], undefined);
  const filtered = parseTstats(rule.query, new Map([...macros, [macro, { name: macro, arguments: [], definition }]]));
  return filtered.ok
    ? ok({
        macro,
        term: `(${term})`,
        filtered: filtered.value.condition,
        broader: adapted.value.broader || said.value.broader,
        narrower: adapted.value.narrower || said.value.narrower || place.terms.length > 0,
        notes: [...adapted.value.notes, ...said.value.notes, ...place.notes],
      })
    : fail(`The macro cannot be read again: ${filtered.error.message}`);
}

/** The macro that the search ends in, which its authors leave for local tuning. */
export function filterMacroOf({ language, query }: Pick<Rule, "language" | "query">): string | undefined {
  return language === "tstats" ? /`\s*(\w+_filter)\s*`\s*$/.exec(query)?.[1] : undefined;
}

/** A definition that excludes the terms, after what the macro did before. */
export function definitionOf(terms: readonly string[], before: Macro | undefined): string {
  const filter = `search ${terms.map((term) => `NOT ${term}`).join(" ")}`;
  const existing = before?.definition.trim() ?? "search *";
  return existing === "search *" || existing === "" ? filter : `${existing} | ${filter}`;
}

function placeTerms(
  { os, hosts, hostList }: Excepted,
  lists: ListLookup,
): { readonly terms: readonly Condition[]; readonly notes: readonly string[] } {
  const list = hostList === undefined ? undefined : lists(hostList);
  const names = [...(hosts ?? []), ...(list?.values ?? [])];
  const patterns = names.map((host) => host.split("*").map(escapePattern).join("*"));
  return {
    terms: [
      ...(os === undefined ? [] : [equals("host.os.type", os, { caseInsensitive: true })]),
      ...(patterns.length === 0 ? [] : [wildcard("host.name", patterns, { caseInsensitive: true, escape: true })]),
    ],
    notes: patterns.length === 0 ? [] : ["Names hosts by dest only."],
  };
}
