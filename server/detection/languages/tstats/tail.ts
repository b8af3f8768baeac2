import { ParseFailure, unsupported } from "../source.ts";
import { type RowFilter, runCommand } from "./commands.ts";
import { expandMacros, type Macros, macroKey } from "./macros.ts";
import { type Row, renamed, withUnknown } from "./row.ts";

/** A command between pipes, with its offset in the search. */
export interface Stage {
  readonly text: string;
  readonly at: number;
}

/** A filter with its offset in the search. */
export type PlacedFilter = RowFilter & { readonly at: number };

/**
 * What the commands behind tstats leave of its rows. Commands that only change what is shown are followed as far as
 * names go; one that makes other rows, or that asks for what a row does not say exactly, is refused with its place.
 */
export function parseTail(stages: readonly Stage[], first: Row, macros: Macros): readonly PlacedFilter[] {
  const filters: PlacedFilter[] = [];
  let row = first;
  const run = (some: readonly Stage[], place?: number): void => {
    for (const stage of some) {
      const at = place ?? stage.at + stage.text.length - stage.text.trimStart().length;
      const inside = macroCall(stage, macros);
      if (inside === undefined) {
        const expanded = expandMacros(stage.text, macros);
        moved(
          (offset) => stage.at + expanded.originOf(offset),
          () => {
            const done = runCommand({ text: expanded.text, at: 0 }, row);
            row = done.row ?? row;
            filters.push(...(done.filter === undefined ? [] : [{ ...done.filter, at }]));
          },
        );
      } else if (inside.kind === "row") {
        row = inside.change(row);
      } else {
        moved(
          () => inside.at,
          () => run(splitPipes(inside.text), inside.at),
        );
      }
    }
  };
  run(stages);
  return filters;
}

/** Offsets of failures inside of a text that was made become offsets of the text as it was written. */
export function moved<T>(origin: (offset: number) => number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ParseFailure) {
      throw new ParseFailure(error.message, origin(error.offset), error);
    }
    throw error;
  }
}

/**
 * Commands between pipes with their offsets. A pipe that stands inside of a bare value has text on both sides and is
 * none.
 */
export function splitPipes(text: string): readonly Stage[] {
  const stages: Stage[] = [];
  let start = 0;
  // A quote that nothing ends goes to the end of the text: to try again behind each would take time without bound.
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
  /** The commands that it stands for. */
  | { readonly kind: "commands"; readonly text: string; readonly at: number };

/** A stage that is nothing but a macro. Filters that nobody has defined let everything pass. */
function macroCall({ text, at }: Stage, macros: Macros): MacroCall | undefined {
  const [, name, args] = /^\s*`\s*(\w+)\s*(?:\(([^`]*)\))?\s*`\s*$/.exec(text) ?? [];
  if (name === undefined) {
    return undefined;
  }
  const place = at + text.length - text.trimStart().length;
  if (name === "drop_dm_object_name") {
    const prefix = `${args?.trim().replaceAll('"', "") ?? ""}.`;
    return {
      kind: "row",
      change: (row) => renamed(row, (known) => (known.startsWith(prefix) ? known.slice(prefix.length) : known)),
    };
  }
  if (name === "security_content_ctime") {
    const field = args?.trim() ?? "";
    return { kind: "row", change: (row) => withUnknown(row, [field], "it was made a readable time") };
  }
  const count = args === undefined || args.trim() === "" ? 0 : args.split(",").length;
  const macro = macros.get(macroKey(name, count));
  if (macro === undefined && !name.endsWith("_filter")) {
    throw unsupported(`the macro \`${name}\` after tstats is not supported`, place);
  }
  return macro === undefined || macro.definition.trim() === "search *"
    ? { kind: "row", change: (row) => row }
    : {
        kind: "commands",
        text: moved(
          () => place,
          () => expandMacros(text.trim(), macros).text,
        ),
        at: place,
      };
}
