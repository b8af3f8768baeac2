import { compileTest } from "../../../condition/match-value.ts";
import { type Condition, not } from "../../../condition/tree.ts";
import { ruleRegexProblem } from "../allowance.ts";
import { ParseFailure, unsupported } from "../source.ts";
import { matchTest, parseExpression } from "./expression.ts";
import { type Row, renameVariables, type Variable, variableOf, withUntestable } from "./row.ts";
import { type Cursor, describeNext, match, matchWord, parseWhere, skipSpace } from "./where.ts";

/** A filter over rows. In `search` values ignore case and OR binds tighter than AND, in `where` neither. */
export interface RowFilter {
  readonly command: "search" | "where";
  readonly condition: Condition;
}

interface CommandResult {
  /** The variables, where the command changes them. */
  readonly row?: Row;
  readonly filter?: RowFilter;
}

/** Parses one command; `row` has the variables that it can use. */
export function runCommand(cursor: Cursor, row: Row): CommandResult {
  skipSpace(cursor);
  const at = cursor.at;
  const command = match(cursor, /[A-Za-z]\w*/y)?.toLowerCase();
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
      return { row: withUntestable(row, allWords(cursor), "it is a converted value") };
    // By-fields always have a value: tstats drops or fills rows without one.
    case "fillnull":
      return {};
    case "sort":
      if (match(cursor, /\s*(?:limit\s*=\s*)?[1-9]\d*\b/y) !== undefined) {
        throw unsupported("sort with a limit drops rows depending on other rows", at);
      }
      return {};
    default:
      throw unsupported(`the command ${command ?? describeNext(cursor)} after tstats is not supported`, at);
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
      throw unsupported(`${name} can be tested with where but not with search`, at);
    });
    skipSpace(cursor);
    if (cursor.at < cursor.text.length) {
      throw unsupported(`expected the end of the command, found ${describeNext(cursor)}`, cursor.at);
    }
    return condition;
  } catch (error) {
    // A word without a field searches the whole event, which a row does not have.
    throw error instanceof ParseFailure ? unsupported(error.message, error.offset) : error;
  }
}

/** Parses `regex field="…"` and `regex field!="…"`. */
function parseRegex(cursor: Cursor, row: Row): Condition {
  skipSpace(cursor);
  const start = cursor.at;
  const name = match(cursor, /[A-Za-z_][\w.]*/y);
  skipSpace(cursor);
  const operator = match(cursor, /!?=/y);
  if (name === undefined || operator === undefined) {
    throw unsupported("regex without a field searches the whole event, which a row does not have", start);
  }
  const field = fieldOf(row, name, start);
  const condition = matchTest(field, patternIn(cursor), start);
  return operator === "=" ? condition : not(condition);
}

/** Parses `rex`, which extracts values of a field under new names and keeps all rows. */
function parseRex(cursor: Cursor, row: Row): Row {
  let source = "_raw";
  for (;;) {
    skipSpace(cursor);
    const at = cursor.at;
    const option = match(cursor, /(?:field|max_match|mode|offset_field)\s*=\s*"?[\w.]+"?/iy);
    if (option === undefined) {
      break;
    }
    const [key = "", value = ""] = option.split("=").map((part) => part.trim().replaceAll('"', ""));
    if (key.toLowerCase() === "mode") {
      throw unsupported("rex that changes a value is not supported", at);
    }
    source = key.toLowerCase() === "field" ? value : source;
  }
  // The syntax of RE2 for named groups.
  const pattern = patternIn(cursor).replace(/\(\?<(?=[A-Za-z_])/g, "(?P<");
  const variable = row.get(source);
  const names = [...pattern.matchAll(/\(\?P<([A-Za-z_]\w*)>/g)].map(([, name = ""]) => name);
  if (variable?.kind !== "field" || names.length !== 1 || !alwaysCaptures(pattern)) {
    return withUntestable(row, names, "rex extracts it from a value");
  }
  const capture: Variable = { kind: "capture", field: variable.field, pattern };
  return new Map([...row, ...names.map((name) => [name, capture] as const)]);
}

const plainPart = String.raw`(?:[^()|[\]\\]|\\[\s\S]|\[(?:[^\]\\]|\\[\s\S])*\])`;
const aroundOneGroup = new RegExp(String.raw`^${plainPart}*\(\?P<\w+>(${plainPart}+)\)(${plainPart}*)$`);

/**
 * Whether the only named group of an expression has at least one character in every match: it is outside of
 * alternatives and other groups, is not repeated, and does not match the empty text.
 */
function alwaysCaptures(pattern: string): boolean {
  const [, content = "", after = ""] = aroundOneGroup.exec(pattern) ?? [];
  if (content === "" || /^[?*{]/.test(after)) {
    return false;
  }
  return (
    ruleRegexProblem(content, "") === undefined &&
    !compileTest({ kind: "regex", patterns: [content], caseInsensitive: false, whole: true })("")
  );
}

function patternIn(cursor: Cursor): string {
  skipSpace(cursor);
  const at = cursor.at;
  const quoted = match(cursor, /"(?:[^"\\]|\\[\s\S])*"/y);
  skipSpace(cursor);
  if (quoted === undefined || cursor.at < cursor.text.length) {
    throw unsupported(`expected one expression in double quotes, found ${describeNext(cursor)}`, at);
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

function matchName(cursor: Cursor): string | undefined {
  match(cursor, /[\s,]+/y);
  return match(cursor, nameOrText)?.replace(/^["']|["']$/g, "");
}

/** All words that can be names. */
function allWords(cursor: Cursor): readonly string[] {
  return cursor.text.slice(cursor.at).match(/[A-Za-z_][\w.]*/g) ?? [];
}

/** Parses `rename a as b, c as d`; `*` renames several at once. */
function parseRename(cursor: Cursor, row: Row): Row {
  let changed = row;
  for (;;) {
    const from = matchName(cursor);
    if (from === undefined) {
      return changed;
    }
    const at = cursor.at;
    const to = matchWord(cursor, "as") ? matchName(cursor) : undefined;
    if (to === undefined) {
      throw unsupported(`expected "as" and a name after ${from}, found ${describeNext(cursor)}`, at);
    }
    const [prefix = "", ...rest] = from.split("*");
    if (rest.length > 1 || rest[0] || to.split("*").length - 1 !== rest.length) {
      throw unsupported(`renaming ${from} as ${to} is not supported`, at);
    }
    changed = renameVariables(changed, (name) =>
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

/** Parses `table a, b*`, `fields a b` and `fields - a`. */
function parseFields(cursor: Cursor, row: Row, command: "table" | "fields"): Row {
  skipSpace(cursor);
  const removes = command === "fields" && match(cursor, /-(?=\s)/y) !== undefined;
  if (command === "fields") {
    match(cursor, /\+(?=\s)/y);
  }
  const names: string[] = [];
  for (let name = matchName(cursor); name !== undefined; name = matchName(cursor)) {
    names.push(name);
  }
  const listed = (known: string) =>
    names.some((name) => {
      const [prefix = "", ...rest] = name.split("*");
      return rest.length === 0 ? known === name : known.startsWith(prefix);
    });
  return new Map([...row].filter(([name]) => listed(name) !== removes));
}

/** Parses assignments: `len(…)` of a by-field, another variable, or a value that cannot be tested. */
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
          : { kind: "other", reason: `eval sets it to ${value.slice(0, 60)}` };
    changed = new Map([...changed, [name, variable]]);
  }
  return changed;
}

/** Splits at commas outside of parentheses and quotes. */
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
