import type { Scalar } from "#contracts/event";
import { assertNever } from "../lib/result.ts";
import { compileNetworks, parseNetwork } from "./address.ts";
import { foldCase } from "./fold-case.ts";
import { numberOf } from "./match-value.ts";
import type { FunctionName } from "./tree.ts";

type Value = Scalar | undefined;

/**
 * Applies an EQL function to single values; an absent or unsuitable argument gives an absent result. `integer` divides
 * without a remainder, as EQL does when neither side was written with a fraction. Semantics: Elastic's EQL function reference.
 */
export function applyFunction(
  name: FunctionName,
  options: { readonly fold: boolean; readonly integer: boolean },
  args: readonly Value[],
): Value {
  const fold = options.fold ? foldCase : (text: string) => text;
  const [first, second, third, fourth] = args;
  switch (name) {
    case "add":
      return arithmetic(first, second, (left, right) => left + right);
    case "subtract":
      return arithmetic(first, second, (left, right) => left - right);
    case "multiply":
      return arithmetic(first, second, (left, right) => left * right);
    case "divide":
      return arithmetic(first, second, (left, right) => divide(left, right, options.integer));
    case "modulo":
      return arithmetic(first, second, (left, right) => (right === 0 ? undefined : left % right));
    case "between":
      return onTexts([first, second, third], (texts) => between(texts, fourth === true, fold));
    case "cidrMatch":
      return onTexts(args, ([address = "", ...networks]) =>
        compileNetworks(networks.filter((network) => parseNetwork(network) !== undefined))(address),
      );
    case "concat":
      return onTexts(args, (texts) => texts.join(""));
    case "endsWith":
      return onTexts([first, second], ([text = "", part = ""]) => fold(text).endsWith(fold(part)));
    case "startsWith":
      return onTexts([first, second], ([text = "", part = ""]) => fold(text).startsWith(fold(part)));
    case "stringContains":
      return onTexts([first, second], ([text = "", part = ""]) => fold(text).includes(fold(part)));
    case "indexOf":
      return onTexts([first, second], ([text = "", part = ""]) => {
        const found = fold(text).indexOf(fold(part), third === undefined ? 0 : numberOf(third));
        return found < 0 ? undefined : found;
      });
    case "length":
      return onTexts([first], ([text = ""]) => text.length);
    case "number":
      return first === undefined ? undefined : toNumber(first, second);
    case "string":
      return first === undefined ? undefined : String(first);
    case "substring":
      return onTexts([first], ([text = ""]) =>
        text.slice(second === undefined ? 0 : numberOf(second), third === undefined ? undefined : numberOf(third)),
      );
    default:
      return assertNever(name);
  }
}

function arithmetic(left: Value, right: Value, work: (left: number, right: number) => Value): Value {
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

function between(texts: readonly string[], greedy: boolean, fold: (text: string) => string): Value {
  const [text = "", left = "", right = ""] = texts;
  const folded = fold(text);
  const found = folded.indexOf(fold(left));
  if (found < 0) {
    return undefined;
  }
  const start = found + left.length;
  const end = greedy ? folded.lastIndexOf(fold(right)) : folded.indexOf(fold(right), start);
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
