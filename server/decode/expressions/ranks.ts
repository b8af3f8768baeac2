import type { DecodeLimits } from "../budget.ts";
import { type Constant, concatenated, derived, itemsOf, joined, type Span, textOf } from "./constant.ts";
import { combined, type Operand, type Operator, opaque } from "./operands.ts";
import { format, range, replace, split } from "./operations.ts";

/** What becomes of operands that cannot be combined, and of results that can. */
export interface Sink {
  readonly limits: DecodeLimits;
  /** Reports the constants among operands, and stands for the whole. */
  dropped(span: Span, ...operands: readonly (Operand | undefined)[]): Operand;
  /** A result whose size was counted; `undefined` without one, or if it costs too much. */
  paid(result: Constant | undefined): Constant | undefined;
}

type Run = readonly (Operand | Operator)[];

const replacing = ["replace", "creplace", "ireplace"];
const splitting = ["split", "csplit", "isplit"];

/** Operands and operators combined in PowerShell's order of precedence: lists bind closer than sums. */
export function combinedByRank(operands: Run, sink: Sink): Run {
  const limits = sink.limits;
  let run = combined(operands, [".."], (left, _, right) => both(sink, left, right, (a, b, span) => range(span, a, b)));
  run = withLists(run, sink);
  run = combined(run, ["f"], (left, _, right) => both(sink, left, right, (a, b, span) => format(span, a, b, limits)));
  run = combined(run, ["+", "&", "-", "*"], (left, operator, right) => sum(sink, left, operator, right));
  return combined(run, ["join", ...replacing, ...splitting, "bxor"], (left, { name }, right) =>
    both(sink, left, right, (a, b, span) => named(name, span, a, b, limits)),
  );
}

function both(
  sink: Sink,
  left: Operand,
  right: Operand,
  work: (left: Constant, right: Constant, span: Span) => Constant | undefined,
): Operand {
  const span = { start: left.start, end: right.end };
  const result = left.kind === "constant" && right.kind === "constant" ? work(left, right, span) : undefined;
  return sink.paid(result) ?? sink.dropped(span, left, right);
}

function named(name: string, span: Span, left: Constant, right: Constant, limits: DecodeLimits): Constant | undefined {
  const how = { ignoresCase: !name.startsWith("c"), isPattern: true };
  if (name === "join") {
    const separator = textOf(right);
    return separator === undefined ? undefined : joined(span, left, separator);
  }
  if (name === "bxor") {
    return typeof left.value === "number" && typeof right.value === "number"
      ? derived(span, left.value ^ right.value, [left, right])
      : undefined;
  }
  return replacing.includes(name) ? replace(span, left, right, how, limits) : split(span, left, right, how);
}

function sum(sink: Sink, left: Operand, { name }: Operator, right: Operand): Operand {
  const span = { start: left.start, end: right.end };
  if (name === "-" || name === "*") {
    return both(sink, left, right, (a, b) =>
      typeof a.value === "number" && typeof b.value === "number"
        ? derived(span, name === "-" ? a.value - b.value : a.value * b.value, [a, b])
        : undefined,
    );
  }
  if (right.kind === "opaque") {
    return sink.dropped(span, left, right);
  }
  // `&` joins texts only in VBScript; two commands follow each other with it elsewhere.
  const known = left.kind === "opaque" ? left.tail : left;
  const isJoin = name === "+" || (known?.codes ?? 0) + right.codes > 0;
  const added = isJoin && known !== undefined ? concatenated(known, right) : undefined;
  // What is paid is the part that was added; the whole may have many parts.
  if (added === undefined || sink.paid(right) === undefined) {
    const rest = sink.dropped(span, left);
    return name === "+" ? { ...opaque(rest), tail: right } : sink.dropped(span, right);
  }
  return left.kind === "opaque" ? { ...opaque(span), tail: added } : added;
}

/** Operands with commas between them become a list. */
function withLists(run: Run, sink: Sink): Run {
  const isComma = (one: Operand | Operator | undefined) => one?.kind === "operator" && one.name === ",";
  if (!run.some(isComma)) {
    return run;
  }
  const out: (Operand | Operator)[] = [];
  for (let at = 0; at < run.length; at++) {
    const item = run[at];
    if (item === undefined || item.kind === "operator") {
      out.push(...(item === undefined ? [] : [item]));
      continue;
    }
    const elements: Operand[] = [item];
    for (let next = run[at + 2]; isComma(run[at + 1]) && next !== undefined && next.kind !== "operator"; ) {
      elements.push(next);
      at += 2;
      next = run[at + 2];
    }
    out.push(elements.length === 1 ? item : listOf(elements, sink));
  }
  return out;
}

function listOf(elements: readonly Operand[], sink: Sink): Operand {
  const span = { start: elements[0]?.start ?? 0, end: elements.at(-1)?.end ?? 0 };
  const constants = elements.flatMap((one) => (one.kind === "constant" ? [one] : []));
  const list = constants.length < elements.length ? undefined : derived(span, constants.flatMap(itemsOf), constants);
  const paid = sink.paid(list);
  return paid === undefined ? sink.dropped(span, ...elements) : { ...paid, parts: constants };
}
