import type { DecodeLimits } from "../budget.ts";
import { type Constant, derived, itemsOf, joined, type Span, textOf } from "./constant.ts";
import { numberOf, replace, split, toCharacters } from "./operations.ts";

type Arguments = readonly (Constant | undefined)[];

const characterCalls: ReadonlySet<string> = new Set(["chr", "chrw", "chrb", "char", "fromcharcode", "fromcodepoint"]);

/** `Chr(65)` of VBScript and Python, `CHAR(65)` of SQL, `String.fromCharCode(65, 66)` of JavaScript. */
export function callNamed(name: string, span: Span, args: Arguments): Constant | undefined {
  const list = characterCalls.has(name) ? listOf(span, args) : undefined;
  const characters = list === undefined ? undefined : toCharacters(span, list);
  return characters === undefined
    ? undefined
    : { ...derived(span, itemsOf(characters).join(""), [characters]), isTelling: characters.codes > 1 };
}

function listOf(span: Span, args: Arguments): Constant | undefined {
  const constants = args.filter((one) => one !== undefined);
  return constants.length === 0 || constants.length < args.length
    ? undefined
    : derived(span, constants.flatMap(itemsOf), constants);
}

/** `[string]::Join("", …)`, `[Convert]::ToInt32("41", 16)`, `[char]::ConvertFromUtf32(65)`. */
export function staticCalled(type: string, method: string, span: Span, args: Arguments): Constant | undefined {
  const [first, second] = args;
  if (first === undefined) {
    return undefined;
  }
  if (type === "string" && method === "join") {
    const rest = listOf(span, args.slice(1));
    const separator = textOf(first);
    return rest === undefined || separator === undefined ? undefined : joined(span, rest, separator);
  }
  if (type === "convert" && /^toint(16|32|64)$|^tobyte$/.test(method) && typeof first.value !== "object") {
    const base = second === undefined ? 10 : second.value;
    const number = typeof base === "number" ? numberOf(first.value, base) : undefined;
    return number === undefined ? undefined : derived(span, number, [first]);
  }
  return (type === "char" && method === "convertfromutf32") || (type === "convert" && method === "tochar")
    ? toCharacters(span, first)
    : undefined;
}

/** Methods of a text that give a text or a list of them. */
export function methodCalled(
  method: string,
  span: Span,
  operand: Constant,
  args: Arguments,
  limits: DecodeLimits,
): Constant | undefined {
  const plain = { ignoresCase: false, isPattern: false };
  const list = listOf(span, args);
  switch (method) {
    case "replace":
      return list === undefined || args.length !== 2 ? undefined : replace(span, operand, list, plain, limits);
    case "split":
      return args[0] === undefined || args.length !== 1 ? undefined : split(span, operand, args[0], plain);
    case "join":
      // JavaScript's list of texts, and Python's separator.
      return typeof operand.value === "object" && list !== undefined && args.length === 1
        ? joined(span, operand, textOf(list) ?? String(itemsOf(list)[0]))
        : undefined;
    case "reverse":
      return typeof operand.value === "object" && args.every((one) => one === undefined)
        ? derived(span, operand.value.toReversed(), [operand], { step: "reordering", isTelling: true })
        : undefined;
    case "tostring":
      return args.every((one) => one === undefined) ? derived(span, operand.value, [operand]) : undefined;
    case "tochararray":
      return typeof operand.value === "string" ? toCharacters(span, operand, true) : undefined;
    default:
      return undefined;
  }
}
