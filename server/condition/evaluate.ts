import type { Fields, FieldValue, Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import { compileCall } from "./call.ts";
import { computedFields } from "./computed-fields.ts";
import { compileTest } from "./match-value.ts";
import { mergedAlternatives, mergedRequirements } from "./merge.ts";
import { type Condition, depthOf, maximumDepth, type Operand } from "./tree.ts";
import { compilePattern } from "./wildcard-pattern.ts";

/** Three-valued logic as defined by Kleene; unknown is `undefined`. */
export type Truth = boolean | undefined;
type Compiled<T> = (fields: Fields) => T;

/**
 * Compiles a condition into closures. The result is true only where the condition is true; unknown counts as no match.
 * Throws for a tree deeper than `maximumDepth`, which parsers reject earlier.
 */
export function compileCondition(condition: Condition): (fields: Fields) => boolean {
  assertDepth(condition);
  return compileMatch(condition);
}

/**
 * Like `compileCondition`, but compiles on first use: most of thousands of rules never get an event that could match.
 */
export function compileLazily(condition: Condition): (fields: Fields) => boolean {
  let matches: Compiled<boolean> | undefined;
  return (fields) => {
    matches ??= compileCondition(condition);
    return matches(fields);
  };
}

/** Like `compileCondition`, but keeps false and unknown apart. */
export function compileTruth(condition: Condition): (fields: Fields) => Truth {
  assertDepth(condition);
  return compileKleene(condition);
}

/** All values that an operand has on an event. */
export function compileValues(operand: Operand): (fields: Fields) => readonly Scalar[] {
  const compiled = compileOperand(operand);
  return (fields) => listOf(compiled(fields));
}

function assertDepth(condition: Condition): void {
  const depth = depthOf(condition);
  if (depth > maximumDepth) {
    throw new RangeError(`the condition nests ${depth} levels deep; at most ${maximumDepth} are supported`);
  }
}

/** Treats unknown as false: junctions need no bookkeeping where only "true or not" matters. */
function compileMatch(condition: Condition): Compiled<boolean> {
  switch (condition.kind) {
    case "constant": {
      const value = condition.value === true;
      return () => value;
    }
    case "and":
      return every(mergedRequirements(condition.terms).map(compileMatch));
    case "or":
      return some(mergedAlternatives(condition.terms).map(compileMatch));
    case "not": {
      const term = compileKleene(condition.term);
      return (fields) => term(fields) === false;
    }
    case "nested":
      return compileNested(condition.path, compileMatch(condition.term));
    case "compare":
      return compileCompare(condition, false);
    default:
      return assertNever(condition);
  }
}

function compileKleene(condition: Condition): Compiled<Truth> {
  switch (condition.kind) {
    case "constant": {
      const value = condition.value;
      return () => value;
    }
    case "and":
      return junction(mergedRequirements(condition.terms).map(compileKleene), false);
    case "or":
      return junction(mergedAlternatives(condition.terms).map(compileKleene), true);
    case "not": {
      const term = compileKleene(condition.term);
      return (fields) => {
        const truth = term(fields);
        return truth === undefined ? undefined : !truth;
      };
    }
    case "nested":
      return compileNested(condition.path, compileKleene(condition.term));
    case "compare":
      return compileCompare(condition, condition.absent === "unknown" ? undefined : false);
    default:
      return assertNever(condition);
  }
}

function every(terms: readonly Compiled<boolean>[]): Compiled<boolean> {
  const [first, second] = terms;
  if (first !== undefined && second !== undefined && terms.length === 2) {
    return (fields) => first(fields) && second(fields);
  }
  return (fields) => {
    for (const term of terms) {
      if (!term(fields)) {
        return false;
      }
    }
    return true;
  };
}

function some(terms: readonly Compiled<boolean>[]): Compiled<boolean> {
  return (fields) => {
    for (const term of terms) {
      if (term(fields)) {
        return true;
      }
    }
    return false;
  };
}

/** `decides` is the value of a term that decides the junction: false for `and`, true for `or`. */
function junction(terms: readonly Compiled<Truth>[], decides: boolean): Compiled<Truth> {
  return (fields) => {
    let unknown = false;
    for (const term of terms) {
      const truth = term(fields);
      if (truth === decides) {
        return decides;
      }
      unknown ||= truth === undefined;
    }
    return unknown ? undefined : !decides;
  };
}

function compileCompare<T extends Truth>(
  condition: Condition & { readonly kind: "compare" },
  absent: T,
): Compiled<boolean | T> {
  const operand = compileOperand(condition.operand);
  const matches = compileTest(condition.test);
  return (fields) => {
    const value = operand(fields);
    if (value === undefined) {
      return absent;
    }
    if (typeof value !== "object") {
      return matches(value);
    }
    for (const single of value) {
      if (matches(single)) {
        return true;
      }
    }
    return value.length === 0 ? absent : false;
  };
}

function compileOperand(operand: Operand): Compiled<FieldValue | undefined> {
  switch (operand.kind) {
    case "field": {
      const name = operand.name;
      const computed = computedFields.get(name);
      if (computed !== undefined) {
        return computed.valueOf;
      }
      // Fields objects normally have no prototype; where one has, its members are not fields.
      return name in Object.prototype
        ? (fields) => (Object.hasOwn(fields, name) ? fields[name] : undefined)
        : (fields) => fields[name];
    }
    case "fields":
      return compileFields(operand.pattern);
    case "literal": {
      const value = operand.value;
      return () => value;
    }
    case "truth":
      return compileKleene(operand.condition);
    case "call":
      return compileCall(operand, operand.args.map(compileOperand));
    default:
      return assertNever(operand);
  }
}

/** All values of the fields with a matching name; `undefined` without any. */
function compileFields(pattern: string): Compiled<FieldValue | undefined> {
  const matches =
    pattern === "*" ? () => true : compilePattern(pattern, { single: false, escape: false, caseInsensitive: false });
  return (fields) => {
    const values: Scalar[] = [];
    for (const name in fields) {
      const value = fields[name];
      if (value !== undefined && Object.hasOwn(fields, name) && matches(name)) {
        if (typeof value === "object") {
          for (const single of value) {
            values.push(single);
          }
        } else {
          values.push(value);
        }
      }
    }
    return values.length === 0 ? undefined : values;
  };
}

/**
 * Events are flat: an array of objects becomes an array of values in each field below the path. Where these arrays have
 * the same length, the nth values make up the nth element. Otherwise (an element lacked a field) the elements cannot be
 * reconstructed, and the term is evaluated over all values together.
 */
function compileNested(path: string, term: Compiled<Truth>): Compiled<boolean> {
  const prefix = `${path}.`;
  return (fields) => {
    const names = Object.keys(fields).filter((name) => name.startsWith(prefix));
    const counts = new Set(names.map((name) => listOf(fields[name]).length));
    const [count] = counts;
    if (count === undefined || counts.size > 1 || count < 2) {
      return count !== undefined && term(fields) === true;
    }
    for (let index = 0; index < count; index++) {
      const element: Record<string, FieldValue> = Object.create(null);
      for (const name of names) {
        const value = listOf(fields[name])[index];
        if (value !== undefined) {
          element[name] = value;
        }
      }
      if (term(element) === true) {
        return true;
      }
    }
    return false;
  };
}

function listOf(value: FieldValue | undefined): readonly Scalar[] {
  return value === undefined ? [] : typeof value === "object" ? value : [value];
}
