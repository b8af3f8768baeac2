/** Walks the records of one chunk. */
import { crc32 } from "node:zlib";
import type { WindowsEvent } from "../../../event/windows-event.ts";
import type { FormatItem } from "../../record.ts";
import type { Bytes } from "./bytes.ts";
import { type EvtxProblemCode, evtxProblem } from "./damage.ts";
import { originalOf } from "./original.ts";
import { RecordReader, recordHeader } from "./record-reader.ts";
import { type KnownTemplates, Templates } from "./templates.ts";

export const chunkSize = 0x10000;
/** Bytes before the first record. */
export const chunkHeader = 512;

const chunkMagic = "ElfChnk\0";
const recordMagic = 0x00002a2a;
/** Header, one token and the copy of the size. */
const smallestRecord = recordHeader + 8;

/** What a chunk is read with: caches that live as long as the file. */
export class ChunkReader {
  readonly known: KnownTemplates = new Map();
  readonly records = new RecordReader();
}

/** Where the chunk lies, and whether its checksums mean anything. */
export interface ChunkPlace {
  readonly file: string;
  readonly offset: number;
  readonly checksums: boolean;
  /** Whether to look for more records behind damage in the same chunk. */
  readonly resume: boolean;
}

/** A block that begins as a chunk does, also where the file ends within the magic. */
export function isChunk(bytes: Bytes): boolean {
  const begin = bytes.buffer.toString("latin1", 0, Math.min(bytes.length, chunkMagic.length));
  return begin !== "" && chunkMagic.startsWith(begin);
}

/** A block that lost its magic but still has a record where the first record of a chunk is. */
export function looksLikeChunk(bytes: Bytes): boolean {
  return bytes.length >= chunkHeader + smallestRecord && completeSize(bytes, chunkHeader, bytes.length) !== undefined;
}

/** A record with its original made on demand: most readers never ask for it. */
class WindowsItem {
  readonly kind = "windows";
  readonly event: WindowsEvent;
  readonly offset: number;
  readonly #original: () => unknown;

  constructor(event: WindowsEvent, offset: number, original: () => unknown) {
    this.event = event;
    this.offset = offset;
    this.#original = original;
  }

  get original(): unknown {
    return this.#original();
  }
}

/**
 * The records of a chunk up to its free-space offset, with a problem for every stretch that is no record. What lies behind
 * that offset is left over from earlier use of the chunk and is not looked at.
 */
export function readChunk(reader: ChunkReader, bytes: Bytes, place: ChunkPlace): readonly FormatItem[] {
  const items: FormatItem[] = [];
  const report = (code: EvtxProblemCode, severity: "rejected" | "warning", at: number, message: string) => {
    items.push(evtxProblem(code, severity, { file: place.file, offset: place.offset + at }, message));
  };
  if (bytes.length < chunkHeader) {
    report("evtx.truncated", "rejected", bytes.length, "the file ends inside the header of a chunk");
    return items;
  }
  const templates = new Templates(reader.known);
  const stated = bytes.view.getUint32(48, true);
  const sound = stated >= chunkHeader && stated <= chunkSize;
  if (!sound) report("evtx.chunk", "warning", 48, `the free-space offset ${stated} of the chunk is impossible`);
  const free = sound ? stated : chunkSize;
  const wrong = place.checksums ? wrongChecksums(bytes, free) : [];
  if (wrong.length > 0) {
    report("evtx.checksum", "warning", 0, `the checksum of the chunk's ${wrong.join(" and of its ")} is wrong`);
  }
  const end = Math.min(free, bytes.length);
  let highest = -1;
  let at = chunkHeader;
  while (at < end) {
    const size = completeSize(bytes, at, end);
    if (size === undefined) {
      const next = place.resume ? nextRecord(bytes, at, end, highest) : end;
      const message = damage(bytes, at, next, end, free);
      // Without a free-space offset the records end where the magic does, and only a started record is a loss.
      if (sound || next < end || startsRecord(bytes, at, end)) {
        const behind = place.resume ? 0 : countRecords(bytes, at, end, highest);
        report(
          "evtx.record",
          "rejected",
          at,
          behind === 0 ? message : `${message}, ${behind} whole records among them`,
        );
      }
      at = next;
      continue;
    }
    const stop = at + size - 4;
    const start = at;
    const event = reader.records.read(bytes, templates, start, stop);
    if (typeof event === "string") report("evtx.record", "rejected", start, event);
    else items.push(new WindowsItem(event, place.offset + start, lazyOriginal(bytes, templates, start, stop)));
    highest = recordNumber(bytes, at);
    at += size;
  }
  if (bytes.length < free && at <= bytes.length) {
    const last = items.at(-1);
    const reported = last?.kind === "problem" && last.problem.code === "evtx.record";
    if (!reported)
      report("evtx.truncated", "rejected", bytes.length, "the file ends inside a chunk that has more records");
  }
  return items;
}

function lazyOriginal(bytes: Bytes, templates: Templates, start: number, stop: number): () => unknown {
  return () => originalOf(bytes, templates, start, stop);
}

/** The size of the record at `at` where it is complete: magic, size, and the copy of the size at its end. */
function completeSize(bytes: Bytes, at: number, end: number): number | undefined {
  if (at + smallestRecord > end || bytes.view.getUint32(at, true) !== recordMagic) return undefined;
  const size = bytes.view.getUint32(at + 4, true);
  if (size < smallestRecord || at + size > end) return undefined;
  return bytes.view.getUint32(at + size - 4, true) === size ? size : undefined;
}

function recordNumber(bytes: Bytes, at: number): number {
  return bytes.view.getUint32(at + 12, true) * 0x100000000 + bytes.view.getUint32(at + 8, true);
}

/** The next complete record behind damage. Records left over from earlier use have lower numbers and do not count. */
function nextRecord(bytes: Bytes, from: number, end: number, highest: number): number {
  for (let at = from + 1; at + smallestRecord <= end; at++) {
    if (bytes.buffer[at] !== 0x2a || completeSize(bytes, at, end) === undefined) continue;
    if (recordNumber(bytes, at) > highest) return at;
  }
  return end;
}

function countRecords(bytes: Bytes, from: number, end: number, highest: number): number {
  let count = 0;
  for (let at = nextRecord(bytes, from, end, highest); at < end; at = nextRecord(bytes, at, end, highest)) {
    highest = recordNumber(bytes, at);
    count += 1;
  }
  return count;
}

function startsRecord(bytes: Bytes, at: number, end: number): boolean {
  return at + 4 <= end && bytes.view.getUint32(at, true) === recordMagic;
}

function damage(bytes: Bytes, at: number, next: number, end: number, free: number): string {
  const length = next - at;
  if (next === end && end < free) return `the file ends inside a record; ${length} bytes of it are there`;
  return startsRecord(bytes, at, end)
    ? `a record is only half written: ${length} bytes cannot be read`
    : `${length} bytes that are no record stand where one should begin`;
}

function wrongChecksums(bytes: Bytes, free: number): readonly string[] {
  const wrong: string[] = [];
  const { buffer, view } = bytes;
  // Flag 4 of the chunk: it was written without checksums.
  if (view.getUint32(120, true) & 4) return wrong;
  const header = crc32(buffer.subarray(128, chunkHeader), crc32(buffer.subarray(0, 120)));
  if (header !== view.getUint32(124, true)) wrong.push("header");
  if (free <= bytes.length && crc32(buffer.subarray(chunkHeader, free)) !== view.getUint32(52, true)) {
    wrong.push("records");
  }
  return wrong;
}
