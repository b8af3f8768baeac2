import type { Problem } from "#contracts/problem";
import type { GuideEntry } from "../../detection/guide.ts";
import { append } from "../../lib/append.ts";
import { fencesIn } from "../fences.ts";
import type { Line } from "../markdown.ts";
import type { OsqueryQuery, PlaybookQuery } from "../playbook.ts";
import { unclosedMarks } from "../unclosed.ts";
import { compileInvestigate, compileOsquery } from "./investigate.ts";
import { jsonObjectEnd } from "./json-object.ts";
import { codeText } from "./texts.ts";

/** What to compile: a guide, where it stands, and the queries that it names by their place. */
export interface GuideSource {
  readonly text: string;
  readonly file: string;
  /** The line of the file that the text begins in. */
  readonly firstLine: number;
  readonly investigate: readonly GuideEntry[];
  readonly osquery: readonly GuideEntry[];
}

/** Queries that stand in a text, or that it names. Descriptions and what could not be read of them are `notes`. */
export interface Embedded {
  readonly queries: readonly PlaybookQuery[];
  readonly osquery: readonly OsqueryQuery[];
  readonly notes: readonly string[];
}

/** The lines of a guide with a mark in place of each query. */
export interface ReadText {
  readonly lines: readonly Line[];
  readonly fenced: readonly boolean[];
  /** By the number in a mark. */
  readonly embedded: readonly Embedded[];
  /** Entries that no placeholder names. */
  readonly unused: readonly Embedded[];
  readonly findings: GuideFindings;
  readonly warnings: readonly Problem[];
}

/** What a guide has of queries, for reports. */
export interface GuideFindings {
  /** Investigate queries, as entries of the rule and as blocks in the text. */
  readonly queries: number;
  /** Those of them that can be run. */
  readonly compiled: number;
  readonly osquery: number;
  /** Placeholders that name nothing. */
  readonly unresolved: readonly string[];
}

/** Characters of the private use area: a text cannot bring marks along. */
const begin = "\uE000";
const end = "\uE001";
const mark = /\uE000(\d+)\uE001/g;

/** The numbers of the marks in a text, and the text without them. */
export function takeMarks(text: string): { readonly text: string; readonly numbers: readonly number[] } {
  if (!text.includes(begin)) {
    return { text, numbers: [] };
  }
  const numbers = [...text.matchAll(mark)].map((match) => Number(match[1]));
  const rest = text
    .replaceAll(mark, "")
    .replaceAll(/[ \t]{2,}/g, " ")
    .trim();
  return { text: rest, numbers };
}

const sign = /!\{(investigate|osquery|insight)(?=\{)|\$(investigate|osquery)_(\d{1,6})(?!\d)|\$\$/g;

/**
 * Takes the queries out of a text: blocks such as `!{investigate{…}}` and placeholders such as `$investigate_0`. Only
 * the block itself is taken, so that text beside it stays; a block that cannot be read stays as well, with a warning.
 * Text in a code fence is not looked at.
 */
export function readEmbedded(source: GuideSource): ReadText {
  const text = source.text
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n")
    .replaceAll(/[\uE000\uE001]/g, "\uFFFD");
  const warnings: Problem[] = [];
  const unresolved: string[] = [];
  const embedded: Embedded[] = [];
  const entries = {
    investigate: source.investigate.map((entry) => compileEntry("investigate", entry, source, warnings)),
    osquery: source.osquery.map((entry) => compileEntry("osquery", entry, source, warnings)),
  };
  const named = new Set<Embedded>();
  const hasEntries = source.investigate.length + source.osquery.length > 0;
  const put = (one: Embedded): string => `${begin}${embedded.push(one) - 1}${end}`;

  const raw = text.split("\n");
  const { inside: fences } = fencesIn(raw);
  let broken = 0;
  const signs = [...text.matchAll(sign)];
  let next = 0;
  const lines: Line[] = [];
  const fenced: boolean[] = [];
  let offset = 0;
  let index = 0;
  while (index < raw.length) {
    let line = raw[index] ?? "";
    const number = source.firstLine + index;
    let lineEnd = offset + line.length;
    const isFenced = fences[index] === true;
    let out = "";
    let done = offset;
    if (!isFenced) {
      for (;;) {
        const match = signs[next];
        if (match === undefined || match.index >= lineEnd) {
          break;
        }
        next += 1;
        if (match.index < done) {
          continue;
        }
        const [whole, block, kind, place] = match;
        const at = { file: source.file, line: source.firstLine + index, column: match.index - offset + 1 };
        if (block !== undefined) {
          const read = readBlock(text, match.index + whole.length, block, at, warnings);
          if (read === undefined) {
            broken += 1;
          } else {
            out += text.slice(done, match.index) + put(read.embedded);
            done = read.end;
            while (done > lineEnd) {
              offset = lineEnd + 1;
              index += 1;
              line = raw[index] ?? "";
              lineEnd = offset + line.length;
            }
          }
        } else if (place !== undefined) {
          const entry = entries[kind === "osquery" ? "osquery" : "investigate"][Number(place)];
          if (entry !== undefined) {
            named.add(entry);
            out += text.slice(done, match.index) + put(entry);
            done = match.index + whole.length;
          } else {
            unresolved.push(whole);
            const message = `${whole} names no query of the rule; it stays in the text`;
            warnings.push({ code: "playbook.unresolved-query", message, at });
          }
        } else if (hasEntries) {
          out += `${text.slice(done, match.index)}$`;
          done = match.index + whole.length;
        }
      }
    }
    lines.push({ text: out + text.slice(done, lineEnd), line: number });
    fenced.push(isFenced);
    offset = lineEnd + 1;
    index += 1;
  }
  append(warnings, unclosedMarks(lines, source.file));
  const all = [...entries.investigate, ...entries.osquery];
  const known = new Set(all);
  const inline = embedded.filter((one) => !known.has(one));
  const isSearch = ({ osquery }: Embedded): boolean => osquery.length === 0;
  const searches = [...entries.investigate, ...inline.filter(isSearch)];
  const findings = {
    queries: searches.length + broken,
    compiled: searches.filter(({ queries }) => queries.length > 0).length,
    osquery: entries.osquery.length + inline.filter((one) => !isSearch(one)).length,
    unresolved,
  };
  return { lines, fenced, embedded, unused: all.filter((one) => !named.has(one)), findings, warnings };
}

function compileEntry(
  kind: "investigate" | "osquery",
  { value, line }: GuideEntry,
  { file, firstLine }: GuideSource,
  warnings: Problem[],
): Embedded {
  return compileValue(kind, value, JSON.stringify(value) ?? "", { file, line: line ?? firstLine }, warnings);
}

type At = NonNullable<Problem["at"]>;

function compileValue(kind: string, value: unknown, source: string, at: At, warnings: Problem[]): Embedded {
  const found: Problem[] = [];
  const compiled: Embedded =
    kind === "osquery" ? compileOsquery(value, at, found) : compileInvestigate(value, kind === "insight", at, found);
  append(warnings, found);
  // What was not understood stays readable.
  return found.length === 0 ? compiled : { ...compiled, notes: [...compiled.notes, codeText(source)] };
}

function readBlock(
  text: string,
  start: number,
  kind: string,
  at: At,
  warnings: Problem[],
): { readonly embedded: Embedded; readonly end: number } | undefined {
  const scanned = jsonObjectEnd(text, start);
  const closes = scanned.ok ? /^[ \t\r\n]{0,20}\}/.exec(text.slice(scanned.end, scanned.end + 21)) : null;
  if (!scanned.ok || closes === null) {
    const message = scanned.ok ? "expected a second } at the end of the block" : scanned.message;
    const stopped = scanned.ok ? scanned.end : scanned.at;
    const near = text.slice(stopped, stopped + 20).split("\n")[0] ?? "";
    warnings.push({
      code: "playbook.block-syntax",
      message: `!{${kind}{…}} is not valid: ${message}${near === "" ? "" : ` at "${near}"`}`,
      at,
      remedy: "The block stays in the text. Between the outer braces must be one JSON object.",
    });
    return undefined;
  }
  const json = text.slice(start, scanned.end);
  const embedded = compileValue(kind, JSON.parse(json), `!{${kind}${json}}`, at, warnings);
  return { embedded, end: scanned.end + closes[0].length };
}
