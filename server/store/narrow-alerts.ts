import { conjunctsOf } from "../condition/fields.ts";
import { and, type Condition } from "../condition/tree.ts";
import type { StorePredicate } from "../condition/weaken.ts";
import { holdsForAll, subjectQuestion, toldBySubjects } from "./alert-subjects.ts";
import { valuesAsked } from "./alert-values.ts";

/** Alerts that are read one by one because a value leads to them; where a value has more, it is no shortcut. */
const mostLed = 1_000;

/** What a store has to answer about what it keeps beside alerts; `S` tells a subject from others. */
export interface AlertIndexes<S> {
  /** Ids of alerts that say one of these values, at most so many. */
  saying(values: readonly number[], most: number): Promise<readonly string[]>;
  /** All subjects that a predicate over `subjectColumns` may hold for. */
  subjects(predicate: StorePredicate): Promise<readonly { readonly id: S; readonly body: string }[]>;
}

/** Where all alerts lie that a condition may match. */
export type AlertPlaces<S> =
  | { readonly kind: "everywhere" }
  | { readonly kind: "alerts"; readonly ids: readonly string[] }
  | { readonly kind: "subjects"; readonly ids: readonly S[] };

/**
 * Of a condition what can be told from subjects alone: the evaluator decides once per subject and not once per alert. Where
 * more is asked and a value of it leads to few alerts, these are read. The condition that is left has to be asked of each alert.
 */
export async function narrowAlerts<S>(
  condition: Condition | undefined,
  indexes: AlertIndexes<S>,
): Promise<{ readonly places: AlertPlaces<S>; readonly left: Condition | undefined }> {
  const parts = condition === undefined ? [] : conjunctsOf(condition);
  const told = parts.filter(toldBySubjects);
  const left = told.length === parts.length ? undefined : condition;
  for (const values of left === undefined ? [] : valuesAsked(and(...parts))) {
    const ids = await indexes.saying(values, mostLed + 1);
    if (ids.length <= mostLed) {
      return { places: { kind: "alerts", ids }, left };
    }
  }
  const asked = told.filter((part) => !holdsForAll(part));
  if (asked.length === 0) {
    return { places: { kind: "everywhere" }, left };
  }
  const { predicate, matches } = subjectQuestion(asked);
  const subjects = (await indexes.subjects(predicate)).filter(({ body }) => matches(body));
  return { places: { kind: "subjects", ids: subjects.map(({ id }) => id) }, left };
}
