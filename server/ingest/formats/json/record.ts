import type { FormatItem } from "../../record.ts";
import { type RecordLocation, rejectedRecord } from "../problem.ts";
import { isObject } from "./json-object.ts";
import { shapeOf, shapes } from "./shapes.ts";

/** The text of one JSON value as an item; the text is kept as the original record. */
export function readJsonRecord(text: string, at: RecordLocation): FormatItem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return rejectedRecord("json.syntax", `not valid JSON: ${syntaxError(error)}`, at);
  }
  const item = isObject(value) ? shapeOf(value)?.read(value, { offset: at.offset, original: text }) : undefined;
  return item ?? rejectedRecord("record.unknown-shape", unknownShape, at);
}

const unknownShape = `not an event of a known shape; known are ${shapes
  .map(({ name, requires }) => `${name} (needs ${requires})`)
  .join(", ")}`;

/** The parser's message without its excerpt of the log. */
function syntaxError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const excerpt = message.search(/, (?:\.\.\.)?"/);
  return excerpt < 0 ? message : message.slice(0, excerpt);
}
