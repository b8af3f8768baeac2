/** A stretch of a byte stream up to and with a mark, or to the end of the stream. */
export interface Piece {
  readonly bytes: Buffer;
  /** Bytes before the piece in the input. */
  readonly offset: number;
  /** 1-based line in which it begins. */
  readonly line: number;
  /** False of the last one, when the stream ended without the mark. */
  readonly ended: boolean;
  /** The piece was longer than the limit: `bytes` has only the beginning, `length` says how long it was. */
  readonly tooLong?: { readonly length: number };
}

const NEWLINE = 0x0a;
/** What is kept of a piece that is too long. */
const BEGINNING = 4096;

/** Cuts a stream behind every mark. Memory is bounded by `maxBytes` and one chunk; linear in time. */
export async function* readPieces(
  chunks: AsyncIterable<Uint8Array>,
  mark: Buffer,
  maxBytes: number,
): AsyncGenerator<readonly Piece[]> {
  let parts: Buffer[] = [];
  let length = 0;
  let offset = 0;
  let line = 1;
  let lines = 0;
  /** The last bytes of the piece so far: a mark may stand across two chunks. */
  let tail: Buffer = Buffer.alloc(0);
  const keep = (bytes: Buffer): void => {
    const room = length > maxBytes ? 0 : maxBytes - length;
    length += bytes.length;
    lines += newlinesIn(bytes);
    if (room > 0) {
      parts.push(Buffer.from(bytes.subarray(0, room)));
    }
    if (length > maxBytes && parts.length > 0) {
      parts = [Buffer.concat(parts).subarray(0, BEGINNING)];
    }
  };
  const cut = (ended: boolean): Piece => {
    const bytes = Buffer.concat(parts);
    const piece = { bytes, offset, line, ended, ...(length > maxBytes ? { tooLong: { length } } : {}) };
    offset += length;
    line += lines;
    parts = [];
    length = 0;
    lines = 0;
    return piece;
  };
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const probe = tail.length === 0 ? buffer : Buffer.concat([tail, buffer]);
    const before = probe.length - buffer.length;
    const pieces: Piece[] = [];
    let start = before;
    for (let found = probe.indexOf(mark); found >= 0; found = probe.indexOf(mark, start)) {
      keep(probe.subarray(start, found + mark.length));
      pieces.push(cut(true));
      start = found + mark.length;
    }
    keep(probe.subarray(start));
    tail = Buffer.from(probe.subarray(Math.max(start === before ? 0 : start, probe.length - mark.length + 1)));
    if (pieces.length > 0) {
      yield pieces;
    }
  }
  if (length > 0) {
    yield [cut(false)];
  }
}

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    count++;
  }
  return count;
}
