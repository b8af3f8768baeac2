import type { Problem } from "#contracts/problem";
import { always, and, type Condition, exists } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import { processesEvents, processesModel } from "../../data-model.ts";
import { ParseFailure, parsing } from "../source.ts";
import { type Expanded, expandMacros, type Macros, macroKey } from "./macros.ts";
import { type Cursor, described, parseWhere, skipSpace, take, takeWord } from "./where.ts";

/** A tstats search over Endpoint.Processes, followed by macros only. */
export interface TstatsQuery {
  /** What stands behind `where`. */
  readonly where: Condition;
  /** The events that a row is made of: the data model, `where`, and the by-fields that must be there. */
  readonly condition: Condition;
  readonly by: readonly { readonly name: string; readonly field: string }[];
  /** The text that an absent by-field groups as; without one such rows are dropped, as Splunk does. */
  readonly fill: string | undefined;
}

/**
 * Parses `| tstats … from datamodel=Endpoint.Processes where … by …` and a tail of macros. Semantics of Splunk 9: values
 * ignore case, `*` is the only wildcard, macros are expanded textually. Everything else is refused as not supported.
 */
export function parseTstats(text: string, macros: Macros): Result<TstatsQuery, Problem> {
  return parsing("tstats", text, () => {
    const [head, ...tail] = splitPipes(text);
    if (head === undefined || !/^\s*tstats\b/i.test(head.text)) {
      throw new ParseFailure('expected "| tstats" at the beginning of the search', head?.at ?? 0, {
        unsupported: true,
      });
    }
    const expanded = expandMacros(head.text, macros);
    const query = moveFailures(head.at, expanded, () => parseStage({ text: expanded.text, at: 0 }));
    for (const stage of tail) {
      refuseUnlessNeutral(stage.text, stage.at, macros);
    }
    return query;
  });
}

/** Commands between pipes with their offsets. A pipe inside of a value has text on both sides and is none. */
function splitPipes(text: string): readonly { readonly text: string; readonly at: number }[] {
  const stages: { readonly text: string; readonly at: number }[] = [];
  let start = 0;
  const separators = /"(?:[^"\\]|\\[\s\S])*"|`[^`]*`|(?:^|(?<=[\s`)"]))\|/g;
  for (const found of text.matchAll(separators)) {
    if (found[0] === "|") {
      stages.push({ text: text.slice(start, found.index), at: start });
      start = found.index + 1;
    }
  }
  stages.push({ text: text.slice(start), at: start });
  return stages.filter((stage, index) => index > 0 || stage.text.trim() !== "");
}

/** Offsets of failures inside of an expanded stage become offsets of the text as it was written. */
function moveFailures<T>(stageAt: number, expanded: Expanded, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ParseFailure) {
      throw new ParseFailure(error.message, stageAt + expanded.originOf(error.offset), error);
    }
    throw error;
  }
}

function parseStage(cursor: Cursor): TstatsQuery {
  takeWord(cursor, "tstats");
  let fill: string | undefined;
  while (!takeWord(cursor, "from")) {
    skipSpace(cursor);
    const word = take(cursor, /(?:[^\s"]|"[^"]*")+/y);
    if (word === undefined) {
      throw new ParseFailure('expected "from datamodel=…", found the end of the search', cursor.at);
    }
    const option = /^fillnull_value=(.*)$/is.exec(word)?.[1];
    fill = option === undefined ? fill : option.replace(/^"(.*)"$/s, "$1");
  }
  readDataModel(cursor);
  const where = takeWord(cursor, "where") ? parseWhere(cursor, resolve) : always;
  const by = takeWord(cursor, "by", "groupby") ? readBy(cursor) : [];
  skipSpace(cursor);
  if (cursor.at < cursor.text.length) {
    throw new ParseFailure(`expected "where", "by" or the end of the command, found ${described(cursor)}`, cursor.at);
  }
  const present = fill === undefined ? by.map(({ field }) => exists(field)) : [];
  return { where, condition: and(processesEvents, where, ...present), by, fill };
}

function readDataModel(cursor: Cursor): void {
  skipSpace(cursor);
  const at = cursor.at;
  const name = take(cursor, /datamodel\s*=?\s*"?[\w.]+"?/iy)
    ?.replace(/^datamodel\s*=?\s*/i, "")
    .replaceAll('"', "");
  if (name === undefined) {
    throw new ParseFailure(`expected "datamodel=…" after "from", found ${described(cursor)}`, at, {
      unsupported: true,
    });
  }
  if (name.toLowerCase() !== "endpoint.processes") {
    throw new ParseFailure(`the data model ${name} is not supported: expected Endpoint.Processes`, at, {
      unsupported: true,
    });
  }
}

function readBy(cursor: Cursor): TstatsQuery["by"] {
  const by: { name: string; field: string }[] = [];
  for (;;) {
    take(cursor, /[\s,]+/y);
    const at = cursor.at;
    const name = take(cursor, /[A-Za-z_][\w.]*/y);
    if (name === undefined) {
      return by;
    }
    // `_time span=1h` puts rows into time slots: each event falls into one, so which events match does not change.
    if (name === "span" && take(cursor, /\s*=\s*\w+/y) !== undefined) {
      continue;
    }
    by.push({ name: shortName(name), field: resolve(name, at) });
  }
}

function shortName(name: string): string {
  return name.replace(/^(?:Endpoint\.)?Processes\./i, "");
}

function resolve(name: string, at: number): string {
  const field = processesModel.get(shortName(name).toLowerCase());
  if (field === undefined) {
    throw new ParseFailure(`the field ${name} of the data model has no counterpart in ECS`, at, { unsupported: true });
  }
  return field;
}

/** What the tail may hold: macros that only rename and format, and filters that let everything pass. */
function refuseUnlessNeutral(stage: string, at: number, macros: Macros): void {
  const [, name, args] = /^\s*`\s*(\w+)\s*(?:\(([^`]*)\))?\s*`\s*$/.exec(stage) ?? [];
  const place = at + stage.length - stage.trimStart().length;
  if (name === undefined) {
    throw new ParseFailure(`expected only macros after tstats, found "${stage.trim().slice(0, 40)}"`, place, {
      unsupported: true,
    });
  }
  if (name === "drop_dm_object_name" || name === "security_content_ctime") {
    return;
  }
  const macro = macros.get(macroKey(name, args === undefined || args.trim() === "" ? 0 : args.split(",").length));
  if (name.endsWith("_filter") && (macro === undefined || macro.definition.trim() === "search *")) {
    return;
  }
  throw new ParseFailure(`the macro \`${name}\` after tstats is not supported`, place, { unsupported: true });
}
