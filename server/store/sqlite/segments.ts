import type { StemmaEvent } from "../../event/event.ts";
import { unpackTexts } from "../pack-texts.ts";
import { parseOriginal, segmentDecoder } from "../segment-text.ts";
import { bytes, type Connection } from "./connection.ts";

/** Unpacked segments kept for reading. */
const KEPT_SEGMENTS = 48;

/** Reads events out of segments; the last unpacked ones stay in memory, bounded. */
export interface SegmentReader {
  event(segment: number, position: number): StemmaEvent;
  original(segment: number, position: number): unknown;
}

interface Unpacked {
  readonly decode: (line: string) => StemmaEvent;
  /** Each is decoded when it is asked for. */
  readonly events: (string | StemmaEvent)[];
}

export function segmentReader(connection: Connection): SegmentReader {
  const kept = new Map<number, Unpacked>();
  const load = (segment: number): Unpacked => {
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
    const [heading = "", ...events] = unpackTexts(bytes(row, "events"));
    const unpacked = { decode: segmentDecoder(heading), events };
    kept.set(segment, unpacked);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_SEGMENTS && oldest !== undefined) {
      kept.delete(oldest);
    }
    return unpacked;
  };
  return {
    event(segment, position) {
      const { events, decode } = load(segment);
      const known = events[position];
      if (known === undefined) {
        throw new Error(`damaged database: segment ${segment} has no event ${position}`);
      }
      if (typeof known !== "string") {
        return known;
      }
      const event = decode(known);
      events[position] = event;
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
