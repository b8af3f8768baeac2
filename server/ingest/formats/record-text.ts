import { isUtf8 } from "node:buffer";
import { encodingWarning } from "../issue.ts";
import type { FormatItem } from "../record.ts";

const windows1252 = new TextDecoder("windows-1252");
const REPLACEMENT = "\ufffd";

/** Decodes the records of one file, and counts those that are not UTF-8. */
export class RecordText {
  readonly #file: string;
  #otherEncoding = 0;
  #replaced = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * The text of a record. One that is not valid UTF-8 is read as Windows-1252, of which Latin-1 is a part; if other
   * characters of it are UTF-8, it is damaged, and what is invalid is replaced.
   */
  decode(bytes: Buffer, start = 0): string {
    const text = bytes.toString("utf8", start);
    // Valid text may contain the replacement character, too.
    if (!text.includes(REPLACEMENT) || isUtf8(bytes)) {
      return text;
    }
    if (/[^\0-\x7f\ufffd]/.test(text)) {
      this.#replaced += 1;
      return text;
    }
    this.#otherEncoding += 1;
    return windows1252.decode(bytes.subarray(start));
  }

  /** Counts a record whose text is not needed, because it was read earlier. */
  skip(bytes: Buffer): void {
    if (!isUtf8(bytes)) {
      this.decode(bytes);
    }
  }

  /** What has to be said about the file once all of it was read. */
  notices(): readonly FormatItem[] {
    const notices: FormatItem[] = [];
    if (this.#otherEncoding > 0) {
      notices.push(this.#notice(`${records(this.#otherEncoding)} not UTF-8, read as Windows-1252`));
    }
    if (this.#replaced > 0) {
      notices.push(this.#notice(`${records(this.#replaced)} not valid UTF-8, invalid bytes replaced`));
    }
    return notices;
  }

  #notice(message: string): FormatItem {
    return { kind: "problem", ...encodingWarning(this.#file, message) };
  }
}

function records(count: number): string {
  return count === 1 ? "1 record is" : `${count} records are`;
}
