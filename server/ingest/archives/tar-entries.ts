/** The entries of a tar stream: ustar, GNU long names, pax paths and sizes. */

export interface TarEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
  readonly size: number;
  /** Bytes before the entry's header. */
  readonly offset: number;
  /** Must be read, or abandoned, before the next entry is requested. */
  readonly chunks: AsyncGenerator<Buffer>;
}

const BLOCK = 512;
const MAX_NAME_BYTES = 1024 * 1024;

/** Whether the first block of a stream is a tar header, judged by its checksum. */
export function isTarHeader(head: Uint8Array): boolean {
  return head.length >= BLOCK && checksumMatches(head.subarray(0, BLOCK)) && head[0] !== 0;
}

/** Type flags of headers that describe the entry after them. */
const GNU_LONG_NAME = "L";
const PAX = "x";
const PAX_GLOBAL = "g";

/**
 * The entries of a tar stream. `report` receives what is wrong: a stream that ends early or an invalid header.
 * Everything before that place is yielded.
 */
export async function* readTar(
  chunks: AsyncIterable<Buffer>,
  report: (reason: string, offset: number) => void,
): AsyncGenerator<TarEntry> {
  const reader = new BlockReader(chunks);
  let longName: string | undefined;
  let pax: ReadonlyMap<string, string> = new Map();
  try {
    for (;;) {
      const offset = reader.position;
      const header = await reader.exactly(BLOCK);
      if (header === undefined) {
        report(reader.position === offset ? "the tar has no end marker" : "the tar ends inside a header", offset);
        return;
      }
      if (header.every((byte) => byte === 0)) {
        // Reading to the end of the stream lets the surrounding compression layer check its trailer.
        await reader.skip(Number.POSITIVE_INFINITY);
        return;
      }
      const size = Number(pax.get("size") ?? readNumber(header, 124, 12));
      const invalid = headerFault(header, size);
      if (invalid !== undefined) {
        report(invalid, offset);
        return;
      }
      const type = typeOf(header);
      if (type === GNU_LONG_NAME || type === PAX || type === PAX_GLOBAL) {
        const body = size <= MAX_NAME_BYTES ? await reader.exactly(size) : undefined;
        if (body === undefined) {
          report("the tar ends inside a long name", offset);
          return;
        }
        await reader.skip(padding(size));
        longName = type === GNU_LONG_NAME ? readText(body, 0, body.length) : longName;
        pax = type === PAX ? readPax(body) : pax;
        continue;
      }
      const name = pax.get("path") ?? longName ?? headerName(header);
      longName = undefined;
      pax = new Map();
      const end = reader.position + size;
      yield { name, kind: kindOf(type), size, offset, chunks: reader.until(end) };
      await reader.skip(end - reader.position);
      if (reader.position < end) {
        report(`the tar ends inside ${name}`, reader.position);
        return;
      }
      await reader.skip(padding(size));
    }
  } finally {
    await reader.close();
  }
}

function headerFault(header: Buffer, size: number): string | undefined {
  if (!checksumMatches(header)) {
    return "a tar header is damaged and nothing after it can be read";
  }
  return Number.isSafeInteger(size) && size >= 0 ? undefined : "a tar header has no valid size";
}

function typeOf(header: Buffer): string {
  return String.fromCharCode(header[156] ?? 0);
}

function kindOf(type: string): TarEntry["kind"] {
  if (type === "5") {
    return "directory";
  }
  return type === "0" || type === "\0" || type === "7" ? "file" : "other";
}

/** Reads a stream in pieces of requested sizes. */
class BlockReader {
  readonly #iterator: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  /** Bytes read so far. */
  position = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** The next available bytes, at most `limit`; `undefined` at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0 && !this.#ended) {
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#ended = true;
      } else {
        this.#held = next.value;
      }
    }
    if (this.#held.length === 0 || limit <= 0) {
      return undefined;
    }
    const piece = this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(piece.length);
    this.position += piece.length;
    return piece;
  }

  /** `undefined` when the stream ends before. */
  async exactly(size: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = size;
    while (missing > 0) {
      const piece = await this.some(missing);
      if (piece === undefined) {
        return undefined;
      }
      parts.push(piece);
      missing -= piece.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** Everything up to the position `end`. */
  async *until(end: number): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = await this.some(end - this.position);
      if (piece === undefined) {
        return;
      }
      yield piece;
    }
  }

  async skip(size: number): Promise<void> {
    const end = this.position + size;
    while (this.position < end && (await this.some(end - this.position)) !== undefined) {
      // Skipped bytes are discarded.
    }
  }

  async close(): Promise<void> {
    if (!this.#ended) {
      await this.#iterator.return?.();
    }
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function readText(bytes: Uint8Array, start: number, length: number): string {
  const field = Buffer.from(bytes.buffer, bytes.byteOffset + start, length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? length : end);
}

/** Octal text, or GNU's base-256 encoding for large sizes. */
function readNumber(header: Uint8Array, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) !== 0) {
    let value = (header[start] ?? 0) & 0x7f;
    for (let at = start + 1; at < start + length; at += 1) {
      value = value * 256 + (header[at] ?? 0);
    }
    return value;
  }
  const text = readText(header, start, length).trim();
  return text === "" ? 0 : Number.parseInt(text, 8);
}

function headerName(header: Uint8Array): string {
  const name = readText(header, 0, 100);
  const prefix = readText(header, 257, 5) === "ustar" ? readText(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function checksumMatches(header: Uint8Array): boolean {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0);
  }
  return sum === readNumber(header, 148, 8);
}

/** pax records: `LENGTH NAME=VALUE\n`, where the length includes the record itself. */
function readPax(body: Buffer): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let at = 0;
  while (at < body.length) {
    const blank = body.indexOf(0x20, at);
    const length = Number(body.toString("latin1", at, blank));
    if (blank < 0 || !Number.isInteger(length) || length <= 0) {
      break;
    }
    const record = body.toString("utf8", blank + 1, at + length - 1);
    const equals = record.indexOf("=");
    values.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return values;
}
