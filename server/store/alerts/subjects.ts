import type { Fields } from "#contracts/event";
import { compileCondition } from "../../condition/evaluate.ts";
import { fieldsOf } from "../../condition/fields.ts";
import { type PushdownPredicate, pushdownPredicate } from "../../condition/pushdown.ts";
import { and, type Condition } from "../../condition/tree.ts";
import { columnValue } from "../events/columns.ts";

/** What many alerts say alike in their documents: where and whose. Stores keep each combination once. */
export interface AlertSubject {
  /** One value of the field as folded text, `MANY` for several: what subjects are narrowed by. */
  readonly host: string | undefined;
  readonly user: string | undefined;
  readonly userId: string | undefined;
  /** All that is said, as JSON: it tells a subject from all others. */
  readonly body: string;
}

const subjectFields = ["host.name", "user.name", "user.domain", "user.id"] as const;
/** Every alert's document says this. */
const alike: Fields = { "event.kind": "signal" };
const known: ReadonlySet<string> = new Set([...subjectFields, ...Object.keys(alike)]);

/** The columns of a subject, by field. */
export const subjectColumns: ReadonlyMap<string, Exclude<keyof AlertSubject, "body">> = new Map([
  ["host.name", "host"],
  ["user.name", "user"],
  ["user.id", "userId"],
]);

export function subjectOf(document: Fields): AlertSubject {
  const said = subjectFields.flatMap((name) => (document[name] === undefined ? [] : [[name, document[name]] as const]));
  return {
    host: columnValue(document["host.name"]),
    user: columnValue(document["user.name"]),
    userId: columnValue(document["user.id"]),
    body: JSON.stringify(Object.fromEntries(said)),
  };
}

/** Whether a condition can be decided from subjects alone. */
export function answeredBySubjects(condition: Condition): boolean {
  return fieldsOf(condition).every((name) => known.has(name));
}

/** `event.kind: signal` stands in nearly every search for alerts. */
export function holdsForAll(condition: Condition): boolean {
  return fieldsOf(condition).every((name) => name in alike) && compileCondition(condition)(alike);
}

/** What a condition that subjects tell asks of them: a predicate over their columns, then the evaluator on those it lets through. */
export interface SubjectQuestion {
  readonly predicate: PushdownPredicate;
  matches(body: string): boolean;
}

export function subjectQuestion(parts: readonly Condition[]): SubjectQuestion {
  const condition = and(...parts);
  const matches = compileCondition(condition);
  return {
    predicate: pushdownPredicate(condition, new Set(subjectColumns.keys())),
    matches: (body) => matches({ ...JSON.parse(body), ...alike }),
  };
}
