import type { MatchedPart } from "#contracts/alert";
import type { Fields } from "#contracts/event";
import { compileCondition, compileTruth, compileValues } from "./evaluate.ts";
import { conjunctsOf, fieldsOf, fieldsOfOperand } from "./fields.ts";
import { compileTest } from "./match-value.ts";
import { printEql } from "./print.ts";
import { type Condition, field } from "./tree.ts";

/** Each top-level conjunct as EQL, with its outcome for the event and the values that decided it. */
export function explain(condition: Condition, fields: Fields): readonly MatchedPart[] {
  return conjunctsOf(condition).map((conjunct) => ({
    text: printEql(conjunct),
    field: soleField(conjunct),
    values: [...decidingValues(conjunct, fields)],
    outcome: compileCondition(conjunct)(fields),
  }));
}

function soleField(condition: Condition): string | undefined {
  const [first, ...more] = fieldsOf(condition);
  return more.length === 0 ? first : undefined;
}

/**
 * For a comparison the values that pass, or all values where none does; for a junction those of its true terms; for a
 * negation, and where no term is true, all values of the fields it reads.
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
      const trueTerms = condition.terms.filter((term) => compileTruth(term)(fields) === true);
      const deciding = trueTerms.length > 0 ? trueTerms : condition.terms;
      return unique(deciding.flatMap((term) => decidingValues(term, fields)));
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
