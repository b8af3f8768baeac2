import type { Constant, Span } from "./constant.ts";
import type { Item } from "./tree.ts";

/** Something whose value is not known. In a sum its constant end can still grow: `$a + 'b' + 'c'`. */
export interface Opaque extends Span {
  readonly kind: "opaque";
  readonly tail?: Constant;
}

export interface Operator extends Span {
  readonly kind: "operator";
  readonly name: string;
}

export type Operand = Constant | Opaque;

export function opaque({ start, end }: Span): Opaque {
  return { kind: "opaque", start, end };
}

/** The items between separators; no separator stands in the results. */
export function partsOf(items: readonly Item[], isSeparator: (item: Item, index: number) => boolean): Item[][] {
  const parts: Item[][] = [[]];
  for (const [index, item] of items.entries()) {
    if (isSeparator(item, index)) {
      parts.push([]);
    } else {
      parts.at(-1)?.push(item);
    }
  }
  return parts;
}

export function isSign(item: Item | undefined, ...names: readonly string[]): boolean {
  return item?.kind === "sign" && names.includes(item.name);
}

/** Whether an expression goes on before or after a new line: an operator stands there. */
export function continues(item: Item | undefined): boolean {
  return item?.kind === "operator" || isSign(item, "+", ",", "|", "&", ".", "_");
}

/** One pass over a run: combines two operands wherever an operator of this rank stands between them. */
export function combined(
  run: readonly (Operand | Operator)[],
  names: readonly string[],
  combine: (left: Operand, operator: Operator, right: Operand) => Operand,
): readonly (Operand | Operator)[] {
  if (!run.some((one) => one.kind === "operator" && names.includes(one.name))) {
    return run;
  }
  const out: (Operand | Operator)[] = [];
  for (const item of run) {
    const operator = out.at(-1);
    const left = out.at(-2);
    if (
      item.kind !== "operator" &&
      operator?.kind === "operator" &&
      names.includes(operator.name) &&
      left !== undefined &&
      left.kind !== "operator"
    ) {
      out.length -= 2;
      out.push(combine(left, operator, item));
    } else {
      out.push(item);
    }
  }
  return out;
}
