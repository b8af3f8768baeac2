import type { MatchedPart } from "#contracts/alert";
import type { Fields } from "#contracts/event";
import { compileCondition, compileTruth, compileValues } from "./evaluate.ts";
import { conjunctsOf, fieldsOf, fieldsOfOperand } from "./fields.ts";
import { compileTest } from "./match-value.ts";
import { printEql } from "./print.ts";
import { type Condition, field } from "./tree.ts";

/** Each top-level conjunct in its EQL form, with its outcome on the event and the values that decided it. */
export function explain(condition: Condition, fields: Fields): readonly MatchedPart[] {
  return conjunctsOf(condition).map((conjunct) => ({
    text: printEql(conjunct),
    field: soleField(conjunct),
    values: [...decidingValues(conjunct, fields)],
    outcome: compileCondition(conjunct)(fields),
  }));
}

function soleField(condition: Condition): string | undefined {
  const [field, ...more] = fieldsOf(condition);
  return more.length === 0 ? field : undefined;
}

/**
 * Of a comparison: the values that pass, or all values where none does. Of a disjunction: those of the terms that hold. Of
 * a negation and wherever nothing holds: all values of the fields it looks at.
 */
function decidingValues(condition: Condition, fields: Fields): readonly string[] {
  switch (condition.kind) {
    case "constant":
      return [];
    case "compare": {
      const matches = compileTest(condition.test);
      const values = fieldsOfOperand(condition.operand).length === 0 ? [] : compileValues(condition.operand)(fields);
      const passing = values.filter(matches);
      return unique((passing.length > 0 ? passing : values).map(String));
    }
    case "and":
    case "or": {
      const holding = condition.terms.filter((term) => compileTruth(term)(fields) === true);
      const telling = holding.length > 0 ? holding : condition.terms;
      return unique(telling.flatMap((term) => decidingValues(term, fields)));
    }
    case "nested":
      return decidingValues(condition.term, fields);
    case "not":
      return unique(
        fieldsOf(condition.term).flatMap((name) =>
          compileValues(name.includes("*") ? { kind: "fields", pattern: name } : field(name))(fields).map(String),
        ),
      );
  }
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
