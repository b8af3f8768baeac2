import type { DecodingStep } from "#contracts/decoding";
import type { Budget } from "../budget.ts";
import { type Constant, itemsOf } from "./constant.ts";
import { Evaluator } from "./evaluate.ts";
import type { Token } from "./token.ts";
import { tokensOf } from "./tokens.ts";
import { treeOf } from "./tree.ts";
import { Variables } from "./variables.ts";

export interface Folded {
  readonly text: string;
  readonly steps: ReadonlySet<DecodingStep>;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly steps: Iterable<DecodingStep>;
  readonly isTelling: boolean;
}

/** Quotations within quotations in which expressions are looked for. */
const DEEPEST_QUOTATION = 3;
/** A quotation needs so many characters for an expression. */
const SHORTEST_CODE = 7;
/** What evaluating a token costs, in steps. */
const TOKEN_COST = 32;

/**
 * A text in which constant expressions are replaced by their values: `'a'+'b'` by `'ab'`. `undefined` if nothing in it
 * looks like hiding, so that plain code stays as it is.
 */
export function folded(text: string, budget: Budget, isCommandLine: boolean, level = 0): Folded | undefined {
  if (!mayFold(text) || !budget.spend(text.length)) {
    return undefined;
  }
  const tokens = tokensOf(text, { backslash: isCommandLine && !text.includes("\n") });
  if (!budget.spend(tokens.length * TOKEN_COST)) {
    return undefined;
  }
  const edits: Edit[] = [];
  for (const token of tokens) {
    const edit = token.kind === "text" ? undefined : withoutBackticks(token, text);
    if (edit !== undefined) {
      edits.push(edit);
    }
  }
  const evaluator = new Evaluator(budget, new Variables(text, tokens), (found) => {
    const edit = found.literal === undefined ? editOf(found) : editWithin(found.literal, text, budget, level);
    if (edit !== undefined) {
      edits.push(edit);
    }
  });
  const whole = evaluator.evaluate(treeOf(tokens));
  if (whole !== undefined) {
    const edit = whole.literal === undefined ? editOf(whole) : editWithin(whole.literal, text, budget, level);
    edits.push(...(edit === undefined ? [] : [edit]));
  }
  return edits.some(({ isTelling }) => isTelling) ? applied(text, edits) : undefined;
}

/** Names in pieces, texts with a sum or an operator beside them, numbers that become characters. */
const foldable =
  /[a-z]`[a-z]|["')\]]\s*[+&]\s*[\\"'([$c]|\$\w+\s*\+\s*["'$]|-(?:f|[ic]?replace|[ic]?split)\s*["'([$]|join|"\$\w+\$|\.(?:replace|split)\(|ch(?:ar|r)[bw]?\s?[([\]]|fromc/i;

/** Whether a text has anything to fold; most have not, and reading them is all that they cost. */
function mayFold(text: string): boolean {
  return foldable.test(text);
}

function editOf(found: Constant): Edit | undefined {
  const items = itemsOf(found);
  const isText = typeof found.value === "string" || items.every((item) => String(item).length === 1);
  if (found.steps.size === 0 || typeof found.value === "number" || !isText || items.length === 0) {
    return undefined;
  }
  const value = items.join("");
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return { ...found.inner, text: quoted, steps: found.steps, isTelling: found.isTelling || found.codes > 1 };
}

/** A quotation may hold code, as in `powershell -c "…"`. */
function editWithin(token: Token & { readonly kind: "text" }, text: string, budget: Budget, level: number) {
  if (level >= DEEPEST_QUOTATION || token.value.length < SHORTEST_CODE) {
    return undefined;
  }
  const within = folded(token.value, budget, false, level + 1);
  if (within === undefined) {
    return undefined;
  }
  const quote = text.charAt(token.start) === "@" ? text.slice(token.start, token.start + 2) : text.charAt(token.start);
  const content = quote === "'" ? within.text.replaceAll("'", "''") : within.text;
  const end = quote.length > 1 ? `\n${quote.slice(1)}@` : quote;
  const shown = `${quote}${quote.length > 1 ? "\n" : ""}${content}${end}`;
  return { start: token.start, end: token.end, text: shown, steps: within.steps, isTelling: true };
}

/** A name with backticks in it: they mean nothing there. */
function withoutBackticks({ start, end }: Token, text: string): Edit | undefined {
  const source = text.slice(start, end);
  if (!source.includes("`")) {
    return undefined;
  }
  const isTelling = /[a-z0-9]`[a-z]/i.test(source);
  return { start, end, text: source.replaceAll("`", ""), steps: ["backticks"], isTelling };
}

function applied(text: string, edits: readonly Edit[]): Folded {
  const parts: string[] = [];
  const steps = new Set<DecodingStep>();
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start >= from) {
      parts.push(text.slice(from, edit.start), edit.text);
      from = edit.end;
      for (const step of edit.steps) {
        steps.add(step);
      }
    }
  }
  return { text: parts.join("") + text.slice(from), steps };
}
