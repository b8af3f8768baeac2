import { conjunctsOf } from "../../condition/fields.ts";
import type { PushdownPredicate } from "../../condition/pushdown.ts";
import { and, type Condition } from "../../condition/tree.ts";
import { isConstantlyTrue, isDecidedBySubject, subjectQuery } from "./subjects.ts";
import { requestedValues } from "./values.ts";

/** A value with more alerts than this is no shortcut: reading its alerts one by one would cost more. */
const MAX_ALERTS_BY_VALUE = 1_000;
/** With this few alerts no other value is looked up in the hope of fewer. */
const FEW_ENOUGH = 20;

/** What a store has to look up in its alert indexes. `S` identifies a subject. */
export interface AlertIndexes<S> {
  /** Ids of alerts with any of these values, at most `limit`. */
  withValues(values: readonly number[], limit: number): Promise<readonly string[]>;
  /** All subjects for which a predicate over `subjectColumns` may hold. */
  subjects(predicate: PushdownPredicate): Promise<readonly { readonly id: S; readonly body: string }[]>;
}

/** A superset of the alerts that a condition matches. */
export type AlertCandidates<S> =
  | { readonly kind: "all" }
  /** With `subjects`, only those of the alerts that have one of them. */
  | { readonly kind: "alerts"; readonly ids: readonly string[]; readonly subjects?: readonly S[] }
  | { readonly kind: "subjects"; readonly ids: readonly S[] };

/**
 * Splits a condition into what the indexes of a store decide and what remains to be evaluated per alert. Conjuncts
 * about subjects are evaluated once per subject. If another conjunct requires a value that few alerts have, only those
 * of them with a matching subject are read. See docs/decisions/0023, 0027 and 0030.
 */
export async function prefilterAlerts<S>(
  condition: Condition | undefined,
  indexes: AlertIndexes<S>,
): Promise<{ readonly candidates: AlertCandidates<S>; readonly remaining: Condition | undefined }> {
  const conjuncts = condition === undefined ? [] : conjunctsOf(condition);
  const aboutSubject = conjuncts.filter(isDecidedBySubject);
  const remaining = aboutSubject.length === conjuncts.length ? undefined : condition;
  const ids = remaining === undefined ? undefined : await fewestWithValues(requestedValues(and(...conjuncts)), indexes);
  const selective = aboutSubject.filter((conjunct) => !isConstantlyTrue(conjunct));
  const { predicate, matches } = subjectQuery(selective);
  if (ids !== undefined && (ids.length <= FEW_ENOUGH || predicate.kind === "all")) {
    return { candidates: { kind: "alerts", ids }, remaining };
  }
  if (selective.length === 0) {
    return { candidates: { kind: "all" }, remaining };
  }
  const subjects = (await indexes.subjects(predicate)).filter(({ body }) => matches(body)).map(({ id }) => id);
  return {
    candidates: ids === undefined ? { kind: "subjects", ids: subjects } : { kind: "alerts", ids, subjects },
    remaining,
  };
}

/** Alerts with the rarest of the requested values; `undefined` if all of them have too many. */
async function fewestWithValues(
  requested: Iterable<readonly number[]>,
  indexes: Pick<AlertIndexes<unknown>, "withValues">,
): Promise<readonly string[] | undefined> {
  let fewest: readonly string[] | undefined;
  for (const values of requested) {
    const limit = fewest === undefined ? MAX_ALERTS_BY_VALUE : fewest.length - 1;
    const ids = await indexes.withValues(values, limit + 1);
    if (ids.length <= limit) {
      fewest = ids;
    }
    if (fewest !== undefined && fewest.length <= FEW_ENOUGH) {
      break;
    }
  }
  return fewest;
}
