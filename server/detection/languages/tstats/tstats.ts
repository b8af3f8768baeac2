import type { Problem } from "#contracts/problem";
import { always, and, type Condition, exists } from "../../../condition/tree.ts";
import type { Result } from "../../../lib/result.ts";
import { processesEvents, processesModel } from "../../data-model.ts";
import { ParseFailure, parsing } from "../source.ts";
import type { RowFilter } from "./commands.ts";
import { demandOf, type RowCount } from "./lower.ts";
import { expandMacros, type Macros } from "./macros.ts";
import { countOf, type Row, resolve, shortName, type Variable } from "./row.ts";
import { moved, parseTail, splitPipes } from "./tail.ts";
import { type Cursor, described, parseWhere, skipSpace, take, takeWord } from "./where.ts";

/** A tstats search over Endpoint.Processes with what follows it, as far as that filters its rows. */
export interface TstatsQuery {
  /** What stands behind `where`. */
  readonly where: Condition;
  /** The filters over rows behind it, in their order. */
  readonly tail: readonly RowFilter[];
  /**
   * The events that a row is made of: the data model, `where`, the by-fields that must be there, and what the tail
   * asks.
   */
  readonly condition: Condition;
  readonly by: readonly { readonly name: string; readonly field: string }[];
  /** The text that an absent by-field groups as; without one such rows are dropped, as Splunk does. */
  readonly fill: string | undefined;
  /** Rows are apart by slots of time of this length (`_time span=…`), in milliseconds. */
  readonly slot: number | undefined;
  /** Numbers that the events of a row have to reach; where there are some, there is a slot. */
  readonly counts: readonly RowCount[];
}

/**
 * Parses `| tstats … from datamodel=Endpoint.Processes where … by …` and the commands that follow. Semantics of Splunk
 * 9: values ignore case, `*` is the only wildcard, macros are expanded textually. Of the commands those are taken that
 * filter by what one row holds, or that change what is shown: see `parseTail`. Everything else is refused as not
 * supported.
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
    const { where, by, fill, slot, row } = moved(origin, () => parseHead({ text: expanded.text, at: 0 }));
    const filters = parseTail(tail, row, macros);
    const { condition, counts, countedAt } = demandOf(filters, fill);
    if (counts.length > 0 && slot === undefined) {
      throw new ParseFailure(
        "how many events a row has depends on the time that a search looks at, unless _time span=… is among the by-fields",
        countedAt,
        { unsupported: true },
      );
    }
    const present =
      fill === undefined ? by.filter(({ name }) => name !== "_time").map(({ field }) => exists(field)) : [];
    return {
      where,
      tail: filters.map(({ command, condition: filter }) => ({ command, condition: filter })),
      condition: and(processesEvents, where, ...present, ...(condition === always ? [] : [condition])),
      by,
      fill,
      slot,
      counts,
    };
  });
}

interface Head extends Pick<TstatsQuery, "where" | "by" | "fill" | "slot"> {
  readonly row: Row;
}

function parseHead(cursor: Cursor): Head {
  takeWord(cursor, "tstats");
  let fill: string | undefined;
  const row = new Map<string, Variable>();
  while (!takeWord(cursor, "from")) {
    if (takeAggregate(cursor, row)) {
      continue;
    }
    const word = take(cursor, /(?:[^\s"]|"[^"]*")+/y);
    if (word === undefined) {
      throw new ParseFailure('expected "from datamodel=…", found the end of the search', cursor.at);
    }
    const option = /^fillnull_value=(.*)$/is.exec(word)?.[1];
    fill = option === undefined ? fill : option.replace(/^"(.*)"$/s, "$1");
  }
  readDataModel(cursor);
  const where = takeWord(cursor, "where") ? parseWhere(cursor, resolve) : always;
  const { by, slot } = takeWord(cursor, "by", "groupby") ? readBy(cursor, row) : { by: [], slot: undefined };
  skipSpace(cursor);
  if (cursor.at < cursor.text.length) {
    throw new ParseFailure(`expected "where", "by" or the end of the command, found ${described(cursor)}`, cursor.at);
  }
  return { where, by, fill, slot, row };
}

/** `count`, or a function of a field, with the name that it is given. */
function takeAggregate(cursor: Cursor, row: Map<string, Variable>): boolean {
  take(cursor, /[\s,]+/y);
  const call = take(cursor, /[A-Za-z_]\w*\s*\(\s*[\w.]*\s*\)|count(?![\w(=])/iy);
  if (call === undefined) {
    return false;
  }
  const [, name = "", argument = ""] = /^(\w+)(?:\s*\(\s*([\w.]*)\s*\))?$/.exec(call) ?? [];
  const given = takeWord(cursor, "as")
    ? take(cursor, /\s*(?:"[^"]*"|[\w.]+)/y)
        ?.trim()
        .replaceAll('"', "")
    : undefined;
  row.set(given ?? call, aggregate(name.toLowerCase(), argument));
  return true;
}

function aggregate(name: string, argument: string): Variable {
  const field = processesModel.get(shortName(argument).toLowerCase());
  if (name === "count" && argument === "") {
    return { kind: "count", name: countOf(undefined) };
  }
  return (name === "dc" || name === "distinct_count") && field !== undefined
    ? { kind: "count", name: countOf(field) }
    : { kind: "other", why: `${name}(${argument}) is made of all events of a row` };
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

function readBy(cursor: Cursor, row: Map<string, Variable>): Pick<TstatsQuery, "by" | "slot"> {
  const by: { name: string; field: string }[] = [];
  let slot: number | undefined;
  for (;;) {
    take(cursor, /[\s,]+/y);
    const at = cursor.at;
    const name = take(cursor, /[A-Za-z_][\w.]*/y);
    if (name === undefined) {
      return { by, slot };
    }
    const span = name === "span" ? take(cursor, /\s*=\s*\w+/y) : undefined;
    if (span !== undefined) {
      slot = slotOf(span.replace(/^\s*=\s*/, ""));
      continue;
    }
    const field = resolve(name, at);
    by.push({ name: shortName(name), field });
    row.set(name, name === "_time" ? { kind: "other", why: "it is a slot of time" } : { kind: "field", field });
  }
}

const slotUnits: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/**
 * Milliseconds. Slots that fill an hour evenly begin at the same times wherever a search runs; of others that is not
 * known.
 */
function slotOf(span: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,4})(s|m|h)(?:ecs?|ins?|inutes?|econds?|rs?|ours?)?$/i.exec(span) ?? [];
  const length = Number(digits) * (slotUnits.get(unit.toLowerCase()) ?? Number.NaN);
  return length > 0 && 3_600_000 % length === 0 ? length : undefined;
}
