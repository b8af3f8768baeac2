import type { FormatItem } from "../record.ts";
import { type JsonLimits, parseRecord, rejected } from "./ndjson.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * JSON objects that span lines: the elements of one array, or objects one after the other. They are found by counting
 * braces outside strings, so a file of any size is read element by element.
 */
export async function* readJsonValues(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: JsonLimits,
): AsyncGenerator<readonly FormatItem[]> {
  let depth = 0;
  let inString = false;
  let escaped = false;
  /** Bytes of the open element from earlier chunks. */
  let parts: Buffer[] = [];
  let held = 0;
  let tooLong = false;
  let elementAt = 0;
  let position = 0;
  let stray: number | undefined;
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const items: FormatItem[] = [];
    let start = 0;
    for (let at = 0; at < buffer.length; at += 1) {
      const byte = buffer[at];
      if (inString) {
        if (escaped) {
          escaped = false;
        } else if (byte === BACKSLASH) {
          escaped = true;
        } else if (byte === QUOTE) {
          inString = false;
        }
      } else if (byte === QUOTE) {
        inString = depth > 0;
        stray ??= depth > 0 ? undefined : position + at;
      } else if (byte === OPEN) {
        if (depth === 0) {
          start = at;
          elementAt = position + at;
        }
        depth += 1;
      } else if (byte === CLOSE && depth > 0) {
        depth -= 1;
        if (depth === 0) {
          const piece = buffer.subarray(start, at + 1);
          const place = { file, offset: elementAt };
          if (tooLong || held + piece.length > limits.maxRecordBytes) {
            items.push(
              rejected(
                "json.too-long",
                `the element is longer than the limit of ${limits.maxRecordBytes} bytes`,
                place,
              ),
            );
          } else {
            items.push(parseRecord((held === 0 ? piece : Buffer.concat([...parts, piece])).toString("utf8"), place));
          }
          parts = [];
          held = 0;
          tooLong = false;
        }
      }
    }
    if (depth > 0) {
      const piece = buffer.subarray(start);
      held += piece.length;
      if (tooLong || held > limits.maxRecordBytes) {
        tooLong = true;
        parts = [];
      } else {
        parts.push(Buffer.from(piece));
      }
    }
    position += buffer.length;
    if (items.length > 0) {
      yield items;
    }
  }
  if (depth > 0) {
    yield [rejected("json.truncated", "the file ends inside this element", { file, offset: elementAt })];
  }
  if (stray !== undefined) {
    yield [rejected("json.syntax", "text between the elements", { file, offset: stray })];
  }
}
