/** Lines of a byte stream, cut on newline bytes; each chunk is cut in one go, without a stream stage per line. */

export interface Line {
  readonly bytes: Buffer;
  /** Bytes before the line in the input. */
  readonly offset: number;
  /** 1-based. */
  readonly number: number;
  /** The line was longer than the limit: `bytes` is empty, `length` says how long it was as far as it was seen. */
  readonly tooLong?: { readonly length: number };
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Yields the lines of each chunk together. Empty lines are left out but counted. Memory is bounded by `maxLineBytes`. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<readonly Line[]> {
  let parts: Buffer[] = [];
  let held = 0;
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
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    while (start < buffer.length) {
      const newline = buffer.indexOf(NEWLINE, start);
      const end = newline < 0 ? buffer.length : newline;
      const piece = buffer.subarray(start, end);
      lineLength += piece.length;
      if (newline < 0) {
        if (lineLength > maxLineBytes) {
          parts = [];
          held = 0;
        } else {
          parts.push(Buffer.from(piece));
          held += piece.length;
        }
        break;
      }
      if (lineLength > maxLineBytes) {
        push(lines, undefined);
      } else {
        push(lines, held === 0 ? piece : Buffer.concat([...parts, piece]));
      }
      parts = [];
      held = 0;
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
