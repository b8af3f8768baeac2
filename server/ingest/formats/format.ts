import type { FormatItem, Input } from "../record.ts";

/**
 * A file format. A new one is a file with such a record, a line in `registry.ts` and a sample in `registry.test.ts`:
 * see docs/adding-a-format.md.
 */
export interface Format {
  /** Short and unique, for tests and the code. */
  readonly name: string;
  /** For people: completes "unknown format; supported are …". */
  readonly label: string;
  /** Whether a file that begins so is of this format. Names and extensions are not considered. */
  looksLike(head: FileHead): boolean;
  /**
   * The records in the order of the file, in batches, and a problem for everything that cannot be read. Invalid bytes
   * never throw; only failing `input.chunks` do.
   */
  read(input: Input, options: FormatOptions): AsyncIterable<readonly FormatItem[]>;
}

/** The first `HEAD_BYTES` of a file, or all of a shorter one. */
export interface FileHead {
  readonly bytes: Buffer;
  /** The same as Latin-1, without a UTF-8 byte order mark. */
  readonly text: string;
}

export interface FormatOptions {
  /** Longest single text record in bytes. */
  readonly maxRecordBytes: number;
  /** What begins before this offset was read earlier: a format need not parse it, and may yield it all the same. */
  readonly from?: number;
}
