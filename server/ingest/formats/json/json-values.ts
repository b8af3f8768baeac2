import { asBuffer } from "../../byte-stream.ts";
import type { FormatItem } from "../../record.ts";
import type { Format } from "../format.ts";
import { type RecordLocation, rejectedRecord } from "../problem.ts";
import { RecordText } from "../record-text.ts";
import { readJsonRecord } from "./record.ts";

/** JSON objects that span lines: the elements of one array, or objects one after the other. */
export const jsonValues: Format = {
  name: "json",
  label: "JSON (an array or indented objects)",
  // An object that continues on the next line is one of several written over many lines.
  looksLike: ({ text }) => /^\s*(?:\{[ \t]*\r?\n|\[\s*(?:[{\]]|$))/.test(text),
  read: async function* ({ name, chunks }, { maxRecordBytes, from = 0 }) {
    const elements = new ElementReader(name, maxRecordBytes, from);
    for await (const chunk of chunks) {
      const items = elements.read(asBuffer(chunk));
      if (items.length > 0) {
        yield items;
      }
    }
    for (const item of elements.finish()) {
      yield [item];
    }
  },
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Finds elements by counting braces outside strings, so that a file of any size is read element by element. */
class ElementReader {
  readonly #file: string;
  readonly #text: RecordText;
  readonly #maxBytes: number;
  readonly #from: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The beginning of the open element, from earlier chunks. */
  #parts: Buffer[] = [];
  #partsLength = 0;
  /** Offset of the open element in the file. */
  #elementAt = 0;
  /** Offset of the current chunk in the file. */
  #position = 0;
  /** Offset of the first text outside the elements. */
  #stray: number | undefined;

  constructor(file: string, maxBytes: number, from: number) {
    this.#file = file;
    this.#text = new RecordText(file);
    this.#maxBytes = maxBytes;
    this.#from = from;
  }

  /** The elements that end in this chunk. */
  read(chunk: Buffer): readonly FormatItem[] {
    const items: FormatItem[] = [];
    // Local copies: this loop runs once per byte.
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
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
        this.#stray ??= depth > 0 ? undefined : this.#position + at;
      } else if (byte === OPEN) {
        if (depth === 0) {
          start = at;
          this.#elementAt = this.#position + at;
        }
        depth += 1;
      } else if (byte === CLOSE && depth > 0) {
        depth -= 1;
        if (depth === 0) {
          items.push(...this.#element(chunk.subarray(start, at + 1)));
        }
      }
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    if (depth > 0) {
      this.#keep(chunk.subarray(start));
    }
    this.#position += chunk.length;
    return items;
  }

  finish(): readonly FormatItem[] {
    const items: FormatItem[] = [];
    if (this.#depth > 0) {
      items.push(
        rejectedRecord("json.truncated", "the file ends inside this element", this.#location(this.#elementAt)),
      );
    }
    if (this.#stray !== undefined) {
      items.push(rejectedRecord("json.syntax", "text between the elements", this.#location(this.#stray)));
    }
    return [...items, ...this.#text.notices()];
  }

  /** The element whose last bytes are `end`; nothing if it was read earlier. */
  #element(end: Buffer): readonly FormatItem[] {
    const at = this.#location(this.#elementAt);
    const length = this.#partsLength + end.length;
    const bytes = this.#partsLength === 0 ? end : Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#partsLength = 0;
    if (this.#elementAt < this.#from) {
      this.#text.skip(bytes);
      return [];
    }
    return length > this.#maxBytes
      ? [rejectedRecord("json.too-long", `the element is longer than the limit of ${this.#maxBytes} bytes`, at)]
      : [readJsonRecord(this.#text.decode(bytes), at)];
  }

  /** Only counts bytes beyond the limit. */
  #keep(piece: Buffer): void {
    this.#partsLength += piece.length;
    if (this.#partsLength > this.#maxBytes) {
      this.#parts = [];
    } else {
      this.#parts.push(Buffer.from(piece));
    }
  }

  #location(offset: number): RecordLocation {
    return { file: this.#file, offset };
  }
}
