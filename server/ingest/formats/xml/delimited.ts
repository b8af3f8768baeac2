import { asBuffer } from "../../byte-stream.ts";

/** A stretch of a byte stream up to and including a delimiter, or up to the end of the stream. */
export interface DelimitedPart {
  readonly bytes: Buffer;
  /** Bytes before the part in the input. */
  readonly offset: number;
  /** 1-based line on which it begins. */
  readonly line: number;
  /** Whether it ends with the delimiter; only the last part may not. */
  readonly complete: boolean;
  /** Set when the part exceeds the limit; `bytes` holds only its beginning then. */
  readonly tooLong?: { readonly length: number };
}

const NEWLINE = 0x0a;
/** Bytes kept of a part that is too long. */
const KEPT_BYTES = 4096;

/** Splits a stream after every delimiter. Memory is bounded by `maxBytes` and one chunk; time is linear. */
export async function* splitAfter(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: Buffer,
  maxBytes: number,
): AsyncGenerator<readonly DelimitedPart[]> {
  const current = new PartBuilder(maxBytes);
  /** The last bytes of the part so far: a delimiter may span two chunks. */
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const buffer = asBuffer(chunk);
    const searched = tail.length === 0 ? buffer : Buffer.concat([tail, buffer]);
    const before = searched.length - buffer.length;
    const parts: DelimitedPart[] = [];
    let start = before;
    for (let found = searched.indexOf(delimiter); found >= 0; found = searched.indexOf(delimiter, start)) {
      current.add(searched.subarray(start, found + delimiter.length));
      parts.push(current.finish(true));
      start = found + delimiter.length;
    }
    current.add(searched.subarray(start));
    const keepFrom = Math.max(start === before ? 0 : start, searched.length - delimiter.length + 1);
    tail = Buffer.from(searched.subarray(keepFrom));
    if (parts.length > 0) {
      yield parts;
    }
  }
  if (current.length > 0) {
    yield [current.finish(false)];
  }
}

/** Collects the bytes of one part after the other, and counts bytes and lines. */
class PartBuilder {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #offset = 0;
  #line = 1;
  #newlines = 0;
  /** Bytes of the current part, including those not kept. */
  length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(bytes: Buffer): void {
    const room = Math.max(0, this.#maxBytes - this.length);
    this.length += bytes.length;
    this.#newlines += newlinesIn(bytes);
    if (room > 0) {
      this.#pieces.push(Buffer.from(bytes.subarray(0, room)));
    }
    if (this.length > this.#maxBytes && this.#pieces.length > 0) {
      this.#pieces = [Buffer.concat(this.#pieces).subarray(0, KEPT_BYTES)];
    }
  }

  finish(complete: boolean): DelimitedPart {
    const { length } = this;
    const part: DelimitedPart = {
      bytes: Buffer.concat(this.#pieces),
      offset: this.#offset,
      line: this.#line,
      complete,
      tooLong: length > this.#maxBytes ? { length } : undefined,
    };
    this.#offset += length;
    this.#line += this.#newlines;
    this.#pieces = [];
    this.#newlines = 0;
    this.length = 0;
    return part;
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    count++;
  }
  return count;
}
