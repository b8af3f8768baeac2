import { assertNever } from "../lib/result.ts";
import { computedFields } from "./computed-fields.ts";
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

/**
 * The fields of an event by which a condition is evaluated; undefined if these can be any, as with a pattern of
 * names.
 */
export function fieldsToEvaluate(condition: Condition): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  return addFields(condition, names) ? names : undefined;
}

/** False if the condition can read any field. */
function addFields(condition: Condition, names: Set<string>): boolean {
  switch (condition.kind) {
    case "constant":
      return true;
    case "and":
    case "or":
      return condition.terms.every((term) => addFields(term, names));
    case "not":
      return addFields(condition.term, names);
    case "nested":
      // It counts the values of all fields below its path.
      return false;
    case "compare":
      return addFieldsOfOperand(condition.operand, names);
    default:
      return assertNever(condition);
  }
}

function addFieldsOfOperand(operand: Operand, names: Set<string>): boolean {
  switch (operand.kind) {
    case "field":
      for (const name of computedFields.get(operand.name)?.from ?? [operand.name]) {
        names.add(name);
      }
      return true;
    case "fields":
      return false;
    case "literal":
      return true;
    case "call":
      return operand.args.every((arg) => addFieldsOfOperand(arg, names));
    case "truth":
      return addFields(operand.condition, names);
    default:
      return assertNever(operand);
  }
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
