import { isAlphanumeric } from "../characters.ts";
import { type Constant, constant, derived, type Value } from "./constant.ts";
import { isSign } from "./operands.ts";
import type { Token } from "./token.ts";
import type { Item } from "./tree.ts";

/** A part between separators, and the variable that its value is assigned to. */
export interface Statement {
  readonly items: readonly Item[];
  readonly variable: string | undefined;
}

/** What runs a text. Variables are of interest only where something does: plain code puts its texts in them, too. */
const running = /\biex\b|invoke-expression|scriptblock\]::create|[&.]\s{0,4}[($]|-e(?:nc|c)?\s/i;

const signOf = (token: Token | undefined) => (token?.kind === "sign" ? token.name : undefined);

/** PowerShell variables that a text assigns once, so that their value is certain where they are used. */
export class Variables {
  readonly #once: ReadonlySet<string>;
  readonly #values = new Map<string, Value>();

  constructor(text: string, tokens: readonly Token[]) {
    const counts = new Map<string, number>();
    for (const [index, token] of running.test(text) ? tokens.entries() : []) {
      if (token.kind === "variable" && !token.name.includes(":") && token.name !== "_") {
        const [next, second] = [signOf(tokens[index + 1]), signOf(tokens[index + 2])];
        const isChanged =
          next === "=" || second === "=" || (next !== undefined && "+-".includes(next) && next === second);
        // Changing a value is one assignment more than the one that set it.
        counts.set(token.name, (counts.get(token.name) ?? 0) + (next === "=" ? 1 : isChanged ? 2 : 0));
      }
    }
    this.#once = new Set([...counts].flatMap(([name, count]) => (count === 1 ? [name] : [])));
  }

  /** Remembers the value that a variable is assigned. */
  assign({ variable }: Statement, value: Constant | undefined): void {
    if (variable !== undefined && value !== undefined && this.#once.has(variable)) {
      this.#values.set(variable, value.value);
    }
  }

  /** The value where the variable is used. */
  valueOf(token: Token & { readonly kind: "variable" }): Constant | undefined {
    const value = this.#values.get(token.name);
    return value === undefined ? undefined : { ...constant(token, value), isVariable: true };
  }

  /** A text in double quotes of whose variables all are known. A word that continues across a border is telling. */
  filled(token: Token & { readonly kind: "text" }): Constant | undefined {
    if (this.#values.size === 0 || token.value.includes("$(")) {
      return undefined;
    }
    let isKnown = true;
    let isTelling = false;
    const text = token.value.replace(/\$(?:\{(\w{1,64})\}|(\w{1,64}))/g, (whole, braced, plain, at: number) => {
      const value = this.#values.get(String(braced ?? plain).toLowerCase());
      isKnown &&= typeof value === "string";
      const filled = String(value);
      const before = token.value.charCodeAt(at - 1);
      const after = token.value.charCodeAt(at + whole.length);
      isTelling ||=
        (isAlphanumeric(before) && isAlphanumeric(filled.charCodeAt(0))) ||
        ((after === 0x24 || isAlphanumeric(after)) && isAlphanumeric(filled.charCodeAt(filled.length - 1)));
      return filled;
    });
    return isKnown && text !== token.value ? derived(token, text, [], { step: "variables", isTelling }) : undefined;
  }
}

/** Items by statement. A sign ends one, and so does a new line where the expression does not go on. */
export function statementsOf(
  items: readonly Item[],
  isEnd: (item: Item, previous: Item | undefined, next: Item | undefined) => boolean,
): readonly Statement[] {
  const statements: Statement[] = [];
  let current: Item[] = [];
  let variable: string | undefined;
  const end = (next: string | undefined) => {
    if (current.length > 0) {
      statements.push({ items: current, variable });
    }
    current = [];
    variable = next;
  };
  for (const [index, item] of items.entries()) {
    if (isEnd(item, items[index - 1], items[index + 1])) {
      const last = current.at(-1);
      end(isSign(item, "=") && last?.kind === "variable" ? last.name : undefined);
    } else {
      current.push(item);
    }
  }
  end(undefined);
  return statements;
}
