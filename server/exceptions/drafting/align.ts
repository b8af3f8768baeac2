import type { StandIn, TemplatePart } from "../../exception/template.ts";
import { merged } from "./command-shape.ts";

/** A piece of a template that is compared as a whole. `numbered`: a name with a number at its end. */
type Token =
  | { readonly kind: "stand-in"; readonly type: StandIn }
  | { readonly kind: "run"; readonly text: string }
  | { readonly kind: "numbered"; readonly name: string };

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
  const tokens: Token[] = [];
  for (const part of parts) {
    const last = tokens.at(-1);
    if (part.kind === "text") {
      const runs = part.text.match(/[0-9A-Za-z]+|[ \t]+|[^0-9A-Za-z \t]/g) ?? [];
      tokens.push(...runs.map((text) => ({ kind: "run", text }) as const));
    } else if (part.type === "digits" && last?.kind === "run" && /[0-9A-Za-z]$/.test(last.text)) {
      tokens[tokens.length - 1] = { kind: "numbered", name: last.text };
    } else {
      tokens.push(part);
    }
  }
  return tokens;
}

const isSeparator = (token: Token | undefined) => token?.kind === "run" && /^[\\/]$/.test(token.text);

function commonOf(left: Token, right: Token, isSegment: boolean): readonly TemplatePart[] | undefined {
  if (left.kind === "numbered" || right.kind === "numbered") {
    return numbered(left, right);
  }
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
  return numbered(left, right);
}

/** The same name with any number. */
function numbered(left: Token, right: Token): readonly TemplatePart[] | undefined {
  const [ours, theirs] = [nameOf(left), nameOf(right)];
  return ours === undefined || ours.toLowerCase() !== theirs?.toLowerCase()
    ? undefined
    : [
        { kind: "text", text: ours },
        { kind: "stand-in", type: "digits" },
      ];
}

/** What is in front of the number at the end; undefined without one. */
function nameOf(token: Token): string | undefined {
  switch (token.kind) {
    case "numbered":
      return token.name;
    case "run":
      return /\d$/.test(token.text) ? token.text.replace(/\d+$/, "") : undefined;
    case "stand-in":
      return undefined;
  }
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

function typeOf(token: Exclude<Token, { kind: "numbered" }>): StandIn | undefined {
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
