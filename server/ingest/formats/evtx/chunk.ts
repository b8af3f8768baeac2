/** Reads the records of one chunk. */
import { crc32 } from "node:zlib";
import type { WindowsEvent } from "../../../event/windows-event.ts";
import type { FormatItem } from "../../record.ts";
import type { Bytes } from "./bytes.ts";
import { originalOf } from "./original.ts";
import { type EvtxProblemCode, evtxProblem } from "./problem.ts";
import { RecordReader, recordHeader } from "./record-reader.ts";
import { type KnownTemplates, Templates } from "./templates.ts";

export const chunkSize = 0x10000;
/** Bytes before the first record. */
export const chunkHeader = 512;

const chunkMagic = "ElfChnk\0";
const recordMagic = 0x00002a2a;
/** Header, one token and the copy of the size. */
const smallestRecord = recordHeader + 8;

/** Caches shared by all chunks of a file. */
export class FileCaches {
  readonly known: KnownTemplates = new Map();
  readonly records = new RecordReader();
}

export interface ChunkPlace {
  readonly file: string;
  readonly offset: number;
  /** Whether the file was written with checksums. */
  readonly checksums: boolean;
  /** Whether to look for more records after damage in the chunk. */
  readonly resume: boolean;
}

/** Whether a block begins as a chunk does, also when the file ends inside the magic. */
export function isChunk(bytes: Bytes): boolean {
  const begin = bytes.buffer.toString("latin1", 0, Math.min(bytes.length, chunkMagic.length));
  return begin !== "" && chunkMagic.startsWith(begin);
}

/** Whether a block without the magic still has a record where the first record of a chunk is. */
export function looksLikeChunk(bytes: Bytes): boolean {
  return bytes.length >= chunkHeader + smallestRecord && completeSize(bytes, chunkHeader, bytes.length) !== undefined;
}

/** A record whose original is created on demand: most readers never ask for it. */
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

type Report = (code: EvtxProblemCode, severity: "rejected" | "warning", at: number, message: string) => void;

/**
 * The records of a chunk up to its free-space offset, and a problem for every stretch that is not a record. Data after
 * that offset is left over from earlier use of the chunk and is ignored, unless the header counts it: a wrong offset,
 * too small or too large, is reported.
 */
export function readChunk(caches: FileCaches, bytes: Bytes, place: ChunkPlace): readonly FormatItem[] {
  const items: FormatItem[] = [];
  const report: Report = (code, severity, at, message) => {
    items.push(evtxProblem(code, severity, { file: place.file, offset: place.offset + at }, message));
  };
  if (bytes.length < chunkHeader) {
    report("evtx.truncated", "rejected", bytes.length, "the file ends inside the header of a chunk");
    return items;
  }
  const templates = new Templates(caches.known);
  const free = freeSpace(bytes, report);
  // Flag 4 of the chunk: it was written without checksums.
  const hasChecksums = place.checksums && (bytes.view.getUint32(120, true) & 4) === 0;
  const wrong = hasChecksums ? wrongChecksums(bytes, free.offset) : [];
  if (wrong.length > 0) {
    report("evtx.checksum", "warning", 0, `wrong checksum of the ${wrong.join(" and the ")} of a chunk`);
  }
  /** The checksum covers what precedes the free-space offset: where it is right, so is the offset. */
  const isIntact = hasChecksums && free.offset <= bytes.length && !wrong.includes("records");
  const first = firstStated(bytes);
  const last = statedLast(bytes);
  let end = Math.min(free.offset, bytes.length);
  /** Complete records so far. */
  let seen = 0;
  /** The number of the latest record, which is the highest so far. */
  let highest = -1;
  let at = chunkHeader;
  /** Whether a record follows the free-space offset that the header counts among those of the chunk. */
  const goesOn = (): boolean => end < bytes.length && isCounted(bytes, at, highest, last);
  while (at < end || goesOn()) {
    let size = completeSize(bytes, at, end);
    if (size === undefined && goesOn()) {
      const message = `the free-space offset ${free.offset} of a chunk is too small: its header counts more records`;
      report("evtx.chunk", "warning", 48, message);
      end = bytes.length;
      size = completeSize(bytes, at, end);
    }
    if (end > free.offset && (highest >= (last ?? 0) || size === undefined)) break;
    const number = size === undefined ? -1 : recordNumber(bytes, at);
    // A number alone proves nothing, it may be damaged: all records that the header counts have to precede.
    const mayEnd = last !== undefined && highest >= last && (seen > last - first || number < first);
    if (size !== undefined && mayEnd && number <= highest && !isIntact) {
      const offset = `the free-space offset ${free.offset} of a chunk is ${free.valid ? "too large" : "invalid"}`;
      const count = countComplete(bytes, at, end);
      report("evtx.chunk", "warning", 48, `${offset}: what follows are old records, ${count} of them complete`);
      return items;
    }
    if (size === undefined) {
      const next = place.resume ? nextRecord(bytes, at, end, highest) : end;
      // Without a valid free-space offset the records end with the last magic, and only a started record is a loss.
      if (free.valid || next < end || startsRecord(bytes, at, end)) {
        const lost = place.resume ? 0 : countRecords(bytes, at, end, highest);
        if (next === end && end < free.offset) {
          const message = `the file ends inside a record, after ${next - at} bytes of it`;
          report("evtx.truncated", "rejected", at, `${message}${missingRecords(highest, first, last)}`);
        } else {
          const message = damageMessage(bytes, at, next, end);
          report(
            "evtx.record",
            "rejected",
            at,
            lost === 0 ? message : `${message}, among them ${lost} complete records`,
          );
        }
      }
      at = next;
      continue;
    }
    const stop = at + size - 4;
    const event = caches.records.read(bytes, templates, at, stop);
    if (typeof event === "string") report("evtx.record", "rejected", at, event);
    else items.push(new WindowsItem(event, place.offset + at, lazyOriginal(bytes, templates, at, stop)));
    seen += 1;
    at += size;
    // Before the last record that the header counts no number is above that of the last one, unless it is damaged.
    if (last === undefined || number <= last || seen > last - first) highest = number;
  }
  if (
    last !== undefined &&
    highest < last &&
    seen <= last - first &&
    !items.some(isLoss) &&
    bytes.length === chunkSize
  ) {
    const count = last - Math.max(highest, first - 1);
    report("evtx.record", "rejected", at, `${count} records that the header of the chunk counts are missing`);
  }
  if (bytes.length < free.offset && at <= bytes.length) {
    const latest = items.at(-1);
    const message = `the file ends inside a chunk with more records${missingRecords(highest, first, last)}`;
    if (latest === undefined || !isLoss(latest)) report("evtx.truncated", "rejected", bytes.length, message);
  }
  return items;
}

const mostRecords = chunkSize / smallestRecord;

function firstStated(bytes: Bytes): number {
  return Number(bytes.view.getBigUint64(24, true));
}

/**
 * The number of the last record according to the header of the chunk; `undefined` when that is not plausible, or when
 * all bits are set, which says that the chunk has no records yet.
 */
function statedLast(bytes: Bytes): number | undefined {
  const first = firstStated(bytes);
  const last = Number(bytes.view.getBigUint64(32, true));
  return first > 0 && last >= first && last - first < mostRecords && Number.isSafeInteger(last) ? last : undefined;
}

/** Whether a complete record is here that is not from earlier use of the chunk. */
function isCounted(bytes: Bytes, at: number, highest: number, last: number | undefined): boolean {
  if (last === undefined || highest >= last || completeSize(bytes, at, bytes.length) === undefined) return false;
  const number = recordNumber(bytes, at);
  return number > highest && number <= last;
}

function isLoss(item: FormatItem): boolean {
  return item.kind === "problem" && item.severity === "rejected";
}

/** Where the records of a chunk end according to its header; the end of the chunk when the header is not plausible. */
function freeSpace(bytes: Bytes, report: Report): { readonly offset: number; readonly valid: boolean } {
  const stated = bytes.view.getUint32(48, true);
  if (stated >= chunkHeader && stated <= chunkSize) return { offset: stated, valid: true };
  report("evtx.chunk", "warning", 48, `the free-space offset ${stated} of a chunk is invalid`);
  return { offset: chunkSize, valid: false };
}

function lazyOriginal(bytes: Bytes, templates: Templates, start: number, stop: number): () => unknown {
  return () => originalOf(bytes, templates, start, stop);
}

/** The size of the record at `at` if it is complete: magic, size, and the copy of the size at its end. */
function completeSize(bytes: Bytes, at: number, end: number): number | undefined {
  if (at + smallestRecord > end || bytes.view.getUint32(at, true) !== recordMagic) return undefined;
  const size = bytes.view.getUint32(at + 4, true);
  if (size < smallestRecord || at + size > end) return undefined;
  return bytes.view.getUint32(at + size - 4, true) === size ? size : undefined;
}

function recordNumber(bytes: Bytes, at: number): number {
  return bytes.view.getUint32(at + 12, true) * 0x100000000 + bytes.view.getUint32(at + 8, true);
}

/**
 * The next complete record after damage. Leftovers from earlier use of the chunk have lower numbers and are ignored.
 */
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

function countComplete(bytes: Bytes, from: number, end: number): number {
  let count = 0;
  for (let at = from; at < end; ) {
    const size = completeSize(bytes, at, end);
    count += size === undefined ? 0 : 1;
    at += size ?? 1;
  }
  return count;
}

function startsRecord(bytes: Bytes, at: number, end: number): boolean {
  return at + 4 <= end && bytes.view.getUint32(at, true) === recordMagic;
}

/** `next` is where reading continues, `end` where the data ends. */
function damageMessage(bytes: Bytes, at: number, next: number, end: number): string {
  const length = next - at;
  return startsRecord(bytes, at, end)
    ? `incomplete record: ${length} bytes are not read`
    : `${length} bytes where a record should begin are not a record`;
}

/** How many records that the header of a chunk counts were not there, for a message. */
function missingRecords(highest: number, first: number, last: number | undefined): string {
  const count = last === undefined ? 0 : last - Math.max(highest, first - 1);
  return count > 0
    ? `; ${count} of the ${(last ?? 0) - first + 1} records that the chunk's header counts are missing`
    : "";
}

function wrongChecksums(bytes: Bytes, free: number): readonly string[] {
  const wrong: string[] = [];
  const { buffer, view } = bytes;
  const header = crc32(buffer.subarray(128, chunkHeader), crc32(buffer.subarray(0, 120)));
  if (header !== view.getUint32(124, true)) wrong.push("header");
  if (free <= bytes.length && crc32(buffer.subarray(chunkHeader, free)) !== view.getUint32(52, true)) {
    wrong.push("records");
  }
  return wrong;
}
