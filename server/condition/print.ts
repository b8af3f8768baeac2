import type { Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import { eqlFunctions } from "./functions.ts";
import type { Condition, Operand, Test } from "./tree.ts";
import { literalText, parsePattern, type Segment } from "./wildcard-pattern.ts";

/**
 * Prints a condition as EQL. A tree that was parsed from EQL parses to an equal tree again. Tests without an EQL
 * operator (wildcards with escapes, unanchored regular expressions) become an equivalent function or regular
 * expression. Patterns of field names, full text and array elements have no EQL form: their text is for reading only.
 */
export function printEql(condition: Condition): string {
  switch (condition.kind) {
    case "constant":
      return condition.value === undefined ? "null" : String(condition.value);
    case "and":
      return condition.terms.length === 0
        ? "true"
        : condition.terms.map((term) => bracketed(term, ["or"])).join(" and ");
    case "or":
      return condition.terms.length === 0
        ? "false"
        : condition.terms.map((term) => bracketed(term, ["and"])).join(" or ");
    case "not":
      return printNot(condition.term);
    case "nested":
      return `${condition.path} : { ${printEql(condition.term)} }`;
    case "compare":
      return printCompare(condition.operand, condition.test);
    default:
      return assertNever(condition);
  }
}

/** Prints a whole query: `any where …`, or with its category. */
export function printEqlQuery(category: string | undefined, condition: Condition): string {
  const name =
    category === undefined ? "any" : /^[a-z]+$/i.test(category) && category !== "any" ? category : quote(category);
  return `${name} where ${printEql(condition)}`;
}

function bracketed(condition: Condition, kinds: readonly Condition["kind"][]): string {
  return kinds.includes(condition.kind) || isSplit(condition) ? `(${printEql(condition)})` : printEql(condition);
}

/** Whether a comparison is printed as a disjunction. */
function isSplit(condition: Condition): boolean {
  return (
    condition.kind === "compare" &&
    condition.test.kind === "wildcard" &&
    condition.test.patterns.length > 1 &&
    printWildcards(condition.test) === undefined
  );
}

function printNot(term: Condition): string {
  if (term.kind === "compare") {
    if (term.test.kind === "present") {
      return `${printOperand(term.operand)} == null`;
    }
    const [value, ...more] = term.test.kind === "equals" && !term.test.caseInsensitive ? term.test.values : [];
    if (value !== undefined && more.length === 0 && !isConditionCall(term.operand)) {
      return `${printOperand(term.operand)} != ${literal(value)}`;
    }
  }
  return `not ${bracketed(term, ["and", "or"])}`;
}

/** A call that is a condition by itself: it is compared only with true. */
function isConditionCall(operand: Operand): boolean {
  return operand.kind === "call" && eqlFunctions[operand.name].returns === "condition";
}

function printCompare(operand: Operand, test: Test): string {
  const left = printOperand(operand);
  if (isConditionCall(operand)) {
    return left;
  }
  switch (test.kind) {
    case "present":
      return `${left} != null`;
    case "order":
      return `${left} ${test.operator} ${literal(test.value)}`;
    case "cidr":
      return `cidrMatch(${[left, ...test.networks.map(quote)].join(", ")})`;
    case "equals": {
      const [value, ...more] = test.values;
      if (value === undefined) {
        return "false";
      }
      return more.length === 0 && !test.caseInsensitive
        ? `${left} == ${literal(value)}`
        : `${left} in${test.caseInsensitive ? "~" : ""} (${test.values.map(literal).join(", ")})`;
    }
    case "regex":
      return `${left} regex${test.caseInsensitive ? "~" : ""} ${listOf(test.whole ? test.patterns : test.patterns.map((pattern) => `.*(?:${pattern}).*`))}`;
    case "words":
      return `${left} contains words ${listOf(test.phrases)}`;
    case "wildcard": {
      const patterns = printWildcards(test);
      return patterns === undefined
        ? test.patterns.map((pattern) => printPattern(left, pattern, test)).join(" or ")
        : `${left} ${test.caseInsensitive ? ":" : "like"} ${listOf(patterns)}`;
    }
    default:
      return assertNever(test);
  }
}

/** The patterns in the wildcard syntax of EQL; `undefined` when one cannot be written so. */
function printWildcards(test: Test & { readonly kind: "wildcard" }): readonly string[] | undefined {
  const direct = test.single && !test.escape;
  const plain = test.patterns.every(
    (pattern) => !(test.escape && pattern.includes("\\")) && !(!test.single && pattern.includes("?")),
  );
  const isFunction = test.escape && !test.single;
  return direct || (plain && !isFunction) ? test.patterns : undefined;
}

function printPattern(left: string, pattern: string, test: Test & { readonly kind: "wildcard" }): string {
  const segments = parsePattern(pattern, test);
  const literals = segments.map(literalText);
  const [first, second, third] = literals;
  const suffix = test.caseInsensitive ? "~" : "";
  if (literals.length === 2 && first !== undefined && second === "") {
    return `startsWith${suffix}(${left}, ${quote(first)})`;
  }
  if (literals.length === 2 && first === "" && second !== undefined) {
    return `endsWith${suffix}(${left}, ${quote(second)})`;
  }
  if (literals.length === 3 && first === "" && second !== undefined && third === "") {
    return `stringContains${suffix}(${left}, ${quote(second)})`;
  }
  return `${left} regex${suffix} ${quote(segments.map(regexOf).join(".*"))}`;
}

function regexOf(segment: Segment): string {
  return segment
    .map((character) => (character === undefined ? "." : character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&")))
    .join("");
}

/** Prints an operand; arithmetic in infix form and always in parentheses. */
function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case "field":
      return `${operand.optional ? "?" : ""}${printField(operand.name)}`;
    case "fields":
      return operand.pattern;
    case "literal":
      return printLiteral(operand);
    case "truth":
      return `(${printEql(operand.condition)})`;
    case "call": {
      const args = operand.args.map(printOperand);
      const { operator } = eqlFunctions[operand.name];
      return operator === undefined || args.length !== 2
        ? `${operand.name}${operand.caseInsensitive ? "~" : ""}(${args.join(", ")})`
        : `(${args.join(` ${operator.sign} `)})`;
    }
    default:
      return assertNever(operand);
  }
}

const reservedWords: ReadonlySet<string> = new Set("and or not in like regex where any true false null of".split(" "));

/** Prints a field name, in backquotes where it is not made of plain identifiers. */
export function printField(name: string): string {
  const segments = name.split(".");
  const plain = segments.every((segment) => /^[\p{L}_@][\p{L}\p{Nd}_]*$/u.test(segment));
  if (plain) {
    return segments.length === 1 && reservedWords.has(name) ? `\`${name}\`` : name;
  }
  return `\`${name.replaceAll("`", "``")}\``;
}

function printLiteral(operand: Operand & { readonly kind: "literal" }): string {
  const { value } = operand;
  if (value === undefined) {
    return "null";
  }
  return operand.decimal === true && Number.isInteger(value) ? `${value}.0` : literal(value);
}

function literal(value: Scalar): string {
  return typeof value === "string" ? quote(value) : String(value);
}

function listOf(texts: readonly string[]): string {
  const [first] = texts;
  return first !== undefined && texts.length === 1 ? quote(first) : `(${texts.map(quote).join(", ")})`;
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

/** Quotes a string; control and format characters, lone surrogates and separators become `\u{…}`. */
export function quote(text: string): string {
  const inner = text.replace(
    /["\\]|[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => escapes[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}}`,
  );
  return `"${inner}"`;
}
