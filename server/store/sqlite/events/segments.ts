import type { StemmaEvent } from "../../../event/event.ts";
import type { EventTest, Tested } from "../../events/matching-events.ts";
import { ofSegment, originalAt, type UnpackedSegment, UnpackedSegments } from "../../events/unpacked-segments.ts";
import { bytes, type Connection } from "../connection.ts";

/** Reads events and original records from segments. */
export interface SegmentReader {
  event(segment: number, position: number): StemmaEvent;
  tested(segment: number, position: number, test: EventTest): Tested;
  original(segment: number, position: number): unknown;
}

export function segmentReader(connection: Connection): SegmentReader {
  const cache = new UnpackedSegments();
  const column = (segment: number, name: "events" | "originals"): Uint8Array => {
    const row = connection.prepare(`SELECT ${name} FROM segments WHERE id = ?`).get(segment);
    if (row === undefined) {
      throw new Error("it is missing");
    }
    return bytes(row, name);
  };
  const unpacked = (segment: number): UnpackedSegment =>
    cache.get(segment) ??
    cache.add(
      segment,
      ofSegment(segment, () => column(segment, "events")),
    );
  return {
    event: (segment, position) => unpacked(segment).event(position),
    tested: (segment, position, test) => unpacked(segment).tested(position, test),
    original: (segment, position) => ofSegment(segment, () => originalAt(column(segment, "originals"), position)),
  };
}
