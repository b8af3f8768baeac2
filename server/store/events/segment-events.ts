import { unpackTexts } from "./pack-texts.ts";
import type { PackedSegment } from "./packed-events.ts";
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

export function segmentEvents({ events, originals }: PackedSegment): SegmentEvents {
  const [heading = "", ...lines] = unpackTexts(events);
  const decode = segmentDecoder(heading);
  const records = unpackTexts(originals);
  return {
    size: lines.length,
    at(position) {
      const line = lines[position];
      const record = records[position];
      if (line === undefined || record === undefined) {
        throw new Error(`it has no event ${position}`);
      }
      return { event: decode(line), original: parseOriginal(record) };
    },
  };
}
