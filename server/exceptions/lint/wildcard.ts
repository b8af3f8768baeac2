import type { FieldEntry } from "#contracts/exception-entry";
import { escapePattern, literalOf, parsePattern } from "../../condition/wildcard-pattern.ts";
import type { EntryNote } from "./entry-note.ts";

type Wildcard = FieldEntry & { readonly type: "wildcard" };

const syntax = { single: true, escape: true } as const;

/** Wildcards that were probably meant in another way; the first that fits is enough. */
export function lintWildcard(entry: Wildcard): readonly EntryNote[] {
  const isPath = /^(?:[a-z]:|\\)\\/i.test(entry.value);
  const typed = isPath
    ? (singleBackslashes(entry) ?? regex(entry))
    : (regex(entry) ?? singleBackslashes(entry) ?? needlessBackslash(entry));
  const note = everything(entry) ?? typed ?? noWildcard(entry) ?? manyStars(entry);
  return note === undefined ? [] : [note];
}

/** Shown in a message: the pattern may be thousands of characters long. */
function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function everything(entry: Wildcard): EntryNote | undefined {
  if (!/^[*?]+$/.test(entry.value)) {
    return undefined;
  }
  const { field, operator } = entry;
  return {
    part: "value",
    weight: "error",
    text: `${short(entry.value)} matches every value. If the field only has to be there, say so.`,
    fix: { type: "exists", field, operator, case: entry.case },
  };
}

/** Signs of a regular expression that make no sense in paths and command lines. */
const signs = [
  /^\^.*\$$/s,
  /^\.[*+]/,
  /\.[*+]\$?$/,
  /(?<!\\)(?:\\\\)*\\[dwsDWS](?:[*+?]|\{\d|$|\\)/,
  /\[[^\]\s]{1,40}\][*+]/,
  /^\(\?/,
  /\([^()|\s]{1,80}\|[^()\s]{1,80}\)/,
] as const;

function regex(entry: Wildcard): EntryNote | undefined {
  const { value } = entry;
  const glob = /^\*?\.\*$|[^\\]\*\.\*$/.test(value) || (/\w\.\*$/.test(value) && !/^[\^.]|\\[dws.]/.test(value));
  if (glob || !signs.some((sign) => sign.test(value))) {
    return undefined;
  }
  const meant = asWildcard(value);
  return {
    part: "value",
    weight: "error",
    text:
      `${short(value)} reads like a regular expression, but here only * and ? are special.` +
      (meant === undefined ? " Write one entry for each alternative." : ""),
    ...(meant === undefined ? {} : { fix: { ...entry, value: meant } }),
  };
}

/** A simple regular expression as a wildcard that matches at least the same; undefined where that is not possible. */
function asWildcard(expression: string): string | undefined {
  if (/[|()]/.test(expression)) {
    return undefined;
  }
  const isStart = expression.startsWith("^");
  const isEnd = /(?:^|[^\\])\$$/.test(expression);
  const inner = expression.slice(isStart ? 1 : 0, isEnd ? -1 : undefined);
  const parts = inner.matchAll(
    /\\([\s\S])([*+?]|\{[\d,]{1,9}\})?|\[[^\]]{1,80}\]([*+?]|\{[\d,]{1,9}\})?|\.([*+?])?|([^\\[.])/g,
  );
  let pattern = "";
  for (const [, escaped, , , dotted, plain] of parts) {
    if (plain !== undefined) {
      pattern += plain === "*" || plain === "+" || plain === "?" ? "*" : escapePattern(plain);
    } else if (escaped !== undefined && !/[dwsDWS]/.test(escaped)) {
      pattern += escapePattern(escaped);
    } else {
      pattern += dotted === undefined && escaped === undefined ? "?" : "*";
    }
  }
  const whole = `${isStart ? "" : "*"}${pattern}${isEnd ? "" : "*"}`.replace(/\*{2,}/g, "*");
  return /^[*?]+$/.test(whole) ? undefined : whole;
}

/** Windows paths as a person types them: `C:\Users\*`, where `\U` is only U and `\*` a star. */
function singleBackslashes(entry: Wildcard): EntryNote | undefined {
  const { value } = entry;
  const swallowed = [...value.matchAll(/\\([\s\S]|$)/g)].some(([, next = ""]) => /[\p{L}\p{N}_%$~]/u.test(next));
  if (!swallowed && !/^[a-z]:\\[*?]/i.test(value)) {
    return undefined;
  }
  const meant = value.replace(/^\\\\(?=[^\\])/, "\\\\\\\\").replace(/\\\\|\\/g, "\\\\");
  const read = parsePattern(value, syntax)
    .map((segment) => segment.map((character) => character ?? "?").join(""))
    .join("*");
  return {
    part: "value",
    weight: "error",
    text: `The backslashes are taken as escapes, so this matches ${short(read)}. Write ${short(meant)}.`,
    fix: { ...entry, value: meant },
  };
}

/** `\.` and the like. */
function needlessBackslash(entry: Wildcard): EntryNote | undefined {
  const fewer = entry.value.replace(/\\([\s\S])/g, (pair, next: string) => (/[\\*?]/.test(next) ? pair : next));
  return fewer === entry.value
    ? undefined
    : { part: "value", weight: "hint", text: "Only \\, * and ? need a backslash.", fix: { ...entry, value: fewer } };
}

function noWildcard(entry: Wildcard): EntryNote | undefined {
  const literal = literalOf(entry.value, syntax);
  if (literal === undefined) {
    return undefined;
  }
  const { field, operator } = entry;
  return {
    part: "value",
    weight: "warning",
    text: "Nothing in it is a wildcard, so only this very value matches.",
    fix: { type: "match", field, operator, case: entry.case, value: literal },
  };
}

function manyStars(entry: Wildcard): EntryNote | undefined {
  const fewer = entry.value.replace(/(^|[^\\])\*{2,}/g, "$1*");
  return fewer === entry.value
    ? undefined
    : { part: "value", weight: "hint", text: "Several * in a row are one.", fix: { ...entry, value: fewer } };
}
