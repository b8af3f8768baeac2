/**
 * The bytes of one chunk with a view for numbers. Every reader checks its bounds against `length` before it reads, so
 * that an invalid size leads to `undefined` and never to an exception.
 */
export interface Bytes {
  readonly buffer: Buffer;
  readonly view: DataView;
  /** How much of the buffer was in the file: less than the chunk's 64 KiB when the file is truncated. */
  readonly length: number;
}

export function bytesOf(buffer: Buffer, length: number = buffer.length): Bytes {
  return { buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength), length };
}
