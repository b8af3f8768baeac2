import type { Fields } from "#contracts/event";
import { compileTruth, type Truth } from "../condition/evaluate.ts";
import { fieldsOf, fieldsOfOperand } from "../condition/fields.ts";
import type { Condition } from "../condition/tree.ts";
import { kindFields } from "../event/record-kinds.ts";
import { assertNever } from "../lib/result.ts";

/** Possible results of a condition for an event type: which fields exist is known, their values are not. */
export interface Outcomes {
  readonly canHold: boolean;
  readonly canFail: boolean;
}

/** What is known about the events of a type. */
export interface Shape {
  readonly constant: Fields;
  /** Fields that identify a type and can have any value. */
  readonly open?: ReadonlySet<string>;
}

/** What a condition can come to for events of a type that have the fields that `has` says. */
export function outcomes(condition: Condition, kind: Shape, has: (field: string) => boolean): Outcomes {
  switch (condition.kind) {
    case "constant":
      return { canHold: condition.value === true, canFail: condition.value === false };
    case "and": {
      const terms = condition.terms.map((term) => outcomes(term, kind, has));
      return { canHold: terms.every(({ canHold }) => canHold), canFail: terms.some(({ canFail }) => canFail) };
    }
    case "or": {
      const terms = condition.terms.map((term) => outcomes(term, kind, has));
      return { canHold: terms.some(({ canHold }) => canHold), canFail: terms.every(({ canFail }) => canFail) };
    }
    case "not": {
      const { canHold, canFail } = outcomes(condition.term, kind, has);
      return { canHold: canFail, canFail: canHold };
    }
    case "nested":
      return { canHold: fieldsOf(condition.term).every(has), canFail: true };
    case "compare": {
      const isOpen = (field: string) => (kindFields.includes(field) ? kind.open?.has(field) === true : has(field));
      if (fieldsOfOperand(condition.operand).some(isOpen)) {
        return { canHold: true, canFail: true };
      }
      // Depends only on constants of the event type and on fields that it never has.
      const truth = compiled(condition)(kind.constant);
      return { canHold: truth === true, canFail: truth === false };
    }
    default:
      return assertNever(condition);
  }
}

/** Compiled comparisons: a rule is asked about hundreds of event types, and may compare with thousands of values. */
const truths = new WeakMap<Condition, (fields: Fields) => Truth>();

function compiled(condition: Condition): (fields: Fields) => Truth {
  const known = truths.get(condition) ?? compileTruth(condition);
  truths.set(condition, known);
  return known;
}
