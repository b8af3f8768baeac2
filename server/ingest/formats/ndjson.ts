import type { FormatItem } from "../record.ts";
import { readJsonRecord } from "./json-record.ts";
import { type Line, readLines } from "./lines.ts";

export interface JsonLimits {
  /** Longest line, or longest element of an array, in bytes. */
  readonly maxRecordBytes: number;
}

/** One JSON object per line. A line that is none is a problem with its place; the rest goes on. */
export async function* readNdjson(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: JsonLimits,
): AsyncGenerator<readonly FormatItem[]> {
  for await (const lines of readLines(chunks, limits.maxRecordBytes)) {
    const items: FormatItem[] = [];
    for (const line of lines) {
      items.push(readLine(file, line, limits));
    }
    yield items;
  }
}

function readLine(file: string, line: Line, limits: JsonLimits): FormatItem {
  const at = { file, line: line.number, offset: line.offset };
  if (line.tooLong !== undefined) {
    return rejected(
      "json.too-long",
      `the line has ${line.tooLong.length} bytes, the limit is ${limits.maxRecordBytes}`,
      at,
    );
  }
  // The byte order mark in front of the first line is no part of the JSON.
  const start = line.offset === 0 && line.bytes[0] === 0xef && line.bytes[1] === 0xbb && line.bytes[2] === 0xbf ? 3 : 0;
  return parseRecord(line.bytes.toString("utf8", start), at);
}

export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly line?: number;
}

/** The text of one JSON value as an item. The text itself is kept as the original. */
export function parseRecord(text: string, at: Place): FormatItem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return rejected("json.syntax", `not a JSON value: ${reasonOf(error)}`, at);
  }
  return (
    readJsonRecord(value, at.offset, text) ??
    rejected(
      "record.unknown-shape",
      "a JSON value without the names of a Windows or ECS event: it takes @timestamp, or EventID and a time",
      at,
    )
  );
}

/** The parser's words without the excerpt of the log that it adds. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const quote = message.search(/, (?:\.\.\.)?"/);
  return quote < 0 ? message : message.slice(0, quote);
}

export function rejected(code: string, message: string, at: Place): FormatItem {
  return {
    kind: "problem",
    severity: "rejected",
    problem: { code, message, at, remedy: "Export the record again; all other records of the file were kept." },
  };
}
