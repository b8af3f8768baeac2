import type { Scalar } from "#contracts/event";
import { compileNetworks, parseNetwork } from "./address.ts";
import { foldCase } from "./fold-case.ts";
import { numberOf } from "./match-value.ts";
import type { Test } from "./tree.ts";
import { escapePattern } from "./wildcard-pattern.ts";

type Value = Scalar | undefined;

/** How a call is written, where the result depends on it. */
export interface CallOptions {
  /** The `~` form of the function. */
  readonly caseInsensitive: boolean;
  /** No number in the call is written with a fraction: then `/` is an integer division, as in EQL. */
  readonly integer: boolean;
}

/**
 * Everything about one EQL function. Parser, evaluator, printer, rule index and docs/eql-functions.md read it from
 * `eqlFunctions`; see docs/adding-an-eql-function.md.
 */
export interface EqlFunction {
  /** The fewest and the most arguments. */
  readonly arity: readonly [least: number, most: number];
  /** Whether there is a form that ignores case: `name~(…)`. */
  readonly hasCaseInsensitiveForm: boolean;
  /** A function that returns true or false can be a condition by itself; a value has to be compared. */
  readonly returns: "condition" | "value";
  /** Written between the two arguments of arithmetic; products bind tighter than sums. */
  readonly operator?: { readonly sign: string; readonly precedence: "sum" | "product" };
  /**
   * The result for single values: an array argument is applied value by value. A missing or unsuitable argument gives
   * no result. In particular a missing first argument has to: the rule index relies on it.
   */
  readonly apply: (args: readonly Value[], options: CallOptions) => Value;
  /**
   * Of a condition whose arguments after the first are constants: the same condition as a test of the first argument,
   * which stores and the rule index can use.
   */
  readonly toTest?: (constants: readonly string[], caseInsensitive: boolean) => Test;
  /** What was expected instead of an unsuitable constant after the first argument; `undefined` for a suitable one. */
  readonly expectedInstead?: (constant: string) => string | undefined;
  readonly summary: string;
  /** A call without fields and its result; evaluated by the tests and shown in the documentation. */
  readonly example: { readonly call: string; readonly result: Value };
}

const unlimited = 1000;

const table = {
  add: {
    arity: [2, 2],
    hasCaseInsensitiveForm: false,
    returns: "value",
    operator: { sign: "+", precedence: "sum" },
    apply: ([left, right]) => onNumbers(left, right, (a, b) => a + b),
    summary: "The sum of two numbers.",
    example: { call: "3 + 4", result: 7 },
  },
  subtract: {
    arity: [2, 2],
    hasCaseInsensitiveForm: false,
    returns: "value",
    operator: { sign: "-", precedence: "sum" },
    apply: ([left, right]) => onNumbers(left, right, (a, b) => a - b),
    summary: "The first number minus the second.",
    example: { call: "3 - 4", result: -1 },
  },
  multiply: {
    arity: [2, 2],
    hasCaseInsensitiveForm: false,
    returns: "value",
    operator: { sign: "*", precedence: "product" },
    apply: ([left, right]) => onNumbers(left, right, (a, b) => a * b),
    summary: "The product of two numbers.",
    example: { call: "3 * 4", result: 12 },
  },
  divide: {
    arity: [2, 2],
    hasCaseInsensitiveForm: false,
    returns: "value",
    operator: { sign: "/", precedence: "product" },
    apply: ([left, right], { integer }) => onNumbers(left, right, (a, b) => divide(a, b, integer)),
    summary: "The first number divided by the second; the remainder is dropped unless a number has a fraction.",
    example: { call: "7 / 2", result: 3 },
  },
  modulo: {
    arity: [2, 2],
    hasCaseInsensitiveForm: false,
    returns: "value",
    operator: { sign: "%", precedence: "product" },
    apply: ([left, right]) => onNumbers(left, right, (a, b) => (b === 0 ? undefined : a % b)),
    summary: "The remainder of a division.",
    example: { call: "7 % 2", result: 1 },
  },
  between: {
    arity: [3, 4],
    hasCaseInsensitiveForm: true,
    returns: "value",
    apply: ([text, left, right, greedy], options) =>
      onTexts([text, left, right], (texts) => between(texts, greedy === true, normalizer(options))),
    summary:
      "The text between two others; with true as the fourth argument up to the last occurrence of the right one.",
    example: { call: 'between("cmd /c whoami", "cmd ", " whoami")', result: "/c" },
  },
  cidrMatch: {
    arity: [2, unlimited],
    hasCaseInsensitiveForm: false,
    returns: "condition",
    apply: (args) =>
      onTexts(args, ([address = "", ...networks]) =>
        compileNetworks(networks.filter((network) => parseNetwork(network) !== undefined))(address),
      ),
    toTest: (networks) => ({ kind: "cidr", networks }),
    expectedInstead: (text) => (parseNetwork(text) === undefined ? 'a network such as "10.0.0.0/8"' : undefined),
    summary: "Whether an address is in one of the networks.",
    example: { call: 'cidrMatch("10.1.2.3", "10.0.0.0/8")', result: true },
  },
  concat: {
    arity: [1, unlimited],
    hasCaseInsensitiveForm: false,
    returns: "value",
    apply: (args) => onTexts(args, (texts) => texts.join("")),
    summary: "All arguments as one text.",
    example: { call: 'concat("pid ", 4)', result: "pid 4" },
  },
  endsWith: {
    arity: [2, 2],
    hasCaseInsensitiveForm: true,
    returns: "condition",
    apply: (args, options) => onTextPair(args, options, (text, part) => text.endsWith(part)),
    toTest: ([part = ""], caseInsensitive) => patternTest(`*${escapePattern(part)}`, caseInsensitive),
    summary: "Whether a text ends with another.",
    example: { call: 'endsWith~("CMD.EXE", ".exe")', result: true },
  },
  equals: {
    arity: [2, 2],
    hasCaseInsensitiveForm: true,
    returns: "condition",
    apply: (args, options) => onTextPair(args, options, (text, other) => text === other),
    toTest: ([text = ""], caseInsensitive) => ({ kind: "equals", values: [text], caseInsensitive }),
    summary: "Whether two texts are the same, also those of two fields. Not in Elasticsearch.",
    example: { call: 'equals~("CMD.EXE", "cmd.exe")', result: true },
  },
  indexOf: {
    arity: [2, 3],
    hasCaseInsensitiveForm: true,
    returns: "value",
    apply: (args, options) =>
      onTextPair(args, options, (text, part) => {
        const start = args[2];
        const found = text.indexOf(part, start === undefined ? 0 : numberOf(start));
        return found < 0 ? undefined : found;
      }),
    summary: "The position of the first occurrence of a text in another, from 0; the third argument is where to start.",
    example: { call: 'indexOf("cmd.exe", ".")', result: 3 },
  },
  length: {
    arity: [1, 1],
    hasCaseInsensitiveForm: false,
    returns: "value",
    apply: ([text]) => onTexts([text], ([given = ""]) => given.length),
    summary: "The number of UTF-16 units of a text.",
    example: { call: 'length("cmd.exe")', result: 7 },
  },
  number: {
    arity: [1, 2],
    hasCaseInsensitiveForm: false,
    returns: "value",
    apply: ([value, base]) => (value === undefined ? undefined : toNumber(value, base)),
    summary: "The number that a text spells, in base 10 or the given base from 2 to 36.",
    example: { call: 'number("0x1f", 16)', result: 31 },
  },
  startsWith: {
    arity: [2, 2],
    hasCaseInsensitiveForm: true,
    returns: "condition",
    apply: (args, options) => onTextPair(args, options, (text, part) => text.startsWith(part)),
    toTest: ([part = ""], caseInsensitive) => patternTest(`${escapePattern(part)}*`, caseInsensitive),
    summary: "Whether a text starts with another.",
    example: { call: 'startsWith("cmd.exe", "CMD")', result: false },
  },
  string: {
    arity: [1, 1],
    hasCaseInsensitiveForm: false,
    returns: "value",
    apply: ([value]) => (value === undefined ? undefined : String(value)),
    summary: "A value as text.",
    example: { call: "string(4)", result: "4" },
  },
  stringContains: {
    arity: [2, 2],
    hasCaseInsensitiveForm: true,
    returns: "condition",
    apply: (args, options) => onTextPair(args, options, (text, part) => text.includes(part)),
    toTest: ([part = ""], caseInsensitive) => patternTest(`*${escapePattern(part)}*`, caseInsensitive),
    summary: "Whether a text contains another.",
    example: { call: 'stringContains("cmd.exe", "d.e")', result: true },
  },
  substring: {
    arity: [2, 3],
    hasCaseInsensitiveForm: false,
    returns: "value",
    apply: ([text, start, end]) =>
      onTexts([text], ([given = ""]) =>
        given.slice(start === undefined ? 0 : numberOf(start), end === undefined ? undefined : numberOf(end)),
      ),
    summary: "The part of a text from a position, up to another where given; negative positions count from the end.",
    example: { call: 'substring("cmd.exe", -4)', result: ".exe" },
  },
} as const satisfies Record<string, EqlFunction>;

export type FunctionName = keyof typeof table;

/** The functions by name, as EQL spells them. */
export const eqlFunctions: Readonly<Record<FunctionName, EqlFunction>> = table;

/** The names of all functions, in the order of the table. */
export const functionNames: readonly FunctionName[] = Object.keys(table).filter((name) => isFunctionName(name));

export function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(table, name);
}

/** The function behind an arithmetic sign. */
export function functionOfSign(sign: string): FunctionName | undefined {
  return bySign.get(sign);
}

const bySign: ReadonlyMap<string, FunctionName> = new Map(
  functionNames.flatMap((name) => {
    const { operator } = eqlFunctions[name];
    return operator === undefined ? [] : [[operator.sign, name] as const];
  }),
);

function normalizer({ caseInsensitive }: CallOptions): (text: string) => string {
  return caseInsensitive ? foldCase : (text) => text;
}

function patternTest(pattern: string, caseInsensitive: boolean): Test {
  return { kind: "wildcard", patterns: [pattern], caseInsensitive, single: false, escape: true };
}

function onNumbers(left: Value, right: Value, work: (left: number, right: number) => Value): Value {
  const a = left === undefined ? undefined : numberOf(left);
  const b = right === undefined ? undefined : numberOf(right);
  return a === undefined || b === undefined ? undefined : work(a, b);
}

function divide(left: number, right: number, integer: boolean): Value {
  if (right === 0) {
    return undefined;
  }
  return integer && Number.isInteger(left) && Number.isInteger(right) ? Math.trunc(left / right) : left / right;
}

function onTexts(values: readonly Value[], work: (texts: readonly string[]) => Value): Value {
  const texts = values.filter((value) => value !== undefined).map(String);
  return texts.length === values.length ? work(texts) : undefined;
}

function onTextPair(
  [text, part]: readonly Value[],
  options: CallOptions,
  work: (text: string, part: string) => Value,
): Value {
  const normalize = normalizer(options);
  return text === undefined || part === undefined ? undefined : work(normalize(String(text)), normalize(String(part)));
}

function between(texts: readonly string[], greedy: boolean, normalize: (text: string) => string): Value {
  const [text = "", left = "", right = ""] = texts;
  const searched = normalize(text);
  const found = searched.indexOf(normalize(left));
  if (found < 0) {
    return undefined;
  }
  const start = found + left.length;
  const end = greedy ? searched.lastIndexOf(normalize(right)) : searched.indexOf(normalize(right), start);
  return end < start ? undefined : text.slice(start, end);
}

/** Digits in a base of 2 to 36; `0x` marks base 16 where none is given. */
function toNumber(value: Scalar, base: Value): Value {
  const text = String(value);
  const radix = base === undefined ? undefined : numberOf(base);
  if (radix === undefined || radix === 10) {
    return numberOf(text);
  }
  const [, sign = "", digits = ""] = /^([+-]?)(?:0x(?=[0-9a-fA-F]+$))?([0-9a-zA-Z]+)$/.exec(text) ?? [];
  const number = [...digits.toLowerCase()].reduce((sum, digit) => {
    const worth = Number.parseInt(digit, 36);
    return worth < radix ? sum * radix + worth : Number.NaN;
  }, 0);
  return digits === "" || Number.isNaN(number) ? undefined : sign === "-" ? -number : number;
}
