import { compileTest, regexProblem } from "../../../condition/match-value.ts";
import { type Condition, not } from "../../../condition/tree.ts";
import { ParseFailure, unsupported } from "../source.ts";
import { matches, parseExpression } from "./expression.ts";
import { type Row, renamed, type Variable, variableOf, withUnknown } from "./row.ts";
import { type Cursor, described, parseWhere, skipSpace, take, takeWord } from "./where.ts";

/**
 * A filter over rows, in the language of its command: `search` ignores case and binds OR tighter, `where` does neither.
 */
export interface RowFilter {
  readonly command: "search" | "where";
  readonly condition: Condition;
}

interface Done {
  /** Where names have changed. */
  readonly row?: Row;
  readonly filter?: RowFilter;
}

/** One command between pipes, with the names of the rows that reach it. */
export function runCommand(cursor: Cursor, row: Row): Done {
  skipSpace(cursor);
  const at = cursor.at;
  const command = take(cursor, /[A-Za-z]\w*/y)?.toLowerCase();
  switch (command) {
    case "search":
      if (/^\s*\*\s*$/.test(cursor.text.slice(cursor.at))) {
        return {};
      }
      return { filter: { command, condition: parseSearch(cursor, row) } };
    case "where":
      return { filter: { command, condition: parseExpression(cursor, row) } };
    case "regex":
      return { filter: { command: "where", condition: parseRegex(cursor, row) } };
    case "rex":
      return { row: parseRex(cursor, row) };
    case "rename":
      return { row: parseRename(cursor, row) };
    case "table":
    case "fields":
      return { row: parseFields(cursor, row, command) };
    case "eval":
      return { row: parseEval(cursor, row) };
    case "convert":
      return { row: withUnknown(row, named(cursor), "it was converted") };
    // By-fields always have a value: rows without one are dropped or filled by tstats itself.
    case "fillnull":
      return {};
    case "sort":
      if (take(cursor, /\s*(?:limit\s*=\s*)?[1-9]\d*\b/y) !== undefined) {
        throw unsupported("sort with a limit leaves rows out by what else was found", at);
      }
      return {};
    default:
      throw unsupported(`the command ${command ?? described(cursor)} after tstats is not supported`, at);
  }
}

function parseSearch(cursor: Cursor, row: Row): Condition {
  try {
    const condition = parseWhere(cursor, (name, at) => {
      const variable = variableOf(row, name, at);
      if (variable.kind === "field") {
        return variable.field;
      }
      if (variable.kind === "count") {
        return variable.name;
      }
      throw unsupported(`${name} can be asked for with where, not with search`, at);
    });
    skipSpace(cursor);
    if (cursor.at < cursor.text.length) {
      throw unsupported(`expected the end of the command, found ${described(cursor)}`, cursor.at);
    }
    return condition;
  } catch (error) {
    // A word without a field stands somewhere in the event, which a row does not have.
    throw error instanceof ParseFailure ? unsupported(error.message, error.offset) : error;
  }
}

/** `regex field="…"` and `regex field!="…"`. */
function parseRegex(cursor: Cursor, row: Row): Condition {
  skipSpace(cursor);
  const start = cursor.at;
  const name = take(cursor, /[A-Za-z_][\w.]*/y);
  skipSpace(cursor);
  const operator = take(cursor, /!?=/y);
  if (name === undefined || operator === undefined) {
    throw unsupported("regex without a field looks through the event, which a row does not have", start);
  }
  const field = fieldOf(row, name, start);
  const condition = matches(field, patternIn(cursor), start);
  return operator === "=" ? condition : not(condition);
}

/** Takes values out of a field under new names; rows stay. */
function parseRex(cursor: Cursor, row: Row): Row {
  let source = "_raw";
  for (;;) {
    skipSpace(cursor);
    const at = cursor.at;
    const option = take(cursor, /(?:field|max_match|mode|offset_field)\s*=\s*"?[\w.]+"?/iy);
    if (option === undefined) {
      break;
    }
    const [key = "", value = ""] = option.split("=").map((part) => part.trim().replaceAll('"', ""));
    if (key.toLowerCase() === "mode") {
      throw unsupported("rex that changes a value is not supported", at);
    }
    source = key.toLowerCase() === "field" ? value : source;
  }
  // RE2's own way to write a group with a name.
  const pattern = patternIn(cursor).replace(/\(\?<(?=[A-Za-z_])/g, "(?P<");
  const variable = row.get(source);
  const names = [...pattern.matchAll(/\(\?P<([A-Za-z_]\w*)>/g)].map(([, name = ""]) => name);
  if (variable?.kind !== "field" || names.length !== 1 || !alwaysCaptures(pattern)) {
    return withUnknown(row, names, "rex has taken it out of a value");
  }
  const capture: Variable = { kind: "capture", field: variable.field, pattern };
  return new Map([...row, ...names.map((name) => [name, capture] as const)]);
}

const plain = String.raw`(?:[^()|[\]\\]|\\[\s\S]|\[(?:[^\]\\]|\\[\s\S])*\])`;
const aroundOneGroup = new RegExp(String.raw`^${plain}*\(\?P<\w+>(${plain}+)\)(${plain}*)$`);

/**
 * Whether the one named group of an expression takes part in every match, with at least one character: it stands
 * outside of alternatives and brackets, is not repeated, and does not match nothing.
 */
function alwaysCaptures(pattern: string): boolean {
  const [, content = "", after = ""] = aroundOneGroup.exec(pattern) ?? [];
  if (content === "" || /^[?*{]/.test(after)) {
    return false;
  }
  return (
    regexProblem(content) === undefined &&
    !compileTest({ kind: "regex", patterns: [content], caseInsensitive: false, whole: true })("")
  );
}

function patternIn(cursor: Cursor): string {
  skipSpace(cursor);
  const at = cursor.at;
  const quoted = take(cursor, /"(?:[^"\\]|\\[\s\S])*"/y);
  skipSpace(cursor);
  if (quoted === undefined || cursor.at < cursor.text.length) {
    throw unsupported(`expected one expression in double quotes, found ${described(cursor)}`, at);
  }
  return quoted.slice(1, -1).replace(/\\([\\"])/g, "$1");
}

function fieldOf(row: Row, name: string, at: number): string {
  const variable = variableOf(row, name, at);
  if (variable.kind !== "field") {
    throw unsupported(`expected the name of a by-field, found ${name}`, at);
  }
  return variable.field;
}

const nameOrText = /"[^"]*"|'[^']*'|[^\s,"']+/y;

function takeName(cursor: Cursor): string | undefined {
  take(cursor, /[\s,]+/y);
  return take(cursor, nameOrText)?.replace(/^["']|["']$/g, "");
}

/** All words that may be names. */
function named(cursor: Cursor): readonly string[] {
  return cursor.text.slice(cursor.at).match(/[A-Za-z_][\w.]*/g) ?? [];
}

/** `rename a as b, c as d`; `*` stands for a part of several names. */
function parseRename(cursor: Cursor, row: Row): Row {
  let changed = row;
  for (;;) {
    const from = takeName(cursor);
    if (from === undefined) {
      return changed;
    }
    const at = cursor.at;
    const to = takeWord(cursor, "as") ? takeName(cursor) : undefined;
    if (to === undefined) {
      throw unsupported(`expected "as" and a name behind ${from}, found ${described(cursor)}`, at);
    }
    const [prefix = "", ...rest] = from.split("*");
    if (rest.length > 1 || rest[0] || to.split("*").length - 1 !== rest.length) {
      throw unsupported(`renaming ${from} as ${to} is not supported`, at);
    }
    changed = renamed(changed, (name) =>
      rest.length === 0
        ? name === from
          ? to
          : name
        : name.startsWith(prefix)
          ? to.replace("*", () => name.slice(prefix.length))
          : name,
    );
  }
}

/** `table a, b*`, `fields a b`, `fields - a`. */
function parseFields(cursor: Cursor, row: Row, command: "table" | "fields"): Row {
  skipSpace(cursor);
  const removes = command === "fields" && take(cursor, /-(?=\s)/y) !== undefined;
  if (command === "fields") {
    take(cursor, /\+(?=\s)/y);
  }
  const names: string[] = [];
  for (let name = takeName(cursor); name !== undefined; name = takeName(cursor)) {
    names.push(name);
  }
  const listed = (known: string) =>
    names.some((name) => {
      const [prefix = "", ...rest] = name.split("*");
      return rest.length === 0 ? known === name : known.startsWith(prefix);
    });
  return new Map([...row].filter(([name]) => listed(name) !== removes));
}

/** Names get another value: `len(…)` of a by-field, another by-field, or something that cannot be asked for. */
function parseEval(cursor: Cursor, row: Row): Row {
  let changed = row;
  for (const text of assignments(cursor.text.slice(cursor.at))) {
    const [, name, value = ""] = /^\s*"?'?([A-Za-z_][\w.]*)'?"?\s*=(?!=)\s*([\s\S]*?)\s*$/.exec(text) ?? [];
    if (name === undefined) {
      throw unsupported("expected a name and = in eval", cursor.at);
    }
    const [, measured] = /^len\(\s*([A-Za-z_]\w*)\s*\)$/.exec(value) ?? [];
    const source = changed.get(measured ?? value);
    const variable: Variable =
      measured !== undefined && source?.kind === "field"
        ? { kind: "length", field: source.field }
        : measured === undefined && source !== undefined
          ? source
          : { kind: "other", why: `eval sets it to ${value.slice(0, 60)}` };
    changed = new Map([...changed, [name, variable]]);
  }
  return changed;
}

/** The parts between commas that stand in no brackets and no quotes. */
function assignments(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (const found of text.matchAll(/"(?:[^"\\]|\\[\s\S])*(?:"|$)|[(),]/g)) {
    depth += found[0] === "(" ? 1 : found[0] === ")" ? -1 : 0;
    if (found[0] === "," && depth === 0) {
      parts.push(text.slice(start, found.index));
      start = found.index + 1;
    }
  }
  return [...parts, text.slice(start)];
}
