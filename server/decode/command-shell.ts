import type { DecodingStep } from "#contracts/decoding";
import type { Budget } from "./budget.ts";
import { isLetter } from "./characters.ts";
import type { Folded } from "./expressions/fold.ts";

/** Carets between letters from which on they are no accident: `a^b` occurs in searches and in the names of commits. */
const FEWEST_CARETS = 2;

/** A text without the carets and the variables with which commands are hidden from cmd; `undefined` if it has none. */
export function withoutShellTricks(text: string, budget: Budget): Folded | undefined {
  if (!/[%!^]/.test(text) || !budget.spend(text.length * 2)) {
    return undefined;
  }
  const steps = new Set<DecodingStep>();
  const plain = withoutCarets(text);
  if (plain !== text) {
    steps.add("carets");
  }
  const filled = withVariables(plain, budget.limits.size);
  if (filled !== plain) {
    steps.add("variables");
  }
  return steps.size === 0 ? undefined : { text: filled, steps };
}

/** A caret makes the next character literal, which changes nothing about a letter. */
function withoutCarets(text: string): string {
  let telling = 0;
  for (let at = text.indexOf("^"); at >= 0; at = text.indexOf("^", at + 1)) {
    telling += isLetter(text.charCodeAt(at - 1)) && isLetter(text.charCodeAt(at + 1)) ? 1 : 0;
  }
  return telling < FEWEST_CARETS ? text : text.replace(/\^([^\r\n])/g, "$1");
}

/** `set name=value` up to the end of the command. */
const assignment = /\bset\s{1,8}"?([a-z_]\w{0,63})=([^&|"\r\n]*)/gi;
/** `%name%`, `%name:~1,2%`, `%name:from=to%`, and the same between exclamation marks. */
const reference = /([%!])([a-z_]\w{0,63})(?::~(-?\d{1,5})(?:,(-?\d{1,5}))?|:([^%!=]{1,64})=([^%!]{0,64}))?\1/gi;

/**
 * Fills in variables that the text itself sets, each once, where cmd does so as well: between exclamation marks, in a
 * batch file, after `call`, and in a second cmd. Others are not known for certain.
 */
function withVariables(text: string, size: number): string {
  const values = new Map<string, string | undefined>();
  for (const [, name = "", value = ""] of text.matchAll(assignment)) {
    const key = name.toLowerCase();
    values.set(key, values.has(key) || /[%!]/.test(value) ? undefined : value);
  }
  if (values.size === 0) {
    return text;
  }
  const isExpandedAgain = /\bcall\b|\n|\bcmd\b.{1,1000}\bcmd\b/i.test(text);
  let added = 0;
  return text.replace(reference, (whole, mark: string, name: string, start, length, from, to) => {
    const value = mark === "!" || isExpandedAgain ? values.get(name.toLowerCase()) : undefined;
    if (value === undefined || added > size) {
      return whole;
    }
    const part = partOf(value, { start, length, from, to });
    added += part.length;
    return part;
  });
}

interface Part {
  readonly start: string | undefined;
  readonly length: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

function partOf(value: string, { start, length, from, to }: Part): string {
  if (from !== undefined) {
    return from.startsWith("*") ? value : value.split(from).join(to ?? "");
  }
  if (start === undefined) {
    return value;
  }
  const first = Number(start) < 0 ? Math.max(0, value.length + Number(start)) : Number(start);
  const count = length === undefined ? value.length : Number(length);
  return value.slice(first, count < 0 ? value.length + count : first + count);
}
