import type { DecodeLimits } from "../budget.ts";
import { isAlphanumeric } from "../characters.ts";
import { type Constant, derived, itemsOf, joined, type Single, type Span, textOf } from "./constant.ts";

/** What PowerShell's casts and operators make of constants; `undefined` where the result is not certain. */

/** Items of a range; more are no text. */
const LONGEST_RANGE = 4_096;

/** `[char]65`, `[char[]](65,66)`, `[string]…`, `[int]"65"`. */
export function cast(span: Span, type: { readonly name: string; readonly isArray: boolean }, operand: Constant) {
  switch (type.name) {
    case "char":
      return toCharacters(span, operand, type.isArray);
    case "string":
      return typeof operand.value === "object" && !type.isArray
        ? joined(span, operand, " ")
        : derived(span, typeof operand.value === "number" ? String(operand.value) : operand.value, [operand]);
    case "int":
    case "int16":
    case "int32":
    case "byte": {
      const numbers = itemsOf(operand).map((item) => numberOf(item, 10));
      return numbers.some((number) => number === undefined)
        ? undefined
        : derived(span, sameKind(operand, numbers as readonly number[]), [operand]);
    }
    case "array":
      return derived(span, itemsOf(operand), [operand]);
    default:
      return undefined;
  }
}

function sameKind({ value }: Constant, items: readonly Single[]): Constant["value"] {
  return typeof value === "object" ? items : (items[0] ?? "");
}

/** Numbers become characters; a text becomes the list of its own. */
export function toCharacters(span: Span, operand: Constant, isArray = false): Constant | undefined {
  if (isArray && typeof operand.value === "string") {
    return derived(span, [...operand.value], [operand]);
  }
  const characters: string[] = [];
  let codes = 0;
  for (const item of itemsOf(operand)) {
    if (typeof item === "number" && item >= 0 && item <= 0xffff) {
      characters.push(String.fromCharCode(item));
      codes += isAlphanumeric(item) ? 1 : 0;
    } else if (typeof item === "string" && item.length === 1) {
      characters.push(item);
    } else {
      return undefined;
    }
  }
  return derived(span, sameKind(operand, characters), [operand], { step: "character-codes", codes });
}

/** The number that a text spells in a base; `undefined` if it is none. */
export function numberOf(item: Single, base: number): number | undefined {
  if (typeof item === "number") {
    return item;
  }
  const digits = item.trim();
  const isHex = /^0x/i.test(digits);
  const number = digits === "" || digits.length > 15 ? Number.NaN : Number.parseInt(digits, isHex ? 16 : base);
  const allowed =
    base === 16 || isHex ? /^(?:0x)?[0-9a-f]+$/i : base === 2 ? /^[01]+$/ : base === 8 ? /^[0-7]+$/ : /^\d+$/;
  return Number.isSafeInteger(number) && allowed.test(digits) ? number : undefined;
}

/** `1..5`, also downwards. */
export function range(span: Span, from: Constant, to: Constant): Constant | undefined {
  const { value: first } = from;
  const { value: last } = to;
  if (typeof first !== "number" || typeof last !== "number" || Math.abs(last - first) > LONGEST_RANGE) {
    return undefined;
  }
  const direction = last < first ? -1 : 1;
  const items = Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + index * direction);
  return derived(span, items, [from, to]);
}

/** The characters of a text, or the items of a list, at positions; negative ones count from the end. */
export function itemsAt(span: Span, operand: Constant, positions: Constant): Constant | undefined {
  const all = typeof operand.value === "object" ? operand.value : String(operand.value);
  const found: Single[] = [];
  for (const position of itemsOf(positions)) {
    const item = typeof position === "number" ? all[position < 0 ? all.length + position : position] : undefined;
    if (item === undefined) {
      return undefined;
    }
    found.push(item);
  }
  const isList = typeof positions.value === "object";
  return derived(span, isList ? found : (found[0] ?? ""), [operand, positions], {
    step: "reordering",
    isTelling: isList && found.length > 2,
  });
}

/** `"{1}{0}" -f "b","a"`. A word that continues from one argument to the next is telling. */
export function format(span: Span, template: Constant, args: Constant, { size }: DecodeLimits): Constant | undefined {
  const items = itemsOf(args).map(String);
  const text = textOf(template) ?? "";
  let result = "";
  let isTelling = false;
  let used = 0;
  let from = 0;
  for (let open = text.indexOf("{"); open >= 0; open = text.indexOf("{", from)) {
    const close = text.indexOf("}", open);
    const name = text.slice(open + 1, Math.min(close, open + 6));
    const item = items[Number(name)];
    if (close < 0 || item === undefined || !/^\d{1,4}$/.test(name) || result.length + item.length > size) {
      return undefined;
    }
    const before = text.slice(from, open);
    isTelling ||=
      isAlphanumeric(item.charCodeAt(0)) &&
      isAlphanumeric(before === "" ? result.charCodeAt(result.length - 1) : before.charCodeAt(before.length - 1));
    result += before + item;
    used += 1;
    from = close + 1;
  }
  const rest = text.slice(from);
  return used === 0 || rest.includes("}")
    ? undefined
    : derived(span, result + rest, [template, args], { step: "format", isTelling });
}

/** `-replace` with a pattern that is plain text, and the method `Replace`. */
export function replace(
  span: Span,
  operand: Constant,
  args: Constant,
  how: { readonly ignoresCase: boolean; readonly isPattern: boolean },
  { size }: DecodeLimits,
): Constant | undefined {
  const [wanted, instead = "", ...more] = itemsOf(args).map(String);
  const text = textOf(operand);
  const plain = wanted === undefined ? undefined : how.isPattern ? plainPattern(wanted) : wanted;
  if (text === undefined || plain === undefined || plain === "" || more.length > 0) {
    return undefined;
  }
  if (how.isPattern && instead.includes("$")) {
    return undefined;
  }
  const pieces = splitText(text, plain, how.ignoresCase);
  if (text.length + pieces.length * instead.length > size) {
    return undefined;
  }
  const isTelling = pieces.length > 1;
  return derived(span, pieces.join(instead), [operand, args], { step: "replacement", isTelling });
}

/** `-split` with a pattern that is plain text, and the method `Split`, which takes any of the characters given. */
export function split(
  span: Span,
  operand: Constant,
  separator: Constant,
  how: { readonly ignoresCase: boolean; readonly isPattern: boolean },
): Constant | undefined {
  const text = textOf(operand);
  const given = textOf(separator);
  const plain = given === undefined ? undefined : how.isPattern ? plainPattern(given) : given;
  if (text === undefined || plain === undefined || (plain === "" && how.isPattern)) {
    return undefined;
  }
  if (plain === "") {
    return derived(span, [...text], [operand, separator], { step: "reordering" });
  }
  if (!how.isPattern && plain.length > 1) {
    const any = new Set(plain);
    const marked = [...text].map((character) => (any.has(character) ? "\0" : character)).join("");
    return derived(span, marked.split("\0"), [operand, separator], { step: "reordering" });
  }
  return derived(span, splitText(text, plain, how.ignoresCase), [operand, separator], { step: "reordering" });
}

function splitText(text: string, separator: string, ignoresCase: boolean): readonly string[] {
  const folded = ignoresCase ? text.toLowerCase() : text;
  const wanted = ignoresCase ? separator.toLowerCase() : separator;
  if (folded.length !== text.length) {
    return text.split(separator);
  }
  const pieces: string[] = [];
  let from = 0;
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, from)) {
    pieces.push(text.slice(from, at));
    from = at + wanted.length;
  }
  return [...pieces, text.slice(from)];
}

/** The text that a regular expression stands for, if it is one text only. */
function plainPattern(pattern: string): string | undefined {
  const plain = pattern.replace(/\\([^\w\s])/g, "\u0000$1");
  return /(?<!\u0000)[\\^$.|?*+()[\]{}]/.test(plain) ? undefined : plain.replaceAll("\u0000", "");
}
