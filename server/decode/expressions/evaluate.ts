import type { Budget } from "../budget.ts";
import { callNamed, methodCalled, staticCalled } from "./calls.ts";
import { type Constant, constant, derived, itemsOf, joined, literal, type Single, type Span } from "./constant.ts";
import { continues, isSign, type Operand, type Operator, opaque, partsOf } from "./operands.ts";
import { cast, itemsAt } from "./operations.ts";
import { combinedByRank, type Sink } from "./ranks.ts";
import type { Group, Item } from "./tree.ts";
import { statementsOf, type Variables } from "./variables.ts";

type Cast = Item & { readonly kind: "type" };
type Prefix = Cast | (Operator & { readonly isUnary: true });

/** Blocks of `ForEach-Object` that are evaluated for every element have at most so many items. */
const LONGEST_BLOCK = 32;
/** What evaluating such a block once costs, in steps. */
const BLOCK_COST = 500;

/**
 * Evaluates what is constant in a tree, by PowerShell's rules of precedence, in one pass over it. Every constant part
 * that is as large as possible goes to `found`.
 */
export class Evaluator {
  readonly #budget: Budget;
  readonly #sink: Sink;
  readonly #variables: Variables;
  readonly #found: (constant: Constant) => void;
  /** The element that `$_` stands for. */
  #element: Constant | undefined;

  constructor(budget: Budget, variables: Variables, found: (constant: Constant) => void) {
    this.#budget = budget;
    this.#variables = variables;
    this.#found = found;
    this.#sink = {
      limits: budget.limits,
      dropped: (span, ...operands) => {
        operands.forEach((operand) => void this.#drop(operand));
        return opaque(span);
      },
      paid: (result) => {
        const cost = result === undefined || typeof result.value === "number" ? 1 : result.value.length;
        return budget.spend(cost) ? result : undefined;
      },
    };
  }

  /** The value of items that are one expression; everything constant in others is reported. */
  evaluate(items: readonly Item[]): Constant | undefined {
    const values = statementsOf(items, endsStatement).map((statement) => {
      const value = this.#pipeline(statement.items);
      this.#variables.assign(statement, value?.kind === "constant" ? value : undefined);
      return value;
    });
    const [only] = values;
    if (values.length === 1 && only?.kind === "constant") {
      return only;
    }
    values.forEach((value) => void this.#drop(value));
    return undefined;
  }

  /** The arguments of a call, each an expression of its own. */
  #args(group: Group): readonly (Constant | undefined)[] {
    return partsOf(group.items, (item) => isSign(item, ",")).map((part) => this.evaluate(part));
  }

  #drop(operand: Operand | undefined): void {
    if (this.#element !== undefined || operand === undefined) {
      return;
    }
    if (operand.kind === "constant" && operand.isVariable === true) {
      return;
    }
    if (operand.kind === "opaque") {
      this.#drop(operand.tail);
    } else if (operand.steps.size === 0 && operand.parts !== undefined) {
      operand.parts.forEach((part) => void this.#drop(part));
    } else {
      this.#found(operand);
    }
  }

  #pipeline(items: readonly Item[]): Operand | undefined {
    const [first = [], ...rest] = partsOf(items, (item) => isSign(item, "|"));
    let value = this.#run(first);
    for (const part of rest) {
      const [command, block, ...more] = part;
      const isLoop = isSign(command, "%") || (command?.kind === "word" && /^foreach(-object)?$/.test(command.name));
      const mapped =
        isLoop && value?.kind === "constant" && block?.kind === "group" && block.name === "{" && more.length === 0
          ? this.#mapped(value, block)
          : undefined;
      if (mapped === undefined) {
        this.#drop(value);
        this.#drop(this.#run(part));
        value = undefined;
      } else {
        value = mapped;
      }
    }
    return value;
  }

  /** The results of a block for each element. */
  #mapped(list: Constant, { items, end }: Group): Constant | undefined {
    if (items.length > LONGEST_BLOCK || this.#element !== undefined) {
      return undefined;
    }
    // A text has few different characters, so that most elements need no evaluation.
    const known = new Map<Single, Constant>();
    const values: Single[] = [];
    try {
      for (const item of itemsOf(list)) {
        this.#element = constant(list, item);
        const result = known.get(item) ?? (this.#budget.spend(BLOCK_COST) ? this.evaluate(items) : undefined);
        if (result === undefined || typeof result.value === "object" || !this.#budget.spend(1)) {
          return undefined;
        }
        known.set(item, result);
        values.push(result.value);
      }
    } finally {
      this.#element = undefined;
    }
    const [first] = known.values();
    const codes = [...known.values()].reduce((sum, result) => sum + result.codes, 0);
    return first === undefined
      ? undefined
      : { ...derived({ start: list.start, end }, values, [list, first]), codes: list.codes + codes };
  }

  /** A part without separators. */
  #run(items: readonly Item[]): Operand | undefined {
    const run = combinedByRank(this.#operands(items), this.#sink);
    const [only] = run;
    if (run.length === 1 && only !== undefined && only.kind !== "operator") {
      return only;
    }
    run.forEach((one) => void (one.kind === "operator" || this.#drop(one)));
    return undefined;
  }

  #dropped(span: Span, ...operands: readonly (Operand | undefined)[]): Operand {
    return this.#sink.dropped(span, ...operands);
  }

  #paid(result: Constant | undefined): Constant | undefined {
    return this.#sink.paid(result);
  }

  /** Operands with what belongs to each: casts before it, indexes and methods after it. */
  #operands(items: readonly Item[]): readonly (Operand | Operator)[] {
    const out: (Operand | Operator)[] = [];
    let prefixes: Prefix[] = [];
    for (let at = 0; at < items.length; ) {
      const item = items[at];
      const previous = out.at(-1);
      if (item === undefined) {
        break;
      }
      const prefix = prefixOf(item, items[at + 1], previous === undefined || previous.kind === "operator");
      if (prefix !== undefined) {
        prefixes.push(prefix);
        at += 1;
        continue;
      }
      if (item.kind === "operator" || (item.kind === "sign" && !isSign(items[at], "@", "$"))) {
        out.push({ kind: "operator", start: item.start, end: item.end, name: item.name });
        at += 1;
        continue;
      }
      if (item.kind === "sign") {
        at += 1;
        continue;
      }
      const primary = this.#primary(items, at);
      const whole = this.#postfixes(primary.operand, items, primary.next);
      out.push(prefixes.reduceRight((operand, one) => this.#prefixed(one, operand), whole.operand));
      prefixes = [];
      at = whole.next;
    }
    return out;
  }

  #primary(items: readonly Item[], at: number): { readonly operand: Operand; readonly next: number } {
    const item = items[at];
    const next = items[at + 1];
    if (item?.kind === "text") {
      const filled = item.isConstant ? literal(item) : this.#variables.filled(item);
      return { operand: filled ?? { ...opaque(item), tail: textWithVariables(item) }, next: at + 1 };
    }
    if (item?.kind === "number") {
      return { operand: constant(item, item.value), next: at + 1 };
    }
    if (item?.kind === "variable" && item.name === "_" && this.#element !== undefined) {
      return { operand: this.#element, next: at + 1 };
    }
    if (item?.kind === "variable") {
      return { operand: this.#variables.valueOf(item) ?? opaque(item), next: at + 1 };
    }
    if (item?.kind === "group") {
      return { operand: this.#group(item, items[at - 1]), next: at + 1 };
    }
    if (item?.kind === "word" && next?.kind === "group" && next.name === "(" && next.start === item.end) {
      const args = this.#args(next);
      const span = { start: item.start, end: next.end };
      return { operand: callNamed(item.name, span, args) ?? this.#dropped(span, ...args), next: at + 2 };
    }
    if (item?.kind === "type") {
      const [, method, group] = items.slice(at + 1, at + 4);
      if (method?.kind === "word" && group?.kind === "group") {
        const args = this.#args(group);
        const span = { start: item.start, end: group.end };
        const operand = staticCalled(item.name, method.name, span, args) ?? this.#dropped(span, ...args);
        return { operand, next: at + 4 };
      }
    }
    return { operand: opaque(item ?? { start: 0, end: 0 }), next: at + 1 };
  }

  #group(group: Group, before: Item | undefined): Operand {
    if (group.name === "(" && before?.end === group.start && (before.kind === "text" || before.kind === "variable")) {
      return this.#dropped(group, ...this.#args(group));
    }
    const value = this.evaluate(group.items);
    if (value === undefined || group.name !== "(") {
      return this.#dropped(group, value);
    }
    return { ...value, start: group.start, end: group.end };
  }

  #postfixes(
    first: Operand,
    items: readonly Item[],
    from: number,
  ): { readonly operand: Operand; readonly next: number } {
    let operand = first;
    let at = from;
    for (;;) {
      const [item, name, group] = items.slice(at, at + 3);
      if (item?.start !== operand.end) {
        return { operand, next: at };
      }
      if (item.kind === "group" && item.name === "[") {
        const index = this.evaluate(item.items);
        const span = { start: operand.start, end: item.end };
        const found = operand.kind === "constant" && index !== undefined ? itemsAt(span, operand, index) : undefined;
        operand = this.#paid(found) ?? this.#dropped(span, operand, index);
        at += 1;
      } else if (isSign(item, ".") && name?.kind === "word") {
        const isCall = group?.kind === "group" && group.name === "(" && group.start === name.end;
        const args = isCall ? this.#args(group) : [];
        const span = { start: operand.start, end: isCall ? group.end : name.end };
        const found =
          operand.kind === "constant" && isCall
            ? methodCalled(name.name, span, operand, args, this.#budget.limits)
            : undefined;
        const fallback = () => callNamed(isCall ? name.name : "", span, args) ?? this.#dropped(span, operand, ...args);
        operand = this.#paid(found) ?? fallback();
        at += isCall ? 3 : 2;
      } else {
        return { operand, next: at };
      }
    }
  }

  #prefixed(prefix: Prefix, operand: Operand): Operand {
    const span = { start: prefix.start, end: operand.end };
    if (operand.kind === "opaque") {
      return this.#dropped(span, operand);
    }
    const result =
      prefix.kind === "type"
        ? cast(span, prefix, operand)
        : prefix.name === "join"
          ? joined(span, operand, "")
          : prefix.name === "-" && typeof operand.value === "number"
            ? constant(span, -operand.value)
            : undefined;
    return this.#paid(result) ?? this.#dropped(span, operand);
  }
}

function prefixOf(item: Item, next: Item | undefined, isFirst: boolean): Prefix | undefined {
  if (item.kind === "type") {
    return isSign(next, "::") ? undefined : item;
  }
  const isUnary = isFirst && (isSign(item, "-") || (item.kind === "operator" && item.name === "join"));
  return isUnary && "name" in item
    ? { kind: "operator", start: item.start, end: item.end, name: String(item.name), isUnary: true }
    : undefined;
}

/** Separators of statements and of what this does not evaluate together. */
function endsStatement(item: Item, previous: Item | undefined, next: Item | undefined): boolean {
  return isSign(item, "\n") ? !continues(previous) && !continues(next) : isSign(item, ";", "=", "<", ">", "!", "?");
}

/** Code within a text with variables can still be read. */
function textWithVariables(token: Item & { readonly kind: "text" }): Constant {
  return { ...constant(token, token.value), literal: token };
}
