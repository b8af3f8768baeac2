import type { FormatItem } from "../../record.ts";
import type { Format, FormatOptions } from "../format.ts";
import { type Line, readLines } from "../lines.ts";
import { rejectedRecord } from "../problem.ts";
import { RecordText } from "../record-text.ts";
import { readJsonRecord } from "./record.ts";

/** One JSON object per line. */
export const ndjson: Format = {
  name: "ndjson",
  label: "NDJSON (one JSON event per line)",
  looksLike: ({ text }) => /^\s*\{/.test(text),
  read: async function* ({ name, chunks }, options) {
    const { from = 0 } = options;
    const text = new RecordText(name);
    for await (const lines of readLines(chunks, options.maxRecordBytes)) {
      const items: FormatItem[] = [];
      for (const line of lines) {
        if (line.offset >= from) {
          items.push(readLine(name, line, text, options));
        } else {
          text.skip(line.bytes);
        }
      }
      yield items;
    }
    yield text.notices();
  },
};

function readLine(file: string, line: Line, text: RecordText, { maxRecordBytes }: FormatOptions): FormatItem {
  const at = { file, line: line.number, offset: line.offset };
  if (line.tooLong !== undefined) {
    return rejectedRecord(
      "json.too-long",
      `the line has ${line.tooLong.length} bytes, the limit is ${maxRecordBytes}`,
      at,
    );
  }
  return readJsonRecord(text.decode(line.bytes, byteOrderMark(line)), at);
}

/** Bytes of the byte order mark, which may precede the first line only. */
function byteOrderMark({ offset, bytes }: Line): number {
  return offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
