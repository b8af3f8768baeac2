import { unsupported } from "../source.ts";
import { type Cursor, describeNext, match, skipSpace } from "./where.ts";

const controls: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** Parses a text in double quotes; its escapes are `\\`, `\"`, `\n`, `\r` and `\t`. */
export function parseText(cursor: Cursor): string {
  skipSpace(cursor);
  const at = cursor.at;
  const quoted = match(cursor, /"(?:[^"\\]|\\[\s\S])*"/y);
  if (quoted === undefined) {
    throw unsupported(`expected a text in double quotes, found ${describeNext(cursor)}`, at);
  }
  skipSpace(cursor);
  if (cursor.text[cursor.at] === ".") {
    throw unsupported("concatenated texts are not supported", cursor.at);
  }
  return quoted.slice(1, -1).replace(/\\([\\"nrt])/g, (_, escaped: string) => controls.get(escaped) ?? escaped);
}

/** Parses texts separated by commas, up to a closing parenthesis. */
export function parseTexts(cursor: Cursor): readonly string[] {
  const values = [parseText(cursor)];
  while (matchMark(cursor, ",")) {
    values.push(parseText(cursor));
  }
  expectMark(cursor, ")");
  return values;
}

/** Reads a punctuation mark where it is next. */
export function matchMark(cursor: Cursor, mark: string): boolean {
  skipSpace(cursor);
  const found = cursor.text[cursor.at] === mark;
  cursor.at += found ? 1 : 0;
  return found;
}

export function expectMark(cursor: Cursor, mark: string): void {
  if (!matchMark(cursor, mark)) {
    throw unsupported(`expected "${mark}", found ${describeNext(cursor)}`, cursor.at);
  }
}
