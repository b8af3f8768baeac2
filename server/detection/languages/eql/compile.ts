import type { Scalar } from "#contracts/event";
import { compileTruth, compileValues } from "../../../condition/evaluate.ts";
import { fieldsOf, fieldsOfOperand } from "../../../condition/fields.ts";
import { instantOf } from "../../../condition/match-value.ts";
import {
  allOf,
  and,
  anyOf,
  type Condition,
  call,
  compare,
  not,
  type Operand,
  type Test,
} from "../../../condition/tree.ts";
import { assertNever } from "../../../lib/result.ts";
import { ruleRegexProblem } from "../allowance.ts";
import { ParseFailure } from "../source.ts";
import type { ComparisonOperator, Expression, MembershipOperator } from "./expression.ts";
import { type ResolvedCall, resolveCall } from "./functions.ts";
import { type EqlOptions, ecsDates } from "./options.ts";

/** Whether an expression is a condition of its own or an operand of a comparison. */
type Context = "condition" | "operand";

/**
 * Compiles an expression to a condition. As in Elasticsearch, a comparison of a field with a literal is false for
 * events without the field; comparisons of computed operands, and comparisons within an operand, are unknown.
 */
export function compileExpression(
  expression: Expression,
  options: EqlOptions,
  context: Context = "condition",
): Condition {
  switch (expression.kind) {
    case "literal":
      if (typeof expression.value === "string" || typeof expression.value === "number") {
        throw new ParseFailure(
          `expected a condition, found the value ${JSON.stringify(expression.value)}`,
          expression.at,
        );
      }
      return { kind: "constant", value: expression.value };
    case "field":
      return comparison(
        compileOperand(expression, options),
        { kind: "equals", values: [true], caseInsensitive: false },
        context,
      );
    case "and":
      return allOf(expression.terms.map((term) => compileExpression(term, options, context)));
    case "or":
      return anyOf(expression.terms.map((term) => compileExpression(term, options, context)));
    case "not":
      return not(compileExpression(expression.term, options, context));
    case "comparison":
      return compileComparison(expression, options, context);
    case "membership":
      return compileMembership(expression, options, context);
    case "call": {
      const resolved = resolveCall(expression);
      if (resolved.definition.returns === "value") {
        throw new ParseFailure(
          `expected a condition, found the value of ${resolved.name}(…): compare it with something`,
          expression.at,
        );
      }
      return compileCall(expression, resolved, options, context);
    }
    case "arithmetic":
      throw new ParseFailure("expected a condition, found arithmetic: compare it with something", expression.at);
    default:
      return assertNever(expression);
  }
}

/** Compiles an expression to an operand. */
export function compileOperand(expression: Expression, options: EqlOptions): Operand {
  switch (expression.kind) {
    case "literal":
      return expression.decimal
        ? { kind: "literal", value: expression.value, decimal: true }
        : { kind: "literal", value: expression.value };
    case "field":
      return expression.optional && options.isMapped?.(expression.name) === false
        ? { kind: "literal", value: undefined }
        : { kind: "field", name: expression.name, optional: expression.optional };
    case "arithmetic":
      return call(expression.function, [
        compileOperand(expression.left, options),
        compileOperand(expression.right, options),
      ]);
    case "call": {
      const { name, definition } = resolveCall(expression);
      if (definition.returns === "condition") {
        return { kind: "truth", condition: compileExpression(expression, options, "operand") };
      }
      const args = expression.args.map((arg) => compileOperand(arg, options));
      return call(name, args, { caseInsensitive: expression.caseInsensitive });
    }
    case "and":
    case "or":
    case "not":
    case "comparison":
    case "membership":
      return { kind: "truth", condition: compileExpression(expression, options, "operand") };
    default:
      return assertNever(expression);
  }
}

const mirrored = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
} as const satisfies Record<ComparisonOperator, ComparisonOperator>;

function comparison(operand: Operand, test: Test, context: Context): Condition {
  const absent = operand.kind === "field" && context === "condition" ? "false" : "unknown";
  return constantOr(compare(operand, test, test.kind === "present" ? "false" : absent));
}

/** Folds a comparison without fields into a constant. */
function constantOr(condition: Condition): Condition {
  return fieldsOf(condition).length === 0
    ? { kind: "constant", value: compileTruth(condition)(Object.create(null)) }
    : condition;
}

function compileComparison(
  expression: Expression & { readonly kind: "comparison" },
  options: EqlOptions,
  context: Context,
): Condition {
  const left = compileOperand(expression.left, options);
  const right = compileOperand(expression.right, options);
  const leftHasFields = fieldsOfOperand(left).length > 0;
  const rightHasFields = fieldsOfOperand(right).length > 0;
  if (leftHasFields && rightHasFields) {
    throw new ParseFailure(
      "expected a constant on one side of the comparison: fields cannot be compared with each other",
      expression.at,
    );
  }
  // An optional field that no source has: its comparison is unknown, unlike a literal `null == "x"`, which is false.
  if ([expression.left, expression.right].some((side) => side.kind === "field") && !leftHasFields && !rightHasFields) {
    const known = constantOf(left) !== undefined || constantOf(right) !== undefined;
    if (known || !["==", "!="].includes(expression.operator)) {
      return { kind: "constant", value: undefined };
    }
  }
  const swapped = rightHasFields || (!leftHasFields && constantOf(left) === undefined);
  const operator = swapped ? mirrored[expression.operator] : expression.operator;
  const value = constantOf(swapped ? left : right);
  return compareWith(swapped ? right : left, operator, value, options, context);
}

function compareWith(
  operand: Operand,
  operator: ComparisonOperator,
  value: Scalar | undefined,
  options: EqlOptions,
  context: Context,
): Condition {
  if (operator === "!=") {
    return negated(compareWith(operand, "==", value, options, context));
  }
  if (value === undefined) {
    return operator === "=="
      ? negated(comparison(operand, { kind: "present" }, context))
      : { kind: "constant", value: undefined };
  }
  const isVersion = operand.kind === "field" && options.versionFields?.has(operand.name) === true;
  const isDate =
    operand.kind === "field" && (options.dateFields ?? ecsDates).has(operand.name) && instantOf(value) !== undefined;
  const as = isDate ? { as: "date" as const } : isVersion ? { as: "version" as const } : {};
  const ordered = (sign: "<" | "<=" | ">" | ">="): Condition =>
    comparison(operand, { kind: "order", operator: sign, value, ...as }, context);
  if (operator !== "==") {
    return ordered(operator);
  }
  return isDate
    ? and(ordered(">="), ordered("<="))
    : comparison(operand, { kind: "equals", values: [value], caseInsensitive: false }, context);
}

/** The `!=` for the result of `==`; `f != null` is the presence of the field. */
function negated(condition: Condition): Condition {
  if (condition.kind === "not") {
    return condition.term;
  }
  return condition.kind === "constant"
    ? { kind: "constant", value: condition.value === undefined ? undefined : !condition.value }
    : not(condition);
}

function compileMembership(
  expression: Expression & { readonly kind: "membership" },
  options: EqlOptions,
  context: Context,
): Condition {
  const operand = compileOperand(expression.left, options);
  const values = expression.values.map((value) => constantValue(value, expression.operator, options));
  const condition = comparison(operand, membershipTest(expression.operator, values), context);
  return expression.negated ? negated(condition) : condition;
}

function membershipTest(operator: MembershipOperator, values: readonly Scalar[]): Test {
  switch (operator) {
    case "in":
    case "in~":
      return { kind: "equals", values, caseInsensitive: operator === "in~" };
    case ":":
    case "like":
    case "like~":
      return {
        kind: "wildcard",
        patterns: values.map(String),
        caseInsensitive: operator !== "like",
        single: true,
        escape: false,
      };
    case "regex":
    case "regex~":
      return { kind: "regex", patterns: values.map(String), caseInsensitive: operator === "regex~", whole: true };
    default:
      return assertNever(operator);
  }
}

function constantValue(expression: Expression, operator: MembershipOperator, options: EqlOptions): Scalar {
  const operand = compileOperand(expression, options);
  if (fieldsOfOperand(operand).length > 0) {
    throw new ParseFailure(
      `expected a constant after "${operator}": fields cannot be compared with each other`,
      expression.at,
    );
  }
  const value = constantOf(operand);
  if (value === undefined) {
    throw new ParseFailure(`expected a value after "${operator}", found null`, expression.at, {
      remedy: 'write "field == null"',
    });
  }
  if (operator.startsWith("regex")) {
    const problem =
      typeof value === "string"
        ? ruleRegexProblem(value, "expected a regular expression")
        : "expected a regular expression: a regular expression is a string";
    if (problem !== undefined) {
      throw new ParseFailure(problem, expression.at);
    }
  }
  return value;
}

function constantOf(operand: Operand): Scalar | undefined {
  return compileValues(operand)(Object.create(null))[0];
}

/** With constants after the first argument the call becomes a test of that argument: faster, and usable by an index. */
function compileCall(
  expression: Expression & { readonly kind: "call" },
  { name, definition }: ResolvedCall,
  options: EqlOptions,
  context: Context,
): Condition {
  const { caseInsensitive } = expression;
  const args = expression.args.map((arg) => compileOperand(arg, options));
  const [subject = { kind: "literal", value: undefined } as const, ...rest] = args;
  const isConstant = rest.every((operand) => fieldsOfOperand(operand).length === 0);
  if (!isConstant || definition.toTest === undefined) {
    const whole = call(name, args, { caseInsensitive });
    return comparison(whole, { kind: "equals", values: [true], caseInsensitive: false }, context);
  }
  const constants = rest.map(constantOf).filter((value) => value !== undefined);
  if (constants.length < rest.length) {
    return { kind: "constant", value: undefined };
  }
  const texts = constants.map(String);
  for (const [index, text] of texts.entries()) {
    const expected = definition.expectedInstead?.(text);
    if (expected !== undefined) {
      const at = expression.args[index + 1]?.at ?? expression.at;
      throw new ParseFailure(`expected ${expected}, found ${JSON.stringify(text)}`, at);
    }
  }
  return comparison(subject, definition.toTest(texts, caseInsensitive), context);
}
