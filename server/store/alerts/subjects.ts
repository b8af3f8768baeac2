import type { Fields } from "#contracts/event";
import { compileCondition } from "../../condition/evaluate.ts";
import { fieldsOf } from "../../condition/fields.ts";
import { type PushdownPredicate, pushdownPredicate } from "../../condition/pushdown.ts";
import { and, type Condition } from "../../condition/tree.ts";
import { storedValue } from "../damage.ts";
import { columnValue } from "../events/columns.ts";

/** The host and user of an alert document. Many alerts share them, so stores hold each combination once. */
export interface AlertSubject {
  /** For prefiltering: the one value of the field case-folded, `MANY` for several. */
  readonly host: string | undefined;
  readonly user: string | undefined;
  readonly userId: string | undefined;
  /** All subject fields as JSON; identifies the subject. */
  readonly body: string;
}

const subjectFields = ["host.name", "user.name", "user.domain", "user.id"] as const;
/** Fields with the same value in every alert document. */
const constantFields: Fields = { "event.kind": "signal" };
const decidable: ReadonlySet<string> = new Set([...subjectFields, ...Object.keys(constantFields)]);

/** The columns of a subject, by field. */
export const subjectColumns: ReadonlyMap<string, Exclude<keyof AlertSubject, "body">> = new Map([
  ["host.name", "host"],
  ["user.name", "user"],
  ["user.id", "userId"],
]);

export function subjectOf(document: Fields): AlertSubject {
  const present = subjectFields.flatMap((name) => {
    const value = document[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    host: columnValue(document["host.name"]),
    user: columnValue(document["user.name"]),
    userId: columnValue(document["user.id"]),
    body: JSON.stringify(Object.fromEntries(present)),
  };
}

/** Whether a condition depends on nothing but the subject. */
export function isDecidedBySubject(condition: Condition): boolean {
  return fieldsOf(condition).every((name) => decidable.has(name));
}

/** Whether a condition holds for every alert. `event.kind: signal` is part of nearly every alert search. */
export function isConstantlyTrue(condition: Condition): boolean {
  return fieldsOf(condition).every((name) => name in constantFields) && compileCondition(condition)(constantFields);
}

/** A search for subjects: a predicate over their columns, and the evaluator for those that it accepts. */
export interface SubjectQuery {
  readonly predicate: PushdownPredicate;
  matches(body: string): boolean;
}

export function subjectQuery(conjuncts: readonly Condition[]): SubjectQuery {
  const condition = and(...conjuncts);
  const matches = compileCondition(condition);
  return {
    predicate: pushdownPredicate(condition, new Set(subjectColumns.keys())),
    matches: (body) => matches({ ...storedValue("alert", undefined, () => JSON.parse(body)), ...constantFields }),
  };
}
