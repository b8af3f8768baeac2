import { assertNever } from "../lib/result.ts";
import { fieldsOf, fieldsOfOperand } from "./fields.ts";
import { allOf, always, anyOf, type Condition, nested, never, not } from "./tree.ts";

/**
 * Over-approximates a condition while some fields are unknown: the result tests only the other fields and is true for
 * every event that the condition can match, whatever the unknown fields turn out to be.
 */
export function relax(condition: Condition, unknown: ReadonlySet<string>): Condition {
  return approximate(condition, unknown, true);
}

/** Whether a condition reads any of the fields. */
export function usesFields(condition: Condition, fields: ReadonlySet<string>): boolean {
  return fieldsOf(condition).some((field) => fields.has(field));
}

/** With `over` true wherever the condition can become true, else true only where it is true in any case. */
function approximate(condition: Condition, unknown: ReadonlySet<string>, over: boolean): Condition {
  switch (condition.kind) {
    case "constant":
      return condition;
    case "and":
      return allOf(condition.terms.map((term) => approximate(term, unknown, over)));
    case "or":
      return anyOf(condition.terms.map((term) => approximate(term, unknown, over)));
    case "not":
      return not(approximate(condition.term, unknown, !over));
    case "nested":
      return nested(condition.path, approximate(condition.term, unknown, over));
    case "compare":
      return fieldsOfOperand(condition.operand).some((field) => unknown.has(field))
        ? over
          ? always
          : never
        : condition;
    default:
      return assertNever(condition);
  }
}
