import type { StandIn, TemplatePart } from "../../exception/template.ts";
import { merged } from "./command-shape.ts";

/** A piece of a template that is compared as a whole. */
type Token = { readonly kind: "stand-in"; readonly type: StandIn } | { readonly kind: "run"; readonly text: string };

/** Runs of letters and digits that are longer are payloads: they are the same or not. */
const longestRun = 40;

/**
 * One template for two command lines that differ in typed parts only: a stand-in takes the place of what differs.
 * Undefined where a word, a separator or a payload differs.
 */
export function aligned(
  left: readonly TemplatePart[],
  right: readonly TemplatePart[],
): readonly TemplatePart[] | undefined {
  const [ours, theirs] = [tokensOf(left), tokensOf(right)];
  if (ours.length !== theirs.length) {
    return undefined;
  }
  const parts: TemplatePart[] = [];
  for (const [index, token] of ours.entries()) {
    const other = theirs[index];
    const isSegment = isSeparator(ours[index - 1]) && isSeparator(ours[index + 1]);
    const common = other === undefined ? undefined : commonOf(token, other, isSegment);
    if (common === undefined) {
      return undefined;
    }
    parts.push(...common);
  }
  return merged(parts);
}

function tokensOf(parts: readonly TemplatePart[]): readonly Token[] {
  return parts.flatMap((part): readonly Token[] =>
    part.kind === "stand-in"
      ? [part]
      : (part.text.match(/[0-9A-Za-z]+|[ \t]+|[^0-9A-Za-z \t]/g) ?? []).map((text) => ({ kind: "run", text })),
  );
}

const isSeparator = (token: Token | undefined) => token?.kind === "run" && /^[\\/]$/.test(token.text);

function commonOf(left: Token, right: Token, isSegment: boolean): readonly TemplatePart[] | undefined {
  if (left.kind === "stand-in" || right.kind === "stand-in") {
    const type = commonType(typeOf(left), typeOf(right));
    return type === undefined ? undefined : [{ kind: "stand-in", type }];
  }
  const [ours, theirs] = [left.text, right.text];
  if (ours.toLowerCase() === theirs.toLowerCase() || (isBlank(ours) && isBlank(theirs))) {
    return [{ kind: "text", text: ours }];
  }
  if (Math.max(ours.length, theirs.length) > longestRun) {
    return undefined;
  }
  if (isId(ours, isSegment) && isId(theirs, isSegment)) {
    return [{ kind: "stand-in", type: /^\d+$/.test(ours + theirs) ? "digits" : "hex" }];
  }
  const [counter, otherCounter] = [/\d+$/.exec(ours)?.[0] ?? "", /\d+$/.exec(theirs)?.[0] ?? ""];
  const name = ours.slice(0, ours.length - counter.length);
  const otherName = theirs.slice(0, theirs.length - otherCounter.length);
  return counter === "" || otherCounter === "" || name.toLowerCase() !== otherName.toLowerCase()
    ? undefined
    : [
        { kind: "text", text: name },
        { kind: "stand-in", type: "digits" },
      ];
}

const isBlank = (text: string) => /^[ \t]/.test(text);

/** A number, a hexadecimal number that cannot be a word, or the short name of a numbered folder. */
function isId(text: string, isSegment: boolean): boolean {
  return (
    /^\d+$/.test(text) ||
    (/^[0-9a-f]{4,}$/i.test(text) && /\d/.test(text)) ||
    (isSegment && /^[0-9a-f]{1,2}$/i.test(text))
  );
}

function typeOf(token: Token): StandIn | undefined {
  if (token.kind === "stand-in") {
    return token.type;
  }
  return /^\d+$/.test(token.text) ? "digits" : /^[0-9a-f]+$/i.test(token.text) ? "hex" : undefined;
}

/** A stand-in for both: each hexadecimal number may have digits only. */
function commonType(left: StandIn | undefined, right: StandIn | undefined): StandIn | undefined {
  if (left === right || left === undefined || right === undefined) {
    return left === right ? left : undefined;
  }
  const both = [left, right];
  return both.includes("guid") ? undefined : both.includes("name") ? "name" : "hex";
}
