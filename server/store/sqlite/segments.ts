import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompressSync } from "node:zlib";
import type { Fields, SourceRef } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { bytes, type Connection } from "./connection.ts";

const compress = promisify(zstdCompress);
/** One output buffer is enough for nearly every segment. */
const OPTIONS = { chunkSize: 128 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Events per segment: large enough to compress well, small enough to unpack for a single one. */
export const SEGMENT_EVENTS = 256;
/** Unpacked segments kept for reading. */
const KEPT_SEGMENTS = 48;

/** Texts one behind the other, their lengths (in UTF-16 units) in the first line. Compressing runs on the thread pool. */
export function packTexts(texts: readonly string[]): Promise<Uint8Array> {
  return compress(Buffer.from(`${texts.map((text) => text.length).join(" ")}\n${texts.join("")}`), OPTIONS);
}

function unpackTexts(packed: Uint8Array): string[] {
  const whole = zstdDecompressSync(packed).toString();
  let end = whole.indexOf("\n") + 1;
  return whole
    .slice(0, end - 1)
    .split(" ")
    .map((length) => {
      const start = end;
      end += Number(length);
      return whole.slice(start, end);
    });
}

/** Text is kept as it stood in the file, other values as JSON; the first character tells which. */
export function originalText(original: unknown): string {
  return typeof original === "string" ? `t${original}` : `j${JSON.stringify(original) ?? ""}`;
}

/** The record as it was read. Text that is JSON comes back parsed. */
function parseOriginal(text: string): unknown {
  const content = text.slice(1);
  if (text.startsWith("t")) {
    try {
      return JSON.parse(content);
    } catch {
      return content;
    }
  }
  return content === "" ? undefined : JSON.parse(content);
}

/** What is kept of an event; id, time and place are in the event itself so that a segment can be read on its own. */
export function eventLine(event: StemmaEvent): string {
  return JSON.stringify([event.id, event.time, event.fields, event.source]);
}

function parseEvent(line: string): StemmaEvent {
  // Written by `eventLine` in this file; a line that is not is a damaged database.
  const value: unknown = JSON.parse(line);
  if (!Array.isArray(value) || typeof value[0] !== "string" || typeof value[1] !== "number") {
    throw new Error("damaged segment: not an event");
  }
  const [id, time, fields, source] = value as [string, number, Fields, SourceRef];
  // No prototype: a field called `constructor` must be absent unless the event has it.
  Object.setPrototypeOf(fields, null);
  return { id, time, fields, source };
}

/** Reads events out of segments; the last unpacked ones stay in memory, bounded. */
export interface SegmentReader {
  event(segment: number, position: number): StemmaEvent;
  original(segment: number, position: number): unknown;
}

export function segmentReader(connection: Connection): SegmentReader {
  const kept = new Map<number, (string | StemmaEvent)[]>();
  const load = (segment: number): (string | StemmaEvent)[] => {
    const known = kept.get(segment);
    if (known !== undefined) {
      kept.delete(segment);
      kept.set(segment, known);
      return known;
    }
    const row = connection.prepare("SELECT events FROM segments WHERE id = ?").get(segment);
    if (row === undefined) {
      throw new Error(`damaged database: segment ${segment} is missing`);
    }
    const lines: (string | StemmaEvent)[] = unpackTexts(bytes(row, "events"));
    kept.set(segment, lines);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_SEGMENTS && oldest !== undefined) {
      kept.delete(oldest);
    }
    return lines;
  };
  return {
    event(segment, position) {
      const lines = load(segment);
      const line = lines[position];
      if (line === undefined) {
        throw new Error(`damaged database: segment ${segment} has no event ${position}`);
      }
      if (typeof line !== "string") {
        return line;
      }
      const event = parseEvent(line);
      lines[position] = event;
      return event;
    },
    original(segment, position) {
      const row = connection.prepare("SELECT originals FROM segments WHERE id = ?").get(segment);
      const line = row === undefined ? undefined : unpackTexts(bytes(row, "originals"))[position];
      if (line === undefined) {
        throw new Error(`damaged database: segment ${segment} has no original ${position}`);
      }
      return parseOriginal(line);
    },
  };
}
