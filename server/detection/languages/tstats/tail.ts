import { ParseFailure, unsupported } from "../source.ts";
import { type RowFilter, runCommand } from "./commands.ts";
import { expandMacros, type Macros, macroKey } from "./macros.ts";
import { type Row, renameVariables, withUntestable } from "./row.ts";

/** The text of a command between pipes, with its offset in the search. */
export interface Stage {
  readonly text: string;
  readonly at: number;
}

/** A filter with its offset in the search. */
export type PlacedFilter = RowFilter & { readonly at: number };

/**
 * Parses the commands after tstats into filters over its rows. Commands that only change the output are followed to
 * keep track of names; one that produces other rows, or tests a value that a row does not determine, is rejected.
 */
export function parseTail(stages: readonly Stage[], first: Row, macros: Macros): readonly PlacedFilter[] {
  const filters: PlacedFilter[] = [];
  let row = first;
  const run = (some: readonly Stage[], macroOffset?: number): void => {
    for (const stage of some) {
      const at = macroOffset ?? stage.at + stage.text.length - stage.text.trimStart().length;
      const inside = macroCall(stage, macros);
      if (inside === undefined) {
        const expanded = expandMacros(stage.text, macros);
        mapOffsets(
          (offset) => stage.at + expanded.originOf(offset),
          () => {
            const result = runCommand({ text: expanded.text, at: 0 }, row);
            row = result.row ?? row;
            filters.push(...(result.filter === undefined ? [] : [{ ...result.filter, at }]));
          },
        );
      } else if (inside.kind === "row") {
        row = inside.change(row);
      } else {
        mapOffsets(
          () => inside.at,
          () => run(splitPipes(inside.text), inside.at),
        );
      }
    }
  };
  run(stages);
  return filters;
}

/** Converts the offsets of failures in an expanded text to offsets in the original text. */
export function mapOffsets<T>(origin: (offset: number) => number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ParseFailure) {
      throw new ParseFailure(error.message, origin(error.offset), error);
    }
    throw error;
  }
}

/** Splits a search at its pipes. A pipe with text on both sides is part of a bare value. */
export function splitPipes(text: string): readonly Stage[] {
  const stages: Stage[] = [];
  let start = 0;
  // An unclosed quote extends to the end of the text: retrying after each one would take quadratic time.
  const separators = /"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|$)|`[^`]*`|(?:^|(?<=[\s`)"]))\||\|(?=\s|$)/g;
  for (const found of text.matchAll(separators)) {
    if (found[0] === "|") {
      stages.push({ text: text.slice(start, found.index), at: start });
      start = found.index + 1;
    }
  }
  stages.push({ text: text.slice(start), at: start });
  return stages.filter((stage, index) => index > 0 || stage.text.trim() !== "");
}

type MacroCall =
  | { readonly kind: "row"; readonly change: (row: Row) => Row }
  /** The commands that the macro expands to. */
  | { readonly kind: "commands"; readonly text: string; readonly at: number };

/** A command that consists of a macro call. Undefined macros named `…_filter` are tuning hooks that pass every row. */
function macroCall({ text, at }: Stage, macros: Macros): MacroCall | undefined {
  const [, name, args] = /^\s*`\s*(\w+)\s*(?:\(([^`]*)\))?\s*`\s*$/.exec(text) ?? [];
  if (name === undefined) {
    return undefined;
  }
  const macroOffset = at + text.length - text.trimStart().length;
  if (name === "drop_dm_object_name") {
    const prefix = `${args?.trim().replaceAll('"', "") ?? ""}.`;
    return {
      kind: "row",
      change: (row) => renameVariables(row, (known) => (known.startsWith(prefix) ? known.slice(prefix.length) : known)),
    };
  }
  if (name === "security_content_ctime") {
    const field = args?.trim() ?? "";
    return { kind: "row", change: (row) => withUntestable(row, [field], "it is a formatted time") };
  }
  const count = args === undefined || args.trim() === "" ? 0 : args.split(",").length;
  const macro = macros.get(macroKey(name, count));
  if (macro === undefined && !name.endsWith("_filter")) {
    throw unsupported(`the macro \`${name}\` after tstats is not supported`, macroOffset);
  }
  return macro === undefined || macro.definition.trim() === "search *"
    ? { kind: "row", change: (row) => row }
    : {
        kind: "commands",
        text: mapOffsets(
          () => macroOffset,
          () => expandMacros(text.trim(), macros).text,
        ),
        at: macroOffset,
      };
}
