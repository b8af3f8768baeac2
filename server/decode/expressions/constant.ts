import type { DecodingStep } from "#contracts/decoding";
import { isAlphanumeric } from "../characters.ts";
import type { Token } from "./token.ts";

export type Single = string | number;
export type Value = Single | readonly Single[];

/** A place in the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A part of the text whose value is known without running anything. */
export interface Constant extends Span {
  readonly kind: "constant";
  readonly value: Value;
  /** What was undone to get the value; empty for a literal. */
  readonly steps: ReadonlySet<DecodingStep>;
  /** Whether it looks like hiding: a word in pieces, letters as numbers. Plain code joins texts as well. */
  readonly isTelling: boolean;
  /** Letters and digits in it that were written as numbers. */
  readonly codes: number;
  /** The last character, because asking a text that was joined piece by piece for it copies the text. */
  readonly last: number;
  /** What the value replaces; parentheses around it stay. */
  readonly inner: Span;
  /** The quotation, if it is one and nothing else. */
  readonly literal?: Token & { readonly kind: "text" };
  /** Whether a variable has this value: the name stays, unless it is part of something larger. */
  readonly isVariable?: boolean;
  /** The elements of a list, as long as it is only a list. */
  readonly parts?: readonly Constant[];
}

const noSteps: ReadonlySet<DecodingStep> = new Set();
const backticks: ReadonlySet<DecodingStep> = new Set(["backticks"]);
const variables: ReadonlySet<DecodingStep> = new Set(["variables"]);

export function literal(token: Token & { readonly kind: "text" }): Constant {
  const plain = constant(token, token.value);
  return token.hasBackticks ? { ...plain, steps: backticks, isTelling: true } : { ...plain, literal: token };
}

export function constant({ start, end }: Span, value: Value): Constant {
  const last = typeof value === "string" ? value.charCodeAt(value.length - 1) : Number.NaN;
  return {
    kind: "constant",
    start,
    end,
    value,
    steps: noSteps,
    isTelling: false,
    codes: 0,
    last,
    inner: { start, end },
  };
}

/** A new value that was computed from others by a step. */
export function derived(
  span: Span,
  value: Value,
  from: readonly Constant[],
  step?: { readonly step: DecodingStep; readonly isTelling?: boolean; readonly codes?: number },
): Constant {
  let isTelling = step?.isTelling === true;
  let codes = step?.codes ?? 0;
  for (const one of from) {
    isTelling ||= one.isTelling;
    codes += one.codes;
  }
  return { ...constant(span, value), steps: stepsOf(from, step?.step), isTelling, codes };
}

/** All steps together. Long sums have the same ones all along, so that most need no set of their own. */
function stepsOf(from: readonly Constant[], step: DecodingStep | undefined): ReadonlySet<DecodingStep> {
  const first = from[0]?.steps ?? noSteps;
  let all: Set<DecodingStep> | undefined;
  for (const { steps, isVariable } of from) {
    for (const one of isVariable === true ? variables : steps) {
      if (!first.has(one)) {
        all = (all ?? new Set(first)).add(one);
      }
    }
  }
  return step === undefined || first.has(step) ? (all ?? first) : (all ?? new Set(first)).add(step);
}

/** The text of a single value. */
export function textOf({ value }: Constant): string | undefined {
  return typeof value === "object" ? undefined : String(value);
}

export function itemsOf({ value }: Constant): readonly Single[] {
  return typeof value === "object" ? value : [value];
}

/** Two texts one after the other. That a word continues across the border is telling. */
export function concatenated(left: Constant, right: Constant): Constant | undefined {
  const span = { start: left.start, end: right.end };
  if (typeof left.value === "number" && typeof right.value === "number") {
    return derived(span, left.value + right.value, [left, right]);
  }
  if (typeof left.value !== "string" || typeof right.value === "object") {
    return undefined;
  }
  const added = String(right.value);
  const joined = {
    ...derived(span, "", [left, right], {
      step: "concatenation",
      isTelling: isAlphanumeric(left.last) && isAlphanumeric(added.charCodeAt(0)),
    }),
    value: left.value + added,
  };
  return { ...joined, last: added === "" ? left.last : added.charCodeAt(added.length - 1) };
}

/** Texts joined with a separator between them. */
export function joined(span: Span, list: Constant, separator: string): Constant {
  const items = itemsOf(list).map(String);
  const isTelling =
    separator === "" &&
    items.some((item, index) => {
      const next = items[index + 1];
      return (
        next !== undefined && isAlphanumeric(item.charCodeAt(item.length - 1)) && isAlphanumeric(next.charCodeAt(0))
      );
    });
  return derived(span, items.join(separator), [list], { step: "concatenation", isTelling });
}
