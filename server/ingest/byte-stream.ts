/** Byte streams as async iterables of chunks. */

/** The first bytes of a stream, and the whole stream including them. */
export interface Peeked {
  readonly head: Buffer;
  readonly chunks: AsyncGenerator<Buffer>;
}

/** Reads until `size` bytes are available or the stream ends. */
export async function peek(chunks: AsyncIterable<Uint8Array>, size: number): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (length < size && !ended) {
    const next = await iterator.next();
    if (next.done === true) {
      ended = true;
    } else {
      const part = asBuffer(next.value);
      parts.push(part);
      length += part.length;
    }
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* parts;
      while (!ended) {
        const next = await iterator.next();
        if (next.done === true) {
          ended = true;
          return;
        }
        yield asBuffer(next.value);
      }
    } finally {
      if (!ended) {
        await iterator.return?.();
      }
    }
  }
  return { head: parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts), chunks: all() };
}

/** The same bytes as a `Buffer`, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A whole stream in memory. The caller must bound its size. */
export async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) {
    parts.push(asBuffer(chunk));
  }
  return Buffer.concat(parts);
}
