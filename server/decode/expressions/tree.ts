import type { Span } from "./constant.ts";
import type { Token } from "./token.ts";

/** Tokens with what stands in brackets together. */
export type Item = Exclude<Token, { readonly kind: "open" | "close" }> | Group;

export interface Group extends Span {
  readonly kind: "group";
  readonly name: "(" | "[" | "{";
  readonly items: readonly Item[];
}

/** Brackets within each other; what stands deeper is not looked at. */
const DEEPEST = 64;

const closing = { "(": ")", "[": "]", "{": "}" } as const;

/** Brackets without a counterpart are signs, so that any text has a tree. */
export function treeOf(tokens: readonly Token[]): readonly Item[] {
  const root: Item[] = [];
  const open: { readonly start: number; readonly name: Group["name"]; readonly items: Item[] }[] = [];
  const innermost = () => open.at(-1)?.items ?? root;
  /** What was opened from this depth on and not closed belongs to the bracket around it. */
  const unwind = (depth: number) => {
    const unfinished = open.splice(depth);
    const around = innermost();
    for (const { start, name, items } of unfinished) {
      around.push(signOf(start, name));
      for (const item of items) {
        around.push(item);
      }
    }
  };
  for (const token of tokens) {
    if (token.kind === "open" && open.length < DEEPEST) {
      open.push({ start: token.start, name: token.name, items: [] });
    } else if (token.kind === "open") {
      innermost().push(signOf(token.start, token.name));
    } else if (token.kind === "close") {
      const opened = open.findLastIndex(({ name }) => closing[name] === token.name);
      const group = open[opened];
      if (group === undefined) {
        innermost().push(signOf(token.start, token.name));
      } else {
        unwind(opened + 1);
        open.pop();
        innermost().push({ kind: "group", name: group.name, start: group.start, end: token.end, items: group.items });
      }
    } else {
      innermost().push(token);
    }
  }
  unwind(0);
  return root;
}

function signOf(start: number, name: string): Item {
  return { kind: "sign", start, end: start + name.length, name };
}
