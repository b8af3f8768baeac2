import { asBuffer } from "../byte-stream.ts";

/** A line of a byte stream, without its line ending. */
export interface Line {
  readonly bytes: Buffer;
  /** Bytes before the line in the input. */
  readonly offset: number;
  /** 1-based. */
  readonly number: number;
  /** Set when the line exceeds the limit; `bytes` is empty then. */
  readonly tooLong?: { readonly length: number };
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Yields the lines of each chunk together: one step of the stream per chunk, not per line. Empty lines are counted but
 * not yielded. Memory is bounded by `maxLineBytes` and one chunk.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<readonly Line[]> {
  /** The beginning of the current line, from earlier chunks. */
  let parts: Buffer[] = [];
  let lineLength = 0;
  let offset = 0;
  let number = 1;
  const push = (lines: Line[], bytes: Buffer | undefined): void => {
    if (bytes === undefined) {
      lines.push({ bytes: Buffer.alloc(0), offset, number, tooLong: { length: lineLength } });
    } else {
      const end = bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
      if (end > 0) {
        lines.push({ bytes: end === bytes.length ? bytes : bytes.subarray(0, end), offset, number });
      }
    }
  };
  for await (const chunk of chunks) {
    const buffer = asBuffer(chunk);
    const lines: Line[] = [];
    let start = 0;
    while (start < buffer.length) {
      const newline = buffer.indexOf(NEWLINE, start);
      const end = newline < 0 ? buffer.length : newline;
      const piece = buffer.subarray(start, end);
      lineLength += piece.length;
      const tooLong = lineLength > maxLineBytes;
      if (newline < 0) {
        if (tooLong) {
          parts = [];
        } else {
          parts.push(Buffer.from(piece));
        }
        break;
      }
      push(lines, tooLong ? undefined : parts.length === 0 ? piece : Buffer.concat([...parts, piece]));
      parts = [];
      offset += lineLength + 1;
      lineLength = 0;
      number += 1;
      start = newline + 1;
    }
    if (lines.length > 0) {
      yield lines;
    }
  }
  if (lineLength > 0) {
    const lines: Line[] = [];
    push(lines, lineLength > maxLineBytes ? undefined : Buffer.concat(parts));
    yield lines;
  }
}
