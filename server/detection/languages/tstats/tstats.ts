import type { Problem } from "#contracts/problem";
import { always, and, type Condition, exists } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import { processesEvents, processesModel } from "../../data-model.ts";
import { ParseFailure, parsing } from "../source.ts";
import type { RowFilter } from "./commands.ts";
import { expandMacros, type Macros } from "./macros.ts";
import { type RowCount, requirementsOf } from "./requirements.ts";
import { countName, type Row, resolve, shortName, type Variable } from "./row.ts";
import { mapOffsets, parseTail, splitPipes } from "./tail.ts";
import { type Cursor, describeNext, match, matchWord, parseWhere, skipSpace } from "./where.ts";

/** A tstats search over Endpoint.Processes with the filters over its rows. */
export interface TstatsQuery {
  /** The condition after `where`. */
  readonly where: Condition;
  /** The filters of the commands after tstats, in order. */
  readonly filters: readonly RowFilter[];
  /** Matches the events of the rows: the data model, `where`, the required by-fields, and the filters. */
  readonly condition: Condition;
  readonly by: readonly { readonly name: string; readonly field: string }[];
  /** The text for absent by-fields; without one Splunk drops such rows. */
  readonly fill: string | undefined;
  /** The length of the time windows that separate rows (`_time span=…`), in milliseconds. */
  readonly span: number | undefined;
  /** Minimum counts over the events of a row; they need a `span`. */
  readonly counts: readonly RowCount[];
}

/**
 * Parses `| tstats … from datamodel=Endpoint.Processes where … by …` and the commands after it, with the semantics of
 * Splunk 9: values are case-insensitive, `*` is the only wildcard, macros are expanded textually. Supported commands
 * filter by the values of one row or change only the output (see `parseTail`); others are rejected as not supported.
 * See docs/decisions/0026.
 */
export function parseTstats(text: string, macros: Macros): Result<TstatsQuery, Problem> {
  return parsing(text, () => {
    const [head, ...tail] = splitPipes(text);
    if (head === undefined || !/^\s*tstats\b/i.test(head.text)) {
      throw new ParseFailure('expected "| tstats" at the beginning of the search', head?.at ?? 0, {
        unsupported: true,
      });
    }
    const expanded = expandMacros(head.text, macros);
    const origin = (offset: number) => head.at + expanded.originOf(offset);
    const { where, by, fill, span, row } = mapOffsets(origin, () => parseHead({ text: expanded.text, at: 0 }));
    const filters = parseTail(tail, row, macros);
    const { condition, counts, countedAt } = requirementsOf(filters, fill);
    if (counts.length > 0 && span === undefined) {
      throw new ParseFailure(
        "the number of events in a row depends on the time range of the search, unless _time span=… is a by-field",
        countedAt,
        { unsupported: true },
      );
    }
    const present =
      fill === undefined ? by.filter(({ name }) => name !== "_time").map(({ field }) => exists(field)) : [];
    return {
      where,
      filters: filters.map(({ command, condition: filter }) => ({ command, condition: filter })),
      condition: and(processesEvents, where, ...present, ...(condition === always ? [] : [condition])),
      by,
      fill,
      span,
      counts,
    };
  });
}

interface Head extends Pick<TstatsQuery, "where" | "by" | "fill" | "span"> {
  readonly row: Row;
}

function parseHead(cursor: Cursor): Head {
  matchWord(cursor, "tstats");
  let fill: string | undefined;
  const row = new Map<string, Variable>();
  while (!matchWord(cursor, "from")) {
    if (parseAggregate(cursor, row)) {
      continue;
    }
    const word = match(cursor, /(?:[^\s"]|"[^"]*")+/y);
    if (word === undefined) {
      throw new ParseFailure('expected "from datamodel=…", found the end of the search', cursor.at);
    }
    const option = /^fillnull_value=(.*)$/is.exec(word)?.[1];
    fill = option === undefined ? fill : option.replace(/^"(.*)"$/s, "$1");
  }
  parseDataModel(cursor);
  const where = matchWord(cursor, "where") ? parseWhere(cursor, resolve) : always;
  const { by, span } = matchWord(cursor, "by", "groupby") ? parseBy(cursor, row) : { by: [], span: undefined };
  skipSpace(cursor);
  if (cursor.at < cursor.text.length) {
    throw new ParseFailure(
      `expected "where", "by" or the end of the command, found ${describeNext(cursor)}`,
      cursor.at,
    );
  }
  return { where, by, fill, span, row };
}

/** Parses `count`, or a function of a field, with its name. */
function parseAggregate(cursor: Cursor, row: Map<string, Variable>): boolean {
  match(cursor, /[\s,]+/y);
  const call = match(cursor, /[A-Za-z_]\w*\s*\(\s*[\w.]*\s*\)|count(?![\w(=])/iy);
  if (call === undefined) {
    return false;
  }
  const [, name = "", argument = ""] = /^(\w+)(?:\s*\(\s*([\w.]*)\s*\))?$/.exec(call) ?? [];
  const given = matchWord(cursor, "as")
    ? match(cursor, /\s*(?:"[^"]*"|[\w.]+)/y)
        ?.trim()
        .replaceAll('"', "")
    : undefined;
  row.set(given ?? call, aggregate(name.toLowerCase(), argument));
  return true;
}

function aggregate(name: string, argument: string): Variable {
  const field = processesModel.get(shortName(argument).toLowerCase());
  if (name === "count" && argument === "") {
    return { kind: "count", name: countName(undefined) };
  }
  return (name === "dc" || name === "distinct_count") && field !== undefined
    ? { kind: "count", name: countName(field) }
    : { kind: "other", reason: `${name}(${argument}) is computed from all events of a row` };
}

function parseDataModel(cursor: Cursor): void {
  skipSpace(cursor);
  const at = cursor.at;
  const name = match(cursor, /datamodel\s*=?\s*"?[\w.]+"?/iy)
    ?.replace(/^datamodel\s*=?\s*/i, "")
    .replaceAll('"', "");
  if (name === undefined) {
    throw new ParseFailure(`expected "datamodel=…" after "from", found ${describeNext(cursor)}`, at, {
      unsupported: true,
    });
  }
  if (name.toLowerCase() !== "endpoint.processes") {
    throw new ParseFailure(`the data model ${name} is not supported: expected Endpoint.Processes`, at, {
      unsupported: true,
    });
  }
}

function parseBy(cursor: Cursor, row: Map<string, Variable>): Pick<TstatsQuery, "by" | "span"> {
  const by: { name: string; field: string }[] = [];
  let span: number | undefined;
  for (;;) {
    match(cursor, /[\s,]+/y);
    const at = cursor.at;
    const name = match(cursor, /[A-Za-z_][\w.]*/y);
    if (name === undefined) {
      return { by, span };
    }
    const value = name === "span" ? match(cursor, /\s*=\s*\w+/y) : undefined;
    if (value !== undefined) {
      span = spanOf(value.replace(/^\s*=\s*/, ""));
      continue;
    }
    const field = resolve(name, at);
    by.push({ name: shortName(name), field });
    row.set(name, name === "_time" ? { kind: "other", reason: "it is a time window" } : { kind: "field", field });
  }
}

const spanUnits: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Milliseconds. Only windows that divide an hour evenly start at the same times in every search. */
function spanOf(span: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,4})(s|m|h)(?:ecs?|ins?|inutes?|econds?|rs?|ours?)?$/i.exec(span) ?? [];
  const length = Number(digits) * (spanUnits.get(unit.toLowerCase()) ?? Number.NaN);
  return length > 0 && 3_600_000 % length === 0 ? length : undefined;
}
