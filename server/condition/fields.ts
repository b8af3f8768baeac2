import { assertNever } from "../lib/result.ts";
import type { Condition, Operand, Test } from "./tree.ts";

/** Names of all fields that a condition looks at, sorted; a pattern of names stands for itself. */
export function fieldsOf(condition: Condition): readonly string[] {
  const names = new Set<string>();
  visit(condition, (compare) => {
    for (const name of fieldsOfOperand(compare.operand)) {
      names.add(name);
    }
  });
  return [...names].sort();
}

/** The literals that a condition compares each field with, in the order of the text; patterns as they are written. */
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

/** The parts that must all hold; a condition that is no conjunction is its only part. */
export function conjunctsOf(condition: Condition): readonly Condition[] {
  return condition.kind === "and" ? condition.terms.flatMap(conjunctsOf) : [condition];
}

/** Fields of an operand, in the order of the text. */
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

/** What a test compares with, as text. */
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

function visit(condition: Condition, see: (compare: Condition & { readonly kind: "compare" }) => void): void {
  switch (condition.kind) {
    case "constant":
      return;
    case "and":
    case "or":
      for (const term of condition.terms) {
        visit(term, see);
      }
      return;
    case "not":
    case "nested":
      visit(condition.term, see);
      return;
    case "compare":
      see(condition);
      return;
    default:
      assertNever(condition);
  }
}
