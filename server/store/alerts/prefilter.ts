import { conjunctsOf } from "../../condition/fields.ts";
import type { PushdownPredicate } from "../../condition/pushdown.ts";
import { and, type Condition } from "../../condition/tree.ts";
import { answeredBySubjects, holdsForAll, subjectQuestion } from "./subjects.ts";
import { requestedValues } from "./values.ts";

/** Alerts that are read one by one because a value leads to them; where a value has more, it is no shortcut. */
const mostLed = 1_000;
/** So few that nothing else is asked to have fewer. */
const fewEnough = 20;

/** What a store has to answer about what it keeps beside alerts; `S` tells a subject from others. */
export interface AlertIndexes<S> {
  /** Ids of alerts that say one of these values, at most so many. */
  saying(values: readonly number[], most: number): Promise<readonly string[]>;
  /** All subjects that a predicate over `subjectColumns` may hold for. */
  subjects(predicate: PushdownPredicate): Promise<readonly { readonly id: S; readonly body: string }[]>;
}

/** Where all alerts lie that a condition may match. */
export type AlertPlaces<S> =
  | { readonly kind: "everywhere" }
  /** `subjects`: of these alerts only those with one of them. */
  | { readonly kind: "alerts"; readonly ids: readonly string[]; readonly subjects?: readonly S[] }
  | { readonly kind: "subjects"; readonly ids: readonly S[] };

/**
 * Of a condition what can be told from subjects alone: the evaluator decides once per subject and not once per alert. Where
 * more is asked and a value of it leads to few alerts, those of them that have such a subject are read. The condition that is
 * left has to be asked of each alert.
 */
export async function prefilterAlerts<S>(
  condition: Condition | undefined,
  indexes: AlertIndexes<S>,
): Promise<{ readonly places: AlertPlaces<S>; readonly left: Condition | undefined }> {
  const parts = condition === undefined ? [] : conjunctsOf(condition);
  const told = parts.filter(answeredBySubjects);
  const left = told.length === parts.length ? undefined : condition;
  const led = left === undefined ? undefined : await fewestSaying(requestedValues(and(...parts)), indexes);
  const asked = told.filter((part) => !holdsForAll(part));
  const { predicate, matches } = subjectQuestion(asked);
  if (led !== undefined && (led.length <= fewEnough || predicate.kind === "all")) {
    return { places: { kind: "alerts", ids: led }, left };
  }
  if (asked.length === 0) {
    return { places: { kind: "everywhere" }, left };
  }
  const subjects = (await indexes.subjects(predicate)).filter(({ body }) => matches(body)).map(({ id }) => id);
  return {
    places: led === undefined ? { kind: "subjects", ids: subjects } : { kind: "alerts", ids: led, subjects },
    left,
  };
}

/** The alerts to which the rarest of the values lead; `undefined` where all lead to too many. */
async function fewestSaying(
  asked: Iterable<readonly number[]>,
  indexes: Pick<AlertIndexes<unknown>, "saying">,
): Promise<readonly string[] | undefined> {
  let fewest: readonly string[] | undefined;
  for (const values of asked) {
    const most = fewest === undefined ? mostLed : fewest.length - 1;
    const ids = await indexes.saying(values, most + 1);
    if (ids.length <= most) {
      fewest = ids;
    }
    if (fewest !== undefined && fewest.length <= fewEnough) {
      break;
    }
  }
  return fewest;
}
