import { maximumQueryLength, ParseFailure, unsupported } from "../source.ts";

export interface Macro {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly definition: string;
}

/** Macros by name and number of arguments, which identify them in Splunk: see `macroKey`. */
export type Macros = ReadonlyMap<string, Macro>;

export function macroKey(name: string, count: number): string {
  return count === 0 ? name : `${name}(${count})`;
}

export function macrosOf(macros: readonly Macro[]): Macros {
  return new Map(macros.map((macro) => [macroKey(macro.name, macro.arguments.length), macro]));
}

/** The deepest nesting of macros; a deeper one counts as endless. */
const maximumDepth = 20;

export interface Expanded {
  readonly text: string;
  /** The offset in the original text: of the same character, or of the macro call that produced it. */
  originOf(offset: number): number;
}

const call = /`\s*(\w+)\s*(?:\(([^`]*)\))?\s*`/g;

/** Replaces macro calls by their definitions until none is left. Throws `ParseFailure`. */
export function expandMacros(text: string, macros: Macros): Expanded {
  const pieces: { readonly start: number; readonly origin: number; readonly verbatim: boolean }[] = [];
  let result = "";
  let end = 0;
  for (const found of text.matchAll(call)) {
    pieces.push({ start: result.length, origin: end, verbatim: true });
    result += text.slice(end, found.index);
    pieces.push({ start: result.length, origin: found.index, verbatim: false });
    result += definitionOf(found, macros, [], found.index);
    assertLength(result, found.index);
    end = found.index + found[0].length;
  }
  pieces.push({ start: result.length, origin: end, verbatim: true });
  result += text.slice(end);
  assertLength(result, end);
  const stray = [...result.matchAll(/"(?:[^"\\]|\\[\s\S])*(?:"|$)|`/g)].find(([mark]) => mark === "`")?.index ?? -1;
  const originOf = (offset: number): number => {
    const piece = pieces.findLast(({ start }) => start <= offset);
    return piece === undefined ? offset : piece.verbatim ? piece.origin + offset - piece.start : piece.origin;
  };
  if (stray >= 0) {
    throw new ParseFailure("expected ` to end the macro call that begins here", originOf(stray));
  }
  return { text: result, originOf };
}

function assertLength(text: string, at: number): void {
  if (text.length > maximumQueryLength) {
    throw new ParseFailure(`the macros expand to more than ${maximumQueryLength} characters`, at);
  }
}

function definitionOf(found: RegExpMatchArray, macros: Macros, open: readonly string[], at: number): string {
  const name = found[1] ?? "";
  const args = found[2] === undefined || found[2].trim() === "" ? [] : splitArguments(found[2]);
  const key = macroKey(name, args.length);
  const macro = macros.get(key);
  if (macro === undefined) {
    throw unsupported(`the macro \`${key}\` is not defined`, at);
  }
  if (open.includes(key) || open.length >= maximumDepth) {
    throw new ParseFailure(`the macro \`${key}\` expands endlessly: ${[...open, key].join(" → ")}`, at);
  }
  const values = new Map(macro.arguments.map((argument, index) => [argument, args[index] ?? ""]));
  const filled = macro.definition.replace(
    /\$(\w+)\$/g,
    (placeholder, argument: string) => values.get(argument) ?? placeholder,
  );
  let result = "";
  let end = 0;
  for (const inner of filled.matchAll(call)) {
    result += filled.slice(end, inner.index) + definitionOf(inner, macros, [...open, key], at);
    assertLength(result, at);
    end = inner.index + inner[0].length;
  }
  result += filled.slice(end);
  assertLength(result, at);
  return result;
}

/** Splits arguments at commas outside of double quotes and parentheses. */
function splitArguments(text: string): readonly string[] {
  const parts: string[] = [];
  let current = "";
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    quoted = character === '"' ? !quoted : quoted;
    depth += quoted ? 0 : character === "(" ? 1 : character === ")" ? -1 : 0;
    if (character === "," && !quoted && depth === 0) {
      parts.push(current.trim());
      current = "";
    } else {
      current += character;
    }
  }
  return [...parts, current.trim()].map((part) => part.replace(/^"(.*)"$/s, "$1"));
}
