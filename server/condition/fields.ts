import { assertNever } from "../lib/result.ts";
import type { Condition, Operand, Test } from "./tree.ts";

/** The names of all fields that a condition reads, sorted; a pattern of names is listed as it is. */
export function fieldsOf(condition: Condition): readonly string[] {
  const names = new Set<string>();
  visit(condition, (compare) => {
    for (const name of fieldsOfOperand(compare.operand)) {
      names.add(name);
    }
  });
  return [...names].sort();
}

/** The literals that a condition compares each field with, in the order of the text; patterns as written. */
export function literalsOf(condition: Condition): ReadonlyMap<string, readonly string[]> {
  const literals = new Map<string, string[]>();
  visit(condition, (compare) => {
    for (const name of fieldsOfOperand(compare.operand)) {
      const known = literals.get(name) ?? [];
      known.push(...literalsOfTest(compare.test).filter((text) => !known.includes(text)));
      literals.set(name, known);
    }
  });
  return literals;
}

/** The terms of a conjunction, nested ones included; any other condition is its only term. */
export function conjunctsOf(condition: Condition): readonly Condition[] {
  return condition.kind === "and" ? condition.terms.flatMap(conjunctsOf) : [condition];
}

/** The fields of an operand, in the order of the text. */
export function fieldsOfOperand(operand: Operand): readonly string[] {
  switch (operand.kind) {
    case "field":
      return [operand.name];
    case "fields":
      return [operand.pattern];
    case "literal":
      return [];
    case "call":
      return operand.args.flatMap(fieldsOfOperand);
    case "truth":
      return fieldsOf(operand.condition);
    default:
      return assertNever(operand);
  }
}

/** The literals of a test, as text. */
export function literalsOfTest(test: Test): readonly string[] {
  switch (test.kind) {
    case "equals":
      return test.values.map(String);
    case "wildcard":
    case "regex":
      return test.patterns;
    case "words":
      return test.phrases;
    case "order":
      return [String(test.value)];
    case "cidr":
      return test.networks;
    case "present":
      return [];
    default:
      return assertNever(test);
  }
}

function visit(condition: Condition, onCompare: (compare: Condition & { readonly kind: "compare" }) => void): void {
  switch (condition.kind) {
    case "constant":
      return;
    case "and":
    case "or":
      for (const term of condition.terms) {
        visit(term, onCompare);
      }
      return;
    case "not":
    case "nested":
      visit(condition.term, onCompare);
      return;
    case "compare":
      onCompare(condition);
      return;
    default:
      assertNever(condition);
  }
}
