/**
 * Windows event log files (EVTX) as a stream of Windows events: a file header of 4 KiB, then self-contained chunks of
 * 64 KiB. One chunk is in memory at a time. The layout follows the libevtx format description.
 */
import { crc32 } from "node:zlib";
import type { FormatItem, Input } from "../../record.ts";
import { bytesOf } from "./bytes.ts";
import { chunkSize, FileCaches, isChunk, looksLikeChunk, readChunk } from "./chunk.ts";
import { type EvtxProblemCode, evtxProblem } from "./problem.ts";

const fileMagic = "ElfFile\0";
const fileHeader = 4096;
/** Bytes of the header in use; the rest of its 4 KiB is empty. */
const headerFields = 128;
/** Offset in the header of the number of chunks. */
const chunkCount = 42;

/** Whether a file that begins with these bytes is an event log. */
export function isEvtx(start: Uint8Array): boolean {
  return (
    start.length >= fileMagic.length &&
    Buffer.from(start.subarray(0, fileMagic.length)).toString("latin1") === fileMagic
  );
}

export interface EvtxOptions {
  /**
   * What to do with a chunk damaged in the middle of its records. `stop` (the default) keeps the records before the
   * damage and reports how many complete ones follow. `resume` reads those too, but their order and number are not
   * reliable.
   */
  readonly afterDamage?: "stop" | "resume";
  /** Chunks that end before this offset were read earlier, and are not read again. */
  readonly from?: number;
}

/**
 * The records of an event log in batches of one chunk, in the order of the file, and its problems with their offsets.
 * Invalid bytes never throw; only a failing `chunks` does. Every block of 64 KiB is examined: the chunk count in the
 * header is stale, and then too low, when the log was not closed. A file with fewer blocks than that has lost some.
 */
export async function* readEvtx(
  input: Pick<Input, "name" | "chunks">,
  options: EvtxOptions = {},
): AsyncIterable<readonly FormatItem[]> {
  const reader = new BlockReader(input.name, options);
  // The file header is one block, every following block has the size of a chunk. A block is filled, read and released.
  let block = Buffer.alloc(fileHeader);
  let filled = 0;
  for await (const piece of input.chunks) {
    let used = 0;
    while (used < piece.length) {
      const part = piece.subarray(used, used + block.length - filled);
      block.set(part, filled);
      filled += part.length;
      used += part.length;
      if (filled < block.length) break;
      const items = reader.block(block, filled);
      if (items.length > 0) yield items;
      block = Buffer.alloc(chunkSize);
      filled = 0;
    }
  }
  const items = [...(filled > 0 ? reader.block(block, filled) : []), ...reader.finish()];
  if (items.length > 0) yield items;
}

/** Reads block after block and keeps track of runs of blocks that are not chunks. */
class BlockReader {
  readonly #file: string;
  readonly #resume: boolean;
  readonly #from: number;
  readonly #caches = new FileCaches();
  #offset = 0;
  #checksums = true;
  /** Number of chunks according to the header. */
  #statedChunks = 0;
  /** Whether the last chunk already reported that the file ends inside it. */
  #truncationReported = false;
  #skippedRun: { readonly offset: number; blocks: number; nonEmpty: number } | undefined;

  constructor(file: string, { afterDamage, from = 0 }: EvtxOptions) {
    this.#file = file;
    this.#resume = afterDamage === "resume";
    this.#from = from;
  }

  block(buffer: Buffer, length: number): readonly FormatItem[] {
    const offset = this.#offset;
    this.#offset += length;
    if (offset === 0) return this.#header(buffer, length);
    const bytes = bytesOf(buffer, length);
    const hasSignature = isChunk(bytes);
    if (!hasSignature && !looksLikeChunk(bytes)) {
      this.#skippedRun ??= { offset, blocks: 0, nonEmpty: 0 };
      this.#skippedRun.blocks += 1;
      if (!isZero(buffer)) this.#skippedRun.nonEmpty += 1;
      return [];
    }
    const items: FormatItem[] = [...this.#endSkippedRun()];
    if (offset + length <= this.#from) return [];
    if (!hasSignature) {
      items.push(this.#problem("evtx.chunk", "warning", offset, "a chunk has no signature but still contains records"));
    }
    const place = { file: this.#file, offset, checksums: this.#checksums, resume: this.#resume };
    const records = readChunk(this.#caches, bytes, place);
    this.#truncationReported =
      length < chunkSize && records.some((item) => item.kind === "problem" && item.severity === "rejected");
    return items.length === 0 ? records : [...items, ...records];
  }

  /** Problems known only at the end of the file. Empty blocks at the end are preallocated space. */
  finish(): readonly FormatItem[] {
    if (this.#offset === 0) return [this.#problem("evtx.truncated", "rejected", 0, "the file is empty")];
    const blocks = (this.#offset - fileHeader) / chunkSize;
    // A last chunk truncated after its last record has lost nothing.
    const found = this.#skippedRun === undefined ? Math.ceil(blocks) : Math.floor(blocks);
    const skipped = this.#skippedRun !== undefined && this.#skippedRun.nonEmpty > 0 ? this.#endSkippedRun() : [];
    if (found >= this.#statedChunks || this.#truncationReported) return skipped;
    const message = `the file ends after ${found} of the ${this.#statedChunks} chunks stated in its header`;
    return [...skipped, this.#problem("evtx.truncated", "rejected", this.#offset, message)];
  }

  #header(buffer: Buffer, length: number): readonly FormatItem[] {
    if (!isEvtx(buffer)) {
      return [this.#problem("evtx.header", "rejected", 0, "the file has no event log header")];
    }
    if (length < fileHeader) {
      return [this.#problem("evtx.truncated", "rejected", length, "the file ends inside its header")];
    }
    this.#statedChunks = buffer.readUInt16LE(chunkCount);
    // Flag 4: the log was written without checksums.
    this.#checksums = (buffer.readUInt32LE(headerFields - 8) & 4) === 0;
    const valid = crc32(buffer.subarray(0, headerFields - 8)) === buffer.readUInt32LE(headerFields - 4);
    if (valid || !this.#checksums) return [];
    return [this.#problem("evtx.checksum", "warning", 0, "the checksum of the file header is wrong")];
  }

  #endSkippedRun(): readonly FormatItem[] {
    const run = this.#skippedRun;
    this.#skippedRun = undefined;
    if (run === undefined) return [];
    const subject = run.blocks === 1 ? "1 block of 64 KiB was" : `${run.blocks} blocks of 64 KiB were`;
    const reason = run.nonEmpty === 0 ? "empty" : run.blocks === 1 ? "not a chunk" : "not chunks";
    return [this.#problem("evtx.block", "warning", run.offset, `${subject} skipped: ${reason}`)];
  }

  #problem(code: EvtxProblemCode, severity: "rejected" | "warning", offset: number, message: string): FormatItem {
    return evtxProblem(code, severity, { file: this.#file, offset }, message);
  }
}

const emptyBlock = Buffer.alloc(chunkSize);

function isZero(block: Buffer): boolean {
  return block.equals(emptyBlock);
}
