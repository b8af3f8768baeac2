import type { Fields } from "#contracts/event";
import { unpackTexts } from "./pack-texts.ts";
import type { StoredSegment } from "./packed-events.ts";
import type { NewEvent } from "./port.ts";
import { parseOriginal, segmentDecoder } from "./segment-text.ts";

/**
 * A segment with its original records. Some positions may hold duplicates that no row points to
 * (`segments-to-store.ts`).
 */
export interface SegmentEvents {
  readonly size: number;
  /** Throws for a position outside the segment. */
  at(position: number): NewEvent;
}

/** The fields of all events of a segment, duplicates included. Throws if it cannot be read. */
export function fieldsOfSegment(packed: Uint8Array): readonly Fields[] {
  const [heading = "", ...lines] = unpackTexts(packed);
  const decoder = segmentDecoder(heading);
  return lines.map((line) => decoder.event(line).fields);
}

export function segmentEvents({ events, originals }: StoredSegment): SegmentEvents {
  const [heading = "", ...lines] = unpackTexts(events);
  const decoder = segmentDecoder(heading);
  const records = unpackTexts(originals);
  return {
    size: lines.length,
    at(position) {
      const line = lines[position];
      const record = records[position];
      if (line === undefined || record === undefined) {
        throw new Error(`it has no event ${position}`);
      }
      return { event: decoder.event(line), original: parseOriginal(record) };
    },
  };
}
