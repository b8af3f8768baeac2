import { assertNever } from "../lib/result.ts";
import { fieldsOf, fieldsOfOperand } from "./fields.ts";
import { always, and, type Condition, nested, never, not, or } from "./tree.ts";

/**
 * What is left to ask while some fields are not known yet: a condition over the other fields that every event satisfies
 * which the whole condition may match, whatever the unknown fields turn out to be. It may let more through.
 */
export function relax(condition: Condition, unknown: ReadonlySet<string>): Condition {
  return bound(condition, unknown, true);
}

/** Whether a condition looks at any of the fields. */
export function looksAt(condition: Condition, fields: ReadonlySet<string>): boolean {
  return fieldsOf(condition).some((field) => fields.has(field));
}

/** True for all that `condition` may become true for, or with `reach` false for no more than it is surely true for. */
function bound(condition: Condition, unknown: ReadonlySet<string>, reach: boolean): Condition {
  switch (condition.kind) {
    case "constant":
      return condition;
    case "and":
      return and(...condition.terms.map((term) => bound(term, unknown, reach)));
    case "or":
      return or(...condition.terms.map((term) => bound(term, unknown, reach)));
    case "not":
      return not(bound(condition.term, unknown, !reach));
    case "nested":
      return nested(condition.path, bound(condition.term, unknown, reach));
    case "compare":
      return fieldsOfOperand(condition.operand).some((field) => unknown.has(field))
        ? reach
          ? always
          : never
        : condition;
    default:
      return assertNever(condition);
  }
}
