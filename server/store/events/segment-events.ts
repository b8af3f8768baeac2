import { unpackTexts } from "./pack-texts.ts";
import type { PackedSegment } from "./packed-events.ts";
import type { NewEvent } from "./port.ts";
import { parseOriginal, segmentDecoder } from "./segment-text.ts";

/** A segment with the records as they were read; of some positions nobody may know any more (`kept-segment.ts`). */
export interface SegmentEvents {
  readonly size: number;
  /** Throws where there is none. */
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
        throw new Error(`damaged database: a segment has no event ${position}`);
      }
      return { event: decode(line), original: parseOriginal(record) };
    },
  };
}
