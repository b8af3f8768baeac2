/**
 * Windows event log files (EVTX) as a stream of Windows events: a file header of 4 KiB, then chunks of 64 KiB that stand on
 * their own. One chunk is in memory at a time. Layout after the libevtx format description.
 */
import { crc32 } from "node:zlib";
import type { FormatItem, Input } from "../../record.ts";
import { bytesOf } from "./bytes.ts";
import { ChunkReader, chunkSize, isChunk, looksLikeChunk, readChunk } from "./chunk.ts";
import { type EvtxProblemCode, evtxProblem } from "./damage.ts";

const fileMagic = "ElfFile\0";
const fileHeader = 4096;
/** Bytes of the header that mean something; the rest of its 4 KiB is empty. */
const headerFields = 128;
/** Where the header tells how many chunks follow. */
const chunkCount = 42;

/** Whether a file that begins so is an event log. */
export function looksLikeEvtx(start: Uint8Array): boolean {
  return (
    start.length >= fileMagic.length &&
    Buffer.from(start.subarray(0, fileMagic.length)).toString("latin1") === fileMagic
  );
}

export interface EvtxOptions {
  /**
   * What to do with a chunk that has damage in the midst of its records. `stop` (the default) keeps the records before it
   * and says how many whole ones are behind; `resume` reads those too. Their order and number can no longer be vouched for.
   */
  readonly behindDamage?: "stop" | "resume";
}

/**
 * The records of an event log in batches of one chunk, in the order of the file, and the problems of the file with the
 * offset of each. Bad bytes never throw; only a failing `chunks` does. Every block of 64 KiB is looked at: the chunk count of
 * the header is stale where the log was not closed, and then too low, so that a file with fewer blocks has lost some.
 */
export async function* readEvtx(
  input: Pick<Input, "name" | "chunks">,
  options: EvtxOptions = {},
): AsyncIterable<readonly FormatItem[]> {
  const walk = new BlockWalk(input.name, options.behindDamage === "resume");
  // The file header is one block, everything after it are blocks of chunk size. A block is filled, read and let go.
  let block = Buffer.alloc(fileHeader);
  let filled = 0;
  for await (const piece of input.chunks) {
    let taken = 0;
    while (taken < piece.length) {
      const part = piece.subarray(taken, taken + block.length - filled);
      block.set(part, filled);
      filled += part.length;
      taken += part.length;
      if (filled < block.length) break;
      const items = walk.block(block, filled);
      if (items.length > 0) yield items;
      block = Buffer.alloc(chunkSize);
      filled = 0;
    }
  }
  const items = [...(filled > 0 ? walk.block(block, filled) : []), ...walk.finish()];
  if (items.length > 0) yield items;
}

/** Reads block after block and remembers runs of blocks that are no chunks. */
class BlockWalk {
  readonly #file: string;
  readonly #resume: boolean;
  readonly #chunks = new ChunkReader();
  #offset = 0;
  #checksums = true;
  /** Chunks that the header tells of. */
  #told = 0;
  /** Whether the last chunk said itself that the file ends within it. */
  #cutTold = false;
  #run: { readonly offset: number; blocks: number; foreign: number } | undefined;

  constructor(file: string, resume: boolean) {
    this.#file = file;
    this.#resume = resume;
  }

  block(buffer: Buffer, length: number): readonly FormatItem[] {
    const offset = this.#offset;
    this.#offset += length;
    if (offset === 0) return this.#header(buffer, length);
    const bytes = bytesOf(buffer, length);
    const whole = isChunk(bytes);
    if (!whole && !looksLikeChunk(bytes)) {
      this.#run ??= { offset, blocks: 0, foreign: 0 };
      this.#run.blocks += 1;
      if (!isZero(buffer)) this.#run.foreign += 1;
      return [];
    }
    const items: FormatItem[] = [...this.#skipped()];
    if (!whole) {
      items.push(
        this.#problem("evtx.chunk", "warning", offset, "a chunk has lost its signature but still has records"),
      );
    }
    const place = { file: this.#file, offset, checksums: this.#checksums, resume: this.#resume };
    const read = readChunk(this.#chunks, bytes, place);
    this.#cutTold = length < chunkSize && read.some((item) => item.kind === "problem" && item.severity === "rejected");
    return items.length === 0 ? read : [...items, ...read];
  }

  /** What is left to say at the end of the file. Empty blocks at the end are space that was set aside. */
  finish(): readonly FormatItem[] {
    if (this.#offset === 0) return [this.#problem("evtx.truncated", "rejected", 0, "the file is empty")];
    const blocks = (this.#offset - fileHeader) / chunkSize;
    // What is cut behind the last record of the last chunk has lost nothing.
    const whole = this.#run === undefined ? Math.ceil(blocks) : Math.floor(blocks);
    const skipped = this.#run !== undefined && this.#run.foreign > 0 ? this.#skipped() : [];
    if (whole >= this.#told || this.#cutTold) return skipped;
    const message = `the file ends after ${whole} of the ${this.#told} chunks that its header tells of`;
    return [...skipped, this.#problem("evtx.truncated", "rejected", this.#offset, message)];
  }

  #header(buffer: Buffer, length: number): readonly FormatItem[] {
    if (!looksLikeEvtx(buffer)) {
      return [
        this.#problem("evtx.header", "rejected", 0, "the file does not begin with the header of a Windows event log"),
      ];
    }
    if (length < fileHeader) {
      return [this.#problem("evtx.truncated", "rejected", length, "the file ends inside its header")];
    }
    this.#told = buffer.readUInt16LE(chunkCount);
    // Flag 4: the log was written without checksums.
    this.#checksums = (buffer.readUInt32LE(headerFields - 8) & 4) === 0;
    const right = crc32(buffer.subarray(0, headerFields - 8)) === buffer.readUInt32LE(headerFields - 4);
    if (right || !this.#checksums) return [];
    return [this.#problem("evtx.checksum", "warning", 0, "the checksum of the file header is wrong")];
  }

  #skipped(): readonly FormatItem[] {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return [];
    const what = run.foreign === 0 ? "empty" : "no chunks";
    const blocks = run.blocks === 1 ? "1 block of 64 KiB is" : `${run.blocks} blocks of 64 KiB are`;
    const message = `${blocks} ${run.blocks === 1 && run.foreign > 0 ? "no chunk" : what} and skipped`;
    return [this.#problem("evtx.block", "warning", run.offset, message)];
  }

  #problem(code: EvtxProblemCode, severity: "rejected" | "warning", offset: number, message: string): FormatItem {
    return evtxProblem(code, severity, { file: this.#file, offset }, message);
  }
}

const emptyBlock = Buffer.alloc(chunkSize);

function isZero(block: Buffer): boolean {
  return block.equals(emptyBlock);
}
