import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { printEql } from "../../condition/print.ts";
import { allOf, anyOf, type Condition } from "../../condition/tree.ts";
import { parseEqlCondition } from "../../detection/languages/eql/eql.ts";
import { parseKql } from "../../detection/languages/kql/kql.ts";
import { printKql } from "../../detection/languages/kql/print.ts";
import { entryCondition, groupsOf, placeCondition } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { adaptGroups } from "./adapt.ts";
import { kqlTest, rewriteTests } from "./sayable.ts";

type Excepted = Pick<ExceptionDraft, "entries" | "alternatives" | "os" | "hosts" | "hostList" | "step">;

export interface Clause {
  /** What the exception matches, without `not`. */
  readonly matched: string;
  /** The clause to add to a query. */
  readonly text: string;
  /** The clause as its language reads it again: true for events that are kept. */
  readonly keeps: Condition;
  readonly broader: boolean;
  readonly narrower: boolean;
  readonly notes: readonly string[];
}

/** What an exception matches as a clause for the query of a rule, or why the language has none. */
export function clauseOf(exception: Excepted, language: "kql" | "eql", lists: ListLookup): Result<Clause, string> {
  const adapted = adaptGroups(groupsOf(exception), { single: language === "eql", regex: language === "eql" });
  if (!adapted.ok) {
    return adapted;
  }
  const missing = missingLists(adapted.value.groups, exception.hostList, lists);
  if (missing !== undefined) {
    return fail(`The value list ${missing} does not exist here.`);
  }
  const groups = adapted.value.groups.map((entries) => conjunction(entries.map((one) => entryCondition(one, lists))));
  const whole = conjunction([placeCondition(exception, lists), anyOf(groups)]);
  const said =
    language === "kql"
      ? rewriteTests(whole, kqlTest)
      : ok({ condition: whole, broader: false, narrower: false, notes: [] });
  if (!said.ok) {
    return said;
  }
  const matched = language === "kql" ? printKql(said.value.condition) : printEql(said.value.condition);
  if (matched === undefined) {
    return fail("KQL has no form for one of its conditions.");
  }
  const text = `not (${matched})`;
  const parsed = language === "kql" ? parseKql(text) : parseEqlCondition(text);
  if (!parsed.ok) {
    return fail(`The clause cannot be read again: ${parsed.error.message}`);
  }
  const caseless = language === "kql" && /\.caseless"? ?:/.test(text);
  return ok({
    matched,
    text,
    keeps: parsed.value,
    broader: adapted.value.broader || said.value.broader,
    narrower: adapted.value.narrower || said.value.narrower,
    notes: [
      ...adapted.value.notes,
      ...said.value.notes,
      ...(caseless ? ["Compares without regard to case in .caseless fields, which Elastic Defend's mapping has."] : []),
      ...(exception.step === undefined ? [] : [`Belongs into step ${exception.step} of the sequence only.`]),
    ],
  });
}

/** A conjunction without terms that are always true. */
function conjunction(terms: readonly Condition[]): Condition {
  const flat = terms.flatMap((term) => (term.kind === "and" ? term.terms : [term]));
  return allOf(flat.filter((term) => term.kind !== "constant" || term.value !== true));
}

/** The first value list that is needed and not there. */
export function missingLists(
  groups: readonly (readonly ExceptionEntry[])[],
  hostList: string | undefined,
  lists: ListLookup,
): string | undefined {
  const named = groups.flat().flatMap((entry) => (entry.type === "list" ? [entry.list] : []));
  return [...named, ...(hostList === undefined ? [] : [hostList])].find((id) => lists(id) === undefined);
}
